#include <pelrate/campaign.h>
#include <pelrate/second.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../near.h"
#include "../cuzr.h"
#include "../io/scratch.h"

static struct pel_potential *potential;

/* ---- by hand: six atoms, and every kind of path ------------------------------------- */

enum { few = 6 };

static const struct pel_catalogue_setting tolerances[] = {
    {"same_energy_eV", "0.005"},
    {"same_distance_A", "0.2"},
    {"second_region_distance_A", "0.2"}};

static struct pel_catalogue *open_by_hand(const char *name, size_t n_settings)
{
    struct pel_catalogue *c = NULL;
    assert_int_equal(
        pel_catalogue_open(scratch_path(name), n_settings, tolerances, &c, NULL), PEL_OK);
    return c;
}

static void add_sample(struct pel_catalogue *c, const char *name, double energy,
                       const double x[3 * few])
{
    static const double h[3][3] = {{20, 0, 0}, {0, 20, 0}, {0, 0, 20}};
    struct pel_catalogue_sample sample = {.atoms = few,
                                          .energy_eV = energy,
                                          .molar_mass_g_per_mol = 63.5,
                                          .e_is_eV_per_atom = energy / few};
    size_t index;
    snprintf(sample.name, sizeof sample.name, "%s", name);
    snprintf(sample.hash, sizeof sample.hash, "hash of %s", name);
    assert_int_equal(pel_structure_create(few, &sample.structure, NULL), PEL_OK);
    assert_int_equal(pel_cell_init(&sample.structure->cell, h, NULL, NULL), PEL_OK);
    sample.structure->n_species = 1;
    strcpy(sample.structure->species[0], "Cu");
    sample.structure->mass[0] = 63.546;
    for (size_t i = 0; i < few; i++)
        sample.structure->id[i] = (int64_t)i + 1;
    memcpy(sample.structure->x, x, 3 * few * sizeof *x);
    sample.x = sample.structure->x;
    assert_int_equal(pel_catalogue_add_sample(c, &sample, &index, NULL), PEL_OK);
    pel_catalogue_sample_free(&sample);
}

/* Search k of the first sample; d: atom and vector pairs by the caller. */
static void add_search(struct pel_catalogue *c, size_t k, enum pel_art_status status,
                       double e_a, double e_r, float saddle[3 * few],
                       float final[3 * few])
{
    const struct pel_catalogue_search search = {.search = k,
                                                .atom = 1,
                                                .status = status,
                                                .e_a_eV = e_a,
                                                .e_r_eV = e_r,
                                                .force_calls = 10 + k,
                                                .n =
                                                    status == PEL_ART_VALID ? 3 * few : 0,
                                                .saddle = saddle,
                                                .final = final};
    assert_int_equal(pel_catalogue_add_search(c, &search, NULL), PEL_OK);
}

static const double minimum[3 * few] = {1, 1, 1, 3.7, 1, 1, 1,   3.9, 1,
                                        1, 1, 4, 9,   9, 9, 9.3, 9,   12};
/* The hop: atom 0 goes 1 A along x, atom 1 gives way by 0.3 A. */
static const float hop_final[3 * few] = {1.0F, 0, 0, 0, 0.3F};
static const float hop_saddle[3 * few] = {0.5F, 0.2F, 0, 0, 0.2F};

static struct pel_catalogue *make_first(void)
{
    struct pel_catalogue *c = open_by_hand("first.db", 2);
    float saddle[3 * few], final[3 * few];
    memcpy(saddle, hop_saddle, sizeof saddle);
    memcpy(final, hop_final, sizeof final);
    add_sample(c, "g", -10.0, minimum);
    add_search(c, 0, PEL_ART_LOST, NAN, NAN, NULL, NULL);
    add_search(c, 1, PEL_ART_VALID, 0.5, 0.3, saddle, final);
    return c;
}

