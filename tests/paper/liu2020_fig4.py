#!/usr/bin/env python3
"""Figs. 4(b) and 4(c) of C. Liu, X. Yan, P. Sharma, Y. Fan, "Unraveling the non-monotonic
ageing of metallic glasses in the metastability-temperature space", Comput. Mater. Sci. 172,
109347 (2020): the map of dE_IS/dt by Eqs. (1) and (2), and the exotherm that moves to lower
temperature for faster cooling.

Inputs: data/reference/r1.landscape.csv, closure log-mean, atoms = paths = 1 (the equation to
the letter).

Differences from the paper, all of them:
  - The spectra. The paper takes P(E_A|E_IS) and P(E_R|E_IS) from Fan et al., Nat. Commun. 8,
    15417 (2017); neither paper prints them and no file of them is public. R1 is calibrated, not
    sampled: absolute energies, temperatures and rates are therefore not those of the paper, and
    only what the paper states in words is held.
  - Rates are per atom. The paper writes eV/s for what can only be eV/s per atom (its contour at
    -1e6 eV/s times its 10 ns is 0.01 eV, the spread of its E_IS per atom).
  - The steady state is where dE_IS/dt = 0; the caption of Fig. 3 prints dE_IS/dT.
  - Integration by CVODE at rtol 1e-8; the paper steps T_(i+1) = T_i + dt rate.
  - The scans start from the steady state at 900 K; the paper does not say from where.

By hand: tests/paper/liu2020_fig4.py build/src/cli/pelrate
"""

import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cli'))
import harness  # noqa: E402

R1 = os.path.join('data', 'reference', 'r1.landscape.csv')


class Figure4b(harness.Case):
    def test_figure(self):
        os.symlink(harness.source('data'), self.path('data'))
        self.works('map', R1, '--temperature', '300:1200:91', '--e-is', '-4.70:-4.662:39',
                   '-o', 'map.csv', '--curves', 'curves.csv', '--plot', 'fig4b.svg')
        self.map = self.table('map.csv')
        self.curves = self.table('curves.csv')
        for check in (self.one_crossing_from_ageing_to_rejuvenation_in_each_row,
                      self.the_map_and_the_curves_are_one_thing,
                      self.ageing_is_fastest_below_the_steady_state_and_the_gap_narrows,
                      self.contours_over_more_than_ten_decades):
            with self.subTest(check.__name__):
                check()
        self.assertGreater(len(self.picture('fig4b.svg')), 10000)

    def rows_of_map(self):
        rows = {}
        for row in self.map.rows:
            rows.setdefault(float(row['e_is_eV_per_atom']), []).append(
                (float(row['temperature_K']), float(row['rate_eV_per_atom_per_s'])))
        return rows

    def one_crossing_from_ageing_to_rejuvenation_in_each_row(self):
        rows = self.rows_of_map()
        self.assertEqual(len(rows), 39)
        for e_is, row in rows.items():
            signs = [rate > 0.0 for _, rate in sorted(row)]
            self.assertFalse(signs[0], e_is)
            self.assertLessEqual(sum(a != b for a, b in zip(signs, signs[1:])), 1, e_is)

    def the_map_and_the_curves_are_one_thing(self):
        """The sign changes between the grid points that enclose T_ss; no grid point ages
        faster than the refined maximum."""
        rows = self.rows_of_map()
        for e_is, t_max, fastest, t_ss in zip(*map(self.curves.numbers, self.curves.columns)):
            for temperature, rate in rows[e_is]:
                if temperature < t_ss - 1e-6:
                    self.assertLess(rate, 0.0, (e_is, temperature))
                if temperature > t_ss + 1e-6:
                    self.assertGreater(rate, 0.0, (e_is, temperature))
                self.assertGreaterEqual(rate, fastest * (1.0 + 1e-12), (e_is, temperature))
            self.assertLess(t_max, t_ss, e_is)

    def ageing_is_fastest_below_the_steady_state_and_the_gap_narrows(self):
        """"As IS energy decreases, the maximum ageing rate temperature shifts towards the left
        side and meanwhile its interval with the transition temperature becomes narrower." R1
        bends back above -4.664 eV/atom, where its barriers vanish; the words hold below."""
        e_is = self.curves.numbers('e_is_eV_per_atom')
        t_max = self.curves.numbers('T_max_K')
        t_ss = self.curves.numbers('T_ss_K')
        order = sorted(range(len(e_is)), key=lambda i: e_is[i])
        self.assertEqual(order, list(range(len(order))))
        for i in order[1:]:
            if e_is[i] > -4.665:
                break
            self.assertGreater(t_max[i], t_max[i - 1])
            self.assertGreater(t_ss[i], t_ss[i - 1])
            self.assertGreater(t_ss[i] - t_max[i], t_ss[i - 1] - t_max[i - 1])
        self.assertGreater(i, 30)

    def contours_over_more_than_ten_decades(self):
        ageing = [-float(row['rate_eV_per_atom_per_s']) for row in self.map.rows
                  if float(row['rate_eV_per_atom_per_s']) < 0.0]
        self.assertGreater(math.log10(max(ageing) / min(ageing)), 10.0)
        # The contour that the paper checks against molecular dynamics lies on the map.
        self.assertTrue(min(ageing) < 1e6 < max(ageing))


class Figure4c(harness.Case):
    def test_figure(self):
        os.symlink(harness.source('data'), self.path('data'))
        self.works('dsc', R1, '--cool', '20,200,2000', '--heat', '1', '--start', '900',
                   '--bottom', '300', '--end', '900', '-o', 'scans.csv', '--peaks',
                   'peaks.csv', '--plot', 'fig4c.svg')
        self.peaks = self.table('peaks.csv')
        for check in (self.exotherms_move_to_lower_temperature_and_grow,
                      self.enthalpies_are_those_of_bulk_metallic_glasses):
            with self.subTest(check.__name__):
                check()
        self.assertGreater(len(self.picture('fig4c.svg')), 5000)

    def exotherms_move_to_lower_temperature_and_grow(self):
        self.assertEqual(self.peaks.numbers('cool_K_per_s'), [20.0, 200.0, 2000.0])
        for column in ('onset_K', 'peak_K'):
            t = self.peaks.numbers(column)
            self.assertTrue(t[0] - 10.0 > t[1] and t[1] - 10.0 > t[2], (column, t))
        for column in ('enthalpy_kJ_per_mol', 'fictive_temperature_K', 'e_glass_eV_per_atom'):
            values = self.peaks.numbers(column)
            self.assertTrue(values[0] < values[1] < values[2], (column, values))

    def enthalpies_are_those_of_bulk_metallic_glasses(self):
        """0.1 to 2 kJ/mol for glasses cooled at 20 to 2000 K/s."""
        for enthalpy in self.peaks.numbers('enthalpy_kJ_per_mol'):
            self.assertTrue(0.1 < enthalpy < 2.0, enthalpy)


if __name__ == '__main__':
    harness.main()
