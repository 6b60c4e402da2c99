/* The engine lammps beside our own kernel, and what it says when LAMMPS refuses. Without
 * its worker (PEL_LAMMPS_WORKER, from meson) everything but the refusals is skipped. */

#include "engine_common.h"

#include <pelrate/minimise.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>

static const char *worker(void)
{
    const char *path = getenv("PEL_LAMMPS_WORKER");
    return path != NULL && path[0] != '\0' && access(path, X_OK) == 0 ? path : NULL;
}

static struct pel_potential *through_lammps(const char *commands,
                                            const char *const names[])
{
    const struct pel_potential_source source = {.engine = "lammps",
                                                .commands = commands,
                                                .worker = worker(),
                                                .n_elements = 2,
                                                .elements = names};
    return open_source(&source);
}

/* Our own and LAMMPS's idea of the table for Cu-Zr; skips where one is missing. */
static void cuzr(struct pel_potential **p, struct pel_potential **q)
{
    const char *table = cuzr_table();
    if (worker() == NULL || table == NULL) skip();
    char commands[1200];
    struct pel_error err = {0};
    snprintf(commands, sizeof commands,
             "# both of them\npair_style eam/fs\n\npair_coeff * * %s Cu Zr\n", table);
    ASSERT_OK(pel_potential_read(table, NULL, 2, CUZR, p, &err), err);
    *q = through_lammps(commands, CUZR);
}

static void agrees_on_a_glass(void **state)
{
    static const char *const names[] = {"s500_is", "s500_melt", "s500_shear"};
    struct pel_potential *p, *q;
    (void)state;
    cuzr(&p, &q);
    for (int k = 0; k < 3; k++) {
        struct pel_structure *s = cuzr_structure(names[k]);
        struct side a = side_of(p, s, 0.5), b = side_of(q, s, 0.5);
        sides_agree(&a, &b, s, 1, 1e-10);
        /* Its own, not those of whom its worker served before. */
        assert_int_equal(pel_forces_builds(b.forces), 1);
        side_free(&a);
        side_free(&b);
        pel_structure_free(s);
    }
    for (size_t k = 0; k < 2; k++)
        ASSERT_NEAR(pel_potential_mass(q, k), pel_potential_mass(p, k), 1e-12);
    assert_string_equal(pel_potential_style(q), "lammps");
    assert_false(pel_potential_has_local(q));
    assert_true(pel_potential_has_local(p));
    pel_potential_free(p);
    pel_potential_free(q);
}

static void agrees_on_the_way(void **state)
{
    struct pel_potential *p, *q;
    (void)state;
    cuzr(&p, &q);
    struct pel_structure *s = cuzr_structure("s500_melt");
    agree_on_the_way(p, q, s, 1e-10);
    pel_structure_free(s);
    pel_potential_free(p);
    pel_potential_free(q);
}

/* A potential in closed form, in cells down to one atom that sees many of its images. */
static void agrees_in_small_and_tilted_cells(void **state)
{
    static const char *const names[] = {"Aa", "Bb"};
    static const struct {
        double h[3][3];
        size_t n;
    } cells[] = {
        {{{13.1, 0.0, 0.0}, {4.9, 12.3, 0.0}, {-3.7, 5.3, 11.9}}, 60},
        {{{13.1, 0.0, 0.0}, {11.9, 12.3, 0.0}, {-23.7, 35.3, 11.9}}, 60},
        {{{5.1, 0.4, 0.0}, {1.9, 5.3, 0.3}, {-1.7, 1.3, 4.9}}, 5},
        {{{2.9, 0.0, 0.0}, {0.3, 2.7, 0.0}, {-0.4, 0.5, 2.8}}, 1},
    };
    (void)state;
    if (worker() == NULL) skip();
    char path[64], commands[160];
    struct pel_error err = {0};
    struct pel_potential *p = NULL;
    write_form_potential(path, 1);
    ASSERT_OK(pel_potential_read(path, NULL, 2, names, &p, &err), err);
    snprintf(commands, sizeof commands, "pair_style eam/fs; pair_coeff * * %s Aa Bb",
             path);
    struct pel_potential *q = through_lammps(commands, names);
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
        for (int turned = 0; turned < 2; turned++) {
            struct pel_structure *s =
                random_structure(cells[k].n, cells[k].h, 1.9, 51 + k);
            if (turned) turn_structure(s);
            struct side a = side_of(p, s, 0.4), b = side_of(q, s, 0.4);
            sides_agree(&a, &b, s, 1, 1e-10);
            side_free(&a);
            side_free(&b);
            pel_structure_free(s);
        }
    /* No element of that name: the mass is what the table gave LAMMPS. */
    ASSERT_NEAR(pel_potential_mass(q, 1), 91.246, 1e-12);
    pel_potential_free(p);
    pel_potential_free(q);
    remove(path);
}

