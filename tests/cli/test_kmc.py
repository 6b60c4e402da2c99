#!/usr/bin/env python3
"""pelrate kmc: agreement with the rate equation, reproducible on any number of threads,
what is in the header, and what is said about bad requests."""

import os
import signal
import subprocess
import time

import harness

COLUMNS = ['time_s', 'temperature_K', 'e_is_eV_per_atom', 'standard_error_eV_per_atom']
HOLD = ['--e-is', '-4.672', '--temperature', '700', '--time', '1e-3']

EVENTS = '''\
# format: pelrate-landscape 1
# kind: events
# atoms: 500
# paths: 40
# attempt_frequency_Hz: 1e13
# molar_mass_g_per_mol: 75
sample,e_is_eV_per_atom,e_a_eV,e_r_eV
a,-4.70,0.5,0.9
a,-4.70,0.8,1.4
a,-4.70,0.61,0.7
b,-4.68,0.4,1.1
b,-4.68,0.7,0.8
'''


class Values(harness.Case):
    def test_independent_is_the_kinetic_closure(self):
        self.works('kmc', harness.landscape(), '--cells', '4000000', *HOLD, '--replicas', '40',
                   '-o', 'k.csv')
        table = self.table('k.csv')
        self.assertEqual(table.columns, COLUMNS)
        first, last = table.rows[0], table.rows[-1]
        self.assertEqual((first['time_s'], float(last['time_s'])), ('0', 1e-3))
        aged = harness.Table(self.works('anneal', harness.landscape(), *HOLD,
                                        '--closure', 'kinetic')).rows[-1]
        error = float(last['standard_error_eV_per_atom'])
        moved = float(aged['e_is_eV_per_atom']) + 4.672
        self.close(float(last['e_is_eV_per_atom']), float(aged['e_is_eV_per_atom']),
                   absolute=min(3 * error, 0.01 * abs(moved)))

    def test_joint_is_the_joint_closure(self):
        self.write('e.csv', EVENTS)
        hold = ['--e-is', '-4.69', '--temperature', '500', '--time', '3e-11']
        out = self.works('kmc', 'e.csv', '--mode', 'joint', '--cells', '20000', *hold)
        aged = harness.Table(self.works('anneal', 'e.csv', *hold, '--closure', 'joint')).rows[-1]
        last = harness.Table(out).rows[-1]
        self.assertLess(float(aged['e_is_eV_per_atom']), -4.6901)
        self.close(float(last['e_is_eV_per_atom']), float(aged['e_is_eV_per_atom']),
                   absolute=3 * float(last['standard_error_eV_per_atom']))

    def test_programme(self):
        """Cooled and heated: the rate equation, within errors, at the end of each segment."""
        self.write('p.csv', 'target_K,rate_K_per_s,hold_s\n650,,0.01\n450,500,0\n640,300,0.02\n')
        start = ['--e-is', '-4.677', '--programme', 'p.csv']
        out = self.works('kmc', harness.landscape(), '--cells', '2000000', *start,
                         '--replicas', '40')
        kmc = {row['time_s']: row for row in harness.Table(out).rows}
        aged = harness.Table(self.works('anneal', harness.landscape(), *start,
                                        '--closure', 'kinetic')).rows[-1]
        last = kmc[aged['time_s']]
        self.assertEqual(last['temperature_K'], '640')
        self.close(float(last['e_is_eV_per_atom']), float(aged['e_is_eV_per_atom']),
                   absolute=4 * float(last['standard_error_eV_per_atom']))


    def test_paths(self):
        """A system of two-level regions: nothing to gain in the long run but their mean."""
        self.write('e.csv', EVENTS)
        out = self.works('kmc', 'e.csv', '--mode', 'paths', '--region', '1', '--cells', '50',
                         '--e-is', '-4.69', '--temperature', '900', '--time', '2e-11',
                         '--extrapolate')
        table = harness.Table(out)
        self.assertEqual((table.keys['mode'], table.keys['region']), ('paths', '1'))
        e_is = table.numbers('e_is_eV_per_atom')
        self.assertLess(e_is[-1], -4.6901)
        whole = harness.Table(self.works(
            'kmc', 'e.csv', '--mode', 'paths', '--cells', '50', '--e-is', '-4.69',
            '--temperature', '900', '--time', '2e-11', '--extrapolate'))
        self.assertEqual(whole.keys['region'], '0 (all paths of a cell)')
        self.assertLess(whole.numbers('e_is_eV_per_atom')[-1], -4.6901)


