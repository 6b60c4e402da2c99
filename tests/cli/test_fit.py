#!/usr/bin/env python3
"""pelrate fit: landscapes from events, what is recorded, and what it says about bad input."""

import math
import random

import harness

KEYS = ('# format: pelrate-events 1\n# atoms: 2000\n# molar_mass_g_per_mol: 75.72432\n'
        '# settings: potential=mm; push_A={push};\n')
NAMES = ('sample,e_is_eV_per_atom,search,atom,status,e_a_eV,e_r_eV,eigenvalue_eV_per_A2,'
         'force_calls,displacement_A,moved_atoms,duplicate_of\n')
GLASSES = (('r3-s1', -4.6902), ('r3-s2', -4.6894), ('r10-s1', -4.6795), ('r10-s2', -4.6801))


class Fit(harness.Case):
    def events(self, name='events.csv', glasses=GLASSES, n=60, seed=1, push='0.5'):
        """A file of n searches a glass: a third fails, every tenth is a duplicate, every
        eighth valid one a flicker."""
        draw = random.Random(seed)
        rows = []
        for glass, e_is in glasses:
            shape = 4.0 + (-4.66 - e_is) * 60.0
            for i in range(n):
                if i % 3 == 2:
                    rows.append(f'{glass},{e_is},{i},7,not converged,,,,{600 + i},,,\n')
                    continue
                e_a, e_r = draw.gammavariate(shape, 0.25), draw.weibullvariate(0.8, 2.0)
                if i % 8 == 1:
                    e_a, e_r = 0.001 * (i + 9), 0.0005 * (i + 9)
                duplicate = 0 if i % 10 == 9 else ''
                rows.append(f'{glass},{e_is},{i},7,valid,{e_a!r},{e_r!r},-1.2,{600 + i},2.5,'
                            f'12,{duplicate}\n')
        return self.write(name, KEYS.format(push=push) + NAMES + ''.join(rows))

    def kept(self, min_e_a=0.0, min_e_r=0.0):
        """By the definition: distinct valid events, per glass, and what the floors take."""
        table = self.table('events.csv')
        rows = [row for row in table.rows
                if row['status'] == 'valid' and row['duplicate_of'] == '']
        good = [row for row in rows
                if float(row['e_a_eV']) >= min_e_a and float(row['e_r_eV']) >= min_e_r]
        return rows, good


