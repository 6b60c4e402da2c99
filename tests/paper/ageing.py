"""What the figures of the ageing experiment share (data/cuzr/ageing; Liu et al. (2020), Figs. 2, 3,
4, 5, A1, A2): which curves there are, their rates with errors, pictures.

The folder is that of PEL_AGEING, or of --data DIR after the program on the command line.
Pictures go to PEL_FIGURES or --pictures DIR, else to the folder of the test, which goes.
Kinds of glasses, temperatures and lengths are read from the files, never assumed."""

import glob
import math
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cli'))
import harness  # noqa: E402

E, T, RATE, SE = ('e_is_eV_per_atom', 'temperature_K', 'rate_eV_per_atom_per_s',
                  'standard_error')
COLOURS = ['#313695', '#4575b4', '#74add1', '#91bfa0', '#c9b458', '#f39c4a', '#e0603b',
           '#a50026', '#6b0018', '#300010']

data = os.environ.get('PEL_AGEING', harness.source('data', 'cuzr', 'ageing'))
figures = os.environ.get('PEL_FIGURES')


def main():
    """harness.main() after taking --data and --pictures off the command line."""
    global data, figures
    for name in ('--data', '--pictures'):
        if name in sys.argv:
            at = sys.argv.index(name)
            value = os.path.abspath(sys.argv[at + 1])
            del sys.argv[at:at + 2]
            if name == '--data':
                data = value
            else:
                figures = value
    harness.main()


class Curve:
    """E_IS(t) of one replica of one glass at one temperature."""

    def __init__(self, path, table, replica):
        name = os.path.basename(path)
        found = re.match(r'cu56zr44-([a-z]+)(\d*)-s(\d+)-', name)
        self.path, self.name = path, name
        # r10-s2: cooled at 10 K/ps, second sample; swap-s1: a kind without a rate
        self.kind = found[1] + found[2] if found else name.rsplit('-', 2)[0]
        self.cool = float(found[2]) if found and found[1] == 'r' else math.nan  # [K/ps]
        self.sample = int(found[3]) if found else 0
        self.atoms = float(table.keys['atoms'])
        self.start = float(table.keys['start_e_is_eV_per_atom'])  # of the glass [eV/atom]
        rows = [row for row in table.rows if row['replica'] == replica]
        self.temperature = float(rows[0][T])
        self.time = [float(row['time_ps']) for row in rows]
        self.e_is = [float(row[E]) for row in rows]

    def until(self, time_ps):
        """(duration, first, last): what happened up to a time."""
        k = max(i for i, t in enumerate(self.time) if t <= time_ps + 1e-9)
        return self.time[k] - self.time[0], self.e_is[0], self.e_is[k]


def curves(folder='curves'):
    """All curves of a folder, by kind, sample and temperature; the test is skipped if there are
    none."""
    found = []
    for path in sorted(glob.glob(os.path.join(data, folder, '*.csv'))):
        with open(path, encoding='utf-8') as file:
            table = harness.Table(file.read())
        for replica in sorted({row['replica'] for row in table.rows}, key=int):
            found.append(Curve(path, table, replica))
    if not found:
        raise unittest.SkipTest(f'no curves in {os.path.join(data, folder)}')
    order = {kind: k for k, kind in enumerate(kinds_of(found))}
    found.sort(key=lambda c: (order[c.kind], c.sample, c.temperature, c.path))
    return found


def kinds_of(found):
    """The kinds of glass, from those cooled fast to those cooled slowly, then the others."""
    kinds = {c.kind: c.cool for c in found}
    return sorted(kinds, key=lambda k: (math.isnan(kinds[k]), -kinds[k], k))


def temperatures_of(found):
    return sorted({c.temperature for c in found})


class Mean:
    """A mean with its standard error, from values with errors of their own: weighted by them, and
    the error no smaller than the scatter about the mean says (glasses differ by more than their
    noise)."""

    def __init__(self, values):
        weights = [1 / s ** 2 for _, s in values]
        total = math.fsum(weights)
        self.n = len(values)
        self.value = math.fsum(w * v for w, (v, _) in zip(weights, values)) / total
        chi2 = math.fsum(w * (v - self.value) ** 2 for w, (v, _) in zip(weights, values))
        self.scatter = math.sqrt(chi2 / (self.n - 1)) if self.n > 1 else math.nan
        self.error = max(1.0, self.scatter if self.n > 1 else 1.0) / math.sqrt(total)

    def __str__(self):
        return f'{self.value:.3g} ± {self.error:.2g}'


class Over:
    """The plain mean of some means, such as those of several temperatures: what differs between them
    is no error."""

    def __init__(self, means):
        self.n = len(means)
        self.value = math.fsum(m.value for m in means) / self.n
        self.error = math.sqrt(math.fsum(m.error ** 2 for m in means)) / self.n

    def __str__(self):
        return f'{self.value:.3g} ± {self.error:.2g}'


