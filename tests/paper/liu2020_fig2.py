#!/usr/bin/env python3
"""Fig. 2 of C. Liu, X. Yan, P. Sharma, Y. Fan, "Unraveling the non-monotonic ageing of metallic
glasses in the metastability-temperature space", Comput. Mater. Sci. 172, 109347 (2020): E_IS(t) of a
glass cooled at 10 K/ps, annealed at 500 to 850 K, and (inset) the slopes that are mined from it;
beside it, what the paper says of the other samples: the mean rate over temperature of each.

Inputs: data/cuzr/ageing/curves and long (data/cuzr/ageing-make).

Differences from the paper, all of them:
  - 200 ps a curve (600 ps at some temperatures) instead of 10 ns, two samples instead of five runs;
    the mean rate is that of these 200 ps, when the glass still ages fast.
  - The potential: Mendelev's of 2007 (CuZr_mm.eam.fs), not that of Cheng et al. (2009).
  - Glasses cooled at 1 to 1000 K/ps (paper: 0.01 to 10; of 1 K/ps there is one glass, its second
    sample is the same with other velocities), settled at 300 K before (see
    data/cuzr/README.md), and the paper's lowest E_IS reached by exchanges of atoms (swap).
  - Inherent structures at zero pressure, minimised to 1e-4 eV/A; the paper's cell is not said.
  - t = 0 is after a ramp of 5 ps to the temperature; a few flips during it are in E_IS(0).

By hand: tests/paper/liu2020_fig2.py build/src/cli/pelrate [--data DIR] [--pictures DIR]
"""

import math

import ageing

COLD, HOT = (500.0, 600.0), (700.0, 800.0)  # of the paper's words [K]


def within(t, window):
    return window[0] <= t <= window[1]


