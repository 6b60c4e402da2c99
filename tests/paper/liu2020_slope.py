#!/usr/bin/env python3
"""What the 50 ps slope costs: the bias of the rates mined as in the inset of Fig. 2 of C. Liu, X.
Yan, P. Sharma, Y. Fan, Comput. Mater. Sci. 172, 109347 (2020), who name it as a reason for what
is left between their Figs. 3(a) and 4(b) without a figure.

Inputs: the landscape M1 (data/reference), whose rate is known at every (E_IS, T). Curves without
noise are integrated from it, sampled every 12.5, 25, 50, 100 and 200 ps, mined by `pelrate
mine`, and every slope is held against the rate of M1 where it was booked.

Differences from the paper: M1 is calibrated, not sampled; it ages within nanoseconds as the
paper's glass does (fastest near 750 K, about -1e6 eV/atom/s there), and the bias follows from
that speed and from how steeply it falls with E_IS, here by a factor e in 2.7 meV/atom at 700 K.

By hand: tests/paper/liu2020_slope.py build/src/cli/pelrate (prints the table)
"""

import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cli'))
import harness  # noqa: E402

INTERVALS_PS = (12.5, 25.0, 50.0, 100.0, 200.0)
LEVELS = (-4.675, -4.671, -4.667)
TEMPERATURES = (600, 700, 750, 800)
START, LENGTH_PS = -4.6645, 2000.0


class Slope(harness.Case):
    def history(self, temperature):
        """(time in ps, E_IS, rate per ps) from START on, dense, at one temperature."""
        out = harness.Table(self.works(
            'anneal', harness.landscape('m1.landscape.csv'), '--e-is', START, '--temperature',
            temperature, '--time', LENGTH_PS * 1e-12))
        return [(1e12 * t, e, 1e-12 * f) for t, e, f in zip(
            out.numbers('time_s'), out.numbers('e_is_eV_per_atom'),
            out.numbers('rate_eV_per_atom_per_s'))]

    @staticmethod
    def at(rows, time):
        k = next((k for k in range(1, len(rows)) if rows[k][0] >= time), len(rows) - 1)
        (t0, e0, f0), (t1, e1, f1) = rows[k - 1], rows[k]
        h = t1 - t0
        s = min((time - t0) / h, 1.0)
        return (e0 + s * h * f0 + s * s * (3 * (e1 - e0) - h * (2 * f0 + f1))
                + s ** 3 * (2 * (e0 - e1) + h * (f0 + f1)))

    def bias(self, histories, interval):
        """(E_IS, mined over true - 1) of all slopes at all temperatures."""
        text = 'replica,time_ps,temperature_K,e_is_eV_per_atom\n'
        for temperature, rows in histories.items():
            for k in range(int(LENGTH_PS / interval) + 1):
                e_is = self.at(rows, k * interval)
                text += f'1,{k * interval},{temperature},{e_is:.17g}\n'
        self.write('curves.csv', text)
        mined = harness.Table(self.works('mine', 'curves.csv', '--bin', '0', stderr=None))
        found = []
        for temperature in histories:
            rows = [row for row in mined.rows if float(row['temperature_K']) == temperature]
            truth = harness.Table(self.works(
                'rate', harness.landscape('m1.landscape.csv'), '--temperature', temperature,
                '--e-is', ','.join(row['e_is_eV_per_atom'] for row in rows)))
            rate = 'rate_eV_per_atom_per_s'
            found += [(float(row['e_is_eV_per_atom']), float(row[rate]) / f - 1.0)
                      for row, f in zip(rows, truth.numbers(rate), strict=True)]
        return found

    def test_bias(self):
        histories = {T: self.history(T) for T in TEMPERATURES}
        table = {}
        for interval in INTERVALS_PS:
            found = self.bias(histories, interval)
            for level in LEVELS:
                near = [b for e, b in found if abs(e - level) < 6e-4]
                table[interval, level] = sum(near) / len(near) if near else math.nan
        print('\nmean of mined / true rate - 1 at', TEMPERATURES, 'K')
        print('interval (ps)  ' + '  '.join(f'{level} eV/atom' for level in LEVELS))
        for interval in INTERVALS_PS:
            print(f'{interval:13g}  ' + '  '.join(
                f'{table[interval, level]:14.5f}' for level in LEVELS))
        # Slopes fall short, more where it is fast, with the square of the interval.
        for level in LEVELS[:2]:
            for interval in (50.0, 100.0):
                self.assertLess(table[interval, level], 0.0)
                self.assertTrue(
                    2.8 < table[interval, level] / table[interval / 2, level] < 5.0,
                    (interval, level, table[interval, level]))
        self.assertGreater(table[50.0, -4.675], -0.005)
        self.assertLess(table[50.0, -4.667], table[50.0, -4.671])


if __name__ == '__main__':
    harness.main()