static const struct {
    enum pel_successor_kind kind;
    double overlap, residual, e_a, e_r;
    float saddle[3 * few], final[3 * few];
} paths[] = {
    /* The saddle as far off as those of equal events may be (distinct.h). */
    {PEL_SUCCESSOR_BACK,
     1.0,
     0.0,
     0.3,
     0.5,
     {-0.5F, 0.2F, 0.3F, 0, -0.1F},
     {-1.0F, 0, 0, 0, -0.3F}},
    {PEL_SUCCESSOR_BACK_OTHER,
     1.0,
     0.0,
     0.9,
     1.1,
     {-0.5F, -0.7F, 0, 0, -0.1F},
     {-1.0F, 0, 0, 0, -0.3F}},
    /* The saddle is where the hop's is, but higher. */
    {PEL_SUCCESSOR_BACK_OTHER,
     1.0,
     0.0,
     0.4,
     0.6,
     {-0.5F, 0.2F, 0, 0, -0.1F},
     {-1.0F, 0, 0, 0, -0.3F}},
    /* Atom 4 has gone too: away from the minimum, but not in the region. Removing the mean
     * of the six leaves 0.8/6 A in each atom. */
    {PEL_SUCCESSOR_BACK_LOCAL,
     1.0,
     0.18060405,
     0.35,
     0.5,
     {-0.5F, 0.2F, 0, 0, -0.1F},
     {-1.0F, 0, 0, 0, -0.3F, 0, 0, 0, 0, 0, 0, 0, 0, 0.8F}},
    {PEL_SUCCESSOR_ONWARD, 1.0, NAN, 0.7, 0.4, {0, 0.5F}, {0, 1.0F}},
    {PEL_SUCCESSOR_ELSEWHERE,
     0.0,
     NAN,
     0.7,
     0.2,
     {0, 0, 0, 0, 0, 0, 0, 0, 0, 0.4F},
     {0, 0, 0, 0, 0, 0, 0, 0, 0, 0.7F}},
    /* Nothing beyond the distance: the atom that moves most. */
    {PEL_SUCCESSOR_ONWARD,
     1.0,
     NAN,
     0.02,
     0.01,
     {0, 0, 0, 0, 0, 0.1F},
     {0, 0, 0, 0, 0, 0.15F}},
    {PEL_SUCCESSOR_ELSEWHERE,
     0.0,
     NAN,
     0.03,
     0.01,
     {0, 0, 0, 0, 0, 0, 0.1F},
     {0, 0, 0, 0, 0, 0, 0.15F}},
    /* One of two in the region. */
    {PEL_SUCCESSOR_ONWARD,
     0.5,
     NAN,
     0.8,
     0.6,
     {0.3F, 0, 0, 0, 0, 0, 0.3F},
     {0.5F, 0, 0, 0, 0, 0, 0.5F, 0, 0, 0.4F}},
};
enum { n_paths = sizeof paths / sizeof *paths };

/* The state is the hop's final state, but shifted as a whole by 0.4 A and by a trifle
 * more in one atom. */
static struct pel_catalogue *make_second(const char *file, const char *name)
{
    struct pel_catalogue *c = open_by_hand(file, 3);
    double x[3 * few];
    for (size_t i = 0; i < 3 * few; i++)
        x[i] = minimum[i] + (double)hop_final[i] + 0.4;
    x[3] += 0.0006;
    add_sample(c, name, -9.8, x);
    for (size_t k = 0; k < n_paths; k++) {
        float saddle[3 * few], final[3 * few];
        memcpy(saddle, paths[k].saddle, sizeof saddle);
        memcpy(final, paths[k].final, sizeof final);
        add_search(c, k, PEL_ART_VALID, paths[k].e_a, paths[k].e_r, saddle, final);
    }
    add_search(c, n_paths, PEL_ART_TOO_HIGH, NAN, NAN, NULL, NULL);
    float saddle[3 * few], final[3 * few];
    memcpy(saddle, paths[4].saddle, sizeof saddle);
    memcpy(final, paths[4].final, sizeof final);
    add_search(c, n_paths + 1, PEL_ART_VALID, paths[4].e_a + 1e-3, paths[4].e_r, saddle,
               final);
    return c;
}

