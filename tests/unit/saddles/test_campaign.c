#include <pelrate/campaign.h>
#include <pelrate/distinct.h>

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "../cuzr.h"
#include "../io/scratch.h"

/* A face-centred crystal of copper, 108 sites of which one is empty: small, and its
 * easiest event is known: a neighbour hops into the vacancy, and by symmetry e_a = e_r.
 */
enum { cells = 3, sites = 4 * cells * cells * cells, atoms = sites - 1 };
static const double lattice = 3.64;

static struct pel_potential *potential;

/* Empty: which site is. */
static struct pel_structure *make_crystal(int empty)
{
    static const double basis[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
    const double l = cells * lattice, h[3][3] = {{l, 0, 0}, {0, l, 0}, {0, 0, l}};
    struct pel_structure *s = NULL;
    assert_int_equal(pel_structure_create(atoms, &s, NULL), PEL_OK);
    assert_int_equal(pel_cell_init(&s->cell, h, NULL, NULL), PEL_OK);
    s->n_species = 1;
    strcpy(s->species[0], "Cu");
    s->mass[0] = 63.546;
    size_t n = 0;
    int site = 0;
    for (int i = 0; i < cells; i++)
        for (int j = 0; j < cells; j++)
            for (int k = 0; k < cells; k++)
                for (int b = 0; b < 4; b++, site++) {
                    if (site == empty) continue;
                    const double r[3] = {i + basis[b][0], j + basis[b][1],
                                         k + basis[b][2]};
                    s->id[n] = (int64_t)n + 1;
                    for (size_t c = 0; c < 3; c++)
                        s->x[3 * n + c] = lattice * r[c];
                    n++;
                }
    return s;
}

static struct pel_sampler_settings settings_of_tests(void)
{
    struct pel_sampler_settings s = pel_sampler_defaults();
    s.seed = 3;
    s.batch = 6;
    return s;
}

static pel_status run(const char *path, size_t n_samples, size_t events, size_t searches,
                      size_t threads, const struct pel_progress *progress,
                      struct pel_campaign_report *report, struct pel_error *err)
{
    static const char *const names[] = {"first", "second"}, *const hashes[] = {"h1",
                                                                               "h2"};
    const struct pel_sampler_settings settings = settings_of_tests();
    struct pel_structure *structures[2] = {make_crystal(0), make_crystal(41)};
    const struct pel_campaign campaign = {
        .potential = potential,
        .settings = &settings,
        .n_samples = n_samples,
        .structures = (const struct pel_structure *const *)structures,
        .names = names,
        .hashes = hashes,
        .events = events,
        .searches = searches,
        .threads = threads};
    struct pel_catalogue *catalogue = NULL;
    pel_status status =
        pel_campaign_open(path, &settings, "abc", "Cu", 0, NULL, &catalogue, err);
    if (status == PEL_OK)
        status = pel_campaign_run(&campaign, catalogue, progress, report, err);
    pel_catalogue_close(catalogue);
    pel_structure_free(structures[0]);
    pel_structure_free(structures[1]);
    return status;
}

/* All there is to say about a catalogue, as one text. */
struct dump {
    char *text;
    size_t n, used;
    struct pel_distinct *distinct;
};

static pel_status dump_search(void *context, const struct pel_catalogue_search *s,
                              struct pel_error *err)
{
    struct dump *dump = context;
    int64_t duplicate;
    double sum = 0.0;
    assert_int_equal(pel_distinct_add(dump->distinct, s, &duplicate, err), PEL_OK);
    for (size_t i = 0; i < s->n; i++)
        sum += (double)s->saddle[i] * (double)(i + 1) +
               (double)s->final[i] / (double)(i + 1);
    dump->used += (size_t)snprintf(
        dump->text + dump->used, dump->n - dump->used,
        "%zu %zu %lld %s %.17g %.17g %.17g %.17g %zu %.17g %zu %zu %.17g %lld\n",
        s->sample, s->search, (long long)s->atom, pel_art_status_word(s->status),
        s->e_a_eV, s->e_r_eV, s->eigenvalue_eV_per_A2, s->second_eV_per_A2,
        s->force_calls, s->displacement_A, s->moved_atoms, s->n, sum,
        (long long)duplicate);
    return PEL_OK;
}

static char *dump(const char *path, size_t n_samples)
{
    struct dump d = {.n = 65536, .text = calloc(65536, 1)};
    struct pel_catalogue *c = NULL;
    assert_int_equal(pel_catalogue_read(path, &c, NULL), PEL_OK);
    for (size_t k = 0; k < n_samples; k++) {
        assert_int_equal(pel_distinct_create(5e-3, 0.2, &d.distinct, NULL), PEL_OK);
        assert_int_equal(pel_catalogue_walk(c, k, dump_search, &d, NULL), PEL_OK);
        pel_distinct_free(d.distinct);
    }
    pel_catalogue_close(c);
    return d.text;
}

static pel_status find_hop(void *context, const struct pel_catalogue_search *s,
                           struct pel_error *err)
{
    (void)err;
    double *lowest = context;
    if (s->status != PEL_ART_VALID) return PEL_OK;
    assert_true(s->e_a_eV > 0.0 && s->e_r_eV > 0.0 && s->eigenvalue_eV_per_A2 < 0.0 &&
                s->second_eV_per_A2 > 0.0);
    if (s->e_a_eV < *lowest && fabs(s->e_a_eV - s->e_r_eV) < 1e-3) *lowest = s->e_a_eV;
    return PEL_OK;
}

/* One thread and two find the same, bit by bit; and what they find has the hop of the
 * vacancy in it, about 1 eV as in copper. */
static void threads_do_not_matter(void **state)
{
    (void)state;
    if (potential == NULL) potential = cuzr_potential(1);
    struct pel_campaign_report one, two;
    assert_int_equal(run(scratch_path("1.db"), 2, 0, 15, 1, NULL, &one, NULL), PEL_OK);
    assert_int_equal(run(scratch_path("2.db"), 2, 0, 15, 2, NULL, &two, NULL), PEL_OK);
    assert_memory_equal(&one, &two, sizeof one);
    assert_int_equal(one.searches, 30);
    assert_int_equal(one.new_searches, 30);
    char *a = dump(scratch_path("1.db"), 2), *b = dump(scratch_path("2.db"), 2);
    assert_string_equal(a, b);
    free(a);
    free(b);

    struct pel_catalogue *c = NULL;
    double lowest = INFINITY;
    assert_int_equal(pel_catalogue_read(scratch_path("1.db"), &c, NULL), PEL_OK);
    assert_int_equal(pel_catalogue_walk(c, 0, find_hop, &lowest, NULL), PEL_OK);
    assert_int_equal(pel_catalogue_walk(c, 1, find_hop, &lowest, NULL), PEL_OK);
    assert_true(lowest > 0.5 && lowest < 1.5);
    struct pel_catalogue_sample sample;
    assert_int_equal(pel_catalogue_sample(c, 0, &sample, NULL), PEL_OK);
    assert_true(sample.max_force_eV_per_A <= 1e-5 && sample.eigenvalue_eV_per_A2 > 0.0);
    assert_true(fabs(sample.molar_mass_g_per_mol - 63.546) < 1e-12);
    pel_catalogue_sample_free(&sample);
    pel_catalogue_close(c);
}

/* A sample has the same events in whatever catalogue, at whatever place in it. */
static void places_do_not_matter(void **state)
{
    (void)state;
    if (potential == NULL) potential = cuzr_potential(1);
    struct pel_campaign_report report;
    assert_int_equal(run(scratch_path("both.db"), 2, 0, 3, 2, NULL, &report, NULL),
                     PEL_OK);
    const struct pel_sampler_settings settings = settings_of_tests();
    struct pel_structure *second = make_crystal(41), *first = make_crystal(0);
    const struct pel_structure *structures[] = {second, first};
    const char *names[] = {"other name", "first"}, *hashes[] = {"h2", "h1"};
    const struct pel_campaign campaign = {.potential = potential,
                                          .settings = &settings,
                                          .n_samples = 2,
                                          .structures = structures,
                                          .names = names,
                                          .hashes = hashes,
                                          .searches = 3,
                                          .threads = 2};
    struct pel_catalogue *c = NULL;
    assert_int_equal(pel_campaign_open(scratch_path("swapped.db"), &settings, "abc", "Cu",
                                       0, NULL, &c, NULL),
                     PEL_OK);
    assert_int_equal(pel_campaign_run(&campaign, c, NULL, &report, NULL), PEL_OK);
    pel_catalogue_close(c);
    pel_structure_free(first);
    pel_structure_free(second);
    char *a = dump(scratch_path("both.db"), 2), *b = dump(scratch_path("swapped.db"), 2);
    /* The halves of one are those of the other, but for the index at their start. */
    char *half = strstr(a, "\n1 0 "), *other = strstr(b, "\n1 0 ");
    assert_non_null(half);
    assert_non_null(other);
    half[1] = other[1] = '0';
    const size_t head = (size_t)(half + 1 - a), rest = (size_t)(other + 1 - b);
    for (char *line = half + 1; (line = strchr(line, '\n')) != NULL && line[1] != '\0';
         line++)
        line[1] = '0';
    for (char *line = other + 1; (line = strchr(line, '\n')) != NULL && line[1] != '\0';
         line++)
        line[1] = '0';
    assert_int_equal(strlen(a), strlen(b));
    assert_memory_equal(a, other + 1, head);
    assert_memory_equal(half + 1, b, rest);
    assert_memory_not_equal(a, b, rest);
    free(a);
    free(b);
}

/* A child is killed in the middle of a batch; taken up again, with another number of
 * threads, the campaign ends as if nothing had happened. */
static void a_kill_does_not_matter(void **state)
{
    (void)state;
    if (potential == NULL) potential = cuzr_potential(1);
    const char *killed = scratch_path("killed.db"), *whole = scratch_path("whole.db");
    struct pel_campaign_report report;
    const pid_t child = fork();
    if (child == 0) {
        run(killed, 2, 3, 24, 1, NULL, &report, NULL);
        _exit(0);
    }
    /* Until some searches are stored. */
    size_t stored = 0;
    for (int k = 0; k < 2000 && stored < 4; k++) {
        struct pel_catalogue *c = NULL;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        if (pel_catalogue_read(killed, &c, NULL) != PEL_OK) continue;
        struct dump d = {.n = 65536, .text = calloc(65536, 1)};
        assert_int_equal(pel_distinct_create(5e-3, 0.2, &d.distinct, NULL), PEL_OK);
        if (pel_catalogue_walk(c, 0, dump_search, &d, NULL) == PEL_OK) {
            stored = 0;
            for (const char *at = d.text; (at = strchr(at, '\n')) != NULL; at++)
                stored++;
        }
        pel_distinct_free(d.distinct);
        free(d.text);
        pel_catalogue_close(c);
    }
    kill(child, SIGKILL);
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(stored >= 4);
    struct pel_campaign_report again;
    assert_int_equal(run(killed, 2, 3, 24, 2, NULL, &again, NULL), PEL_OK);
    assert_int_equal(run(whole, 2, 3, 24, 2, NULL, &report, NULL), PEL_OK);
    assert_true(again.new_searches < again.searches);
    assert_int_equal(again.searches, report.searches);
    assert_int_equal(again.distinct, report.distinct);
    char *a = dump(killed, 2), *b = dump(whole, 2);
    assert_string_equal(a, b);
    free(a);
    free(b);
    /* Nothing is left to do. */
    assert_int_equal(run(killed, 2, 3, 24, 2, NULL, &again, NULL), PEL_OK);
    assert_int_equal(again.new_searches, 0);
}

static int stop_after(void *context, double done, double total, const char *text)
{
    int *left = context;
    assert_true(total == 0.0 || done <= total);
    assert_non_null(text);
    return total > 0.0 && (*left)-- <= 0;
}

/* Asked to stop, the campaign says so and keeps what it has; then more searches than
 * before complete the batch that the limit had cut. */
static void asked_to_stop(void **state)
{
    (void)state;
    if (potential == NULL) potential = cuzr_potential(1);
    int left = 3;
    const struct pel_progress progress = {.context = &left, .report = stop_after};
    struct pel_campaign_report report;
    struct pel_error err;
    assert_int_equal(run(scratch_path("a.db"), 1, 0, 9, 1, &progress, &report, &err),
                     PEL_ESTOPPED);
    assert_string_equal(err.text, "interrupted; what was finished is stored");
    assert_int_equal(report.searches, 3);
    assert_int_equal(run(scratch_path("a.db"), 1, 0, 4, 1, NULL, &report, &err), PEL_OK);
    assert_int_equal(report.searches, 4);
    assert_int_equal(report.new_searches, 1);
    assert_int_equal(run(scratch_path("a.db"), 1, 0, 9, 1, NULL, &report, &err), PEL_OK);
    assert_int_equal(report.searches, 9);
    assert_int_equal(run(scratch_path("b.db"), 1, 0, 9, 1, NULL, &report, &err), PEL_OK);
    char *a = dump(scratch_path("a.db"), 1), *b = dump(scratch_path("b.db"), 1);
    assert_string_equal(a, b);
    free(a);
    free(b);
}

static void bad_arguments(void **state)
{
    (void)state;
    if (potential == NULL) potential = cuzr_potential(1);
    struct pel_campaign_report report;
    struct pel_error err;
    assert_int_equal(run(scratch_path("c.db"), 1, 0, 0, 1, NULL, &report, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "neither a number of events nor of searches is given");
    assert_int_equal(run(scratch_path("c.db"), 0, 1, 0, 1, NULL, &report, &err),
                     PEL_EARG);

    /* The same name for another glass, the same glass twice, glasses of two sizes. */
    const struct pel_sampler_settings settings = settings_of_tests();
    struct pel_structure *small = make_crystal(0), *large = NULL;
    assert_int_equal(pel_structure_create(2, &large, NULL), PEL_OK);
    const struct pel_structure *structures[2] = {small, large};
    const char *names[2] = {"a", "b"}, *hashes[2] = {"h1", "h2"};
    struct pel_campaign campaign = {.potential = potential,
                                    .settings = &settings,
                                    .n_samples = 1,
                                    .structures = structures,
                                    .names = names,
                                    .hashes = hashes,
                                    .searches = 1,
                                    .threads = 1};
    struct pel_catalogue *c = NULL;
    assert_int_equal(pel_campaign_open(scratch_path("d.db"), &settings, "abc", "Cu", 0,
                                       NULL, &c, NULL),
                     PEL_OK);
    assert_int_equal(pel_campaign_run(&campaign, c, NULL, &report, &err), PEL_OK);
    hashes[0] = "h3";
    assert_int_equal(pel_campaign_run(&campaign, c, NULL, &report, &err), PEL_EARG);
    assert_string_equal(err.text, "sample 'a' of the catalogue is another glass");
    structures[0] = large;
    hashes[0] = "h1";
    assert_int_equal(pel_campaign_run(&campaign, c, NULL, &report, &err), PEL_EARG);
    assert_string_equal(err.text, "sample 'a' has 107 atoms in the catalogue and 2 here");
    names[0] = "e";
    hashes[0] = "h5";
    assert_int_equal(pel_campaign_run(&campaign, c, NULL, &report, &err), PEL_EARG);
    assert_string_equal(err.text, "sample 'e' has 2 atoms, those of the catalogue 107");
    campaign.n_samples = 2;
    names[1] = "e";
    assert_int_equal(pel_campaign_run(&campaign, c, NULL, &report, &err), PEL_EARG);
    assert_string_equal(err.text, "sample 'e' is given twice");
    pel_catalogue_close(c);

    /* Other settings: the catalogue is refused. */
    struct pel_sampler_settings other = settings;
    other.art.climb_threshold_eV_per_A2 = -1.5;
    assert_int_equal(
        pel_campaign_open(scratch_path("d.db"), &other, "abc", "Cu", 0, NULL, &c, &err),
        PEL_EMISMATCH);
    assert_non_null(
        strstr(err.text, "climb_threshold_eV_per_A2 is -0.5 there and -1.5 here"));
    assert_int_equal(pel_campaign_open(scratch_path("d.db"), &settings, "abd", "Cu", 0,
                                       NULL, &c, &err),
                     PEL_EMISMATCH);
    assert_non_null(strstr(err.text, "potential_sha256 is abc there and abd here"));
    other.art.push_step_A = NAN;
    assert_int_equal(
        pel_campaign_open(scratch_path("e.db"), &other, "abc", "Cu", 0, NULL, &c, &err),
        PEL_EARG);
    pel_structure_free(small);
    pel_structure_free(large);
}

static pel_status check_atom(void *context, const struct pel_catalogue_search *s,
                             struct pel_error *err)
{
    (void)err;
    const int64_t *allowed = context;
    assert_true(s->atom == allowed[0] || s->atom == allowed[1]);
    return PEL_OK;
}

/* Pushes stay on the atoms that a sample allows, and the catalogue can tell. */
static void centres_are_kept(void **state)
{
    (void)state;
    if (potential == NULL) potential = cuzr_potential(1);
    static const size_t allowed[] = {12, 90}, n_allowed = 2;
    static const size_t *const centres = allowed;
    static const char *const name = "first", *const hash = "h1";
    static const struct pel_catalogue_setting more[] = {{"push_centres", "two atoms"}};
    struct pel_sampler_settings settings = settings_of_tests();
    settings.art.max_force_calls = 40;
    struct pel_structure *structure = make_crystal(0);
    const struct pel_structure *const borrowed = structure;
    const struct pel_campaign campaign = {.potential = potential,
                                          .settings = &settings,
                                          .n_samples = 1,
                                          .structures = &borrowed,
                                          .names = &name,
                                          .hashes = &hash,
                                          .n_centres = &n_allowed,
                                          .centres = &centres,
                                          .searches = 12,
                                          .threads = 1};
    struct pel_campaign_report report;
    struct pel_catalogue *c = NULL;
    struct pel_error err;
    assert_int_equal(pel_campaign_open(scratch_path("c.db"), &settings, "abc", "Cu", 1,
                                       more, &c, NULL),
                     PEL_OK);
    assert_int_equal(pel_campaign_run(&campaign, c, NULL, &report, NULL), PEL_OK);
    assert_int_equal(report.searches, 12);
    const int64_t ids[] = {structure->id[12], structure->id[90]};
    int64_t context[] = {ids[0], ids[1]};
    assert_int_equal(pel_catalogue_walk(c, 0, check_atom, context, NULL), PEL_OK);
    pel_catalogue_close(c);
    assert_int_equal(pel_campaign_open(scratch_path("c.db"), &settings, "abc", "Cu", 0,
                                       NULL, &c, &err),
                     PEL_EMISMATCH);
    assert_non_null(strstr(err.text, "push_centres is two atoms there"));
    pel_structure_free(structure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(threads_do_not_matter, scratch_begin,
                                        scratch_end),
        cmocka_unit_test_setup_teardown(places_do_not_matter, scratch_begin, scratch_end),
        cmocka_unit_test_setup_teardown(a_kill_does_not_matter, scratch_begin,
                                        scratch_end),
        cmocka_unit_test_setup_teardown(asked_to_stop, scratch_begin, scratch_end),
        cmocka_unit_test_setup_teardown(centres_are_kept, scratch_begin, scratch_end),
        cmocka_unit_test_setup_teardown(bad_arguments, scratch_begin, scratch_end),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pel_potential_free(potential);
    return failed;
}
