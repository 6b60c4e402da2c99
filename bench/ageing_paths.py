#!/usr/bin/env python3
"""Ageing rates of the kinetic Monte Carlo that keeps its paths (`pelrate kmc --mode paths`: no closure
has them), found as those of molecular dynamics are, so that they can be fitted and held against the
measured map as a second map:

    bench/ageing_paths.py build/src/cli/pelrate data/cuzr/events.landscape.csv -o paths-rates.csv
    pelrate surface paths-rates.csv --temperature ... --e-is ... -o paths-map.csv
    pelrate compare map.csv paths-map.csv

Cells of as many atoms as the landscape says start with fresh paths; t = 0 is `--settle` later, as after
the ramp of data/cuzr/ageing-make. A row is the slope from then to `--time`, booked half-way, mean over
`--curves` curves that started alike, each the mean over `--cells-a-curve` cells. Its error is their
scatter, pooled over the temperatures. One slope a start: fresh paths age fast at first and ten times more
slowly after 50 ps at the same E_IS, so that shorter slopes are no function of E_IS and T. E_IS within the landscape alone: slopes end where
a curve leaves it."""

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from closures import numbers  # noqa: E402


def history(args, e_is, temperature, seed, programme):
    """E_IS after the settling and at the end; None: it has left the landscape."""
    command = [args.program, 'kmc', args.landscape, '--mode', 'paths', '--region', args.region,
               f'--e-is={e_is:.9g}', '--programme', programme, '--replicas', args.cells_a_curve,
               '--seed', seed, '--extrapolate', '--quiet', '--threads', 1]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(done.stderr.strip())
    lines = [line.split(',') for line in done.stdout.splitlines() if not line.startswith('#')]
    rows = [dict(zip(lines[0], line)) for line in lines[1:]]
    settled = next(row for row in rows
                   if float(row['time_s']) > 1e-12 * args.settle * (1 - 1e-9))
    if any(row['extrapolated'] != '0' for row in rows):
        return None
    return float(settled['e_is_eV_per_atom']), float(rows[-1]['e_is_eV_per_atom'])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('landscape')
    parser.add_argument('-o', '--output', required=True)
    parser.add_argument('--e-is', type=numbers, help='eV/atom (default: 24 over the landscape)')
    parser.add_argument('--temperature', type=numbers,
                        default=[500, 600, 650, 700, 750, 800, 850, 900])
    parser.add_argument('--time', type=float, default=200.0, help='ps')
    parser.add_argument('--settle', type=float, default=5.0, help='ps')
    parser.add_argument('--region', type=int, default=4, help='paths that a hop renews: z + 1')
    parser.add_argument('--cells-a-curve', type=int, default=4)
    parser.add_argument('--curves', type=int, default=8, help='a start and temperature')
    args = parser.parse_args()
    keys = {}
    with open(args.landscape, encoding='utf-8') as file:
        for line in file:
            if not line.startswith('#'):
                break
            key, _, value = line[2:].partition(': ')
            keys[key] = value.strip()
    if args.e_is is None:
        with open(args.landscape, encoding='utf-8') as file:
            rows = [line.split(',') for line in file if not line.startswith('#')]
        column = rows[0].index('e_is_eV_per_atom')
        levels = [float(row[column]) for row in rows[1:]]
        low, high = min(levels), max(levels)
        args.e_is = [low + (high - low) * (k + 0.5) / 24 for k in range(24)]
    text = ['# format: pelrate-rates 1',
            '# name: kinetic Monte Carlo that keeps its paths (not molecular dynamics)',
            f'# atoms: {keys["atoms"]}', f'# landscape: {os.path.basename(args.landscape)}',
            f'# region: {args.region}', f'# cells_a_curve: {args.cells_a_curve}',
            f'# curves: {args.curves}', f'# settled_ps: {args.settle:g}',
            f'# time_ps: {args.time:g}',
            'e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s,standard_error,count']
    seed = 0
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        programme = os.path.join(folder, 'programme.csv')
        for temperature in args.temperature:
            with open(programme, 'w', encoding='utf-8') as file:
                file.write('target_K,rate_K_per_s,hold_s\n'
                           f'{temperature},1,{1e-12 * args.settle}\n'
                           f'{temperature},1,{1e-12 * args.time}\n')
            for e_is in args.e_is:
                found = []
                for _ in range(args.curves):
                    seed += 1
                    found.append(history(args, e_is, temperature, seed, programme))
                if None in found: # those that stay are no fair sample
                    continue
                middle = statistics.fmean((a + b) / 2 for a, b in found)
                slopes = [(b - a) / (1e-12 * args.time) for a, b in found]
                rows.setdefault(e_is, []).append((middle, temperature, statistics.fmean(slopes),
                                                  statistics.variance(slopes)))
            print(f'{temperature:g} K', file=sys.stderr)
    for group in rows.values():
        error = math.sqrt(statistics.fmean(row[3] for row in group) / args.curves)
        text += [f'{e:.9f},{T:g},{rate:.6g},{error:.4g},{args.curves}' for e, T, rate, _ in group]
    with open(args.output, 'w', encoding='utf-8') as file:
        file.write('\n'.join(text) + '\n')


if __name__ == '__main__':
    main()
