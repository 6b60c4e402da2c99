#!/usr/bin/env python3
"""pelrate programme: what it makes, and that anneal takes it."""

import math

import harness


class Programme(harness.Case):
    def course(self, *args):
        """Times and temperatures of the corners, as the rows mean them."""
        table = harness.Table(self.works('programme', *args))
        self.assertEqual(table.columns, ['target_K', 'rate_K_per_s', 'hold_s'])
        self.assertEqual(table.keys['format'], 'pelrate-programme 1')
        corners = [(0.0, float(table.rows[0]['target_K']))]
        for row in table.rows:
            time, before = corners[-1]
            target = float(row['target_K'])
            if target != before:
                time += abs(target - before) / float(row['rate_K_per_s'])
                corners.append((time, target))
            if float(row['hold_s']) > 0.0:
                corners.append((time + float(row['hold_s']), target))
        self.close(corners[-1][0], float(table.keys['duration_s']), 1e-12)
        return corners

    def test_ramp(self):
        self.assertEqual(self.course('--start', 300, '--end', 900, '--rate', 30, '--unit',
                                     'K/min'), [(0.0, 300.0), (1200.0, 900.0)])

    def test_modulated(self):
        corners = self.course('--start', 500, '--end', 510, '--rate', 0.1, '--modulate', '0.4,20',
                              '--points', 16)
        self.assertEqual(len(corners), 81)
        for time, T in corners:
            self.close(T, 500 + 0.1 * time + 0.4 * math.sin(2 * math.pi * time / 20),
                       absolute=1e-9)

    def test_steps(self):
        corners = self.course('--start', 700, '--end', 680, '--rate', 2, '--step', 10, '--hold', 5)
        self.assertEqual(corners, [(0.0, 700.0), (5.0, 700.0), (10.0, 690.0), (15.0, 690.0),
                                   (20.0, 680.0), (25.0, 680.0)])

    def test_usage(self):
        hint = " (see 'pelrate programme --help')\n"
        good = {'--start': 500, '--end': 600, '--rate': 1}
        for message, change in (
                ('--rate is missing', {'--rate': None}),
                ('--start: -5, expected a number above 0', {'--start': -5}),
                ("--unit: 'K/h', expected K/s or K/min", {'--unit': 'K/h'}),
                ('--modulate: expected an amplitude (K) and a period (s), both above 0',
                 {'--modulate': '1'}),
                ('--modulate: expected an amplitude (K) and a period (s), both above 0',
                 {'--modulate': '1,-60'}),
                ('--modulate excludes --step', {'--modulate': '1,60', '--step': 5}),
                ('--step and --hold go together', {'--step': 5}),
                ('--hold: 0 s, expected above 0', {'--step': 5, '--hold': 0}),
                ('--step: -1 K, expected above 0', {'--step': -1, '--hold': 1}),
                ('--points: 3, expected 4 to 10000', {'--points': 3})):
            args = [str(x) for pair in {**good, **change}.items() if pair[1] is not None
                    for x in pair]
            self.fails(2, f'pelrate programme: {message}{hint}', 'programme', *args)
        self.fails(2, 'pelrate programme: a programme of 1e+09 pieces, expected at most 1e+06\n',
                   'programme', '--start', 500, '--end', 600, '--rate', 1, '--step', 1e-7,
                   '--hold', 1)

    def test_worked_example(self):
        """The second command runs what the first made, and a modulated heat flow comes out."""
        self.assertEqual(len(self.worked_examples('programme')), 2)
        table = self.table('run.csv')
        self.assertEqual(table.columns[-2:], ['cp_J_per_g_K', 'total_heat_flow_W_per_g'])
        flow = table.numbers('total_heat_flow_W_per_g')
        # 3 K/min +- 2 pi 0.5 K/min, times 3 R: heat is taken up and given back.
        self.assertLess(min(flow), -0.02)
        self.assertGreater(max(flow), 0.0)


if __name__ == '__main__':
    harness.main()
