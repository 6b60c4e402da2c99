#!/usr/bin/env python3
"""pelrate calibrate: scans of R1 lead back to R1, what they cannot say is said, bad scans."""

import random

import harness

REPORT = ['parameter', 'unit', 'value', 'lower_95', 'upper_95', 'identifiable']
QUICK = ['--starts', 1, '--draws', 1]
EV_PER_ATOM = 96485.33212    # J/mol
MOLAR_MASS = 75.72432        # g/mol, of R1


class Case(harness.Case):
    def scans(self, name='scans.csv', noise=0.0, step_K=5.0, cool='20,2000'):
        """Scans of R1, thinned to rows some kelvins apart, with noise."""
        self.works('dsc', harness.landscape(), '--cool', cool, '--end', 760, '-o', 'all.csv',
                   '--force')
        generator = random.Random(5)
        height = {}
        table = self.table('all.csv')
        for row in table.rows:
            height[row['cool_K_per_s']] = max(height.get(row['cool_K_per_s'], 0.0),
                                              float(row['heat_flow_W_per_g']))
        lines = [line for line in self.read('all.csv').splitlines() if line[0] == '#']
        lines.append(','.join(table.columns))
        last = {}
        for row in table.rows:
            kind, temperature = row['cool_K_per_s'], float(row['temperature_K'])
            if temperature < 350.0 or temperature - last.get(kind, 0.0) < step_K:
                continue
            last[kind] = temperature
            flow = float(row['heat_flow_W_per_g'])
            row['heat_flow_W_per_g'] = repr(
                flow + noise * height[kind] * generator.gauss(0.0, 1.0))
            lines.append(','.join(row[column] for column in table.columns))
        return self.write(name, '\n'.join(lines) + '\n')

    def guess(self, **change):
        """R1 with other numbers: {'offset_c0': 0.56}."""
        with open(harness.landscape(), encoding='utf-8') as file:
            lines = file.read().splitlines()
        place = {'c0': 4, 'c1': 5}
        for name, value in change.items():
            parameter, order = name.rsplit('_', 1)
            for i, line in enumerate(lines):
                fields = line.split(',')
                if f'{fields[0]}_{fields[2:3] and fields[2]}' == parameter:
                    fields[place[order]] = str(value)
                    lines[i] = ','.join(fields)
        return self.write('guess.csv', '\n'.join(lines) + '\n')


