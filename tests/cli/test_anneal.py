#!/usr/bin/env python3
"""pelrate anneal: holds against the time-of-flight integral, programmes, bad programmes."""

import math
import os

import harness

COLUMNS = ['time_s', 'temperature_K', 'e_is_eV_per_atom', 'rate_eV_per_atom_per_s']
KB = 8.617333262e-5  # eV/K


def r1_rate(e_is, temperature):
    """de/dt of R1 under log-mean, from its closed forms [eV/atom/s]."""
    x, kT = e_is + 4.67, KB * temperature
    ln_z = -(0.55 - 60 * x) / kT - 4 * math.log1p(0.15 / kT)
    return 1e13 * math.exp(ln_z) * (-kT * ln_z - (0.9 - 57 * x))


def time_of_flight(e_from, e_to, temperature, n=4000):
    """int de / f by Simpson's rule [s]."""
    h = (e_to - e_from) / n
    total = 0.0
    for i in range(n + 1):
        weight = 1 if i in (0, n) else 4 if i % 2 else 2
        total += weight / r1_rate(e_from + i * h, temperature)
    return total * h / 3


class Holds(harness.Case):
    def check_flight(self, within, *more):
        """Every tenth row of a hold over ten decades against an integral that knows nothing of
        pelrate: time within a relative `within`, E_IS within 1e-6 of its change so far."""
        table = harness.Table(self.works('anneal', harness.landscape(), '--e-is', -4.668,
                                         '--temperature', 573, '--time', 3e5, *more))
        self.assertEqual(table.columns, COLUMNS)
        time, e = table.numbers('time_s'), table.numbers('e_is_eV_per_atom')
        self.assertEqual((time[0], e[0], time[-1]), (0.0, -4.668, 3e5))
        self.assertEqual(set(table.numbers('temperature_K')), {573.0})
        checked = [k for k in range(1, len(time)) if e[0] - e[k] > 1e-5]
        self.assertGreater(time[checked[-1]] / time[checked[0]], 1e10)
        for k in checked[::10] + checked[-1:]:
            late = time[k] - time_of_flight(e[0], e[k], 573)
            self.close(late, 0.0, absolute=within * time[k])
            self.close(late * r1_rate(e[k], 573), 0.0, absolute=1e-6 * (e[0] - e[k]))

    def test_time_of_flight(self):
        self.check_flight(1e-6)

    def test_the_rate_is_the_slope(self):
        table = harness.Table(self.works('anneal', harness.landscape(), '--e-is', -4.684,
                                         '--temperature', 551, '--time', 7200))
        for row in table.rows[1:]:
            self.close(float(row['rate_eV_per_atom_per_s']),
                       r1_rate(float(row['e_is_eV_per_atom']), 551), 1e-3)

    def test_steady_state_stays(self):
        table = harness.Table(self.works('anneal', harness.landscape(), '--e-is', -4.68,
                                         '--temperature', 640.9917520836232,
                                         '--time', 1e6))
        self.close(table.numbers('e_is_eV_per_atom')[-1], -4.69, absolute=1e-8)

    def test_rtol(self):
        args = ['anneal', harness.landscape(), '--e-is', -4.68, '--temperature', 600,
                '--time', 1000, '--rtol', 1e-10]
        self.works(*args)
        for bad in ('0', '1', '-1e-8'):
            self.fails(2, 'pelrate anneal: --rtol: expected a number between 0 and 1 '
                       "(see 'pelrate anneal --help')\n", *args[:-1], bad)


