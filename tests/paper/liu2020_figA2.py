#!/usr/bin/env python3
"""Fig. A2 of C. Liu, X. Yan, P. Sharma, Y. Fan, "Unraveling the non-monotonic ageing of metallic
glasses in the metastability-temperature space", Comput. Mater. Sci. 172, 109347 (2020): annealing three
times as long; "there are no discernable changes to the non-monotonic ageing behaviors".

Inputs: data/cuzr/ageing/curves and long (data/cuzr/ageing-make).

Differences from the paper, all of them:
  - 600 ps beside 200 ps instead of 30 ns beside 10 ns, four temperatures, glasses cooled at 10 K/ps.
  - With one glass the order of temperatures is seen at 1.2 standard errors in 200 ps and at 1.1 in
    600 ps: not against the paper, and no proof of it.
  - The long runs go on from where the short ones ended (the first third is the same to the bit);
    what is new is the rest. Held are the order of temperatures in both lengths, and that the rates
    mined from the rest alone lie where the surface through the short curves says at their E_IS and
    temperature, with the errors of both.

By hand: tests/paper/liu2020_figA2.py build/src/cli/pelrate [--data DIR] [--pictures DIR]
"""

import math

import ageing

COLD, HOT = 600.0, 700.0  # [K]


class FigureA2(ageing.Case):
    def test_figure(self):
        short, long = ageing.curves(), ageing.curves('long')
        lengths = max(c.time[-1] for c in short), max(c.time[-1] for c in long)
        self.assertGreaterEqual(lengths[1], 2.5 * lengths[0])
        self.picture_of(long, lengths[0])
        self.mine_by_kind(short, 'rates.csv')
        noise = self.noise(long)
        means = [self.rates(long, noise, until) for until in (lengths[0], math.inf)]
        print('\nmean rate (1e6 eV/atom/s)')
        ageing.table(['T (K)'] + [f'{x:g} ps' for x in lengths], [
            [f'{t:g}'] + [f'{1e-6 * m[t].value:.1f} ± {1e-6 * m[t].error:.1f}' for m in means]
            for t in ageing.temperatures_of(long)])
        for k, length in enumerate(lengths):
            cold, hot = (ageing.Over([m for t, m in means[k].items() if side(t)])
                         for side in (lambda t: t <= COLD, lambda t: t >= HOT))
            difference = ageing.Difference(hot, cold)
            print(f'{length:g} ps: from {HOT:g} K on {hot}, up to {COLD:g} K {cold}, difference '
                  f'{difference} eV/atom/s')
            # One glass at four temperatures: the order holds in both lengths, each beyond one
            # standard error but not beyond two. What is beyond doubt is in Fig. 2.
            self.assertLess(difference.sigmas, -1.0)
        self.the_rest_is_where_the_surface_says(long, lengths[0])

    def the_rest_is_where_the_surface_says(self, long, until):
        rest = self.mine(long, '--from-ps', f'{until:g}')
        beside = self.beside_surface('rates.csv', rest)
        print(f'{len(beside)} of {len(rest.rows)} rates after {until:g} ps lie among the others')
        self.assertGreater(len(beside), len(rest.rows) // 4)
        for t in sorted({row[0] for row in beside}):
            values = [(r - s, math.hypot(e, b)) for x, _, r, e, s, b in beside if x == t]
            print(f'{t:g} K: difference {ageing.Mean(values)} eV/atom/s ({len(values)} places)')
        mean = ageing.Mean([(r - s, math.hypot(e, b)) for _, _, r, e, s, b in beside])
        rms = math.sqrt(sum((r - s) ** 2 / (e * e + b * b) for _, _, r, e, s, b in beside) /
                        len(beside))
        print(f'over all {mean} eV/atom/s; differences are {rms:.2f} times their errors (rms)')
        self.assertLess(abs(mean.value), 3.0 * mean.error)
        self.assertLess(rms, 2.0)

    def picture_of(self, long, until):
        temperatures = ageing.temperatures_of(long)
        samples = sorted({(c.kind, c.sample) for c in long})
        script = f'set multiplot layout 1,{len(samples)}\n'
        for k, name in enumerate(samples):
            mine = [c for c in long if (c.kind, c.sample) == name]
            for j, c in enumerate(mine):
                script += ageing.block(f'c{k}_{j}', zip(c.time, c.e_is))
            script += (
                f'set title "{name[0]}, sample {name[1]}"\nset grid lc rgb "#e4e4e4" lt 1\n'
                f'set xlabel "time (ps)"\nset ylabel "{{/:Italic E}}_{{IS}} (eV/atom)"\n'
                f'set format y "%.3f"\nset key bottom left\nset offsets 0,0,0,graph 0.25\n'
                f'set arrow 1 from {until:g}, graph 0 to {until:g}, graph 1 nohead dt 2 '
                'lc rgb "#808080"\n'
                'plot ' + ', '.join(
                    f'$c{k}_{j} with linespoints pt 7 ps 0.4 lw 1.5 lc rgb "'
                    f'{ageing.COLOURS[(2 * temperatures.index(c.temperature) + 1) % 10]}" '
                    f'title "{c.temperature:g} K"' for j, c in enumerate(mine)) + '\n')
        self.draw('liu2020_figA2.png', script + 'unset multiplot\n', (1000, 460))


if __name__ == '__main__':
    ageing.main()
