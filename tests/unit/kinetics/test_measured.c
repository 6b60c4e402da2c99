#include <pelrate/measured.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../near.h"

/* A file of this text, read and removed. */
static pel_status read_text(const char *text, const struct pel_measured_given *given,
                            struct pel_measured **out, struct pel_error *err)
{
    char path[] = "/tmp/pelrate-measured-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    const pel_status status = pel_measured_read(path, given, 75.7, out, err);
    unlink(path);
    return status;
}

#define PROGRAMME "# heat_K_per_s: 1\n# start_K: 900\n# bottom_K: 300\n# exo: up\n"

static void scans_of_one_file_are_told_apart(void **state)
{
    (void)state;
    struct pel_measured *m = NULL;
    assert_int_equal(read_text(PROGRAMME
                               "cool_K_per_s,time_s,temperature_K,heat_flow_W_per_g\n"
                               "20,0,300,0\n20,1,301,0.5\n20,2,302,0.25\n"
                               "200,0,300,0\n200,1,301.5,-0.125\n",
                               NULL, &m, NULL),
                     PEL_OK);
    assert_int_equal(m->n, 2);
    assert_int_equal(m->scan[0].n, 3);
    assert_int_equal(m->scan[1].n, 2);
    assert_true(m->scan[0].cool_K_per_s == 20.0 && m->scan[1].cool_K_per_s == 200.0);
    assert_true(m->scan[1].T_K[1] == 301.5 && m->scan[1].heat_flow[1] == -0.125);
    assert_true(m->scan[1].heat_K_per_s == 1.0 && m->scan[1].start_K == 900.0 &&
                m->scan[1].bottom_K == 300.0);
    pel_measured_free(m);
}

static void rates_of_heating_tell_them_apart_too(void **state)
{
    (void)state;
    struct pel_measured *m = NULL;
    static const char text[] =
        "# start_K: 900\n# exo: up\n# heat_K_per_s: 1 2\n"
        "cool_K_per_s,temperature_K,heat_flow_W_per_g,heat_K_per_s,anneal_s\n"
        "20,300,0,1,0\n20,301,0.5,1,0\n20,300,0,2,0\n20,301,-0.125,2,0\n";
    assert_int_equal(read_text(text, NULL, &m, NULL), PEL_OK);
    assert_int_equal(m->n, 2);
    assert_true(m->scan[0].heat_K_per_s == 1.0 && m->scan[1].heat_K_per_s == 2.0);
    assert_true(m->scan[0].cool_K_per_s == 20.0 && m->scan[1].cool_K_per_s == 20.0);
    assert_true(m->scan[1].heat_flow[1] == -0.125);
    pel_measured_free(m);
    struct pel_error err = {0};
    char annealed[sizeof text];
    strcpy(annealed, text);
    annealed[strlen(annealed) - 2] = '7';
    assert_int_equal(read_text(annealed, NULL, &m, &err), PEL_EFORMAT);
    assert_non_null(strstr(err.text,
                           ":8: anneal_s is 7, expected 0: scans after an anneal "
                           "are not fitted"));
}

/* Celsius, K/min, exo down, each unit of heat flow; the window. */
static void units(void **state)
{
    (void)state;
    static const struct {
        const char *column;
        double W_per_g;
    } flows[] = {{"heat_flow_mW_per_mg", 0.75},
                 {"heat_flow_mW_per_g", 0.75e-3},
                 {"heat_flow_W_per_mol", 0.75 / 75.7},
                 {"heat_flow_mW", 0.75 / 12.5}};
    for (size_t i = 0; i < sizeof flows / sizeof flows[0]; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "# cool_K_per_min: 1200\n# heat_K_per_min: 30\n# exo: down\n"
                 "# mass_mg: 12.5\ntemperature_C,%s\n90,1\n100,-0.75\n110,3\n120,4\n",
                 flows[i].column);
        struct pel_measured_given given = pel_measured_nothing();
        given.start_K = 850.0;
        given.from_K = 370.0;
        given.to_K = 390.0;
        given.heat_K_per_s = 0.5; /* the same as the header says */
        struct pel_measured *m = NULL;
        assert_int_equal(read_text(text, &given, &m, NULL), PEL_OK);
        const struct pel_measured_scan *s = &m->scan[0];
        assert_int_equal(s->n, 2); /* 90 and 120 deg C are outside the window */
        NEAR_REL(s->T_K[0], 373.15, 1e-15);
        NEAR_REL(s->heat_flow[0], flows[i].W_per_g, 1e-14);
        NEAR_REL(s->cool_K_per_s, 20.0, 1e-14);
        NEAR_REL(s->heat_K_per_s, 0.5, 1e-14);
        assert_true(s->start_K == 850.0 && s->bottom_K == s->T_K[0]);
        pel_measured_free(m);
    }
}

