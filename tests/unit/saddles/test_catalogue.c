#include <pelrate/catalogue.h>

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../io/scratch.h"

static const struct pel_catalogue_setting settings[] = {
    {"elements", "Cu,Zr"}, {"push_step_A", "0.2"}, {"seed", "17"}};
enum { n_settings = 3 };

static char file[128];

static int begin_file(void **state)
{
    const int failed = scratch_begin(state);
    snprintf(file, sizeof file, "%s", scratch_path("events.db"));
    return failed;
}

static struct pel_catalogue *open_it(void)
{
    struct pel_catalogue *c = NULL;
    struct pel_error err = {0};
    const pel_status status = pel_catalogue_open(file, n_settings, settings, &c, &err);
    if (status != PEL_OK) print_error("%s\n", err.text);
    assert_int_equal(status, PEL_OK);
    return c;
}

/* Two atoms in a tilted cell, of the second and the third of three species. */
static struct pel_structure *two_atoms(void)
{
    const double x[6] = {0.1, -2.7, 3.14159265358979, 1e-17, 5.5, -0.0};
    const double h[3][3] = {{7.25, 0.1, 0.0}, {-1.3, 8.1, 0.7}, {0.0, 0.3, 9.9}};
    const double origin[3] = {-1.0 / 3.0, 2.5, 1e-7};
    const char *const names[3] = {"Al", "Cu", "Zr"};
    struct pel_structure *s = NULL;
    assert_int_equal(pel_structure_create(2, &s, NULL), PEL_OK);
    memcpy(s->x, x, sizeof x);
    assert_int_equal(pel_cell_init(&s->cell, h, origin, NULL), PEL_OK);
    s->n_species = 3;
    for (size_t k = 0; k < 3; k++) {
        strcpy(s->species[k], names[k]);
        s->mass[k] = 26.98 + 18.3 * (double)k;
    }
    s->type[0] = 2;
    s->type[1] = 1;
    s->id[0] = 7000000000;
    s->id[1] = 4;
    return s;
}

static void fill_sample(struct pel_catalogue *c, const char *name, size_t expected)
{
    struct pel_structure *structure = two_atoms();
    struct pel_catalogue_sample sample = {.atoms = 2,
                                          .molar_mass_g_per_mol = 75.7,
                                          .energy_eV = -9.356789012345678,
                                          .e_is_eV_per_atom = -4.678394506172839,
                                          .max_force_eV_per_A = 3.3e-6,
                                          .eigenvalue_eV_per_A2 = 0.0712,
                                          .structure = structure};
    size_t index = 99;
    snprintf(sample.name, sizeof sample.name, "%s", name);
    snprintf(sample.hash, sizeof sample.hash, "hash of %s", name);
    assert_int_equal(pel_catalogue_add_sample(c, &sample, &index, NULL), PEL_OK);
    assert_int_equal(index, expected);
    pel_structure_free(structure);
}

static pel_status add(struct pel_catalogue *c, size_t sample, size_t number, int valid,
                      struct pel_error *err)
{
    float saddle[6] = {0.25f, 1.5f, -3.0f, 0.0f, 7.125f, 1e-7f};
    float final[6] = {0.5f, 1.0f, -2.0f, 0.125f, 9.0f, -1e-7f};
    struct pel_catalogue_search search = {.sample = sample,
                                          .search = number,
                                          .atom = 41,
                                          .status = PEL_ART_LOST,
                                          .e_a_eV = NAN,
                                          .e_r_eV = NAN,
                                          .eigenvalue_eV_per_A2 = 0.03,
                                          .second_eV_per_A2 = NAN,
                                          .force_calls = 301 + number,
                                          .full_calls = 101 + number,
                                          .work = 123.5,
                                          .displacement_A = NAN};
    if (valid) {
        search.status = PEL_ART_VALID;
        search.e_a_eV = 1.0 / 3.0 + (double)number;
        search.e_r_eV = 0.1;
        search.eigenvalue_eV_per_A2 = -1.37;
        search.second_eV_per_A2 = 0.041;
        search.displacement_A = 2.5;
        search.moved_atoms = 37;
        search.n = 6;
        search.saddle = saddle;
        search.final = final;
    }
    return pel_catalogue_add_search(c, &search, err);
}

