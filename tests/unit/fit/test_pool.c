#include <pelrate/pool.h>

#include "glasses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static struct glasses one, two;
static const char *const names[] = {"one.csv", "two.csv"};

/* Two lists: b at -4.68 and a at -4.67 in the first, c between them in the second. */
static int begin(void **state)
{
    (void)state;
    glasses_begin(&one, "potential=mm; push_A=0.5; threads=2");
    glasses_add(&one, "a", -4.67, PEL_EVENT_VALID, 0.71, 0.31);
    glasses_add(&one, "b", -4.68, PEL_EVENT_VALID, 1.13, 0.47);
    glasses_add(&one, "a", -4.67, "not converged", NAN, NAN);
    glasses_add(&one, "a", -4.67, PEL_EVENT_VALID, 0.033, 0.029);
    glasses_add(&one, "a", -4.67, PEL_EVENT_VALID, 0.7101, 0.3099)->duplicate_of = 0;
    glasses_add(&one, "b", -4.68, PEL_EVENT_VALID, 0.89, 0.011);
    glasses_add(&one, "b", -4.68, PEL_EVENT_VALID, 1.71, 0.93);
    glasses_begin(&two, "potential=mm; push_A=0.5; threads=2");
    glasses_add(&two, "c", -4.6755, PEL_EVENT_VALID, 0.57, 0.41);
    glasses_add(&two, "c", -4.6755, "curvature lost", NAN, NAN);
    return 0;
}

static pel_status make(const struct pel_pool_settings *settings, struct pel_pool **pool,
                       struct pel_error *err)
{
    const struct pel_event_list *lists[] = {&one.list, &two.list};
    return pel_pool_create(2, lists, names, settings, pool, err);
}

static void each_sample_is_a_level_in_order_of_e_is(void **state)
{
    (void)state;
    struct pel_pool *pool = NULL;
    assert_int_equal(make(NULL, &pool, NULL), PEL_OK);
    assert_int_equal(pool->n_levels, 3);
    assert_true(pool->levels[0].e_is == -4.68 && pool->levels[1].e_is == -4.6755 &&
                pool->levels[2].e_is == -4.67);
    assert_string_equal(pool->samples[0].name, "b");
    assert_string_equal(pool->samples[1].name, "c");
    assert_int_equal(pool->samples[1].list, 1);
    assert_string_equal(pool->samples[2].name, "a");
    const double e_a[] = {1.13, 0.89, 1.71, 0.57, 0.71, 0.033};
    const double e_r[] = {0.47, 0.011, 0.93, 0.41, 0.31, 0.029};
    assert_int_equal(pool->n, 6);
    for (size_t i = 0; i < 6; i++)
        assert_true(pool->e_a[i] == e_a[i] && pool->e_r[i] == e_r[i] &&
                    pool->weight[i] == 1.0);
    assert_int_equal(pool->levels[2].first, 4);
    assert_true(pool->atoms == 2000.0 && pool->molar_mass == 75.72432);
    assert_int_equal(pool->n_settings, 1);
    assert_string_equal(pool->settings, one.settings);
    pel_pool_free(pool);
}

