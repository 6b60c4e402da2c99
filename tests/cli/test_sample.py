#!/usr/bin/env python3
"""pelrate sample: the events it finds depend on nothing but seed and settings; it goes on
where it was; what it says when it cannot."""

import signal
import sqlite3
import subprocess
import time

import harness

SEE = " (see 'pelrate sample --help')\n"


class Sample(harness.Case):
    def setUp(self):
        super().setUp()
        self.write('one.xyz', harness.crystal())
        self.write('two.xyz', harness.crystal(41))

    def arguments(self, *more, glasses=('one.xyz', 'two.xyz'), output='e.db'):
        return ['sample', *glasses, '--potential', harness.potential(), '--elements', 'Cu',
                '--batch', '5', '-o', output, *more]

    def rows(self, name='e.db'):
        """The export without its header, which names the file."""
        text = self.works('events', name, '--csv')
        return [line for line in text.splitlines() if not line.startswith('# command')]


class Running(Sample):
    def test_threads_and_interruptions_do_not_matter(self):
        rule = ['--events', '3', '--searches', '15', '--seed', '7']
        self.works(*self.arguments(*rule, '--threads', '1', output='1.db'), stderr=None)
        self.works(*self.arguments(*rule, '--threads', '2', output='2.db'), stderr=None)
        self.assertEqual(self.rows('1.db'), self.rows('2.db'))

        # killed in the middle, and taken up again
        command = [harness.PELRATE, *map(str, self.arguments(*rule, '--threads', '1'))]
        process = subprocess.Popen(command, cwd=self.dir, env=self.environment(),
                                   stderr=subprocess.DEVNULL)
        stored = 0
        while stored < 3 and process.poll() is None:
            time.sleep(0.01)
            try:
                with sqlite3.connect(f'file:{self.path("e.db")}?mode=ro', uri=True) as db:
                    stored = db.execute('SELECT count(*) FROM searches').fetchone()[0]
            except sqlite3.OperationalError:
                pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertGreaterEqual(stored, 3)
        result = self.pelrate(*self.arguments(*rule, '--threads', '2'))
        self.assertEqual(result.code, 0)
        self.assertRegex(result.stderr, r'pelrate sample: \d+ searches \((\d+) new\), \d+ '
                         r'valid events, \d+ distinct, \d+ whole force calls per valid event\n')
        self.assertEqual(self.rows(), self.rows('1.db'))

        # another seed is another campaign
        self.works(*self.arguments('--searches', '5', '--seed', '8', output='3.db'),
                   stderr=None)
        self.assertNotEqual(self.rows('3.db')[-5:], self.rows('1.db')[-5:])

    def test_asked_to_stop(self):
        command = [harness.PELRATE, *map(str, self.arguments('--searches', '1000'))]
        process = subprocess.Popen(command, cwd=self.dir, env=self.environment(),
                                   stderr=subprocess.PIPE)
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        stderr = process.communicate()[1].decode()
        self.assertEqual(process.returncode, 1)
        self.assertTrue(stderr.endswith(
            'pelrate sample: interrupted; what was finished is stored\n'), stderr)
        self.rows()

    def test_short_of_events(self):
        result = self.pelrate(*self.arguments('--events', '50', '--searches', '2'))
        self.assertEqual(result.code, 0)
        self.assertTrue(result.stderr.endswith(
            'pelrate sample: 2 of 2 samples reached --searches before --events\n'))

    def test_worked_example(self):
        self.worked_examples('sample')


class Refusals(Sample):
    def test_usage(self):
        potential = harness.potential()
        self.fails(2, 'pelrate sample: --output: a catalogue is a file, expected its name' + SEE,
                   *self.arguments('--searches', '1', output='-'))
        self.fails(2, 'pelrate sample: --output FILE.db is missing' + SEE,
                   'sample', 'one.xyz', '--searches', '1')
        self.fails(2, 'pelrate sample: --potential is missing' + SEE,
                   'sample', 'one.xyz', '--searches', '1', '-o', 'e.db')
        self.fails(2, 'pelrate sample: --elements E1,E2 is missing' + SEE,
                   'sample', 'one.xyz', '--potential', potential, '-o', 'e.db')
        self.fails(2, 'pelrate sample: expected --events N or --searches N, with N of 1 or '
                   'more' + SEE, *self.arguments())
        self.fails(2, 'pelrate sample: push_step_A = -1: expected a number > 0 and <= 1000' +
                   SEE, *self.arguments('--searches', '1', '--push-step-A', '-1'))
        self.fails(2, "pelrate sample: --push-step: unknown option" + SEE,
                   *self.arguments('--push-step', '1'))
        self.fails(2, "pelrate sample: 0 operands, expected GLASS..." + SEE,
                   *self.arguments('--searches', '1', glasses=()))

    def test_the_same_glass_twice(self):
        self.fails(2, "pelrate sample: sample 'one' is given twice\n",
                   *self.arguments('--searches', '1', glasses=('one.xyz', 'one.xyz')))

    def test_bad_inputs(self):
        self.fails(3, 'pelrate sample: none.xyz: cannot be opened: No such file or directory\n',
                   *self.arguments('--searches', '1', glasses=('none.xyz',)))
        self.write('zr.xyz', harness.crystal(name='Zr'))
        result = self.pelrate(*self.arguments('--searches', '1', glasses=('zr.xyz',)))
        self.assertEqual(result.code, 3)
        self.assertTrue(result.stderr.startswith('pelrate sample: zr.xyz:3: '), result.stderr)

    def test_a_name_too_long_for_an_event(self):
        name = self.write('n' * 64 + '.xyz', harness.crystal())
        self.fails(2, f"pelrate sample: {name}: a sample's name of 64 characters, expected 63 "
                      'or less\n', *self.arguments('--searches', 1, glasses=[name]))

    def test_a_catalogue_of_other_settings(self):
        self.works(*self.arguments('--searches', '1', '--seed', '3'), stderr=None)
        self.fails(3, 'pelrate sample: e.db: a catalogue of other settings: seed is 3 there '
                   'and 4 here\n', *self.arguments('--searches', '1', '--seed', '4'))
        self.fails(3, 'pelrate sample: e.db: a catalogue of other settings: '
                   'climb_threshold_eV_per_A2 is -0.5 there and -1.5 here\n',
                   *self.arguments('--searches', '1', '--seed', '3',
                                   '--climb-threshold-eV-per-A2', '-1.5'))

    def test_a_file_that_is_no_catalogue(self):
        self.write('e.db', 'sample,search\n' * 20)
        self.fails(3, 'pelrate sample: e.db: no event catalogue, expected an SQLite '
                   'database\n', *self.arguments('--searches', '1'))
        self.assertEqual(self.read('e.db'), 'sample,search\n' * 20)

    def test_a_place_that_cannot_be_written(self):
        self.fails(1, 'pelrate sample: no/such/e.db: cannot be opened or made\n',
                   *self.arguments('--searches', '1', output='no/such/e.db'))

    def test_another_glass_of_the_same_name(self):
        self.works(*self.arguments('--searches', '1', glasses=('one.xyz',)), stderr=None)
        self.write('one.xyz', harness.crystal(17))
        self.fails(2, "pelrate sample: sample 'one' of the catalogue is another glass\n",
                   *self.arguments('--searches', '1', glasses=('one.xyz',)))


if __name__ == '__main__':
    harness.main()
