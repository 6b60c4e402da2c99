#!/usr/bin/env python3
"""pelrate campaign: what a plan asks for is found, whatever happens on the way: a kill, a
signal, a full disk, many ranks; and a plan may only grow."""

import atexit
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

import harness

SEE = " (see 'pelrate campaign --help')\n"
DONE = (r'pelrate campaign: \d+ searches \(\d+ new\), \d+ valid events, \d+ distinct, \d+ '
        r'whole force calls per valid event\n$')


def crystal(empty=0, atoms=None):
    """Face-centred copper, 108 sites of which one is empty, as extended XYZ."""
    side, cells = 3.64, 3
    basis = [(0, 0, 0), (0, .5, .5), (.5, 0, .5), (.5, .5, 0)]
    sites = [(side * (i + b[0]), side * (j + b[1]), side * (k + b[2]))
             for i in range(cells) for j in range(cells) for k in range(cells) for b in basis]
    del sites[empty]
    sites = sites[:atoms]
    edge = side * cells
    lines = [str(len(sites)),
             f'Lattice="{edge} 0 0 0 {edge} 0 0 0 {edge}" Properties=species:S:1:pos:R:3']
    lines += [f'Cu {x!r} {y!r} {z!r}' for x, y, z in sites]
    return '\n'.join(lines) + '\n'


class Campaign(harness.Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path('glasses'))
        self.write('glasses/one.xyz', crystal())
        self.write('glasses/two.xyz', crystal(41))
        self.write('glasses/three.xyz', crystal(17))
        self.plan('one.xyz,12,,fast', 'two.xyz,,6,slow')

    def plan(self, *rows, name='plan.csv', columns='structure,searches,events,level'):
        """Beside the glasses: its files are named from where it is."""
        self.write('glasses/' + name, '\n'.join((columns,) + rows) + '\n')

    def arguments(self, *more, folder='out', plan='plan.csv'):
        return ['campaign', 'glasses/' + plan, folder, '--potential', harness.potential(),
                '--elements', 'Cu', '--batch', '5', *map(str, more)]

    def runs(self, *more, **options):
        """It comes to its end."""
        result = self.pelrate(*self.arguments(*more, **options))
        self.assertEqual(result.code, 0, result.stderr)
        self.assertRegex(result.stderr, DONE)

    def start(self, *more, folder='out', before=(), **options):
        command = [*before, harness.PELRATE, *self.arguments(*more, folder=folder)]
        return subprocess.Popen(command, cwd=self.dir, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=self.environment(), **options)

    def stored(self, folder='out'):
        """How many searches are in the catalogue."""
        try:
            with sqlite3.connect(f'file:{self.path(folder)}/events.db?mode=ro',
                                 uri=True) as db:
                return db.execute('SELECT count(*) FROM searches').fetchone()[0]
        except sqlite3.OperationalError:
            return 0

    def wait(self, process, searches, folder='out'):
        """Until so many searches are stored."""
        while self.stored(folder) < searches and process.poll() is None:
            time.sleep(0.01)
        self.assertGreaterEqual(self.stored(folder), searches)

    kept = None

    def whole(self):
        """An undisturbed run of the plan of setUp, made once."""
        if Campaign.kept is None:
            Campaign.kept = tempfile.mkdtemp(prefix='pelrate-whole-')
            atexit.register(shutil.rmtree, Campaign.kept, ignore_errors=True)
            self.runs(folder='whole')
            shutil.copytree(self.path('whole'), Campaign.kept, dirs_exist_ok=True)
        else:
            shutil.copytree(Campaign.kept, self.path('whole'))

    def exported(self, folder='out'):
        """Both exports, without the command line in their headers."""
        return [[line for line in self.read(f'{folder}/{name}.csv').splitlines()
                 if not line.startswith('# command')] for name in ('events', 'samples')]

    def check_whole(self, folder='out'):
        """The catalogue is no damaged database."""
        with sqlite3.connect(self.path(folder) + '/events.db') as db:
            self.assertEqual(db.execute('PRAGMA integrity_check').fetchall(), [('ok',)])


