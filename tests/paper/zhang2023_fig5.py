#!/usr/bin/env python3
"""Figs. 4(a), 4(c), 5 and 6 of L. T. Zhang, Y.-J. Wang, Y. Yang, J. C. Qiao, "Training beta
relaxation to rejuvenate metallic glasses", J. Mater. Sci. Technol. 149, 207 (2023): the loss
of S1 to S4, the family of beta times through one point with its fragilities, and the
spectra of S1 to S4; beside Fig. 4(a) the loss of landscapes from aged to rejuvenated.

Inputs: data/qpd/la30ce30.csv; data/reference/r1.landscape.csv (calibrated, not sampled) and
data/cuzr/parametric.landscape.csv (sampled).

Differences from the paper, all of them:
  - Fig. 4(a) is a measurement. Here it is computed from Table 1 (creep at 403 K), E_beta =
    1.08 eV and assumed compliances that are the same for S1 to S4: what moves is what
    Table 1 moves. The paper's peak falls from 368 to 364 K, by 4 K; here it falls from 392 to
    372 K, as tau_beta falls by a factor of five and the spectrum widens: the creep and
    the DMA of the paper do not tell the same story about tau_beta. Intensities (growing in
    the paper) are not predicted, as Table 1 has no compliances.
  - The landscapes are of Cu-Zr and of a calibrated model, at 1 Hz with a strength of 0.2.
  - The members of the family of Fig. 5(a) with E_beta above 1.96 eV, the apparent energy of
    tau_alpha at the crossing, are slower than tau_alpha below it: the paper draws up to
    2.08 eV.
  - m_beta by the closed form; the paper's range of 8 to 14 is that of measured glasses.

By hand: tests/paper/zhang2023_fig5.py build/src/cli/pelrate
"""

import csv
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cli'))
import harness  # noqa: E402

SET = harness.source('data', 'qpd', 'la30ce30.csv')
SAMPLES = ('S1', 'S2', 'S3', 'S4')
PEAKS = (391.6, 387.5, 383.3, 371.8)  # of the beta component alone, 1 Hz [K]


class Figure4a(harness.Case):
    def test_training_moves_the_peak_down(self):
        """The beta component alone, so that the assumed compliances of the others do not
        cover it."""
        peaks = []
        for sample in SAMPLES:
            with open(SET, newline='', encoding='utf-8') as file:
                rows = csv.DictReader(line for line in file if not line.startswith('#'))
                self.write('beta.csv', 'component,parameter,value,unit\n' + ''.join(
                    f"{row['component']},{row['parameter']},{row['value']},{row['unit']}\n"
                    for row in rows if row['sample'] in ('', sample) and
                    row['component'] in ('elastic', 'beta', 'reference')))
            self.works('qpd', 'dma', 'beta.csv', '--frequency', '1', '--temperature',
                       '300:473:174', '--peaks', 'p.csv', '-o', 'd.csv', '--plot', 'd.svg',
                       '--force')
            peaks += self.table('p.csv').numbers('temperature_K')
            self.works('qpd', 'dma', SET, '--sample', sample, '--frequency', '1',
                       '--temperature', '300:473:174', '-o', f'{sample}.csv')
        print('beta peaks at 1 Hz (K), S1 to S4:', peaks)
        self.assertEqual(len(peaks), 4)
        self.assertEqual(peaks, sorted(peaks, reverse=True))
        for peak, expected in zip(peaks, PEAKS):
            self.close(peak, expected, absolute=0.5)
        # Below all the peaks the trained glass loses more.
        loss = [self.table(f'{s}.csv').numbers('loss_relative')[40] for s in SAMPLES]
        self.assertEqual(loss, sorted(loss))

    def test_rejuvenation_moves_the_peak_of_a_landscape_down(self):
        for path, first in ((harness.landscape(), 3),
                            (harness.source('data', 'cuzr', 'parametric.landscape.csv'), 0)):
            self.works('qpd', 'from-landscape', path, '--temperature', '100:1100:101',
                       '--peaks', 'p.csv', '-o', 'l.csv', '--plot', 'fig4a.svg', '--force',
                       stderr=None)
            rows = [(float(row['e_is_eV_per_atom']), float(row['peak_K']))
                    for row in self.table('p.csv').rows if row['peak_K']]
            print('E_IS (eV/atom) and peak (K):', rows)
            self.assertGreaterEqual(len(rows), 4)
            self.assertEqual(rows, sorted(rows, key=lambda row: -row[1]))
            self.assertGreater(len(self.picture('fig4a.svg')), 4000)


class Figure5(harness.Case):
    def test_family_and_fragility(self):
        self.works('qpd', 'fragility', SET, '--sample', 'S1', '--energies', '0.08:2.08:9',
                   '--family', 'family.csv', '-o', 'f.csv', '--plot', 'fig5.svg')
        self.assertGreater(len(self.picture('fig5.svg')), 5000)
        values = {row['quantity']: float(row['value']) for row in self.table('f.csv').rows}
        self.close(values['m'], 36.0, absolute=0.05)
        slope = values['m_beta_per_E_beta']
        for row in self.table('family.csv').rows:
            energy = float(row['activation_energy_eV'])
            self.close(float(row['m_beta']), slope * energy, 1e-12)
            if 400.0 <= float(row['temperature_K']) < 566.0 and energy < 1.9:
                self.assertLess(float(row['tau_beta_s']), float(row['tau_alpha_s']))
        # 8 to 14 of the paper, and E_beta = 1.08 eV in it.
        self.assertTrue(8.0 < slope * 1.08 < 14.0)
        self.assertLess(slope * 2.08, values['m'])


class Figure6(harness.Case):
    def test_training_widens_and_shortens(self):
        spectra = {}
        for sample in SAMPLES:
            self.works('qpd', 'spectrum', SET, '--sample', sample, '-o', f'{sample}.csv')
            for row in self.table(f'{sample}.csv').rows:
                spectra.setdefault((sample, row['component']), []).append(
                    (math.log(float(row['tau_s'])), float(row['weight']), float(row['density'])))
        for component in ('beta', 'anelastic', 'viscoplastic'):
            mode, width, top = [], [], []
            for sample in SAMPLES:
                units = spectra[sample, component]
                mean = math.fsum(x * w for x, w, _ in units)
                width.append(math.sqrt(math.fsum((x - mean) ** 2 * w for x, w, _ in units)))
                mode.append(max(units, key=lambda unit: unit[2])[0])
                top.append(max(density for _, _, density in units))
            self.assertEqual(mode, sorted(mode, reverse=True))
            self.assertEqual(width, sorted(width))
            self.assertEqual(top, sorted(top, reverse=True))
        # "widest and faster" beta, "longest and narrowest" viscoplastic; anelastic and
        # viscoplastic overlap, beta does not.
        for sample in SAMPLES:
            def density(component, at):
                return min(spectra[sample, component], key=lambda u: abs(u[0] - at))[2]
            beta, an, vp = (max(spectra[sample, c], key=lambda u: u[2])
                            for c in ('beta', 'anelastic', 'viscoplastic'))
            self.assertTrue(beta[0] < an[0] < vp[0] and beta[2] < an[2] < vp[2])
            self.assertGreater(density('viscoplastic', an[0]), 0.3 * vp[2])
            self.assertLess(density('beta', an[0]), 0.02 * beta[2])


if __name__ == '__main__':
    harness.main()
