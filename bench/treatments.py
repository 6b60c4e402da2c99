#!/usr/bin/env python3
"""What each treatment of reversible events does to the theory on sampled events: the curves
T_max and T_ss, the contour map, a DSC scan, and the rate over temperature beside the referee
that keeps its paths.

    bench/treatments.py build/src/cli/pelrate EVENTS.landscape.csv OUT [--floors FLOORED.csv]
        [--z 3|LEVELS.csv] [--pair-barrier 0.1] [--e-is ...] [--time 1e-9] [--cells 40]

Treatments: none (log-mean, joint), floors (joint, on events selected by `pelrate fit --min-e-a
--min-e-r`), two-level, committor. OUT receives map-*.png of each, rates.png and the tables
rates.csv, treatments.md; the latter is printed. Referee: `pelrate kmc --mode paths`, regions of
`--region` paths, mean rate over [t/10, t] from fresh paths."""

import argparse
import math
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from closures import E, RATE, SE, Pelrate, numbers  # noqa: E402

HEAD = ['--temperature', '100:1500:57']


def steady_start(curves):
    """Where a scan can start: the steady state of the highest E_IS that has one, and its E_IS."""
    found = [(row[E], row['T_ss_K']) for row in curves if row['T_ss_K'] == row['T_ss_K']]
    return max(found) if found else None


def scan(pelrate, landscape, options, curves):
    """One line: what a glass cooled at 100 K/s from there does on heating at 1 K/s."""
    start = steady_start(curves)
    if start is None:
        return 'no steady state within the sampled E_IS: no glass transition'
    # A little below the highest level, where the steady state is inside the range.
    rows = pelrate.table('dsc', landscape, *options, '--cool', '100', '--heat', '1', '--start',
                         f'{start[1]:.6g}', '--bottom', '100', '--end', f'{start[1]:.6g}',
                         '--peaks', os.path.join(pelrate.out, 'peaks.csv'), '--force')
    if isinstance(rows, str):
        return rows.replace('pelrate dsc: ', '')
    with open(os.path.join(pelrate.out, 'peaks.csv'), encoding='utf-8') as file:
        lines = [line.strip().split(',') for line in file if not line.startswith('#')]
    peak = dict(zip(lines[0], lines[1]))
    return (f"from {start[1]:.0f} K: glass of {float(peak['e_glass_eV_per_atom']):.5f} eV/atom, "
            f"exotherm at {peak['peak_K'][:5] or '–'} K, "
            f"{float(peak['enthalpy_kJ_per_mol']):.3f} kJ/mol")


