#!/usr/bin/env python3
"""pelrate events: what is in a catalogue. The catalogue is of the real glass of 500 atoms:
a short version of the measurement that the sampler is judged by."""

import os
import sqlite3

import harness

SEARCHES = 14
COLUMNS = ['sample', 'e_is_eV_per_atom', 'search', 'atom', 'status', 'e_a_eV', 'e_r_eV',
           'eigenvalue_eV_per_A2', 'force_calls', 'displacement_A', 'moved_atoms',
           'duplicate_of', 'full_calls', 'work', 'attempt_frequency_Hz',
           'reverse_attempt_frequency_Hz']


class Events(harness.Case):
    def setUp(self):
        super().setUp()
        glass = harness.source('tests', 'reference', 'lammps', 's500_is.data')
        self.works('sample', glass, '--potential', harness.potential(), '--elements',
                   'Cu,Zr', '--searches', SEARCHES, '-o', 'e.db', '--quiet')

    def test_one_catalogue(self):
        self.export()
        self.summary()
        self.places()
        self.verify()

    def export(self):
        self.assertEqual(self.works('events', 'e.db', '--csv', '-o', 'e.csv'), '')
        table = self.table('e.csv')
        self.assertEqual(table.columns, COLUMNS)
        keys = table.keys
        self.assertEqual(keys['format'], 'pelrate-events 1')
        self.assertEqual(keys['atoms'], '500')
        self.close(float(keys['molar_mass_g_per_mol']), 0.56 * 63.546 + 0.44 * 91.224, 1e-3)
        self.assertEqual(keys['elements'], 'Cu,Zr')
        self.assertEqual(keys['seed'], '1')
        self.assertEqual(keys['climb_threshold_eV_per_A2'], '-0.5')
        self.assertIn(' climb_threshold_eV_per_A2=-0.5;', keys['settings'])
        self.assertNotIn('seed', keys['settings'])
        self.assertEqual([row['search'] for row in table.rows],
                         [str(k) for k in range(SEARCHES)])
        valid = [row for row in table.rows if row['status'] == 'valid']
        self.assertGreaterEqual(len(valid), 2)
        for row in table.rows:
            self.assertEqual(row['sample'], 's500_is')
            self.close(float(row['e_is_eV_per_atom']), -4.6788140, absolute=1e-6)
            self.assertGreater(int(row['force_calls']), 0)
            self.assertGreaterEqual(int(row['force_calls']), int(row['full_calls']))
            self.assertTrue(int(row['full_calls']) <= float(row['work']) <=
                            int(row['force_calls']))
            self.assertTrue(1 <= int(row['atom']) <= 500)
        for row in valid:
            self.assertGreater(float(row['e_a_eV']), 0)
            self.assertGreater(float(row['e_r_eV']), 0)
            self.assertLess(float(row['eigenvalue_eV_per_A2']), 0)
            self.assertGreater(float(row['displacement_A']), 0.1)
        calls = sum(int(row['force_calls']) for row in table.rows)
        self.assertLess(calls / len(valid), 4500)
        self.table_of_events = table

        distinct = harness.Table(self.works('events', 'e.db', '--csv', '--distinct'))
        self.assertEqual(distinct.rows, [row for row in valid if row['duplicate_of'] == ''])

    def summary(self):
        table = harness.Table(self.works('events', 'e.db'))
        self.assertEqual(table.keys['format'], 'pelrate-event-summary 1')
        self.assertEqual(len(table.rows), 1)
        row, events = table.rows[0], self.table_of_events
        valid = [e for e in events.rows if e['status'] == 'valid']
        distinct = [e for e in valid if e['duplicate_of'] == '']
        self.assertEqual((row['sample'], row['atoms']), ('s500_is', '500'))
        self.assertEqual(int(row['searches']), SEARCHES)
        self.assertEqual(int(row['valid']), len(valid))
        self.assertEqual(int(row['distinct']), len(distinct))
        self.close(float(row['valid_percent']), 100 * len(valid) / SEARCHES, 1e-12)
        calls = sum(events.numbers('force_calls'))
        self.close(float(row['calls_per_valid']), calls / len(valid), 1e-12)
        self.close(float(row['mean_e_a_eV']),
                   sum(float(e['e_a_eV']) for e in distinct) / len(distinct), 1e-12)
        self.assertTrue(0.03 < float(row['lowest_eigenvalue_eV_per_A2']) < 0.12)
        reasons = table.columns[table.columns.index('mean_e_r_eV') + 1:]
        for reason in reasons:
            there = [e for e in events.rows if e['status'].replace(' ', '_').replace('-', '_')
                     == reason]
            self.assertEqual(int(row[reason]), len(there))
        self.assertEqual(sum(int(row[reason]) for reason in reasons), SEARCHES - len(valid))

    def places(self):
        """Existing and impossible outputs, and the full disk."""
        self.fails(2, 'pelrate events: e.csv: exists already, expected a new name (or --force)\n',
                   'events', 'e.db', '--csv', '-o', 'e.csv')
        self.works('events', 'e.db', '--csv', '-o', 'e.csv', '--force')
        with open('/dev/full', 'wb') as full:
            result = self.pelrate('events', 'e.db', '--csv', stdout=full)
        self.assertEqual(result.code, 1)
        self.assertIn('standard output', result.stderr)


    def verify(self):
        """What was found passes; what is changed afterwards does not, each for its reason."""
        options = ('--potential', harness.potential(), '--quiet')
        keys = ['pass', 'reason', 'negative_eigenvalues', 'method']
        table = harness.Table(self.works('events', 'e.db', '--verify', 2, *options))
        self.assertEqual(table.keys['format'], 'pelrate-verify 1')
        self.assertEqual((table.keys['events'], table.keys['passed']), ('2', '2'))
        for row in table.rows:
            self.assertEqual([row[key] for key in keys], ['1', 'pass', '1', 'factorisation'])
            event = self.table_of_events.rows[int(row['search'])]
            for name in ('e_a', 'e_r'):
                self.close(float(row[name + '_eV']), float(event[name + '_eV']), absolute=1e-6)
                self.assertLess(abs(float(row[name + '_difference_eV'])), 1e-6)
            for point in ('initial', 'saddle', 'final'):
                self.assertLess(float(row[f'max_force_{point}_eV_per_A']), 1e-8)
            for point in ('initial', 'final'):
                self.assertEqual(row[f'negative_eigenvalues_{point}'], '0')
                self.assertLess(float(row[f'connected_{point}_A']), 0.05)
            self.assertLess(float(row['eigenvalue_eV_per_A2']), 0)
            self.assertLess(float(row['moved_saddle_A']), 0.05)
        self.assertEqual(table.rows, harness.Table(self.works(
            'events', 'e.db', '--verify', 2, '--threads', 1, *options)).rows)

        database = sqlite3.connect(self.path('e.db'))
        valid = [k for (k,) in database.execute(
            "SELECT search FROM searches WHERE status = 'valid' ORDER BY search")]
        for change, reason in (
                ('e_a_eV = e_a_eV + 2e-6', 'energy'),
                ('e_a_eV = e_a_eV - 2e-6, e_r_eV = e_a_eV - 2e-6,'
                 ' final_A_float32 = zeroblob(6000)', 'not connected'),
                ('saddle_A_float32 = final_A_float32', 'saddle index')):
            database.execute(f"UPDATE searches SET status = 'curvature lost' WHERE search != {valid[0]}")
            database.execute(f'UPDATE searches SET {change} WHERE search = {valid[0]}')
            database.commit()
            result = self.pelrate('events', 'e.db', '--verify', 0, *options)
            self.assertEqual(result.code, 1)
            self.assertIn('pelrate events: 1 of 1 events fail, expected 1 % at most\n',
                          result.stderr)
            self.assertEqual(harness.Table(result.stdout).rows[0]['reason'], reason)
        database.close()