static void what_a_selection_removes_is_counted(void **state)
{
    (void)state;
    struct pel_pool_settings settings = pel_pool_settings_defaults();
    settings.min_e_a_eV = 0.05;
    settings.min_e_r_eV = 0.03; /* removes 0.011; 0.029 is gone by its E_A already */
    struct pel_pool *pool = NULL;
    assert_int_equal(make(&settings, &pool, NULL), PEL_OK);
    const struct pel_pool_counts *c = &pool->counts;
    assert_int_equal(c->searches, 9);
    assert_int_equal(c->valid, 7);
    assert_int_equal(c->distinct, 6);
    assert_int_equal(c->below_e_a, 1);
    assert_int_equal(c->below_e_r, 1);
    assert_int_equal(c->kept, 4);
    assert_int_equal(pool->n, 4);
    assert_int_equal(c->force_calls, 9 * 500 + 21 + 1);
    const struct pel_pool_counts *a = &pool->samples[2].counts;
    assert_int_equal(a->searches, 4);
    assert_int_equal(a->valid, 3);
    assert_int_equal(a->distinct, 2);
    assert_int_equal(a->below_e_a, 1);
    assert_int_equal(a->kept, 1);
    /* An energy equal to the floor stays. */
    settings.min_e_a_eV = 0.57;
    settings.min_e_r_eV = 0.0;
    pel_pool_free(pool);
    assert_int_equal(make(&settings, &pool, NULL), PEL_OK);
    assert_int_equal(pool->counts.kept, 5);
    const double stay[] = {1.13, 0.89, 1.71, 0.57, 0.71};
    for (size_t i = 0; i < 5; i++)
        assert_true(pool->e_a[i] == stay[i]);
    pel_pool_free(pool);
}

static void grouping(void **state)
{
    (void)state;
    struct pel_pool_settings settings = pel_pool_settings_defaults();
    struct pel_pool *pool = NULL;
    /* Steps 4.5 and 5.5 meV. */
    settings.grouping = PEL_POOL_GAP;
    settings.gap_eV_per_atom = 0.005;
    assert_int_equal(make(&settings, &pool, NULL), PEL_OK);
    assert_int_equal(pool->n_levels, 2);
    assert_int_equal(pool->levels[0].n_samples, 2);
    assert_true(fabs(pool->levels[0].e_is + 0.5 * (4.68 + 4.6755)) < 1e-14);
    assert_true(pool->levels[0].e_is_min == -4.68 && pool->levels[0].e_is_max == -4.6755);
    assert_int_equal(pool->levels[0].counts.kept, 4);
    assert_int_equal(pool->levels[1].first_sample, 2);
    pel_pool_free(pool);

    const double edges[] = {-4.69, -4.6755}; /* nothing below; c on the edge goes up */
    settings.grouping = PEL_POOL_EDGES;
    settings.n_edges = 2;
    settings.edges_eV_per_atom = edges;
    assert_int_equal(make(&settings, &pool, NULL), PEL_OK);
    assert_int_equal(pool->n_levels, 2);
    assert_int_equal(pool->levels[0].n_samples, 1);
    assert_int_equal(pool->levels[1].n_samples, 2);
    assert_string_equal(pool->samples[1].name, "c");
    pel_pool_free(pool);

    /* a and b together, c alone: overlapping ranges, ordered by their means. */
    const struct pel_pool_group groups[] = {{"c", "slow"}, {"b", "fast"}, {"a", "fast"}};
    settings.grouping = PEL_POOL_GROUPS;
    settings.n_groups = 3;
    settings.groups = groups;
    assert_int_equal(make(&settings, &pool, NULL), PEL_OK);
    assert_int_equal(pool->n_levels, 2);
    assert_true(fabs(pool->levels[0].e_is + 4.6755) < 1e-14);
    assert_int_equal(pool->levels[0].n_samples, 1);
    assert_string_equal(pool->samples[0].name, "c");
    assert_true(fabs(pool->levels[1].e_is + 4.675) < 1e-14);
    assert_int_equal(pool->levels[1].counts.kept, 5);
    pel_pool_free(pool);
    settings.n_groups = 2;
    struct pel_error err = {0};
    assert_int_equal(make(&settings, &pool, &err), PEL_EARG);
    assert_string_equal(err.text, "sample 'a' has no group");
}

static void samples_may_weigh_the_same(void **state)
{
    (void)state;
    struct pel_pool_settings settings = pel_pool_settings_defaults();
    settings.grouping = PEL_POOL_GAP;
    settings.gap_eV_per_atom = 1.0;
    settings.weighting = PEL_POOL_PER_SAMPLE;
    struct pel_pool *pool = NULL;
    assert_int_equal(make(&settings, &pool, NULL), PEL_OK);
    assert_int_equal(pool->n_levels, 1);
    double total = 0.0;
    for (size_t s = 0; s < 3; s++) {
        double sum = 0.0;
        for (size_t i = 0; i < pool->samples[s].counts.kept; i++)
            sum += pool->weight[pool->samples[s].first + i];
        assert_true(fabs(sum - 2.0) < 1e-14); /* six events, three samples */
        total += sum;
    }
    assert_true(fabs(total - 6.0) < 1e-14);
    pel_pool_free(pool);
}