static void kinds_by_hand(void **state)
{
    (void)state;
    struct pel_catalogue *first = make_first(), *second = make_second("s.db", "g/1");
    struct pel_successor_list *list = NULL;
    assert_int_equal(pel_second_list(first, second, NULL, &list, NULL), PEL_OK);
    assert_int_equal(list->n, n_paths + 2);
    for (size_t k = 0; k < list->n; k++) {
        const struct pel_successor *row = &list->rows[k];
        assert_string_equal(row->event.sample, "g/1");
        assert_string_equal(row->first_sample, "g");
        assert_int_equal(row->first_search, 1);
        assert_int_equal(row->event.search, k);
        assert_int_equal(row->event.force_calls, 10 + k);
        assert_true(row->first_e_a == 0.5 && row->first_e_r == 0.3);
        NEAR_ABS(row->first_e_is, -10.0 / few, 1e-15);
        NEAR_ABS(row->event.e_is, -9.8 / few, 1e-15);
        NEAR_ABS(row->drift, 0.0006 * sqrt(5.0 / 6.0), 1e-6);
        if (k >= n_paths) continue;
        if (row->kind != paths[k].kind)
            print_error("search %zu: %s\n", k, pel_successor_word(row->kind));
        assert_int_equal(row->kind, paths[k].kind);
        assert_int_equal(row->event.duplicate_of, -1);
        NEAR_ABS(row->overlap, paths[k].overlap, 1e-15);
        if (!isnan(paths[k].residual)) NEAR_ABS(row->residual, paths[k].residual, 1e-3);
    }
    const struct pel_successor *failed = &list->rows[n_paths];
    assert_string_equal(failed->event.status, "too high");
    assert_int_equal(failed->kind, PEL_SUCCESSOR_NONE);
    assert_true(isnan(failed->overlap) && isnan(failed->residual) &&
                isnan(failed->event.e_a));
    assert_int_equal(list->rows[n_paths + 1].event.duplicate_of, 4);
    pel_successor_list_free(list);

    /* The thresholds decide, on the side where they lie. */
    struct pel_second_settings settings = pel_second_defaults();
    settings.local_overlap = 0.51;
    settings.back_residual = 0.17;
    assert_int_equal(pel_second_list(first, second, &settings, &list, NULL), PEL_OK);
    assert_int_equal(list->rows[8].kind, PEL_SUCCESSOR_ELSEWHERE);
    assert_int_equal(list->rows[3].kind, PEL_SUCCESSOR_ONWARD);
    assert_int_equal(list->rows[0].kind, PEL_SUCCESSOR_BACK);
    pel_successor_list_free(list);
    pel_catalogue_close(second);
    pel_catalogue_close(first);
}

static void not_of_one_family(void **state)
{
    (void)state;
    static const char *const names[] = {"g", "g/0", "g/7", "h/1", "g/x", "/1"};
    struct pel_catalogue *first = make_first();
    struct pel_successor_list *list = NULL;
    struct pel_error err;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        char file[16];
        snprintf(file, sizeof file, "%zu.db", k);
        struct pel_catalogue *second = make_second(file, names[k]);
        assert_int_equal(pel_second_list(first, second, NULL, &list, &err), PEL_EFORMAT);
        assert_null(list);
        assert_non_null(strstr(err.text, names[k]));
        pel_catalogue_close(second);
    }
    assert_int_equal(pel_second_list(first, first, NULL, &list, &err), PEL_EFORMAT);
    assert_non_null(strstr(err.text, "no catalogue of a second generation"));
    pel_catalogue_close(first);
}

/* ---- a vacancy in copper ------------------------------------------------------------ */

enum { cells = 3, sites = 4 * cells * cells * cells, atoms = sites - 1 };

