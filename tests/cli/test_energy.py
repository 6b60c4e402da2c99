#!/usr/bin/env python3
"""pelrate energy: agreement with LAMMPS, and what it says about bad input."""

import os

import harness

COLUMNS = ['id', 'element', 'x_A', 'y_A', 'z_A', 'energy_eV',
           'fx_eV_per_A', 'fy_eV_per_A', 'fz_eV_per_A']

DIMER = ('2\nLattice="20 0 0 0 20 0 0 0 20" Properties=species:S:1:pos:R:3\n'
         'Cu 0.25 0.5 0.75\nZr {x} 0.5 0.75\n')


def lammps(name):
    return harness.source('tests', 'reference', 'lammps', name)


class Reference(harness.Case):
    def check(self, name):
        text = self.works('energy', lammps(f'{name}.data'), '--potential',
                          harness.potential(), '--elements', 'Cu,Zr')
        table = harness.Table(text)
        self.assertEqual(table.columns, COLUMNS)
        self.assertEqual(table.keys['format'], 'pelrate-energy 1')
        expected = {}
        with open(lammps(f'{name}_mm.global.txt'), encoding='utf-8') as file:
            for line in file:
                key, *values = line.split()
                expected[key] = values
        self.close(float(table.keys['energy_eV']), float(expected['E_total_eV'][0]), 1e-9)
        virial = table.keys['virial_eV_xx_yy_zz_xy_xz_yz'].split()
        for ours, theirs in zip(virial, expected['virial_eV_xx_yy_zz_xy_xz_yz'],
                                strict=True):
            self.close(float(ours), float(theirs), absolute=1e-6)
        with open(lammps(f'{name}_mm.atoms.txt'), encoding='utf-8') as file:
            atoms = [line.split() for line in file.read().splitlines()[9:]]
        self.assertEqual(len(table.rows), 500)
        for row, atom in zip(table.rows, atoms, strict=True):
            self.assertEqual((row['id'], row['element']),
                             (atom[0], {'1': 'Cu', '2': 'Zr'}[atom[1]]))
            self.close(float(row['energy_eV']), float(atom[5]), 1e-9)
            for column, theirs in zip(COLUMNS[6:], atom[6:9], strict=True):
                self.close(float(row[column]), float(theirs), absolute=1e-7)

    def test_melt(self):
        self.check('s500_melt')

    def test_inherent_structure(self):
        self.check('s500_is')

    def test_sheared(self):
        self.check('s500_shear')

    def test_kernels(self):
        """Any kernel can be asked for, and the file says which one it was."""
        command = ['energy', lammps('s500_melt.data'), '--potential', harness.potential(),
                   '--elements', 'Cu,Zr']
        best = harness.Table(self.works(*command))
        plain = harness.Table(self.works(*command, '--kernel', 'portable'))
        self.assertIn(best.keys['kernel'], ('avx512', 'avx2', 'portable'))
        self.assertEqual(plain.keys['kernel'], 'portable')
        self.close(float(best.keys['energy_eV']), float(plain.keys['energy_eV']), 1e-12)
        for a, b in zip(best.numbers('fx_eV_per_A'), plain.numbers('fx_eV_per_A')):
            self.close(a, b, absolute=1e-11)
        self.fails(2, "pelrate energy: --kernel: 'abacus', which this processor does not "
                      "have (see 'pelrate energy --help')\n", *command, '--kernel', 'abacus')

    def test_dimers(self):
        with open(lammps('dimer_mm.txt'), encoding='utf-8') as file:
            lines = [line.split() for line in file if not line.startswith('#')]
        name = {'1': 'Cu', '2': 'Zr'}
        for first, second, distance, energy, force in lines:
            self.write('dimer.xyz', '2\nLattice="30 0 0 0 30 0 0 0 30"\n'
                       f'{name[first]} 0 0 0\n{name[second]} {distance} 0 0\n')
            table = harness.Table(self.works('energy', 'dimer.xyz', '--elements', 'Cu,Zr',
                                             '--potential', harness.potential()))
            self.close(float(table.keys['energy_eV']), float(energy), 1e-9, 1e-9)
            self.close(float(table.rows[1]['fx_eV_per_A']), float(force), absolute=1e-7)


