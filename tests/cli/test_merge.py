#!/usr/bin/env python3
"""pelrate merge: catalogues of the same settings become one; what contradicts is refused."""

import array
import os
import sqlite3

import harness
from test_campaign import crystal

SEE = " (see 'pelrate merge --help')\n"

GLASS = """3
Lattice="{edge} 0 0 0 9.0 0 0 0 9.0" Properties=species:S:1:pos:R:3
Cu 0 0 0
Cu 2.5 0.1 0
Cu 0.2 2.4 0
"""


class Merge(harness.Case):
    """Three atoms far from any potential well are as good as a glass here."""

    def setUp(self):
        super().setUp()
        for name, edge in (('a', 9.0), ('b', 9.1), ('c', 9.2)):
            self.write(name + '.xyz', GLASS.format(edge=edge))

    def sample(self, output, *glasses, searches=3, seed=1, more=()):
        self.works('sample', *glasses, '--potential', harness.potential(), '--elements', 'Cu',
                   '--searches', searches, '--seed', seed, '--max-force-calls', 60, '-o',
                   output, *more, stderr=None)

    def rows(self, name):
        return harness.Table(self.works('events', name, '--csv')).rows

    def change(self, name, sql):
        with sqlite3.connect(self.path(name)) as db:
            db.execute(sql)

    def ask(self, name, sql):
        with sqlite3.connect(self.path(name)) as db:
            return db.execute(sql).fetchall()


