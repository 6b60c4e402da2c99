#!/usr/bin/env python3
"""pelrate glass: a glass is made, the same for the same seed; interrupted runs go on."""

import os
import re
import signal
import subprocess
import time

import harness

ALLOY = ['--composition', 'Cu56Zr44', '--atoms', '108']
FAST = ['--cool', '2000', '--melt-time', '0.4']
USAGE = " (see 'pelrate glass --help')\n"


def header(text):
    """Keys of the second line of extended XYZ."""
    pairs = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', text.splitlines()[1])
    return {key: value.strip('"') for key, value in pairs}


class Glass(harness.Case):
    def glass(self, *args, **options):
        return self.works('glass', '--potential', harness.potential(), '--quiet', *args,
                          **options)

    def changed(self, name):
        """When a file was written last; 0: it is not there."""
        try:
            return os.stat(self.path(name)).st_mtime_ns
        except FileNotFoundError:
            return 0

    def refused(self, code, message, *args):
        self.fails(code, f'pelrate glass: {message}', 'glass', '--potential',
                   harness.potential(), *args)

    def test_a_glass_is_made(self):
        self.glass(*ALLOY, *FAST, '--seed', '5', '-o', 'g.xyz', '--log', 'g.csv')
        text = self.read('g.xyz')
        lines = text.splitlines()
        self.assertEqual(int(lines[0]), 108)
        self.assertEqual(len(lines), 110)
        self.assertEqual(sum(line.startswith('Cu ') for line in lines), 60)
        keys = header(text)
        e_is = float(keys['e_is_eV_per_atom'])
        self.assertTrue(-4.70 < e_is < -4.60, e_is)
        self.assertTrue(7.0 < float(keys['density_g_per_cm3']) < 7.5)
        self.assertLess(abs(float(keys['pressure_bar'])), 1.0)
        self.assertLess(float(keys['max_force_eV_per_A']), 1e-4)
        self.assertEqual((keys['cool_K_per_ps'], keys['seed']), ('2000', '5'))
        self.assertTrue(keys['command'].startswith('pelrate glass --potential '))

        log = self.table('g.csv')
        self.assertEqual(log.keys['format'], 'pelrate-glass-log 1')
        self.assertEqual(log.keys['e_is_eV_per_atom'], keys['e_is_eV_per_atom'])
        self.assertEqual(log.columns, ['time_ps', 'target_K', 'temperature_K', 'pressure_bar',
                                       'volume_A3_per_atom', 'energy_eV_per_atom',
                                       'swaps_tried', 'swaps_accepted'])
        # 0.4 ps of melt, 0.85 ps of cooling, a row every 0.5 ps and at the corner
        self.assertEqual([round(t, 9) for t in log.numbers('time_ps')], [0.4, 0.5, 1.0, 1.25])
        self.close(log.numbers('target_K')[-1], 300.0)
        self.assertTrue(log.numbers('temperature_K')[-1] < 1000.0)

    def test_threads_change_nothing(self):
        """The same atoms to the last bit; the second line differs, it holds the command."""
        self.glass(*ALLOY, *FAST, '-o', 'one.xyz')
        self.glass(*ALLOY, *FAST, '-o', 'three.xyz', '--threads', '3')
        one, three = self.read('one.xyz').splitlines(), self.read('three.xyz').splitlines()
        self.assertEqual(one[:1] + one[2:], three[:1] + three[2:])
        self.refused(2, '--threads: expected 1 or more' + USAGE, *ALLOY, *FAST,
                     '--threads', '-1')

    def test_lammps_data_by_name(self):
        """The same glass in both formats: the same energy and forces, no elements needed."""
        rule = [*ALLOY, *FAST, '--seed', '5']
        self.glass(*rule, '-o', 'g.xyz')
        self.glass(*rule, '-o', 'g.data')
        first = self.read('g.data').splitlines()[0]
        self.assertIn('e_is_eV_per_atom=', first)
        self.assertIn('108 atoms', self.read('g.data'))
        energy = ['--elements', 'Cu,Zr', '--potential', harness.potential()]
        xyz = harness.Table(self.works('energy', 'g.xyz', *energy))
        data = harness.Table(self.works('energy', 'g.data', *energy))
        self.close(float(data.keys['energy_eV']), float(xyz.keys['energy_eV']), 1e-14)
        for column in ('x_A', 'fx_eV_per_A', 'energy_eV'):
            for a, b in zip(data.numbers(column), xyz.numbers(column)):
                self.close(a, b, absolute=1e-12)

    def test_energy_agrees(self):
        """The energy that the header tells is the energy of the structure."""
        self.glass(*ALLOY, *FAST, '-o', 'g.xyz')
        if '\n  energy ' not in self.works('--help'):
            self.skipTest('no energy command')
        text = self.works('energy', 'g.xyz', '--potential', harness.potential(),
                          '--elements', 'Cu,Zr', stderr=None)
        total = float(harness.Table(text).keys['energy_eV'])
        self.close(total / 108, float(header(self.read('g.xyz'))['e_is_eV_per_atom']),
                   relative=1e-12)

    def test_exchanges_an_anneal_and_settling(self):
        result = self.pelrate(
            'glass', '--potential', harness.potential(), *ALLOY, *FAST, '--swaps', '150',
            '--swap-interval', '0.05', '--anneal-temperature', '1200', '--anneal-time', '0.2',
            '--settle', '2', '--settle-time', '0.1', '--settle-temperature', '150',
            '-o', 'g.xyz', '--log', 'g.csv')
        self.assertEqual(result.code, 0, result.stderr)
        keys = header(self.read('g.xyz'))
        self.assertEqual(keys['anneal_temperature_K'], '1200')
        self.assertEqual(float(keys['anneal_time_ps']), 0.2)
        log = self.table('g.csv')
        self.assertEqual(sum(log.numbers('swaps_tried')), float(keys['swaps_tried']))
        self.assertEqual(sum(log.numbers('swaps_accepted')), float(keys['swaps_accepted']))
        self.assertEqual(log.keys['swaps_accepted'], keys['swaps_accepted'])
        # 0.4 ps of melt, 0.85 ps of cooling, 0.2 ps of anneal: 29 times 150
        self.close(log.numbers('time_ps')[-1], 1.45, absolute=1e-9)
        self.assertEqual(keys['swaps_tried'], '4350')
        self.assertGreater(int(keys['swaps_accepted']), 0)
        self.assertIn(f"{keys['swaps_accepted']} of 4350 exchanges were accepted (", result.stderr)
        kicks, moves = int(keys['settle_kicks']), int(keys['settle_moves'])
        self.assertTrue(2 <= kicks and 0 <= moves <= kicks - 2, keys)
        self.assertEqual(keys['settled'], '1')
        self.assertTrue(float(keys['settle_gain_eV_per_atom']) >= 1e-3 * moves / 108)
        self.assertIn(f'settled: {moves} of {kicks} kicks led down, by ', result.stderr)

    def test_a_liquid_as_it_is(self):
        self.glass(*ALLOY, '--instant', '--melt-time', '0.2', '-o', 'g.xyz', '--log', 'g.csv')
        keys = header(self.read('g.xyz'))
        self.assertEqual(keys['melt_temperature_K'], '2000')
        self.assertNotIn('cool_K_per_ps', keys)
        self.close(self.table('g.csv').numbers('time_ps')[-1], 0.2, absolute=1e-9)
        # a glass that is there, settled: from its minimum, without dynamics of its own
        self.glass('--from', 'g.xyz', '--instant', '--settle', '1', '--settle-time', '0.05',
                   '-o', 's.xyz')
        settled = header(self.read('s.xyz'))
        self.assertTrue(float(settled['e_is_eV_per_atom']) <=
                        float(keys['e_is_eV_per_atom']) + 1e-9)
        self.assertNotIn('swaps_tried', settled)
        self.assertNotIn('melt_temperature_K', settled)

    def test_a_seed_decides(self):
        for name, seed in (('a', 7), ('b', 7), ('c', 8)):
            self.glass(*ALLOY, *FAST, '--seed', seed, '-o', f'{name}.xyz')
        atoms = [self.read(f'{name}.xyz').splitlines()[2:] for name in 'abc']
        self.assertEqual(atoms[0], atoms[1])
        self.assertNotEqual(atoms[0], atoms[2])

    def test_quenches_share_a_melt(self):
        self.glass(*ALLOY, *FAST, '-o', 'a.xyz', '--melt', 'melt.xyz')
        self.assertIn('velo:R:3', self.read('melt.xyz'))
        self.assertEqual(header(self.read('melt.xyz'))['temperature_K'], '2000')
        for seed in (1, 2):
            self.glass('--from', 'melt.xyz', '--cool', '2000', '--seed', seed,
                       '-o', f'{seed}.xyz', '--log', f'{seed}.csv')
        self.assertNotEqual(self.read('1.xyz').splitlines()[2:],
                            self.read('2.xyz').splitlines()[2:])
        # no time in the melt again, and the velocities of the melt: hot from the start
        log = self.table('1.csv')
        self.close(log.numbers('time_ps')[-1], 0.85, absolute=1e-9)
        self.assertTrue(log.numbers('temperature_K')[0] > 1000.0)

    def test_fixed_cell(self):
        self.glass(*ALLOY, *FAST, '--cell', 'fixed', '--volume', '17', '-o', 'g.xyz')
        lattice = header(self.read('g.xyz'))['Lattice'].split()
        self.close(float(lattice[0]) ** 3 / 108, 17.0, relative=1e-12)

    def test_goes_on_after_kill(self):
        args = [*ALLOY, '--cool', '2000', '--melt-time', '10']
        self.glass(*args, '-o', 'whole.xyz', '--log', 'whole.csv')
        kept = ['--checkpoint', 'state']
        command = [harness.PELRATE, 'glass', '--potential', harness.potential(), *args, *kept,
                   '-o', 'again.xyz']
        for number in (signal.SIGKILL, signal.SIGINT):
            before = self.changed('state')
            run = subprocess.Popen(command, cwd=self.dir, stderr=subprocess.PIPE,
                                   env=self.environment())
            for _ in range(2000):
                if self.changed('state') != before or run.poll() is not None:
                    break
                time.sleep(0.005)
            run.send_signal(number)
            message = run.communicate()[1].decode()
            if run.returncode == 0:
                self.skipTest('too fast to be interrupted')
            if number == signal.SIGINT:
                self.assertEqual(run.returncode, 1, message)
                self.assertRegex(message, r'pelrate glass: interrupted at \S+ of 10.85 ps, '
                                 r'kept in state\n\Z')
            else:
                self.assertEqual(run.returncode, -signal.SIGKILL)
            self.assertFalse(os.path.exists(self.path('again.xyz')))
        result = self.pelrate('glass', '--potential', harness.potential(), *args, *kept,
                              '-o', 'again.xyz', '--log', 'again.csv')
        self.assertEqual(result.code, 0, result.stderr)
        self.assertIn('goes on from state at ', result.stderr)
        self.assertEqual(self.read('again.xyz').splitlines()[2:],
                         self.read('whole.xyz').splitlines()[2:])
        self.assertEqual(self.table('again.csv').rows, self.table('whole.csv').rows)
        self.assertFalse(os.path.exists(self.path('state')))

    def test_a_checkpoint_of_another_run(self):
        args = [*ALLOY, '--cool', '2000', '--melt-time', '10', '--checkpoint', 'state']
        run = subprocess.Popen([harness.PELRATE, 'glass', '--potential', harness.potential(),
                                *args, '-o', 'g.xyz'], cwd=self.dir, env=self.environment())
        while not os.path.exists(self.path('state')) and run.poll() is None:
            time.sleep(0.005)
        run.kill()
        if run.wait() == 0:
            self.skipTest('too fast to be interrupted')
        for name in os.listdir(self.dir):
            if name != 'state':
                os.remove(self.path(name))
        # another potential, be it only in a comment
        with open(harness.potential(), encoding='utf-8') as file:
            self.write('other.eam.fs', '#' + file.read())
        result = self.pelrate('glass', '--potential', 'other.eam.fs', *args)
        self.assertEqual(result.code, 3)
        self.assertTrue(result.stderr.startswith("pelrate glass: state:2: was made with "
                                                 "'label Cu56Zr44 108 atoms, 18 A^3 under "
                                                 'sha256:'), result.stderr)
        args[args.index('2000')] = '2001'
        self.refused(3, "state:8: was made with 'cool_K_per_ps 2000', this run has "
                     "'cool_K_per_ps 2001'\n", *args)
        self.write('state', 'x\n')
        self.refused(3, "state:1: 'x', expected '# format: pelrate-quench 2'\n", *args)

    def test_misuse(self):
        for message, args in (
                ('--cool is missing', ALLOY),
                ('--composition is missing', ['--cool', '5']),
                ('--atoms is missing', ['--composition', 'CuZr', '--cool', '5']),
                ('--atoms: 1, expected 2 or more', ['--composition', 'CuZr', '--cool', '5',
                                                    '--atoms', '1']),
                ('--from says what the atoms are: leave out --composition and --atoms',
                 [*ALLOY, *FAST, '--from', 'x']),
                ("--cell: 'round', expected isotropic, full or fixed",
                 [*ALLOY, *FAST, '--cell', 'round']),
                ('unknown thermostat "cold", expected one of nve, langevin, nose-hoover',
                 [*ALLOY, *FAST, '--thermostat', 'cold']),
                ('--thermostat: nve cannot cool', [*ALLOY, *FAST, '--thermostat', 'nve']),
                ('--instant does not cool: leave out --cool and --end-temperature',
                 [*ALLOY, *FAST, '--instant']),
                ('--anneal-time needs --anneal-temperature',
                 [*ALLOY, *FAST, '--anneal-time', '1']),
                ('--anneal-temperature needs an --anneal-time above 0',
                 [*ALLOY, *FAST, '--anneal-temperature', '700']),
                ('--swaps: -1, expected 0 or more', [*ALLOY, *FAST, '--swaps', '-1']),
                ('--settle: -2, expected 0 or more', [*ALLOY, *FAST, '--settle', '-2']),
                ("--cool: 'fast' is not a finite number", [*ALLOY, '--cool', 'fast'])):
            with self.subTest(message=message):
                self.refused(2, message + USAGE, *args)
        self.fails(2, 'pelrate glass: --potential is missing' + USAGE, 'glass', *ALLOY, *FAST)

    def test_settings_out_of_range(self):
        for message, args in (
                ('cooling rate must be positive, got -5 K/ps', [*ALLOY, '--cool', '-5']),
                ('the end temperature (3000 K) is above that of the melt (2000 K)',
                 [*ALLOY, *FAST, '--end-temperature', '3000']),
                ('the anneal (200 K) must be between the end (300 K) and the melt (2000 K)',
                 [*ALLOY, *FAST, '--anneal-temperature', '200', '--anneal-time', '1']),
                ('time between exchanges must be positive, got 0 ps',
                 [*ALLOY, *FAST, '--swaps', '5', '--swap-interval', '0']),
                ('temperature of a kick must be positive, got -5 K',
                 [*ALLOY, '--instant', '--melt-time', '0', '--settle', '5',
                  '--settle-temperature', '-5']),
                ('time step must be positive, got 0 ps', [*ALLOY, *FAST, '--timestep', '0']),
                ("composition 'Cu5x': expected an element at 'x', as in Cu56Zr44",
                 ['--composition', 'Cu5x', '--atoms', '20', *FAST]),
                ('20 atoms are too few: Zr (1 %) would have none',
                 ['--composition', 'Cu99Zr1', '--atoms', '20', *FAST])):
            with self.subTest(message=message):
                self.refused(2, message + '\n', *args)

    def test_bad_inputs(self):
        result = self.pelrate('glass', *ALLOY, *FAST, '--potential', 'absent.eam.fs')
        self.assertEqual((result.code, result.stdout), (3, ''))
        self.assertTrue(result.stderr.startswith('pelrate glass: absent.eam.fs: '))
        result = self.pelrate('glass', '--composition', 'Cu50Al50', '--atoms', '20', *FAST,
                              '--potential', harness.potential())
        self.assertEqual(result.code, 3)
        self.assertIn('Al', result.stderr)
        self.write('cut.xyz', '2\nLattice="9 0 0 0 9 0 0 0 9" Properties=species:S:1:pos:R:3\n'
                   'Cu 0 0 0\n')
        result = self.pelrate('glass', '--from', 'cut.xyz', *FAST, '--potential',
                              harness.potential())
        self.assertEqual(result.code, 3)
        self.assertTrue(result.stderr.startswith('pelrate glass: cut.xyz:'), result.stderr)

    def test_outputs_are_checked_before_the_work(self):
        self.write('g.xyz', 'mine')
        start = time.monotonic()
        result = self.pelrate('glass', '--composition', 'CuZr', '--atoms', '5000', '--cool',
                              '1', '--potential', harness.potential(), '-o', 'g.xyz')
        self.assertEqual(result.code, 2)
        self.assertIn('g.xyz', result.stderr)
        self.assertEqual(self.read('g.xyz'), 'mine')
        result = self.pelrate('glass', '--composition', 'CuZr', '--atoms', '5000', '--cool',
                              '1', '--potential', harness.potential(), '-o', 'no/g.xyz')
        self.assertEqual(result.code, 1)
        self.assertLess(time.monotonic() - start, 20.0)

    def test_a_name_for_two_files_is_refused_before_the_work(self):
        self.write('g.xyz', '2\nLattice="9 0 0 0 9 0 0 0 9"\nCu 0 0 0\nZr 0 0 3\n')
        long = ['--composition', 'CuZr', '--atoms', '5000', '--cool', '1']
        for message, args in (
                ("'x' is the name of two outputs", [*long, '-o', 'x', '--log', 'x']),
                ("'x' is the name of two outputs", [*long, '-o', 'x', '--melt', 'x']),
                ("'x' is the name of two outputs", [*long, '--log', 'x', '--melt', 'x']),
                ("'x' is the name of two outputs", [*long, '-o', 'x', '--checkpoint', 'x']),
                ("'x' is the name of two outputs", [*long, '--log', 'x', '--checkpoint', 'x']),
                ("'./g.xyz' is an input, expected another name",
                 ['--from', 'g.xyz', *FAST, '-o', './g.xyz', '--force']),
                ("'g.xyz' is an input, expected another name",
                 ['--from', 'g.xyz', *FAST, '--checkpoint', 'g.xyz'])):
            with self.subTest(message=message, args=args):
                self.refused(2, message + USAGE, *args)

    def test_full_disk(self):
        result = self.pelrate('glass', '--potential', harness.potential(), *ALLOY, *FAST,
                              '-o', '/dev/full')
        self.assertEqual(result.code, 1)
        self.assertIn('/dev/full', result.stderr)

    def test_worked_examples(self):
        self.worked_examples('glass')


if __name__ == '__main__':
    harness.main()
