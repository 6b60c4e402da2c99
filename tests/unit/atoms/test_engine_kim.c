/* The engine kim: its models beside our own kernel on the same table, beside LAMMPS, and
 * on their own by differences. Without the KIM API or its models (Debian: openkim-models)
 * all but the refusals is skipped. */

#include "engine_common.h"

/* The table CuZr_mm.eam.fs, as a model. */
static const char MENDELEV_2007[] =
    "EAM_Dynamo_MendelevSordeletKramer_2007_CuZr__MO_120596890176_005";
static const char MENDELEV_2009[] =
    "EAM_Dynamo_MendelevKramerOtt_2009_CuZr__MO_600021860456_005";
/* Models of other kinds: one that is no table, one that asks for the neighbours of images,
 * one with two lists of different range. */
static const struct other {
    const char *model, *elements[2];
    double apart; /* nearest atoms of a random structure [A] */
} others[] = {
    {MENDELEV_2009, {"Cu", "Zr"}, 2.2},
    {"EMT_Asap_MetalGlass_PaduraruKenoufiBailey_2007_CuZr__MO_987541074959_001",
     {"Cu", "Zr"},
     2.2},
    {"Tersoff_LAMMPS_Tersoff_1988T3_Si__MO_186459956893_003", {"Si", "Si"}, 2.0},
    {"ex_model_Ar_P_Morse_MultiCutoff", {"Ar", "Ar"}, 2.6},
};
enum { N_OTHERS = sizeof others / sizeof *others };

static int built(void)
{
    for (size_t k = 0; pel_potential_engine_name(k) != NULL; k++)
        if (strcmp(pel_potential_engine_name(k), "kim") == 0)
            return pel_potential_engine_built(k);
    return 0;
}

/* Skips where the model is not installed. Two elements, or twice the same one. */
static struct pel_potential *kim_of(const char *model, const char *const names[2])
{
    const struct pel_potential_source source = {
        .engine = "kim",
        .model = model,
        .n_elements = strcmp(names[0], names[1]) == 0 ? 1 : 2,
        .elements = names};
    struct pel_potential *potential = NULL;
    struct pel_error err = {0};
    if (!built()) skip();
    const pel_status status = pel_potential_open(&source, &potential, &err);
    if (status == PEL_EOPEN) skip();
    ASSERT_OK(status, err);
    return potential;
}

static struct pel_potential *through_kim(const char *model)
{
    return kim_of(model, CUZR);
}

/* A random structure for one of the others. */
static struct pel_structure *sample_for(const struct other *other)
{
    struct pel_structure *s = random_structure(60, TILTED, other->apart, 77);
    strcpy(s->species[0], other->elements[0]);
    strcpy(s->species[1], other->elements[1]);
    return s;
}

static struct pel_potential *table(void)
{
    struct pel_error err = {0};
    struct pel_potential *p = NULL;
    if (cuzr_table() == NULL) skip();
    ASSERT_OK(pel_potential_read(cuzr_table(), NULL, 2, CUZR, &p, &err), err);
    return p;
}

static void agrees_with_our_kernel(void **state)
{
    static const char *const names[] = {"s500_is", "s500_melt", "s500_shear"};
    (void)state;
    struct pel_potential *q = through_kim(MENDELEV_2007), *p = table();
    for (int k = 0; k < 3; k++) {
        struct pel_structure *s = cuzr_structure(names[k]);
        struct side a = side_of(p, s, 0.5), b = side_of(q, s, 0.5);
        sides_agree(&a, &b, s, 1, 1e-10);
        side_free(&a);
        side_free(&b);
        pel_structure_free(s);
    }
    struct pel_structure *s = cuzr_structure("s500_melt");
    agree_on_the_way(p, q, s, 1e-10);
    pel_structure_free(s);
    assert_string_equal(pel_potential_style(q), "kim");
    assert_false(pel_potential_has_local(q));
    ASSERT_NEAR(pel_potential_cutoff(q), pel_potential_cutoff(p), 1e-9);
    ASSERT_NEAR(pel_potential_mass(q, 1), pel_potential_mass(p, 1), 0.01);
    char identity[100];
    snprintf(identity, sizeof identity, "kim: %s", MENDELEV_2007);
    assert_string_equal(pel_potential_identity(q), identity);
    pel_potential_free(p);
    pel_potential_free(q);
}

