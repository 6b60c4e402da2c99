#!/usr/bin/env python3
"""pelrate mine: rates of curves with known rates, their errors, and what is said about curves
that are none."""

import math
import statistics

import harness

COLUMNS = ['e_is_eV_per_atom', 'temperature_K', 'rate_eV_per_atom_per_s', 'standard_error',
           'count']
HEAD = '# atoms: 2000\nreplica,time_ps,temperature_K,e_is_eV_per_atom,pressure_bar\n'


def curve(rows, head=HEAD):
    return head + ''.join(f'1,{t},700,{e},0\n' for t, e in rows)


class Mined(harness.Case):
    def test_slopes_by_hand(self):
        """Two files of one slope in the same place, and a slope of its own."""
        self.write('a.csv', curve([(0, -4.68), (50, -4.681), (100, -4.6814)]))
        self.write('b.csv', curve([(0, -4.6801), (50, -4.6809)]))
        out = harness.Table(self.works('mine', 'a.csv', 'b.csv', stderr=(
            'pelrate mine: the curves are too short to tell their noise: no standard '
            'errors\n')))
        self.assertEqual(out.columns, COLUMNS)
        self.assertEqual((out.keys['format'], out.keys['atoms'], out.keys['slopes']),
                         ('pelrate-rates 1', '2000', '3'))
        self.assertIn('b.csv sha256:', out.keys['input_2'])
        low, high = out.rows
        self.close(float(low['e_is_eV_per_atom']), -4.6812, 1e-14)
        self.close(float(low['rate_eV_per_atom_per_s']), -4e-4 / 50e-12, 1e-9)
        self.close(float(high['e_is_eV_per_atom']), -4.6805, 1e-14)
        self.close(float(high['rate_eV_per_atom_per_s']), -9e-4 / 50e-12, 1e-9)
        self.assertEqual([row['count'] for row in out.rows], ['1', '2'])
        self.assertEqual([row['standard_error'] for row in out.rows], ['', ''])

    def test_rates_of_a_landscape(self):
        """The synthetic curves of M1: what is mined is the rate of M1, within the errors that
        are given (and the bias of a chord where E_IS falls by much within 50 ps)."""
        self.works('mine', harness.landscape('m1.curves.csv'), '-o', 'rates.csv')
        rates = self.table('rates.csv')
        self.assertGreater(len(rates.rows), 400)
        # The variance of a chord between points that scatter by 1e-4 eV/atom is twice their
        # own, whichever kind of noise it is laid to.
        point, walk = ([float(x) for x in rates.keys[key].split()] for key in (
            'noise_of_points_eV_per_atom', 'noise_of_walk_eV_per_atom_per_sqrt_ps'))
        self.assertEqual(len(point), 9)
        for s, w in zip(point, walk):
            self.close(2.0 * s * s + 50.0 * w * w, 2e-8, 0.3)
        chi2, n = 0.0, 0
        temperatures = sorted(set(rates.numbers('temperature_K')))
        for temperature in temperatures:
            rows = [[float(row[c]) for c in COLUMNS] for row in rates.rows
                    if float(row['temperature_K']) == temperature]
            rows = [row for row in rows if -4.69 < row[0] < -4.668]
            truth = harness.Table(self.works(
                'rate', harness.landscape('m1.landscape.csv'), '--temperature', temperature,
                '--e-is', ','.join(repr(row[0]) for row in rows)))
            for row, rate in zip(rows, truth.numbers('rate_eV_per_atom_per_s'), strict=True):
                chi2 += ((row[2] - rate) / row[3]) ** 2
                n += 1
        self.assertGreater(n, 300)
        self.assertTrue(0.7 < chi2 / n < 1.3, (chi2 / n, n))

    def test_windows(self):
        """A longer window: fewer rates, smaller errors."""
        errors = []
        for args in ([], ['--window-ps', '200'], ['--window-ps', '200', '--method', 'line']):
            out = harness.Table(self.works(
                'mine', harness.landscape('m1.curves.csv'), '--bin', '0', *args, stderr=None))
            errors.append(statistics.median(
                e for e, n in zip(out.numbers('standard_error'), out.numbers('count'))
                if n == 1.0))
        self.assertTrue(2.5 < errors[0] / errors[1] < 4.5, errors)
        # Two of five points carry the noise with the ends, all of them with a line.
        self.assertTrue(1.01 < errors[1] / errors[2] < 1.3, errors)

    def test_unused_points(self):
        self.write('a.csv', curve([(50 * k, -4.68 - 1e-5 * k * k) for k in range(12)]))
        out = harness.Table(self.works(
            'mine', 'a.csv', '--window-ps', '200', '--from-ps', '60', '--bin', '0', stderr=(
                'pelrate mine: 1 of 12 points at the ends of curves fill no window\n')))
        self.assertEqual(len(out.rows), 2)
        self.close(out.numbers('rate_eV_per_atom_per_s')[1],
                   -1e-5 * (36 - 4) / 200e-12, 1e-9)


