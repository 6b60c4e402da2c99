#!/usr/bin/env python3
"""pelrate dsc: R1 against an independent integrator, signs and units, bad settings."""

import math

import harness

COLUMNS = ['cool_K_per_s', 'time_s', 'temperature_K', 'e_is_eV_per_atom',
           'de_dT_eV_per_atom_per_K', 'heat_flow_W_per_g']
PEAKS = ['cool_K_per_s', 'e_glass_eV_per_atom', 'fictive_temperature_K', 'onset_K', 'peak_K',
         'peak_heat_flow_W_per_g', 'end_K', 'enthalpy_J_per_g', 'enthalpy_kJ_per_mol',
         'endotherm_peak_K', 'fictive_equal_area_K']
ARGS = ['--heat', 1, '--start', 900, '--bottom', 300, '--end', 900]
MOLAR_MASS = 75.72432        # g/mol, of R1
EV_PER_ATOM = 96485.33212    # J/mol


class Reference(harness.Case):
    def test_r1(self):
        expected = [row for row in harness.reference('r1.results.csv').rows
                    if row['kind'] == 'dsc']
        self.assertGreaterEqual(len(expected), 3)
        rates = ','.join(row['cool_K_per_s'] for row in expected)
        self.works('dsc', harness.landscape(), '--cool', rates, *ARGS, '--peaks', 'p.csv',
                   '-o', 's.csv')
        peaks = self.table('p.csv')
        self.assertEqual(peaks.columns, PEAKS)
        self.assertEqual(peaks.keys['format'], 'pelrate-dsc-peaks 1')
        self.assertEqual(len(peaks.rows), len(expected))
        for ours, theirs in zip(peaks.rows, expected):
            self.assertEqual(ours['cool_K_per_s'], theirs['cool_K_per_s'])
            self.close(float(ours['e_glass_eV_per_atom']), float(theirs['e_is_eV_per_atom']),
                       absolute=2e-6)
            self.close(float(ours['peak_K']), float(theirs['peak_K']), absolute=0.3)
            self.close(float(ours['peak_heat_flow_W_per_g']),
                       float(theirs['peak_W_per_g']), 0.01)
            self.close(float(ours['enthalpy_J_per_g']), float(theirs['enthalpy_J_per_g']),
                       0.01)
            self.close(float(ours['endotherm_peak_K']), float(theirs['endotherm_peak_K']),
                       absolute=0.3)
            self.close(float(ours['enthalpy_kJ_per_mol']),
                       float(ours['enthalpy_J_per_g']) * MOLAR_MASS / 1000, 1e-9)
            self.assertLess(float(ours['onset_K']), float(ours['peak_K']))
            self.assertLess(float(ours['peak_K']), float(ours['end_K']))

    def test_table(self):
        table = harness.Table(self.works('dsc', harness.landscape(), '--cool', '20,2000',
                                         *ARGS))
        self.assertEqual(table.columns, COLUMNS)
        self.assertEqual({key: table.keys[key] for key in
                          ('format', 'heat_K_per_s', 'start_K', 'bottom_K', 'end_K', 'exo')},
                         {'format': 'pelrate-dsc 1', 'heat_K_per_s': '1', 'start_K': '900',
                          'bottom_K': '300', 'end_K': '900', 'exo': 'up'})
        for rate in ('20', '2000'):
            rows = [row for row in table.rows if row['cool_K_per_s'] == rate]
            self.assertEqual((rows[0]['time_s'], rows[0]['temperature_K']), ('0', '300'))
            self.assertEqual((rows[-1]['time_s'], rows[-1]['temperature_K']), ('600', '900'))
            released = 0.0
            for before, after in zip(rows, rows[1:]):
                self.assertLess(float(before['temperature_K']),
                                float(after['temperature_K']))
                dt = float(after['time_s']) - float(before['time_s'])
                released += dt * 0.5 * (float(before['heat_flow_W_per_g']) +
                                        float(after['heat_flow_W_per_g']))
            # What flows out is what E_IS lost: first law, and the unit of the heat flow.
            lost = float(rows[0]['e_is_eV_per_atom']) - float(rows[-1]['e_is_eV_per_atom'])
            self.close(released, lost * EV_PER_ATOM / MOLAR_MASS, 2e-3)

    def test_exo_down(self):
        args = ['dsc', harness.landscape(), '--cool', 200, *ARGS, '--peaks']
        up = harness.Table(self.works(*args, 'up.csv'))
        down = harness.Table(self.works(*args, 'down.csv', '--exo', 'down'))
        self.assertEqual(down.keys['exo'], 'down')
        for a, b in zip(up.rows, down.rows, strict=True):
            self.assertEqual(a['temperature_K'], b['temperature_K'])
            self.assertEqual(float(a['heat_flow_W_per_g']), -float(b['heat_flow_W_per_g']))
        a, b = self.table('up.csv').rows[0], self.table('down.csv').rows[0]
        self.assertEqual(float(a.pop('peak_heat_flow_W_per_g')),
                         -float(b.pop('peak_heat_flow_W_per_g')))
        self.assertEqual(a, b)

    def test_kelvin_per_minute(self):
        args = ['dsc', harness.landscape(), *ARGS[2:]]
        seconds = harness.Table(self.works(*args, '--cool', 20, '--heat', 0.5))
        minutes = harness.Table(self.works(*args, '--cool', 1200, '--heat', 30, '--unit',
                                           'K/min'))
        self.assertEqual(seconds.keys['heat_K_per_s'], minutes.keys['heat_K_per_s'])
        self.assertEqual(seconds.rows, minutes.rows)

    def test_start_elsewhere(self):
        out = self.works('dsc', harness.landscape(), '--cool', 1e6, '--start', 310,
                         '--bottom', 300, '--end', 700, '--e-is', -4.6853)
        row = harness.Table(out).rows[0]
        self.close(float(row['e_is_eV_per_atom']), -4.6853, absolute=1e-9)