struct seen {
    size_t n, numbers[64], valid;
    int64_t stop_at;
};

static pel_status see(void *context, const struct pel_catalogue_search *search,
                      struct pel_error *err)
{
    struct seen *seen = context;
    if ((int64_t)search->search == seen->stop_at)
        return pel_error_set(err, PEL_ERANGE, "enough");
    seen->numbers[seen->n++] = search->search;
    assert_int_equal(search->atom, 41);
    assert_int_equal(search->force_calls, 301 + search->search);
    assert_int_equal(search->full_calls, 101 + search->search);
    assert_true(search->work == 123.5);
    if (search->status == PEL_ART_VALID) {
        seen->valid++;
        assert_true(search->e_a_eV == 1.0 / 3.0 + (double)search->search);
        assert_true(search->second_eV_per_A2 == 0.041 && search->displacement_A == 2.5);
        assert_int_equal(search->n, 6);
        assert_int_equal(search->moved_atoms, 37);
        assert_true(search->saddle[4] == 7.125f && search->final[5] == -1e-7f);
    } else {
        assert_int_equal(search->status, PEL_ART_LOST);
        assert_true(isnan(search->e_a_eV) && isnan(search->second_eV_per_A2));
        assert_int_equal(search->n, 0);
        assert_null(search->saddle);
    }
    return PEL_OK;
}

static struct seen walk(struct pel_catalogue *c, size_t sample)
{
    struct seen seen = {.stop_at = -1};
    assert_int_equal(pel_catalogue_walk(c, sample, see, &seen, NULL), PEL_OK);
    return seen;
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    struct pel_catalogue *c = open_it();
    fill_sample(c, "q10", 0);
    fill_sample(c, "q100", 1);
    const size_t order[] = {4, 0, 11, 2};
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(add(c, 1, order[k], k % 2 == 0, NULL), PEL_OK);
    pel_catalogue_close(c);

    assert_int_equal(pel_catalogue_read(file, &c, NULL), PEL_OK);
    assert_int_equal(pel_catalogue_settings(c), n_settings);
    for (size_t k = 0; k < n_settings; k++) {
        assert_string_equal(pel_catalogue_setting(c, k).key, settings[k].key);
        assert_string_equal(pel_catalogue_setting(c, k).value, settings[k].value);
    }
    assert_null(pel_catalogue_setting(c, n_settings).key);
    size_t n = 0;
    assert_int_equal(pel_catalogue_samples(c, &n, NULL), PEL_OK);
    assert_int_equal(n, 2);
    struct pel_catalogue_sample sample;
    assert_int_equal(pel_catalogue_sample(c, 1, &sample, NULL), PEL_OK);
    assert_string_equal(sample.name, "q100");
    assert_string_equal(sample.hash, "hash of q100");
    assert_true(sample.energy_eV == -9.356789012345678 && sample.atoms == 2);
    assert_true(sample.e_is_eV_per_atom == -4.678394506172839);
    assert_true(sample.molar_mass_g_per_mol == 75.7);
    assert_true(sample.max_force_eV_per_A == 3.3e-6 &&
                sample.eigenvalue_eV_per_A2 == 0.0712);
    assert_true(sample.x[2] == 3.14159265358979 && sample.x[3] == 1e-17);
    const struct pel_structure *s = sample.structure;
    struct pel_structure *put = two_atoms();
    assert_ptr_equal(sample.x, s->x);
    assert_true(s->n == 2 && s->n_species == 3 && s->v == NULL);
    assert_memory_equal(&s->cell, &put->cell, sizeof s->cell);
    for (size_t k = 0; k < 3; k++) {
        assert_string_equal(s->species[k], put->species[k]);
        assert_true(s->mass[k] == put->mass[k]);
    }
    assert_memory_equal(s->type, put->type, 2 * sizeof *s->type);
    assert_memory_equal(s->id, put->id, 2 * sizeof *s->id);
    pel_structure_free(put);
    pel_catalogue_sample_free(&sample);

    const struct seen seen = walk(c, 1);
    assert_int_equal(seen.n, 4);
    assert_int_equal(seen.valid, 2);
    assert_true(seen.numbers[0] == 0 && seen.numbers[1] == 2 && seen.numbers[2] == 4 &&
                seen.numbers[3] == 11);
    assert_int_equal(walk(c, 0).n, 0);
    /* opened to read: nothing can be added */
    struct pel_error err;
    assert_int_equal(add(c, 0, 0, 0, &err), PEL_EIO);
    pel_catalogue_close(c);
}

