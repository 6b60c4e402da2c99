#include <pelrate/landscape.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "../io/scratch.h"
#include "../near.h"

#define HEAD(kind)                                                                       \
    "# format: pelrate-landscape 1\n"                                                    \
    "# kind: " kind "\n"                                                                 \
    "# atoms: 2000\n"                                                                    \
    "# paths: 317.5\n"                                                                   \
    "# attempt_frequency_Hz: 1e13\n"                                                     \
    "# molar_mass_g_per_mol: 75.72432\n"

#define HISTOGRAM_COLUMNS                                                                \
    "spectrum,e_is_eV_per_atom,e_lo_eV,e_hi_eV,density_per_eV,count\n"

static const char histogram[] =
    HEAD("histogram") HISTOGRAM_COLUMNS "relaxation,-4.69,0,0.5,2,100\n"
                                        "activation,-4.67,0.1,0.6,0.5,\n"
                                        "activation,-4.67,0.6,1.1,1.5,\n"
                                        "activation,-4.69,0.3,1.3,0.75,75\n"
                                        "relaxation,-4.67,0,0.25,4,\n"
                                        "activation,-4.69,1.5,2,0.5,25\n";

#define JOINT_COLUMNS                                                                     \
    "spectrum,e_is_eV_per_atom,e_lo_eV,e_hi_eV,density_per_eV,count,e_r_lo_eV,e_r_hi_eV," \
    "density_per_eV2\n"

static const char joint[] =
    HEAD("histogram") "# treatment: committor\n# treatment_z: 3.5\n" JOINT_COLUMNS
                      "activation,-4.69,0.3,1.3,0.75,75,,,\n"
                      "joint,-4.69,0.3,1.3,,75,0,0.5,1.5\n"
                      "activation,-4.69,1.5,2,0.5,25,,,\n"
                      "relaxation,-4.69,0,0.5,2,100,,,\n"
                      "joint,-4.69,1.5,2,,25,0,0.5,1\n"
                      "activation,-4.67,0.1,0.6,0.5,,,,\n"
                      "activation,-4.67,0.6,1.1,1.5,,,,\n"
                      "relaxation,-4.67,0,0.25,2,,,,\n"
                      "relaxation,-4.67,0.25,0.5,2,,,,\n"
                      "joint,-4.67,0.6,1.1,,,0.25,0.5,4\n"
                      "joint,-4.67,0.6,1.1,,,0,0.25,2\n"
                      "joint,-4.67,0.1,0.6,,,0,0.25,2\n";

static const char parametric[] =
    HEAD("parametric") "# name: a, name: with \"marks\"\n"
                       "# seed: 12\n"
                       "# input_1: events.csv sha256:00\n"
                       "# fit_family: auto\n"
                       "# x_mine: anything\n"
                       "# reference_e_is_eV_per_atom: -4.67\n"
                       "# e_is_min_eV_per_atom: -4.7\n"
                       "# e_is_max_eV_per_atom: -4.66\n"
                       "spectrum,family,parameter,unit,c0,c1,c2\n"
                       "activation,lognormal,log_mean,1,0.1,-30,0.125\n"
                       "activation,lognormal,log_sd,1,0.35,0,0\n"
                       "relaxation,truncated_normal,mean,eV,0.9,-57,0\n"
                       "relaxation,truncated_normal,sd,eV,0.31,0,0\n";

static const char events[] =
    HEAD("events") "sample,e_is_eV_per_atom,e_a_eV,e_r_eV,remark\n"
                   "\"glass, one\",-4.67,1.1,0.4,x\n"
                   "g2,-4.69,0.30000000000000004,1.7,\n"
                   "g2,-4.67,1.3,0.2,y\n";

