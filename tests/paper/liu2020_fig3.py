#!/usr/bin/env python3
"""Figs. 3(a), 3(b) and A1 of C. Liu, X. Yan, P. Sharma, Y. Fan, "Unraveling the non-monotonic ageing
of metallic glasses in the metastability-temperature space", Comput. Mater. Sci. 172, 109347 (2020):
the rates mined from all annealing curves (A1), the surface through them with T_max and T_ss (3a),
and horizontal scans at five E_IS (3b).

Inputs: data/cuzr/ageing/curves, rates.csv and map.csv (data/cuzr/ageing-make).

Differences from the paper, all of them:
  - The data: as liu2020_fig2.py says; hundreds of slopes instead of ten thousand. What the paper
    shows without errors has bands here (68 %), and only what they resolve is held.
  - Slopes within 0.2 meV/atom are averaged, weighted by what the noise of the curves of their kind
    of glass says; the paper averages those on the same pixel.
  - Smoothing by generalised cross-validation; the paper gives 6, in units of OriginLab.
  - The steady state is where dE_IS/dt = 0; the caption of Fig. 3 prints dE_IS/dT.

By hand: tests/paper/liu2020_fig3.py build/src/cli/pelrate [--data DIR] [--pictures DIR]
"""

import math
import os

import ageing
import harness

E, T, RATE, SE = ageing.E, ageing.T, ageing.RATE, ageing.SE


DEEP = 3e-3  # of E_IS, above the deepest glass [eV/atom]


def line(points):
    """(slope, its standard error) of y over x from (x, y, error)."""
    w = [1 / s ** 2 for _, _, s in points]
    total = math.fsum(w)
    mx = math.fsum(a * p[0] for a, p in zip(w, points)) / total
    my = math.fsum(a * p[1] for a, p in zip(w, points)) / total
    sxx = math.fsum(a * (p[0] - mx) ** 2 for a, p in zip(w, points))
    slope = math.fsum(a * (p[0] - mx) * (p[1] - my) for a, p in zip(w, points)) / sxx
    # Neighbouring E_IS share their data: the error of the line is that of a few, not of all.
    return slope, math.sqrt(len(points) / min(len(points), 3.0) / sxx)