class Output(harness.Case):
    def test_header_names_the_inputs(self):
        self.write('dimer.xyz', DIMER.format(x=3.15))
        out = self.works('energy', 'dimer.xyz', '--elements', 'Cu,Zr', '--potential',
                         harness.potential(), '--style', 'eam/fs')
        keys = harness.Table(out).keys
        self.assertEqual(keys['atoms'], '2')
        self.assertEqual(keys['potential'], 'eam/fs')
        self.assertEqual(keys['command'], 'pelrate energy dimer.xyz --elements Cu,Zr '
                         f'--potential {harness.potential()} --style eam/fs')
        self.assertRegex(keys['input_1'], r'^dimer\.xyz sha256:[0-9a-f]{64}$')
        self.assertRegex(keys['input_2'], r'sha256:[0-9a-f]{64}$')

    def test_file_is_what_standard_output_is(self):
        self.write('dimer.xyz', DIMER.format(x=3.15))
        args = ['energy', 'dimer.xyz', '--elements', 'Cu,Zr', '--potential',
                harness.potential()]
        out = self.works(*args)
        self.assertEqual(self.works(*args, '-o', 'e.csv'), '')
        self.assertEqual([line for line in self.read('e.csv').splitlines()
                          if not line.startswith('# command')],
                         [line for line in out.splitlines()
                          if not line.startswith('# command')])

    def test_existing_output(self):
        self.write('dimer.xyz', DIMER.format(x=3.15))
        self.write('e.csv', 'precious')
        args = ['energy', 'dimer.xyz', '--elements', 'Cu,Zr', '--potential',
                harness.potential(), '-o', 'e.csv']
        self.fails(2, 'pelrate energy: e.csv: exists already, expected a new name '
                   '(or --force)\n', *args)
        self.assertEqual(self.read('e.csv'), 'precious')
        self.works(*args, '--force')
        self.assertEqual(self.table('e.csv').columns, COLUMNS)

    def test_full_disk(self):
        self.write('dimer.xyz', DIMER.format(x=3.15))
        args = ['energy', 'dimer.xyz', '--elements', 'Cu,Zr', '--potential',
                harness.potential()]
        message = 'pelrate energy: {}: cannot write: No space left on device\n'
        self.fails(1, message.format('/dev/full'), *args, '-o', '/dev/full')
        with open('/dev/full', 'wb') as full:
            result = self.pelrate(*args, stdout=full)
        self.assertEqual((result.code, result.stderr),
                         (1, message.format('standard output')))

    def test_verbose(self):
        self.write('dimer.xyz', DIMER.format(x=3.15))
        self.works('energy', 'dimer.xyz', '--elements', 'Cu,Zr', '--potential',
                   harness.potential(), '--verbose',
                   stderr='pelrate energy: 2 atoms, cut-off 7.6 A, 1 force calls, '
                   '1 neighbour lists\n')

    def test_worked_example(self):
        self.worked_examples('energy')


class BadInput(harness.Case):
    def run_dimer(self, text, code, message, *more, elements='Cu,Zr', potential=None):
        self.write('in.xyz', text)
        self.fails(code, message, 'energy', 'in.xyz', '--elements', elements, '--potential',
                   potential or harness.potential(), *more)

    def test_overlapping_atoms(self):
        self.run_dimer(DIMER.format(x=0.25 + 0.03), 3,
                       'pelrate energy: in.xyz: overlapping atoms: 1 and 2 are closer than '
                       '0.1 A\n')

    def test_missing_element(self):
        self.run_dimer(DIMER.format(x=3.15).replace('Zr', 'Ni'), 3, 'pelrate energy: '
                       f'{harness.potential()}:4: element Ni is not in this potential, '
                       'expected one of: Cu Zr\n', elements='Cu,Ni')

    def test_element_not_asked_for(self):
        self.run_dimer(DIMER.format(x=3.15), 3, 'pelrate energy: in.xyz:4: species Zr is '
                       'not among the given elements\n', elements='Cu,Ni')

    def test_potential_cut_short(self):
        with open(harness.potential(), encoding='utf-8') as file:
            lines = file.read().splitlines(keepends=True)
        self.write('short.eam.fs', ''.join(lines[:300]))
        self.run_dimer(DIMER.format(x=3.15), 3, 'pelrate energy: short.eam.fs:300: the file '
                       'ends after 1470 of 10000 values of F(rho) of Cu\n', potential='short.eam.fs')

    def test_no_potential_file(self):
        self.run_dimer(DIMER.format(x=3.15), 3, 'pelrate energy: nowhere.eam.fs: cannot '
                       'be opened: No such file or directory\n', potential='nowhere.eam.fs')

    def test_unknown_style(self):
        self.run_dimer(DIMER.format(x=3.15), 2, 'pelrate energy: unknown potential style '
                       '"lj/cut", expected eam/fs or eam/alloy\n', '--style', 'lj/cut')

    def test_text_for_a_number(self):
        self.run_dimer(DIMER.format(x='here'), 3, 'pelrate energy: in.xyz:4: pos is "here", '
                       'expected a finite number\n')

    def test_position_not_finite(self):
        self.run_dimer(DIMER.format(x='nan'), 3, 'pelrate energy: in.xyz:4: pos is "nan", '
                       'expected a finite number\n')

    def test_structure_cut_short(self):
        self.run_dimer(DIMER.format(x=3.15).replace('2\n', '3\n', 1), 3, 'pelrate energy: in.xyz:4: '
                       'the file ends after 2 atoms, expected 3\n')

    def test_no_lattice(self):
        self.run_dimer('1\ncomment\nCu 0 0 0\n', 3, 'pelrate energy: in.xyz:2: no '
                       'Lattice="...", expected the nine numbers of a cell\n')

    def test_no_structure(self):
        self.fails(3, 'pelrate energy: nowhere.xyz: cannot be opened: No such file or '
                   'directory\n', 'energy', 'nowhere.xyz', '--elements', 'Cu',
                   '--potential', 'any')

    def test_usage(self):
        tail = " (see 'pelrate energy --help')\n"
        self.fails(2, 'pelrate energy: 0 operands, expected STRUCTURE' + tail, 'energy')
        self.fails(2, 'pelrate energy: 2 operands, expected STRUCTURE' + tail, 'energy',
                   'a', 'b')
        self.fails(2, 'pelrate energy: --potential is missing' + tail, 'energy', 'a',
                   '--elements', 'Cu')
        self.fails(2, 'pelrate energy: --elements is missing' + tail, 'energy', 'a',
                   '--potential', 'p')
        self.fails(2, 'pelrate energy: --elements: an empty name in the list' + tail,
                   'energy', 'a', '--potential', 'p', '--elements', 'Cu,,Zr')
        self.fails(2, 'pelrate energy: --elements: missing argument' + tail, 'energy', 'a',
                   '--elements')
        self.fails(2, 'pelrate energy: --threads: unknown option' + tail, 'energy', 'a',
                   '--threads', '2')


if __name__ == '__main__':
    harness.main()