static struct pel_landscape *read_text(const char *name, const char *text)
{
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_read(scratch_write(name, text), &l, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static void reads_the_three_kinds(void **state)
{
    (void)state;
    struct pel_landscape *l = read_text("h.csv", histogram);
    assert_int_equal(pel_landscape_kind(l), PEL_LANDSCAPE_HISTOGRAM);
    assert_int_equal(pel_landscape_levels(l), 2);
    assert_true(pel_landscape_e_is_min(l) == -4.69 && pel_landscape_e_is_max(l) == -4.67);
    assert_true(pel_landscape_level_events(l, 0) == 100.0);
    assert_true(isnan(pel_landscape_level_events(l, 1)));
    assert_string_equal(pel_landscape_head(l)->name, "");
    assert_true(pel_landscape_head(l)->paths == 317.5);
    struct pel_histogram h;
    assert_int_equal(pel_landscape_histogram(l, 0, PEL_ACTIVATION, &h, NULL), PEL_OK);
    assert_int_equal(h.n, 2);
    assert_true(h.lo_eV[1] == 1.5 && h.hi_eV[0] == 1.3 && h.density[0] == 0.75);
    pel_landscape_free(l);

    l = read_text("p.csv", parametric);
    assert_int_equal(pel_landscape_kind(l), PEL_LANDSCAPE_PARAMETRIC);
    assert_string_equal(pel_landscape_head(l)->name, "a, name: with \"marks\"");
    const struct pel_family *family;
    double p[PEL_FAMILY_PARAMETERS];
    assert_int_equal(pel_landscape_parameters(l, -4.68, PEL_ACTIVATION, &family, p, NULL),
                     PEL_OK);
    assert_string_equal(family->name, "lognormal");
    NEAR_REL(p[0], 0.4 + 0.125 * 1e-4, 1e-13);
    pel_landscape_free(l);

    l = read_text("j.csv", joint);
    assert_int_equal(pel_landscape_kind(l), PEL_LANDSCAPE_HISTOGRAM);
    assert_true(pel_landscape_has_pairs(l));
    assert_int_equal(pel_landscape_head(l)->treatment.kind, PEL_TREATMENT_COMMITTOR);
    assert_true(pel_landscape_head(l)->treatment.z == 3.5);
    struct pel_landscape_cells cells;
    assert_int_equal(pel_landscape_cells(l, 0, &cells, NULL), PEL_OK);
    assert_true(cells.density[1] == 1.0 && cells.count[0] == 75.0);
    assert_int_equal(pel_landscape_cells(l, 1, &cells, NULL), PEL_OK);
    assert_true(cells.density[0] == 2.0 && cells.density[1] == 0.0 &&
                cells.density[3] == 4.0 && isnan(cells.count[3]));
    assert_int_equal(pel_landscape_cells(l, 2, &cells, NULL), PEL_EARG);
    pel_landscape_free(l);

    l = read_text("e.csv", events);
    assert_true(pel_landscape_has_pairs(l));
    assert_int_equal(pel_landscape_cells(l, 0, &cells, NULL), PEL_EARG);
    assert_int_equal(pel_landscape_kind(l), PEL_LANDSCAPE_EVENTS);
    assert_int_equal(pel_landscape_levels(l), 2);
    assert_true(pel_landscape_level_events(l, 1) == 2.0);
    pel_landscape_free(l);
}

static char *write_text(const struct pel_landscape *l)
{
    static char text[3][4096];
    static int next;
    next = (next + 1) % 3;
    FILE *stream = fmemopen(text[next], sizeof text[next], "w");
    assert_non_null(stream);
    fputs("# format: " PEL_LANDSCAPE_FORMAT "\n", stream);
    assert_int_equal(pel_landscape_write(l, stream, NULL), PEL_OK);
    fclose(stream);
    return text[next];
}

static void what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    const char *texts[4] = {histogram, parametric, events, joint};
    for (int k = 0; k < 4; k++) {
        struct pel_landscape *l = read_text("a.csv", texts[k]);
        const char *once = write_text(l);
        struct pel_landscape *again = read_text("b.csv", once);
        assert_string_equal(write_text(again), once);
        struct pel_landscape_scratch *s[2];
        struct pel_average a[2];
        assert_int_equal(pel_landscape_scratch_create(l, &s[0], NULL), PEL_OK);
        assert_int_equal(pel_landscape_scratch_create(again, &s[1], NULL), PEL_OK);
        assert_int_equal(
            pel_landscape_average(l, -4.6831, 23.7, PEL_RANGE_STRICT, s[0], &a[0], NULL),
            PEL_OK);
        assert_int_equal(pel_landscape_average(again, -4.6831, 23.7, PEL_RANGE_STRICT,
                                               s[1], &a[1], NULL),
                         PEL_OK);
        assert_true(a[0].ln_z == a[1].ln_z && a[0].e_r == a[1].e_r);
        assert_true(k < 2 ? isnan(a[0].e_rb) : a[0].e_rb == a[1].e_rb);
        for (int i = 0; i < 2; i++)
            pel_landscape_scratch_free(s[i]);
        pel_landscape_free(l);
        pel_landscape_free(again);
    }
    struct pel_landscape *l = read_text("e.csv", events);
    const char *text = write_text(l);
    assert_non_null(strstr(text, "# kind: events\n"));
    assert_non_null(
        strstr(text, "g2,-4.69,0.30000000000000004,1.7\n\"glass, one\",-4.67,1.1,"));
    struct pel_error err = {0};
    FILE *full = fopen("/dev/full", "w");
    if (full != NULL) {
        setvbuf(full, NULL, _IONBF, 0);
        assert_int_equal(pel_landscape_write(l, full, &err), PEL_EIO);
        assert_string_equal(err.text, "a landscape cannot be written");
        fclose(full);
    }
    pel_landscape_free(l);
}

/* Text of a base file with one piece replaced. */
static const char *with(const char *base, const char *piece, const char *by)
{
    static char text[4096];
    const char *at = strstr(base, piece);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - base), base, by,
             at + strlen(piece));
    return text;
}