static void every_error_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
        pel_status status;
    } bad[] = {
        {"temperature_K,heat_flow_W_per_g\n300,1\n301,2\n",
         ": the header has no exo (up or down), expected it there or given", PEL_EFORMAT},
        {"# exo: up\ntemperature_K,heat_flow_W_per_g\n300,1\n301,2\n",
         ": the header has no heat_K_per_s, expected it there or given", PEL_EFORMAT},
        {"# exo: up\n# heat_K_per_s: 1\ntemperature_K,heat_flow_W_per_g\n300,1\n",
         ": the header has no start_K, expected it there or given", PEL_EFORMAT},
        {PROGRAMME "temperature_K,heat_flow_W_per_g\n300,1\n",
         ": the header has no cool_K_per_s, expected it there or given", PEL_EFORMAT},
        {PROGRAMME "# cool_K_per_s: 20\ntemperature_K,heat_flow_mW\n300,1\n",
         ": the header has no mass_mg, expected it there or given", PEL_EFORMAT},
        {"# exo: left\ntemperature_K,heat_flow_W_per_g\n300,1\n",
         ":1: exo is 'left', expected up or down", PEL_EFORMAT},
        {"# exo: up\n# heat_K_per_s: -1\ntemperature_K,heat_flow_W_per_g\n300,1\n",
         ":2: heat_K_per_s is -1, expected a number > 0", PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,temperature_K,heat_flow_W_per_g\n0,300,1\n",
         ":6: cool_K_per_s is 0, expected a number > 0", PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,heat_flow_W_per_g\n20,1\n",
         ":5: no temperature, expected a column temperature_K or temperature_C",
         PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,temperature_K,temperature_C,heat_flow_W_per_g\n",
         ":5: two temperatures, expected a column temperature_K or temperature_C",
         PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,temperature_K,signal\n20,300,1\n",
         ":5: 0 columns of heat flow, expected one of heat_flow_W_per_g, _mW_per_mg, "
         "_mW_per_g, _W_per_mol, _mW",
         PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,temperature_K,heat_flow_W_per_g\n",
         ":5: no rows, expected at least two points", PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,temperature_K,heat_flow_W_per_g\n20,300,1\n",
         ":6: the scan has 1 point, expected at least 2", PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,temperature_K,heat_flow_W_per_g\n20,300,1\n30,301,1\n",
         ":6: the scan has 1 point, expected at least 2", PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,temperature_K,heat_flow_W_per_g\n20,300,1\n20,301,nan\n",
         ":7: heat_flow_W_per_g is 'nan', expected a finite number", PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,temperature_K,heat_flow_W_per_g\n20,300,1\n20,300,2\n",
         ":7: temperature is 300 K after 300 K, expected it to increase", PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,temperature_K,heat_flow_W_per_g\n20,299,1\n20,300,2\n",
         ":6: temperature is 299 K, expected nothing below bottom_K, 300", PEL_EFORMAT},
        {PROGRAMME "cool_K_per_s,temperature_C,heat_flow_W_per_g\n20,-300,1\n",
         ":6: temperature is -26.85 K, expected above 0", PEL_EFORMAT},
        {"# heat_K_per_s: 1\n# start_K: 300\n# bottom_K: 400\n# exo: up\n"
         "cool_K_per_s,temperature_K,heat_flow_W_per_g\n20,400,1\n20,401,2\n",
         ": cooling from start_K 300 to bottom_K 400, expected the first above the second",
         PEL_EFORMAT}};
    struct pel_measured *m = (void *)1;
    struct pel_error err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_text(bad[i].text, NULL, &m, &err), bad[i].status);
        assert_null(m);
        const size_t n = strlen(err.text), k = strlen(bad[i].says);
        if (n < k || strcmp(err.text + n - k, bad[i].says) != 0)
            fail_msg("%zu: %s", i, err.text);
    }
    /* Header and caller at odds. */
    static const char text[] =
        PROGRAMME "cool_K_per_s,temperature_K,heat_flow_W_per_g\n20,300,1\n20,301,2\n";
    struct pel_measured_given given = pel_measured_nothing();
    given.heat_K_per_s = 2.0;
    assert_int_equal(read_text(text, &given, &m, &err), PEL_EARG);
    assert_non_null(strstr(
        err.text, ":1: heat_K_per_s is 1 in the header and 2 is given, expected one of"));
    given = pel_measured_nothing();
    given.exo = -1;
    assert_int_equal(read_text(text, &given, &m, &err), PEL_EARG);
    assert_non_null(strstr(err.text, ":4: exo is up in the header and down is given"));
    given = pel_measured_nothing();
    given.cool_K_per_s = 21.0;
    assert_int_equal(read_text(text, &given, &m, &err), PEL_EARG);
    assert_non_null(strstr(err.text, ":6: cool_K_per_s is 20 in its column and 21 is"));
    assert_int_equal(pel_measured_read("/nonexistent/scan.csv", NULL, 75.7, &m, &err),
                     PEL_EOPEN);
    pel_measured_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scans_of_one_file_are_told_apart),
        cmocka_unit_test(rates_of_heating_tell_them_apart_too),
        cmocka_unit_test(units),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