class United(Merge):
    def test_as_if_made_together(self):
        self.sample('whole.db', 'a.xyz', 'b.xyz', 'c.xyz', searches=5)
        self.sample('1.db', 'a.xyz', 'b.xyz', searches=5)
        self.sample('2.db', 'c.xyz', 'b.xyz', searches=3)
        self.sample('2.db', 'c.xyz', searches=5)
        self.works('merge', '1.db', '2.db', '-o', 'both.db', stderr=(
            'pelrate merge: 3 samples, 15 searches; 3 were there more than once\n'))
        self.assertEqual(self.rows('both.db'), self.rows('whole.db'))
        everything = 'SELECT * FROM searches ORDER BY sample, search'
        self.assertEqual(self.ask('both.db', everything), self.ask('whole.db', everything))
        self.assertEqual(self.ask('both.db', 'SELECT * FROM samples'),
                         self.ask('whole.db', 'SELECT * FROM samples'))
        self.assertEqual(self.ask('both.db', 'SELECT * FROM settings'),
                         self.ask('whole.db', 'SELECT * FROM settings'))
        self.assertEqual(self.ask('both.db', 'PRAGMA integrity_check'), [('ok',)])
        # a campaign goes on with it, and makes what is still missing
        self.sample('both.db', 'a.xyz', 'b.xyz', 'c.xyz', searches=7)
        self.sample('whole.db', 'a.xyz', 'b.xyz', 'c.xyz', searches=7)
        self.assertEqual(self.rows('both.db'), self.rows('whole.db'))
        # in the other order the samples are others, their searches the same
        self.works('merge', '2.db', '1.db', '--quiet', '-o', 'other.db')
        self.assertEqual([row['sample'] for row in self.rows('other.db')],
                         5 * ['c'] + 5 * ['b'] + 5 * ['a'])

    def test_what_belongs_to_searches_comes_along(self):
        self.sample('1.db', 'a.xyz')
        self.sample('2.db', 'b.xyz', 'a.xyz')
        self.change('2.db', "INSERT INTO frequencies(sample, search, status, settings, "
                    "attempt_frequency_Hz) VALUES(1, 2, 'done', 's', 3e12), "
                    "(0, 1, 'done', 's', 4e12)")
        self.works('merge', '1.db', '2.db', '-o', 'both.db', stderr=None)
        self.assertEqual(
            self.ask('both.db', 'SELECT sample, search, attempt_frequency_Hz FROM '
                     'frequencies ORDER BY sample'), [(0, 2, 3e12), (1, 1, 4e12)])

    def test_small_displacements_that_tell_events_apart(self):
        """Of two events that differ by what --moved-over forgets, nothing is forgotten."""
        self.write('v.xyz', crystal(0))
        self.sample('v.db', 'v.xyz', searches=6, more=('--max-force-calls', 3000))
        database = sqlite3.connect(self.path('v.db'))
        search, final = database.execute(
            "SELECT search, final_A_float32 FROM searches WHERE status = 'valid' "
            'ORDER BY search LIMIT 1').fetchone()
        shifted = array.array('f', final)
        small = [k for k in range(0, len(shifted), 3)
                 if all(abs(d) < 0.04 for d in shifted[k:k + 3])]
        self.assertGreaterEqual(len(small), 36)
        for k in small[:36]:
            shifted[k] += 0.04 if shifted[k] > 0 else -0.04
        names = [row[1] for row in database.execute('PRAGMA table_info(searches)')]
        values = ['100' if name == 'search' else '?' if name == 'final_A_float32' else name
                  for name in names]
        database.execute(f'INSERT INTO searches SELECT {", ".join(values)} FROM searches '
                         f'WHERE search = {search}', (shifted.tobytes(),))
        database.commit()
        database.close()
        self.assertEqual(self.rows('v.db')[-1]['duplicate_of'], '')
        result = self.pelrate('merge', 'v.db', '--moved-over', 0.1, '-o', 'thin.db')
        self.assertEqual(result.code, 0)
        self.assertIn('pelrate merge: 2 events keep all their displacements: without, others '
                      'would be the same\n', result.stderr)
        self.assertEqual(self.rows('thin.db'), self.rows('v.db'))
        size = 'SELECT search, length(final_A_float32) FROM searches WHERE status = \'valid\''
        full, thin = dict(self.ask('v.db', size)), dict(self.ask('thin.db', size))
        self.assertEqual({k for k in full if full[k] == thin[k]}, {search, 100})

    def test_displaced_atoms_alone(self):
        """Events of a real vacancy: what is exported stays, the file shrinks."""
        self.write('v.xyz', crystal(0))
        self.sample('v.db', 'v.xyz', searches=6, more=('--max-force-calls', 3000))
        self.works('merge', 'v.db', '-o', 'full.db', stderr=None)
        self.works('merge', 'v.db', '--moved-over', 0.1, '-o', 'thin.db', stderr=None)
        self.assertEqual(self.rows('thin.db'), self.rows('v.db'))
        blobs = 'SELECT sum(length(final_A_float32)), count(final_A_float32) FROM searches'
        (full, n), (thin, m) = (self.ask(name, blobs)[0] for name in ('full.db', 'thin.db'))
        self.assertEqual(n, m)
        self.assertGreater(n, 0)
        self.assertLess(thin, 0.25 * full)
        self.assertIn('# moved_over_A: 0.1\n', self.works('events', 'thin.db', '--csv'))
        self.fails(3, 'pelrate merge: thin.db: a catalogue of other settings: moved_over_A is '
                   '0.1 there and not set here\n', 'merge', 'v.db', 'thin.db', '-o', 'x.db')
        self.works('merge', 'thin.db', 'thin.db', '-o', 'again.db', stderr=None)
        self.assertEqual(self.rows('again.db'), self.rows('v.db'))
        self.fails(2, 'pelrate merge: the catalogue holds displaced atoms alone already (over '
                   '0.1 A)\n', 'merge', 'thin.db', '--moved-over', 0.2, '-o', 'x.db')
        full, thin = ([(row['search'], row['reason']) for row in harness.Table(self.pelrate(
            'events', name, '--verify', 0, '--potential', harness.potential()).stdout).rows]
            for name in ('full.db', 'thin.db'))
        self.assertEqual(full, thin)
        self.assertIn('pass', [reason for _, reason in thin])
        self.fails(2, 'pelrate merge: --moved-over: expected 0 or more' + SEE, 'merge',
                   'v.db', '--moved-over', -1, '-o', 'x.db')

    def test_worked_example(self):
        for name in 'abc':
            os.remove(self.path(name + '.xyz'))
        self.worked_examples('merge')


