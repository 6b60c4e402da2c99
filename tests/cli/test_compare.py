#!/usr/bin/env python3
"""pelrate compare: a map beside the landscape that made it, beside others, and what is said
where nothing can be compared."""

import math

import harness

GRID = ['--temperature', '550:890:18', '--e-is', '-4.677:-4.668:10']
TABLE = ['landscape', 'closure', 'points', 'resolved', 'zero', 'rms_log10', 'rms_log10_low',
         'rms_log10_high', 'mean_log10', 'mean_log10_low', 'mean_log10_high', 'sign_agreement',
         'sign_agreement_low', 'sign_agreement_high', 'noise_log10', 'T_max_count',
         'T_max_mean_K', 'T_max_rms_K', 'T_ss_count', 'T_ss_mean_K', 'T_ss_rms_K']


class Compared(harness.Case):
    def test_a_theory_beside_itself(self):
        """The map of a landscape is the landscape: no difference at all."""
        m1, r1 = harness.landscape('m1.landscape.csv'), harness.landscape()
        self.works('map', m1, *GRID, '-o', 'map.csv')
        out = harness.Table(self.works('compare', 'map.csv', m1, r1, stderr=(
            'pelrate compare: the map has no replicates: no bands\n'
            'pelrate compare: the map has no T_max and T_ss: rates alone are compared\n')))
        self.assertEqual(out.columns, TABLE)
        same, other = out.rows
        self.assertEqual((same['points'], same['resolved'], same['zero']), ('180', '180', '0'))
        self.close(float(same['rms_log10']), 0.0, absolute=1e-9)
        self.assertEqual(float(same['sign_agreement']), 1.0)
        self.assertEqual((same['rms_log10_low'], same['T_max_mean_K']), ('', ''))
        self.assertGreater(float(other['rms_log10']), 1.0)
        # By hand, from the two maps.
        self.works('map', r1, *GRID, '-o', 'other.csv')
        squares, signs = [], 0
        rate = 'rate_eV_per_atom_per_s'
        for a, b in zip(self.table('map.csv').numbers(rate),
                        self.table('other.csv').numbers(rate), strict=True):
            squares.append((math.log10(abs(b)) - math.log10(abs(a))) ** 2)
            signs += a * b > 0.0
        self.close(float(other['rms_log10']), math.sqrt(sum(squares) / 180), 1e-9)
        self.close(float(other['sign_agreement']), signs / 180, 1e-9)

    def test_measured_rates_know_who_made_them(self):
        """Curves with noise, mined, fitted: M1 is within the noise, nothing else is."""
        self.works('mine', harness.landscape('m1.curves.csv'), '-o', 'rates.csv')
        self.works('surface', 'rates.csv', *GRID, '-o', 'map.csv', stderr=None)
        self.works('compare', 'map.csv', harness.landscape('m1.landscape.csv'),
                   harness.landscape(), '--closure', 'log-mean,kinetic', '-o', 't.csv',
                   '--curves', 'c.csv', '--plot', 'p.svg')
        rows = self.table('t.csv').rows
        self.assertEqual([row['closure'] for row in rows], 2 * ['log-mean', 'kinetic'])
        m1 = rows[0]
        self.assertLess(float(m1['rms_log10']), 0.1)
        self.assertLess(float(m1['rms_log10']), 1.5 * float(m1['noise_log10']))
        self.assertGreater(float(m1['sign_agreement']), 0.98)
        for row in rows:
            self.assertTrue(float(row['rms_log10_low']) <= float(row['rms_log10'])
                            <= float(row['rms_log10_high']) + 0.05, row)
        for row in rows[1:]:
            self.assertGreater(float(row['rms_log10']), 0.9)
        self.assertLess(float(m1['T_max_rms_K']), 20.0)
        self.assertLess(float(m1['T_ss_rms_K']), 6.0)
        curves = self.table('c.csv')
        self.assertEqual(len(curves.rows), 40)
        row = curves.rows[3]
        self.assertTrue(float(row['T_ss_difference_low_K'])
                        <= float(row['T_ss_difference_high_K']))
        picture = self.picture('p.svg').decode()
        for text in ('Theory and measurement', 'closure log-mean', 'measured', 'M1'):
            self.assertIn(text, picture)

    def test_closures_with_parameters(self):
        """Each closure of a list takes the options that are its own."""
        events = harness.source('data', 'cuzr', 'events.landscape.csv')
        self.works('map', harness.landscape('m1.landscape.csv'), '--temperature', '600:800:3',
                   '--e-is', '-4.677:-4.672:3', '-o', 'map.csv')
        out = harness.Table(self.works(
            'compare', 'map.csv', events, '--closure', 'joint,committor,two-level', '--z', '3',
            '--pair-barrier', '0.2', stderr=None))
        self.assertEqual([row['closure'] for row in out.rows],
                         ['joint', 'committor', 'two-level'])
        self.assertEqual(out.keys['z'], '3')
        self.assertEqual(len({row['mean_log10'] for row in out.rows}), 3)

    def test_what_cannot_be_is_left_out(self):
        m1 = harness.landscape('m1.landscape.csv')
        self.works('map', m1, *GRID, '-o', 'map.csv')
        result = self.pelrate('compare', 'map.csv', m1, '--closure', 'joint,log-mean')
        self.assertEqual(result.code, 0)
        self.assertIn('joint: left out: closure joint needs a landscape of kind events',
                      result.stderr)
        self.assertEqual(len(harness.Table(result.stdout).rows), 1)