static struct pel_structure *make_crystal(void)
{
    static const double basis[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
    const double a = 3.64, l = cells * a, h[3][3] = {{l, 0, 0}, {0, l, 0}, {0, 0, l}};
    struct pel_structure *s = NULL;
    assert_int_equal(pel_structure_create(atoms, &s, NULL), PEL_OK);
    assert_int_equal(pel_cell_init(&s->cell, h, NULL, NULL), PEL_OK);
    s->n_species = 1;
    strcpy(s->species[0], "Cu");
    s->mass[0] = 63.546;
    for (size_t site = 1; site < sites; site++) {
        const size_t n = site - 1, cell = site / 4;
        const double r[3] = {(double)(cell / (cells * cells)),
                             (double)(cell / cells % cells), (double)(cell % cells)};
        s->id[n] = (int64_t)site;
        for (size_t c = 0; c < 3; c++)
            s->x[3 * n + c] = a * (r[c] + basis[site % 4][c]);
    }
    return s;
}

/* The first catalogue: hops of the vacancy. */
static struct pel_catalogue *sample_crystal(struct pel_sampler_settings *sampler)
{
    static const char *const name = "vacancy", *const hash = "h1";
    *sampler = pel_sampler_defaults();
    sampler->seed = 4;
    sampler->batch = 6;
    struct pel_structure *structure = make_crystal();
    const struct pel_structure *const borrowed = structure;
    const struct pel_campaign campaign = {.potential = potential,
                                          .settings = sampler,
                                          .n_samples = 1,
                                          .structures = &borrowed,
                                          .names = &name,
                                          .hashes = &hash,
                                          .searches = 18,
                                          .threads = 1};
    struct pel_campaign_report report;
    struct pel_catalogue *c = NULL;
    assert_int_equal(pel_campaign_open(scratch_path("first.db"), sampler,
                                       pel_potential_identity(potential), "Cu", 0, NULL,
                                       &c, NULL),
                     PEL_OK);
    assert_int_equal(pel_campaign_run(&campaign, c, NULL, &report, NULL), PEL_OK);
    assert_true(report.distinct >= 3);
    pel_structure_free(structure);
    return c;
}

static struct pel_successor_list *list_of(struct pel_catalogue *first, const char *path)
{
    struct pel_catalogue *second = NULL;
    struct pel_successor_list *list = NULL;
    assert_int_equal(pel_catalogue_read(path, &second, NULL), PEL_OK);
    assert_int_equal(pel_second_list(first, second, NULL, &list, NULL), PEL_OK);
    pel_catalogue_close(second);
    return list;
}

static void same_rows(const struct pel_successor_list *a,
                      const struct pel_successor_list *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const struct pel_successor *x = &a->rows[k], *y = &b->rows[k];
        assert_string_equal(x->event.sample, y->event.sample);
        assert_string_equal(x->event.status, y->event.status);
        assert_int_equal(x->event.search, y->event.search);
        assert_int_equal(x->event.atom, y->event.atom);
        assert_int_equal(x->kind, y->kind);
        assert_true(x->kind == PEL_SUCCESSOR_NONE || x->event.e_a == y->event.e_a);
    }
}

static int stop_after(void *context, double done, double total, const char *text)
{
    int *left = context;
    (void)done;
    (void)text;
    return total > 0.0 && (*left)-- <= 0;
}

/* From where the vacancy hopped, it hops back over the same barrier; nothing else is
 * called so; and neither an interruption nor threads change a row. */
static void the_vacancy_goes_back(void **state)
{
    (void)state;
    if (potential == NULL) potential = cuzr_potential(1);
    struct pel_sampler_settings sampler;
    struct pel_catalogue *first = sample_crystal(&sampler);
    struct pel_second_settings settings = pel_second_defaults();
    settings.events = 3;
    settings.searches = 6;
    settings.threads = 2;
    struct pel_campaign_report report;
    assert_int_equal(pel_second_run(first, &settings, &sampler, potential,
                                    scratch_path("a.db"), NULL, &report, NULL),
                     PEL_OK);
    assert_int_equal(report.searches, 18);
    struct pel_successor_list *list = list_of(first, scratch_path("a.db"));
    assert_int_equal(list->n, 18);
    size_t back = 0;
    for (size_t k = 0; k < list->n; k++) {
        const struct pel_successor *row = &list->rows[k];
        assert_true(row->drift < 0.01);
        assert_int_equal(row->event.search, k % 6);
        if (row->kind == PEL_SUCCESSOR_NONE) continue;
        assert_true(row->overlap >= 0.0 && row->overlap <= 1.0 && row->residual >= 0.0);
        if (row->kind != PEL_SUCCESSOR_BACK) continue;
        back++;
        NEAR_ABS(row->event.e_a, row->first_e_r, 1e-3);
        NEAR_ABS(row->event.e_r, row->first_e_a, 1e-3);
        NEAR_ABS(row->residual, 0.0, 0.02);
        assert_true(row->overlap == 1.0);
    }
    assert_true(back >= 2);

    /* Fewer hops are the first of more; and a stop in between does not show. */
    int left = 4;
    const struct pel_progress progress = {.report = stop_after, .context = &left};
    settings.events = 2;
    settings.threads = 1;
    assert_int_equal(pel_second_run(first, &settings, &sampler, potential,
                                    scratch_path("b.db"), &progress, &report, NULL),
                     PEL_ESTOPPED);
    assert_true(report.new_searches > 0 && report.new_searches < 12);
    assert_int_equal(pel_second_run(first, &settings, &sampler, potential,
                                    scratch_path("b.db"), NULL, &report, NULL),
                     PEL_OK);
    assert_true(report.new_searches < 12);
    settings.events = 3;
    assert_int_equal(pel_second_run(first, &settings, &sampler, potential,
                                    scratch_path("b.db"), NULL, &report, NULL),
                     PEL_OK);
    assert_int_equal(report.new_searches, 6);
    struct pel_successor_list *again = list_of(first, scratch_path("b.db"));
    assert_int_equal(again->n, list->n);
    same_rows(list, again, list->n);
    pel_successor_list_free(again);
    pel_successor_list_free(list);
    pel_catalogue_close(first);
}