class Figure3(ageing.Case):
    def setUp(self):
        super().setUp()
        self.all = ageing.curves()
        self.mine(self.all, '-o', 'all.csv', '--plot', 'liu2020_figA1.png')
        self.rates_of = self.mine_by_kind(self.all, 'rates.csv')

    def surface(self):
        e_is, temperatures = self.rates_of.numbers(E), self.rates_of.numbers(T)
        low, high = min(e_is), max(e_is)
        self.works('surface', 'rates.csv', '--temperature',
                   f'{min(temperatures):g}:{max(temperatures):g}:81', '--e-is',
                   f'{low:.6f}:{high:.6f}:61', '--curves', 'curves.csv', '--scans', 'scans.csv',
                   '-o', 'map.csv', '--plot', 'liu2020_fig3.png', stderr=None)
        self.keep('liu2020_fig3.png')
        self.map, self.scans = self.table('map.csv'), self.table('scans.csv')
        self.curves = [{k: float(v) if v else math.nan for k, v in row.items()}
                       for row in self.table('curves.csv').rows]
        print('\nsurface:', {k: self.map.keys[k] for k in (
            'rates', 'smoothing', 'effective_parameters', 'scatter_over_standard_error')})

    def test_figure(self):
        self.keep('liu2020_figA1.png')
        self.surface()
        for check in (self.what_ships_is_what_the_curves_give,
                      self.ageing_and_rejuvenation_are_apart_in_the_raw_data,
                      self.ageing_grows_with_energy,
                      self.steady_state_above_fastest_ageing,
                      self.deep_glasses_rejuvenate_above_the_steady_state,
                      self.scans_fall_and_rise_again):
            with self.subTest(check.__name__):
                check()

    def what_ships_is_what_the_curves_give(self):
        shipped = os.path.join(ageing.data, 'rates.csv')
        if not os.path.exists(shipped):
            return
        with open(shipped, encoding='utf-8') as file:
            rates = harness.Table(file.read())
        both = [sorted(zip(*map(t.numbers, (T, E, RATE, SE)))) for t in (rates, self.rates_of)]
        self.assertEqual(len(both[0]), len(both[1]))
        for row in zip(*both):
            for a, b in zip(*row):
                self.close(b, a, 1e-6, 1e-9)

    def ageing_and_rejuvenation_are_apart_in_the_raw_data(self):
        """"Although discretely distributed, the aging and rejuvenating regimes are clear": of single
        rates beyond two standard errors, most have the sign of the surface where they are."""
        rates = [(e, t, r, s) for e, t, r, s in zip(*map(self.rates_of.numbers,
                                                         (E, T, RATE, SE))) if abs(r) > 2 * s]
        grid = {}
        for row in self.map.rows:
            grid.setdefault(float(row[T]), []).append((float(row[E]), float(row[RATE])))
        same = ageing_right = ageing_all = 0
        for e, t, r, _ in rates:
            column = grid[min(grid, key=lambda x: abs(x - t))]
            there = min(column, key=lambda point: abs(point[0] - e))[1]
            same += there * r > 0
            ageing_all += r < 0
            ageing_right += r < 0 and there < 0
        print(f'{len(rates)} of {len(self.rates_of.rows)} rates beyond two standard errors, '
              f'{ageing_all} of them ageing; {same} have the sign of the surface '
              f'({ageing_right} ageing)')
        self.assertGreater(same, 0.75 * len(rates))

    def ageing_grows_with_energy(self):
        """At every temperature where both ends are known the highest glass ages faster than the
        deepest; nowhere the reverse beyond the bands."""
        checked = 0
        columns = {}
        for row in self.map.rows:
            if row['extrapolated'] == '0':
                columns.setdefault(float(row[T]), []).append(
                    (float(row[E]), *(float(row[f'rate{end}_eV_per_atom_per_s'])
                                      for end in ('', '_low', '_high'))))
        for t, column in columns.items():
            deep, high = min(column), max(column)
            if high[0] - deep[0] < 0.005:
                continue
            checked += 1
            self.assertLess(high[1], deep[1], t)
            self.assertLess(high[2], deep[3], t)
        print(f'the highest glass ages faster at {checked} temperatures of {len(columns)}')
        self.assertGreater(checked, len(columns) // 2)

    def steady_state_above_fastest_ageing(self):
        """T_max < T_ss; "as IS energy decreases, the maximum ageing rate temperature shifts towards
        the left side and meanwhile its interval with the ageing/rejuvenating transition temperature
        becomes narrower"."""
        for row in self.curves:
            if not math.isnan(row['T_max_K'] + row['T_ss_K']):
                self.assertLess(row['T_max_K'], row['T_ss_K'])
        for name, sign in (('T_max', 1), ('T_ss', 1)):
            points = [(row[E], row[f'{name}_K'],
                       max(5.0, 0.5 * (row[f'{name}_high_K'] - row[f'{name}_low_K'])))
                      for row in self.curves if not math.isnan(row[f'{name}_K']) and
                      row[f'{name}_share'] > 0.5]
            if len(points) < 4:
                print(f'{name}: at {len(points)} of {len(self.curves)} E_IS only')
                continue
            slope, error = line(points)
            print(f'{name}: {points[0][1]:.0f} K at {points[0][0]:.4f} to {points[-1][1]:.0f} K at '
                  f'{points[-1][0]:.4f} eV/atom, {1e-3 * slope:.1f} ± {1e-3 * error:.1f} K per '
                  f'meV/atom')
            self.assertGreater(sign * slope, -2.0 * error, name)

    def deep_glasses_rejuvenate_above_the_steady_state(self):
        """Of the deepest glasses E_IS rises at the highest temperatures: raw, without a surface."""
        noise = self.noise(self.all)
        top = max(ageing.temperatures_of(self.all))
        starts = {k: [c.start for c in self.all if c.kind == k]
                  for k in ageing.kinds_of(self.all)}
        order = sorted(starts, key=lambda k: sum(starts[k]) / len(starts[k]))
        for kind in order:
            here = [c for c in self.all if c.kind == kind and c.temperature == top]
            rise = [1e3 * (c.e_is[-1] - c.start) for c in here]
            if here:
                print(f'{kind} at {top:g} K: from its glass by '
                      f'{", ".join(f"{x:+.2f}" for x in rise)} meV/atom, mean rate '
                      f'{ageing.Mean([self.rate(c, noise) for c in here])} eV/atom/s')
        # Those within DEEP of the deepest; the rise is from the glass on, ramp and all.
        lowest = min(c.start for c in self.all)
        deep = [c for c in self.all if c.start < lowest + DEEP]
        for t in ageing.temperatures_of(deep):
            here = [c for c in deep if c.temperature == t]
            rise = ageing.Mean([(c.e_is[-1] - c.start, noise[c.kind, t][0]) for c in here])
            print(f'{t:g} K: {len(here)} deepest rise by {1e3 * rise.value:+.2f} ± '
                  f'{1e3 * rise.error:.2f} meV/atom')
        rise = ageing.Mean([(c.e_is[-1] - c.start, noise[c.kind, c.temperature][0])
                            for c in deep if c.temperature >= top - 101.0])
        self.assertGreater(rise.value, 2.0 * rise.error)

    def scans_fall_and_rise_again(self):
        """Fig. 3b at its highest E_IS: non-monotonic where the bands resolve it, or what there is
        instead."""
        scans = {}
        for row in self.scans.rows:
            if row['extrapolated'] == '0':
                scans.setdefault(float(row[E]), []).append((float(row[T]), float(row[RATE])))
        self.assertGreaterEqual(len(scans), 3)
        for e, scan in sorted(scans.items()):
            least = min(scan, key=lambda point: point[1])
            print(f'{e:.4f} eV/atom: {scan[0][0]:.0f} to {scan[-1][0]:.0f} K, fastest '
                  f'{least[1]:.2e} eV/atom/s at {least[0]:.0f} K, '
                  f'{scan[-1][1]:.2e} at the end')
        for scan in scans.values():
            self.assertLess(min(rate for _, rate in scan), 0.0)


if __name__ == '__main__':
    ageing.main()