/* The same bits whatever the object did before. */
static void reset_forgets_the_past(void **state)
{
    struct pel_potential *p, *q;
    struct pel_error err = {0};
    (void)state;
    cuzr(&p, &q);
    struct pel_structure *s = cuzr_structure("s500_melt");
    struct pel_structure *moved = cuzr_structure("s500_melt");
    shake_structure(moved, 0.3, 5);
    struct side fresh = side_of(q, s, 0.5), used = side_of(q, s, 0.5);
    for (int k = 0; k < 3; k++)
        ASSERT_OK(
            pel_forces_evaluate(used.forces, &moved->cell, moved->x, &used.result, &err),
            err);
    pel_forces_reset(used.forces);
    ASSERT_OK(pel_forces_evaluate(used.forces, &s->cell, s->x, &used.result, &err), err);
    ASSERT_OK(pel_forces_evaluate(fresh.forces, &s->cell, s->x, &fresh.result, &err),
              err);
    ASSERT_NEAR(used.result.energy, fresh.result.energy, 0.0);
    assert_memory_equal(used.result.force, fresh.result.force,
                        3 * s->n * sizeof *fresh.result.force);
    side_free(&fresh);
    side_free(&used);
    pel_structure_free(s);
    pel_structure_free(moved);
    pel_potential_free(p);
    pel_potential_free(q);
}

/* Relaxation of atoms and cell ends where our own kernel takes it. */
static void relaxes(void **state)
{
    struct pel_potential *both[2];
    double energy[2], volume[2];
    (void)state;
    cuzr(&both[0], &both[1]);
    for (int k = 0; k < 2; k++) {
        struct pel_error err = {0};
        struct pel_structure *s = cuzr_structure("s500_is");
        struct pel_forces *forces = NULL;
        struct pel_minimise_settings settings = pel_minimise_defaults();
        struct pel_minimise_report report;
        settings.force_tolerance = 1e-5;
        shake_structure(s, 0.01, 4);
        ASSERT_OK(pel_forces_create(both[k], s, 0.5, &forces, &err), err);
        ASSERT_OK(pel_minimise_structure(forces, s, PEL_RELAX_FULL, 1.0, &settings,
                                         &report, &err),
                  err);
        energy[k] = report.energy;
        volume[k] = s->cell.volume;
        pel_forces_free(forces);
        pel_structure_free(s);
        pel_potential_free(both[k]);
    }
    ASSERT_NEAR(energy[1], energy[0], 1e-6);
    ASSERT_NEAR(volume[1], volume[0], 1e-2);
}

struct task {
    struct pel_forces *forces;
    const struct pel_structure *s;
    double energy;
    pel_status status;
};

static void *evaluate_often(void *context)
{
    struct task *task = context;
    for (int k = 0; k < 20 && task->status == PEL_OK; k++) {
        struct pel_forces_result result = {0};
        task->status =
            pel_forces_evaluate(task->forces, &task->s->cell, task->s->x, &result, NULL);
        task->energy = result.energy;
    }
    return NULL;
}

