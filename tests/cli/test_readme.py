#!/usr/bin/env python3
"""The README tells the truth: its worked run of each command runs, every sub-command has
one, every file it names is there."""

import os
import re
import subprocess

import harness


class Readme(harness.Case):
    def setUp(self):
        super().setUp()
        with open(harness.source('README.md'), encoding='utf-8') as file:
            self.text = file.read()

    def commands(self):
        listed = self.works('--help')
        return re.findall(r'^  (\w+) +\S', listed[listed.index('Commands:'):], re.M)

    def test_worked_runs(self):
        blocks = re.findall(r'```sh\n(.*?)```', self.text, re.S)
        self.assertEqual(len(blocks), 1)
        script = blocks[0]
        for command in self.commands():
            self.assertRegex(script, rf'(?m)^pelrate {command} ', command)
        script = script.replace('/usr/share/lammps/potentials/CuZr_mm.eam.fs',
                                harness.potential())
        os.symlink(harness.source('data'), self.path('data'))
        os.mkdir(self.path('bin'))
        os.symlink(harness.PELRATE, self.path('bin/pelrate'))
        path = self.path('bin') + os.pathsep + os.environ.get('PATH', '')
        done = subprocess.run(['sh', '-eux', '-c', script], cwd=self.dir, timeout=1500,
                              env=self.environment(PATH=path), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        for name in re.findall(r'(?:-o|--peaks|--curves) (\S+)', script):
            self.assertTrue(os.path.getsize(self.path(name)) > 0, name)
        for name in re.findall(r'--plot (\S+)', script):
            self.picture(name)

    def test_every_command_is_in_the_table(self):
        for command in self.commands():
            self.assertIn(f'| `pelrate {command}` |', self.text)

    def test_the_sampled_data_are_what_it_says(self):
        """Glasses, searches and distinct events, here and in the table beside the data."""
        with open(harness.source('data/cuzr/events.csv'), encoding='utf-8') as file:
            events = harness.Table(file.read())
        distinct = [row for row in events.rows
                    if row['status'] == 'valid' and not row['duplicate_of']]
        text = ' '.join(self.text.split())
        self.assertIn(f'{len(events.rows)} searches, {len(distinct)} distinct events', text)
        samples = {row['sample'] for row in events.rows}
        self.assertEqual(sorted(samples), sorted(
            name[:-4] for name in os.listdir(harness.source('data/cuzr/glasses'))))
        with open(harness.source('data/cuzr/levels.csv'), encoding='utf-8') as file:
            levels = harness.Table(file.read())
        with open(harness.source('data/cuzr/README.md'), encoding='utf-8') as file:
            table = file.read()
        self.assertEqual(sum(map(int, levels.numbers('distinct'))), len(distinct))
        self.assertGreaterEqual(len(levels.rows), 8)
        # Samples sorted by E_IS fill the levels one after the other.
        count = {sample: sum(row['sample'] == sample for row in distinct)
                 for sample in samples}
        e_is = {row['sample']: float(row['e_is_eV_per_atom']) for row in events.rows}
        sorted_samples = sorted(samples, key=e_is.get)
        rich = 0
        for level in sorted(levels.rows, key=lambda row: float(row['e_is_eV_per_atom'])):
            self.assertRegex(table, f"\\| {level['searches']} \\| {level['valid']} "
                                    f"\\| {level['distinct']} \\|")
            self.assertGreaterEqual(int(level['samples']), 3)
            here = sorted_samples[:int(level['samples'])]
            del sorted_samples[:len(here)]
            rich += sum(count[sample] >= 300 for sample in here) >= 3
        self.assertGreaterEqual(rich, 4)

    def test_files_that_are_named_exist(self):
        names = re.findall(r'\]\(([^)#:]+)\)', self.text)
        names += re.findall(r'`((?:data|tests|bench|src|include)/[\w./-]+)`', self.text)
        self.assertGreater(len(names), 2)
        for name in names:
            self.assertTrue(os.path.exists(harness.source(name)), name)


if __name__ == '__main__':
    harness.main()