class Landscapes(Fit):
    def test_histogram(self):
        self.events()
        out = harness.Table(self.works('fit', 'events.csv', '--level-gap', '0.002', '--quiet',
                                       '--min-e-a', '0.05', '--min-e-r', '0.04'))
        rows, good = self.kept(0.05, 0.04)
        self.assertEqual(out.keys['format'], 'pelrate-landscape 1')
        self.assertEqual(out.keys['kind'], 'histogram')
        self.assertEqual(out.keys['command'], 'pelrate fit events.csv --level-gap 0.002 '
                         '--quiet --min-e-a 0.05 --min-e-r 0.04')
        self.assertTrue(out.keys['input_1'].startswith('events.csv sha256:'))
        self.assertEqual(out.keys['fit_sampler_settings'], 'potential=mm; push_A=0.5;')
        self.assertEqual(out.keys['fit_searches'], '240')
        self.assertEqual(out.keys['fit_distinct'], str(len(rows)))
        self.assertEqual(out.keys['fit_kept'], str(len(good)))
        below_e_a = sum(float(row['e_a_eV']) < 0.05 for row in rows)
        self.assertGreater(below_e_a, 0)
        self.assertEqual(out.keys['fit_removed_below_min_e_a'], str(below_e_a))
        self.assertEqual(out.keys['fit_removed_below_min_e_r'],
                         str(len(rows) - len(good) - below_e_a))
        self.close(float(out.keys['fit_min_e_a_eV']), 0.05, 1e-15)
        self.close(float(out.keys['paths']), len(good) / 4, 1e-15)
        levels = sorted({row['e_is_eV_per_atom'] for row in out.rows}, key=float)
        self.assertEqual(len(levels), 2)
        self.close(float(levels[0]), (-4.6902 - 4.6894) / 2, 1e-15)
        for level in levels:
            for spectrum, floor in (('activation', 0.05), ('relaxation', 0.04)):
                bins = [row for row in out.rows
                        if (row['spectrum'], row['e_is_eV_per_atom']) == (spectrum, level)]
                mass = sum(float(b['density_per_eV']) * (float(b['e_hi_eV']) - float(b['e_lo_eV']))
                           for b in bins)
                self.close(mass, 1.0, 1e-12)
                self.assertEqual(float(bins[0]['e_lo_eV']), floor)
        counts = sum(float(row['count']) for row in out.rows if row['spectrum'] == 'activation')
        self.assertEqual(counts, len(good))

    def test_joint_histogram(self):
        """What the cells hold, and that every closure works on them."""
        self.events()
        self.works('fit', 'events.csv', '--level-gap', '0.002', '--joint', '--bin-width',
                   '0.1,0.1', '-o', 'j.csv', '--quiet')
        out, (_, good) = self.table('j.csv'), self.kept()
        cells = [row for row in out.rows if row['spectrum'] == 'joint']
        self.assertEqual(sum(float(row['count']) for row in cells), len(good))
        for level in {row['e_is_eV_per_atom'] for row in cells}:
            for row in out.rows:
                if row['e_is_eV_per_atom'] != level or row['spectrum'] == 'joint':
                    continue
                low = 'e_lo_eV' if row['spectrum'] == 'activation' else 'e_r_lo_eV'
                count = sum(float(cell['count']) for cell in cells
                            if (cell['e_is_eV_per_atom'], cell[low]) == (level, row['e_lo_eV']))
                self.assertEqual(count, float(row['count']))
        for options in (['log-mean'], ['kinetic'], ['joint'], ['committor', '--z', '3'],
                        ['two-level', '--pair-barrier', '0.1']):
            self.works('rate', 'j.csv', '--e-is=-4.685', '--temperature', '700', '--closure',
                       *options)
        self.works('kmc', 'j.csv', '--mode', 'joint', '--e-is=-4.685', '--temperature', '700',
                   '--time', '1e-13', '--replicas', '2', '--cells', '1000')
        self.works('rate', 'j.csv', '--e-is=-4.685', '--temperature', '700', '--closure',
                   'joint', '--bands', '5')
        self.fails(2, 'pelrate fit: --joint belongs to --kind histogram' + HINT, 'fit',
                   'events.csv', '--kind', 'events', '--joint')

    def test_a_treatment_is_recorded(self):
        """Commands take it unless told otherwise."""
        self.events()
        fit = ['fit', 'events.csv', '--level-gap', '0.002', '--kind', 'events', '--quiet']
        rate = ['--e-is=-4.685', '--temperature', '700']
        self.works(*fit, '-o', 'plain.csv')
        for name, options, key in (('committor', ['--z', '3'], 'z'),
                                   ('two-level', ['--pair-barrier', '0.1'], 'pair_barrier_eV')):
            self.works(*fit, '--treatment', name, *options, '-o', 'e.csv', '--force')
            out = harness.Table(self.works('rate', 'e.csv', *rate))
            want = harness.Table(self.works('rate', 'plain.csv', *rate, '--closure', name,
                                            *options))
            self.assertEqual(out.rows, want.rows)
            self.assertEqual((out.keys['closure'], out.keys[key]), (name, want.keys[key]))
            self.assertEqual(out.keys['closure_from'], 'treatment in the landscape')
            self.assertEqual(
                harness.Table(self.works('rate', 'e.csv', *rate, '--closure', 'joint')).rows,
                harness.Table(self.works('rate', 'plain.csv', *rate, '--closure', 'joint')).rows)
        self.works(*fit, '--treatment', 'committor', '--z', '3', '-o', 'e.csv', '--force')
        self.assertEqual(
            harness.Table(self.works('rate', 'e.csv', *rate, '--z', '7')).rows,
            harness.Table(self.works('rate', 'plain.csv', *rate, '--closure', 'committor',
                                     '--z', '7')).rows)
        for message, options in (
                ('--treatment committor and --z belong together', ['--treatment', 'committor']),
                ('--treatment committor and --z belong together', ['--z', '3']),
                ('--treatment two-level and --pair-barrier belong together',
                 ['--pair-barrier', '0.1']),
                ("--treatment: treatment 'floors' is not known, expected committor or two-level",
                 ['--treatment', 'floors'])):
            self.fails(2, f'pelrate fit: {message}{HINT}', *fit, *options)
        for message, options in (
                ('z of treatment committor is 0, expected a number > 0',
                 ['--treatment', 'committor', '--z', '0']),
                ('pair barrier of treatment two-level is 0, expected a number > 0',
                 ['--treatment', 'two-level', '--pair-barrier', '0'])):
            self.fails(2, f'pelrate fit: {message}\n', *fit, *options)
        self.fails(2, f'pelrate fit: --treatment needs --kind events, or --joint{HINT}', 'fit',
                   'events.csv', '--treatment', 'committor', '--z', '3')

    def test_every_kind_is_read_by_the_rate_theory(self):
        self.events(n=120)
        _, good = self.kept()
        for kind in ('histogram', 'parametric', 'events'):
            self.works('fit', 'events.csv', '--kind', kind, '--level-gap', '0.002', '-o',
                       f'{kind}.landscape', '--quiet')
            rate = harness.Table(self.works('rate', f'{kind}.landscape', '--e-is', '-4.685',
                                            '--temperature', '700'))
            self.assertTrue(math.isfinite(float(rate.rows[0]['rate_eV_per_atom_per_s'])))
        events = self.table('events.landscape')
        self.assertEqual(len(events.rows), len(good))
        self.assertEqual(events.columns, ['sample', 'e_is_eV_per_atom', 'e_a_eV', 'e_r_eV'])

    def test_parametric_header(self):
        self.events(n=300)
        result = self.pelrate('fit', 'events.csv', '--kind', 'parametric', '--level-gap',
                              '0.002', '--relaxation-family', 'weibull', '--min-e-a', '0.1',
                              '-o', 'fit.csv')
        self.assertEqual(result.code, 0, result.stderr)
        out = self.table('fit.csv')
        self.assertEqual(out.keys['kind'], 'parametric')
        aic = [field.split('=') for field in out.keys['fit_aic_activation'].split()]
        self.assertEqual({name for name, _ in aic},
                         {'gamma', 'weibull', 'lognormal', 'truncated_normal', 'exponential',
                          'shifted_gamma'})
        values = [float(value) for _, value in aic if value != 'failed']
        self.assertEqual(values, sorted(values))
        self.assertEqual(out.keys['fit_family_activation'].split()[0], aic[0][0])
        self.assertEqual(len(out.keys['fit_aic_relaxation'].split()), 1)
        self.assertEqual(out.keys['fit_family_relaxation'].split()[0], 'weibull')
        self.assertTrue(out.keys['fit_family_relaxation'].endswith(' at_border=0'))
        for part in ('pearson=', 'spearman=', 'n_eff_300K=', 'n_eff_600K=', 'n_eff_900K=',
                     'ks_activation_p='):
            self.assertIn(part, out.keys['fit_level_1'])
        self.assertIn('(taken)', result.stderr)
        self.assertIn('the selection removed', result.stderr)

    def test_report_and_bands(self):
        self.events()
        self.works('fit', 'events.csv', '--report', 'report.csv', '--bands', 'bands.csv',
                   '--bootstrap', '30', '--temperature', '500,800', '--seed', '7', '-o',
                   'fit.csv', '--quiet')
        report = self.table('report.csv')
        self.assertEqual(report.keys['format'], 'pelrate-fit-report 1')
        self.assertEqual(len(report.rows), 4)
        self.assertEqual(report.numbers('searches'), [60.0] * 4)
        _, good = self.kept()
        lowest = [row for row in good if row['sample'] == 'r3-s1']
        e_a = [float(row['e_a_eV']) for row in lowest]
        self.assertEqual(report.numbers('kept')[0], len(e_a))
        self.close(report.numbers('mean_e_a_eV')[0], sum(e_a) / len(e_a), 1e-12)
        kt = 8.617333262e-5 * 600.0
        w = [math.exp(-e / kt) for e in e_a]
        self.close(report.numbers('n_eff_600K')[0], sum(w) ** 2 / sum(x * x for x in w), 1e-9)
        calls = sum(600 + i for i in range(60))
        distinct = report.numbers('distinct')[0]
        self.close(report.numbers('force_calls_per_distinct')[0], calls / distinct, 1e-12)
        bands = self.table('bands.csv')
        self.assertEqual(bands.keys['format'], 'pelrate-fit-bands 1')
        self.assertEqual((bands.keys['seed'], bands.keys['replicates']), ('7', '30'))
        self.assertEqual(bands.numbers('temperature_K'), [500.0, 800.0] * 4)
        for row in bands.rows:
            self.assertLess(float(row['e_log_lo_eV']), float(row['e_log_hi_eV']))
            self.assertLess(float(row['e_r_lo_eV']), float(row['e_r_hi_eV']))

    def test_levels_by_groups(self):
        self.events()
        self.write('groups.csv', 'sample,level\nr3-s1,a\nr10-s1,a\nr3-s2,b\nr10-s2,b\n')
        out = harness.Table(self.works('fit', 'events.csv', '--level-groups', 'groups.csv',
                                       '--quiet', '--kind', 'events'))
        self.assertEqual(out.keys['fit_grouping'], 'groups')
        levels = sorted({float(row['e_is_eV_per_atom']) for row in out.rows})
        self.close(levels[0], (-4.6902 - 4.6795) / 2, 1e-15)
        self.close(levels[1], (-4.6894 - 4.6801) / 2, 1e-15)
        self.assertTrue(out.keys['input_2'].startswith('groups.csv sha256:'))

    def test_paths_and_frequency(self):
        self.events()
        out = harness.Table(self.works('fit', 'events.csv', '--paths', '2000', '--name',
                                       'a glass', '--attempt-frequency-Hz', '3e12', '--quiet'))
        self.assertEqual(out.keys['fit_paths'], 'given')
        self.assertEqual(float(out.keys['paths']), 2000.0)
        self.assertEqual(float(out.keys['attempt_frequency_Hz']), 3e12)
        self.assertEqual(out.keys['name'], 'a glass')

    def test_paths_and_frequency_from_the_record(self):
        """chao1 agrees with `pelrate coverage`; frequencies with their definition."""
        text = self.read(self.events()).splitlines(keepends=True)
        draw, rows = random.Random(9), []
        for line in text[5:]:
            fields = line.rstrip('\n').split(',')
            nu = ''
            if fields[4] == 'valid' and not fields[11] and draw.random() < 0.7:
                nu = repr(10 ** draw.gauss(12.3 + 0.2 * float(fields[5]), 0.4))
            rows.append(','.join(fields + [nu]) + '\n')
        self.write('nu.csv', ''.join(text[:4]) + NAMES.rstrip('\n') + ',attempt_frequency_Hz\n' +
                   ''.join(rows))
        out = harness.Table(self.works('fit', 'nu.csv', '--paths', 'chao1', '--min-e-a', '0.05',
                                       '--attempt-frequency-Hz', 'measured', '--report',
                                       'report.csv', '--quiet'))
        coverage = harness.Table(self.works('coverage', 'nu.csv', '--min-e-a', '0.05', '--quiet'))
        samples = [row for row in coverage.rows if row['sample'] and not row['below_e_a_eV']]
        chao1 = [float(row['chao1']) for row in samples]
        self.assertEqual(len(chao1), 4)
        self.close(float(out.keys['paths']), sum(chao1) / 4, 1e-12)
        self.assertTrue(out.keys['fit_paths'].startswith('Chao1'))
        report = self.table('report.csv')
        self.assertEqual(report.numbers('paths_chao1'), chao1)

        kept = [row for row in self.table('nu.csv').rows if row['status'] == 'valid' and
                not row['duplicate_of'] and float(row['e_a_eV']) >= 0.05]
        ln_nu = [math.log(float(row['attempt_frequency_Hz'])) for row in kept
                 if row['attempt_frequency_Hz']]
        self.close(float(out.keys['attempt_frequency_Hz']),
                   math.exp(sum(ln_nu) / len(ln_nu)), 1e-12)
        self.assertTrue(out.keys['fit_attempt_frequency'].startswith(
            f'measured, geometric mean over {len(ln_nu)} of {len(kept)} events:'))
        self.assertEqual(sum(report.numbers('attempt_frequencies')), len(ln_nu))
        self.assertIn('attempt_frequency_pearson=0.', out.keys['fit_attempt_frequency'])

        found = harness.Table(self.works('fit', 'nu.csv', '--paths', 'found', '--quiet'))
        self.assertEqual(found.keys['fit_attempt_frequency'], 'assumed')
        self.assertEqual(float(found.keys['attempt_frequency_Hz']), 1e13)
        self.fails(2, 'pelrate fit: no event has a measured attempt frequency, expected the '
                   'column attempt_frequency_Hz\n', 'fit', 'events.csv',
                   '--attempt-frequency-Hz', 'measured')

    def test_picture(self):
        self.events(n=120)
        for kind in ('histogram', 'parametric', 'events'):
            self.works('fit', 'events.csv', '--kind', kind, '--level-gap', '0.002', '--plot',
                       f'{kind}.svg', '-o', f'{kind}.landscape', '--quiet')
            self.assertIn(b'activation energy', self.picture(f'{kind}.svg'))

    def test_worked_example(self):
        self.worked_examples('fit')
        levels = self.table('levels.csv')
        self.assertEqual(len(levels.rows), 3)
        self.assertEqual(self.table('landscape.csv').keys['kind'], 'histogram')

    def test_remarks(self):
        self.events(glasses=GLASSES[:1])
        rows, good = self.kept()
        result = self.pelrate('fit', 'events.csv', '-o', 'fit.csv')
        self.assertEqual(result.code, 0)
        first = result.stderr.splitlines()[0]
        self.assertTrue(first.startswith(
            f'pelrate fit: -4.6902 eV/atom: 1 sample, 60 searches, 40 valid, {len(rows)} '
            f'distinct, {len(good)} kept; E_A '), first)
        self.assertTrue(result.stderr.endswith(
            'pelrate fit: 1 of 1 levels rest on one sample: its lowest barriers are luck\n'))



