#!/usr/bin/env python3
"""pelrate equilibrium: curves from above and below that agree become a line."""

import harness

USAGE = " (see 'pelrate equilibrium --help')\n"


def curve(start, temperature, mean, drift=0.0, points=20, keys=''):
    """A file with two replicas around a mean; what they do beside it averages out."""
    lines = [f'# start_e_is_eV_per_atom: {start}', '# atoms: 108']
    lines += [keys] if keys else []
    lines.append('replica,time_ps,temperature_K,e_is_eV_per_atom')
    for replica in (1, 2):
        for i in range(points):
            noise = 1e-4 * ((7 * i + 3 * replica) % 5 - 2)
            lines.append(f'{replica},{i},{temperature},{mean + noise + drift * i / points:.9f}')
    return '\n'.join(lines) + '\n'


class Equilibrium(harness.Case):
    def pair(self, temperature, mean, apart=0.0, drift=0.0):
        """Both sides of a temperature; returns their names."""
        return [self.write(f'a{temperature}.csv',
                           curve(-4.6, temperature, mean + apart / 2, drift)),
                self.write(f'b{temperature}.csv',
                           curve(-4.8, temperature, mean - apart / 2, drift))]

    def test_a_line(self):
        files = self.pair(1200, -4.670) + self.pair(1000, -4.681) + self.pair(
            700, -4.690, apart=5e-3) + self.pair(800, -4.687, drift=-3e-3)
        alone = self.write('alone.csv', curve(-4.6, 1500, -4.660))
        result = self.pelrate('equilibrium', *files, alone, '-o', 'e.csv', '--report', 't.csv',
                              '--plot', 'e.svg')
        self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual(result.stderr.splitlines(), [
            'pelrate equilibrium: 700 K is left out: above and below differ',
            'pelrate equilibrium: 800 K is left out: not steady, or too short',
            'pelrate equilibrium: 1500 K is left out: reached from one side alone'])
        table = self.table('e.csv')
        self.assertEqual(table.keys['format'], 'pelrate-equilibrium 1')
        self.assertEqual(table.columns[:3], ['temperature_K', 'e_is_eV_per_atom',
                                             'standard_error_eV_per_atom'])
        self.assertEqual(table.numbers('temperature_K'), [1000, 1200])
        for e_is, mean in zip(table.numbers('e_is_eV_per_atom'), (-4.681, -4.670)):
            self.assertAlmostEqual(e_is, mean, delta=1e-5)
        for error in table.numbers('standard_error_eV_per_atom'):
            self.assertTrue(0 < error < 1e-4)
        report = self.table('t.csv')
        self.assertEqual([r['side'] for r in report.rows],
                         ['above', 'below'] * 4 + ['above'])
        self.assertEqual(report.numbers('equilibrium'), [0] * 4 + [1] * 4 + [0])
        self.assertAlmostEqual(report.numbers('sides_eV_per_atom')[0], 5e-3, delta=1e-9)
        self.picture('e.svg')
        # the one that was reached from one side, where that is enough
        self.works('equilibrium', alone, '--one-side', '-o', 'one.csv')
        self.assertEqual(self.table('one.csv').numbers('temperature_K'), [1500])

    def test_a_line_that_does_not_rise_is_told(self):
        files = self.pair(1200, -4.69) + self.pair(1000, -4.68)
        result = self.pelrate('equilibrium', *files, '-o', 'e.csv')
        self.assertEqual(result.code, 0)
        self.assertEqual(result.stderr, 'pelrate equilibrium: E_IS does not rise from 1000 to '
                         '1200 K: fit --equilibrium-line will refuse it\n')

    def test_nothing_passes(self):
        files = self.pair(700, -4.690, apart=5e-3)
        result = self.pelrate('equilibrium', *files, '--report', 't.csv', '-o', 'e.csv')
        self.assertEqual((result.code, result.stderr.splitlines()[-1]),
                         (1, 'pelrate equilibrium: no temperature is in equilibrium'))
        self.assertEqual(len(self.table('t.csv').rows), 2)

    def test_bad_input(self):
        good = self.write('good.csv', curve(-4.6, 900, -4.67, keys='# is_cell: isotropic'))
        for name, text, message in (
                ('short.csv', curve(-4.6, 900, -4.67, points=9),
                 'short.csv:4: replica 1 has 7 points to look at, expected 8 or more'),
                ('start.csv', curve(-4.6, 900, -4.67).replace('# start', '# begin'),
                 "start.csv: no key 'start_e_is_eV_per_atom', expected the E_IS before the "
                 'anneal: it says from which side it came'),
                ('cell.csv', curve(-4.6, 900, -4.67, keys='# is_cell: fixed'),
                 "cell.csv: is_cell is 'fixed', expected 'isotropic' as in good.csv"),
                ('size.csv', curve(-4.6, 900, -4.67).replace('atoms: 108', 'atoms: 500'),
                 'size.csv: samples of 500 atoms, expected 108 as in good.csv'),
                ('nan.csv', curve(-4.6, 900, -4.67).replace('1,3,900,', '1,3,900,nan', 1),
                 None)):
            with self.subTest(name=name):
                self.write(name, text)
                result = self.pelrate('equilibrium', good, name)
                self.assertEqual((result.code, result.stdout), (3, ''))
                if message is not None:
                    self.assertEqual(result.stderr, f'pelrate equilibrium: {message}\n')
                self.assertEqual(len(result.stderr.splitlines()), 1)
        self.fails(2, 'pelrate equilibrium: the share to discard must be 0 to below 1, got 1\n',
                   'equilibrium', good, '--discard', '1')

    def test_worked_examples(self):
        self.worked_examples('equilibrium')


if __name__ == '__main__':
    harness.main()
