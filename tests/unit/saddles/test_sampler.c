#include <pelrate/sampler.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* Every row changes one member and reads back as it was written. */
static void every_setting_round_trips(void **state)
{
    (void)state;
    const struct pel_sampler_settings defaults = pel_sampler_defaults();
    assert_int_equal(pel_sampler_check(&defaults, NULL), PEL_OK);
    assert_true(pel_sampler_count() > 25);
    for (size_t k = 0; k < pel_sampler_count(); k++) {
        const struct pel_sampler_setting *row = pel_sampler_setting(k);
        assert_int_equal(pel_sampler_find(row->key), k);
        assert_true(strlen(row->help) > 0 && strlen(row->unit) > 0);
        const char *text = row->is_count ? "7" : row->lowest < 0 ? "-0.137" : "0.137";
        struct pel_sampler_settings s = defaults;
        char value[PEL_SAMPLER_VALUE];
        assert_int_equal(pel_sampler_set(&s, k, text, NULL), PEL_OK);
        assert_string_equal(pel_sampler_value(&s, k, value), text);
        for (size_t j = 0; j < pel_sampler_count(); j++) {
            char before[PEL_SAMPLER_VALUE], after[PEL_SAMPLER_VALUE];
            if (j != k)
                assert_string_equal(pel_sampler_value(&s, j, after),
                                    pel_sampler_value(&defaults, j, before));
        }
        assert_int_equal(
            pel_sampler_set(&s, k, pel_sampler_value(&defaults, k, value), NULL), PEL_OK);
        assert_memory_equal(&s, &defaults, sizeof s);
    }
    assert_null(pel_sampler_setting(pel_sampler_count()));
    assert_int_equal(pel_sampler_find("push_step"), pel_sampler_count());
}

static void refuse(const char *key, const char *value, const char *message)
{
    struct pel_sampler_settings s = pel_sampler_defaults();
    struct pel_error err;
    assert_int_equal(pel_sampler_set(&s, pel_sampler_find(key), value, &err), PEL_EARG);
    assert_string_equal(err.text, message);
}

static void values_that_are_not_allowed(void **state)
{
    (void)state;
    refuse("push_step_A", "0", "push_step_A = 0: expected a number > 0 and <= 1000");
    refuse("push_step_A", "0.1x",
           "push_step_A = 0.1x: expected a number > 0 and <= 1000");
    refuse("push_step_A", "nan", "push_step_A = nan: expected a number > 0 and <= 1000");
    refuse("climb_threshold_eV_per_A2", "0.5",
           "climb_threshold_eV_per_A2 = 0.5: expected a number < 0");
    refuse("batch", "2.5", "batch = 2.5: expected a whole number from 1 to 1e+06");
    refuse("hold_ratio", "-1", "hold_ratio = -1: expected a number from 0 to 1e+06");
    char text[64];
    snprintf(text, sizeof text, "the sampler has no setting %zu", pel_sampler_count());
    refuse("no_such_key", "1", text);
}

static void whole_sets_are_checked(void **state)
{
    (void)state;
    struct pel_error err;
    struct pel_sampler_settings s = pel_sampler_defaults();
    s.art.saddle_force_eV_per_A = NAN;
    assert_int_equal(pel_sampler_check(&s, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "saddle_force_eV_per_A = nan: expected a number > 0 and <= 1");
    s = pel_sampler_defaults();
    s.art.lanczos_max_vectors = 2;
    assert_int_equal(pel_sampler_check(&s, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "lanczos_max_vectors = 2 is below lanczos_min_vectors = 5");
    s = pel_sampler_defaults();
    s.art.climb_min_vectors = 9;
    assert_int_equal(pel_sampler_check(&s, &err), PEL_EARG);
    assert_string_equal(err.text, "climb_max_vectors = 6 is below climb_min_vectors = 9");
    s = pel_sampler_defaults();
    s.soft_share = 0.75;
    s.whole_share = 0.5;
    assert_int_equal(pel_sampler_check(&s, &err), PEL_EARG);
    assert_string_equal(err.text, "soft_share + whole_share = 1.25: expected 1 at most");
    s.whole_share = 0.25;
    assert_int_equal(pel_sampler_check(&s, &err), PEL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_round_trips),
        cmocka_unit_test(values_that_are_not_allowed),
        cmocka_unit_test(whole_sets_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
