#!/usr/bin/env python3
"""pelrate rate: R1 to the digit, the other kinds of landscape, and what is said about
landscapes that are not right."""

import math

import harness

COLUMNS = ['e_is_eV_per_atom', 'temperature_K', 'ln_z', 'e_log_eV', 'e_kin_eV', 'e_r_eV',
           'rate_eV_per_atom_per_s']
KB = 8.617333262e-5  # eV/K

# Line 9 is the first row; levels are not evenly spaced and densities differ on purpose.
HISTOGRAM = '''\
# format: pelrate-landscape 1
# kind: histogram
# name: two levels
# atoms: 1000
# paths: 2000
# attempt_frequency_Hz: 1e13
# molar_mass_g_per_mol: 75.7
spectrum,e_is_eV_per_atom,e_lo_eV,e_hi_eV,density_per_eV,count
activation,-4.69,0.5,1.0,0.8,40
activation,-4.69,1.0,1.5,1.2,60
relaxation,-4.69,0.5,1.5,1.0,100
activation,-4.67,0.3,1.0,1.0,70
activation,-4.67,1.0,1.3,1.0,30
relaxation,-4.67,0.2,1.2,1.0,100
'''

EVENTS = '''\
# format: pelrate-landscape 1
# kind: events
# name: four events
# atoms: 500
# paths: 40
# attempt_frequency_Hz: 1e13
# molar_mass_g_per_mol: 75.7
sample,e_is_eV_per_atom,e_a_eV,e_r_eV
a,-4.68,0.31,0.52
a,-4.68,0.83,0.61
b,-4.68,0.47,0.11
b,-4.68,1.29,1.73
'''


class Reference(harness.Case):
    def test_r1(self):
        points = [row for row in harness.reference('r1.results.csv').rows
                  if row['kind'] == 'point']
        out = self.works('rate', harness.landscape(), '--temperature', 700, '--e-is',
                         ','.join(row['e_is_eV_per_atom'] for row in points))
        table = harness.Table(out)
        self.assertEqual(table.columns, COLUMNS)
        self.assertEqual(len(table.rows), len(points))
        self.assertGreaterEqual(len(points), 4)
        for ours, theirs in zip(table.rows, points):
            self.assertEqual(ours['e_is_eV_per_atom'], theirs['e_is_eV_per_atom'])
            self.close(float(ours['rate_eV_per_atom_per_s']),
                       float(theirs['rate_700K_eV_per_atom_per_s']), 1e-9)

    def test_closed_forms(self):
        out = self.works('rate', harness.landscape(), '--temperature', '1,30,300,3000',
                         '--e-is', '-4.6871:-4.6629:3', '--closure', 'kinetic')
        rows = harness.Table(out).rows
        self.assertEqual([(row['e_is_eV_per_atom'], row['temperature_K']) for row in rows],
                         [(e, T) for e in ('-4.6871', '-4.675', '-4.6629')
                          for T in ('1', '30', '300', '3000')])
        for row in rows:
            x, kT = float(row['e_is_eV_per_atom']) + 4.67, KB * float(row['temperature_K'])
            offset, shape, scale, e_r = 0.55 - 60 * x, 4, 0.15, 0.9 - 57 * x
            ln_z = -offset / kT - shape * math.log1p(scale / kT)
            e_kin = offset + shape * scale / (1 + scale / kT)
            self.close(float(row['ln_z']), ln_z, 1e-12)
            self.close(float(row['e_log_eV']), -kT * ln_z, 1e-12)
            self.close(float(row['e_kin_eV']), e_kin, 1e-12)
            self.close(float(row['e_r_eV']), e_r, 1e-12)
            rate = 1e13 * math.exp(ln_z) * (e_kin - e_r)
            self.close(float(row['rate_eV_per_atom_per_s']), rate, 1e-9)

    def test_histogram(self):
        self.write('h.csv', HISTOGRAM)
        row = harness.Table(self.works('rate', 'h.csv', '--e-is', -4.69, '--temperature',
                                       900)).rows[0]
        b = 1 / (KB * 900)
        z = (0.8 * (math.exp(-b * 0.5) - math.exp(-b * 1.0)) +
             1.2 * (math.exp(-b * 1.0) - math.exp(-b * 1.5))) / b
        self.close(float(row['ln_z']), math.log(z), 1e-12)
        self.close(float(row['e_r_eV']), 1.0, 1e-12)
        rate = 2 * 1e13 * z * (-math.log(z) / b - 1.0)
        self.close(float(row['rate_eV_per_atom_per_s']), rate, 1e-9)

    def test_joint_events(self):
        self.write('v.csv', EVENTS)
        row = harness.Table(self.works('rate', 'v.csv', '--e-is', -4.68, '--temperature',
                                       650, '--closure', 'joint')).rows[0]
        b = 1 / (KB * 650)
        pairs = [(0.31, 0.52), (0.83, 0.61), (0.47, 0.11), (1.29, 1.73)]
        drift = sum(math.exp(-b * a) * (a - r) for a, r in pairs) / 4
        self.close(float(row['rate_eV_per_atom_per_s']), 40 / 500 * 1e13 * drift, 1e-9)


