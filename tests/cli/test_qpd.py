#!/usr/bin/env python3
"""pelrate qpd: each action's table against closed forms, its worked example, its picture,
and what is said about bad input."""

import math
import os
import re

import harness

LA = harness.source('data', 'qpd', 'la30ce30.csv')
HEAD = 'component,parameter,value,unit\n'
# One narrow component at a time nobody would guess, elastic beside it.
ONE = HEAD + 'elastic,compliance,0.031,1/GPa\nbeta,B,1,1\nbeta,tau,7.3,s\nbeta,compliance,0.2,1/GPa\n'


class Frame(harness.Case):
    def test_help_lists_actions_and_parameters(self):
        text = self.works('qpd', '--help')
        for action in ('spectrum', 'creep', 'dma', 'work', 'fragility', 'fit', 'from-landscape'):
            self.assertRegex(text, rf'(?m)^  {action} +\S')
        for row in ('elastic,compliance', 'beta,activation_energy', 'hierarchy,chi'):
            self.assertIn(f'  {row} ', text)

    def test_no_action(self):
        self.fails(2, 'pelrate qpd: no action, expected spectrum, creep, dma, work, fragility, '
                   "fit or from-landscape (see 'pelrate qpd --help')\n", 'qpd')
        self.fails(2, "pelrate qpd: unknown action 'crep' (see 'pelrate qpd --help')\n",
                   'qpd', 'crep')

    def test_samples(self):
        for args, text in ((['--sample', 'S9'], f"sample 'S9' is not in {LA}, expected one of "
                            'S1, S2, S3, S4'),
                           ([], f'{LA} has 4 samples, expected one of S1, S2, S3, S4')):
            self.fails(2, f'pelrate qpd creep: {text}\n', 'qpd', 'creep', LA, *args, '-o', 'c.csv')

    def test_bad_parameters(self):
        """Each is one line with file and line, exit status 3, and no output file."""
        for text, says in (
                ('', ': the file ends, expected a row of column names'),
                (HEAD, ':1: no rows, expected parameters'),
                (HEAD + 'beta,tau,-3,s\n', ':2: beta tau is -3 s, expected a number > 0'),
                (HEAD + 'beta,tau,nan,s\n', ":2: value is 'nan', expected a finite number"),
                (HEAD + 'beta,B,1.5,1\n', ':2: beta B is 1.5, expected a number in (0, 1]'),
                (HEAD + 'beta,B,0,1\n', ':2: beta B is 0, expected a number in (0, 1]'),
                (HEAD + 'gamma,tau,1,s\n', ":2: component 'gamma', expected elastic, beta, "
                 'anelastic, viscoplastic, reference, hierarchy, glass, stress, alpha or '
                 'crossing'),
                (HEAD + 'beta,tau,1,h\n', ":2: unit of beta tau is 'h', expected s"),
                (ONE.replace('beta,B,1,1', 'beta,B,0.0001,1'), ': B is 0.0001 around 1 s: its '
                 'times leave the range of numbers, expected a larger B'),
                (HEAD + 'beta,tau,1,s\nbeta,B,0.5,1\n', ': no compliance of component beta, '
                 'expected a row beta,compliance,number,1/GPa')):
            with self.subTest(text=text):
                self.write('p.csv', text)
                where = re.sub(r'^: the file', ':0: the file', says)
                result = self.pelrate('qpd', 'creep', 'p.csv', '-o', 'c.csv')
                self.assertEqual(result.code, 3)
                self.assertIn(result.stderr, (f'pelrate qpd creep: p.csv{says}\n',
                                              f'pelrate qpd creep: p.csv{where}\n'))
                self.assertEqual(os.listdir(self.dir), ['p.csv'])
        self.fails(3, 'pelrate qpd creep: none.csv: cannot open: No such file or directory\n',
                   'qpd', 'creep', 'none.csv')


