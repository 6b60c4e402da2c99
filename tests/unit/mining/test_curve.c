#include <pelrate/curve.h>
#include <pelrate/rates.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../io/scratch.h"

#define HEAD                                                                             \
    "# atoms: 2000\nreplica,time_ps,temperature_K,e_is_eV_per_atom,pressure_bar\n"

/* Two replicas that alternate, a third at another temperature, a second file. */
static void curves_are_sorted_out(void **state)
{
    (void)state;
    scratch_write("a.csv", HEAD "1,0,700,-4.68,12\n2,0,700,-4.67,\n1,50,700,-4.681,x\n"
                                "2,50,700,-4.672,0\n1,100,700,-4.683,1\n1,0,650,-4.6,0\n"
                                "1,10,650,-4.61,0\n");
    scratch_write("b.csv", HEAD "1,0,700,-4.69,0\n1,50,700,-4.691,0\n");
    const char *paths[] = {scratch_path("a.csv"), scratch_path("b.csv")};
    struct pel_curves *curves = NULL;
    struct pel_error err = {0};
    if (pel_curves_read(2, paths, &curves, &err) != PEL_OK) fail_msg("%s", err.text);
    assert_int_equal(curves->n, 4);
    assert_int_equal(curves->points, 9);
    assert_true(curves->atoms == 2000.0);
    assert_int_equal(curves->curve[0].n, 3);
    assert_true(curves->curve[0].e_is[2] == -4.683);
    assert_true(curves->curve[1].replica == 2 && curves->curve[1].time_ps[1] == 50.0);
    assert_true(curves->curve[2].temperature_K == 650.0 && curves->curve[2].line == 8);
    assert_true(curves->curve[3].file == 1 && curves->curve[3].e_is[0] == -4.69);
    pel_curves_free(curves);
    pel_curves_free(NULL);
}

static void bad_curves(void **state)
{
    (void)state;
    scratch_write("good.csv",
                  "# potential_hash: a\n" HEAD "1,0,700,-4.69,0\n1,50,700,-4.691,0\n");
    const struct {
        const char *text, *message;
    } cases[] = {
        {HEAD "1,0,700,-4.6,0\n1,50,700,-4.6,0\n1,40,700,-4.6,0\n",
         "bad.csv:5: time_ps is 40 after 50 in replica 1 at 700 K, expected times that "
         "increase"},
        {HEAD "1,0,700,-4.6,0\n1,0,700,-4.6,0\n",
         "bad.csv:4: time_ps is 0 after 0 in replica 1 at 700 K, expected times that "
         "increase"},
        {HEAD "1,0,700,-4.6,0\n",
         "bad.csv:3: replica 1 has one point at 700 K, expected a curve of two or more at "
         "one temperature"},
        {HEAD "1,0,700,-4.6,0\n1,50,701,-4.6,0\n",
         "bad.csv:3: replica 1 has one point at 700 K, expected a curve of two or more at "
         "one temperature"},
        {HEAD "1,0,700,nan,0\n",
         "bad.csv:3: e_is_eV_per_atom is 'nan', expected a finite "
         "number"},
        {HEAD "1,0,0,-4.6,0\n", "bad.csv:3: time_ps is 0 and temperature_K 0, expected a "
                                "time of 0 or more and a temperature above 0"},
        {HEAD "1,-1,700,-4.6,0\n", "bad.csv:3: time_ps is -1 and temperature_K 700, "
                                   "expected a time of 0 or more and a temperature above "
                                   "0"},
        {HEAD, "bad.csv:2: no rows, expected an annealing curve"},
        {"# atoms: 4000\nreplica,time_ps,temperature_K,e_is_eV_per_atom\n"
         "1,0,700,-4.6\n1,5,700,-4.6\n",
         "bad.csv: samples of 4000 atoms, expected 2000 as in good.csv"},
        {"replica,time_ps,temperature_K,e_is_eV_per_atom\n1,0,700,-4.6\n1,5,700,-4.6\n",
         "bad.csv: no key 'atoms', expected it, as good.csv has it"},
        {"# potential_hash: b\n" HEAD "1,0,700,-4.6,0\n1,5,700,-4.6,0\n",
         "bad.csv: potential_hash is 'b', expected 'a' as in good.csv"},
        {"# atoms: 0\nreplica,time_ps,temperature_K,e_is_eV_per_atom\n",
         "bad.csv: atoms is 0, expected a number above 0"},
    };
    if (chdir(scratch_folder) != 0) fail();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scratch_write("bad.csv", cases[i].text);
        const char *paths[] = {"good.csv", "bad.csv"};
        struct pel_curves *curves = NULL;
        struct pel_error err = {0};
        assert_int_equal(pel_curves_read(2, paths, &curves, &err), PEL_EFORMAT);
        assert_string_equal(err.text, cases[i].message);
        assert_null(curves);
    }
    struct pel_curves *curves = NULL;
    struct pel_error err = {0};
    const char *missing[] = {"missing.csv"};
    assert_int_equal(pel_curves_read(1, missing, &curves, &err), PEL_EOPEN);
    assert_int_equal(pel_curves_read(0, missing, &curves, &err), PEL_EARG);
}

