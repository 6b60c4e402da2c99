#!/usr/bin/env python3
"""Fig. 1 of L. T. Zhang, Y.-J. Wang, Y. Yang, J. C. Qiao, "Training beta relaxation to
rejuvenate metallic glasses", J. Mater. Sci. Technol. 149, 207 (2023): the loss modulus over
temperature at training frequencies of 1e-3 to 1e2 Hz, the work of a cycle, its sum along a
ramp at 3 K/min, and the exponent of the sum over frequency at 323 to 383 K.

Inputs: data/qpd/la30ce30.csv, sample S1.

Differences from the paper, all of them:
  - The parameters. The paper's are "from Ref. [1]" and not printed. Here B and tau are those
    of Table 1 (fitted to creep at 403 K), E_beta is its example of 1.08 eV, and compliances
    are assumed.
  - What is held is what the paper says in words; the numbers of Fig. 1(d), exponents of 0.84
    (323 K) to 1.00 (383 K), do not come out, and the second test says why: with Table 1 and
    1.08 eV the beta peak of 1 Hz is at 394 K, where the paper measures 368 K (Fig. 4b), so
    that the ramp ends below the peak. Far below it E'' goes as f^-B, and the exponent is
    1 - B = 0.64. As shipped the exponents are 0.70, 0.74, 0.80 and 0.86. With tau_beta
    scaled down so that the peak is at 368 K they are 0.75, 0.81, 0.89 and 0.96: what is
    missing is tau_beta(T) of the DMA (a factor of 8 at 403 K), and for the rest at 323 K
    its B_beta; not the compliances.
  - Fig. 1(b) has the work growing with frequency at every temperature. Work per cycle cannot
    (E'' has a maximum that moves); work per time does.

By hand: tests/paper/zhang2023_fig1.py build/src/cli/pelrate
"""

import csv
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cli'))
import harness  # noqa: E402

SET = harness.source('data', 'qpd', 'la30ce30.csv')
TERMINAL = (323.0, 343.0, 363.0, 383.0)


class Figure1(harness.Case):
    def test_as_shipped(self):
        self.works('qpd', 'work', SET, '--sample', 'S1', '--frequency',
                   '0.001,0.01,0.1,1,10,100', '--temperature', '303:383:81', '-o', 'work.csv',
                   '--plot', 'fig1.svg')
        self.assertGreater(len(self.picture('fig1.svg')), 5000)
        table = self.table('work.csv')
        rows = {}
        for row in table.rows:
            rows.setdefault(float(row['frequency_Hz']), []).append(row)
        frequencies = sorted(rows)
        for slow, fast in zip(frequencies, frequencies[1:]):
            for a, b in zip(rows[slow][1:], rows[fast][1:]):
                # (b) per time, and (c): more for a higher frequency, at each temperature
                self.assertGreater(float(b['power_W_per_m3']), float(a['power_W_per_m3']))
                self.assertGreater(float(b['sum_J_per_m3']), float(a['sum_J_per_m3']))
        for frequency in frequencies:
            total = [float(row['sum_J_per_m3']) for row in rows[frequency]]
            self.assertEqual(total, sorted(total))
        # ... but not per cycle: at 383 K the loss of 0.01 Hz is behind its peak.
        last = [float(rows[f][-1]['cycle_J_per_m3']) for f in frequencies]
        self.assertNotEqual(last, sorted(last))

    def exponents(self, path, sample):
        self.works('qpd', 'work', path, *sample, '--frequency', '0.01,0.1,1,10', '--start',
                   '303', '--temperature', ','.join(f'{t:g}' for t in TERMINAL),
                   '--exponents', 'e.csv', '-o', 'w.csv', '--force')
        return self.table('e.csv').numbers('exponent')

    def peak(self, path, sample):
        self.works('qpd', 'dma', path, *sample, '--frequency', '1', '--temperature',
                   '300:430:131', '--peaks', 'p.csv', '-o', 'd.csv', '--force')
        return self.table('p.csv').numbers('temperature_K')[0]

    def test_exponents_and_what_decides_them(self):
        shipped = self.exponents(SET, ['--sample', 'S1'])
        for value, expected in zip(shipped, (0.70, 0.74, 0.80, 0.86)):
            self.close(value, expected, absolute=0.01)
        self.close(self.peak(SET, ['--sample', 'S1']), 394.0, absolute=0.5)
        # The paper's peak: the beta component alone, tau_beta scaled until E'' of 1 Hz has its
        # maximum at 368 K.
        k, tau, peak = 8.617333262e-5, 0.15, 394.0
        for _ in range(4):
            tau *= math.exp(1.08 / k * (1 / peak - 1 / 368.0))
            self.write('moved.csv', self.beta_alone(tau))
            peak = self.peak('moved.csv', [])
        self.close(peak, 368.0, absolute=0.1)
        moved = self.exponents('moved.csv', [])
        print('exponents at 323, 343, 363, 383 K: as shipped', shipped, 'peak moved', moved)
        self.assertEqual(moved, sorted(moved))
        self.assertTrue(0.8 < moved[3] < 1.0, moved)
        self.assertTrue(0.64 < moved[0] < 0.84, moved)

    def beta_alone(self, tau):
        with open(SET, newline='', encoding='utf-8') as file:
            rows = csv.DictReader(line for line in file if not line.startswith('#'))
            text = 'component,parameter,value,unit\n'
            for row in rows:
                if row['sample'] in ('', 'S1') and row['component'] in ('elastic', 'beta',
                                                                        'reference'):
                    value = repr(tau) if row['parameter'] == 'tau' else row['value']
                    text += f"{row['component']},{row['parameter']},{value},{row['unit']}\n"
            return text


if __name__ == '__main__':
    harness.main()
