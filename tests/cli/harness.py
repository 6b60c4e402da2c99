"""What every test of the command shares: run pelrate as a user does, compare the exit
status and what it says exactly, read the tables that it writes.

A test file is tests/cli/test_<command>.py: subclasses of harness.Case and, at the end,
harness.main(). Its name without "test_" and ".py" goes into tests/cli/meson.build. By hand:

    tests/cli/test_rate.py build/src/cli/pelrate [NameOfClass.name_of_test]

The program may be given by the environment too (PELRATE). Standard library only."""

import math
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get(
    'PEL_SOURCE', os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
POTENTIALS = os.environ.get('PEL_POTENTIALS', '/usr/share/lammps/potentials')
PELRATE = os.environ.get('PELRATE', 'pelrate')

# A finding of a sanitizer must never pass for an expected failure of the program.
SANITIZER_EXIT = 99


def source(*parts):
    """Path of a file of the source tree."""
    return os.path.join(SOURCE, *parts)


def landscape(name='r1.landscape.csv'):
    """Path of a landscape that is shipped."""
    return source('data', 'reference', name)


def reference(name):
    """Table of reference values."""
    with open(source('tests', 'reference', name), encoding='utf-8') as file:
        return Table(file.read())


def potential(name='CuZr_mm.eam.fs'):
    """Path of a potential file; the test is skipped where it is not installed."""
    path = os.path.join(POTENTIALS, name)
    if not os.path.exists(path):
        raise unittest.SkipTest(f'{path} is not installed')
    return path


def crystal(empty=0, name='Cu'):
    """Face-centred copper, 108 sites of which one is empty, as extended XYZ."""
    side, cells = 3.64, 3
    basis = [(0, 0, 0), (0, .5, .5), (.5, 0, .5), (.5, .5, 0)]
    sites = [(side * (i + b[0]), side * (j + b[1]), side * (k + b[2]))
             for i in range(cells) for j in range(cells) for k in range(cells) for b in basis]
    del sites[empty]
    edge = side * cells
    lines = [str(len(sites)),
             f'Lattice="{edge} 0 0 0 {edge} 0 0 0 {edge}" Properties=species:S:1:pos:R:3']
    lines += [f'{name} {x!r} {y!r} {z!r}' for x, y, z in sites]
    return '\n'.join(lines) + '\n'


class Result:
    """How a run ended."""

    def __init__(self, code, stdout, stderr):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr


class Table:
    """A CSV table with its `# key: value` lines. Rows are dicts of texts."""

    def __init__(self, text):
        self.keys = {}
        self.columns = []
        self.rows = []
        for line in text.splitlines():
            key = re.match(r'# (\w+): (.*)$', line)
            if key:
                self.keys[key[1]] = key[2]
            elif not line.startswith('#'):
                fields = line.split(',')
                if not self.columns:
                    self.columns = fields
                else:
                    if len(fields) != len(self.columns):
                        raise AssertionError(f'{len(fields)} fields in: {line}')
                    self.rows.append(dict(zip(self.columns, fields)))

    def numbers(self, column):
        """A column as floats, an empty field as NaN."""
        return [float(row[column]) if row[column] else math.nan for row in self.rows]


class Case(unittest.TestCase):
    """A test with a folder of its own, where the program runs."""

    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix='pelrate-')
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def path(self, name):
        """Path of a file in the folder of the test."""
        return os.path.join(self.dir, name)

    def write(self, name, text):
        """Make a file in the folder of the test. Returns its name."""
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        return name

    def read(self, name):
        with open(self.path(name), encoding='utf-8') as file:
            return file.read()

    def table(self, name):
        return Table(self.read(name))

    def environment(self, **change):
        env = dict(os.environ)
        env.setdefault('ASAN_OPTIONS', f'exitcode={SANITIZER_EXIT}')
        env.setdefault('LSAN_OPTIONS', f'exitcode={SANITIZER_EXIT}')
        env.setdefault('UBSAN_OPTIONS', f'print_stacktrace=1:exitcode={SANITIZER_EXIT}')
        env.update(change)
        return env

    def pelrate(self, *args, timeout=300, env=None, stdout=subprocess.PIPE):
        """Run the program in the folder of the test. Returns a Result."""
        done = subprocess.run([PELRATE, *map(str, args)], cwd=self.dir, timeout=timeout,
                              env=self.environment(**(env or {})), stdin=subprocess.DEVNULL,
                              stdout=stdout, stderr=subprocess.PIPE, check=False)
        out = done.stdout.decode() if done.stdout is not None else ''
        err = done.stderr.decode()
        self.assertNotIn(done.returncode, (SANITIZER_EXIT, -6, -11), err)
        self.assertNotIn('runtime error', err)
        return Result(done.returncode, out, err)

    def works(self, *args, stderr='', **options):
        """It exits 0 and says exactly `stderr` (None: anything). Returns standard output."""
        result = self.pelrate(*args, **options)
        self.assertEqual((result.code, result.stderr if stderr is not None else None),
                         (0, stderr))
        return result.stdout

    def fails(self, code, stderr, *args, **options):
        """It exits with `code`, says exactly `stderr` and prints no table; nothing
        half-written lies about."""
        before = sorted(os.listdir(self.dir))
        result = self.pelrate(*args, **options)
        self.assertEqual((result.code, result.stderr), (code, stderr))
        self.assertEqual(result.stdout, '')
        self.assertEqual(sorted(os.listdir(self.dir)), before)
        return result

    def close(self, value, expected, relative=0.0, absolute=0.0):
        """value agrees with expected; NaN never does."""
        allowed = max(absolute, relative * abs(expected))
        if not abs(value - expected) <= allowed:
            self.fail(f'{value!r} is {abs(value - expected):.3g} from {expected!r}, '
                      f'allowed {allowed:.3g}')

    def picture(self, name):
        """A picture is whole and of the kind that its extension says. Returns its bytes."""
        with open(self.path(name), 'rb') as file:
            content = file.read()
        start, end = {'svg': (b'<?xml', b'</svg>'), 'png': (b'\x89PNG\r\n', b'IEND\xaeB`\x82'),
                      'pdf': (b'%PDF-', b'%%EOF')}[name.rsplit('.', 1)[1]]
        self.assertTrue(content.startswith(start), name)
        self.assertTrue(content.rstrip().endswith(end), name)
        return content

    def worked_examples(self, command, timeout=300):
        """Run what `pelrate COMMAND --help` shows: the lines that begin with '  $ ', in a
        folder that has data/ as the source tree has, with pelrate and the potentials where the
        text expects them. Each must exit 0. Returns the command lines."""
        result = self.pelrate(*command.split(), '--help')
        self.assertEqual((result.code, result.stderr), (0, ''))
        lines = [line[4:] for line in result.stdout.splitlines() if line.startswith('  $ ')]
        self.assertTrue(lines, f'pelrate {command} --help has no worked example')
        os.symlink(source('data'), self.path('data'))
        os.mkdir(self.path('bin'))
        os.symlink(PELRATE, self.path('bin/pelrate'))
        path = self.path('bin') + os.pathsep + os.environ.get('PATH', '')
        for line in lines:
            for word in shlex.split(line):
                if word.startswith('/usr/share/lammps/potentials/'):
                    line = line.replace(word, potential(os.path.basename(word)))
            done = subprocess.run(['sh', '-ec', line], cwd=self.dir, timeout=timeout,
                                  env=self.environment(PATH=path), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 0, f'{line}\n{done.stderr.decode()}')
            self.assertNotIn('runtime error', done.stderr.decode())
        return lines


def main():
    """Run the tests of the file: the first argument is the program, the rest select tests.
    Exit 77 (skipped, for meson) when nothing could run."""
    global PELRATE
    args = sys.argv[1:]
    if args and os.access(args[0], os.X_OK) and not os.path.isdir(args[0]):
        PELRATE = args.pop(0)
    found = shutil.which(PELRATE)
    if found is None:
        sys.exit(f'{sys.argv[0]}: {PELRATE}: no such program')
    PELRATE = os.path.abspath(found)
    program = unittest.main(module='__main__', argv=[sys.argv[0], *args], verbosity=2,
                            exit=False)
    result = program.result
    if result.wasSuccessful() and result.testsRun > 0 and \
            len(result.skipped) == result.testsRun:
        sys.exit(77)
    sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)