#define RATES                                                                            \
    "e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s,standard_error,count\n"

static void tables_of_rates(void **state)
{
    (void)state;
    struct pel_rates *rates = NULL;
    struct pel_error err = {0};
    scratch_write("r.csv", RATES "-4.68,700,-1e6,2e5,7\n-4.67,700,-3e6,1e5,1\n");
    assert_int_equal(pel_rates_read(scratch_path("r.csv"), &rates, &err), PEL_OK);
    assert_true(rates->n == 2 && rates->has_errors && rates->rows[0].count == 7);
    assert_true(rates->rows[1].rate == -3e6 && rates->rows[1].standard_error == 1e5);
    pel_rates_free(rates);
    scratch_write("r.csv", "rate_eV_per_atom_per_s,standard_error,e_is_eV_per_atom,"
                           "temperature_K\n1,,-4.68,700\n");
    assert_int_equal(pel_rates_read(scratch_path("r.csv"), &rates, &err), PEL_OK);
    assert_true(!rates->has_errors && isnan(rates->rows[0].standard_error) &&
                rates->rows[0].count == 1);
    pel_rates_free(rates);
    pel_rates_free(NULL);

    if (chdir(scratch_folder) != 0) fail();
    const struct {
        const char *text, *message;
    } cases[] = {
        {RATES "-4.68,700,-1e6,2e5,7\n-4.67,700,1,1,1\n-4.68,700,-2e6,1e5,2\n",
         "bad.csv:4: E_IS -4.68 eV/atom at 700 K stands in line 2 too, expected each place "
         "once"},
        {RATES "-4.68,700,-1e6,0,7\n",
         "bad.csv:2: standard_error is 0, expected a number above 0, or nothing"},
        {RATES "-4.68,700,-1e6,2,7\n-4.67,700,-1e6,,7\n",
         "bad.csv:3: no standard_error, expected it in all rows or in none"},
        {RATES "-4.68,700,nan,2,7\n",
         "bad.csv:2: rate_eV_per_atom_per_s is 'nan', expected a finite number"},
        {RATES "-4.68,-1,1,2,7\n",
         "bad.csv:2: temperature_K is -1 and count 7, expected both above 0"},
        {RATES "-4.68,700,1,2,0\n",
         "bad.csv:2: temperature_K is 700 and count 0, expected both above 0"},
        {RATES, "bad.csv:1: no rows, expected rates"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scratch_write("bad.csv", cases[i].text);
        assert_int_equal(pel_rates_read("bad.csv", &rates, &err), PEL_EFORMAT);
        assert_string_equal(err.text, cases[i].message);
        assert_null(rates);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_are_sorted_out),
        cmocka_unit_test(bad_curves),
        cmocka_unit_test(tables_of_rates),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