/* One potential, an object a thread: each has a process of its own. */
static void threads_do_not_meet(void **state)
{
    static const char *const names[] = {"s500_is", "s500_melt", "s500_shear"};
    struct pel_potential *p, *q;
    (void)state;
    cuzr(&p, &q);
    struct task task[3] = {0};
    struct pel_structure *s[3];
    pthread_t thread[3];
    for (int k = 0; k < 3; k++) {
        struct pel_error err = {0};
        s[k] = cuzr_structure(names[k]);
        ASSERT_OK(pel_forces_create(q, s[k], 0.5, &task[k].forces, &err), err);
        task[k].s = s[k];
        assert_int_equal(pthread_create(&thread[k], NULL, evaluate_often, &task[k]), 0);
    }
    for (int k = 0; k < 3; k++) {
        pthread_join(thread[k], NULL);
        assert_int_equal(task[k].status, PEL_OK);
        struct side a = side_of(p, s[k], 0.5);
        struct pel_error err = {0};
        ASSERT_OK(pel_forces_evaluate(a.forces, &s[k]->cell, s[k]->x, &a.result, &err),
                  err);
        ASSERT_NEAR(task[k].energy, a.result.energy, 1e-7);
        side_free(&a);
        pel_forces_free(task[k].forces);
        pel_structure_free(s[k]);
    }
    pel_potential_free(p);
    pel_potential_free(q);
}

/* The cell divided among two processors: the same numbers, through everything that moves
 * atoms from one to the other. */
static void processors_share_a_cell(void **state)
{
    struct pel_potential *p, *q;
    struct pel_error err = {0};
    (void)state;
    cuzr(&p, &q);
    pel_potential_free(q);
    char commands[1200];
    snprintf(commands, sizeof commands, "pair_style eam/fs; pair_coeff * * %s Cu Zr",
             cuzr_table());
    /* Open MPI wants to be told that root is allowed, and that cores may be fewer. */
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    struct pel_potential_source source = {.engine = "lammps",
                                          .commands = commands,
                                          .launch = "mpirun --oversubscribe -n 2",
                                          .worker = worker(),
                                          .n_elements = 2,
                                          .elements = CUZR};
    const pel_status status = pel_potential_open(&source, &q, &err);
    if (status != PEL_OK) {
        pel_potential_free(p);
        /* No mpirun, or not that of Open MPI: nothing that we could test. */
        if (status == PEL_EOPEN || strstr(err.text, "oversubscribe") != NULL) skip();
        fail_msg("%s", err.text);
    }
    struct pel_structure *s = cuzr_structure("s500_melt");
    agree_on_the_way(p, q, s, 1e-10);
    pel_structure_free(s);
    source.commands = "pair_style nosuch";
    struct pel_potential *none = NULL;
    assert_int_equal(pel_potential_open(&source, &none, &err), PEL_EFORMAT);
    assert_string_equal(
        err.text, "LAMMPS: Unrecognized pair style 'nosuch' (at \"pair_style nosuch\")");
    pel_potential_free(p);
    pel_potential_free(q);
}

/* What is another potential has another identity; what is not, has not. */
static void knows_what_it_is(void **state)
{
    static const char *const names[] = {"Aa", "Bb"};
    (void)state;
    if (worker() == NULL) skip();
    char path[64], other[80], commands[3][200], text[2][200];
    struct pel_potential *q[3];
    write_form_potential(path, 1);
    snprintf(other, sizeof other, "%s.moved", path);
    snprintf(commands[0], sizeof commands[0], "pair_style eam/fs;pair_coeff * * %s Aa Bb",
             path);
    snprintf(commands[1], sizeof commands[1],
             "  pair_style   eam/fs\n # a table\npair_coeff * *\t%s Aa Bb;\n", path);
    snprintf(commands[2], sizeof commands[2], "pair_style eam/fs;pair_coeff * * %s Bb Aa",
             path);
    for (int k = 0; k < 3; k++)
        q[k] = through_lammps(commands[k], names);
    assert_string_equal(pel_potential_identity(q[0]), pel_potential_identity(q[1]));
    assert_string_equal(pel_potential_hash(q[0]), pel_potential_hash(q[1]));
    assert_string_not_equal(pel_potential_identity(q[0]), pel_potential_identity(q[2]));
    assert_string_not_equal(pel_potential_hash(q[0]), pel_potential_hash(q[2]));
    assert_int_equal(strlen(pel_potential_hash(q[0])), 64);
    snprintf(
        text[0], sizeof text[0],
        "lammps: pair_style eam/fs; pair_coeff * * %s sha256:", strrchr(path, '/') + 1);
    snprintf(text[1], sizeof text[1], "%.*s", (int)strlen(text[0]),
             pel_potential_identity(q[0]));
    assert_string_equal(text[1], text[0]);
    char first[300];
    snprintf(first, sizeof first, "%s", pel_potential_identity(q[0]));
    for (int k = 0; k < 3; k++)
        pel_potential_free(q[k]);

    /* The same commands on another table. */
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fputs("\n", file);
    fclose(file);
    q[0] = through_lammps(commands[0], names);
    assert_string_not_equal(pel_potential_identity(q[0]), first);
    pel_potential_free(q[0]);
    remove(path);
}