static void a_visitor_can_end_the_walk(void **state)
{
    (void)state;
    struct pel_catalogue *c = open_it();
    fill_sample(c, "a", 0);
    for (size_t k = 0; k < 5; k++)
        assert_int_equal(add(c, 0, k, 0, NULL), PEL_OK);
    struct seen seen = {.stop_at = 3};
    struct pel_error err;
    assert_int_equal(pel_catalogue_walk(c, 0, see, &seen, &err), PEL_ERANGE);
    assert_string_equal(err.text, "enough");
    assert_int_equal(seen.n, 3);
    pel_catalogue_close(c);
}

/* A child adds searches until it is killed in the act; what it had been told is stored is
 * there, the file is sound, and the next one goes on. */
static void a_kill_loses_nothing_that_was_stored(void **state)
{
    (void)state;
    pel_catalogue_close(open_it());
    for (size_t round = 0; round < 3; round++) {
        int pipe_ends[2];
        assert_int_equal(pipe(pipe_ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            struct pel_catalogue *c = NULL;
            if (pel_catalogue_open(file, n_settings, settings, &c, NULL) != PEL_OK)
                _exit(1);
            if (round == 0) fill_sample(c, "a", 0);
            for (size_t k = 20 * round;; k++) {
                if (add(c, 0, k, k % 2 == 0, NULL) != PEL_OK) _exit(1);
                const char told = (char)k;
                if (write(pipe_ends[1], &told, 1) != 1) _exit(1);
            }
        }
        char last = 0;
        for (int k = 0; k < 6; k++)
            assert_int_equal(read(pipe_ends[0], &last, 1), 1);
        int how;
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFSIGNALED(how));
        close(pipe_ends[1]);
        while (read(pipe_ends[0], &last, 1) == 1)
            ;
        close(pipe_ends[0]);

        struct pel_catalogue *c = open_it();
        const struct seen seen = walk(c, 0);
        assert_true(seen.n >= 6 && seen.n <= 64);
        assert_true(seen.numbers[seen.n - 1] >= (size_t)last);
        assert_true(seen.numbers[seen.n - 1] <= (size_t)last + 1);
        pel_catalogue_close(c);
        if (seen.n > 40) break; /* a fast disk: room is limited here */
    }
}

static void differ(const struct pel_catalogue_setting *others, size_t n, const char *what)
{
    struct pel_catalogue *c = (struct pel_catalogue *)file;
    struct pel_error err;
    char message[512];
    assert_int_equal(pel_catalogue_open(file, n, others, &c, &err), PEL_EMISMATCH);
    assert_null(c);
    snprintf(message, sizeof message, "%s: a catalogue of other settings: %s", file,
             what);
    assert_string_equal(err.text, message);
}

static void other_settings_are_refused(void **state)
{
    (void)state;
    pel_catalogue_close(open_it());
    const struct pel_catalogue_setting other[] = {
        {"elements", "Cu,Zr"}, {"push_step_A", "0.3"}, {"seed", "17"}};
    differ(other, 3, "push_step_A is 0.2 there and 0.3 here");
    const struct pel_catalogue_setting more[] = {
        {"elements", "Cu,Zr"}, {"push_step_A", "0.2"}, {"seed", "17"}, {"new", "1"}};
    differ(more, 4, "new is not set there and 1 here");
    differ(more, 2, "seed is 17 there and not set here");
    pel_catalogue_close(open_it());
}

static void numbers_are_taken_once(void **state)
{
    (void)state;
    struct pel_catalogue *c = open_it();
    struct pel_error err;
    struct pel_catalogue_sample sample;
    fill_sample(c, "a", 0);
    assert_int_equal(add(c, 0, 3, 0, NULL), PEL_OK);
    assert_int_equal(add(c, 0, 3, 1, &err), PEL_EEXIST);
    struct pel_structure *atoms = two_atoms();
    struct pel_catalogue_sample twice = {
        .name = "a", .hash = "b", .atoms = 2, .structure = atoms};
    size_t index;
    assert_int_equal(pel_catalogue_add_sample(c, &twice, &index, &err), PEL_EEXIST);
    twice.atoms = 3;
    assert_int_equal(pel_catalogue_add_sample(c, &twice, &index, &err), PEL_EARG);
    twice.structure = NULL;
    assert_int_equal(pel_catalogue_add_sample(c, &twice, &index, &err), PEL_EARG);
    pel_structure_free(atoms);
    assert_int_equal(pel_catalogue_sample(c, 7, &sample, &err), PEL_EARG);
    assert_int_equal(walk(c, 0).n, 1);
    pel_catalogue_close(c);
}