class Output(harness.Case):
    def test_threads_and_seed(self):
        args = ['kmc', harness.landscape(), '--cells', '20000', *HOLD, '--replicas', '30']
        one = self.works(*args, '--threads', '1', '--seed', '5')
        three = self.works(*args, '--threads', '3', '--seed', '5')
        rows = [text.split('standard_error')[1] for text in (one, three)]
        self.assertEqual(*rows)
        self.assertNotEqual(rows[0], self.works(*args).split('standard_error')[1])
        keys = harness.Table(one).keys
        self.assertEqual((keys['format'], keys['seed'], keys['mode'], keys['cells'],
                          keys['replicas']),
                         ('pelrate-kmc 1', '5', 'independent', '20000', '30'))
        self.assertGreater(int(keys['hops']), 1000)

    def test_one_replica_has_no_error(self):
        out = self.works('kmc', harness.landscape(), '--cells', '20000', *HOLD,
                         '--replicas', '1')
        self.assertEqual({row['standard_error_eV_per_atom']
                          for row in harness.Table(out).rows}, {''})

    def test_extrapolated(self):
        args = ['kmc', harness.landscape(), '--cells', '20000', '--e-is', '-4.7001',
                '--temperature', '600', '--time', '1e-6']
        self.fails(1, 'pelrate kmc: e_is = -4.7001 eV/atom is outside the range '
                   '[-4.7, -4.661] of the landscape\n', *args)
        rows = harness.Table(self.works(*args, '--extrapolate')).rows
        self.assertEqual(rows[0]['extrapolated'], '1')

    def test_one_cell_of_one_atom_leaves_the_range(self):
        result = self.pelrate('kmc', harness.landscape(), '--e-is', '-4.672', '--temperature',
                              '900', '--time', '1')
        self.assertEqual((result.code, result.stdout), (1, ''))
        self.assertRegex(result.stderr, r'^pelrate kmc: replica \d+ reaches e_is = \S+ eV/atom '
                         r'at \S+ s and 900 K, outside the range \[-4.7, -4.661\] of the '
                         r'landscape \(more cells fluctuate less\)\n$')

    def test_picture(self):
        self.works('kmc', harness.landscape(), '--cells', '20000', *HOLD, '-o', '/dev/null',
                   '--plot', 'k.svg')
        picture = self.picture('k.svg').decode()
        for text in ('Kinetic Monte Carlo', 'mode independent', '3 standard errors', 'time (s)'):
            self.assertIn(text, picture)
        self.write('p.csv', 'target_K,rate_K_per_s,hold_s\n650,,0\n600,500,0\n')
        self.works('kmc', harness.landscape(), '--cells', '20000', '--e-is', '-4.677',
                   '--programme', 'p.csv', '-o', '/dev/null', '--plot', 'p.svg')
        self.assertIn(b'temperature (K)', self.picture('p.svg'))

    def test_usage(self):
        tail = " (see 'pelrate kmc --help')\n"
        for message, args in (
                ('0 operands, expected LANDSCAPE', HOLD),
                ('--e-is is missing', ['a', *HOLD[2:]]),
                ('--temperature and --time, or --programme, are missing', ['a', *HOLD[:2]]),
                ('--time is missing', ['a', *HOLD[:4]]),
                ('--temperature is missing', ['a', *HOLD[:2], *HOLD[4:]]),
                ('--temperature: 0 K, expected above 0 K',
                 ['a', *HOLD[:2], '--temperature', '0', *HOLD[4:]]),
                ('--time: -1 s, expected above 0 s', ['a', *HOLD[:4], '--time=-1']),
                ('--programme excludes --temperature and --time',
                 ['a', *HOLD, '--programme', 'p']),
                ('--cells: 0, expected >= 1', ['a', *HOLD, '--cells', '0']),
                ('--region: -1, expected >= 1', ['a', *HOLD, '--region=-1']),
                ('--region belongs to --mode paths', ['a', *HOLD, '--region', '4']),
                ('--replicas: 0, expected >= 1', ['a', *HOLD, '--replicas', '0']),
                ('--max-hops: 0, expected 1 to 1e18', ['a', *HOLD, '--max-hops', '0'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate kmc: {message}{tail}', 'kmc', *args)

    def test_what_cannot_be(self):
        result = self.pelrate('kmc', harness.landscape(), *HOLD, '--mode', 'psychic')
        self.assertEqual(result.code, 2)
        self.assertIn("pelrate kmc: mode 'psychic' is not known, expected ", result.stderr)
        self.fails(2, 'pelrate kmc: mode joint needs a landscape of kind events or a joint '
                   'histogram (pairs of E_A and E_R), this one is of kind parametric\n',
                   'kmc', harness.landscape(), *HOLD, '--mode', 'joint')
        result = self.pelrate('kmc', harness.landscape(), '--cells', '20000', *HOLD,
                              '--max-hops', '10')
        self.assertEqual(result.code, 1)
        self.assertIn('more than 10 hops at ', result.stderr)
        self.fails(2, 'pelrate kmc: regions of 4 paths: all cells have 3\n', 'kmc',
                   harness.landscape(), '--cells', '3', *HOLD, '--mode', 'paths', '--region',
                   '4')
        self.write('line.csv', EVENTS.replace(
            'sample,', '# equilibrium_closure: kinetic\n# equilibrium_temperature_K: 500 900\n'
            '# equilibrium_e_is_eV_per_atom: -4.7 -4.68\nsample,', 1))
        self.fails(2, 'pelrate kmc: hops cannot be drawn with an equilibrium line, which '
                   'replaces the relaxation energies of the landscape\n',
                   'kmc', 'line.csv', '--e-is', '-4.69', *HOLD[2:])
        self.write('bad.csv', EVENTS.replace('0.61', 'nan'))
        self.assertEqual(self.pelrate('kmc', 'bad.csv', *HOLD).code, 3)

    def test_interrupt(self):
        """SIGINT ends a run of a single endless replica, and leaves nothing."""
        process = subprocess.Popen(
            [harness.PELRATE, 'kmc', harness.landscape(), '--cells', '20000000000', *HOLD,
             '--replicas', '1', '-o', 'k.csv'], cwd=self.dir, env=self.environment(),
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
        self.assertEqual((process.returncode, stderr), (1, b'pelrate kmc: stopped\n'))
        self.assertEqual(os.listdir(self.dir), [])

    def test_worked_example(self):
        self.worked_examples('kmc')


if __name__ == '__main__':
    harness.main()