class Running(Campaign):
    def test_what_the_plan_says(self):
        self.runs()
        self.assertEqual(sorted(os.listdir(self.path('out'))),
                         ['campaign.log', 'events.csv', 'events.db', 'plan.csv',
                          'progress.csv', 'samples.csv'])
        self.assertEqual(self.read('out/plan.csv'), self.read('glasses/plan.csv'))
        progress = self.table('out/progress.csv')
        self.assertEqual((progress.keys['format'], progress.keys['state'],
                          progress.keys['done_percent']),
                         ('pelrate-progress 1', 'finished', '100.00'))
        one, two = progress.rows
        self.assertEqual((one['sample'], one['level'], one['searches'],
                          one['most_searches'], one['events'], one['finished']),
                         ('one', 'fast', '12', '12', '', '1'))
        self.assertEqual((two['sample'], two['level'], two['most_searches'], two['events'],
                          two['finished']), ('two', 'slow', '', '6', '1'))
        self.assertGreaterEqual(int(two['distinct']), 6)
        self.assertEqual(int(two['searches']) % 5, 0)
        rows = self.table('out/events.csv').rows
        self.assertEqual(len(rows), 12 + int(two['searches']))
        samples = self.table('out/samples.csv').rows
        self.assertEqual([s['distinct'] for s in samples], [one['distinct'], two['distinct']])
        log = self.read('out/campaign.log').splitlines()
        self.assertEqual([line.split(' ', 1)[1].split(' --')[0] for line in log],
                         ['pelrate campaign glasses/plan.csv out', 'finished'])
        # nothing is left to do
        result = self.pelrate(*self.arguments())
        self.assertEqual(result.code, 0)
        self.assertIn('(0 new)', result.stderr)
        # the searches of a glass are those of pelrate sample
        self.works('sample', 'glasses/two.xyz', '--potential', harness.potential(),
                   '--elements', 'Cu', '--batch', 5, '--events', 6, '-o', 'two.db',
                   stderr=None)
        alone = harness.Table(self.works('events', 'two.db', '--csv')).rows
        self.assertEqual(alone, [row for row in rows if row['sample'] == 'two'])

    def test_a_plan_grows(self):
        self.runs()
        self.plan('three.xyz,4,,slow', 'one.xyz,,,fast', 'two.xyz,20,8,slow')
        self.fails(3, 'pelrate campaign: glasses/plan.csv:3: neither searches nor events, '
                   'expected one of them or both\n', *self.arguments())
        self.plan('three.xyz,4,,slow', 'one.xyz,12,,fast', 'two.xyz,20,8,slow')
        self.fails(3, "pelrate campaign: glasses/plan.csv:4: searches of sample 'two' is 20, "
                   'expected no less than before (none)\n', *self.arguments())
        self.plan('three.xyz,4,,slow', 'one.xyz,15,9,fast', 'two.xyz,,8,slow')
        self.fails(3, "pelrate campaign: glasses/plan.csv:3: events of sample 'one' is 9, "
                   'expected no less than before (none)\n', *self.arguments())
        self.plan('three.xyz,4,,slow', 'two.xyz,,8,slow')
        self.fails(3, "pelrate campaign: glasses/plan.csv: sample 'one' is not there any "
                   'more, expected all that out/plan.csv has\n', *self.arguments())
        self.plan('one.xyz,12,,fast', 'two.xyz,,8,fast')
        self.fails(3, "pelrate campaign: glasses/plan.csv:3: level of sample 'two' is "
                   "'fast', expected 'slow' as before\n", *self.arguments())
        self.plan('one.xyz,12,,fast,', 'three.xyz,,8,slow,two',
                  columns='structure,searches,events,level,name')
        self.fails(3, "pelrate campaign: glasses/plan.csv:3: structure of sample 'two' is "
                   "'three.xyz', expected 'two.xyz' as before\n", *self.arguments())

        self.plan('three.xyz,4,,slow', 'one.xyz,15,,fast', 'two.xyz,,8,slow')
        self.runs()
        self.assertEqual(self.read('out/plan.csv'), self.read('glasses/plan.csv'))
        self.runs(folder='new')
        # the same events; only the order of the samples is that of their coming
        old, new = (sorted(self.exported(folder)[0]) for folder in ('out', 'new'))
        self.assertEqual(old, new)

    def test_a_kill(self):
        self.whole()
        for searches in (2, 9):
            process = self.start('--threads', 2)
            self.wait(process, searches)
            process.kill()
            process.communicate()
        self.check_whole()
        self.runs()
        self.assertEqual(self.exported(), self.exported('whole'))

    def test_asked_to_stop(self):
        self.whole()
        process = self.start()
        self.wait(process, 3)
        process.send_signal(signal.SIGTERM)
        stderr = process.communicate()[1].decode()
        self.assertEqual(process.returncode, 1, stderr)
        self.assertTrue(stderr.endswith(
            'pelrate campaign: interrupted; what was finished is stored\n'), stderr)
        self.assertEqual(self.table('out/progress.csv').keys['state'], 'stopped')
        self.assertFalse(os.path.exists(self.path('out/events.csv')))
        self.runs()
        self.assertEqual(self.exported(), self.exported('whole'))

    def test_a_full_disk(self):
        self.whole()
        size = os.path.getsize(self.path('whole/events.db'))
        # no room for a file as large as the catalogue will be; later, room again
        for part in (0.4, 0.7):
            limit = int(part * size)
            process = self.start(preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_FSIZE, (limit, limit)))
            stderr = process.communicate()[1].decode()
            self.assertEqual(process.returncode, 1, stderr)
            self.assertRegex(stderr, r'^(pelrate campaign: \d+ searches .*\n)?pelrate '
                             'campaign: out/events.db: cannot write, there is no room or '
                             'the disk fails\n$')
            self.check_whole()
        self.assertGreater(self.stored(), 0)
        self.runs()
        self.assertEqual(self.exported(), self.exported('whole'))

    def test_a_file_system_without_room(self):
        """The same with a file system of memory, small at first, where one may be made."""
        self.whole()
        size = os.path.getsize(self.path('whole/events.db'))
        os.mkdir(self.path('out'))
        os.mkdir(self.path('kept'))
        script = ('mount -t tmpfs -o size=%d tmpfs out || exit 77; "$@"; echo "$?" >&2; '
                  'mount -o remount,size=9m out || exit 77; "$@"; echo "$?" >&2; '
                  'cp out/* kept/' % int(0.8 * size))
        try:
            done = subprocess.run(
                ['unshare', '-rm', 'sh', '-c', script, 'sh', harness.PELRATE,
                 *self.arguments('--quiet')], cwd=self.dir, stderr=subprocess.PIPE,
                env=self.environment(), check=False)
        except FileNotFoundError:
            self.skipTest('unshare is not there')
        if done.returncode in (1, 77) and b'pelrate' not in done.stderr:
            self.skipTest('no file system may be mounted here')
        self.assertEqual(done.stderr.decode(), 'pelrate campaign: out/events.db: cannot '
                         'write, the disk is full\n1\n0\n')
        self.assertEqual(self.exported('kept'), self.exported('whole'))

    def test_no_room_for_the_exports(self):
        self.whole()
        shutil.copytree(self.path('whole'), self.path('out'))
        os.remove(self.path('out/events.csv'))
        process = self.start(preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (1000, 1000)))
        stderr = process.communicate()[1].decode()
        self.assertEqual(process.returncode, 1)
        self.assertTrue(stderr.endswith('pelrate campaign: out/events.csv: cannot write: '
                                        'File too large\n'), stderr)
        self.assertFalse(os.path.exists(self.path('out/events.csv')))
        self.runs()
        self.assertEqual(self.exported(), self.exported('whole'))

    def test_worked_example(self):
        self.worked_examples('campaign')


