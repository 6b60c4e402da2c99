#!/usr/bin/env python3
"""Pictures: whole or not at all, their script can be kept, and without gnuplot the table is
still written."""

import os
import subprocess

import harness

ARGS = ['rate', harness.landscape(), '--e-is', '-4.69,-4.68', '--temperature', '400:900:6']


class Plot(harness.Case):
    def without_gnuplot(self, script=None):
        """A PATH with no gnuplot, or with one that is this shell script."""
        os.makedirs(self.path('bin'), exist_ok=True)
        if script is not None:
            self.write('bin/gnuplot', '#!/bin/sh\n' + script)
            os.chmod(self.path('bin/gnuplot'), 0o755)
        return {'PATH': self.path('bin')}

    def broken(self, message, env):
        result = self.pelrate(*ARGS, '-o', 't.csv', '--plot', 'p.svg', env=env)
        self.assertEqual((result.code, result.stderr), (1, f'pelrate rate: {message}\n'))
        self.assertEqual(len(self.table('t.csv').rows), 12)
        self.assertEqual(sorted(os.listdir(self.dir)), ['bin', 't.csv'])

    def test_gnuplot_is_not_installed(self):
        self.broken('p.svg: not drawn: gnuplot is not installed', self.without_gnuplot())

    def test_gnuplot_fails(self):
        self.broken("p.svg: not drawn by gnuplot: line 7: unknown command", self.
                    without_gnuplot('/bin/cat >/dev/null; echo half a picture; '
                                    'echo "         line 7: unknown command" >&2; exit 1'))

    def test_gnuplot_is_killed(self):
        self.broken('p.svg: not drawn by gnuplot: nothing came',
                    self.without_gnuplot('/bin/cat >/dev/null; kill -9 $$'))

    def test_gnuplot_draws_nothing(self):
        self.broken('p.svg: not drawn by gnuplot: nothing came',
                    self.without_gnuplot('/bin/cat >/dev/null'))

    def test_the_kept_script_makes_the_same_picture(self):
        self.works(*ARGS, '-o', '/dev/null', '--plot', 'p.svg', '--keep-gnuplot')
        picture = self.picture('p.svg')
        script = self.read('p.svg.gnuplot')
        self.assertIn('# command: pelrate rate ', script)
        os.remove(self.path('p.svg'))
        subprocess.run(['gnuplot', '-d', 'p.svg.gnuplot'], cwd=self.dir, check=True,
                       timeout=60, stdin=subprocess.DEVNULL, capture_output=True)
        self.assertEqual(self.picture('p.svg'), picture)

    def test_the_script_is_kept_when_gnuplot_is_missing(self):
        result = self.pelrate(*ARGS, '-o', 't.csv', '--plot', 'p.svg', '--keep-gnuplot',
                              env=self.without_gnuplot())
        self.assertEqual(result.code, 1)
        self.assertIn('plot ', self.read('p.svg.gnuplot'))

    def test_an_existing_script_is_not_replaced(self):
        self.write('p.svg.gnuplot', 'my own work')
        self.fails(2, 'pelrate rate: p.svg.gnuplot: exists already, expected a new name '
                   '(or --force)\n', *ARGS, '-o', 't.csv', '--plot', 'p.svg',
                   '--keep-gnuplot')
        self.assertEqual(self.read('p.svg.gnuplot'), 'my own work')

    def test_names_that_gnuplot_could_misread(self):
        """A name with markup and quotes is shown as it is, and runs nothing."""
        with open(harness.landscape(), encoding='utf-8') as file:
            text = file.read().replace('R1, a calibrated landscape of a Cu-Zr glass (not '
                                       'sampled)', "It's_{a}^b 'system(\"touch x\")' `touch y`")
        self.write('odd.csv', text)
        os.mkdir(self.path("it's"))
        name = "it's/p'q.svg"
        self.works('rate', 'odd.csv', *ARGS[2:], '-o', '/dev/null', '--plot', name,
                   '--keep-gnuplot')
        self.assertIn("It's_{a}^b", self.picture(name).decode().replace('&apos;', "'"))
        subprocess.run(['gnuplot', '-d', "p'q.svg.gnuplot"], cwd=self.path("it's"),
                       check=True, timeout=60, stdin=subprocess.DEVNULL, capture_output=True)
        self.assertEqual(sorted(os.listdir(self.dir)), ["it's", 'odd.csv'])


if __name__ == '__main__':
    harness.main()