class Spectrum(harness.Case):
    def test_weights(self):
        self.works('qpd', 'spectrum', LA, '--sample', 'S3', '-o', 's.csv')
        table = self.table('s.csv')
        self.assertEqual(table.columns, ['component', 'tau_s', 'weight', 'density'])
        self.assertEqual(table.keys['sample'], 'S3')
        self.assertEqual(float(table.keys['beta_tau_s']), 0.08)
        for name, width, tau in (('beta', .30, .08), ('anelastic', .37, 4.05e6),
                                 ('viscoplastic', .43, 3.19e7)):
            rows = [row for row in table.rows if row['component'] == name]
            self.close(math.fsum(float(row['weight']) for row in rows), 1.0, 1e-13)
            top = max(rows, key=lambda row: float(row['weight']))
            self.close(float(top['tau_s']), tau, 1e-12)
            self.close(float(top['density']), width / math.e, 1e-12)
            steps = [math.log(float(b['tau_s']) / float(a['tau_s']))
                     for a, b in zip(rows, rows[1:])]
            self.close(min(steps), max(steps), 1e-9)
            for row in rows:
                self.close(float(row['weight']), float(row['density']) * steps[0],
                           absolute=1e-10)

    def test_usage(self):
        self.fails(2, "pelrate qpd spectrum: --accuracy: 0.5, expected 1e-14 to 1e-2 (see "
                   "'pelrate qpd spectrum --help')\n", 'qpd', 'spectrum', LA, '--accuracy', '0.5')

    def test_worked_example(self):
        self.worked_examples('qpd spectrum')
        self.picture('spectrum.png')