HINT = " (see 'pelrate fit --help')\n"


class EquilibriumLine(Fit):
    LINE = ((560.0, -4.6925), (640.0, -4.6874), (715.5, -4.682), (900.0, -4.674))

    def line(self, points=LINE):
        return self.write('line.csv', '# source: MD\ntemperature_K,e_is_eV_per_atom\n' +
                          ''.join(f'{T!r},{e!r}\n' for T, e in points))

    def test_round_trip(self):
        """The steady state of the landscape is the line: at its points and, whatever the
        interpolation, at every energy it comes back from the other direction."""
        self.events()
        self.line()
        for kind, closure in (('histogram', 'log-mean'), ('histogram', 'kinetic'),
                              ('parametric', 'log-mean'), ('parametric', 'kinetic'),
                              ('events', 'log-mean'), ('events', 'kinetic')):
            self.works('fit', 'events.csv', '--level-gap', '0.002', '--quiet', '--kind', kind,
                       '--equilibrium-line', 'line.csv', '--equilibrium-closure', closure,
                       '-o', 'l.csv', '--force')
            keys = self.table('l.csv').keys
            self.assertEqual(keys['equilibrium_closure'], closure)
            self.assertIn(f'closure {closure} steady', keys['fit_equilibrium_line'])
            self.assertIn('e_r_moved_by_eV=', keys['fit_level_1'])
            self.assertTrue(keys['input_2'].startswith('line.csv sha256:'))
            inside = [(T, e) for T, e in self.LINE if -4.6898 < e < -4.6798]
            self.works('map', 'l.csv', '--closure', closure, '--temperature', '600', '--e-is',
                       ','.join(repr(e) for _, e in inside), '--curves', 'c.csv', '--force')
            steady = self.table('c.csv').numbers('T_ss_K')
            self.assertEqual(len(steady), 2)
            for got, (T, _) in zip(steady, inside):
                self.close(got, T, absolute=1e-8)

    def test_another_closure_is_told(self):
        self.events()
        self.line()
        self.works('fit', 'events.csv', '--level-gap', '0.002', '--quiet', '--kind', 'events',
                   '--equilibrium-line', 'line.csv', '-o', 'l.csv')
        out = self.works('rate', 'l.csv', '--e-is', '-4.685', '--temperature', '600',
                         '--closure', 'joint', stderr=(
            'pelrate rate: the equilibrium line of the landscape holds for closure log-mean: '
            'with joint the glass is steady elsewhere\n'))
        self.assertEqual(harness.Table(out).keys['equilibrium_closure'], 'log-mean')

    def test_bad_lines(self):
        self.events()
        self.line(self.LINE[1:])
        self.fails(2, 'pelrate fit: the equilibrium line covers e_is from -4.6874 to -4.674 '
                   'eV/atom, expected it to cover the landscape, -4.6898 to -4.6798\n',
                   'fit', 'events.csv', '--level-gap', '0.002', '--equilibrium-line',
                   'line.csv')
        self.line(((600.0, -4.7), (700.0, -4.71)))
        self.fails(3, 'pelrate fit: line.csv:4: e_is is -4.71 eV/atom at 700 K after -4.7 at '
                   '600 K, expected it to rise with the temperature\n',
                   'fit', 'events.csv', '--equilibrium-line', 'line.csv')
        self.fails(2, 'pelrate fit: --equilibrium-closure joint needs --kind events, or --joint'
                   + HINT,
                   'fit', 'events.csv', '--equilibrium-line', 'line.csv',
                   '--equilibrium-closure', 'joint')
        self.fails(2, 'pelrate fit: --equilibrium-closure belongs to --equilibrium-line' + HINT,
                   'fit', 'events.csv', '--equilibrium-closure', 'joint')
        self.fails(2, "pelrate fit: --equilibrium-closure: closure 'mean' has no equilibrium "
                   'line, expected log-mean, kinetic or joint' + HINT,
                   'fit', 'events.csv', '--equilibrium-line', 'line.csv',
                   '--equilibrium-closure', 'mean')