class Refused(harness.Case):
    def test_nothing_in_common(self):
        self.write('map.csv', 'e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s\n'
                   '-4.5,700,-1e5\n')
        m1 = harness.landscape('m1.landscape.csv')
        self.fails(1, 'pelrate compare: the map and the landscape (-4.7 to -4.66 eV/atom) have '
                   'no point in common\n', 'compare', 'map.csv', m1)
        result = self.pelrate('compare', 'map.csv', m1, '--closure', 'log-mean,kinetic')
        self.assertEqual(result.code, 1)
        self.assertIn('no landscape and closure to compare', result.stderr)
        self.write('low.csv', self.read('map.csv').replace('-4.5', '-4.71'))
        self.assertEqual(self.pelrate('compare', 'low.csv', m1).code, 1)
        self.works('compare', 'low.csv', m1, '--extrapolate', stderr=None)

    def test_input(self):
        m1 = harness.landscape('m1.landscape.csv')
        self.write('map.csv', 'e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s\n'
                   '-4.67,700,x\n')
        self.fails(3, "pelrate compare: map.csv:2: rate_eV_per_atom_per_s is 'x', expected a "
                   'finite number\n', 'compare', 'map.csv', m1)
        self.write('map.csv', 'a,b\n1,2\n')
        self.assertEqual(self.pelrate('compare', 'map.csv', m1).code, 3)
        self.works('map', m1, *GRID, '-o', 'good.csv')
        self.write('bad.csv', 'nothing')
        self.assertEqual(self.pelrate('compare', 'good.csv', m1, 'bad.csv').code, 3)

    def test_usage(self):
        tail = " (see 'pelrate compare --help')\n"
        for message, args in (
                ('--closure: no name', ['a', 'b', '--closure', 'joint,']),
                ('--z belongs to a closure that needs it', ['a', 'b', '--z', '2']),
                ('--z is missing', ['a', 'b', '--closure', 'log-mean,committor']),
                ('--pair-barrier is missing, or not above 0 eV',
                 ['a', 'b', '--closure', 'two-level']),
                ('--band-share: expected a number between 0 and 1',
                 ['a', 'b', '--band-share', '1'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate compare: {message}{tail}', 'compare', *args)
        for args in ([], ['a'], ['a', 'b', '--closure', 'best']):
            self.assertEqual(self.pelrate('compare', *args).code, 2)


class Output(harness.Case):
    def test_worked_example(self):
        self.worked_examples('compare')
        self.picture('compare.svg')
        self.assertEqual(len(self.table('table.csv').rows), 4)


if __name__ == '__main__':
    harness.main()