class Creep(harness.Case):
    def test_one_component(self):
        """Limits, the sum, and B = 1 against the integral of its density."""
        self.write('p.csv', ONE)
        self.works('qpd', 'creep', 'p.csv', '--time', '1e-9:1e11:201', '--stress', '40',
                   '-o', 'c.csv')
        table = self.table('c.csv')
        self.assertEqual(len(table.rows), 201)
        total = table.numbers('compliance_per_GPa')
        self.close(total[0], 0.031, absolute=1e-9)
        self.close(total[-1], 0.231, 1e-9)
        self.assertEqual(total, sorted(total))
        self.assertEqual(set(table.numbers('anelastic_per_GPa')), {0.0})
        for row in table.rows[::10]:
            time = float(row['time_s'])
            density = 0.0
            for k in range(-4000, 800):
                y = (k + 0.5) * 0.01
                density -= 0.01 * math.exp(y - math.exp(y)) * math.expm1(
                    -time / (7.3 * math.exp(y)))
            self.close(float(row['beta_per_GPa']), 0.2 * density, absolute=1e-9)
            self.close(float(row['strain']), float(row['compliance_per_GPa']) * 0.04, 1e-12)

    def test_usage(self):
        tail = " (see 'pelrate qpd creep --help')\n"
        for message, args in (
                ('0 operands, expected PARAMETERS', []),
                ("--time: '0:1:5', expected A:B:n with 0 < A < B and an integer n of 2 to "
                 '1000000', [LA, '--time', '0:1:5']),
                ("--time: '2:1:5', expected A:B:n with 0 < A < B and an integer n of 2 to "
                 '1000000', [LA, '--time', '2:1:5']),
                ("--time: '1:2:x', expected A:B:n with 0 < A < B and an integer n of 2 to "
                 '1000000', [LA, '--time', '1:2:x']),
                ('--stress: -1 MPa, expected above 0', [LA, '--stress', '-1'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate qpd creep: {message}{tail}', 'qpd', 'creep', *args)

    def test_existing_output(self):
        self.write('c.csv', 'precious')
        self.fails(2, 'pelrate qpd creep: c.csv: exists already, expected a new name (or '
                   '--force)\n', 'qpd', 'creep', LA, '--sample', 'S1', '-o', 'c.csv')
        self.assertEqual(self.read('c.csv'), 'precious')

    def test_worked_example(self):
        self.worked_examples('qpd creep')
        self.assertEqual(len(self.table('creep.csv').rows), 401)
        self.picture('creep.png')


class Dma(harness.Case):
    def test_over_temperature(self):
        """Arrhenius times, the inverse compliance, and peaks where the slope changes sign."""
        self.works('qpd', 'dma', LA, '--sample', 'S2', '--frequency', '0.1,1', '--temperature',
                   '300:500:401', '--peaks', 'p.csv', '-o', 'd.csv')
        table = self.table('d.csv')
        self.assertEqual(len(table.rows), 802)
        for row in table.rows[::37]:
            temperature = float(row['temperature_K'])
            tau = 0.11 * math.exp(1.08 / 8.617333262e-5 * (1 / temperature - 1 / 403))
            self.close(float(row['tau_beta_s']), tau, 1e-12)
            compliance = complex(float(row['storage_per_GPa']), -float(row['loss_per_GPa']))
            self.close(float(row['storage_GPa']), (1 / compliance).real, 1e-12)
            self.close(float(row['loss_GPa']), (1 / compliance).imag, 1e-11)
            self.close(float(row['tan_delta']), -compliance.imag / compliance.real, 1e-12)
            self.close(float(row['loss_relative']), 0.03 * float(row['loss_GPa']), 1e-12)
        self.assertIn('solved_chi', table.keys)
        peaks = self.table('p.csv')
        self.assertEqual(len(peaks.rows), 3) # at 1 Hz the beta peak drowns in the other
        for row in peaks.rows:
            near = [float(r['loss_GPa']) for r in table.rows
                    if r['frequency_Hz'] == row['frequency_Hz'] and
                    abs(float(r['temperature_K']) - float(row['temperature_K'])) < 3.0]
            self.assertGreaterEqual(float(row['loss_GPa']), max(near))
            self.close(float(row['loss_GPa']), max(near), 1e-3)

    def test_over_frequency_without_a_temperature(self):
        """A set of spectra and compliances answers where its times hold; B = 1 peaks near 1/tau."""
        self.write('p.csv', ONE)
        self.works('qpd', 'dma', 'p.csv', '--frequency-range', '1e-6:1e4:101', '--peaks', 'k.csv',
                   '-o', 'd.csv', '--plot', 'd.svg')
        self.picture('d.svg')
        table = self.table('d.csv')
        self.close(table.numbers('storage_GPa')[-1], 1 / 0.031, 1e-4)
        self.close(table.numbers('storage_per_GPa')[0], 0.231, 1e-6)
        self.assertTrue(math.isnan(table.numbers('temperature_K')[0]))
        self.assertEqual(len(self.table('k.csv').rows), 1)

    def test_stress(self):
        text = ONE + ('beta,activation_energy,1.1,eV\nreference,temperature,400,K\n')
        self.write('p.csv', text)
        self.fails(3, 'pelrate qpd dma: p.csv: no barrier of component stress, expected a row '
                   'stress,barrier,number,MPa\n', 'qpd', 'dma', 'p.csv', '--frequency', '1',
                   '--temperature', '350', '--stress', '100')
        self.write('q.csv', text + 'stress,barrier,1500,MPa\n')
        self.works('qpd', 'dma', 'q.csv', '--frequency', '1', '--temperature', '350', '--stress',
                   '300', '-o', 'd.csv')
        tau0 = 7.3 * math.exp(-1.1 / (8.617333262e-5 * 400))
        self.close(float(self.table('d.csv').rows[0]['tau_beta_s']),
                   tau0 * math.exp(1.1 * 0.8 ** 1.5 / (8.617333262e-5 * 350)), 1e-9)

    def test_usage(self):
        tail = " (see 'pelrate qpd dma --help')\n"
        for message, args in (
                ('--frequency or --frequency-range is missing', []),
                ('--frequency-range excludes --frequency',
                 ['--frequency', '1', '--frequency-range', '1:2:3']),
                ('--frequency: -1 Hz, expected above 0', ['--frequency', '-1']),
                ('--temperature: 0 K, expected above 0',
                 ['--frequency', '1', '--temperature', '0,300']),
                ('--stress: -2 MPa, expected 0 or more', ['--frequency', '1', '--stress', '-2']),
                ('--peaks needs more than one temperature, or a range of frequencies',
                 ['--frequency', '1', '--peaks', 'p.csv'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate qpd dma: {message}{tail}', 'qpd', 'dma', LA, *args)

    def test_what_is_missing(self):
        self.write('p.csv', ONE)
        self.fails(3, 'pelrate qpd dma: p.csv: no activation_energy of component beta, expected '
                   'a row beta,activation_energy,number,eV\n', 'qpd', 'dma', 'p.csv',
                   '--frequency', '1', '--temperature', '350', '-o', 'd.csv')

    def test_worked_example(self):
        self.worked_examples('qpd dma')
        self.picture('dma.png')


class Work(harness.Case):
    def test_the_sum_is_the_integral(self):
        self.works('qpd', 'work', LA, '--sample', 'S4', '--frequency', '0.1,1,10',
                   '--temperature', '300:400:401', '--strain', '0.001', '--rate', '6',
                   '--exponents', 'e.csv', '-o', 'w.csv')
        table = self.table('w.csv')
        sums = {}
        for frequency in ('0.1', '1', '10'):
            rows = [row for row in table.rows if row['frequency_Hz'] == frequency]
            total = 0.0
            for a, b in zip(rows, rows[1:]): # trapezoids of f dT/q pi E'' e^2
                total += 0.25 / 0.1 * 0.5 * (float(a['power_W_per_m3']) +
                                             float(b['power_W_per_m3']))
                self.close(float(b['cycle_J_per_m3']), math.pi * float(b['loss_GPa']) * 1e3,
                           1e-12)
            self.close(float(rows[-1]['sum_J_per_m3']), total, 1e-5)
            self.close(float(rows[-1]['cycles']), float(frequency) * 1000, 1e-12)
            sums[float(frequency)] = float(rows[-1]['sum_J_per_m3'])
        exponents = self.table('e.csv')
        self.assertTrue(math.isnan(exponents.numbers('exponent')[0]))
        self.close(exponents.numbers('exponent')[-1], math.log10(sums[10.0] / sums[0.1]) / 2, 1e-9)

    def test_usage(self):
        tail = " (see 'pelrate qpd work --help')\n"
        for message, args in (
                ('--frequency is missing', []),
                ('--temperature is missing', ['--frequency', '1']),
                ('--temperature: 300 K, expected increasing values above 0',
                 ['--frequency', '1', '--temperature', '310,300']),
                ('--start: 320 K, expected above 0 and not after the first temperature',
                 ['--frequency', '1', '--temperature', '310,330', '--start', '320']),
                ('--strain: 0, expected above 0',
                 ['--frequency', '1', '--temperature', '310,330', '--strain', '0']),
                ('--rate: -3 K/min, expected above 0',
                 ['--frequency', '1', '--temperature', '310,330', '--rate', '-3']),
                ('--exponents needs more than one frequency',
                 ['--frequency', '1', '--temperature', '310,330', '--exponents', 'e.csv']),
                ('--exponents: 2 Hz twice, expected different frequencies',
                 ['--frequency', '2,1,2', '--temperature', '310,330', '--exponents', 'e.csv'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate qpd work: {message}{tail}', 'qpd', 'work', LA, *args)

    def test_worked_example(self):
        self.worked_examples('qpd work')
        self.picture('work.png')


class Fragility(harness.Case):
    def values(self, name):
        return {row['quantity']: float(row['value']) for row in self.table(name).rows}

    def test_numbers_of_the_paper(self):
        self.works('qpd', 'fragility', LA, '--sample', 'S1', '-o', 'f.csv')
        values = self.values('f.csv')
        self.close(values['vft_tau0'], 6.49e-13, 1e-3)
        self.close(values['T_g'], 458.8, absolute=0.05)
        self.close(values['m'], 36.0, absolute=0.05)
        self.close(values['T_crossing'], 566.67, 1e-9)
        self.close(values['m_beta'], values['m_beta_per_E_beta'] * 1.08, 1e-12)

    def test_fits(self):
        k = 8.617333262e-5
        self.write('p.csv', 'frequency_Hz,temperature_K\n' + ''.join(
            f'{f},{1.02 / (k * (math.log(2e13) - math.log(f)))!r}\n' for f in (1, 2, 4, 8, 16)))
        self.write('a.csv', 'temperature_K,tau_s\n' + ''.join(
            f'{t},{6e-13 * math.exp(5907 / (t - 278))!r}\n' for t in range(440, 560, 10)))
        self.write('q.csv', HEAD + 'crossing,temperature,566.67,K\ncrossing,tau,5e-4,s\n')
        self.works('qpd', 'fragility', 'q.csv', '--peaks', 'p.csv', '--alpha', 'a.csv', '-o',
                   'f.csv', '--family', 'g.csv', '--energies', '0.5,1', '--plot', 'f.svg')
        values = self.values('f.csv')
        self.close(values['E_beta'], 1.02, 1e-9)
        self.close(values['ln_f0'], math.log(2e13), 1e-9)
        self.close(values['vft_B'], 5907, 1e-5)
        self.close(values['vft_T0'], 278, 1e-5)
        family = self.table('g.csv')
        for row in family.rows:
            if float(row['temperature_K']) == 450:
                self.close(float(row['tau_beta_s']), 5e-4 * math.exp(
                    float(row['activation_energy_eV']) / k * (1 / 450 - 1 / 566.67)), 1e-10)
        self.picture('f.svg')

    def test_bad_data(self):
        for text, says in (('frequency_Hz,temperature_K\n1,350\n2,-1\n',
                            'p.csv:3: temperature_K is -1, expected a number > 0'),
                           ('frequency_Hz,temperature_K\n1,350\n2,nan\n',
                            "p.csv:3: temperature_K is 'nan', expected a finite number"),
                           ('frequency_Hz,temperature_K\n',
                            'p.csv:1: no rows, expected frequency_Hz,temperature_K'),
                           ('f,temperature_K\n1,2\n',
                            "p.csv:1: no column 'frequency_Hz', expected one of that name"),
                           ('frequency_Hz,temperature_K\n1,350\n2,340\n',
                            'p.csv: the frequencies do not grow with the peak temperature '
                            '(E_beta = -0.710797 eV), expected an activated process')):
            with self.subTest(text=text):
                self.write('p.csv', text)
                self.fails(3, f'pelrate qpd fragility: {says}\n', 'qpd', 'fragility', LA,
                           '--sample', 'S1', '--peaks', 'p.csv', '-o', 'f.csv')
        self.fails(2, "pelrate qpd fragility: --energies needs --family or --plot (see 'pelrate "
                   "qpd fragility --help')\n", 'qpd', 'fragility', LA, '--energies', '1,2')
        self.write('q.csv', ONE)
        self.fails(3, 'pelrate qpd fragility: q.csv: expected a row alpha,vft_B,number,K\n',
                   'qpd', 'fragility', 'q.csv')

    def test_worked_example(self):
        self.worked_examples('qpd fragility')
        self.picture('family.png')
        self.assertEqual(len(self.table('family.csv').rows), 9 * 121)


class Fit(harness.Case):
    def test_what_is_determined(self):
        """One component over its whole course; then a curve that ends before it."""
        self.write('p.csv', HEAD + 'elastic,compliance,0.031,1/GPa\nbeta,B,0.55,1\n'
                   'beta,tau,7.3,s\nbeta,compliance,0.2,1/GPa\n')
        self.works('qpd', 'creep', 'p.csv', '--time', '1e-4:1e5:120', '-o', 'c.csv')
        # A scatter of a part in a thousand that is no random number.
        table = self.table('c.csv')
        self.write('n.csv', 'time_s,compliance_per_GPa\n' + ''.join(
            f"{row['time_s']},{float(row['compliance_per_GPa']) * (1 + 1e-3 * math.sin(7.1 * i * i))!r}\n"
            for i, row in enumerate(table.rows)))
        self.works('qpd', 'fit', 'n.csv', '--components', 'beta', '-o', 'f.csv', '--report',
                   'r.csv', '--plot', 'f.svg')
        truth = {('elastic', 'compliance'): 0.031, ('beta', 'B'): 0.55, ('beta', 'tau'): 7.3,
                 ('beta', 'compliance'): 0.2}
        report = self.table('r.csv')
        self.assertEqual(len(report.rows), 4)
        for row in report.rows:
            self.assertEqual(row['status'], 'determined')
            value = truth[row['component'], row['parameter']]
            self.assertTrue(float(row['lower_95']) < value < float(row['upper_95']), row)
        # The table is a set that other actions read.
        self.works('qpd', 'creep', 'f.csv', '-o', 'again.csv')
        self.picture('f.svg')
        lines = self.read('n.csv').splitlines()
        self.write('s.csv', '\n'.join(lines[:30]) + '\n')
        self.works('qpd', 'fit', 's.csv', '--components', 'beta', '-o', 'g.csv', '--report',
                   'q.csv', stderr=None)
        status = {row['parameter']: row['status'] for row in self.table('q.csv').rows
                  if row['component'] == 'beta'}
        self.assertEqual(status['tau'], 'undetermined')
        for row in self.table('q.csv').rows:
            value = truth[row['component'], row['parameter']]
            self.assertTrue(float(row['lower_95']) <= value <= float(row['upper_95']), row)

    def test_bad_curves(self):
        for text, says in (
                ('', ': the file ends, expected a row of column names'),
                ('time_s,compliance_per_GPa\n', ':1: no rows, expected a creep curve'),
                ('time_s,compliance_per_GPa\n1,2\n1,3\n',
                 ':3: time_s is 1 after 1, expected increasing times'),
                ('time_s,compliance_per_GPa\n1,2\n2,nan\n',
                 ":3: compliance_per_GPa is 'nan', expected a finite number"),
                ('time_s,compliance_per_GPa\n-1,2\n',
                 ':2: time_s is -1, expected a number > 0'),
                ('time_s,strain\n1,2\n', ':1: strains, and no stress given, expected --stress '
                 'or a column compliance_per_GPa')):
            with self.subTest(text=text):
                self.write('c.csv', text)
                result = self.pelrate('qpd', 'fit', 'c.csv', '-o', 'f.csv')
                self.assertEqual(result.code, 3)
                self.assertIn(f'pelrate qpd fit: c.csv{says}', result.stderr.replace(':0:', ':'))
                self.assertEqual(result.stderr.count('\n'), 1)
                self.assertEqual(os.listdir(self.dir), ['c.csv'])

    def test_usage(self):
        self.write('c.csv', 'time_s,compliance_per_GPa\n1,2\n2,3\n')
        tail = " (see 'pelrate qpd fit --help')\n"
        for message, args in (
                ('--hold needs --start', ['--hold', 'beta.tau']),
                ("--hold: 'tau', expected compliances or COMPONENT.PARAMETER",
                 ['--hold', 'tau', '--start', LA]),
                ("--components: 'gamma', expected beta, anelastic or viscoplastic",
                 ['--components', 'gamma']),
                ('--stress: 0 MPa, expected above 0', ['--stress', '0']),
                ('--starts: 0, expected 1 to 1000', ['--starts', '0']),
                ('--sample needs --start', ['--sample', 'S1'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate qpd fit: {message}{tail}', 'qpd', 'fit', 'c.csv', *args)
        self.fails(3, 'pelrate qpd fit: c.csv: creep: 2 points, expected at least 11 for this '
                   'fit\n', 'qpd', 'fit', 'c.csv')

    def test_worked_example(self):
        self.worked_examples('qpd fit')
        self.picture('fit.png')
        status = [row['status'] for row in self.table('report.csv').rows]
        self.assertEqual((status.count('held'), status.count('determined')), (4, 6))


class FromLandscape(harness.Case):
    def test_events_by_hand(self):
        """Three events: the sums, written out."""
        self.write('l.csv', '# format: pelrate-landscape 1\n# kind: events\n# atoms: 100\n'
                   '# paths: 3\n# attempt_frequency_Hz: 2e12\n# molar_mass_g_per_mol: 75\n'
                   'sample,e_is_eV_per_atom,e_a_eV,e_r_eV\na,-4.7,0.5,0.2\na,-4.7,0.8,0.3\n'
                   'a,-4.7,1.1,0.1\n')
        self.works('qpd', 'from-landscape', 'l.csv', '--temperature', '200,300,420',
                   '--frequency', '0.5,20', '--strength', '0.4', '-o', 'o.csv')
        for row in self.table('o.csv').rows:
            share = 0j
            for barrier in (0.5, 0.8, 1.1):
                tau = math.exp(barrier / (8.617333262e-5 * float(row['temperature_K']))) / 2e12
                share += 1 / (1 + 2j * math.pi * float(row['frequency_Hz']) * tau) / 3
            self.close(float(row['storage_share']), share.real, 1e-11)
            self.close(float(row['loss_share']), -share.imag, 1e-10)
            self.close(float(row['loss_relative']), (1 / (1 + 0.4 * share)).imag, 1e-10)

    def test_all_kinds(self):
        for kind in ('histogram', 'parametric', 'events'):
            with self.subTest(kind=kind):
                self.works('qpd', 'from-landscape',
                           harness.source('data', 'cuzr', f'{kind}.landscape.csv'),
                           '--temperature', '100:1200:23', '--peaks', f'{kind}.p.csv',
                           '--spectrum', f'{kind}.s.csv', '--at', '400', '-o', f'{kind}.csv')
                peaks = self.table(f'{kind}.p.csv')
                with open(harness.source('data', 'cuzr', f'{kind}.landscape.csv'),
                          encoding='utf-8') as file:
                    levels = {row.get('e_is_eV_per_atom') for row in
                              harness.Table(file.read()).rows}
                self.assertEqual(len(peaks.rows), 5 if kind == 'parametric' else len(levels))
                self.assertFalse(any(map(math.isnan, peaks.numbers('peak_K'))))
                # Each spectrum of times integrates to one over log10 tau.
                spectrum = self.table(f'{kind}.s.csv')
                sums = {}
                for row in spectrum.rows:
                    sums[row['e_is_eV_per_atom']] = sums.get(
                        row['e_is_eV_per_atom'], 0.0) + 0.05 * float(row['density'])
                for total in sums.values():
                    self.close(total, 1.0, 0.02)

    def test_outside_the_range(self):
        result = self.pelrate('qpd', 'from-landscape', harness.landscape(), '--e-is', '-4.5',
                              '--temperature', '300,400', '-o', 'o.csv')
        self.assertEqual((result.code, result.stderr), (
            1, 'pelrate qpd from-landscape: E_IS -4.5 eV/atom is outside -4.7 to -4.661 eV/atom, '
            'which the landscape covers\n'))
        self.assertEqual(os.listdir(self.dir), [])

    def test_usage(self):
        tail = " (see 'pelrate qpd from-landscape --help')\n"
        for message, args in (
                ('--temperature: expected A:B:n or a list of two or more', []),
                ('--temperature: 300 K, expected increasing values above 0',
                 ['--temperature', '400,300']),
                ('--strength: 0, expected above 0', ['--temperature', '1,2', '--strength', '0']),
                ('--spectrum needs --at', ['--temperature', '1,2', '--spectrum', 's.csv']),
                ('--frequency: 0 Hz, expected above 0',
                 ['--temperature', '1,2', '--frequency', '0'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate qpd from-landscape: {message}{tail}', 'qpd',
                           'from-landscape', harness.landscape(), *args)

    def test_worked_example(self):
        """The more rejuvenated, the lower the peak: Fig. 4 of the paper."""
        self.worked_examples('qpd from-landscape')
        self.picture('loss.png')
        peaks = [t for t in self.table('peaks.csv').numbers('peak_K') if not math.isnan(t)]
        self.assertEqual(len(peaks), 5)
        self.assertEqual(peaks, sorted(peaks, reverse=True))


if __name__ == '__main__':
    harness.main()