class Refused(harness.Case):
    def test_input(self):
        self.write('good.csv', curve([(0, -4.68), (50, -4.681)]))
        cases = (
            ('no.csv: No such file or directory', None),
            ('bad.csv:4: time_ps is 0 after 50 in replica 1 at 700 K, expected times that '
             'increase', curve([(50, -4.68), (0, -4.68)])),
            ('bad.csv:3: replica 1 has one point at 700 K, expected a curve of two or more at '
             'one temperature', curve([(0, -4.68)])),
            ("bad.csv:4: e_is_eV_per_atom is 'nan', expected a finite number",
             curve([(0, -4.68), (50, 'nan')])),
            ('bad.csv: samples of 4000 atoms, expected 2000 as in good.csv',
             curve([(0, -4.68), (50, -4.68)], HEAD.replace('2000', '4000'))),
            ('bad.csv:2: no rows, expected an annealing curve', HEAD),
        )
        for message, text in cases:
            with self.subTest(message=message):
                name = 'no.csv' if text is None else self.write('bad.csv', text)
                result = self.pelrate('mine', 'good.csv', name, '-o', 'r.csv')
                self.assertEqual(result.code, 3)
                self.assertEqual(result.stdout, '')
                if text is not None:
                    self.assertEqual(result.stderr, f'pelrate mine: {message}\n')
                self.assertEqual(result.stderr.count('\n'), 1)
        result = self.pelrate('mine', self.write('empty.csv', ''))
        self.assertEqual((result.code, result.stderr.count('\n')), (3, 1))

    def test_repeats(self):
        """A curve counts once: not beside itself, nor beside the run that went on from it."""
        self.write('a.csv', curve([(0, -4.68), (50, -4.681)]))
        self.write('b.csv', curve([(0, -4.68), (50, -4.681), (100, -4.682)]))
        for names in (('a.csv', 'a.csv'), ('b.csv', 'a.csv')):
            self.fails(3, f'pelrate mine: a.csv:3: replica 1 at 700 K is the curve in line 3 of '
                       f'{names[0]} again, expected each curve once\n', 'mine', *names)
        self.write('still.csv', curve([(0, -4.68), (50, -4.68)]))
        self.works('mine', 'still.csv', 'still.csv', stderr=None)

    def test_usage(self):
        self.write('a.csv', curve([(0, -4.68), (50, -4.681)]))
        tail = " (see 'pelrate mine --help')\n"
        for message, args in (
                ('0 operands, expected CURVE.csv...', []),
                ("--method: unknown method 'spline', expected ends or line",
                 ['a.csv', '--method', 'spline']),
                ('--window-ps, --from-ps and --bin: expected 0 or more',
                 ['a.csv', '--bin', '-1'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate mine: {message}{tail}', 'mine', *args)
        self.fails(1, 'pelrate mine: no curve has a window of 60 ps after 0 ps\n', 'mine',
                   'a.csv', '--window-ps', '60')
        result = self.pelrate('mine', 'a.csv', '-o', 'a.csv', '--force')
        self.assertEqual(result.code, 2)
        self.assertIn('a.csv', result.stderr)


class Output(harness.Case):
    def test_picture(self):
        self.works('mine', harness.landscape('m1.curves.csv'), '-o', 'r.csv', '--plot', 'm.svg')
        picture = self.picture('m.svg').decode()
        for text in ('Mined rates', 'Annealing curves', '850 K', 'temperature (K)'):
            self.assertIn(text, picture)
        self.assertFalse(any(map(math.isnan, self.table('r.csv').numbers('standard_error'))))

    def test_picture_of_next_to_nothing(self):
        """One slope of 0: no decade to colour, a picture all the same."""
        self.write('a.csv', curve([(0, -4.68), (50, -4.68)]))
        self.works('mine', 'a.csv', '-o', 'r.csv', '--plot', 'm.png', stderr=None)
        self.picture('m.png')

    def test_worked_example(self):
        self.worked_examples('mine')
        self.picture('rates.svg')


if __name__ == '__main__':
    harness.main()