class Refusals(Campaign):
    def test_usage(self):
        self.fails(2, 'pelrate campaign: 1 operands, expected PLAN.csv FOLDER' + SEE,
                   'campaign', 'glasses/plan.csv')
        self.fails(2, 'pelrate campaign: --elements E1,E2 is missing' + SEE, 'campaign',
                   'glasses/plan.csv', 'out', '--potential', harness.potential())
        self.fails(2, 'pelrate campaign: push_step_A = 0: expected a number > 0 and <= 1000' +
                   SEE, *self.arguments('--push-step-A', 0))

    def test_bad_plans(self):
        columns = 'structure,searches,events'
        for text, message in (
                ('', ': the file ends, expected a row of column names'),
                (columns + '\n', ':1: no rows, expected one for each sample'),
                ('searches\n3\n', ":1: no column 'structure', expected one of that name"),
                (columns + ',seed\none.xyz,1,,4\n', ":1: unknown column 'seed', expected "
                 'structure, searches, events, name or level'),
                (columns + '\none.xyz,,\n', ':2: neither searches nor events, expected one '
                 'of them or both'),
                (columns + '\none.xyz,0,\n', ':2: searches is 0, expected 1 or more (or '
                 'nothing)'),
                (columns + '\none.xyz,,1.5\n', ":2: events is '1.5', expected an integer"),
                (columns + '\none.xyz,1\n', None),
                (columns + '\n,1,\n', ':2: no structure, expected the name of a file'),
                (columns + '\none.xyz,1,\nold/one.xyz,1,\n', ":3: sample 'one' is there "
                 'twice, expected another name'),
                (columns + ',name\none.xyz,1,,' + 64 * 'n' + '\n', ':2: a name or level of '
                 'more than 63 characters')):
            self.write('glasses/plan.csv', text)
            result = self.pelrate(*self.arguments())
            self.assertEqual(result.code, 3, text)
            self.assertRegex(result.stderr, r'^pelrate campaign: glasses/plan.csv:(\d+:)? ')
            if message is not None:
                self.assertEqual(result.stderr,
                                 f'pelrate campaign: glasses/plan.csv{message}\n')
            self.assertFalse(os.path.exists(self.path('out')))

    def test_glasses(self):
        self.plan('four.xyz,3,,')
        self.fails(3, 'pelrate campaign: glasses/four.xyz: cannot be opened: No such file or '
                   'directory\n', *self.arguments())
        self.write('glasses/four.xyz', crystal(0, atoms=60))
        self.plan('one.xyz,1,,', 'four.xyz,1,,')
        result = self.pelrate(*self.arguments())
        self.assertEqual((result.code, result.stderr),
                         (2, "pelrate campaign: sample 'four' has 60 atoms, those of the "
                          'catalogue 107\n'))
        shutil.rmtree(self.path('out'))
        shutil.copy(self.path('glasses/one.xyz'), self.path('glasses/same.xyz'))
        self.plan('one.xyz,1,,', 'same.xyz,1,,')
        result = self.pelrate(*self.arguments())
        self.assertEqual((result.code, result.stderr),
                         (2, "pelrate campaign: sample 'same' is given twice\n"))

    def test_other_settings(self):
        self.plan('one.xyz,1,,')
        self.runs()
        before = self.exported()
        self.fails(3, 'pelrate campaign: out/events.db: a catalogue of other settings: seed '
                   'is 1 there and 2 here\n', *self.arguments('--seed', 2))
        self.assertEqual(self.exported(), before)

    def test_a_place_that_cannot_be_made(self):
        self.fails(1, 'pelrate campaign: no/such: cannot be made: No such file or '
                   'directory\n', *self.arguments(folder='no/such'))


if __name__ == '__main__':
    harness.main()
