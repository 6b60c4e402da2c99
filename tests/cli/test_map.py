#!/usr/bin/env python3
"""pelrate map: both curves of R1, the grid, pictures and what is said about bad grids."""

import math

import harness

COLUMNS = ['e_is_eV_per_atom', 'temperature_K', 'rate_eV_per_atom_per_s']
CURVES = ['e_is_eV_per_atom', 'T_max_K', 'rate_at_T_max_eV_per_atom_per_s', 'T_ss_K']
GRID = ['--temperature', '300:1200:10', '--e-is', '-4.695:-4.665:7']


class Reference(harness.Case):
    def test_curves_of_r1(self):
        points = [row for row in harness.reference('r1.results.csv').rows
                  if row['kind'] == 'point']
        self.works('map', harness.landscape(), *GRID, '-o', 'm.csv', '--curves', 'c.csv')
        curves = self.table('c.csv')
        self.assertEqual(curves.columns, CURVES)
        self.assertEqual(curves.keys['format'], 'pelrate-map-curves 1')
        ours = {row['e_is_eV_per_atom']: row for row in curves.rows}
        self.assertEqual(len(ours), 7)
        self.assertGreaterEqual(len(points), 4)
        for theirs in points:
            row = ours[theirs['e_is_eV_per_atom']]
            self.close(float(row['T_ss_K']), float(theirs['T_ss_K']), absolute=0.01)
            self.close(float(row['T_max_K']), float(theirs['T_max_K']), absolute=0.01)

    def test_the_map_is_the_rate(self):
        grid = harness.Table(self.works('map', harness.landscape(), *GRID))
        self.assertEqual(grid.columns, COLUMNS)
        self.assertEqual(len(grid.rows), 70)
        self.assertEqual([row['temperature_K'] for row in grid.rows[:3]],
                         ['300', '400', '500'])
        points = harness.Table(self.works('rate', harness.landscape(), *GRID))
        for a, b in zip(grid.rows, points.rows, strict=True):
            for column in COLUMNS:
                self.assertEqual(a[column], b[column])

    def test_the_rate_on_the_curves(self):
        """The rate at T_max is lower than beside it; beside T_ss it changes its sign."""
        self.works('map', harness.landscape(), *GRID, '-o', '/dev/null', '--curves', 'c.csv')
        for row in self.table('c.csv').rows:
            T_max, T_ss = float(row['T_max_K']), float(row['T_ss_K'])
            out = self.works('rate', harness.landscape(), '--e-is', row['e_is_eV_per_atom'],
                             '--temperature', f'{T_max},{T_max - 1},{T_max + 1},'
                             f'{T_ss * (1 - 1e-9)},{T_ss * (1 + 1e-9)}')
            best, left, right, below, above = \
                harness.Table(out).numbers('rate_eV_per_atom_per_s')
            self.close(float(row['rate_at_T_max_eV_per_atom_per_s']), best, 1e-9)
            self.assertLess(best, min(left, right))
            self.assertTrue(below < 0 < above)