static void lists_that_do_not_belong_together(void **state)
{
    (void)state;
    struct pel_pool *pool = NULL;
    struct pel_error err = {0};
    strcpy(two.settings, "potential=mm; push_A=0.7; threads=2");
    assert_int_equal(make(NULL, &pool, &err), PEL_EMISMATCH);
    assert_null(pool);
    assert_string_equal(err.text, "two.csv: sampler setting 'push_A=0.7', expected "
                                  "'push_A=0.5' as in one.csv: events of different "
                                  "settings make no common spectrum");
    struct pel_pool_settings settings = pel_pool_settings_defaults();
    settings.other_settings = 1;
    assert_int_equal(make(&settings, &pool, &err), PEL_OK);
    assert_int_equal(pool->n_settings, 2);
    assert_string_equal(pool->settings, "potential=mm; push_A=0.5; threads=2 | "
                                        "potential=mm; push_A=0.7; threads=2");
    pel_pool_free(pool);
    /* A setting that one of them lacks. */
    strcpy(two.settings, "potential=mm; push_A=0.5");
    assert_int_equal(make(NULL, &pool, &err), PEL_EMISMATCH);
    assert_string_equal(err.text,
                        "two.csv: sampler setting '', expected 'threads=2' as in "
                        "one.csv: events of different settings make no common "
                        "spectrum");
    two.list.atoms = 1000.0;
    assert_int_equal(make(&settings, &pool, &err), PEL_EMISMATCH);
    assert_string_equal(err.text, "two.csv: samples of 1000 atoms, expected 2000 as in "
                                  "one.csv: barriers belong to a cell");
    two.list.atoms = 2000.0;
    two.list.molar_mass = NAN;
    assert_int_equal(make(&settings, &pool, &err), PEL_EMISMATCH);
}

static void a_sample_counts_once(void **state)
{
    (void)state;
    struct pel_pool *pool = NULL;
    struct pel_error err = {0};
    glasses_add(&two, "b", -4.68, PEL_EVENT_VALID, 1.13, 0.47);
    assert_int_equal(make(NULL, &pool, &err), PEL_EFORMAT);
    assert_string_equal(
        err.text, "two.csv: sample 'b' is in one.csv too, its events would count twice");
    /* The same name at another energy is another glass. */
    two.events[2].e_is = -4.6801;
    assert_int_equal(make(NULL, &pool, &err), PEL_OK);
    assert_int_equal(pool->n_samples, 4);
    pel_pool_free(pool);
    glasses_add(&two, "b", -4.6802, PEL_EVENT_VALID, 1.2, 0.47);
    assert_int_equal(make(NULL, &pool, &err), PEL_EFORMAT);
    assert_string_equal(err.text,
                        "two.csv: sample 'b' at -4.6802 eV/atom, expected -4.6801 "
                        "as in its first row");
}

