#!/usr/bin/env python3
"""How far each closure is from its referee: what E_IS does in a hold, by the rate equation
under a closure and by kinetic Monte Carlo of the same landscape, over temperature and E_IS.

    bench/closures.py build/src/cli/pelrate parametric R1.landscape.csv [options]
    bench/closures.py build/src/cli/pelrate events EVENTS.landscape.csv [options]

parametric: closures log-mean and kinetic beside mode independent, for a system of `--cells`
(so many atoms and paths where the landscape has one of each) and one of `--many` cells: the
referee fluctuates, and what is left of the kinetic closure's distance is the size. The time is
that in which the kinetic closure moves E_IS by `--step`.

events: closure kinetic beside mode independent, joint beside mode joint (many cells; exact but
for statistics), and joint, two-level and committor beside mode paths, with regions of z + 1
paths: mean rate over [t/10, t], t = `--time`, from fresh paths at t = 0.

Ratios are closure over referee, of the change of E_IS in the same time; the error is one
standard error of the referee. Prints a table in Markdown; commands go to standard error."""

import argparse
import csv
import io
import subprocess
import sys


class Pelrate:
    def __init__(self, program):
        self.program = program

    def table(self, *args):
        """Rows of a command's table, or the message with which it ended."""
        args = [str(a) for a in args]
        print('pelrate', *args, file=sys.stderr)
        done = subprocess.run([self.program, *args, '--quiet'], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            return done.stderr.strip()
        text = [line for line in done.stdout.splitlines() if not line.startswith('#')]
        return [{k: float(v) if v else float('nan') for k, v in row.items()
                 if k not in ('sample', 'status')}
                for row in csv.DictReader(io.StringIO('\n'.join(text)))]


E, SE, RATE = 'e_is_eV_per_atom', 'standard_error_eV_per_atom', 'rate_eV_per_atom_per_s'


def referee(pelrate, landscape, mode, e, T, t, cells, replicas, *more):
    """Change of E_IS [eV/atom] in t and its standard error; or a message."""
    rows = pelrate.table('kmc', landscape, '--mode', mode, '--e-is', e, '--temperature', T,
                         '--time', t, '--cells', cells, '--replicas', replicas, '--extrapolate',
                         *more)
    if isinstance(rows, str):
        return rows
    return rows[-1][E] - e, rows[-1][SE]


def closure(pelrate, landscape, name, e, T, t, *more):
    """Change of E_IS [eV/atom] in t."""
    rows = pelrate.table('anneal', landscape, '--closure', name, '--e-is', e, '--temperature', T,
                         '--time', t, '--extrapolate', *more)
    return rows if isinstance(rows, str) else rows[-1][E] - e


def ratio(of, to):
    """'0.987 ± 0.004', of a closure to a referee."""
    if isinstance(of, str) or isinstance(to, str):
        return '–'
    value = of / to[0]
    return f'{value:.3f} ± {abs(value * to[1] / to[0]):.3f}'


def rate(pelrate, landscape, name, e, T, *more):
    rows = pelrate.table('rate', landscape, '--closure', name, '--e-is', e, '--temperature', T,
                         '--extrapolate', *more)
    return rows if isinstance(rows, str) else rows[0][RATE]


def parametric(pelrate, args):
    print(f'| E_IS (eV/atom) | T (K) | log-mean / {args.cells} cells | kinetic / {args.cells} '
          f'cells | log-mean / {args.many:.0e} cells | kinetic / {args.many:.0e} cells |')
    print('|---|---|---|---|---|---|')
    for e in args.e_is:
        for T in args.temperature:
            t = args.step / abs(rate(pelrate, args.landscape, 'kinetic', e, T))
            of = [closure(pelrate, args.landscape, name, e, T, t)
                  for name in ('log-mean', 'kinetic')]
            few = referee(pelrate, args.landscape, 'independent', e, T, t, args.cells,
                          args.replicas)
            many = referee(pelrate, args.landscape, 'independent', e, T, t, args.many, 200)
            cells = [ratio(value, to) for to in (few, many) for value in of]
            print(f'| {e} | {T:g} | ' + ' | '.join(cells) + ' |', flush=True)


def events(pelrate, args):
    print('| E_IS (eV/atom) | T (K) | kinetic / independent | joint / joint | paths (eV/atom/s) '
          f'| joint | two-level {args.pair_barrier} eV | committor z = {args.z} |')
    print('|---|---|---|---|---|---|---|---|')
    for e in args.e_is:
        for T in args.temperature:
            cells = []
            for mode, name in (('independent', 'kinetic'), ('joint', 'joint')):
                t = args.step / abs(rate(pelrate, args.landscape, name, e, T))
                cells.append(ratio(closure(pelrate, args.landscape, name, e, T, t),
                                   referee(pelrate, args.landscape, mode, e, T, t, args.many,
                                           100)))
            rows = pelrate.table('kmc', args.landscape, '--mode', 'paths', '--region', args.z + 1,
                                 '--e-is', e, '--temperature', T, '--time', args.time, '--cells',
                                 args.cells, '--replicas', args.replicas, '--extrapolate')
            if isinstance(rows, str):
                cells.append(rows)
            else:
                early = min(rows, key=lambda row: abs(row['time_s'] - args.time / 10))
                span = rows[-1]['time_s'] - early['time_s']
                error = (rows[-1][SE]**2 + early[SE]**2)**0.5
                cells.append(f'{(rows[-1][E] - early[E]) / span:.2g} ± {error / span:.1g}')
            for name, more in (('joint', ()), ('two-level', ('--pair-barrier', args.pair_barrier)),
                               ('committor', ('--z', args.z))):
                value = rate(pelrate, args.landscape, name, e, T, *more)
                cells.append(value if isinstance(value, str) else
                             'trapped' if value == 0.0 else f'{value:.2g}')
            print(f'| {e:.5f} | {T:g} | ' + ' | '.join(cells) + ' |', flush=True)


def numbers(text):
    return [float(word) for word in text.split(',')]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('kind', choices=('parametric', 'events'))
    parser.add_argument('landscape')
    parser.add_argument('--e-is', type=numbers, required=True, help='eV/atom, comma-separated')
    parser.add_argument('--temperature', type=numbers, required=True, help='K, comma-separated')
    parser.add_argument('--cells', type=int, default=None, help='cells of the referee')
    parser.add_argument('--many', type=int, default=None, help='cells where size does not matter')
    parser.add_argument('--replicas', type=int, default=None)
    parser.add_argument('--step', type=float, default=2e-4, help='change of E_IS (eV/atom)')
    parser.add_argument('--time', type=float, default=1e-9, help='events, paths (s)')
    parser.add_argument('--z', type=int, default=3, help='events: paths onward')
    parser.add_argument('--pair-barrier', type=float, default=0.1, help='events: two-level (eV)')
    args = parser.parse_args()
    if args.kind == 'parametric':
        args.cells = args.cells or 2000
        args.many = args.many or 20000000
        args.replicas = args.replicas or 100000
        parametric(Pelrate(args.program), args)
    else:
        args.cells = args.cells or 10
        args.many = args.many or 10000
        args.replicas = args.replicas or 8
        events(Pelrate(args.program), args)


if __name__ == '__main__':
    main()