class Programmes(harness.Case):
    PROGRAMME = ('target_K,rate_K_per_s,hold_s\n300,,10\n612.5,2.5,60\n400,0.5,0\n'
                 '730,1,30\n')

    def test_programme(self):
        self.write('p.csv', self.PROGRAMME)
        out = self.works('anneal', harness.landscape(), '--e-is', -4.684, '--programme',
                         'p.csv')
        table = harness.Table(out)
        self.assertRegex(table.keys['input_2'], r'^p\.csv sha256:[0-9a-f]{64}$')
        history = {row['time_s']: row['temperature_K'] for row in table.rows}
        # 312.5 K at 2.5 K/s, 212.5 K at 0.5 K/s, 330 K at 1 K/s and three holds.
        for time, temperature in (('0', '300'), ('10', '300'), ('135', '612.5'),
                                  ('195', '612.5'), ('620', '400'), ('950', '730'),
                                  ('980', '730')):
            self.assertEqual(history[time], temperature)
        self.assertEqual(table.rows[-1]['time_s'], '980')
        time = table.numbers('time_s')
        self.assertEqual(time, sorted(set(time)))

    def test_verbose_tells_what_the_solver_did(self):
        self.write('p.csv', self.PROGRAMME)
        result = self.pelrate('anneal', harness.landscape(), '--e-is', -4.684,
                              '--programme', 'p.csv', '--verbose')
        self.assertEqual(result.code, 0)
        self.assertRegex(result.stderr, r'\Apelrate anneal: \d+ rows, \d+ segments, \d+ '
                         r'steps \(\d+ repeated\), \d+ rates, \d+ Jacobians, \d+ Newton '
                         r'iterations \(\d+ failed\)\n\Z')

    def refuse(self, text, message):
        self.write('p.csv', text)
        self.fails(3, f'pelrate anneal: p.csv{message}\n', 'anneal', harness.landscape(),
                   '--e-is', -4.684, '--programme', 'p.csv', '-o', 'out.csv')

    def test_below_zero_kelvin(self):
        self.refuse('target_K,rate_K_per_s,hold_s\n300,,0\n-10,1,600\n',
                    ':3: target_K is -10, expected a temperature above 0 K')

    def test_missing_column(self):
        self.refuse('target_K,hold_s\n300,0\n310,600\n',
                    ":1: no column 'rate_K_per_s', expected one of that name")

    def test_no_rate(self):
        self.refuse('target_K,rate_K_per_s,hold_s\n300,,0\n400,,600\n', ":3: rate_K_per_s is '', expected a finite number")

    def test_rate_not_positive(self):
        self.refuse('target_K,rate_K_per_s,hold_s\n300,,0\n400,-2,600\n', ':3: rate_K_per_s is -2 from 300 K to 400 K, expected a number > 0 (the '
                    'target gives the direction)')

    def test_negative_hold(self):
        self.refuse('target_K,rate_K_per_s,hold_s\n300,,-5\n400,2,600\n', ':2: hold_s is -5, expected a number >= 0')

    def test_no_duration(self):
        self.refuse('target_K,rate_K_per_s,hold_s\n300,,0\n', ':2: the programme lasts 0 s, expected a finite time > 0')

    def test_text(self):
        self.refuse('target_K,rate_K_per_s,hold_s\n300,,0\nhot,2,600\n', ":3: target_K is 'hot', expected a finite number")

    def test_missing_file(self):
        self.fails(3, 'pelrate anneal: no.csv: cannot open: No such file or directory\n',
                   'anneal', harness.landscape(), '--e-is', -4.684, '--programme', 'no.csv')


class Limits(harness.Case):
    def test_start_outside_the_landscape(self):
        self.fails(1, 'pelrate anneal: e_is = -4.72 eV/atom is outside the range '
                   '[-4.7, -4.661] of the landscape\n', 'anneal', harness.landscape(),
                   '--e-is', -4.72, '--temperature', 700, '--time', 10)

    def test_leaving_the_landscape(self):
        args = ['anneal', harness.landscape(), '--e-is', -4.6995, '--temperature', 480,
                '--time', 1e19]
        result = self.pelrate(*args)
        self.assertEqual((result.code, result.stdout), (1, ''))
        self.assertRegex(result.stderr, r'\Apelrate anneal: e_is leaves the range '
                         r'\[-4\.7, -4\.661\] eV/atom of the landscape at its lower end, at '
                         r't = 1\.068\d*e\+13 s, T = 480 K\n\Z')

    def test_extrapolated_rows(self):
        result = self.pelrate('anneal', harness.landscape(), '--e-is', -4.6995,
                              '--temperature', 480, '--time', 1e19, '--extrapolate')
        self.assertEqual(result.code, 0)
        table = harness.Table(result.stdout)
        self.assertEqual(table.columns, COLUMNS + ['extrapolated'])
        for row in table.rows:
            self.assertEqual(row['extrapolated'],
                             str(int(float(row['e_is_eV_per_atom']) < -4.7)))
        n = sum(row['extrapolated'] == '1' for row in table.rows)
        self.assertGreater(n, 0)
        self.assertEqual(result.stderr, f'pelrate anneal: {n} of {len(table.rows)} rows are '
                         'extrapolated: E_IS outside -4.7 to -4.661 eV/atom, which the '
                         'landscape covers\n')

    def test_usage(self):
        tail = " (see 'pelrate anneal --help')\n"
        for message, args in (
                ('0 operands, expected LANDSCAPE', []),
                ('--e-is is missing', ['a', '--temperature', 500, '--time', 1]),
                ('--temperature and --time, or --programme, are missing',
                 ['a', '--e-is', -4.68]),
                ('--time is missing', ['a', '--e-is', -4.68, '--temperature', 500]),
                ('--temperature is missing', ['a', '--e-is', -4.68, '--time', 500]),
                ('--programme excludes --temperature and --time',
                 ['a', '--e-is', -4.68, '--time', 500, '--programme', 'p']),
                ('--temperature: -3 K, expected above 0 K',
                 ['a', '--e-is', -4.68, '--temperature', -3, '--time', 1]),
                ('--time: 0 s, expected above 0 s',
                 ['a', '--e-is', -4.68, '--temperature', 300, '--time', 0]),
                ("--time: 'long' is not a finite number",
                 ['a', '--e-is', -4.68, '--temperature', 300, '--time', 'long'])):
            with self.subTest(message=message):
                self.fails(2, f'pelrate anneal: {message}{tail}', 'anneal', *args)

    def test_existing_output(self):
        self.write('t.csv', 'precious')
        self.fails(2, 'pelrate anneal: t.csv: exists already, expected a new name '
                   '(or --force)\n', 'anneal', harness.landscape(), '--e-is', -4.68,
                   '--temperature', 600, '--time', 1, '-o', 't.csv')
        self.assertEqual(self.read('t.csv'), 'precious')

    def test_full_disk(self):
        self.fails(1, 'pelrate anneal: /dev/full: cannot write: No space left on device\n',
                   'anneal', harness.landscape(), '--e-is', -4.68, '--temperature', 600,
                   '--time', 1, '-o', '/dev/full')

    def test_pictures(self):
        self.write('p.csv', Programmes.PROGRAMME)
        args = ['anneal', harness.landscape(), '--e-is', -4.684, '-o', '/dev/null']
        self.works(*args, '--temperature', 600, '--time', 1e4, '--plot', 'hold.svg')
        self.assertIn(b'time (s)', self.picture('hold.svg'))
        self.works(*args, '--programme', 'p.csv', '--plot', 'programme.png')
        self.picture('programme.png')

    def test_worked_example(self):
        self.worked_examples('anneal')