/* Down to one atom that sees hundreds of its images. */
static void agrees_in_small_and_tilted_cells(void **state)
{
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
    struct pel_potential *q = through_kim(MENDELEV_2007), *p = table();
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
        struct pel_structure *s = random_structure(cells[k].n, cells[k].h, 1.9, 51 + k);
        strcpy(s->species[0], "Cu");
        strcpy(s->species[1], "Zr");
        turn_structure(s);
        struct side a = side_of(p, s, 0.4), b = side_of(q, s, 0.4);
        sides_agree(&a, &b, s, 1, 1e-10);
        side_free(&a);
        side_free(&b);
        pel_structure_free(s);
    }
    pel_potential_free(p);
    pel_potential_free(q);
}

/* LAMMPS has an interface of its own to the same models. */
static void agrees_with_lammps(void **state)
{
    const char *worker = getenv("PEL_LAMMPS_WORKER");
    (void)state;
    if (worker == NULL || access(worker, X_OK) != 0) skip();
    for (int k = 0; k < N_OTHERS; k++) {
        struct pel_potential *p = kim_of(others[k].model, others[k].elements), *q = NULL;
        struct pel_error err = {0};
        char commands[200];
        const size_t n = pel_potential_species(p);
        snprintf(commands, sizeof commands, "pair_style kim %s; pair_coeff * * %s %s",
                 others[k].model, others[k].elements[0],
                 n == 2 ? others[k].elements[1] : "");
        const struct pel_potential_source source = {.engine = "lammps",
                                                    .commands = commands,
                                                    .worker = worker,
                                                    .n_elements = n,
                                                    .elements = others[k].elements};
        /* A LAMMPS without that package is none of our faults. */
        const pel_status status = pel_potential_open(&source, &q, &err);
        if (status != PEL_OK && strstr(err.text, "pair style") != NULL) {
            pel_potential_free(p);
            skip();
        }
        ASSERT_OK(status, err);
        struct pel_structure *s = sample_for(&others[k]);
        struct side a = side_of(p, s, 0.5), b = side_of(q, s, 0.5);
        sides_agree(&a, &b, s, 1, 1e-10);
        shake_structure(s, 0.03, 9);
        sides_agree(&a, &b, s, 0, 1e-10);
        side_free(&a);
        side_free(&b);
        pel_structure_free(s);
        pel_potential_free(p);
        pel_potential_free(q);
    }
}

static double energy_at(struct side *side, const struct pel_cell *cell, const double x[])
{
    struct pel_error err = {0};
    struct pel_forces_result result = {0};
    ASSERT_OK(pel_forces_evaluate(side->forces, cell, x, &result, &err), err);
    return result.energy;
}

