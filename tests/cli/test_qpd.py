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
        for action in ('spectrum', 'creep'):
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
                (HEAD + 'beta,B,1.5,1\n', ':2: beta B is 1.5 1, expected a number in (0, 1]'),
                (HEAD + 'beta,B,0,1\n', ':2: beta B is 0 1, expected a number in (0, 1]'),
                (HEAD + 'gamma,tau,1,s\n', ":2: component 'gamma', expected elastic, beta, "
                 'anelastic, viscoplastic, reference, hierarchy, glass, stress, alpha or '
                 'crossing'),
                (HEAD + 'beta,tau,1,h\n', ":2: unit of beta tau is 'h', expected s"),
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


if __name__ == '__main__':
    harness.main()
