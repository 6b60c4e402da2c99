#!/usr/bin/env python3
"""pelrate frequencies: attempt frequencies of a catalogue of the real glass of 500 atoms."""

import math
import shutil
import sqlite3
import statistics

import harness

SEARCHES = 14
COLUMNS = ['sample', 'e_is_eV_per_atom', 'events', 'failed', 'median_attempt_frequency_Hz',
           'sd_ln_attempt_frequency', 'correlation_ln_attempt_frequency_e_a',
           'slope_ln_attempt_frequency_e_a_per_eV', 'median_reverse_attempt_frequency_Hz',
           'mean_region_atoms']


class Frequencies(harness.Case):
    def setUp(self):
        super().setUp()
        glass = harness.source('tests', 'reference', 'lammps', 's500_is.data')
        self.works('sample', glass, '--potential', harness.potential(), '--elements',
                   'Cu,Zr', '--searches', SEARCHES, '-o', 'e.db', '--quiet')
        shutil.copy(self.path('e.db'), self.path('again.db'))

    def run_it(self, *options):
        return harness.Table(self.works('frequencies', *options, '--potential',
                                        harness.potential(), '--quiet'))

    def events(self, name):
        return harness.Table(self.works('events', name, '--csv', '--distinct')).rows

    def test_one_catalogue(self):
        table = self.run_it('e.db')
        self.assertEqual(table.columns, COLUMNS)
        self.assertEqual(table.keys['format'], 'pelrate-frequencies 1')
        self.assertIn('shell_A=', table.keys['frequency_settings'])
        self.assertEqual([row['sample'] for row in table.rows], ['s500_is', 'all'])
        row = table.rows[0]
        self.assertEqual({k: v for k, v in row.items() if k not in COLUMNS[:2]},
                         {k: v for k, v in table.rows[1].items() if k not in COLUMNS[:2]})

        # The export, and the moments made from it.
        events = self.events('e.db')
        self.assertGreaterEqual(len(events), 2)
        done = [e for e in events if e['attempt_frequency_Hz']]
        self.assertEqual(int(row['events']), len(done))
        self.assertEqual(int(row['failed']), len(events) - len(done))
        forward = [float(e['attempt_frequency_Hz']) for e in done]
        for nu in forward + [float(e['reverse_attempt_frequency_Hz']) for e in done]:
            self.assertTrue(1e9 < nu < 1e18)
        ln_nu = [math.log(nu) for nu in forward]
        barriers = [float(e['e_a_eV']) for e in done]
        self.close(float(row['median_attempt_frequency_Hz']),
                   math.exp(statistics.median(ln_nu)), 1e-9)
        self.close(float(row['sd_ln_attempt_frequency']), statistics.stdev(ln_nu), 1e-9)
        self.close(float(row['correlation_ln_attempt_frequency_e_a']),
                   statistics.correlation(ln_nu, barriers), 1e-9)
        self.close(float(row['slope_ln_attempt_frequency_e_a_per_eV']),
                   statistics.linear_regression(barriers, ln_nu).slope, 1e-9)

        # A run in two parts, by one thread, gives the same.
        first = self.run_it('again.db', '--events', 1, '--threads', 1)
        self.assertEqual(int(first.rows[0]['events']) + int(first.rows[0]['failed']), 1)
        for _ in range(2):
            again = self.run_it('again.db').rows[0]
            for name in COLUMNS[2:]:
                self.close(float(again[name]), float(row[name]), 1e-8)
        for a, b in zip(self.events('again.db'), events):
            if b['attempt_frequency_Hz']:
                self.close(float(a['attempt_frequency_Hz']), float(b['attempt_frequency_Hz']), 1e-8)

        # Other settings do not mix.
        used = table.keys['frequency_settings']
        other = used.replace(used[used.index('shell_A='):used.index('; force')], 'shell_A=3')
        self.fails(3, 'pelrate frequencies: the catalogue holds frequencies of other settings: '
                   f'{used} there, {other} here\n', 'frequencies', 'again.db', '--shell-A', 3,
                   '--potential', harness.potential())

    def test_regions(self):
        """The atoms that move and a shell, all others held: nearer where it is larger."""
        whole = self.run_it('e.db', '--events', 2)
        self.assertEqual(float(whole.rows[0]['mean_region_atoms']), 499)
        off, size = [], []
        for shell in (4, 8):
            shutil.copy(self.path('again.db'), self.path('part.db'))
            part = self.run_it('part.db', '--events', 2, '--cell-atoms', 0, '--shell-A', shell)
            size.append(float(part.rows[0]['mean_region_atoms']))
            off.append(max(abs(math.log(float(a[name]) / float(b[name])))
                           for a, b in zip(self.events('part.db')[:2], self.events('e.db')[:2])
                           for name in ('attempt_frequency_Hz', 'reverse_attempt_frequency_Hz')))
        self.assertLess(size[0], size[1])
        self.assertLess(off[1], 1)
        self.assertLessEqual(off[1], off[0])

    def test_a_saddle_that_is_none(self):
        database = sqlite3.connect(self.path('e.db'))
        database.execute('UPDATE searches SET saddle_A_float32 = final_A_float32')
        database.commit()
        database.close()
        row = self.run_it('e.db', '--events', 1).rows[0]
        self.assertEqual((row['events'], row['failed']), ('0', '1'))
        database = sqlite3.connect(self.path('e.db'))
        self.assertEqual(database.execute('SELECT status FROM frequencies').fetchall(),
                         [('index',)])
        database.close()
        self.assertEqual(self.events('e.db')[0]['attempt_frequency_Hz'], '')


class Refusals(harness.Case):
    def test_usage(self):
        see = " (see 'pelrate frequencies --help')\n"
        self.fails(2, 'pelrate frequencies: 0 operands, expected EVENTS.db' + see, 'frequencies')
        for option in ('--moved-A', '--force-eV-per-A'):
            self.fails(2, 'pelrate frequencies: --moved-A, --shell-A, --force-eV-per-A: expected '
                       'more than 0 (a shell may be 0)' + see, 'frequencies', 'e.db', option, '0',
                       '--potential', 'p.eam.fs')
        self.fails(2, 'pelrate frequencies: --events: expected 0 or more' + see, 'frequencies',
                   'e.db', '--events', '-1', '--potential', 'p.eam.fs')

    def test_no_catalogue(self):
        self.fails(3, 'pelrate frequencies: none.db: cannot be opened: No such file or '
                   'directory\n', 'frequencies', 'none.db', '--potential', 'p.eam.fs')

    def test_worked_example(self):
        self.worked_examples('frequencies')


if __name__ == '__main__':
    harness.main()
