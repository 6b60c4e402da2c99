#!/usr/bin/env python3
"""pelrate compare: a map beside the landscape that made it, beside others, and what is said
where nothing can be compared."""

import math

import harness

GRID = ['--temperature', '550:890:18', '--e-is', '-4.677:-4.668:10']
TABLE = ['landscape', 'closure', 'points', 'resolved', 'zero', 'too_fast', 'rms_log10',
         'rms_log10_low', 'rms_log10_high', 'mean_log10', 'mean_log10_low', 'mean_log10_high', 'sign_agreement',
         'sign_agreement_low', 'sign_agreement_high', 'noise_log10', 'T_max_count',
         'T_max_mean_K', 'T_max_rms_K', 'T_ss_count', 'T_ss_mean_K', 'T_ss_rms_K']


BANDED = ['rms_log10_theory_low', 'rms_log10_theory_high', 'mean_log10_theory_low',
          'mean_log10_theory_high', 'sign_agreement_theory_low', 'sign_agreement_theory_high',
          'T_max_mean_theory_low_K', 'T_max_mean_theory_high_K', 'T_ss_mean_theory_low_K',
          'T_ss_mean_theory_high_K']


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

    def test_treatment_in_the_landscape(self):
        """Without --closure each landscape is under the closure that it records."""
        self.works('map', harness.landscape('m1.landscape.csv'), '--temperature', '600:800:3',
                   '--e-is', '-4.677:-4.672:3', '-o', 'map.csv')
        with open(harness.source('data', 'cuzr', 'events.landscape.csv')) as file:
            plain = file.read()
        self.write('plain.csv', plain)
        self.write('z.csv', plain.replace('# kind: ', '# treatment: committor\n'
                                          '# treatment_z: 3\n# kind: ', 1))
        out = harness.Table(self.works('compare', 'map.csv', 'plain.csv', 'z.csv', stderr=None))
        self.assertEqual([row['closure'] for row in out.rows], ['log-mean', 'committor'])
        self.assertEqual(out.keys['closure_from'],
                         'treatment in the landscape, where it has one')
        named = harness.Table(self.works('compare', 'map.csv', 'plain.csv', '--closure',
                                         'committor', '--z', '3', stderr=None))
        self.assertEqual(out.rows[1]['mean_log10'], named.rows[0]['mean_log10'])
        other = harness.Table(self.works('compare', 'map.csv', 'z.csv', '--z', '0.5',
                                         stderr=None))
        self.assertNotEqual(other.rows[0]['mean_log10'], named.rows[0]['mean_log10'])
        self.fails(2, 'pelrate compare: --z belongs to --closure committor\n', 'compare',
                   'map.csv', 'plain.csv', '--z', '3')

    def test_what_cannot_be_is_left_out(self):
        m1 = harness.landscape('m1.landscape.csv')
        self.works('map', m1, *GRID, '-o', 'map.csv')
        result = self.pelrate('compare', 'map.csv', m1, '--closure', 'joint,log-mean')
        self.assertEqual(result.code, 0)
        self.assertIn('joint: left out: closure joint needs a landscape of kind events',
                      result.stderr)
        self.assertEqual(len(harness.Table(result.stdout).rows), 1)


class SecondMap(harness.Case):
    def test_a_map_beside_a_map(self):
        """Of the theory itself: the numbers of the landscape, but for what lies between the
        points of its grid."""
        m1, r1 = harness.landscape('m1.landscape.csv'), harness.landscape()
        self.works('map', m1, *GRID, '-o', 'map.csv')
        self.works('map', r1, *GRID, '-o', 'other.csv')
        self.works('map', r1, '--temperature', '546:894:59', '--e-is', '-4.6785:-4.6665:37',
                   '-o', 'fine.csv')
        rows = harness.Table(self.works('compare', 'map.csv', r1, 'other.csv', 'fine.csv',
                                        'map.csv', '--closure', 'log-mean', stderr=None)).rows
        self.assertEqual([row['closure'] for row in rows], ['log-mean', 'map', 'map', 'map'])
        for name in ('rms_log10', 'mean_log10', 'sign_agreement'):
            self.close(float(rows[1][name]), float(rows[0][name]), 1e-9)
            self.close(float(rows[2][name]), float(rows[0][name]), 0.01)
        self.assertEqual(float(rows[3]['sign_agreement']), 1.0)
        self.assertLess(float(rows[3]['rms_log10']), 1e-12)
        # A map alone is drawn; several closures do not repeat it.
        out = harness.Table(self.works('compare', 'map.csv', 'other.csv', '--closure',
                                       'log-mean,kinetic', '--plot', 'p.svg', stderr=None))
        self.assertEqual(len(out.rows), 1)
        self.assertIn('Theory and measurement', self.picture('p.svg').decode())

    def test_no_grid(self):
        self.works('map', harness.landscape('m1.landscape.csv'), *GRID, '-o', 'map.csv')
        lines = self.read('map.csv').splitlines(keepends=True)
        self.write('holes.csv', ''.join(lines[:-1]))
        self.fails(3, 'pelrate compare: holes.csv: 179 points of 10 E_IS and 18 temperatures, '
                   'expected a full grid\n', 'compare', 'map.csv', 'holes.csv')


