#!/usr/bin/env python3
"""pelrate successors: searches from the final states of events, resumed, and their tables."""

import math

import harness


class Successors(harness.Case):
    def begin(self):
        """A small glass with some events."""
        self.works('glass', '--composition', 'Cu56Zr44', '--atoms', '108', '--cool', '2000',
                   '--potential', harness.potential(), '--quiet', '-o', 'g.xyz')
        self.works('sample', 'g.xyz', '--elements', 'Cu,Zr', '--potential', harness.potential(),
                   '--events', '3', '--searches', '200', '--threads', '2', '--quiet', '-o',
                   'events.db')

    def successors(self, *args, **options):
        return self.works('successors', 'events.db', '--potential', harness.potential(),
                          '--threads', '2', *args, **options)

    def test_tables(self):
        self.begin()
        self.successors('--events', '2', '--searches', '5', '-o', 'second.db', '--states',
                        'states.csv', '--levels', 'levels.csv', '--csv', 'rows.csv', '--plot',
                        'z.png', '--quiet')
        self.picture('z.png')
        rows, states, levels = (self.table(name) for name in
                                ('rows.csv', 'states.csv', 'levels.csv'))
        self.assertEqual([t.keys['format'] for t in (rows, states, levels)],
                         ['pelrate-successors 1', 'pelrate-returns 1',
                          'pelrate-return-levels 1'])
        for table in (rows, states, levels):
            self.assertIn('push_centres=moved region of the event before;',
                          table.keys['settings'])
            self.assertEqual(table.keys['local_overlap'], '0.5')
        self.assertEqual((len(rows.rows), len(states.rows), len(levels.rows)), (10, 2, 1))

        first = harness.Table(self.works('events', 'events.db', '--csv', '--distinct'))
        found = {(row['sample'], row['search']): row for row in first.rows}
        for state in states.rows:
            origin = found[state['sample'], state['search']]
            self.assertEqual((origin['e_a_eV'], origin['e_r_eV'], origin['e_is_eV_per_atom']),
                             (state['e_a_eV'], state['e_r_eV'], state['e_is_eV_per_atom']))
            mine = [row for row in rows.rows if row['first_search'] == state['search']]
            self.assertEqual(len(mine), 5)
            valid = [row for row in mine if row['status'] == 'valid']
            kinds = {row['search']: row['kind'] for row in valid}
            kind = [kinds[row['duplicate_of'] or row['search']] for row in valid]
            self.assertEqual(int(state['valid']), len(valid))
            self.assertEqual(int(state['back']), sum(k.startswith('back') for k in kind))
            onward = [row for row in valid
                      if row['kind'] == 'onward' and not row['duplicate_of']]
            self.assertEqual(int(state['z_found']), len(onward))
            for t in (300, 600, 900):
                rate = lambda e: math.exp(-float(e) / (8.617333262e-5 * t))
                back = rate(state['e_r_eV']) + sum(
                    rate(row['e_a_eV']) for row in valid if not row['duplicate_of'] and
                    row['kind'].startswith('back '))
                self.close(float(state[f'back_rate_share_{t}K']),
                           back / (back + sum(rate(row['e_a_eV']) for row in onward)), 1e-9)
        self.assertEqual(levels.rows[0]['states'], '2')
        self.close(float(levels.rows[0]['z_found']),
                   sum(float(s['z_found']) for s in states.rows) / 2, 1e-12)

        # The table alone gives the same again.
        self.works('successors', 'rows.csv', '--states', 'again.csv', '--quiet')
        again = self.table('again.csv')
        self.assertEqual(again.rows, states.rows)
        self.assertEqual(again.keys['settings'], states.keys['settings'])
        self.fails(2, "pelrate successors: --output, --csv and --potential are for a catalogue, "
                   "and 'rows.csv' is a table (see 'pelrate successors --help')\n", 'successors',
                   'rows.csv', '-o', 'x.db')

        # The catalogue is one like any other, and going on with it changes nothing.
        again = harness.Table(self.works('events', 'second.db', '--csv'))
        self.assertEqual([(row['sample'], row['search'], row['e_a_eV']) for row in again.rows],
                         [(row['sample'], row['search'], row['e_a_eV']) for row in rows.rows])
        said = self.pelrate('successors', 'events.db', '--potential', harness.potential(),
                            '--events', '2', '--searches', '5', '-o', 'second.db', '--csv',
                            'rows.csv', '--force')
        self.assertEqual(said.code, 0)
        self.assertIn('10 searches (0 new)', said.stderr)
        self.assertIn('elsewhere: a path that leaves the moved region alone', said.stderr)
        self.assertEqual([row for row in self.table('rows.csv').rows], rows.rows)

        # Another region is another catalogue.
        self.fails(3, 'pelrate successors: second.db: a catalogue of other settings: '
                   'second_region_distance_A is 0.2 there and 0.4 here\n', 'successors',
                   'events.db', '--potential', harness.potential(), '--region-distance-A', '0.4',
                   '-o', 'second.db')

    def test_misuse(self):
        see = " (see 'pelrate successors --help')\n"
        for args, message in (
                (('-o', 'x.db', '--events', '0'), '--events: expected 1 or more'),
                (('-o', 'x.db', '--searches', '-1'), '--searches: expected 1 or more'),
                (('-o', 'x.db', '--local-overlap', '1.5'),
                 '--local-overlap: 1.5, expected more than 0, at most 1'),
                (('-o', 'x.db', '--max-e-a', '0'), '--max-e-a: 0 eV, expected more than 0'),
                ((), '--output FILE.db is missing'),
                (('-o', 'x.db', '--level-edges', '-4.6,-4.7'),
                 '--level-edges: expected increasing numbers')):
            self.fails(2, f'pelrate successors: {message}{see}', 'successors', 'events.db',
                       '--potential', 'p', *args)
        self.fails(3, 'pelrate successors: none.db: cannot be opened: No such file or '
                   'directory\n', 'successors', 'none.db', '--potential', 'p', '-o', 'x.db')

    def test_worked_example(self):
        self.worked_examples('successors')


if __name__ == '__main__':
    harness.main()
