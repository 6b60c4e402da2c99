#!/usr/bin/env python3
"""pelrate surface: the surface of rates that M1 made beside M1 itself, bands, pictures and what
is said about rates that make no surface."""

import math

import harness

MAP = ['e_is_eV_per_atom', 'temperature_K', 'rate_eV_per_atom_per_s',
       'rate_low_eV_per_atom_per_s', 'rate_high_eV_per_atom_per_s', 'extrapolated']
CURVES = ['e_is_eV_per_atom', 'T_max_K', 'T_max_low_K', 'T_max_high_K', 'T_max_share',
          'rate_at_T_max_eV_per_atom_per_s', 'rate_at_T_max_low_eV_per_atom_per_s',
          'rate_at_T_max_high_eV_per_atom_per_s', 'T_ss_K', 'T_ss_low_K', 'T_ss_high_K',
          'T_ss_share']
GRID = ['--temperature', '550:890:18', '--e-is', '-4.677:-4.668:10']
HEAD = 'e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s,standard_error,count\n'


class Surface(harness.Case):
    def mine(self):
        self.works('mine', harness.landscape('m1.curves.csv'), '-o', 'rates.csv')

    def test_of_the_rates_that_m1_made(self):
        """From curves with noise back to the landscape that they came from."""
        self.mine()
        self.works('surface', 'rates.csv', *GRID, '--curves', 'c.csv', '-o', 'm.csv',
                   '--keep', '3', stderr=None)
        ours, curves = self.table('m.csv'), self.table('c.csv')
        self.assertEqual(ours.columns, MAP + [f'replicate_{k}' for k in (1, 2, 3)])
        self.assertEqual(curves.columns, CURVES)
        self.assertEqual(ours.keys['format'], 'pelrate-surface 1')
        self.close(float(ours.keys['scatter_over_standard_error']), 1.0, 0.2)
        self.works('map', harness.landscape('m1.landscape.csv'), *GRID, '-o', 't.csv',
                   '--curves', 'tc.csv')
        known = inside = 0
        squares = []
        for row, rate in zip(ours.rows, self.table('t.csv').numbers(MAP[2]), strict=True):
            if row['extrapolated'] == '1':
                continue
            value, low, high = (float(row[c]) for c in MAP[2:5])
            self.assertTrue(low < high)
            inside += low <= rate <= high
            known += 1
            if low * high > 0.0:
                self.assertGreater(value * rate, 0.0, row)
                squares.append(math.log10(value / rate) ** 2)
        self.assertGreater(len(squares), 150)
        self.assertLess(math.sqrt(sum(squares) / len(squares)), 0.1)
        self.assertGreater(inside / known, 0.55)
        # The steady state to 1 %, the fastest ageing to 3 %: a flat maximum.
        for a, b in zip(curves.rows, self.table('tc.csv').rows, strict=True):
            self.close(float(a['T_max_K']), float(b['T_max_K']), 0.03)
            if a['T_ss_K']:
                self.close(float(a['T_ss_K']), float(b['T_ss_K']), 0.01)
                self.assertTrue(float(a['T_ss_low_K']) < float(a['T_ss_high_K']))
                self.assertGreater(float(a['T_ss_K']), float(a['T_max_K']))
        self.assertGreater(sum(bool(a['T_ss_K']) for a in curves.rows), 7)
        # The head of the map has the curves too, number for number.
        for column in CURVES:
            listed = ours.keys[f'curve_{column}'].split()
            self.assertEqual([x if x != 'nan' else '' for x in listed],
                             [row[column] for row in curves.rows])

    def test_no_smoothing_goes_through_the_rates(self):
        self.write('r.csv', HEAD + ''.join(
            f'{-4.68 + 0.003 * i + 0.0001 * j},{600 + 50 * j},{(i - 2) * (j + 1.5) * 1e5},'
            f'{1e3 * (i + j + 1)},1\n' for i in range(4) for j in range(4)))
        for row in self.table('r.csv').rows:
            out = harness.Table(self.works(
                'surface', 'r.csv', '--smoothing', '0', '--bootstrap', '0', '--temperature',
                row['temperature_K'], '--e-is', row['e_is_eV_per_atom'], stderr=None))
            self.close(out.numbers('rate_eV_per_atom_per_s')[0],
                       float(row['rate_eV_per_atom_per_s']), 1e-7, 1e-2)
            self.assertEqual(out.columns, MAP)
            self.assertEqual(out.rows[0]['rate_low_eV_per_atom_per_s'], '')

    def test_scans_scales_and_seeds(self):
        self.mine()
        grid = ['--temperature', '600,700,800', '--e-is', '-4.674,-4.672']
        first = self.works('surface', 'rates.csv', *grid, '--scans', 's.csv', '--scan-e-is',
                           '-4.673', '--seed', '5', stderr=None)
        again = self.works('surface', 'rates.csv', *grid, '--seed', '5', stderr=None)
        other = self.works('surface', 'rates.csv', *grid, '--seed', '6', stderr=None)
        rows = [harness.Table(text).rows for text in (first, again, other)]
        self.assertEqual(rows[0], rows[1])
        self.assertNotEqual(rows[0], rows[2])
        self.assertEqual(self.table('s.csv').numbers('temperature_K'), [600.0, 700.0, 800.0])
        self.assertEqual(set(self.table('s.csv').numbers('e_is_eV_per_atom')), {-4.673})
        signed = harness.Table(self.works(
            'surface', 'rates.csv', *grid, '--scale', 'signed-log', '--unit', '1e6',
            '--bootstrap', '20', stderr=None))
        self.assertEqual(signed.keys['scale'], 'signed-log')
        for a, b in zip(rows[0], signed.numbers(MAP[2]), strict=True):
            self.close(b, float(a[MAP[2]]), 0.2)

    def test_rates_without_errors(self):
        self.write('r.csv', HEAD + '-4.68,600,-1e5,,3\n-4.67,600,-3e5,,1\n-4.67,700,-2e5,,2\n'
                   '-4.68,700,-1e5,,1\n')
        self.works('surface', 'r.csv', '--temperature', '650', '--e-is', '-4.675', '-o',
                   'm.csv', stderr='pelrate surface: the rates have no standard errors: '
                   'weighted by their counts\n'
                   'pelrate surface: no temperature of fastest ageing among the rates at 1 of '
                   '1 E_IS\n'
                   'pelrate surface: no steady state among the rates at 1 of 1 E_IS\n')