static void check_refusal(const char *commands, const char *launch, const char *program,
                          pel_status status, const char *text)
{
    const struct pel_potential_source source = {.engine = "lammps",
                                                .commands = commands,
                                                .launch = launch,
                                                .worker = program,
                                                .n_elements = 2,
                                                .elements = CUZR};
    struct pel_error err = {0};
    struct pel_potential *q = NULL;
    assert_int_equal(pel_potential_open(&source, &q, &err), status);
    assert_null(q);
    assert_string_equal(err.text, text);
}

static void says_what_lammps_refuses(void **state)
{
    (void)state;
    check_refusal(NULL, NULL, NULL, PEL_EARG,
                  "the engine lammps needs commands such as \"pair_style ...; pair_coeff "
                  "...\"");
    check_refusal("pair_style zero 5", NULL, "/nowhere/worker", PEL_EOPEN,
                  "cannot start /nowhere/worker: No such file or directory");
    check_refusal("pair_style zero 5", "nowhere -n 2", "worker", PEL_EOPEN,
                  "cannot start nowhere -n 2 worker: No such file or directory");
    check_refusal("pair_style zero 5", NULL, "/bin/true", PEL_EFORMAT,
                  "/bin/true ended: exit status 0");
    struct pel_error err = {0};
    struct pel_potential *q = NULL;
    const struct pel_potential_source mixed = {.engine = "lammps",
                                               .file = "x.fs",
                                               .commands = "pair_style zero 5",
                                               .n_elements = 2,
                                               .elements = CUZR},
                                      unknown = {.engine = "gromacs",
                                                 .n_elements = 2,
                                                 .elements = CUZR};
    assert_int_equal(pel_potential_open(&mixed, &q, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "a table (\"x.fs\") is for the engine builtin, not for lammps");
    assert_int_equal(pel_potential_open(&unknown, &q, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "unknown engine \"gromacs\", expected builtin, lammps or kim");
    if (worker() == NULL) skip();
    check_refusal("pair_style nosuch", NULL, worker(), PEL_EFORMAT,
                  "LAMMPS: Unrecognized pair style 'nosuch' (at \"pair_style nosuch\")");
    check_refusal("pair_style eam/fs", NULL, worker(), PEL_EFORMAT,
                  "LAMMPS: All pair coeffs are not set (at \"run 0 post no\")");
    check_refusal("pair_style lj/cut 5; pair_coeff 1 3 1 2", NULL, worker(), PEL_EFORMAT,
                  "LAMMPS: Numeric index 3 is out of bounds (1-2) (at \"pair_coeff 1 3 1 "
                  "2\")");
}

/* A structure that LAMMPS cannot evaluate is an error of that evaluation; the next one
 * goes on. Neither is an error of ours: the process stays. */
static void goes_on_after_an_error(void **state)
{
    static const double h[3][3] = {{12, 0, 0}, {0, 12, 0}, {0, 0, 12}};
    (void)state;
    if (worker() == NULL) skip();
    struct pel_potential *q =
        through_lammps("pair_style lj/cut 5.0; pair_coeff * * 0.4 2.3", CUZR);
    struct pel_structure *s = random_structure(2, h, 3.0, 8);
    strcpy(s->species[0], "Cu");
    strcpy(s->species[1], "Zr");
    struct pel_error err = {0};
    struct pel_forces *forces = NULL;
    struct pel_forces_result result = {0};
    ASSERT_OK(pel_forces_create(q, s, 0.5, &forces, &err), err);
    const double apart[6] = {1, 2, 3, 1, 2, 5.4}, over[6] = {1, 2, 3, 1, 2, 3},
                 nan[6] = {1, 2, NAN, 1, 2, 3};
    ASSERT_OK(pel_forces_evaluate(forces, &s->cell, apart, &result, &err), err);
    /* 4 e ((s/r)^12 - (s/r)^6) */
    const double sixth = pow(2.3 / 2.4, 6);
    ASSERT_NEAR(result.energy, 4 * 0.4 * (sixth * sixth - sixth), 1e-12);
    ASSERT_NEAR(result.virial[2], 4 * 0.4 * (12 * sixth * sixth - 6 * sixth), 1e-11);
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, over, &result, &err),
                     PEL_EARG);
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, nan, &result, &err), PEL_EARG);
    assert_string_equal(err.text, "position of atom 2 is not finite");
    ASSERT_OK(pel_forces_evaluate(forces, &s->cell, apart, &result, &err), err);
    ASSERT_NEAR(result.energy, 4 * 0.4 * (sixth * sixth - sixth), 1e-12);
    pel_forces_free(forces);
    strcpy(s->species[1], "Al");
    s->type[0] = 1;
    assert_int_equal(pel_forces_create(q, s, 0.5, &forces, &err), PEL_EARG);
    assert_string_equal(err.text, "atom 2 is Al, which the potential does not have");
    pel_structure_free(s);
    pel_potential_free(q);
}