class Difference:
    """a - b of two means, and how many combined standard errors that is."""

    def __init__(self, a, b):
        self.value = a.value - b.value
        self.error = math.hypot(a.error, b.error)
        self.sigmas = self.value / self.error

    def __str__(self):
        return f'{self.value:.3g} ± {self.error:.2g} ({self.sigmas:+.1f} standard errors)'


class Case(harness.Case):
    """A figure: a folder with the data in it, a picture, and what is said with numbers."""

    def setUp(self):
        super().setUp()
        if not os.path.isdir(data):
            self.skipTest(f'{data} is not there')
        os.symlink(data, self.path('ageing'))

    def mine(self, found, *options):
        """`pelrate mine` on the files of these curves. Returns its table."""
        paths = sorted({os.path.relpath(c.path, data) for c in found})
        return harness.Table(self.works(
            'mine', *(os.path.join('ageing', path) for path in paths), *options,
            stderr=None))

    def mine_by_kind(self, found, name):
        """`pelrate mine`, one kind of glass after the other, into one table of rates: deep glasses are
        quieter than fast ones, and rates are weighted by what the noise is taken for. As
        data/cuzr/ageing-make does it. Returns the table."""
        tables = [self.mine([c for c in found if c.kind == kind]) for kind in kinds_of(found)]
        self.write(name, f'# atoms: {found[0].atoms:g}\n' + ','.join(tables[0].columns) + '\n' +
                   ''.join(','.join(row.values()) + '\n' for t in tables for row in t.rows))
        return self.table(name)

    def noise(self, found):
        """(kind, T) -> (of each point, of the random walk), as `mine` finds them for each kind
        [eV/atom, eV/atom/sqrt(ps)]."""
        noise = {}
        for kind in kinds_of(found):
            keys = self.mine([c for c in found if c.kind == kind]).keys
            lists = [[float(x) for x in keys[name].split()] for name in (
                'noise_temperature_K', 'noise_of_points_eV_per_atom',
                'noise_of_walk_eV_per_atom_per_sqrt_ps')]
            noise.update({(kind, t): (p, w) for t, p, w in zip(*lists)})
        return noise

    @staticmethod
    def rate(curve, noise, until=math.inf):
        """(mean rate of a curve up to a time, its standard error) [eV/atom/s]: the long chord, which
        is the mean of all its slopes."""
        time, first, last = curve.until(until)
        point, walk = noise[curve.kind, curve.temperature]
        return ((last - first) / (1e-12 * time),
                math.sqrt(2 * point ** 2 + walk ** 2 * time) / (1e-12 * time))

    def rates(self, found, noise, until=math.inf):
        """T -> Mean over these curves [eV/atom/s]."""
        return {t: Mean([self.rate(c, noise, until) for c in found if c.temperature == t])
                for t in temperatures_of(found)}

    def beside_surface(self, rates, others):
        """Rates beside the surface through other rates: for each row of the table `others` that has
        rates of the file `rates` around it, (its T, E_IS, rate, standard error, the surface there,
        half its band)."""
        surface = harness.Table(self.works(
            'surface', rates, '--keep', '0', '--bootstrap', '100', '--temperature',
            ','.join(sorted({row[T] for row in others.rows})), '--e-is',
            ','.join(sorted({row[E] for row in others.rows})), stderr=None))
        there = {(float(row[T]), float(row[E])): row for row in surface.rows}
        found = []
        for row in others.rows:
            at = there[float(row[T]), float(row[E])]
            if at['extrapolated'] == '0':
                low, high = (float(at[f'rate_{end}_eV_per_atom_per_s'])
                             for end in ('low', 'high'))
                found.append((float(row[T]), float(row[E]), float(row[RATE]), float(row[SE]),
                              float(at[RATE]), 0.5 * (high - low)))
        return found

    def keep(self, name, source=None):
        """A picture that the test drew goes where pictures are wanted."""
        content = self.picture(source or name)
        self.assertGreater(len(content), 3000, name)
        if figures:
            os.makedirs(figures, exist_ok=True)
            with open(os.path.join(figures, name), 'wb') as file:
                file.write(content)

    def draw(self, name, script, size=(900, 560)):
        """A picture by gnuplot."""
        kind = name.rsplit('.', 1)[1]
        terminal = {'svg': 'svg enhanced background rgb "white" font "sans,12"',
                    'png': 'pngcairo enhanced font "sans,11"'}[kind]
        text = (f'set terminal {terminal} size {size[0]},{size[1]}\n'
                f"set output '{name}'\nset encoding utf8\nset minussign\n{script}")
        done = subprocess.run(['gnuplot'], input=text, text=True, cwd=self.dir, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr), (0, ''), script[:2000])
        self.keep(name)


def block(name, rows):
    """An inline data block; None ends a line of the picture."""
    return f'${name} << EOD\n' + ''.join(
        ('\n' if row is None else ' '.join(f'{x:.9g}' for x in row) + '\n')
        for row in rows) + 'EOD\n'


def table(head, rows):
    """Print a table for the log of the test."""
    width = [max(len(str(row[k])) for row in [head, *rows]) for k in range(len(head))]
    for row in [head, *rows]:
        print('  '.join(str(x).rjust(w) for x, w in zip(row, width)))
