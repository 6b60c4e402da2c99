#!/usr/bin/env python3
"""Fig. 5 of C. Liu, X. Yan, P. Sharma, Y. Fan, "Unraveling the non-monotonic ageing of metallic
glasses in the metastability-temperature space", Comput. Mater. Sci. 172, 109347 (2020): ageing of a
glass of 4000 atoms beside that of 2000 atoms; "no statistical differences can be observed".

Inputs: data/cuzr/ageing/curves and large (data/cuzr/ageing-make).

Differences from the paper, all of them:
  - 200 ps instead of 10 ns, three temperatures, two runs of one glass of 4000 atoms cooled at
    10 K/ps beside two glasses of 2000 atoms.
  - The paper shows two sets of curves. Glasses of one cooling rate differ in E_IS by several
    meV/atom, more than they age, and the rate follows E_IS: so what is held here is the rate at
    one E_IS and temperature, mined from 4000 atoms, beside the surface through all rates of 2000
    atoms, with the errors of both; curves are drawn from where they start.

By hand: tests/paper/liu2020_fig5.py build/src/cli/pelrate [--data DIR] [--pictures DIR]
"""

import math

import ageing


class Figure5(ageing.Case):
    def test_figure(self):
        small, large = ageing.curves(), ageing.curves('large')
        self.assertEqual(len({c.atoms for c in small}), 1)
        self.assertEqual(len({c.atoms for c in large}), 1)
        self.assertEqual(large[0].atoms, 2 * small[0].atoms)
        self.mine_by_kind(small, 'rates.csv')
        rates = self.mine(large)
        beside = self.beside_surface('rates.csv', rates)
        # Beyond the place: the table of the log.
        print(f'\n{len(beside)} of {len(rates.rows)} rates of {large[0].atoms:g} atoms lie among '
              f'those of {small[0].atoms:g}')
        pulls = [(r - s) / math.hypot(e, b) for _, _, r, e, s, b in beside]
        by_T = {}
        for t, e_is, rate, error, surface, band in beside:
            by_T.setdefault(t, []).append((rate - surface, math.hypot(error, band)))
        for t, values in by_T.items():
            print(f'{t:g} K: difference of rates {ageing.Mean(values)} eV/atom/s '
                  f'({len(values)} places)')
        mean = ageing.Mean([(r - s, math.hypot(e, b)) for _, _, r, e, s, b in beside])
        rms = math.sqrt(sum(x * x for x in pulls) / len(pulls))
        print(f'over all {mean} eV/atom/s; differences are {rms:.2f} times their errors (rms)')
        self.picture_of(small, large, by_T)
        self.assertGreaterEqual(len(beside), 6)
        # No shift beyond three standard errors, no scatter that the errors do not know.
        self.assertLess(abs(mean.value), 3.0 * mean.error)
        self.assertLess(rms, 2.0)
        # E_IS per atom fluctuates less in the larger glass: by the square root of two, if pieces of
        # it are independent.
        for (kind, t), (point, _) in self.noise(large).items():
            print(f'{t:g} K: noise of a point {1e3 * point:.3f} meV/atom in {large[0].atoms:g} atoms')

    def picture_of(self, small, large, by_T):
        temperatures = ageing.temperatures_of(large)
        start = sum(c.start for c in large) / len(large)
        # Beside the kind that starts nearest.
        kinds = ageing.kinds_of(small)
        kind = min(kinds, key=lambda k: min(abs(c.start - start) for c in small if c.kind == k))
        script = ('set multiplot layout 1,%d\nset grid lc rgb "#e4e4e4" lt 1\n'
                  'set xlabel "time (ps)"\nset key bottom left font ",10"\n'
                  'set yrange [%g:%g]\n')
        low = high = 0.0
        panels = ''
        for k, t in enumerate(temperatures):
            parts = []
            chosen = ([(c, 7, '#2c7fb8') for c in small
                       if c.temperature == t and c.kind == kind] +
                      [(c, 5, '#d7301f') for c in large if c.temperature == t])
            for j, (c, point, colour) in enumerate(chosen):
                change = [1e3 * (e - c.start) for e in c.e_is]
                low, high = min(low, *change), max(high, *change)
                panels += ageing.block(f'c{k}_{j}', zip(c.time, change))
                title = (f'{c.atoms:g} atoms, {1e3 * c.start:.0f} meV/atom')
                parts.append(f'$c{k}_{j} with linespoints pt {point} ps 0.6 lw 1.5 lc rgb '
                             f'"{colour}" title "{title}"')
            panels += (f'set title "{t:g} K"\nset ylabel "'
                       f'{"E_{IS} - E_{IS} of the glass (meV/atom)" if k == 0 else ""}"\n'
                       'plot ' + ', '.join(parts) + '\n')
        span = high - low
        self.draw('liu2020_fig5.png', script % (len(temperatures), low - 0.6 * span,
                                                high + 0.1 * span) + panels +
                  'unset multiplot\n', (1000, 400))


if __name__ == '__main__':
    ageing.main()