static void bad_settings(void **state)
{
    (void)state;
    struct pel_pool *pool = NULL;
    struct pel_error err = {0};
    struct pel_pool_settings settings = pel_pool_settings_defaults();
    settings.min_e_a_eV = 2.0;
    assert_int_equal(make(&settings, &pool, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "no events left: 6 distinct, of them 6 below the smallest "
                        "E_A and 0 below the smallest E_R");
    settings.min_e_a_eV = NAN;
    assert_int_equal(make(&settings, &pool, &err), PEL_EARG);
    assert_string_equal(err.text, "smallest E_A is nan eV, expected 0 or more");
    settings.min_e_a_eV = 0.0;
    settings.min_e_r_eV = -0.1;
    assert_int_equal(make(&settings, &pool, &err), PEL_EARG);
    settings.min_e_r_eV = 0.0;
    settings.grouping = PEL_POOL_GAP;
    assert_int_equal(make(&settings, &pool, &err), PEL_EARG);
    settings.grouping = PEL_POOL_EDGES;
    assert_int_equal(make(&settings, &pool, &err), PEL_EARG);
    const double edges[] = {-4.6, -4.7};
    settings.n_edges = 2;
    settings.edges_eV_per_atom = edges;
    assert_int_equal(make(&settings, &pool, &err), PEL_EARG);
    assert_int_equal(pel_pool_create(0, NULL, NULL, NULL, &pool, &err), PEL_EARG);
    const char *const missing[] = {"/nonexistent/events.csv"};
    assert_int_equal(pel_pool_read(1, missing, NULL, &pool, &err), PEL_EOPEN);
    assert_null(pool);
    two.list.n = one.list.n = 0;
    assert_int_equal(make(NULL, &pool, &err), PEL_EARG);
    pel_pool_free(NULL);
}

/* Drawn events come from the level, sample by sample; means agree with the pool within
 * the error of many replicates; the key decides. */
static void resampling(void **state)
{
    (void)state;
    struct pel_pool_settings settings = pel_pool_settings_defaults();
    settings.grouping = PEL_POOL_GAP;
    settings.gap_eV_per_atom = 0.005;
    struct pel_pool *pool = NULL, *drawn = NULL;
    assert_int_equal(make(&settings, &pool, NULL), PEL_OK);
    enum { REPLICATES = 4000 };
    double mean = 0.0;
    int changed = 0;
    for (uint64_t r = 0; r < REPLICATES; r++) {
        assert_int_equal(pel_pool_resample(pool, 17, r, &drawn, NULL), PEL_OK);
        assert_int_equal(drawn->n_levels, 2);
        for (size_t l = 0; l < 2; l++)
            assert_true(drawn->levels[l].e_is == pool->levels[l].e_is);
        const struct pel_pool_level *top = &drawn->levels[1];
        assert_int_equal(top->counts.kept, 2);
        for (size_t i = top->first; i < top->first + 2; i++) {
            assert_true(drawn->e_a[i] == 0.71 || drawn->e_a[i] == 0.033);
            assert_true((drawn->e_a[i] == 0.71) == (drawn->e_r[i] == 0.31));
            mean += drawn->e_a[i] / (2.0 * REPLICATES);
        }
        /* Samples b (3 events) and c (1): 6, 4 or 2 events. */
        const size_t kept = drawn->levels[0].counts.kept;
        assert_true(kept == 6 || kept == 4 || kept == 2);
        changed += kept != 4;
        pel_pool_free(drawn);
    }
    const double sd = 0.5 * (0.71 - 0.033);
    assert_true(fabs(mean - 0.5 * (0.71 + 0.033)) < 4.0 * sd / sqrt(2.0 * REPLICATES));
    assert_true(abs(changed - REPLICATES / 2) < 4 * 32);
    struct pel_pool *again = NULL;
    pel_pool_resample(pool, 17, 3, &drawn, NULL);
    pel_pool_resample(pool, 17, 3, &again, NULL);
    assert_int_equal(drawn->n, again->n);
    assert_memory_equal(drawn->e_a, again->e_a, drawn->n * sizeof(double));
    pel_pool_free(drawn);
    pel_pool_free(again);
    pel_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_sample_is_a_level_in_order_of_e_is, begin),
        cmocka_unit_test_setup(what_a_selection_removes_is_counted, begin),
        cmocka_unit_test_setup(grouping, begin),
        cmocka_unit_test_setup(samples_may_weigh_the_same, begin),
        cmocka_unit_test_setup(lists_that_do_not_belong_together, begin),
        cmocka_unit_test_setup(a_sample_counts_once, begin),
        cmocka_unit_test_setup(bad_settings, begin),
        cmocka_unit_test_setup(resampling, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
