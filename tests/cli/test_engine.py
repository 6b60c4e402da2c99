#!/usr/bin/env python3
"""--engine: other engines beside our own, through the command. Each is skipped where the
command was built without it or its potential is not installed."""

import os
import re
import shutil
import sqlite3
import subprocess
import time
import unittest

import harness
from harness import Table

SEE = " (see 'pelrate energy --help')\n"


def glass():
    return harness.source('tests', 'reference', 'lammps', 's500_is.data')


def lammps(elements='Cu Zr'):
    """Options of the engine lammps with the table for Cu-Zr."""
    worker = os.path.join(os.path.dirname(os.path.realpath(harness.PELRATE)), 'pelrate-lammps')
    if not os.path.exists(worker):
        raise unittest.SkipTest(f'{worker}: built without the engine lammps')
    return ['--engine', 'lammps', '--lammps-commands',
            f'pair_style eam/fs; pair_coeff * * {harness.potential()} {elements}']


def processes():
    """State and parent of every process, by its number."""
    found = {}
    for name in os.listdir('/proc'):
        try:
            with open(f'/proc/{name}/stat', encoding='utf-8') as file:
                state, parent = file.read().rsplit(')', 1)[1].split()[:2]
            found[int(name)] = (state, int(parent))
        except (OSError, ValueError, IndexError):
            continue
    return found


def children(parent):
    return [pid for pid, (_, its) in processes().items() if its == parent]


def alive(pid):
    return processes().get(pid, 'Z')[0] != 'Z'


class Usage(harness.Case):
    def test_options_that_do_not_fit(self):
        for options, text in [
                (['--engine', 'vasp'], "--engine: 'vasp', expected builtin, lammps or kim"),
                (['--engine', 'lammps'], '--lammps-commands is missing'),
                (['--engine', 'lammps', '--lammps-commands', 'x', '--lammps-script', 'y'],
                 '--lammps-commands and --lammps-script: expected one of them'),
                (['--engine', 'lammps', '--potential', 'x'],
                 '--potential is for --engine builtin'),
                (['--engine', 'kim'], '--kim-model is missing'),
                (['--engine', 'kim', '--kim-model', 'x', '--lammps-launch', 'y'],
                 '--lammps-launch is for --engine lammps'),
                (['--kim-model', 'x'], '--kim-model is for --engine kim'),
                ([], '--potential is missing')]:
            self.fails(2, f'pelrate energy: {text}{SEE}', 'energy', glass(), '--elements',
                       'Cu,Zr', *options)

    def test_script_that_is_not_there(self):
        self.fails(3, 'pelrate energy: no.in: cannot open: No such file or directory\n',
                   'energy', glass(), '--elements', 'Cu,Zr', '--engine', 'lammps',
                   '--lammps-script', 'no.in')


class Engine(harness.Case):
    def energies(self, *options):
        return Table(self.works('energy', glass(), '--elements', 'Cu,Zr', *options))

    def compare(self, ours, theirs, relative):
        self.close(float(theirs.keys['energy_eV']), float(ours.keys['energy_eV']), relative)
        key = 'virial_eV_xx_yy_zz_xy_xz_yz'
        for a, b in zip(theirs.keys[key].split(), ours.keys[key].split(), strict=True):
            self.close(float(a), float(b), absolute=1e4 * relative)
        for column in ours.columns[2:]:
            for a, b in zip(theirs.numbers(column), ours.numbers(column), strict=True):
                self.close(a, b, absolute=100 * relative)

    def events(self, name, structure, elements, searches, *options):
        """The export's rows. Our own engine can move a few atoms before the others: not
        here, where every search is to go the same way."""
        self.works('sample', structure, '--elements', elements, '--searches', searches,
                   '--seed', '3', '--local-radius-A', '0', '-o', name, *options, stderr=None)
        return Table(self.works('events', name, '--csv')).rows

    def same_events(self, options, identity, *sample):
        """The same searches find the same events; a catalogue knows its potential."""
        theirs = self.events('theirs.db', *sample, *options)
        ours = self.events('ours.db', *sample, '--potential', harness.potential())
        self.assertEqual(len(ours), len(theirs))
        valid = 0
        for a, b in zip(ours, theirs, strict=True):
            self.assertEqual(a['status'], b['status'])
            if a['status'] != 'valid':
                continue
            valid += 1
            self.close(float(b['e_a_eV']), float(a['e_a_eV']), absolute=1e-6)
            self.close(float(b['e_r_eV']), float(a['e_r_eV']), absolute=1e-6)
        self.assertGreater(valid, 0)
        with sqlite3.connect(self.path('theirs.db')) as db:
            value, = db.execute(
                "SELECT value FROM settings WHERE key = 'potential_sha256'").fetchone()
        self.assertRegex(value, identity)
        # a catalogue of one potential takes no events of another
        result = self.pelrate('sample', sample[0], '--elements', sample[1], '--searches', '9',
                              '--seed', '3', '--local-radius-A', '0', '-o', 'theirs.db',
                              '--potential', harness.potential())
        self.assertEqual(result.code, 3)
        self.assertRegex(result.stderr, '^pelrate sample: theirs.db: a catalogue of other '
                                        'settings: potential_sha256 is .* there and ')