class Refusals(Merge):
    def test_usage(self):
        self.fails(2, 'pelrate merge: --output FILE.db is missing' + SEE, 'merge', 'a.db')
        self.fails(2, 'pelrate merge: --output: a catalogue is a file, expected its name' + SEE,
                   'merge', 'a.db', '-o', '-')
        self.fails(2, 'pelrate merge: 0 operands, expected EVENTS.db...' + SEE, 'merge', '-o',
                   'x.db')
        self.fails(3, 'pelrate merge: a.db: cannot be opened: No such file or directory\n',
                   'merge', 'a.db', '-o', 'x.db')

    def test_an_output_that_is_there(self):
        self.sample('1.db', 'a.xyz')
        self.write('x.db', 'something else')
        self.fails(2, 'pelrate merge: x.db: exists already, expected a new name (or '
                   '--force)\n', 'merge', '1.db', '-o', 'x.db')
        self.assertEqual(self.read('x.db'), 'something else')
        self.works('merge', '1.db', '--force', '-o', 'x.db', stderr=None)
        self.assertEqual(self.rows('x.db'), self.rows('1.db'))
        self.fails(2, "pelrate merge: '1.db' is an input, expected another name" + SEE,
                   'merge', '1.db', '--force', '-o', '1.db')

    def test_other_settings(self):
        self.sample('1.db', 'a.xyz')
        self.sample('2.db', 'b.xyz', seed=2)
        self.fails(3, 'pelrate merge: 2.db: a catalogue of other settings: seed is 2 there '
                   'and 1 here\n', 'merge', '1.db', '2.db', '-o', 'x.db')
        self.sample('3.db', 'b.xyz', more=('--perp-step-A', 0.1))
        self.fails(3, 'pelrate merge: 3.db: a catalogue of other settings: perp_step_A is '
                   '0.1 there and 0.15 here\n', 'merge', '1.db', '3.db', '-o', 'x.db')

    def test_contradictions(self):
        self.sample('1.db', 'a.xyz', 'b.xyz')
        self.sample('2.db', 'b.xyz', 'c.xyz')
        self.change('2.db', 'UPDATE searches SET force_calls = force_calls + 1 WHERE '
                    'sample = 0 AND search = 2')
        self.fails(3, "pelrate merge: 2.db: search 2 of sample 'b' is not the one found "
                   'before (searches)\n', 'merge', '1.db', '2.db', '-o', 'x.db')
        self.sample('3.db', 'b.xyz', 'c.xyz')
        self.change('3.db', 'UPDATE samples SET energy_eV = energy_eV + 1e-9 WHERE sample = 0')
        self.fails(3, "pelrate merge: 3.db: the minimum of sample 'b' is not the one found "
                   'before\n', 'merge', '1.db', '3.db', '-o', 'x.db')
        os.rename(self.path('c.xyz'), self.path('a.xyz'))
        self.sample('4.db', 'a.xyz')
        self.fails(3, "pelrate merge: 4.db: sample 'a' is another glass than that of the same "
                   'name before\n', 'merge', '1.db', '4.db', '-o', 'x.db')
        self.write('d.xyz', GLASS.format(edge=9.3).replace('3\n', '2\n', 1).rsplit('Cu', 1)[0])
        self.sample('5.db', 'd.xyz')
        self.fails(3, "pelrate merge: 5.db: sample 'd' has 2 atoms, those before 3\n",
                   'merge', '1.db', '5.db', '-o', 'x.db')

    def test_no_catalogue(self):
        self.sample('1.db', 'a.xyz')
        self.write('2.db', 'sample,search\n' * 20)
        self.fails(3, 'pelrate merge: 2.db: no event catalogue, expected an SQLite database\n',
                   'merge', '1.db', '2.db', '-o', 'x.db')


if __name__ == '__main__':
    harness.main()