class Refusals(harness.Case):
    def test_no_file(self):
        self.fails(3, 'pelrate events: .: cannot be opened: Is a directory\n', 'events', '.')
        self.fails(3, 'pelrate events: none.db: cannot be opened: No such file or directory\n', 'events', 'none.db')

    def test_the_catalogue_is_not_replaced_by_its_export(self):
        """Not even with --force: what was sampled for days would be gone."""
        self.write('e.db', 'precious')
        os.symlink('e.db', self.path('link.db'))
        for name in ('e.db', './e.db', 'link.db'):
            self.fails(2, f"pelrate events: '{name}' is an input, expected another name (see "
                       "'pelrate events --help')\n", 'events', 'e.db', '--csv', '-o', name,
                       '--force')
        self.assertEqual(self.read('e.db'), 'precious')

    def test_no_catalogue(self):
        self.write('e.db', 'sample,search\n' * 20)
        self.fails(3, 'pelrate events: e.db: no event catalogue, expected an SQLite '
                   'database\n', 'events', 'e.db')
        self.write('empty.db', '')
        self.fails(3, 'pelrate events: empty.db: no event catalogue, it is empty\n',
                   'events', 'empty.db')

    def test_usage(self):
        see = " (see 'pelrate events --help')\n"
        self.fails(2, 'pelrate events: --distinct needs --csv' + see,
                   'events', 'e.db', '--distinct')
        self.fails(2, 'pelrate events: 0 operands, expected EVENTS.db' + see, 'events')

    def test_usage_of_verify(self):
        see = " (see 'pelrate events --help')\n"
        self.fails(2, 'pelrate events: --verify and --csv exclude each other' + see,
                   'events', 'e.db', '--csv', '--verify', '1', '--potential', 'p.fs')
        self.fails(2, 'pelrate events: --verify: expected 0 or more' + see,
                   'events', 'e.db', '--verify', '-3')

    def test_worked_example(self):
        self.worked_examples('events')


if __name__ == '__main__':
    harness.main()