static void files_that_are_no_catalogue(void **state)
{
    (void)state;
    struct pel_catalogue *c = NULL;
    struct pel_error err;
    char message[512];
    snprintf(message, sizeof message, "%s: cannot be opened: No such file or directory",
             file);
    assert_int_equal(pel_catalogue_read(file, &c, &err), PEL_EOPEN);
    assert_string_equal(err.text, message);

    FILE *stream = fopen(file, "w");
    fputs("sample,search,atom,status,e_a_eV,e_r_eV: this is a text, no database. "
          "sample,search,atom,status,e_a_eV,e_r_eV: this is a text, no database.\n",
          stream);
    fclose(stream);
    snprintf(message, sizeof message,
             "%s: no event catalogue, expected an SQLite database", file);
    assert_int_equal(pel_catalogue_read(file, &c, &err), PEL_EFORMAT);
    assert_string_equal(err.text, message);
    assert_int_equal(pel_catalogue_open(file, n_settings, settings, &c, &err),
                     PEL_EFORMAT);
    assert_null(c);

    stream = fopen(file, "w");
    fclose(stream);
    assert_int_equal(pel_catalogue_read(file, &c, &err), PEL_EFORMAT);
    pel_catalogue_close(open_it()); /* an empty file is filled */
    assert_int_equal(pel_catalogue_open(scratch_folder, n_settings, settings, &c, &err),
                     PEL_EIO);
    snprintf(message, sizeof message, "%s: cannot be opened or made", scratch_folder);
    assert_string_equal(err.text, message);
}

static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void sample_is(pel_status expected, const char *what)
{
    struct pel_catalogue *c = open_it();
    struct pel_catalogue_sample sample;
    struct pel_error err = {0};
    assert_int_equal(pel_catalogue_sample(c, 0, &sample, &err), expected);
    if (expected != PEL_OK) assert_non_null(strstr(err.text, what));
    if (expected != PEL_OK) assert_null(sample.structure);
    pel_catalogue_sample_free(&sample);
    pel_catalogue_close(c);
}

static void damaged_samples_and_other_formats(void **state)
{
    (void)state;
    struct pel_catalogue *c = open_it();
    fill_sample(c, "a", 0);
    pel_catalogue_close(c);
    sample_is(PEL_OK, NULL);
    const struct {
        const char *break_it, *mend, *what;
    } damages[] = {
        {"UPDATE samples SET atoms = 3", "UPDATE samples SET atoms = 2",
         "sample 0 of 3 atoms has 48 bytes of positions"},
        {"UPDATE samples SET species = 'Cu,Zr'",
         "UPDATE samples SET species = 'Al,Cu,Zr'",
         "mass_g_per_mol_float64 has 24 bytes, expected 16"},
        {"UPDATE samples SET type_int32 = x'0000000003000000'",
         "UPDATE samples SET type_int32 = x'0100000002000000'",
         "an atom of type 3, expected 0 to 2"},
        {"UPDATE samples SET id_int64 = x'00'",
         "UPDATE samples SET id_int64 = zeroblob(16)",
         "id_int64 has 1 bytes, expected 16"},
        {"UPDATE samples SET cell_A_float64 = zeroblob(96)", "SELECT 1",
         "a sample's cell is none"},
    };
    for (size_t k = 0; k < sizeof damages / sizeof *damages; k++) {
        run_sql(damages[k].break_it);
        sample_is(PEL_EFORMAT, damages[k].what);
        run_sql(damages[k].mend);
    }

    struct pel_error err;
    run_sql("PRAGMA user_version = 1");
    assert_int_equal(pel_catalogue_read(file, &c, &err), PEL_EFORMAT);
    assert_non_null(strstr(err.text, ": catalogue of format 1, expected 2: it lacks the "
                                     "cells and types of its samples; sample the glasses "
                                     "again"));
    run_sql("PRAGMA user_version = 77");
    assert_int_equal(pel_catalogue_read(file, &c, &err), PEL_EFORMAT);
    assert_non_null(strstr(err.text, ": catalogue of format 77, expected 2"));
}