def shown(value, form='{:.0f}'):
    return form.format(value) if value == value else '–'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('landscape')
    parser.add_argument('out')
    parser.add_argument('--floors', help='event landscape with floors on E_A or E_R')
    parser.add_argument('--z', default='3', help='number, or table for pelrate --z')
    parser.add_argument('--region', type=int, default=4, help='of the referee: z + 1')
    parser.add_argument('--pair-barrier', default='0.1', help='eV')
    parser.add_argument('--e-is', type=numbers, required=True, help='eV/atom, comma-separated')
    parser.add_argument('--temperature', type=numbers, default=[400, 500, 600, 700, 800, 900])
    parser.add_argument('--time', type=float, default=1e-9, help='of the referee (s)')
    parser.add_argument('--cells', type=int, default=40)
    parser.add_argument('--replicas', type=int, default=4)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    pelrate = Pelrate(args.program)
    pelrate.out = args.out
    e_is = ','.join(f'{e:.9g}' for e in args.e_is)
    T = ','.join(f'{t:g}' for t in args.temperature)
    treatments = [('none: log-mean', args.landscape, []),
                  ('none: joint', args.landscape, ['--closure', 'joint'])]
    if args.floors:
        treatments.append(('floors: joint', args.floors, ['--closure', 'joint']))
    treatments += [
        ('two-level', args.landscape,
         ['--closure', 'two-level', '--pair-barrier', args.pair_barrier]),
        ('committor', args.landscape, ['--closure', 'committor', '--z', args.z])]

    head = ' | '.join(f'{e:.5f}: T_max, T_ss (K)' for e in args.e_is)
    text = [f'| treatment | {head} | scan, cooled at 100 K/s, heated at 1 K/s |',
            '|---' * (len(args.e_is) + 2) + '|']
    rates = {}
    for name, landscape, options in treatments:
        word = name.replace(': ', '-')
        curves_file = os.path.join(args.out, f'curves-{word}.csv')
        # Evenly from the lowest to the highest, and each E_IS of the tables itself.
        low, high = min(args.e_is), max(args.e_is)
        grid = [low + (high - low) * k / 24 for k in range(25)]
        grid = [e for e in grid if all(abs(e - x) > 1e-6 for x in args.e_is)] + args.e_is
        pelrate.table('map', landscape, *options, *HEAD,
                      '--e-is=' + ','.join(f'{e:.9g}' for e in sorted(grid)),
                      '--curves', curves_file, '--plot',
                      os.path.join(args.out, f'map-{word}.png'), '--force', '-o', '/dev/null')
        with open(curves_file, encoding='utf-8') as file:
            lines = [line.strip().split(',') for line in file if not line.startswith('#')]
        curves = [dict(zip(lines[0], (float(x) if x else float('nan') for x in line)))
                  for line in lines[1:]]
        cells = []
        for e in args.e_is:
            row = min(curves, key=lambda c: abs(c[E] - e))
            cell = f"{shown(row['T_max_K'])}, {shown(row['T_ss_K'])}"
            if row.get('trapped_from_K', float('nan')) == row.get('trapped_from_K'):
                cell += f"; trapped {row['trapped_from_K']:.0f} to {row['trapped_to_K']:.0f}"
            cells.append(cell)
        text.append(f'| {name} | ' + ' | '.join(cells) + ' | ' +
                    scan(pelrate, landscape, options, curves) + ' |')
        rows = pelrate.table('rate', landscape, *options, f'--e-is={e_is}', '--temperature', T)
        rates[name] = [row[RATE] for row in rows]

    referee = []
    for e in args.e_is:
        for t in args.temperature:
            rows = pelrate.table('kmc', args.landscape, '--mode', 'paths', '--region', args.region,
                                 f'--e-is={e}', '--temperature', t, '--time', args.time, '--cells',
                                 args.cells, '--replicas', args.replicas, '--extrapolate')
            early = min(rows, key=lambda row: abs(row['time_s'] - args.time / 10))
            span = rows[-1]['time_s'] - early['time_s']
            referee.append(((rows[-1][E] - early[E]) / span,
                            (rows[-1][SE]**2 + early[SE]**2)**0.5 / span))
    text += ['', '| E_IS (eV/atom) | T (K) | ' + ' | '.join(rates) +
             ' | paths (referee), eV/atom/s |', '|---' * (len(rates) + 3) + '|']
    points = [(e, t) for e in args.e_is for t in args.temperature]
    with open(os.path.join(args.out, 'rates.csv'), 'w', encoding='utf-8') as file:
        file.write('e_is_eV_per_atom,temperature_K,' + ','.join(
            name.replace(': ', '_').replace('-', '_') + '_eV_per_atom_per_s' for name in rates) +
            ',paths_eV_per_atom_per_s,paths_error_eV_per_atom_per_s\n')
        for k, (e, t) in enumerate(points):
            row = [rates[name][k] for name in rates]
            file.write(','.join(f'{x:.9g}' for x in (e, t, *row, *referee[k])) + '\n')
            text.append(f'| {e:.5f} | {t:g} | ' + ' | '.join(f'{x:.1e}' for x in row) +
                        f' | {referee[k][0]:.1e} ± {referee[k][1]:.0e} |')
    with open(os.path.join(args.out, 'treatments.md'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(text) + '\n')
    print('\n'.join(text))
    draw(args, rates, points, referee)


def draw(args, rates, points, referee):
    """A panel an E_IS: the rate over T, signed, linear below 1e3 and logarithmic above."""
    colours = ['#b8b8b8', '#636363', '#2c7fb8', '#31a354', '#d7301f']
    script = [f"set terminal pngcairo size {420 * len(args.e_is)},480 font ',10'",
              f"set output '{os.path.join(args.out, 'rates.png')}'",
              f'set multiplot layout 1,{len(args.e_is)}', "set xlabel 'temperature (K)'",
              "set ylabel 'dE_{IS}/dt (eV/atom/s)'", "set yrange [-8.5:8.5]",
              "set ytics ('-10^{9}' -6, '-10^{7}' -4, '-10^{5}' -2, '0' 0, '10^{5}' 2, "
              "'10^{7}' 4, '10^{9}' 6)", 'set key below maxrows 3', 'set xzeroaxis lt 1 lc black']
    n = len(args.temperature)
    for panel, e in enumerate(args.e_is):
        script.append(f"set title '{e:.5f} eV/atom'")
        for j, name in enumerate(rates):
            script.append(f'$c{panel}_{j} << EOD')
            script += [f'{points[k][1]} {signed_value(rates[name][k]):.6g}'
                       for k in range(panel * n, (panel + 1) * n)]
            script.append('EOD')
        script.append(f'$r{panel} << EOD')
        for k in range(panel * n, (panel + 1) * n):
            value, error = referee[k]
            script.append(f'{points[k][1]} {signed_value(value):.6g} '
                          f'{signed_value(value - error):.6g} {signed_value(value + error):.6g}')
        script.append('EOD')
        parts = [f"$c{panel}_{j} with linespoints lw 2 pt 0 lc rgb '{colours[j % 5]}' title "
                 f"'{name}'" for j, name in enumerate(rates)]
        parts.append(f"$r{panel} with yerrorbars pt 7 lc rgb 'black' title 'paths (referee)'")
        script.append('plot ' + ', '.join(parts))
    subprocess.run(['gnuplot'], input='\n'.join(script) + '\n', text=True, check=True)


def signed_value(x):
    """Decades above 1e3, with the sign; linear below."""
    return math.asinh(x / 2e3) / math.log(10)


if __name__ == '__main__':
    main()