class Heat(harness.Case):
    def test_enthalpy_against_time(self):
        table = harness.Table(self.works('anneal', harness.landscape(), '--e-is', -4.684,
                                         '--temperature', 560, '--time', 1e4, '--enthalpy'))
        self.assertEqual(table.columns[-2:], ['enthalpy_J_per_g', 'heat_flow_W_per_g'])
        per_g = 96485.33212 / 75.72432
        for row in table.rows:
            self.close(float(row['enthalpy_J_per_g']),
                       (-4.684 - float(row['e_is_eV_per_atom'])) * per_g, absolute=1e-9)
            self.close(float(row['heat_flow_W_per_g']),
                       -float(row['rate_eV_per_atom_per_s']) * per_g, 1e-8)

    def test_heat_capacity(self):
        self.write('p.csv', 'target_K,rate_K_per_min,hold_min\n400,,1\n500,60,0\n450,120,2\n')
        table = harness.Table(self.works('anneal', harness.landscape(), '--e-is', -4.684,
                                         '--programme', 'p.csv', '--cp', 'dulong-petit'))
        cp = 3 * 8.314462618 / 75.72432
        self.close(float(table.rows[-1]['time_s']), 60 + 100 + 25 + 120, 1e-12)
        for row in table.rows:
            time = float(row['time_s'])
            slope = 0 if time <= 60 or time > 185 else 1 if time <= 160 else -2
            self.close(float(row['total_heat_flow_W_per_g']),
                       float(row['heat_flow_W_per_g']) - slope * cp, absolute=1e-6)
        self.fails(2, "pelrate anneal: --cp: 'x', expected dulong-petit, einstein:THETA or "
                   "debye:THETA with THETA in K above 0 (see 'pelrate anneal --help')\n",
                   'anneal', 'a', '--e-is', -4.684, '--programme', 'p.csv', '--cp', 'x')