class Output(harness.Case):
    def test_no_curve_is_an_empty_field(self):
        """Barriers far above what a hop releases: no ageing at any temperature."""
        self.write('up.csv', '''\
# format: pelrate-landscape 1
# kind: parametric
# name: only up
# atoms: 1
# paths: 1
# attempt_frequency_Hz: 1e13
# molar_mass_g_per_mol: 70
# reference_e_is_eV_per_atom: -4
# e_is_min_eV_per_atom: -4.1
# e_is_max_eV_per_atom: -3.9
spectrum,family,parameter,unit,c0,c1,c2
activation,delta,value,eV,2,0,0
relaxation,delta,value,eV,0.5,0,0
''')
        self.works('map', 'up.csv', '--temperature', '300:600:4', '--e-is', '-4.05:-3.95:3',
                   '-o', 'm.csv', '--curves', 'c.csv', '--plot', 'm.svg',
                   stderr='pelrate map: no temperature of fastest ageing at 3 of 3 E_IS '
                   '(30 to 5000 K)\n'
                   'pelrate map: no steady state at 3 of 3 E_IS (30 to 5000 K)\n')
        for row in self.table('c.csv').rows:
            self.assertEqual((row['T_max_K'], row['T_ss_K']), ('', ''))
            self.assertFalse(math.isfinite(
                float(row['rate_at_T_max_eV_per_atom_per_s'] or 'nan')))
        self.picture('m.svg')

    def test_extrapolated(self):
        args = ['map', harness.landscape(), '--temperature', '300:900:3', '--e-is',
                '-4.71:-4.661:8', '-o', 'm.csv', '--curves', 'c.csv', '--plot', 'm.svg']
        self.fails(1, 'pelrate map: e_is = -4.71 eV/atom is outside the range '
                   '[-4.7, -4.661] of the landscape\n', *args)
        self.works(*args, '--extrapolate', stderr='pelrate map: 6 of 24 rows are '
                   'extrapolated: E_IS outside -4.7 to -4.661 eV/atom, which the landscape '
                   'covers\n')
        self.assertEqual(self.table('m.csv').columns, COLUMNS + ['extrapolated'])
        self.assertEqual([row['extrapolated'] for row in self.table('c.csv').rows],
                         ['1', '1'] + 6 * ['0'])
        self.assertIn(b'extrapolated', self.picture('m.svg'))

    def test_usage(self):
        tail = " (see 'pelrate map --help')\n"
        for message, args in (
                ('0 operands, expected LANDSCAPE', GRID),
                ('--temperature is missing', ['a', *GRID[2:]]),
                ('--e-is is missing', ['a', *GRID[:2]]),
                ("--temperature: '300:400', expected A:B:n with an integer n of 2 to "
                 '1000000', ['a', '--temperature', '300:400', *GRID[2:]]),
                ('--plot needs more than one temperature and E_IS',
                 ['a', '--temperature', '300', *GRID[2:], '--plot', 'm.svg']),
                ("'m.csv' is the name of two outputs",
                 ['a', *GRID, '-o', 'm.csv', '--curves', 'm.csv'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate map: {message}{tail}', 'map', *args)

    def test_temperature_not_positive(self):
        result = self.pelrate('map', harness.landscape(), '--temperature', '0:300:4',
                              *GRID[2:])
        self.assertEqual((result.code, result.stderr), (
            2, 'pelrate map: temperature is 0 K, expected a number > 0\n'))

    def test_out_of_memory(self):
        result = self.pelrate('map', harness.landscape(), '--temperature', '300:900:1000000',
                              '--e-is', '-4.7:-4.67:1000000', env={'ASAN_OPTIONS': (
                                  'allocator_may_return_null=1:'
                                  f'exitcode={harness.SANITIZER_EXIT}')})
        self.assertEqual((result.code, result.stderr.splitlines()[-1]),
                         (1, 'pelrate map: out of memory: map'))

    def test_existing_outputs(self):
        self.write('c.csv', 'precious')
        for option in ('-o', '--curves'):
            self.fails(2, 'pelrate map: c.csv: exists already, expected a new name '
                       '(or --force)\n', 'map', harness.landscape(), *GRID, option, 'c.csv')
        self.assertEqual(self.read('c.csv'), 'precious')

    def test_full_disk(self):
        for option in ('-o', '--curves'):
            result = self.pelrate('map', harness.landscape(), *GRID, option, '/dev/full')
            self.assertEqual((result.code, result.stderr), (
                1, 'pelrate map: /dev/full: cannot write: No space left on device\n'))

    def test_picture(self):
        self.works('map', harness.landscape(), *GRID, '-o', '/dev/null', '--plot', 'm.svg')
        picture = self.picture('m.svg').decode()
        for text in ('fastest ageing', 'steady state', 'calibrated landscape',
                     'temperature (K)', 'closure log-mean'):
            self.assertIn(text, picture)

    def test_picture_without_a_number_on_it(self):
        """Few decades, or so many that none stands in the frame: a picture all the same."""
        for temperature, e_is in (('100:200:3', '-4.69,-4.68'), ('640:641:2', '-4.6901:-4.69:2')):
            with self.subTest(temperature=temperature):
                self.works('map', harness.landscape(), '--temperature', temperature, '--e-is',
                           e_is, '-o', '/dev/null', '--plot', 'm.png', '--force')
                self.picture('m.png')

    def test_plot_of_one_value_given_twice(self):
        self.fails(2, "pelrate map: --plot needs more than one temperature and E_IS "
                   "(see 'pelrate map --help')\n", 'map', harness.landscape(),
                   '--temperature', '700,700', *GRID[2:], '-o', 'm.csv', '--plot', 'm.svg')

    def test_worked_example(self):
        self.worked_examples('map')
        self.assertEqual(len(self.table('curves.csv').rows), 39)


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
        args = ('map', self.landscape(), '--e-is', '-4.69:-4.67:3', '--temperature',
                '400:1500:12', '--curves', 'c.csv')
        self.works(*args, '-o', 'm.csv', '--bands', '30', '--plot', 'm.png')
        self.picture('m.png')
        table = self.table('c.csv')
        self.assertEqual(table.columns[4:], [
            'T_max_lo_K', 'T_max_hi_K', 'rate_at_T_max_lo_eV_per_atom_per_s',
            'rate_at_T_max_hi_eV_per_atom_per_s', 'T_ss_lo_K', 'T_ss_hi_K'])
        self.assertEqual(table.keys['bands_replicates'], '30')
        for lo, T, hi in zip(*(table.numbers(f'T_ss_{k}K') for k in ('lo_', '', 'hi_'))):
            self.assertLess(lo, hi)
            self.assertTrue(lo - 30 < T < hi + 30)
        self.fails(2, 'pelrate map: --bands are those of the curves: --curves is missing '
                   "(see 'pelrate map --help')\n", *args[:-2], '--bands', '30')


class Treated(harness.Case):
    """Closures that treat reversible events: parameters, headers, the threshold."""

    GRID = ['--temperature', '300:900:4', '--e-is', '-4.70,-4.69']

    def setUp(self):
        super().setUp()
        self.write('e.csv', '''\
# format: pelrate-landscape 1
# kind: events
# atoms: 100
# paths: 3
# attempt_frequency_Hz: 1e13
# molar_mass_g_per_mol: 75
sample,e_is_eV_per_atom,e_a_eV,e_r_eV
a,-4.70,0.81,0.69
a,-4.70,0.05,0.04
a,-4.69,0.73,0.55
a,-4.69,0.06,0.03
''')
        self.write('z.csv', '# z: two levels\ne_is_eV_per_atom,z_found,z_chao1\n'
                   '-4.7,2.5,6\n-4.69,3.5,8\n')

    def test_threshold(self):
        """Uphill only: open from where z <exp(-beta (E_A - E_R))> = 1 upwards."""
        self.works('map', 'e.csv', '--closure', 'committor', '--z', '6.5', *self.GRID,
                   '-o', 'm.csv', '--curves', 'c.csv', stderr=None)
        keys = self.table('c.csv').keys
        self.assertEqual((keys['closure'], keys['z']), ('committor', '6.5'))
        for row, pairs in zip(self.table('c.csv').rows, ((0.12, 0.01), (0.18, 0.03)),
                              strict=True):
            self.assertEqual(row['trapped_from_K'], '30')
            kT = 8.617333262e-5 * float(row['trapped_to_K'])
            self.close(6.5 * sum(math.exp(-up / kT) for up in pairs) / 2, 1.0, 1e-9)
        T = float(self.table('c.csv').rows[0]['trapped_to_K'])
        rates = harness.Table(self.works(
            'rate', 'e.csv', '--closure', 'committor', '--z', '6.5', '--e-is', '-4.70',
            '--temperature', f'{T * (1 - 1e-6)},{T * (1 + 1e-6)}'))
        self.assertEqual(rates.columns[-1], 'ln_open')
        below, above = rates.numbers('ln_open')
        self.assertTrue(below < 0.0 < above)
        trapped, opened = rates.numbers('rate_eV_per_atom_per_s')
        self.assertEqual(trapped, 0.0)
        self.assertGreater(opened, 0.0)

    def test_z_from_a_file(self):
        z = ['map', 'e.csv', '--closure', 'committor', *self.GRID, '--z', 'z.csv']
        by_default = harness.Table(self.works(*z))
        self.assertEqual(by_default.keys['z'], 'column z_chao1 of z.csv')
        self.assertIn('z.csv sha256:', by_default.keys['input_2'])
        found = harness.Table(self.works(*z, '--z-column', 'z_found'))
        six = harness.Table(self.works(*z[:-1], '6'))
        column = 'rate_eV_per_atom_per_s'
        self.assertNotEqual(by_default.numbers(column), found.numbers(column))
        self.assertEqual(by_default.numbers(column)[:4], six.numbers(column)[:4])
        result = self.pelrate(*z, '--z-column', 'psi')
        self.assertEqual(result.code, 3)
        self.assertRegex(result.stderr, r"^pelrate map: z.csv:2: .*psi")
        self.write('bad.csv', 'e_is_eV_per_atom,z_chao1\n-4.7,0\n')
        self.fails(3, 'pelrate map: bad.csv:2: z_chao1: z is 0, expected a number > 0\n',
                   *z[:-1], 'bad.csv')

    def test_two_level(self):
        """The flickers are pairs: what is left is the joint closure of the others."""
        args = ['map', 'e.csv', *self.GRID]
        pairs = harness.Table(self.works(*args, '--closure', 'two-level', '--pair-barrier',
                                         '0.1'))
        self.assertEqual(float(pairs.keys['pair_barrier_eV']), 0.1)
        rate = harness.Table(self.works('rate', 'e.csv', '--closure', 'two-level',
                                        '--pair-barrier', '0.1', '--e-is', '-4.69',
                                        '--temperature', '500'))
        beta = 1.0 / (8.617333262e-5 * 500.0)
        self.close(rate.numbers('e_pairs_eV_per_atom')[0],
                   3.0 / 100.0 / 2.0 * 0.03 / (1.0 + math.exp(beta * 0.03)), 1e-12)
        text = ''.join(line for line in self.read('e.csv').splitlines(True)
                       if ',0.05,' not in line and ',0.06,' not in line)
        self.write('others.csv', text.replace('paths: 3', 'paths: 1.5'))
        alone = harness.Table(self.works('map', 'others.csv', *self.GRID, '--closure', 'joint'))
        column = 'rate_eV_per_atom_per_s'
        for a, b in zip(pairs.numbers(column), alone.numbers(column), strict=True):
            self.close(a, b, 1e-12)

    def test_usage(self):
        for message, options in (
                ('--closure committor needs --z', ['--closure', 'committor']),
                ('--z belongs to --closure committor', ['--z', '3']),
                ('--z-column belongs to --z FILE', ['--z-column', 'z_found']),
                ('--closure two-level needs --pair-barrier', ['--closure', 'two-level']),
                ('--pair-barrier belongs to --closure two-level', ['--pair-barrier', '0.1']),
                ('z is -1, expected a number > 0', ['--closure', 'committor', '--z=-1'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate map: {message}\n', 'map', 'e.csv', *self.GRID, *options)
        self.fails(2, 'pelrate map: closure committor needs a landscape of kind events or a joint '
                   'histogram (pairs of E_A and E_R), this one is of kind parametric\n', 'map',
                   harness.landscape(), *GRID, '--closure', 'committor', '--z', '3')


if __name__ == '__main__':
    harness.main()