/* The children of this process, from /proc: at most 8. */
static int children(pid_t found[8])
{
    int n = 0;
    DIR *proc = opendir("/proc");
    assert_non_null(proc);
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        char path[300], name[64];
        int pid, parent;
        snprintf(path, sizeof path, "/proc/%.200s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL) continue;
        if (fscanf(file, "%d (%60[^)]) %*c %d", &pid, name, &parent) == 3 &&
            parent == (int)getpid() && n < 8)
            found[n++] = (pid_t)pid;
        fclose(file);
    }
    closedir(proc);
    return n;
}

/* A machine short of memory kills the largest process: another worker takes over. */
static void replaces_a_killed_worker(void **state)
{
    struct pel_potential *p, *q;
    struct pel_error err = {0};
    pid_t pid[8];
    (void)state;
    cuzr(&p, &q);
    struct pel_structure *s = cuzr_structure("s500_melt");
    struct side a = side_of(p, s, 0.5), b = side_of(q, s, 0.5);
    sides_agree(&a, &b, s, 0, 1e-10);
    assert_int_equal(children(pid), 1);
    assert_int_equal(kill(pid[0], SIGKILL), 0);
    shake_structure(s, 0.02, 6);
    sides_agree(&a, &b, s, 1, 1e-10);
    side_free(&a);
    side_free(&b);
    /* Killed while it waits for work: the next user gets another one. */
    assert_int_equal(children(pid), 1);
    assert_int_equal(kill(pid[0], SIGKILL), 0);
    b = side_of(q, s, 0.5);
    ASSERT_OK(pel_forces_evaluate(b.forces, &s->cell, s->x, &b.result, &err), err);
    side_free(&b);
    pel_structure_free(s);
    pel_potential_free(p);
    pel_potential_free(q);
    assert_int_equal(children(pid), 0); /* and none is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_lammps_refuses),
        cmocka_unit_test(agrees_on_a_glass),
        cmocka_unit_test(agrees_on_the_way),
        cmocka_unit_test(agrees_in_small_and_tilted_cells),
        cmocka_unit_test(reset_forgets_the_past),
        cmocka_unit_test(relaxes),
        cmocka_unit_test(threads_do_not_meet),
        cmocka_unit_test(processors_share_a_cell),
        cmocka_unit_test(knows_what_it_is),
        cmocka_unit_test(goes_on_after_an_error),
        cmocka_unit_test(replaces_a_killed_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
