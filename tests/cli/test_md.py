#!/usr/bin/env python3
"""pelrate md: a glass is annealed, its curve the same for the same seed; interrupted runs go
on."""

import os
import re
import signal
import subprocess
import time

import harness

HOLD = ['--temperature', '850', '--time', '0.6ps', '--is-every', '200fs', '--ramp-time', '0.2']
USAGE = " (see 'pelrate md --help')\n"
COLUMNS = ['replica', 'time_ps', 'temperature_K', 'e_is_eV_per_atom', 'pressure_bar',
           'measured_temperature_K', 'energy_eV_per_atom', 'volume_A3_per_atom',
           'is_pressure_bar', 'is_volume_A3_per_atom']


class Md(harness.Case):
    def setUp(self):
        super().setUp()
        self.write('g.xyz', harness.crystal())

    def md(self, *args, **options):
        return self.works('md', 'g.xyz', '--potential', harness.potential(), '--quiet', *args,
                          **options)

    def refused(self, code, message, *args):
        self.fails(code, f'pelrate md: {message}', 'md', 'g.xyz', '--potential',
                   harness.potential(), *args)

    def rows(self, name):
        """A table without its header: that holds the command line."""
        return [line for line in self.read(name).splitlines() if not line.startswith('#')]

    def test_a_curve(self):
        self.md(*HOLD, '--replicas', '2', '--seed', '5', '-o', 'c.csv', '--log', 'l.csv',
                '--log-interval', '0.1', '--plot', 'c.svg')
        table = self.table('c.csv')
        self.assertEqual(table.columns, COLUMNS)
        self.assertEqual(table.numbers('replica'), [1] * 4 + [2] * 4)
        for time_ps, expected in zip(table.numbers('time_ps'), [0, .2, .4, .6] * 2):
            self.close(time_ps, expected)
        self.assertEqual(set(table.numbers('temperature_K')), {850.0})
        # solid copper for less than a picosecond: its crystal is its IS
        for e_is in table.numbers('e_is_eV_per_atom'):
            self.assertLess(abs(e_is - float(table.keys['start_e_is_eV_per_atom'])), 1e-6)
        for pressure in table.numbers('is_pressure_bar'):
            self.assertLess(abs(pressure), 1.0)
        keys = table.keys
        self.assertEqual(
            [keys[k] for k in ('format', 'seed', 'atoms', 'species', 'replicas', 'ensemble',
                               'is_cell', 'temperature_K', 'time_ps', 'is_every_ps',
                               'velocities_drawn_at_K', 'ramp_from_K', 'ramp_time_ps')],
            ['pelrate-curve 1', '5', '107', 'Cu107', '2', 'NPT', 'isotropic', '850',
             '0.59999999999999998', '0.20000000000000001', '600', '300',
             '0.20000000000000001'])
        self.assertRegex(keys['potential_hash'], r'^[0-9a-f]{64}$')
        self.assertRegex(keys['input_1'], r'^g\.xyz sha256:[0-9a-f]{64}$')

        log = self.table('l.csv')
        self.assertEqual(log.keys['format'], 'pelrate-md-log 1')
        self.assertEqual(log.columns, [
            'replica', 'time_ps', 'target_K', 'temperature_K', 'pressure_bar',
            'volume_A3_per_atom', 'energy_eV_per_atom', 'potential_energy_eV_per_atom'])
        self.assertEqual([round(t, 9) for t in log.numbers('time_ps')[:8]],
                         [-.1, 0, .1, .2, .3, .4, .5, .6])
        self.close(log.numbers('target_K')[0], 575.0)
        self.picture('c.svg')

    def test_threads_and_replicas_change_nothing(self):
        self.md(*HOLD, '--replicas', '2', '--threads', '1', '-o', 'a.csv')
        self.md(*HOLD, '--replicas', '2', '--threads', '4', '-o', 'b.csv')
        self.md(*HOLD, '-o', 'c.csv')
        self.assertEqual(self.rows('a.csv'), self.rows('b.csv'))
        self.assertEqual(self.rows('a.csv')[:5], self.rows('c.csv'))
        self.md(*HOLD, '--seed', '2', '-o', 'd.csv')
        self.assertNotEqual(self.rows('c.csv'), self.rows('d.csv'))

    def test_constant_volume(self):
        self.md(*HOLD, '--barostat', 'none', '-o', 'c.csv', '--thermostat', 'langevin')
        table = self.table('c.csv')
        self.assertEqual((table.keys['ensemble'], table.keys['is_cell']), ('NVT', 'fixed'))
        self.assertNotIn('target_pressure_bar', table.keys)
        volumes = table.numbers('volume_A3_per_atom') + table.numbers('is_volume_A3_per_atom')
        for volume in volumes:
            self.assertAlmostEqual(volume, 10.92 ** 3 / 107, delta=1e-9)
        # the kinetic part alone is 0.07 eV/atom over 12 A^3: 1e4 bar, if held in
        self.assertGreater(min(table.numbers('pressure_bar')[1:]), 1000.0)
        # zero pressure can be asked for: a deeper IS
        self.md(*HOLD, '--barostat', 'none', '--is-cell', 'isotropic', '-o', 'd.csv')
        deeper = self.table('d.csv')
        self.assertEqual(deeper.keys['is_cell'], 'isotropic')
        for a, b in zip(deeper.numbers('e_is_eV_per_atom'), table.numbers('e_is_eV_per_atom')):
            self.assertLess(a, b)

    def test_a_melt_keeps_its_temperature(self):
        self.works('glass', '--composition', 'Cu', '--atoms', '60', '--melt-time', '0.2',
                   '--instant', '--potential', harness.potential(), '--quiet', '--melt',
                   'm.xyz', '-o', 'is.xyz')
        self.works('md', 'm.xyz', '--potential', harness.potential(), '--quiet',
                   '--temperature', '1500', '--time', '0', '--ramp-time', '100fs', '-o',
                   'c.csv')
        keys = self.table('c.csv').keys
        self.assertGreater(float(keys['ramp_from_K']), 1300.0)
        self.assertEqual(keys['ramp_from_K'], keys['velocities_drawn_at_K'])

    def test_snapshots(self):
        self.md(*HOLD, '--replicas', '2', '--snapshots', 'is', '-o', 'c.csv')
        names = sorted(os.listdir(self.path('is')))
        self.assertEqual(len(names), 8)
        self.assertEqual(names[1], 'r001-00000000.200ps.xyz')
        table = self.table('c.csv')
        for name, e_is, time_ps in zip(names, table.numbers('e_is_eV_per_atom'),
                                       table.numbers('time_ps')):
            text = self.read('is/' + name)
            self.close(float(re.search(r'e_is_eV_per_atom=(\S+)', text)[1]), e_is)
            self.close(float(re.search(r'time_ps=(\S+)', text)[1]), time_ps)
        forces = self.works('energy', 'is/' + names[5], '--elements', 'Cu',
                            '--potential', harness.potential())
        energy = float(re.search(r'# energy_eV: (\S+)', forces)[1])
        self.assertLess(abs(energy / 107 - table.numbers('e_is_eV_per_atom')[5]), 1e-9)
        self.refused(2, 'is: is not empty, expected a new folder (or --force)\n', *HOLD,
                     '--snapshots', 'is')
        self.md(*HOLD, '--snapshots', 'is', '--force', '-o', 'c.csv')

    def test_killed_and_resumed(self):
        """kill -9, then Ctrl-C, then to the end: the same rows as without either."""
        rule = ['--temperature', '850', '--time', '4', '--is-every', '0.4', '--ramp-time',
                '0.2', '--replicas', '2', '--threads', '1', '--log-interval', '0.1',
                '--checkpoint-interval', '0.2']
        self.md(*rule, '-o', 'whole.csv')
        keep = [*rule, '--checkpoint', 'c.state', '-o', 'c.csv']
        command = [harness.PELRATE, 'md', 'g.xyz', '--potential', harness.potential(), '--quiet',
                   *keep]

        def written(since):
            try:
                return os.stat(self.path('c.state')).st_mtime_ns > since
            except FileNotFoundError:
                return False

        for number, code in ((signal.SIGKILL, -9), (signal.SIGINT, 1)):
            since = (os.stat(self.path('c.state')).st_mtime_ns
                     if os.path.exists(self.path('c.state')) else 0)
            with subprocess.Popen(command, cwd=self.dir, env=self.environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE) as run:
                while run.poll() is None and not written(since):
                    time.sleep(0.005)
                run.send_signal(number)
                message = run.stderr.read().decode()
                self.assertEqual(run.wait(), code, message)
            self.assertFalse(os.path.exists(self.path('c.csv')))
        self.assertRegex(message, r'^pelrate md: interrupted at \S+ of \S+ ps, kept in c\.state$')
        result = self.pelrate('md', 'g.xyz', '--potential', harness.potential(), *keep)
        self.assertEqual(result.code, 0, result.stderr)
        self.assertIn('goes on from c.state', result.stderr)
        self.assertEqual(self.rows('c.csv'), self.rows('whole.csv'))
        self.assertFalse(os.path.exists(self.path('c.state')))

    def test_a_longer_run_goes_on(self):
        keep = ['--checkpoint', 's', '--keep-checkpoint']
        self.md(*HOLD, *keep, '-o', 'short.csv')
        longer = ['--temperature', '850', '--time', '1', '--is-every', '0.2', '--ramp-time',
                  '0.2']
        self.md(*longer, '-o', 'whole.csv')
        self.md(*longer, *keep, '-o', 'long.csv')
        self.assertEqual(self.rows('long.csv'), self.rows('whole.csv'))
        self.assertEqual(self.rows('long.csv')[:5], self.rows('short.csv'))
        self.refused(3, self.mismatch(), *HOLD, *keep, '--seed', '2')

    def mismatch(self):
        """What a checkpoint of another seed is told, with the line that says the seed."""
        lines = self.read('s').splitlines()
        line = 1 + next(i for i, text in enumerate(lines) if text.startswith('setting seed '))
        return f"s:{line}: was made with 'seed 1', this run has 'seed 2'\n"

    def test_bad_usage(self):
        hold = ['--temperature', '600', '--time', '1', '--is-every', '1']
        for message, args in (
                ('--temperature is missing', ['--time', '1']),
                ('--time is missing', ['--temperature', '600']),
                ("--time: '10s', expected a time such as 50ps or 10ns",
                 ['--temperature', '600', '--time', '10s']),
                ("--time: 'nan', expected a time such as 50ps or 10ns",
                 ['--temperature', '600', '--time', 'nan']),
                ("--is-every: 'ps', expected a time such as 50ps or 10ns",
                 ['--temperature', '600', '--time', '1', '--is-every', 'ps']),
                ("--temperature: 'hot' is not a finite number", ['--temperature', 'hot']),
                ('--replicas: 0, expected 1 or more', [*hold, '--replicas', '0']),
                ('--thermostat: nve does not hold a temperature',
                 [*hold, '--thermostat', 'nve']),
                ("--is-cell: 'soft', expected fixed, isotropic or full",
                 [*hold, '--is-cell', 'soft']),
                ('--ramp-from needs a --ramp-time above 0',
                 [*hold, '--ramp-from', '400', '--ramp-time', '0']),
                ('--keep-checkpoint needs a --checkpoint', [*hold, '--keep-checkpoint']),
                ('--threads: expected 1 or more', [*hold, '--threads', '-1']),
                ("'x' is the name of two outputs", [*hold, '-o', 'x', '--log', 'x']),
                ("'x' is the name of two outputs", [*hold, '-o', 'x', '--checkpoint', 'x']),
                ("'g.xyz' is an input, expected another name",
                 [*hold, '--checkpoint', 'g.xyz'])):
            with self.subTest(message=message):
                self.refused(2, message + USAGE, *args)
        result = self.pelrate('md', 'g.xyz', *hold, '--barostat', 'strong', '--potential',
                              harness.potential())
        self.assertEqual(result.code, 2)
        self.assertIn('cell-rescaling', result.stderr)
        self.fails(2, 'pelrate md: --potential is missing' + USAGE, 'md', 'g.xyz', *hold)

    def test_settings_out_of_range(self):
        for message, args in (
                ('temperature must be positive, got -5 K', ['--temperature', '-5', '--time',
                                                            '1', '--is-every', '1']),
                ('the time (1 ps) must be a multiple of the time between snapshots (0.3 ps)',
                 ['--temperature', '600', '--time', '1', '--is-every', '0.3']),
                ('time between snapshots must be positive, got 0 ps',
                 ['--temperature', '600', '--time', '1', '--is-every', '0']),
                ('time step must be positive, got 0 ps', [*HOLD, '--timestep', '0'])):
            with self.subTest(message=message):
                self.refused(2, message + '\n', *args)

    def test_bad_inputs(self):
        self.write('cut.xyz', '\n'.join(harness.crystal().splitlines()[:50]) + '\n')
        result = self.pelrate('md', 'cut.xyz', *HOLD, '--potential', harness.potential())
        self.assertEqual((result.code, result.stdout), (3, ''))
        self.assertTrue(result.stderr.startswith('pelrate md: cut.xyz:'), result.stderr)
        self.write('al.xyz', harness.crystal(name='Al'))
        result = self.pelrate('md', 'al.xyz', *HOLD, '--potential', harness.potential())
        self.assertEqual(result.code, 3)
        self.assertIn('Al', result.stderr)
        result = self.pelrate('md', 'absent.xyz', *HOLD, '--potential', harness.potential())
        self.assertEqual(result.code, 3)
        self.write('s', 'mine\n')
        self.refused(3, "s:1: 'mine', expected '# format: pelrate-isotherm 1'\n", *HOLD,
                     '--checkpoint', 's')
        self.write('c.csv', 'mine')
        result = self.pelrate('md', 'g.xyz', *HOLD, '--potential', harness.potential(), '-o',
                              'c.csv')
        self.assertEqual((result.code, self.read('c.csv')), (2, 'mine'))

    def test_the_ageing_experiment_in_small(self):
        """data/cuzr/ageing-make, killed once: small glasses, everything else as it is."""
        harness.potential()
        script = harness.source('data', 'cuzr', 'ageing-make')
        command = [script, harness.PELRATE, 'work', 'tiny']
        with subprocess.Popen(command, cwd=self.dir, env=self.environment(PEL_CORES='1'),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, start_new_session=True) as run:
            while run.poll() is None and not os.path.exists(self.path('work/large.xyz')):
                time.sleep(0.01)
            os.killpg(run.pid, signal.SIGKILL)
            budget = run.stdout.read().decode()
        self.assertRegex(budget, r'(?m)^curve +4 runs .* core-seconds$')
        self.assertRegex(budget, r'(?m)^in all \d+ core-seconds: \S+ hours of 1 cores$')
        done = subprocess.run(command, cwd=self.dir, env=self.environment(PEL_CORES='2'),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=500, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        for name in ('rates.csv', 'rates-long.csv', 'rates-216.csv', 'equilibrium-tests.csv'):
            self.assertGreater(len(self.table('work/result/' + name).rows), 1, name)
        # the longer curve is the short one, continued
        short = self.rows('work/result/curves/cu56zr44-r1000-s1-900K.csv')
        longer = self.rows('work/result/long/cu56zr44-r1000-s1-900K.csv')
        self.assertEqual((longer[:len(short)], len(longer)), (short, 11))

    def test_worked_examples(self):
        self.worked_examples('md')


if __name__ == '__main__':
    harness.main()