static void every_fault_names_file_line_and_wish(void **state)
{
    (void)state;
    const struct {
        const char *base, *piece, *by, *message;
    } cases[] = {
        /* header */
        {histogram, "# format: pelrate-landscape 1\n", "",
         ":1: format is 'missing', expected '# format: pelrate-landscape 1'"},
        {histogram, "landscape 1", "landscape 2",
         ":1: format is 'pelrate-landscape 2', expected '# format: pelrate-landscape 1'"},
        {histogram, "# kind: histogram", "# kind: histograms",
         ":1: kind is 'histograms', expected '# kind: histogram', parametric or events"},
        {histogram, "# atoms: 2000\n", "# atoms: -2\n",
         ":3: atoms is -2, expected a number > 0"},
        {histogram, "# paths: 317.5", "# path: 317.5",
         ":4: key 'path' is not known; a landscape has atoms, paths, "
         "attempt_frequency_Hz, "
         "molar_mass_g_per_mol (further keys start with x_)"},
        {histogram, "# paths: 317.5\n", "# paths: 317.5\n# e_is_min_eV_per_atom: -5\n",
         ":5: key 'e_is_min_eV_per_atom' belongs to the parametric kind, the file says "
         "'# kind: histogram'"},
        {parametric, "_max_eV_per_atom: -4.66", "_max_eV_per_atom: -4.76",
         ":14: e_is_max_eV_per_atom is -4.76, expected more than the minimum -4.7"},
        /* kinds mixed */
        {histogram, "# kind: histogram", "# kind: events",
         ":7: column 'e_lo_eV' belongs to the histogram kind, the file says '# kind: "
         "events'; "
         "expected one kind in a file"},
        {histogram, "density_per_eV,count", "density_per_eV,count,e_a_eV", NULL},
        /* histogram */
        {histogram, "-4.67,0.6,1.1,1.5,", "-4.67,0.6,1.1,-1.5,",
         ":10: density_per_eV is -1.5, expected a number >= 0"},
        {histogram, "-4.67,0.6,1.1,1.5,", "-4.67,0.5,1.1,1.5,",
         ":10: bin starts at 0.5 eV, expected bins of a level sorted and without overlap "
         "(the one "
         "before ends at 0.6 eV)"},
        {histogram, "-4.67,0.6,1.1,1.5,", "-4.67,0.6,0.6,1.5,",
         ":10: bin from 0.6 to 0.6 eV, expected 0 <= e_lo_eV < e_hi_eV"},
        {histogram, "-4.67,0.6,1.1,1.5,", "-4.67,0.6,1.1,1.4,",
         ":9: activation spectrum at -4.67 eV/atom: sum of density x width is 0.95, "
         "expected 1 "
         "within 1e-06"},
        {histogram, "0.5,2,100", "0.5,2,-100", ":8: count is -100, expected >= 0"},
        {histogram, "relaxation,-4.67,0,0.25,4,\n", "",
         ":9: level -4.67 eV/atom has no relaxation spectrum, expected both"},
        {histogram, "relaxation,-4.67", "relaxed,-4.67",
         ":12: spectrum is 'relaxed', expected activation or relaxation"},
        /* treatment */
        {events, "# paths: 317.5\n", "# paths: 317.5\n# treatment: prayer\n",
         ":5: treatment 'prayer' is not known, expected committor or two-level"},
        {events, "# paths: 317.5\n", "# paths: 317.5\n# treatment_z: 3\n",
         ":5: key 'treatment_z' without '# treatment: committor', expected both"},
        {events, "# paths: 317.5\n",
         "# paths: 317.5\n# treatment: two-level\n# treatment_pair_barrier_eV: -1\n",
         ":6: treatment_pair_barrier_eV is -1, expected a number > 0"},
        {events, "# paths: 317.5\n", "# paths: 317.5\n# treatment: committor\n", NULL},
        /* joint */
        {joint, "0.25,0.5,4", "0.25,0.5,-4",
         ":19: density_per_eV2 is -4, count is nan, expected numbers >= 0"},
        {joint, "1.3,,75", "1.3,,-1",
         ":11: density_per_eV2 is 1.5, count is -1, expected numbers >= 0"},
        {joint, "1.3,,75", "1.3,2,75",
         ":11: density_per_eV is '2' in a row of spectrum joint, expected it empty and "
         "density_per_eV2 instead"},
        {joint, "0.75,75,,,", "0.75,75,,,3",
         ":10: density_per_eV2 is '3' in a row of spectrum activation, expected it empty "
         "unless the spectrum is joint"},
        {joint, "joint,-4.69,1.5,2", "joint,-4.69,1.6,2",
         ":14: level -4.69 eV/atom has no activation bin from 1.6000000000000001 to 2 eV, "
         "expected the bins of its histograms"},
        {joint, ",0.25,0.5,4", ",0.25,0.75,4",
         ":19: level -4.67 eV/atom has no relaxation bin from 0.25 to 0.75 eV, expected "
         "the bins of its histograms"},
        {joint, "joint,-4.69,1.5", "joint,-4.6,1.5",
         ":14: level -4.5999999999999996 eV/atom has a joint but neither an activation "
         "nor a relaxation spectrum, expected both"},
        {joint, "0.25,0.5,4", "0,0.25,4",
         ":20: the cell from 0.6 and 0 eV is given twice at -4.67 eV/atom"},
        {joint, "0.25,0.5,4", "0.25,0.5,3",
         ":19: level -4.67 eV/atom: the joint histogram has 0.625 in the activation bin "
         "from 0.6 to 1.1 eV, expected 0.75 as the activation histogram"},
        {joint, ",,,0.25,0.5,4\njoint,-4.67,0.6,1.1,,,0,0.25,2\n",
         ",,,0.25,0.5,3\njoint,-4.67,0.6,1.1,,,0,0.25,3\n",
         ":19: level -4.67 eV/atom: the joint histogram has 0.625 in the relaxation bin "
         "from 0 to 0.25 eV, expected 0.5 as the relaxation histogram"},
        {joint,
         "joint,-4.69,0.3,1.3,,75,0,0.5,1.5\nactivation,-4.69,1.5,2,0.5,25,,,\n"
         "relaxation,-4.69,0,0.5,2,100,,,\njoint,-4.69,1.5,2,,25,0,0.5,1\n",
         "activation,-4.69,1.5,2,0.5,25,,,\nrelaxation,-4.69,0,0.5,2,100,,,\n",
         ":9: level -4.69 eV/atom has no rows of spectrum joint, others have; expected all "
         "levels or none"},
        {joint, "density_per_eV2", "density_per_eV3", NULL},
        /* parametric */
        {parametric, "activation,lognormal,log_sd", "activation,lognorm,log_sd",
         ":17: family 'lognorm' is not known, expected shifted_gamma, gamma, weibull, "
         "lognormal, "
         "truncated_normal, exponential or delta"},
        {parametric, "lognormal,log_sd", "lognormal,sd",
         ":17: parameter 'sd' is not one of lognormal (log_mean, log_sd)"},
        {parametric, "log_sd,1,0.35,0,0", "log_sd,1,-0.35,0,0",
         ":17: log_sd of lognormal is -0.35 at e_is = -4.7 eV/atom, expected > 0 in the "
         "whole range "
         "[-4.7, -4.66]"},
        {parametric, "sd,eV,0.31", "sd,meV,310",
         ":19: unit of truncated_normal sd is 'meV', expected 'eV'"},
        {parametric, "lognormal,log_sd", "lognormal,log_mean",
         ":17: parameter 'log_mean' is given twice, first at line 16"},
        {parametric, "activation,lognormal,log_sd,1", "activation,weibull,shape,1",
         ":17: family 'weibull' after 'lognormal', expected one family for the "
         "activation "
         "spectrum"},
        {parametric, "relaxation,truncated_normal,sd,eV,0.31,0,0\n", "",
         ":18: relaxation: parameter sd of truncated_normal is missing"},
        /* events */
        {events, "1.3,0.2", "1.3,0", ":10: e_r_eV is 0, expected a number > 0"},
        {events, "1.3,0.2", "-1.3,0.2", ":10: e_a_eV is -1.3, expected a number > 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path =
            scratch_write("bad.csv", with(cases[i].base, cases[i].piece, cases[i].by));
        struct pel_landscape *l = (void *)1;
        struct pel_error err = {0};
        assert_int_equal(pel_landscape_read(path, &l, &err), PEL_EFORMAT);
        assert_null(l);
        if (cases[i].message == NULL) continue;
        char expected[1024];
        snprintf(expected, sizeof expected, "%s%s", path, cases[i].message);
        if (strcmp(err.text, expected) != 0)
            fail_msg("\ngot      %s\nexpected %s", err.text, expected);
    }
}

/* What the table reader says: here only that it is asked, and the line. */
static void faults_of_the_table_are_passed_on(void **state)
{
    (void)state;
    const struct {
        const char *base, *piece, *by, *part;
        size_t line;
    } cases[] = {
        {histogram, "density_per_eV", "density", "density_per_eV", 7},
        {histogram, ",count\n", "\n", "", 0},
        {histogram, "0.1,0.6,0.5,", "0.1,0.6,much,", "'much'", 9},
        {histogram, "0.1,0.6,0.5,", "0.1,0.6,nan,", "'nan'", 9},
        {histogram, "# atoms: 2000\n", "", "atoms", 0},
        {histogram, "# atoms: 2000\n", "# atoms: 2000\n# atoms: 2000\n", "atoms", 4},
        {parametric, "0.1,-30,0.125", "0.1,-30,", "c2", 16},
        {events, "e_r_eV,", "e_relax_eV,", "e_r_eV", 7},
        {events, "1.1,0.4", "1.1,inf", "'inf'", 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pel_landscape *l = (void *)1;
        struct pel_error err = {0};
        const char *path =
            scratch_write("bad.csv", with(cases[i].base, cases[i].piece, cases[i].by));
        assert_int_equal(pel_landscape_read(path, &l, &err), PEL_EFORMAT);
        assert_null(l);
        if (strstr(err.text, cases[i].part) == NULL ||
            (cases[i].line > 0 && err.line != cases[i].line))
            fail_msg("%s (line %zu): expected %s at line %zu", err.text, err.line,
                     cases[i].part, cases[i].line);
    }
    struct pel_landscape *l = (void *)1;
    struct pel_error err = {0};
    assert_int_equal(pel_landscape_read(scratch_path("absent.csv"), &l, &err), PEL_EOPEN);
    assert_null(l);
    /* Columns, but no rows. */
    const char *const empty[3] = {
        HEAD("histogram") HISTOGRAM_COLUMNS,
        HEAD("parametric") "# reference_e_is_eV_per_atom: -4.67\n"
                           "# e_is_min_eV_per_atom: -4.7\n"
                           "# e_is_max_eV_per_atom: -4.66\n"
                           "spectrum,family,parameter,unit,c0,c1,c2\n",
        HEAD("events") "sample,e_is_eV_per_atom,e_a_eV,e_r_eV\n"};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(
            pel_landscape_read(scratch_write("empty.csv", empty[k]), &l, &err),
            PEL_EFORMAT);
        assert_true(err.line > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_three_kinds),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(every_fault_names_file_line_and_wish),
        cmocka_unit_test(faults_of_the_table_are_passed_on),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