class Fit(Case):
    def test_back_to_r1(self):
        scans = self.scans(noise=0.02)
        guess = self.guess(activation_offset_c0=0.555, activation_offset_c1=-58,
                           relaxation_scale_c1=-55.5)
        said = self.works('calibrate', guess, '--dsc', scans, '--starts', 2, '--draws', 30,
                          '--spread', 0.1, '-o', 'fitted.csv', '--report', 'report.csv',
                          '--curves', 'curves.csv', '--plot', 'fit.svg', '--quiet')
        self.assertEqual(said, '')
        report = self.table('report.csv')
        self.assertEqual(report.columns, REPORT)
        self.assertEqual(report.keys['format'], 'pelrate-calibration 1')
        truth = {'activation.offset.c0': 0.55, 'activation.offset.c1': -60.0,
                 'relaxation.scale.c1': -57.0, 'attempt_frequency_Hz': 1e13}
        self.assertEqual([row['parameter'] for row in report.rows], list(truth))
        self.assertEqual([row['unit'] for row in report.rows],
                         ['eV', 'eV/(eV/atom)', 'eV/(eV/atom)', 'Hz'])
        for row in report.rows:
            low, high = float(row['lower_95']), float(row['upper_95'])
            self.assertEqual(row['identifiable'], 'yes')
            self.assertLess(low, truth[row['parameter']])
            self.assertLess(truth[row['parameter']], high)
            self.assertLess(low, float(row['value']))
        # The landscape has the values, and every command reads it.
        fitted = self.table('fitted.csv')
        self.assertEqual(fitted.keys['fit_closure'], 'log-mean')
        self.assertEqual(fitted.rows[0]['c0'], report.rows[0]['value'])
        self.assertEqual(fitted.keys['attempt_frequency_Hz'], report.rows[3]['value'])
        self.works('rate', 'fitted.csv', '--e-is', -4.68, '--temperature', 600)
        curves = self.table('curves.csv')
        self.assertEqual(curves.columns, ['scan', 'temperature_K', 'heat_flow_W_per_g',
                                          'fitted_W_per_g', 'baseline_W_per_g'])
        self.assertEqual({row['scan'] for row in curves.rows}, {'1', '2'})
        for row in curves.rows:
            self.close(float(row['fitted_W_per_g']), float(row['heat_flow_W_per_g']),
                       absolute=0.006)
        for text in ('Calibration', '2000, 1 K/s', 'temperature (K)'):
            self.assertIn(text, self.picture('fit.svg').decode())

    def test_what_scans_cannot_say(self):
        result = self.pelrate('calibrate', harness.landscape(), '--dsc',
                              self.scans(noise=0.02), '--free',
                              'activation.offset,relaxation.scale,relaxation.scale.c1',
                              *QUICK, '-o', 'f.csv', '--report', 'report.csv')
        self.assertEqual(result.code, 0, result.stderr)
        rows = self.table('report.csv').rows
        for row in rows[:2]:
            self.assertEqual((row['lower_95'], row['upper_95'], row['identifiable']),
                             ('', '', 'no'))
            self.assertNotEqual(row['value'], '')
        self.assertEqual(rows[2]['identifiable'], 'yes')
        self.assertIn(
            'pelrate calibrate: activation.offset.c0 is not determined by these scans: as far '
            'as it was looked for (0 to 1.1 eV) they fit as well while relaxation.scale.c0 '
            'makes up for it: leave one of the two out of --free\n', result.stderr)

    def test_a_file_of_the_laboratory(self):
        """Degrees Celsius, milliwatts, exo down, a baseline; the programme from options."""
        rows = [row for row in self.table(self.scans(cool='200')).rows]
        text = 'temperature_C,heat_flow_mW,comment\n'
        for row in rows:
            celsius = float(row['temperature_K']) - 273.15
            flow = -float(row['heat_flow_W_per_g']) * 8.0 + 0.3 - 1e-4 * celsius
            text += f'{celsius!r},{flow!r},x\n'
        self.write('lab.csv', text)
        said = self.works(
            'calibrate', self.guess(activation_offset_c0=0.552), '--dsc', 'lab.csv', '--cool',
            12000, '--heat', 60, '--unit', 'K/min', '--start', 900, '--bottom', 300, '--exo',
            'down', '--mass-mg', 8, '--from', 360, '--to', 740, '--baseline', 'slope',
            '--free', 'activation.offset', *QUICK, '-o', 'f.csv', '--report', 'report.csv')
        self.assertEqual(said, '')
        rows = self.table('report.csv').rows
        self.assertEqual([row['parameter'] for row in rows],
                         ['activation.offset.c0', 'scan_1.offset', 'scan_1.slope'])
        self.close(float(rows[0]['value']), 0.55, 1e-5)
        self.close(float(rows[2]['value']), 1e-4 / 8.0, 1e-3)   # exo up
        temperatures = self.table('f.csv').keys['fit_scan_1']
        self.assertIn('cool_K_per_s=200 heat_K_per_s=1 start_K=900 bottom_K=300',
                      temperatures)

    def test_bounds(self):
        result = self.pelrate('calibrate', self.guess(activation_offset_c0=0.546), '--dsc',
                              self.scans(noise=0.02), '--free', 'activation.offset',
                              '--bounds', 'activation.offset:0.54:0.548', *QUICK, '-o',
                              'f.csv', '--report', 'report.csv')
        self.assertEqual(result.code, 0, result.stderr)
        row = self.table('report.csv').rows[0]
        self.close(float(row['value']), 0.548, 1e-4)
        self.assertEqual((row['upper_95'], row['identifiable'] != 'yes'), ('', True))
        self.assertIn('activation.offset.c0', result.stderr)