class Faults(Fit):
    def test_other_settings(self):
        self.events('one.csv', GLASSES[:2])
        self.events('two.csv', GLASSES[2:], push='0.7')
        self.fails(3, "pelrate fit: two.csv: sampler setting 'push_A=0.7', expected "
                      "'push_A=0.5' as in one.csv: events of different settings make no "
                      'common spectrum\n', 'fit', 'one.csv', 'two.csv')
        out = harness.Table(self.works('fit', 'one.csv', 'two.csv', '--pool-settings',
                                       '--quiet'))
        self.assertEqual(out.keys['fit_sampler_settings_pooled'], '2')
        self.assertEqual(out.keys['fit_sampler_settings'],
                         'potential=mm; push_A=0.5; | potential=mm; push_A=0.7;')

    def test_the_same_events_twice(self):
        self.events('one.csv', GLASSES[:2])
        self.events('two.csv', GLASSES[1:])
        self.fails(3, "pelrate fit: two.csv:6: sample 'r3-s2' is in one.csv too, its events "
                      'would count twice\n', 'fit', 'one.csv', 'two.csv')

    def test_too_few_events(self):
        self.events()
        rows, good = self.kept(1.9)
        here = [sum(row['sample'] == 'r3-s1' for row in part) for part in (rows, good)]
        self.assertLess(here[1], 10)
        self.fails(2, f'pelrate fit: {here[1]} events at -4.6902 eV/atom (1 samples, '
                      f'{here[0]} distinct, {here[0] - here[1]} removed by the selection), '
                      'expected at least 10 in each level\n',
                   'fit', 'events.csv', '--min-e-a', '1.9')
        self.fails(2, f'pelrate fit: no events left: {len(rows)} distinct, of them {len(rows)} '
                      'below the smallest E_A and 0 below the smallest E_R\n',
                   'fit', 'events.csv', '--min-e-a', '50')

    def test_bad_events(self):
        head = KEYS.format(push='1') + NAMES
        self.write('nan.csv', head + 'g,-4.6,0,1,valid,nan,0.5,-1,600,2,12,\n')
        self.fails(3, "pelrate fit: nan.csv:6: e_a_eV is 'nan', expected a finite number\n",
                   'fit', 'nan.csv')
        self.write('negative.csv', head + 'g,-4.6,0,1,valid,0.3,-0.5,-1,600,2,12,\n')
        self.fails(3, "pelrate fit: negative.csv:6: a valid event with e_a_eV '0.3' and "
                      "e_r_eV '-0.5', expected both > 0\n", 'fit', 'negative.csv')
        self.write('moved.csv', head + 'g,-4.6,0,1,valid,0.3,0.5,-1,600,2,12,\n'
                                       'g,-4.61,1,1,valid,0.3,0.5,-1,600,2,12,\n')
        self.fails(3, "pelrate fit: moved.csv:7: sample 'g' at -4.61 eV/atom, expected -4.6 "
                      'as in its first row\n', 'fit', 'moved.csv')
        self.fails(3, 'pelrate fit: none.csv: cannot open: No such file or directory\n', 'fit',
                   'none.csv')

    def test_one_level_has_no_range(self):
        self.events(glasses=GLASSES[:1])
        self.fails(2, 'pelrate fit: one level, expected at least two for a parametric '
                      'landscape\n', 'fit', 'events.csv', '--kind', 'parametric')

    def test_usage(self):
        self.events()
        tail = " (see 'pelrate fit --help')\n"
        for message, *args in (
                ("--kind: 'x', expected histogram, parametric or events", '--kind', 'x'),
                ("--family: 'delta', expected auto, gamma, weibull, lognormal, "
                 'truncated_normal, shifted_gamma or exponential', '--kind', 'parametric',
                 '--family', 'delta'),
                ('families and --degree belong to --kind parametric', '--degree', '1'),
                ('--degree: 3, expected 0, 1 or 2', '--kind', 'parametric', '--degree', '3'),
                ('--level-gap, --level-edges and --level-groups exclude each other',
                 '--level-gap', '1', '--level-edges=-4.68'),
                ('--level-gap: 0 eV/atom, expected more than 0', '--level-gap', '0'),
                ('--min-e-a: -0.1 eV, expected 0 or more', '--min-e-a=-0.1'),
                ("--min-e-r: 'nan' is not a finite number", '--min-e-r', 'nan'),
                ("--weight: 'x', expected event or sample", '--weight', 'x'),
                ("--bins: 'x', expected fd or knuth", '--bins', 'x'),
                ('--bin-width: 0 eV, expected more than 0', '--bin-width', '0.1,0'),
                ('--min-events: 0, expected 1 or more', '--min-events', '0'),
                ('--bootstrap and --bands go together', '--bootstrap', '9'),
                ('--temperature belongs to --bands', '--temperature', '300'),
                ("--paths: '0', expected found, chao1 or a number > 0", '--paths', '0'),
                ("--attempt-frequency-Hz: '0', expected measured or a number > 0",
                 '--attempt-frequency-Hz', '0')):
            self.fails(2, f'pelrate fit: {message}{tail}', 'fit', 'events.csv', *args)
        self.fails(2, f'pelrate fit: 0 operands, expected EVENTS...{tail}', 'fit')

    def test_a_sample_without_group(self):
        self.events()
        self.write('groups.csv', 'sample,level\nr3-s1,a\n')
        self.fails(2, "pelrate fit: sample 'r3-s2' has no group\n", 'fit', 'events.csv',
                   '--level-groups', 'groups.csv')
        self.write('other.csv', 'sample,group\nr3-s1,a\n')
        result = self.pelrate('fit', 'events.csv', '--level-groups', 'other.csv')
        self.assertEqual(result.code, 3)
        self.assertIn("other.csv:1: ", result.stderr)

    def test_full_disk(self):
        self.events()
        self.fails(1, 'pelrate fit: /dev/full: cannot write: No space left on device\n',
                   'fit', 'events.csv', '-o', '/dev/full')

    def test_outputs_are_not_replaced(self):
        self.events()
        self.write('fit.csv', 'precious\n')
        result = self.pelrate('fit', 'events.csv', '-o', 'fit.csv')
        self.assertEqual(result.code, 2)
        self.assertEqual(self.read('fit.csv'), 'precious\n')
        self.works('fit', 'events.csv', '-o', 'fit.csv', '--force', '--quiet')


if __name__ == '__main__':
    harness.main()