/* Forces are minus the slope of the energy, the virial is minus that against strain. */
static void forces_and_virial_are_derivatives(void **state)
{
    static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
    (void)state;
    for (int m = 0; m < N_OTHERS; m++) {
        struct pel_potential *q = kim_of(others[m].model, others[m].elements);
        struct pel_structure *s = sample_for(&others[m]);
        struct side side = side_of(q, s, 0.3);
        struct pel_error err = {0};
        ASSERT_OK(pel_forces_evaluate(side.forces, &s->cell, s->x, &side.result, &err),
                  err);
        const double h = 1e-5;
        double sum = 0.0;
        for (size_t i = 0; i < s->n; i++)
            sum += side.result.atom_energy[i];
        ASSERT_NEAR(sum, side.result.energy, 1e-9);
        for (size_t i = 0; i < 3 * s->n; i += 17) {
            const double x = s->x[i];
            s->x[i] = x + h;
            const double up = energy_at(&side, &s->cell, s->x);
            s->x[i] = x - h;
            const double down = energy_at(&side, &s->cell, s->x);
            s->x[i] = x;
            ASSERT_NEAR(side.result.force[i], (down - up) / (2.0 * h),
                        2e-5 * fmax(1.0, fabs(side.result.force[i])));
        }
        for (int k = 0; k < 6; k++) {
            double e[2];
            for (int sign = 0; sign < 2; sign++) {
                double strain[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, cell[3][3];
                strain[row[k]][column[k]] += sign ? -1e-5 : 1e-5;
                double *x = calloc(3 * s->n, sizeof *x);
                struct pel_cell strained;
                const double origin[3] = {0.0, 0.0, 0.0};
                for (int a = 0; a < 3; a++)
                    for (int b = 0; b < 3; b++) {
                        cell[a][b] = 0.0;
                        for (int c = 0; c < 3; c++)
                            cell[a][b] += s->cell.h[a][c] * strain[c][b];
                    }
                for (size_t i = 0; i < s->n; i++)
                    for (size_t b = 0; b < 3; b++)
                        for (size_t c = 0; c < 3; c++)
                            x[3 * i + b] += s->x[3 * i + c] * strain[c][b];
                ASSERT_OK(
                    pel_cell_init(&strained, (const double(*)[3])cell, origin, &err),
                    err);
                e[sign] = energy_at(&side, &strained, x);
                free(x);
            }
            ASSERT_NEAR(side.result.virial[k], (e[1] - e[0]) / 2e-5,
                        2e-5 * fmax(1.0, fabs(side.result.virial[k])));
        }
        side_free(&side);
        pel_structure_free(s);
        pel_potential_free(q);
    }
}

static void refuses(const struct pel_potential_source *source, pel_status status,
                    const char *text)
{
    struct pel_error err = {0};
    struct pel_potential *q = NULL;
    assert_int_equal(pel_potential_open(source, &q, &err), status);
    assert_null(q);
    assert_string_equal(err.text, text);
}

static void says_what_is_wrong(void **state)
{
    static const char *const other[] = {"Cu", "Al"}, *const nonsense[] = {"Cu", "Qq"};
    struct pel_potential_source source = {
        .engine = "kim", .model = "nosuch", .n_elements = 2, .elements = CUZR};
    (void)state;
    remove("kim.log"); /* whoever left it */
    if (!built()) {
        refuses(&source, PEL_EARG, "this pelrate was built without the engine kim");
        skip();
    }
    refuses(&source, PEL_EOPEN,
            "the KIM API has no model \"nosuch\" "
            "(kim-api-collections-management list shows what is there)");
    source.model = NULL;
    refuses(&source, PEL_EARG, "the engine kim needs the name of a model");
    pel_potential_free(through_kim(MENDELEV_2009)); /* or skip */
    char text[200];
    source.model = MENDELEV_2009;
    source.elements = other;
    snprintf(text, sizeof text, "the model %s has no species Al", MENDELEV_2009);
    refuses(&source, PEL_EFORMAT, text);
    source.elements = nonsense;
    snprintf(text, sizeof text, "the model %s has no species Qq", MENDELEV_2009);
    refuses(&source, PEL_EFORMAT, text);
}

static void refuses_impossible_positions(void **state)
{
    static const double h[3][3] = {{22, 0, 0}, {0, 22, 0}, {0, 0, 22}};
    (void)state;
    struct pel_potential *q = through_kim(MENDELEV_2009);
    struct pel_structure *s = random_structure(2, h, 3.0, 8);
    strcpy(s->species[0], "Cu");
    strcpy(s->species[1], "Zr");
    struct pel_error err = {0};
    struct pel_forces *forces = NULL;
    struct pel_forces_result result = {0};
    ASSERT_OK(pel_forces_create(q, s, 0.5, &forces, &err), err);
    const double over[6] = {1, 2, 22.99, 1, 2, 1.05}, nan[6] = {1, 2, 3, 1, NAN, 3},
                 apart[6] = {1, 2, 3, 1, 2, 5.5};
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, over, &result, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "overlapping atoms: 2 and 5 are closer than 0.1 A");
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, nan, &result, &err), PEL_EARG);
    assert_string_equal(err.text, "position of atom 5 is not finite");
    ASSERT_OK(pel_forces_evaluate(forces, &s->cell, apart, &result, &err), err);
    pel_forces_free(forces);
    pel_structure_free(s);
    pel_potential_free(q);
}

static void leaves_no_log(void **state)
{
    (void)state;
    assert_int_not_equal(access("kim.log", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(agrees_with_our_kernel),
        cmocka_unit_test(agrees_in_small_and_tilted_cells),
        cmocka_unit_test(agrees_with_lammps),
        cmocka_unit_test(forces_and_virial_are_derivatives),
        cmocka_unit_test(refuses_impossible_positions),
        cmocka_unit_test(leaves_no_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