class Bands(harness.Case):
    def test_of_the_theory(self):
        """Replicates of events: their spread about the value; none for a parametric one."""
        m1 = harness.landscape('m1.landscape.csv')
        events = harness.source('data', 'cuzr', 'histogram.landscape.csv')
        self.works('map', m1, '--temperature', '600:800:3', '--e-is', '-4.677:-4.672:3', '-o',
                   'map.csv')
        run = ['compare', 'map.csv', events, m1, 'map.csv', '--bands', '20']
        result = self.pelrate(*run, '--seed', '3', '--curves', 'c.csv')
        self.assertEqual(result.code, 0)
        self.assertIn('m1.landscape.csv: no bands: a parametric landscape', result.stderr)
        out = harness.Table(result.stdout)
        self.assertEqual(out.columns, TABLE + BANDED)
        self.assertEqual((out.keys['theory_replicates'], out.keys['seed']), ('20', '3'))
        sampled, parametric, other = out.rows
        for name in ('rms_log10', 'mean_log10'):
            low, high = (float(sampled[f'{name}_theory_{end}']) for end in ('low', 'high'))
            self.assertTrue(0.0 < high - low < 2.0, (low, high))
            self.assertTrue(low - 0.5 < float(sampled[name]) < high + 0.5)
        self.assertEqual({parametric[name] for name in BANDED}, {''})
        self.assertEqual({other[name] for name in BANDED}, {''}) # it has no replicates
        self.assertEqual(self.table('c.csv').columns[-1], 'T_ss_theory_high_K')
        again = harness.Table(self.works(*run, '--seed', '4', stderr=None))
        self.assertNotEqual(again.rows[0]['rms_log10_theory_low'],
                            sampled['rms_log10_theory_low'])
        self.assertEqual(again.rows[0]['rms_log10'], sampled['rms_log10'])

    def test_of_a_second_map(self):
        """Those of its replicates and of its own curves."""
        self.works('mine', harness.landscape('m1.curves.csv'), '--window-ps', '250', '-o',
                   'rates.csv')
        self.works('surface', 'rates.csv', *GRID, '--bootstrap', '10', '-o', 'map.csv',
                   stderr=None)
        row = harness.Table(self.works('compare', 'map.csv', 'map.csv', '--bands', '10',
                                       '--curves', 'c.csv')).rows[0]
        self.assertLess(float(row['rms_log10_theory_low']), float(row['rms_log10_theory_high']))
        self.assertEqual(row['T_max_mean_theory_low_K'], '')
        curve = self.table('c.csv').rows[5]
        self.assertLess(float(curve['T_max_theory_low_K']), float(curve['T_max_theory_high_K']))
        self.close(float(curve['T_max_difference_K']), 0.0)


class Refused(harness.Case):
    def test_nothing_to_draw_on(self):
        """Said before anything is computed or written."""
        m1 = harness.landscape('m1.landscape.csv')
        for T, e_is in (('600', '-4.68:-4.67:3'), ('600:800:3', '-4.67')):
            self.works('map', m1, '--temperature', T, '--e-is', e_is, '-o', 'map.csv',
                       '--force')
            self.fails(1, 'pelrate compare: --plot: the map has one temperature or one E_IS\n',
                       'compare', 'map.csv', m1, '-o', 't.csv', '--plot', 'p.svg')

    def test_nothing_in_common(self):
        self.write('map.csv', 'e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s\n'
                   '-4.5,700,-1e5\n')
        m1 = harness.landscape('m1.landscape.csv')
        self.fails(1, 'pelrate compare: no point of the map in common: e_is = -4.5 eV/atom is '
                   'outside the range [-4.7, -4.66] of the landscape\n', 'compare', 'map.csv', m1)
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
                ('--z belongs to a closure that needs it', ['a', 'b', '--closure', 'joint', '--z', '2']),
                ('--z is missing', ['a', 'b', '--closure', 'log-mean,committor']),
                ('--pair-barrier is missing, or not above 0 eV',
                 ['a', 'b', '--closure', 'two-level']),
                ('--band-share: expected a number between 0 and 1',
                 ['a', 'b', '--band-share', '1']),
                ('--bands: 1, expected 2 to 100000', ['a', 'b', '--bands', '1'])):
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