class Limits(harness.Case):
    def test_no_steady_state(self):
        self.fails(1, 'pelrate dsc: no steady state at 3000 K between e_is = -4.7 and -4.661 '
                   'eV/atom: the glass rejuvenates at both ends\n'
                   'pelrate dsc: without a steady state at --start, give E_IS there with '
                   '--e-is\n', 'dsc', harness.landscape(), '--cool', 20, '--start', 3000,
                   '--end', 3000)

    def test_a_steady_state_that_is_left(self):
        """Barriers that grow with E_IS: ageing below, rejuvenation above, nothing stays."""
        self.write('left.csv', '''\
# format: pelrate-landscape 1
# kind: parametric
# atoms: 1
# paths: 1
# attempt_frequency_Hz: 1e13
# molar_mass_g_per_mol: 75.7
# reference_e_is_eV_per_atom: -4.67
# e_is_min_eV_per_atom: -4.68
# e_is_max_eV_per_atom: -4.66
spectrum,family,parameter,unit,c0,c1,c2
activation,delta,value,eV,1,20,0
relaxation,delta,value,eV,1,0,0
''')
        self.fails(1, 'pelrate dsc: no steady state at 900 K between e_is = -4.68 and -4.66 '
                   'eV/atom: the glass ages at the lower end and rejuvenates at the upper\n'
                   'pelrate dsc: without a steady state at --start, give E_IS there with '
                   '--e-is\n', 'dsc', 'left.csv', '--cool', 20)

    def test_usage(self):
        tail = " (see 'pelrate dsc --help')\n"
        for message, args in (
                ('0 operands, expected LANDSCAPE', ['--cool', 20]),
                ('--cool is missing', ['a']),
                ('--cool: -2, expected rates above 0', ['a', '--cool', '20,-2']),
                ('--heat: 0, expected a rate above 0', ['a', '--cool', 20, '--heat', 0]),
                ("--unit: 'K/h', expected K/s or K/min",
                 ['a', '--cool', 20, '--unit', 'K/h']),
                ("--exo: 'left', expected up or down", ['a', '--cool', 20, '--exo', 'left']),
                ('--bottom: 950 K, expected above 0 and below --start and --end',
                 ['a', '--cool', 20, '--bottom', 950]),
                ('--bottom: -10 K, expected above 0 and below --start and --end',
                 ['a', '--cool', 20, '--bottom', -10]),
                ("'t.csv' is the name of two outputs",
                 ['a', '--cool', 20, '--peaks', 't.csv', '-o', 't.csv'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate dsc: {message}{tail}', 'dsc', *args)

    def test_usage_of_treatments(self):
        tail = " (see 'pelrate dsc --help')\n"
        for message, args in (
                ('--anneal-temperature and --anneal-time go together',
                 ['--anneal-temperature', 500]),
                ('--anneal-temperature and --anneal-time go together', ['--anneal-time', 500]),
                ('--anneal-temperature: 1000 K, expected between --bottom and --start',
                 ['--anneal-temperature', 1000, '--anneal-time', 5]),
                ('--anneal-time: -5 s, expected 0 or more',
                 ['--anneal-temperature', 500, '--anneal-time', '60,-5']),
                ("--cp: 'debye:-3', expected dulong-petit, einstein:THETA or debye:THETA with "
                 'THETA in K above 0', ['--cp', 'debye:-3']),
                ('--kissinger needs two or more rates of heating', ['--kissinger', 'k.csv']),
                ('--bands: -4, expected 2 to 100000', ['--bands', -4])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate dsc: {message}{tail}', 'dsc', 'a', '--cool', 20, *args)

    def test_rates_of_heating(self):
        """Several rates: each scan is what it is alone, and Kissinger's line goes through the
        peaks."""
        args = ('dsc', harness.landscape(), '--cool', 20, '--bottom', 400, '--end', 800)
        self.works(*args, '--heat', '0.1,1,10', '--peaks', 'p.csv', '--kissinger', 'k.csv',
                   '-o', 's.csv', '--plot', 's.svg')
        self.picture('s.svg')
        peaks, table = self.table('p.csv'), self.table('s.csv')
        self.assertEqual(peaks.columns, PEAKS + ['heat_K_per_s'])
        self.assertEqual(table.columns, COLUMNS + ['heat_K_per_s'])
        self.assertEqual(peaks.keys['heat_K_per_s'], '0.1 1 10')
        alone = harness.Table(self.works(*args, '--heat', 1))
        middle = [row for row in table.rows if row['heat_K_per_s'] == '1']
        self.assertEqual([{k: row[k] for k in COLUMNS} for row in middle], alone.rows)
        energies = self.table('k.csv')
        self.assertEqual([row['feature'] for row in energies.rows],
                         ['onset', 'peak', 'endotherm_peak'])
        k_B = 8.617333262e-5
        x = [-1 / (k_B * T) for T in peaks.numbers('peak_K')]
        y = [math.log(q / T ** 2) for q, T in zip((0.1, 1, 10), peaks.numbers('peak_K'))]
        mean_x, mean_y = sum(x) / 3, sum(y) / 3
        slope = (sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) /
                 sum((a - mean_x) ** 2 for a in x))
        self.close(float(energies.rows[1]['kissinger_eV']), slope, 1e-9)
        self.assertGreater(float(energies.rows[1]['kissinger_se_eV']), 0)
        self.assertEqual(energies.rows[1]['rates'], '3')

    def test_annealing(self):
        self.works('dsc', harness.landscape(), '--cool', 20, '--anneal-temperature', 560,
                   '--anneal-time', '0,60,6000', '--peaks', 'p.csv', '-o', 's.csv')
        peaks = self.table('p.csv')
        self.assertEqual(peaks.columns, PEAKS + ['anneal_s'])
        self.assertEqual(peaks.keys['anneal_K'], '560')
        self.assertEqual(peaks.numbers('anneal_s'), [0, 60, 6000])
        glass = peaks.numbers('e_glass_eV_per_atom')
        self.assertTrue(glass[0] > glass[1] > glass[2])
        released = peaks.numbers('enthalpy_J_per_g')
        self.assertTrue(released[0] > released[1] > released[2])
        # What annealing takes out, the scan does not give back; and turns back sooner.
        for e, q in zip(glass, released):
            removed = (glass[0] - e) / MOLAR_MASS * EV_PER_ATOM
            self.assertLess(released[0] - q, removed + 1e-9)
            self.assertGreater(released[0] - q, 0.2 * removed - 1e-9)

    def test_heat_capacity(self):
        self.works('dsc', harness.landscape(), '--cool', 20, '--heat', 2, '--cp', 'dulong-petit',
                   '-o', 's.csv', '--plot', 's.png')
        self.picture('s.png')
        table = self.table('s.csv')
        self.assertEqual(table.columns, COLUMNS + ['cp_J_per_g_K', 'total_heat_flow_W_per_g'])
        cp = 3 * 8.314462618 / MOLAR_MASS
        for row in table.rows:
            self.close(float(row['cp_J_per_g_K']), cp, 1e-8)
            self.close(float(row['total_heat_flow_W_per_g']),
                       float(row['heat_flow_W_per_g']) - 2 * cp, absolute=1e-8)
        down = harness.Table(self.works('dsc', harness.landscape(), '--cool', 20, '--heat', 2,
                                        '--cp', 'einstein:200', '--exo', 'down'))
        self.assertGreater(float(down.rows[0]['total_heat_flow_W_per_g']), 0.5)
        self.assertLess(float(down.rows[0]['cp_J_per_g_K']), cp)

    def test_bands(self):
        rows = []
        for e_is in (-4.71, -4.66):
            for i in range(60):
                e_a = 0.9 + 0.021 * (i * 7 % 60) - 20.0 * (e_is + 4.68)
                rows.append(f's{i % 2},{e_is},{e_a:.4f},'
                            f'{1.29 - 12 * (e_is + 4.68) + 0.002 * (i * 11 % 60):.4f}\n')
        self.write('events.csv', '# format: pelrate-landscape 1\n# kind: events\n'
                   '# atoms: 1\n# paths: 1\n# attempt_frequency_Hz: 1e13\n'
                   '# molar_mass_g_per_mol: 75.7\nsample,e_is_eV_per_atom,e_a_eV,e_r_eV\n' +
                   ''.join(rows))
        self.works('dsc', 'events.csv', '--cool', 20, '--e-is', -4.67, '--start', 650, '--end',
                   700, '--bands', 20, '--seed', 2, '--peaks', 'p.csv', '-o', 's.csv', '--plot',
                   's.png', '--extrapolate', stderr=None)
        self.picture('s.png')
        table, peaks = self.table('s.csv'), self.table('p.csv')
        self.assertEqual(table.columns, COLUMNS + ['heat_flow_lo_W_per_g',
                                                   'heat_flow_hi_W_per_g', 'extrapolated'])
        self.assertEqual(table.keys['bands_replicates'], '20')
        for lo, hi in zip(table.numbers('heat_flow_lo_W_per_g'),
                          table.numbers('heat_flow_hi_W_per_g')):
            self.assertLessEqual(lo, hi)
        self.assertLess(*(float(peaks.rows[0][f'e_glass_{end}_eV_per_atom'])
                          for end in ('lo', 'hi')))
        self.assertIn('enthalpy_hi_kJ_per_mol', peaks.columns)

    def test_existing_outputs(self):
        self.write('p.csv', 'precious')
        for option in ('-o', '--peaks'):
            self.fails(2, 'pelrate dsc: p.csv: exists already, expected a new name '
                       '(or --force)\n', 'dsc', harness.landscape(), '--cool', 20, option,
                       'p.csv')
        self.assertEqual(self.read('p.csv'), 'precious')

    def test_full_disk(self):
        for option in ('-o', '--peaks'):
            result = self.pelrate('dsc', harness.landscape(), '--cool', 20, option,
                                  '/dev/full')
            self.assertEqual((result.code, result.stderr), (
                1, 'pelrate dsc: /dev/full: cannot write: No space left on device\n'))

    def test_extrapolated(self):
        """A glass deeper than the landscape that rejuvenates into it."""
        result = self.pelrate('dsc', harness.landscape(), '--cool', 20, '--e-is', -4.7005,
                              '--start', 500, '--end', 900, '--extrapolate', '--peaks',
                              'p.csv')
        self.assertEqual(result.code, 0, result.stderr)
        table = harness.Table(result.stdout)
        self.assertEqual(table.columns, COLUMNS + ['extrapolated'])
        self.assertEqual(self.table('p.csv').columns, PEAKS + ['extrapolated'])
        self.assertEqual(self.table('p.csv').rows[0]['extrapolated'], '1')
        for row in table.rows:
            e = float(row['e_is_eV_per_atom'])
            self.assertEqual(row['extrapolated'], str(int(not -4.7 <= e <= -4.661)))
        self.assertEqual({row['extrapolated'] for row in table.rows}, {'0', '1'})

    def test_picture(self):
        self.works('dsc', harness.landscape(), '--cool', '20,200', *ARGS, '-o', '/dev/null',
                   '--plot', 'd.svg', '--exo', 'down')
        picture = self.picture('d.svg').decode()
        for text in ('← exo', '200 K/s', 'calibrated landscape', 'temperature (K)'):
            self.assertIn(text, picture)

    def test_committor_from_any_start(self):
        """On the way down the glass slides along the threshold of the committor, in the
        way up it rests: no start is too high, and all come to the same glass."""
        events = harness.source('data', 'cuzr', 'events.landscape.csv')
        glasses = []
        for start in (4890, 3640):
            self.works('dsc', events, '--closure', 'committor', '--z', 3, '--cool', 100, '--heat',
                       1, '--start', start, '--bottom', 100, '--end', start, '--force',
                       '--peaks', 'p.csv', '-o', '/dev/null')
            glasses.append(float(self.table('p.csv').rows[0]['e_glass_eV_per_atom']))
        self.close(glasses[0], glasses[1], absolute=1e-9)

    def test_worked_example(self):
        self.worked_examples('dsc')
        self.assertEqual(self.table('peaks.csv').columns, PEAKS)


if __name__ == '__main__':
    harness.main()