class Lammps(Engine):
    def test_energy(self):
        theirs = self.energies(*lammps())
        self.compare(self.energies('--potential', harness.potential()), theirs, 1e-10)
        self.assertEqual(theirs.keys['potential'], 'lammps')
        self.assertRegex(theirs.keys['potential_identity'],
                         r'^lammps: pair_style eam/fs; pair_coeff \* \* CuZr_mm\.eam\.fs '
                         r'sha256:[0-9a-f]{64} Cu Zr$')

    def test_script(self):
        options = lammps()
        self.write('pair.in', options[-1].replace('; ', '\n') + '\n')
        theirs = self.energies('--engine', 'lammps', '--lammps-script', 'pair.in')
        self.assertEqual(theirs.keys['potential_identity'],
                         self.energies(*options).keys['potential_identity'])
        self.assertIn('pair.in sha256:', theirs.keys['input_2'])

    def test_nothing_is_left_behind(self):
        """No log.lammps, nothing on the screen, no process."""
        self.energies(*lammps())
        self.assertEqual(os.listdir(self.dir), [])

    def test_workers_end_with_us(self):
        """However we end: a worker hears it, finishes its step and goes."""
        self.write('one.xyz', harness.crystal())
        command = [harness.PELRATE, 'sample', 'one.xyz', '--elements', 'Cu', '--searches',
                   '1000', '--threads', '2', '-o', 'e.db', *lammps('Cu')]
        process = subprocess.Popen(command, cwd=self.dir, env=self.environment(),
                                   stderr=subprocess.DEVNULL)
        workers = []
        while len(workers) < 2 and process.poll() is None:
            time.sleep(0.05)
            workers = children(process.pid)
        self.assertIsNone(process.poll())
        time.sleep(1)
        process.kill()
        process.wait()
        for _ in range(600):
            if not any(alive(worker) for worker in workers):
                break
            time.sleep(0.05)
        self.assertFalse(any(alive(worker) for worker in workers))

    def test_refusals(self):
        lammps()
        for commands, text in [
                ('pair_style nosuch',
                 "LAMMPS: Unrecognized pair style 'nosuch' (at \"pair_style nosuch\")"),
                ('pair_style eam/fs; pair_coeff * * no.eam.fs Cu Zr',
                 'LAMMPS: cannot open eam/fs potential file no.eam.fs: No such file or '
                 'directory (at "pair_coeff * * no.eam.fs Cu Zr")')]:
            self.fails(3, f'pelrate energy: {text}\n', 'energy', glass(), '--elements',
                       'Cu,Zr', '--engine', 'lammps', '--lammps-commands', commands)

    def test_events_of_a_vacancy(self):
        self.write('one.xyz', harness.crystal())
        self.same_events(lammps('Cu'), '^lammps: pair_style eam/fs; pair_coeff .* sha256:',
                         'one.xyz', 'Cu', 4)
        # No Hessian in closed form, and a narrow spectrum: the minima keep their index.
        self.works('events', 'theirs.db', '--verify', 0, *lammps('Cu'), '--quiet')

    def test_events_of_a_glass(self):
        self.same_events(lammps(), '^lammps: pair_style eam/fs; pair_coeff .* sha256:',
                         glass(), 'Cu,Zr', 1)

    def test_glass(self):
        """Molecular dynamics in a cell that changes all the time."""
        quench = ['glass', '--composition', 'Cu1Zr1', '--atoms', '16', '--cool', '20000',
                  '--melt-time', '0.02', '--seed', '5', '--thermostat', 'langevin', '-o']
        self.works(*quench, 'b.xyz', '--potential', harness.potential(), stderr=None)
        self.works(*quench, 'l.xyz', *lammps(), stderr=None)
        energies = []
        for name in ('b.xyz', 'l.xyz'):
            comment = self.read(name).splitlines()[1]
            energies.append(float(comment.split('e_is_eV_per_atom=')[1].split()[0]))
        self.close(energies[1], energies[0], absolute=1e-5)