static void bad_arguments(void **state)
{
    (void)state;
    if (potential == NULL) potential = cuzr_potential(1);
    struct pel_sampler_settings sampler, read;
    struct pel_second_settings settings = pel_second_defaults();
    struct pel_campaign_report report;
    struct pel_error err;
    struct pel_catalogue *first = make_first();
    assert_int_equal(pel_second_sampler(first, &read, &err), PEL_EFORMAT);
    assert_string_equal(err.text, "the catalogue has no setting push_radius_A, expected "
                                  "those of the sampler");
    assert_int_equal(pel_second_run(first, NULL, &read, potential, scratch_path("x.db"),
                                    NULL, &report, &err),
                     PEL_EMISMATCH);
    pel_catalogue_close(first);
    remove(scratch_path("first.db"));

    first = sample_crystal(&sampler);
    assert_int_equal(pel_second_sampler(first, &read, NULL), PEL_OK);
    assert_true(read.push_radius_A == sampler.push_radius_A &&
                read.art.max_force_calls == sampler.art.max_force_calls &&
                read.art.atoms == 1);
    settings.events = 0;
    assert_int_equal(pel_second_run(first, &settings, &sampler, potential,
                                    scratch_path("x.db"), NULL, &report, &err),
                     PEL_EARG);
    settings = pel_second_defaults();
    settings.region_distance_A = NAN;
    assert_int_equal(pel_second_run(first, &settings, &sampler, potential,
                                    scratch_path("x.db"), NULL, &report, &err),
                     PEL_EARG);

    /* A bound of the barrier; the vacancy's is about 1 eV. */
    settings = pel_second_defaults();
    settings.max_e_a_eV = 0.1;
    assert_int_equal(pel_second_run(first, &settings, &sampler, potential,
                                    scratch_path("x.db"), NULL, &report, &err),
                     PEL_EARG);
    settings.max_e_a_eV = NAN;
    assert_int_equal(pel_second_run(first, &settings, &sampler, potential,
                                    scratch_path("x.db"), NULL, &report, &err),
                     PEL_EARG);
    pel_catalogue_close(first);

    /* No event at all. */
    struct pel_catalogue *empty = NULL;
    assert_int_equal(pel_campaign_open(scratch_path("empty.db"), &sampler,
                                       pel_potential_identity(potential), "Cu", 0, NULL,
                                       &empty, NULL),
                     PEL_OK);
    assert_int_equal(pel_second_run(empty, NULL, &sampler, potential,
                                    scratch_path("x.db"), NULL, &report, &err),
                     PEL_EARG);
    assert_non_null(strstr(err.text, "no such valid event"));
    pel_catalogue_close(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kinds_by_hand, scratch_begin, scratch_end),
        cmocka_unit_test_setup_teardown(not_of_one_family, scratch_begin, scratch_end),
        cmocka_unit_test_setup_teardown(the_vacancy_goes_back, scratch_begin,
                                        scratch_end),
        cmocka_unit_test_setup_teardown(bad_arguments, scratch_begin, scratch_end),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pel_potential_free(potential);
    return failed;
}