class Refused(Case):
    def test_usage(self):
        tail = " (see 'pelrate calibrate --help')\n"
        for message, args in (
                ('0 operands, expected LANDSCAPE', ['--dsc', 's']),
                ('--dsc is missing', ['a']),
                ("--unit: 'K/h', expected K/s or K/min", ['a', '--dsc', 's', '--unit', 'K/h']),
                ("--exo: 'left', expected up or down", ['a', '--dsc', 's', '--exo', 'left']),
                ('--cool: 2 rates for 1 files, expected one of each',
                 ['a', '--dsc', 's', '--cool', '1,2']),
                ('--cool: -1, expected rates above 0', ['a', '--dsc', 's', '--cool', '-1']),
                ('--heat: 0, expected a rate above 0', ['a', '--dsc', 's', '--heat', 0]),
                ('--start: -3, expected a number above 0', ['a', '--dsc', 's', '--start', -3]),
                ("--baseline: 'x', expected none, offset, slope or step",
                 ['a', '--dsc', 's', '--baseline', 'x']),
                ('--baseline step needs --step', ['a', '--dsc', 's', '--baseline', 'step']),
                ('--starts: 0, expected 1 to 1000', ['a', '--dsc', 's', '--starts', 0]),
                ('--draws: 2, expected as many as --starts, at most 1000000',
                 ['a', '--dsc', 's', '--draws', 2]),
                ('--spread: 1, expected within 0 and 1', ['a', '--dsc', 's', '--spread', 1]),
                ("'t.csv' is the name of two outputs",
                 ['a', '--dsc', 's', '--report', 't.csv', '-o', 't.csv'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate calibrate: {message}{tail}', 'calibrate', *args)

    def test_parameters(self):
        r1, scans = harness.landscape(), self.scans()
        for message, args in (
                ("parameter 'activation.size' is not known, expected one of "
                 'activation.offset.c0, activation.shape.c0, activation.scale.c0, '
                 'relaxation.scale.c0, attempt_frequency_Hz; or .c1, .c2',
                 ['--free', 'activation.size']),
                ('parameter activation.offset.c0 is free twice',
                 ['--free', 'activation.offset,activation.offset.c0']),
                ("--bounds: 'activation.offset:1', expected NAME:LOW:HIGH",
                 ['--bounds', 'activation.offset:1']),
                ('--bounds: activation.scale.c0 is not free (--free)',
                 ['--bounds', 'activation.scale:0:1']),
                ('bounds of activation.offset.c0 are 0.6 and 0.7, expected numbers for them '
                 'and its value 0.55 between', ['--bounds', 'activation.offset:0.6:0.7']),
                ('closure joint needs events, a parametric landscape has none',
                 ['--closure', 'joint'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate calibrate: {message}\n', 'calibrate', r1, '--dsc',
                           scans, *args)

    def test_landscape(self):
        self.fails(2, 'pelrate calibrate: a landscape of kind events has no parameters, '
                   'expected one of kind parametric\n', 'calibrate',
                   harness.source('data', 'cuzr', 'events.landscape.csv'), '--dsc', 'x.csv')
        self.fails(3, 'pelrate calibrate: none.csv: cannot open: No such file or '
                   'directory\n', 'calibrate', 'none.csv', '--dsc', 'x.csv')

    def test_scans(self):
        head = '# heat_K_per_s: 1\n# start_K: 900\n# exo: up\n'
        columns = 'cool_K_per_s,temperature_K,heat_flow_W_per_g\n'
        for message, text in (
                (':5: the scan has 1 point, expected at least 2', head + columns + '20,400,1\n'),
                (":6: heat_flow_W_per_g is 'nan', expected a finite number",
                 head + columns + '20,400,1\n20,401,nan\n'),
                (':6: temperature is 399 K after 400 K, expected it to increase',
                 head + columns + '20,400,1\n20,399,2\n'),
                (': the header has no exo (up or down), expected it there or given',
                 columns + '20,400,1\n20,401,2\n'),
                (':4: no rows, expected at least two points', head + columns)):
            with self.subTest(message=message):
                self.write('bad.csv', text)
                self.fails(3, f'pelrate calibrate: bad.csv{message}\n', 'calibrate',
                           harness.landscape(), '--dsc', 'bad.csv')

    def test_temperatures_outside_the_landscape(self):
        """Nothing is steady at 3000 K: one line that says so."""
        self.scans()
        text = self.read('scans.csv').replace('# start_K: 900', '# start_K: 3000')
        self.write('hot.csv', text)
        why = ('no steady state at 3000 K between e_is = -4.7 and -4.661 eV/atom: the glass '
               'rejuvenates at both ends\n')
        self.fails(1, f'pelrate calibrate: the scans cannot be computed: {why}', 'calibrate',
                   harness.landscape(), '--dsc', 'hot.csv', *QUICK, '-o', 'f.csv')
        self.fails(1, 'pelrate calibrate: the scans cannot be computed, neither with the '
                   f'parameters given nor with 3 others within 1 % of them: {why}',
                   'calibrate', harness.landscape(), '--dsc', 'hot.csv', '--draws', 4,
                   '--spread', 0.01, '-o', 'f.csv')

    def test_worked_example(self):
        self.worked_examples('calibrate')
        row = self.table('report.csv').rows[0]
        self.close(float(row['value']), 0.55, 1e-6)


if __name__ == '__main__':
    harness.main()