/* No room: the search is refused, those before are there and the file can be used again.
 */
static void a_disk_that_is_full(void **state)
{
    (void)state;
    struct pel_catalogue *c = open_it();
    struct pel_error err = {0};
    fill_sample(c, "a", 0);
    assert_int_equal(add(c, 0, 0, 1, NULL), PEL_OK);
    struct rlimit before, tight = {.rlim_cur = 8192, .rlim_max = RLIM_INFINITY};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    pel_status status = PEL_OK;
    for (size_t k = 1; k < 60 && status == PEL_OK; k++)
        status = add(c, 0, k, 1, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, PEL_EIO);
    assert_ptr_equal(strstr(err.text, file), err.text);
    pel_catalogue_close(c);
    c = open_it();
    const size_t n = walk(c, 0).n;
    assert_true(n >= 1 && n < 60);
    assert_int_equal(add(c, 0, 60, 1, NULL), PEL_OK);
    assert_int_equal(walk(c, 0).n, n + 1);
    pel_catalogue_close(c);
}

static void finds(struct pel_catalogue *c, const char *name, const char *hash,
                  size_t by_name, size_t by_hash)
{
    size_t found_name = 99, found_hash = 99;
    assert_int_equal(pel_catalogue_find(c, name, hash, &found_name, &found_hash, NULL),
                     PEL_OK);
    assert_int_equal(found_name, by_name);
    assert_int_equal(found_hash, by_hash);
}

/* Samples are united by hash, searches by number, with all that they hold; what differs is
 * refused, and nothing of it stays. */
static void two_become_one(void **state)
{
    (void)state;
    char first[sizeof file];
    struct pel_catalogue_merged merged;
    struct pel_error err;
    strcpy(first, file);
    struct pel_catalogue *c = open_it();
    fill_sample(c, "q10", 0);
    fill_sample(c, "q100", 1);
    assert_int_equal(add(c, 0, 0, 1, NULL), PEL_OK);
    assert_int_equal(add(c, 1, 7, 1, NULL), PEL_OK);
    pel_catalogue_close(c);
    snprintf(file, sizeof file, "%s/other.db", scratch_folder);
    c = open_it();
    fill_sample(c, "q100", 0);
    fill_sample(c, "q5", 1);
    assert_int_equal(add(c, 0, 7, 1, NULL), PEL_OK);
    assert_int_equal(add(c, 0, 3, 0, NULL), PEL_OK);
    assert_int_equal(add(c, 1, 2, 1, NULL), PEL_OK);
    pel_catalogue_close(c);

    char other[sizeof file];
    strcpy(other, file);
    strcpy(file, first);
    c = open_it();
    finds(c, "q100", "hash of q10", 1, 0);
    finds(c, "q5", "none", 2, 2);
    assert_int_equal(pel_catalogue_merge(c, other, &merged, &err), PEL_OK);
    assert_true(merged.samples == 1 && merged.searches == 2 && merged.same == 1);
    finds(c, "q5", "hash of q5", 2, 2);
    const struct seen second = walk(c, 1), third = walk(c, 2);
    assert_true(second.n == 2 && second.numbers[0] == 3 && second.numbers[1] == 7);
    assert_true(second.valid == 1 && third.n == 1 && third.numbers[0] == 2);
    /* Again: all of it is there. */
    assert_int_equal(pel_catalogue_merge(c, other, &merged, &err), PEL_OK);
    assert_true(merged.samples == 0 && merged.searches == 0 && merged.same == 3);

    /* One coordinate of one saddle, and a search that is new: neither comes. */
    strcpy(file, other);
    run_sql("UPDATE searches SET saddle_A_float32 = zeroblob(24) WHERE search = 7");
    run_sql("UPDATE searches SET search = 8 WHERE search = 3");
    strcpy(file, first);
    assert_int_equal(pel_catalogue_merge(c, other, &merged, &err), PEL_EMISMATCH);
    assert_non_null(strstr(err.text, "other.db: search 7 of sample 'q100' is not the one "
                                     "found before (searches)"));
    assert_int_equal(walk(c, 1).n, 2);
    assert_int_equal(pel_catalogue_merge(c, "/tmp/no such file", &merged, &err),
                     PEL_EOPEN);
    pel_catalogue_close(c);
}

