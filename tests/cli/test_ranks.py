#!/usr/bin/env python3
"""pelrate campaign under mpirun: ranks share the work and find what threads find; what
befalls one of them ends the others too, and loses nothing."""

import os
import resource
import shutil
import signal
import subprocess
import unittest

import harness
from test_campaign import Campaign


def mpirun():
    """The launcher, where the program was built for it."""
    found = shutil.which('mpirun')
    libraries = subprocess.run(['ldd', harness.PELRATE], stdout=subprocess.PIPE,
                               check=False).stdout.decode()
    if found is None or 'libmpi' not in libraries:
        raise unittest.SkipTest('built without MPI, or mpirun is not there')
    return [found, '--oversubscribe']


def children_of(parent):
    """Processes that a process has started."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
                # the name, in parentheses, may have blanks in it
                if int(file.read().rsplit(')', 1)[1].split()[1]) == parent:
                    found.append(int(pid))
        except OSError:
            pass
    return found


class Ranks(Campaign):
    def environment(self, **change):
        # MPI keeps memory until the end of the process, which is no leak of ours.
        return super().environment(
            OMPI_ALLOW_RUN_AS_ROOT='1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM='1',
            ASAN_OPTIONS=f'exitcode={harness.SANITIZER_EXIT}:detect_leaks=0', **change)

    def ranks(self, n, *more, **options):
        process = self.start(*more, before=[*mpirun(), '-n', str(n)], **options)
        stderr = process.communicate(timeout=300)[1].decode()
        self.assertNotIn('runtime error', stderr)
        return process.returncode, stderr

    def test_the_same_events(self):
        self.assertEqual(self.ranks(3, folder='three')[0], 0)
        self.assertEqual(self.ranks(1, folder='one')[0], 0)
        self.runs('--threads', 2)
        self.assertEqual(self.exported('three'), self.exported())
        self.assertEqual(self.exported('one'), self.exported())

    def test_a_rank_that_dies(self):
        self.plan('one.xyz,300,,')
        process = self.start(before=[*mpirun(), '-n', '3'], start_new_session=True)
        self.wait(process, 4)
        # mpirun's children, of which the last one is no rank 0
        os.kill(max(children_of(process.pid)), signal.SIGKILL)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.check_whole()
        # A smaller plan is another folder's: what is there already ends it.
        stored = self.stored()
        self.plan(f'one.xyz,{stored + 3},,', name='short.csv')
        os.remove(self.path('out/plan.csv'))
        self.runs(plan='short.csv')
        self.runs(plan='short.csv', folder='whole')
        self.assertEqual(self.rows_below(stored + 3), self.rows_below(stored + 3, 'whole'))

    def test_asked_to_stop(self):
        self.whole()
        process = self.start(before=[*mpirun(), '-n', '3'])
        self.wait(process, 3)
        process.terminate()
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.check_whole()
        self.assertEqual(self.ranks(2)[0], 0)
        self.assertEqual(self.exported(), self.exported('whole'))

    def rows_below(self, n, folder='out'):
        return [row for row in self.table(f'{folder}/events.csv').rows
                if int(row['search']) < n]

    def test_an_error_in_one_is_told_once(self):
        self.plan('four.xyz,3,,')
        code, stderr = self.ranks(3)
        self.assertNotEqual(code, 0)
        self.assertEqual(stderr.count('pelrate campaign: '), 1, stderr)
        self.assertIn('glasses/four.xyz: cannot be opened', stderr)

    def test_no_disk(self):
        self.whole()
        blocks = int(0.7 * os.path.getsize(self.path('whole/events.db')) / 512)
        # a limit for the program alone, which then must not share memory through files
        command = [*mpirun(), '--mca', 'btl', 'self,tcp', '-n', '3', 'sh', '-c',
                   f'ulimit -f {blocks} && exec "$0" "$@"']
        process = self.start(before=command)
        stderr = process.communicate(timeout=300)[1].decode()
        self.assertNotEqual(process.returncode, 0)
        self.assertIn('pelrate campaign: out/events.db: cannot write, ', stderr)
        self.assertEqual(self.ranks(3)[0], 0)
        self.assertEqual(self.exported(), self.exported('whole'))

    def test_threads_beside_ranks(self):
        code, stderr = self.ranks(2, '--threads', 2)
        self.assertEqual(code, 2)
        self.assertIn('pelrate campaign: --threads: ranks have one each, start more of them',
                      stderr)


if __name__ == '__main__':
    harness.main()
