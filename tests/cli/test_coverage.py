#!/usr/bin/env python3
"""pelrate coverage: the estimates recomputed by their definitions from the record."""

import collections
import math
import random

import harness

KEYS = ('# format: pelrate-events 1\n# atoms: 2000\n# molar_mass_g_per_mol: 75.72432\n'
        '# settings: potential=mm;\n')
NAMES = ('sample,e_is_eV_per_atom,search,atom,status,e_a_eV,e_r_eV,eigenvalue_eV_per_A2,'
         'force_calls,displacement_A,moved_atoms,duplicate_of\n')
GLASSES = (('a', -4.6902, 150), ('b', -4.6894, 90), ('c', -4.6695, 120))


class Coverage(harness.Case):
    def setUp(self):
        super().setUp()
        draw = random.Random(5)
        self.hits, self.searches = collections.defaultdict(list), {}
        rows = []
        for glass, e_is, n in GLASSES:
            self.searches[glass] = n
            first = {}
            for i in range(n):
                if draw.random() < 0.4:
                    rows.append(f'{glass},{e_is},{i},7,not converged,,,,600,,,\n')
                    continue
                path = int(draw.paretovariate(0.4)) % 400
                e_a = 0.02 + (path * 0.137) % 1.7
                self.hits[glass, path, e_a].append(i)
                rows.append(f'{glass},{e_is},{i},7,valid,{e_a!r},0.3,-1.2,600,2.5,12,'
                            f'{first.get(path, "")}\n')
                first.setdefault(path, i)
        self.write('events.csv', KEYS + NAMES + ''.join(rows))

    def expected(self, glass, below):
        """Counts and Chao1 of a glass, by the book."""
        hits = [h for (g, _, e_a), h in self.hits.items() if g == glass and e_a < below]
        n, f1 = sum(map(len, hits)), sum(len(h) == 1 for h in hits)
        f2 = sum(len(h) == 2 for h in hits)
        chao1 = len(hits) + (n - 1) / n * f1 * (f1 - 1) / (2 * (f2 + 1))
        even = sum(any(i % 2 == 0 for i in h) for h in hits)
        odd = sum(any(i % 2 for i in h) for h in hits)
        both = even + odd - len(hits)
        return (n, len(hits), f1, f2, 1 - f1 / n, chao1, even, odd, both,
                (even + 1) * (odd + 1) / (both + 1) - 1)

    NUMBERS = ('valid', 'distinct', 'singletons', 'doubletons', 'found_share', 'chao1', 'even',
               'odd', 'both', 'recapture')

    def test_by_definition(self):
        out = harness.Table(self.works('coverage', 'events.csv', '--level-gap', '0.002',
                                       '--tail', '0.4', '--quiet'))
        self.assertEqual(out.keys['format'], 'pelrate-coverage 1')
        self.assertTrue(out.keys['estimates'].startswith('lower bounds'))
        self.assertEqual([(row['level'], row['sample'], row['below_e_a_eV']) for row in out.rows],
                         [('1', 'a', ''), ('1', 'b', ''), ('1', '', ''),
                          ('1', 'a', '0.4'), ('1', 'b', '0.4'), ('1', '', '0.4'),
                          ('2', 'c', ''), ('2', '', ''), ('2', 'c', '0.4'), ('2', '', '0.4')])
        sums = collections.defaultdict(float)
        for row in out.rows:
            key = row['level'], row['below_e_a_eV']
            if row['sample']:
                want = self.expected(row['sample'], float(row['below_e_a_eV'] or 'inf'))
                for name, value in zip(self.NUMBERS, want):
                    self.close(float(row[name]), value, 1e-12)
                self.assertEqual(int(row['searches']), self.searches[row['sample']])
                for name in ('valid', 'distinct', 'singletons', 'chao1', 'recapture'):
                    sums[key, name] += float(row[name])
                sums[key, 'variance'] += float(row['chao1_sd'])**2
            else:
                for name in ('valid', 'distinct', 'chao1', 'recapture'):
                    self.close(float(row[name]), sums[key, name], 1e-12)
                self.close(float(row['chao1_sd']), math.sqrt(sums[key, 'variance']), 1e-12)
                self.close(float(row['found_share']),
                           1 - sums[key, 'singletons'] / sums[key, 'valid'], 1e-12)
            self.assertTrue(float(row['distinct']) <= float(row['chao1_lo'])
                            <= float(row['chao1']) <= float(row['chao1_hi']), row)

    def test_discovery(self):
        self.works('coverage', 'events.csv', '-o', 'out.csv', '--discovery', 'curves.csv',
                   '--tail', '0.4', '--quiet')
        curves = self.table('curves.csv')
        self.assertEqual(curves.keys['tail_below_e_a_eV'], '0.40000000000000002')
        for glass, _, n in GLASSES:
            rows = [row for row in curves.rows if row['sample'] == glass]
            self.assertEqual(len(rows), n)
            for name, below in (('', math.inf), ('tail_', 0.4)):
                hits = [h for (g, _, e_a), h in self.hits.items() if g == glass and e_a < below]
                for t in (1, n // 3, n):
                    row = rows[t - 1]
                    self.assertEqual(int(row['searches']), t)
                    self.assertEqual(float(row[name + 'distinct']),
                                     sum(min(h) < t for h in hits))
                    expected = sum(1 - math.comb(n - len(h), t) / math.comb(n, t) for h in hits)
                    self.close(float(row[name + 'expected']), expected, 1e-9)

    def test_what_it_says(self):
        done = self.pelrate('coverage', 'events.csv', '--level-gap', '0.1')
        self.assertEqual(done.code, 0)
        self.assertRegex(done.stderr, r'^pelrate coverage: -4\.683\d* eV/atom: .* paths a sample '
                         r'found, at least .* below 0\.5 eV')

    def test_plot(self):
        self.works('coverage', 'events.csv', '--plot', 'curves.png', '-o', 'out.csv', '--quiet')
        self.picture('curves.png')

    def test_misuse(self):
        self.fails(2, 'pelrate coverage: --tail: 0 eV, expected more than 0 (see '
                   "'pelrate coverage --help')\n", 'coverage',
                   'events.csv', '--tail', '0')
        self.fails(2, 'pelrate coverage: --level-gap, --level-edges and --level-groups exclude '
                   "each other (see 'pelrate coverage --help')\n", 'coverage',
                   'events.csv', '--level-gap', '1', '--level-edges',
                   '-4.7')
        text = self.read('events.csv').splitlines(keepends=True)
        rows = [line for line in text[5:] if ',valid,' in line and line.endswith(',\n')]
        self.write('distinct.csv', ''.join(text[:5] + rows))
        n = sum(row.startswith('a,') for row in rows)
        self.fails(3, f"pelrate coverage: sample 'a': searches are missing among its {n} rows, "
                   'expected all of them (an export with --distinct says nothing about '
                   'coverage)\n', 'coverage', 'distinct.csv', '-o', 'never.csv')

    def test_worked_example(self):
        self.worked_examples('coverage')


if __name__ == '__main__':
    harness.main()