class Kim(Engine):
    # The table CuZr_mm.eam.fs, as a model.
    MODEL = 'EAM_Dynamo_MendelevSordeletKramer_2007_CuZr__MO_120596890176_005'

    def options(self):
        options = ['--engine', 'kim', '--kim-model', self.MODEL]
        result = self.pelrate('energy', glass(), '--elements', 'Cu,Zr', *options)
        if 'built without' in result.stderr or 'KIM API has no model' in result.stderr:
            raise unittest.SkipTest(result.stderr.strip())
        return options

    def test_energy(self):
        theirs = self.energies(*self.options())
        self.compare(self.energies('--potential', harness.potential()), theirs, 1e-10)
        self.assertEqual(theirs.keys['potential_identity'], 'kim: ' + self.MODEL)
        self.assertEqual(os.listdir(self.dir), [])

    def test_events_of_a_glass(self):
        self.same_events(self.options(), '^kim: EAM_Dynamo_.*__MO_120596890176_005$',
                         glass(), 'Cu,Zr', 1)

    def test_refusals(self):
        self.options()
        self.fails(3, 'pelrate energy: the KIM API has no model "nosuch" '
                   '(kim-api-collections-management list shows what is there)\n', 'energy',
                   glass(), '--elements', 'Cu,Zr', '--engine', 'kim', '--kim-model', 'nosuch')
        self.fails(3, f'pelrate energy: the model {self.MODEL} has no species Al\n', 'energy',
                   glass(), '--elements', 'Cu,Al', '--engine', 'kim', '--kim-model', self.MODEL)


class Readme(harness.Case):
    def test_other_engines(self):
        """What the README shows runs, and says the truth about agreement."""
        lammps()
        with open(harness.source('README.md'), encoding='utf-8') as file:
            section = file.read().split('## Other engines')[1].split('\n## ')[0]
        block = re.search(r'```console\n(.*?)```', section, re.S)[1]
        lines = [line[2:] for line in block.splitlines()]
        self.assertTrue(all(line.startswith('$ ') for line in block.splitlines()))
        model = re.search(r'--kim-model (\S+)', block)[1]
        shutil.copy(glass(), self.path('glass.xyz'))
        result = self.pelrate('energy', 'glass.xyz', '--elements', 'Cu,Zr', '--engine', 'kim',
                              '--kim-model', model)
        if result.code != 0:
            raise unittest.SkipTest(result.stderr.strip())
        os.mkdir(self.path('bin'))
        os.symlink(os.path.realpath(harness.PELRATE), self.path('bin/pelrate'))
        script = '\n'.join(lines).replace(
            '/usr/share/lammps/potentials/CuZr_mm.eam.fs', harness.potential())
        path = self.path('bin') + os.pathsep + os.environ.get('PATH', '')
        done = subprocess.run(['sh', '-eux', '-c', script], cwd=self.dir, timeout=300,
                              env=self.environment(PATH=path), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        for name in re.findall(r'-o (\S+)', script):
            self.assertTrue(os.path.getsize(self.path(name)) > 0, name)


if __name__ == '__main__':
    harness.main()