class Output(harness.Case):
    def test_header(self):
        keys = harness.Table(self.works('rate', harness.landscape(), '--e-is', -4.68,
                                        '--temperature', 700)).keys
        self.assertEqual(keys['format'], 'pelrate-rate 1')
        self.assertEqual(keys['landscape'], 'R1, a calibrated landscape of a Cu-Zr glass '
                         '(not sampled) (parametric)')
        self.assertEqual(keys['landscape_e_is_eV_per_atom'], '-4.7 -4.661')
        self.assertEqual(keys['closure'], 'log-mean')
        self.assertRegex(keys['input_1'], r' sha256:[0-9a-f]{64}$')
        self.assertNotIn('input_2', keys)

    def test_extrapolation_is_marked(self):
        args = ['rate', harness.landscape(), '--e-is', '-4.71,-4.68', '--temperature', 700,
                '--extrapolate']
        note = ('pelrate rate: 1 of 2 rows are extrapolated: E_IS outside -4.7 to -4.661 '
                'eV/atom, which the landscape covers\n')
        table = harness.Table(self.works(*args, stderr=note))
        self.assertEqual(table.columns, COLUMNS + ['extrapolated'])
        self.assertEqual([row['extrapolated'] for row in table.rows], ['1', '0'])
        self.works(*args, '--quiet')

    def test_outside_the_landscape(self):
        self.fails(1, 'pelrate rate: e_is = -4.71 eV/atom is outside the range '
                   '[-4.7, -4.661] of the landscape\n', 'rate', harness.landscape(),
                   '--e-is', '-4.68,-4.71', '--temperature', 700, '-o', 'out.csv')

    def test_outputs_are_not_replaced(self):
        args = ['rate', harness.landscape(), '--e-is', -4.68, '--temperature', '600,700']
        for name, option in (('t.csv', '-o'), ('t.svg', '--plot')):
            self.write(name, 'precious')
            self.fails(2, f'pelrate rate: {name}: exists already, expected a new name '
                       '(or --force)\n', *args, option, name)
            self.assertEqual(self.read(name), 'precious')
        self.works(*args, '-o', 't.csv', '--plot', 't.svg', '--force')
        self.assertEqual(self.table('t.csv').columns, COLUMNS)
        self.picture('t.svg')

    def test_full_disk(self):
        args = ['rate', harness.landscape(), '--e-is', -4.68, '--temperature', 700]
        self.fails(1, 'pelrate rate: /dev/full: cannot write: No space left on device\n',
                   *args, '-o', '/dev/full')

    def test_no_such_folder(self):
        self.fails(1, 'pelrate rate: no/out.csv: cannot write: No such file or directory\n',
                   'rate', harness.landscape(), '--e-is', -4.68, '--temperature', 700,
                   '-o', 'no/out.csv')

    def test_pictures(self):
        args = ['rate', harness.landscape(), '--e-is', '-4.69,-4.68', '--temperature',
                '400:900:11', '-o', '/dev/null']
        for name in ('r.svg', 'r.png', 'r.pdf'):
            self.works(*args, '--plot', name)
            self.picture(name)
        self.works('rate', harness.landscape(), '--e-is', '-4.71:-4.67:9', '--temperature',
                   700, '--plot', 'e.svg', '-o', '/dev/null', '--extrapolate', '--quiet')
        self.assertIn(b'extrapolated', self.picture('e.svg'))

    def test_worked_example(self):
        self.worked_examples('rate')


