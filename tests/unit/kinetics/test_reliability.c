/* Whatever the readers accept integrates, or ends with a line that says where and why:
 * random landscapes under random closures along random programmes. PEL_CASE=number runs
 * one of them. */

#include <pelrate/ageing.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "random_landscape.h"

enum { CASES = 2000 };

static void check_history(const struct pel_ageing *run, const struct pel_programme *p,
                          uint64_t number)
{
    const double total = pel_programme_duration(p);
    if (run->n < 2 || run->rows[0].time_s != 0.0)
        fail_msg("case %llu: no rows", (unsigned long long)number);
    for (size_t i = 0; i < run->n; i++) {
        const struct pel_ageing_row *row = &run->rows[i];
        if (!(isfinite(row->e_is) && isfinite(row->rate) && row->temperature_K >= 0.999 &&
              row->temperature_K <= 3000.001))
            fail_msg("case %llu: row %zu: e %g rate %g T %g", (unsigned long long)number,
                     i, row->e_is, row->rate, row->temperature_K);
        if (i > 0 && !(row->time_s >= run->rows[i - 1].time_s))
            fail_msg("case %llu: row %zu goes back in time", (unsigned long long)number,
                     i);
    }
    const double end = run->rows[run->n - 1].time_s;
    if (!(fabs(end - total) <= 1e-12 * total))
        fail_msg("case %llu: ends at %g s of %g s", (unsigned long long)number, end,
                 total);
}

/* Any closure that the landscape has, its parameters at random. */
static struct pel_closure draw_closure(struct pel_random *r,
                                       const struct pel_landscape *l,
                                       struct pel_committor_z **z)
{
    struct pel_closure closure =
        *pel_closure_at(pel_random_below(r, pel_closure_count()));
    if (closure.events_only && !pel_landscape_has_pairs(l))
        closure = *pel_closure_at(pel_random_below(r, 2));
    if (closure.needs_pair_eV) closure.pair_eV = draw_energy(r);
    if (closure.needs_z) {
        const double lo = pel_landscape_e_is_min(l), hi = pel_landscape_e_is_max(l);
        const double e[2] = {lo, hi > lo ? draw_even(r, lo, hi) : lo + 1e-3};
        const double value[2] = {draw_log(r, 0.03, 30.0), draw_log(r, 1e-3, 1e3)};
        pel_committor_z_create(1 + pel_random_below(r, 2), e, value, z, NULL);
        closure.z = *z;
    }
    return closure;
}

static void everything_integrates_or_says_why(void **state)
{
    (void)state;
    const char *only = getenv("PEL_CASE");
    size_t done = 0, left = 0, failed = 0, refused = 0;
    for (uint64_t k = only != NULL ? strtoull(only, NULL, 10) : 0; k < CASES; k++) {
        struct pel_random r;
        pel_random_init(&r, 2026, k, 0);
        struct pel_landscape *l = draw_landscape(&r);
        struct pel_programme *p = draw_programme(&r);
        if (l == NULL || p == NULL) {
            refused++;
            pel_landscape_free(l);
            pel_programme_free(p);
            continue;
        }
        struct pel_committor_z *z = NULL;
        const struct pel_closure closure = draw_closure(&r, l, &z);
        const enum pel_landscape_range range =
            pel_random_below(&r, 2) == 0 ? PEL_RANGE_STRICT : PEL_RANGE_EXTRAPOLATE;
        struct pel_rate *rate = NULL;
        struct pel_ageing *run = NULL;
        struct pel_error err = {0};
        if (pel_rate_create(l, &closure, range, &rate, &err) != PEL_OK) {
            /* Nothing but pairs. */
            assert_true(closure.needs_pair_eV && strstr(err.text, "two-level pairs"));
            refused++;
            pel_programme_free(p);
            pel_landscape_free(l);
            continue;
        }
        const double lo = pel_landscape_e_is_min(l), hi = pel_landscape_e_is_max(l);
        struct pel_ageing_settings set = pel_ageing_settings_defaults();
        /* Few rows: it is the integrator that is tried. */
        set.max_dT_K = 1e4;
        set.max_de = 1e300;
        set.rate_tolerance = 1e300;
        const pel_status status =
            pel_ageing_run(rate, p, draw_even(&r, lo, hi), &set, NULL, &run, &err);
        if (status == PEL_OK) {
            check_history(run, p, k);
            done++;
        } else {
            /* A line with where and why; of the solver's own failures next to none. */
            if ((status != PEL_ERANGE && status != PEL_ENOCONV) ||
                strstr(err.text, "at t = ") == NULL || strchr(err.text, '\n') != NULL)
                fail_msg("case %llu: %s", (unsigned long long)k, err.text);
            failed += status == PEL_ENOCONV;
            left++;
        }
        pel_ageing_free(run);
        pel_rate_free(rate);
        pel_committor_z_free(z);
        pel_programme_free(p);
        pel_landscape_free(l);
        if (only != NULL) break;
    }
    print_message("%zu integrated, %zu ended (%zu by the solver), %zu refused\n", done,
                  left, failed, refused);
    if (only == NULL)
        assert_true(done > CASES / 3 && failed <= CASES / 500 && refused < CASES / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_integrates_or_says_why)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