static pel_status see_moved(void *context, const struct pel_catalogue_search *search,
                            struct pel_error *err)
{
    (void)err;
    size_t *seen = context;
    if (search->status != PEL_ART_VALID) return PEL_OK;
    ++*seen;
    /* Of the saddle the first atom moved 3.4 A, the second 7.1 A; of the final minimum
     * 2.3 A and 9 A. */
    const float saddle[6] = {0.25f, 1.5f, -3.0f, 0.0f, 7.125f, 1e-7f};
    const float final[6] = {0.0f, 0.0f, 0.0f, 0.125f, 9.0f, -1e-7f};
    assert_int_equal(search->n, 6);
    assert_memory_equal(search->saddle, saddle, sizeof saddle);
    assert_memory_equal(search->final, final, sizeof final);
    return PEL_OK;
}

/* What moved little is forgotten, all else is kept; and it is said. */
static void moved_atoms_alone(void **state)
{
    (void)state;
    struct pel_error err;
    size_t seen = 0;
    struct pel_catalogue *c = open_it();
    fill_sample(c, "q10", 0);
    assert_int_equal(add(c, 0, 0, 1, NULL), PEL_OK);
    assert_int_equal(add(c, 0, 1, 0, NULL), PEL_OK);
    assert_int_equal(pel_catalogue_thin(c, 0.0, 0, NULL, &err), PEL_EARG);
    assert_int_equal(pel_catalogue_thin(c, NAN, 0, NULL, &err), PEL_EARG);
    assert_int_equal(pel_catalogue_thin(c, 3.0, 0, NULL, &err), PEL_OK);
    pel_catalogue_close(c);
    assert_int_equal(pel_catalogue_open(file, n_settings, settings, &c, &err),
                     PEL_EMISMATCH);
    assert_non_null(strstr(err.text, "moved_over_A is 3 there and not set here"));
    assert_int_equal(pel_catalogue_read(file, &c, NULL), PEL_OK);
    assert_int_equal(pel_catalogue_walk(c, 0, see_moved, &seen, &err), PEL_OK);
    assert_int_equal(seen, 1);
    pel_catalogue_close(c);

    /* An atom that there is not, and a cut list. */
    const char *const damaged[] = {
        "UPDATE searches SET final_A_float32 = x'1f7ec07f06000000' || "
        "x'02000000000000000000000000000000' WHERE search = 0",
        "UPDATE searches SET final_A_float32 = x'1f7ec07f0600000001' WHERE search = 0"};
    for (size_t k = 0; k < 2; k++) {
        run_sql(damaged[k]);
        assert_int_equal(pel_catalogue_read(file, &c, NULL), PEL_OK);
        assert_int_equal(pel_catalogue_walk(c, 0, see_moved, &seen, &err), PEL_EFORMAT);
        assert_non_null(strstr(err.text, "a list of displaced atoms that is none"));
        pel_catalogue_close(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_goes_in_comes_out, begin_file, scratch_end),
        cmocka_unit_test_setup_teardown(a_visitor_can_end_the_walk, begin_file,
                                        scratch_end),
        cmocka_unit_test_setup_teardown(a_kill_loses_nothing_that_was_stored, begin_file,
                                        scratch_end),
        cmocka_unit_test_setup_teardown(other_settings_are_refused, begin_file,
                                        scratch_end),
        cmocka_unit_test_setup_teardown(numbers_are_taken_once, begin_file, scratch_end),
        cmocka_unit_test_setup_teardown(files_that_are_no_catalogue, begin_file,
                                        scratch_end),
        cmocka_unit_test_setup_teardown(damaged_samples_and_other_formats, begin_file,
                                        scratch_end),
        cmocka_unit_test_setup_teardown(a_disk_that_is_full, begin_file, scratch_end),
        cmocka_unit_test_setup_teardown(two_become_one, begin_file, scratch_end),
        cmocka_unit_test_setup_teardown(moved_atoms_alone, begin_file, scratch_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