class Modulation(harness.Case):
    """--split: the parts of a modulated heat flow (their arithmetic: tests/unit/kinetics)."""

    def steady(self, temperature):
        """E_IS of the steady state of R1 [eV/atom]."""
        low, high = -4.72, -4.60
        while high - low > 1e-13:
            mid = 0.5 * (low + high)
            low, high = (mid, high) if r1_rate(mid, temperature) > 0 else (low, mid)
        return low

    def test_the_glass_transition_is_reversing(self):
        """Below it vibrations alone follow; above it E_IS does too, and nothing else is left."""
        self.works('programme', '--start', 480, '--end', 790, '--rate', 6, '--unit', 'K/min',
                   '--modulate', '0.5,60', '-o', 'p.csv')
        self.works('anneal', harness.landscape(), '--e-is', -4.686, '--programme', 'p.csv',
                   '--cp', 'dulong-petit', '--split', 'parts.csv', '--period', 60,
                   '-o', 'all.csv')
        parts = self.table('parts.csv')
        cp, per_g = 3 * 8.314462618 / 75.72432, 96485.33212 / 75.72432
        time = parts.numbers('time_s')
        self.assertEqual(time[:3], [30, 45, 60])
        self.assertEqual(len(time), (3100 - 60) // 15 + 1)
        temperature = parts.numbers('temperature_K')
        reversing = parts.numbers('reversing_cp_J_per_g_K')
        self.assertLess(temperature[0], 484)
        self.close(reversing[0], cp, 1e-3)
        at = min(range(len(time)), key=lambda k: abs(temperature[k] - 770))
        T = temperature[at]
        excess = (self.steady(T + 0.5) - self.steady(T - 0.5)) * per_g
        self.assertGreater(excess, 0.1 * cp)
        self.close(reversing[at], cp + excess, 0.01 * excess / cp)
        self.assertLess(abs(parts.numbers('non_reversing_heat_flow_W_per_g')[at]),
                        0.02 * excess * 0.1)
        lag = parts.numbers('phase_rad')
        self.assertLess(min(lag), 10 * min(lag[0], lag[at]))
        for row in parts.rows:
            self.close(float(row['total_heat_flow_W_per_g']),
                       float(row['reversing_heat_flow_W_per_g']) +
                       float(row['non_reversing_heat_flow_W_per_g']), absolute=1e-12)
        self.assertEqual(parts.keys['heat_capacity'], 'dulong-petit')

    def test_faults(self):
        self.write('p.csv', 'target_K,rate_K_per_s,hold_s\n560,,0\n570,0.05,0\n')
        args = ('anneal', harness.landscape(), '--e-is', -4.686, '--programme', 'p.csv')
        self.fails(2, 'pelrate anneal: the programme has no modulation with a period of 60 s\n',
                   *args, '--split', 'x.csv', '--period', 60, '-o', 'y.csv')
        self.assertFalse(os.path.exists(self.path('y.csv')))
        for message, more in (
                ('--split and --period belong together', ('--split', 'x.csv')),
                ('--split and --period belong together', ('--period', 60)),
                ('--period: -1 s, expected above 0', ('--split', 'x.csv', '--period', -1))):
            self.fails(2, f"pelrate anneal: {message} (see 'pelrate anneal --help')\n",
                       *args, *more)
        self.fails(2, "pelrate anneal: --split needs a modulated --programme "
                   "(see 'pelrate anneal --help')\n", *args[:4], '--temperature', 560,
                   '--time', 60, '--split', 'x.csv', '--period', 60)


class Bands(harness.Case):
    """--bands: what is in the table; the numbers are the library's (tests/unit/kinetics)."""

    def landscape(self):
        """Events of two levels, two samples each."""
        rows = []
        for e_is in (-4.70, -4.66):
            for i in range(40):
                e_a = 0.9 + 0.031 * (i * 7 % 40) - 8.0 * (e_is + 4.68)
                rows.append(f's{i % 2},{e_is},{e_a:.4f},{1.1 + 0.002 * (i * 11 % 40):.4f}\n')
        return self.write('events.csv', '# format: pelrate-landscape 1\n# kind: events\n'
                          '# atoms: 1\n# paths: 1\n# attempt_frequency_Hz: 1e13\n'
                          '# molar_mass_g_per_mol: 75.7\n'
                          'sample,e_is_eV_per_atom,e_a_eV,e_r_eV\n' + ''.join(rows))

    def test_columns_and_picture(self):
        args = ('anneal', self.landscape(), '--e-is', '-4.67', '--temperature', '450', '--time',
                '1e4')
        self.works(*args, '-o', 'a.csv', '--bands', '30', '--plot', 'a.png')
        self.picture('a.png')
        table = self.table('a.csv')
        self.assertEqual(table.columns[4:], ['e_is_lo_eV_per_atom', 'e_is_hi_eV_per_atom'])
        lo, e_is, hi = (table.numbers(f'e_is_{k}eV_per_atom') for k in ('lo_', '', 'hi_'))
        self.assertEqual((lo[0], e_is[0], hi[0]), (-4.67, -4.67, -4.67))
        self.assertTrue(all(a <= b for a, b in zip(lo, hi)))
        self.assertLess(lo[-1], e_is[-1])
        self.assertGreater(hi[-1], e_is[-1])


if __name__ == '__main__':
    harness.main()