class Refused(harness.Case):
    def test_input(self):
        for message, text in (
                ('r.csv:3: E_IS -4.68 eV/atom at 600 K stands in line 2 too, expected each '
                 'place once', HEAD + '-4.68,600,1,1,1\n-4.68,600,2,1,1\n'),
                ('r.csv:4: E_IS -4.68 eV/atom at 600 K stands in line 3 too, expected each '
                 'place once',
                 HEAD + '-4.67,600,1,1,1\n-4.68000000000001,600,1,1,1\n-4.68,600,2,1,1\n'),
                ("r.csv:2: rate_eV_per_atom_per_s is 'nan', expected a finite number",
                 HEAD + '-4.68,600,nan,1,1\n'),
                ('r.csv:2: standard_error is 0, expected a number above 0, or nothing',
                 HEAD + '-4.68,600,1,0,1\n'),
                ('r.csv:1: no rows, expected rates', HEAD)):
            with self.subTest(message=message):
                self.write('r.csv', text)
                self.fails(3, f'pelrate surface: {message}\n', 'surface', 'r.csv', *GRID)

    def test_no_surface(self):
        for message, rows in (
                ('surface: all 3 rates are at one temperature, expected several',
                 '-4.68,600,1,1,1\n-4.67,600,1,1,1\n-4.66,600,1,1,1\n'),
                ('thin plate: all 3 points are on one line',
                 '-4.68,600,1,1,1\n-4.67,700,1,1,1\n-4.66,800,1,1,1\n'),
                ('surface: 2 rates, expected 3 to 10000',
                 '-4.68,600,1,1,1\n-4.67,700,1,1,1\n')):
            with self.subTest(message=message):
                self.write('r.csv', HEAD + rows)
                self.fails(3, f'pelrate surface: r.csv: {message}\n', 'surface', 'r.csv', *GRID)

    def test_usage(self):
        tail = " (see 'pelrate surface --help')\n"
        for message, args in (
                ('0 operands, expected RATES', GRID),
                ('--temperature is missing', ['r', *GRID[2:]]),
                ('--e-is is missing', ['r', *GRID[:2]]),
                ('--temperature: 0 K, expected above 0 K',
                 ['r', '--temperature', '0,5', *GRID[2:]]),
                ("--scale: 'log', expected linear or signed-log", ['r', *GRID, '--scale', 'log']),
                ('--smoothing: expected 0 or more', ['r', *GRID, '--smoothing', '-1']),
                ('--bootstrap: 1, expected 0 (no bands) or 2 to 100000',
                 ['r', *GRID, '--bootstrap', '1']),
                ('--plot needs more than one temperature and E_IS',
                 ['r', '--temperature', '600', *GRID[2:], '--plot', 'm.svg']),
                ("'m.csv' is the name of two outputs",
                 ['r', *GRID, '-o', 'm.csv', '--curves', 'm.csv'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate surface: {message}{tail}', 'surface', *args)


class Output(harness.Case):
    def test_worked_example(self):
        self.worked_examples('surface')
        picture = self.picture('map.svg').decode()
        for text in ('fastest ageing', 'steady state', 'Horizontal scans', '417 rates'):
            self.assertIn(text, picture)
        self.assertEqual(len(self.table('curves.csv').rows), 23)

    def test_picture_of_three_rates(self):
        self.write('r.csv', HEAD + '-4.68,600,0,1,3\n-4.67,600,0,1,1\n-4.67,700,0,1,2\n')
        self.works('surface', 'r.csv', '--temperature', '600:700:3', '--e-is',
                   '-4.68:-4.67:3', '-o', 'm.csv', '--plot', 'm.png', stderr=None)
        self.picture('m.png')


if __name__ == '__main__':
    harness.main()