class Figure2(ageing.Case):
    def setUp(self):
        super().setUp()
        self.all = ageing.curves()
        self.noise_of = self.noise(self.all)
        self.kinds = ageing.kinds_of(self.all)
        # The glass of the figure: cooled at 10 K/ps or as near to it as there is.
        cooled = {c.kind: c.cool for c in self.all if not math.isnan(c.cool)}
        self.shown = min(cooled, key=lambda k: abs(math.log10(cooled[k] / 10.0)))
        # Rates fall with time: means of equally long curves.
        longest = max(c.time[-1] for c in self.all)
        self.mean = {k: self.rates([c for c in self.all if c.kind == k and
                                    c.time[-1] == longest], self.noise_of) for k in self.kinds}
        self.kinds = [k for k in self.kinds if self.mean[k]]

    def over(self, kind, window):
        """Mean rate of a kind over the temperatures of a window [eV/atom/s]."""
        return ageing.Over([m for t, m in self.mean[kind].items() if within(t, window)])

    def test_figure(self):
        temperatures = ageing.temperatures_of(self.all)
        print('\nmean rate (1e6 eV/atom/s) over the whole curve')
        ageing.table(['glass', 'E_IS (eV/atom)'] + [f'{t:g} K' for t in temperatures], [
            [k, f'{self.start(k):.4f}'] + [
                f'{1e-6 * self.mean[k][t].value:.1f} ± {1e-6 * self.mean[k][t].error:.1f}'
                if t in self.mean[k] else '' for t in temperatures] for k in self.kinds])
        self.picture_of_curves()
        for check in (self.ageing_is_not_monotonic_in_temperature,
                      self.glasses_cooled_more_slowly_age_more_slowly):
            with self.subTest(check.__name__):
                check()

    def start(self, kind):
        return sum(c.start for c in self.all if c.kind == kind) / \
            sum(c.kind == kind for c in self.all)

    def ageing_is_not_monotonic_in_temperature(self):
        """"In the regime from 500 K to 750 K by increasing the temperature, the IS energy drops to a
        deeper level within the same amount of time"."""
        cold, hot = self.over(self.shown, COLD), self.over(self.shown, HOT)
        difference = ageing.Difference(hot, cold)
        print(f'{self.shown}: {hot} at {HOT} K, {cold} at {COLD} K, difference {difference}')
        self.assertLess(hot.value, 0.0)
        self.assertLess(difference.sigmas, -2.0)

    def glasses_cooled_more_slowly_age_more_slowly(self):
        """At the same temperature, over those at which most kinds were annealed."""
        cooled = [k for k in self.kinds if k.startswith('r')]
        means = {k: self.over(k, (COLD[1], HOT[1])) for k in cooled}
        for k in cooled:
            print(f'{k}: {means[k]} eV/atom/s at {COLD[1]:g} to {HOT[1]:g} K')
        fast, slow = cooled[0], cooled[-1]
        difference = ageing.Difference(means[fast], means[slow])
        print(f'{fast} - {slow}: {difference}')
        self.assertLess(difference.sigmas, -3.0)
        # No pair of neighbours the other way round beyond its errors.
        for a, b in zip(cooled, cooled[1:]):
            self.assertLess(ageing.Difference(means[a], means[b]).sigmas, 3.0, (a, b))

    def picture_of_curves(self):
        sample = min(c.sample for c in self.all if c.kind == self.shown)
        mine = [c for c in self.all if (c.kind, c.sample) == (self.shown, sample)]
        temperatures = ageing.temperatures_of(mine)
        script = ''
        for k, c in enumerate(mine):
            script += ageing.block(f'c{k}', zip(c.time, c.e_is))
        # The inset: the chords of one curve, and where they are booked.
        chosen = min(mine, key=lambda c: abs(c.temperature - 750.0))
        script += ageing.block('chosen', zip(chosen.time, chosen.e_is))
        middles = [((a + b) / 2, (e + f) / 2, (f - e) / (1e-12 * (b - a))) for a, b, e, f in zip(
            chosen.time, chosen.time[1:], chosen.e_is, chosen.e_is[1:])]
        script += ageing.block('middles', middles)
        for k, kind in enumerate(self.kinds):
            script += ageing.block(f'r{k}', [
                (t, 1e-6 * m.value, 1e-6 * m.error) for t, m in self.mean[kind].items()])
        script += (
            'set multiplot\nset grid lc rgb "#e4e4e4" lt 1\n'
            'set lmargin at screen 0.09\nset rmargin at screen 0.50\n'
            'set bmargin at screen 0.11\nset tmargin at screen 0.92\n'
            f'set title "glass cooled at {mine[0].cool:g} K/ps, annealed"\n'
            'set xlabel "time (ps)"\nset ylabel "{/:Italic E}_{IS} (eV/atom)"\n'
            'set format y "%.3f"\nset key bottom left font ",10" maxrows 5\n'
            'set offsets 0,0,graph 0.45,graph 0.2\nplot ' + ', '.join(
                f'$c{k} with linespoints pt 7 ps 0.4 lw 1.5 lc rgb '
                f'"{ageing.COLOURS[temperatures.index(c.temperature) % 10]}" '
                f'title "{c.temperature:g} K"' for k, c in enumerate(mine)) + '\n'
            'set origin 0.24,0.60\nset size 0.26,0.31\nset lmargin at screen 0.31\n'
            'set rmargin at screen 0.485\nset bmargin at screen 0.69\nset tmargin at screen 0.885\n'
            f'set title "slopes mined at {chosen.temperature:g} K (10^6 eV/atom/s)" '
            'font ",8" offset 0,-0.9\nset xtics 50\nset xrange [-5:*]\n'
            'unset xlabel\nunset ylabel\nset tics font ",8"\nset nokey\n'
            'set offsets graph 0.05,graph 0.12,graph 0.3,graph 0.15\n'
            'plot $chosen with linespoints pt 7 ps 0.5 lc rgb "#303030", '
            '$middles using 1:2:(sprintf("%+.0f",$3*1e-6)) with labels offset 0,0.7 font ",8" '
            'tc rgb "#a50026", $middles using 1:2 with points pt 5 ps 0.4 lc rgb "#a50026"\n'
            'set lmargin at screen 0.59\nset rmargin at screen 0.98\n'
            'set bmargin at screen 0.11\nset tmargin at screen 0.92\nset tics font ",12"\n'
            'set title "mean rate, by kind of glass (r10: cooled at 10 K/ps)" '
            'font ",12" offset 0,0\n'
            'set xtics 100\nset xrange [*:*]\n'
            'set xlabel "temperature (K)"\n'
            'set ylabel "d{/:Italic E}_{IS}/d{/:Italic t} (10^6 eV/atom/s)" offset 1\n'
            'set format y "%g"\nset xzeroaxis lc rgb "#606060"\n'
            'set key bottom left font ",10" maxrows 4\n'
            'set offsets graph 0.03,graph 0.03,graph 0.03,graph 0.2\nplot ' + ', '.join(
                f'$r{k} with yerrorlines pt 7 ps 0.5 lw 1.5 lc rgb '
                f'"{ageing.COLOURS[(len(self.kinds) - 1 - k) * 9 // max(1, len(self.kinds) - 1)]}"'
                f' title "{kind}"' for k, kind in enumerate(self.kinds)) +
            '\nunset multiplot\n')
        self.draw('liu2020_fig2.png', script, (1000, 520))


if __name__ == '__main__':
    ageing.main()