class Usage(harness.Case):
    def test_usage(self):
        tail = " (see 'pelrate rate --help')\n"
        point = ['--e-is', -4.68, '--temperature', 700]
        for message, args in (
                ('0 operands, expected LANDSCAPE', point),
                ('2 operands, expected LANDSCAPE', ['a', 'b', *point]),
                ('--e-is is missing', ['a', '--temperature', 700]),
                ('--temperature is missing', ['a', '--e-is', -4.68]),
                ("--e-is: 'deep' is not a finite number", ['a', '--e-is', 'deep']),
                ("--e-is: 'nan' is not a finite number", ['a', '--e-is', '-4.68,nan']),
                ("--e-is: '' is not a finite number", ['a', '--e-is', '-4.68,']),
                ("--e-is: '-4.7:-4.6', expected A:B:n with an integer n of 2 to 1000000",
                 ['a', '--e-is', '-4.7:-4.6']),
                ("--e-is: '-4.7:-4.6:2.5', expected A:B:n with an integer n of 2 to 1000000",
                 ['a', '--e-is', '-4.7:-4.6:2.5']),
                ("--plot: 'r.gif', expected .svg, .png or .pdf",
                 ['a', *point, '--plot', 'r.gif']),
                ("--plot: 'svg', expected .svg, .png or .pdf",
                 ['a', *point, '--plot', 'svg']),
                ('--plot needs more than one point', ['a', *point, '--plot', 'r.svg']),
                ('--keep-gnuplot without --plot', ['a', *point, '--keep-gnuplot']),
                ("'r.svg' is the name of two outputs",
                 ['a', '--e-is', -4.68, '--temperature', '600,700', '-o', 'r.svg',
                  '--plot', 'r.svg'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate rate: {message}{tail}', 'rate', *args)

    def test_what_the_theory_refuses(self):
        for message, args in (
                ('temperature is 0 K, expected a number > 0', ['--temperature', 0]),
                ('temperature is -5 K, expected a number > 0', ['--temperature', -5]),
                ("closure 'median' is not known, expected log-mean, kinetic, joint, "
                 'committor or two-level',
                 ['--temperature', 700, '--closure', 'median']),
                ('closure joint needs a landscape of kind events or a joint histogram (pairs '
                 'of E_A and E_R), this one is of kind parametric',
                 ['--temperature', 700, '--closure', 'joint'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate rate: {message}\n', 'rate', harness.landscape(),
                           '--e-is', -4.68, *args)


class OutputOverInput(harness.Case):
    """--force replaces old results, never what they are made from."""

    def test_operand(self):
        self.write('in.csv', HISTOGRAM)
        for name in ('in.csv', './in.csv', self.path('in.csv')):
            self.fails(2, f"pelrate rate: '{name}' is an input, expected another name (see "
                       "'pelrate rate --help')\n", 'rate', 'in.csv', '--e-is', -4.68,
                       '--temperature', 700, '-o', name, '--force')
        self.assertEqual(self.read('in.csv'), HISTOGRAM)

    def test_file_of_an_option(self):
        text = 'target_K,rate_K_per_s,hold_s\n300,,1\n'
        self.write('p.csv', text)
        self.fails(2, "pelrate anneal: 'p.csv' is an input, expected another name\n",
                   'anneal', harness.landscape(), '--e-is', -4.68, '--programme', 'p.csv',
                   '-o', 'p.csv', '--force')
        self.assertEqual(self.read('p.csv'), text)


class BadLandscape(harness.Case):
    """Every fault is named with its line."""

    def refuse(self, text, message):
        self.write('in.csv', text)
        self.fails(3, f'pelrate rate: in.csv{message}\n', 'rate', 'in.csv', '--e-is', -4.68,
                   '--temperature', 700, '-o', 'out.csv')

    def edit(self, line, old, new, text=HISTOGRAM):
        lines = text.splitlines()
        self.assertIn(old, lines[line - 1])
        lines[line - 1] = lines[line - 1].replace(old, new)
        return '\n'.join(lines) + '\n'

    def test_the_good_one_is_good(self):
        self.write('in.csv', HISTOGRAM)
        self.works('rate', 'in.csv', '--e-is', -4.68, '--temperature', 700)

    def test_missing_file(self):
        self.fails(3, 'pelrate rate: no.csv: cannot open: No such file or directory\n',
                   'rate', 'no.csv', '--e-is', -4.68, '--temperature', 700)

    def test_folder(self):
        self.fails(3, 'pelrate rate: .: cannot read: Is a directory\n',
                   'rate', '.', '--e-is', -4.68, '--temperature', 700)

    def test_empty(self):
        self.refuse('', ': the file ends, expected a row of column names')

    def test_missing_column(self):
        text = '\n'.join(','.join(line.split(',')[:4] + line.split(',')[5:])
                         for line in HISTOGRAM.splitlines())
        self.refuse(text, ":8: no column 'density_per_eV', expected one of that name")

    def test_text_for_a_number(self):
        self.refuse(self.edit(9, '0.5', 'half'),
                    ":9: e_lo_eV is 'half', expected a finite number")

    def test_nan(self):
        self.refuse(self.edit(10, '1.2', 'NaN'),
                    ":10: density_per_eV is 'NaN', expected a finite number")

    def test_negative_density(self):
        self.refuse(self.edit(10, '1.2', '-1.2'),
                    ':10: density_per_eV is -1.2, expected a number >= 0')

    def test_unsorted_bins(self):
        lines = HISTOGRAM.splitlines()
        lines[8], lines[9] = lines[9], lines[8]
        self.refuse('\n'.join(lines), ':10: bin starts at 0.5 eV, expected bins of a level '
                    'sorted and without overlap (the one before ends at 1.5 eV)')

    def test_kind_of_another_table(self):
        self.refuse(self.edit(2, 'histogram', 'parametric'), ":8: column 'e_lo_eV' belongs "
                    "to the histogram kind, the file says '# kind: parametric'; expected "
                    'one kind in a file')

    def test_rows_of_two_kinds(self):
        self.refuse(HISTOGRAM + 'activation,shifted_gamma,offset,eV,0.55,-60,0\n',
                    ':15: 7 fields, expected 6')

    def test_not_normalised(self):
        self.refuse(self.edit(9, '0.8', '0.9'), ':9: activation spectrum at -4.69 eV/atom: '
                    'sum of density x width is 1.05, expected 1 within 1e-06')

    def test_unknown_key(self):
        self.refuse(self.edit(4, 'atoms', 'atomz'), ":4: key 'atomz' is not known; a "
                    'landscape has atoms, paths, attempt_frequency_Hz, '
                    'molar_mass_g_per_mol (further keys start with x_)')

    def test_missing_key(self):
        self.refuse(HISTOGRAM.replace('# atoms: 1000\n', ''), ":7: no key 'atoms' in the "
                    "header, expected '# atoms: number'")

    def test_another_format(self):
        self.refuse(self.edit(1, 'landscape 1', 'landscape 2'), ":1: format is "
                    "'pelrate-landscape 2', expected '# format: pelrate-landscape 1'")

    def test_half_a_level(self):
        text = ''.join(line for line in HISTOGRAM.splitlines(keepends=True)
                       if not line.startswith('relaxation,-4.67'))
        self.refuse(text, ':12: level -4.67 eV/atom has no relaxation spectrum, expected '
                    'both')

    def test_barrier_not_positive(self):
        self.refuse(self.edit(11, '0.47', '-0.47', EVENTS),
                    ':11: e_a_eV is -0.47, expected a number > 0')


class Bands(harness.Case):
    """--bands: what is in the table; the numbers are the library's (tests/unit/kinetics)."""

    def landscape(self):
        """Events of two levels, two samples each."""
        rows = []
        for e_is in (-4.70, -4.66):
            for i in range(40):
                e_a = 0.9 + 0.031 * (i * 7 % 40) - 8.0 * (e_is + 4.68)
                rows.append(f's{i % 2},{e_is},{e_a:.4f},{1.1 + 0.002 * (i * 11 % 40):.4f}\n')
        return self.write('events.csv', '# format: pelrate-landscape 1\n# kind: events\n'
                          '# atoms: 1\n# paths: 1\n# attempt_frequency_Hz: 1e13\n'
                          '# molar_mass_g_per_mol: 75.7\n'
                          'sample,e_is_eV_per_atom,e_a_eV,e_r_eV\n' + ''.join(rows))

    def test_columns_and_picture(self):
        args = ('rate', self.landscape(), '--e-is', '-4.69,-4.67', '--temperature', '600:900:4')
        plain = harness.Table(self.works(*args))
        self.works(*args, '--bands', '40', '--seed', '3', '-o', 'b.csv', '--plot', 'b.svg')
        table = self.table('b.csv')
        self.picture('b.svg')
        self.assertEqual(table.columns[:7], plain.columns)
        self.assertEqual(table.columns[7:], [
            'e_log_lo_eV', 'e_log_hi_eV', 'e_kin_lo_eV', 'e_kin_hi_eV', 'e_r_lo_eV', 'e_r_hi_eV',
            'rate_lo_eV_per_atom_per_s', 'rate_hi_eV_per_atom_per_s'])
        for key, want in (('bands_replicates', '40'), ('bands_replicates_failed', '0'),
                          ('seed', '3')):
            self.assertEqual(table.keys[key], want)
        self.assertIn('samples', table.keys['bands_drawn'])
        for row, bare in zip(table.rows, plain.rows):
            for column in plain.columns:
                self.assertEqual(row[column], bare[column])
            for what in ('e_log', 'e_kin', 'e_r'):
                self.assertLess(float(row[what + '_lo_eV']), float(row[what + '_hi_eV']))
                self.assertLess(float(row[what + '_lo_eV']), float(row[what + '_eV']) + 0.02)
        self.works(*args, '--bands', '40', '--seed', '3', '-o', 'again.csv')
        self.assertEqual([row for row in self.table('again.csv').rows], table.rows)
        wide = harness.Table(self.works(*args, '--bands', '40', '--seed', '3', '--band-share',
                                        '0.95'))
        for row, wider in zip(table.rows, wide.rows):
            self.assertLess(float(wider['e_log_lo_eV']), float(row['e_log_lo_eV']))
            self.assertGreater(float(wider['e_log_hi_eV']), float(row['e_log_hi_eV']))

    def test_what_has_none(self):
        hint = " (see 'pelrate rate --help')\n"
        args = ('--e-is', '-4.68', '--temperature', '600')
        self.fails(2, 'pelrate rate: a parametric landscape has no events to draw anew: bands '
                   'need one of kind events or histogram (pelrate fit --bands has those of a '
                   'parametric fit)\n', 'rate', harness.landscape(), *args, '--bands', '9')
        self.fails(2, 'pelrate rate: --bands: 1, expected 2 to 100000' + hint, 'rate',
                   harness.landscape(), *args, '--bands', '1')
        self.fails(2, 'pelrate rate: --band-share: 1, expected a number between 0 and 1' + hint,
                   'rate', harness.landscape(), *args, '--bands', '9', '--band-share', '1')
        self.fails(2, 'pelrate rate: --band-share belongs to --bands' + hint, 'rate',
                   harness.landscape(), *args, '--band-share', '0.5')


if __name__ == '__main__':
    harness.main()
