#include "potential_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Parts of a sum over atoms, where there are enough of them. */
enum { PARTS = 16, PARTS_FROM = 3000 };

struct pel_forces {
    const struct pel_potential *potential; /* borrowed */
    struct pel_neighbor *list;             /* owned; NULL: the engine keeps its own */
    void *work;                            /* of the kernel or the engine; owned */
    size_t n;                              /* atoms */
    int64_t *id;                           /* [n] ids, for messages; owned */
    size_t n_alloc;      /* capacity of the next two [atoms and ghosts] */
    double *force;       /* [4 n_alloc] list order; owned */
    double *atom_energy; /* [n_alloc] list order; owned */
    size_t calls;        /* evaluations so far */
};

pel_status pel_potential_match(const struct pel_potential *potential,
                               const struct pel_structure *structure, int type[],
                               double inner[], double outer[], struct pel_error *err)
{
    const size_t species = potential->n;
    int type_of[PEL_MAX_SPECIES]; /* species of the structure -> of the potential */
    for (size_t k = 0; k < structure->n_species; k++) {
        size_t e = 0;
        while (e < species && strcmp(structure->species[k], potential->element[e]) != 0)
            e++;
        type_of[k] = e < species ? (int)e : -1;
    }
    const struct pel_engine_method *engine = potential->method->engine;
    for (size_t a = 0; engine == NULL && a < species; a++)
        for (size_t b = 0; b < species; b++) {
            inner[a * species + b] = potential->method->inner(potential, a, b);
            outer[a * species + b] = potential->method->outer(potential, a, b);
        }
    for (size_t i = 0; i < structure->n; i++) {
        const int k = structure->type[i];
        const int known = k >= 0 && (size_t)k < structure->n_species;
        if (!known || type_of[k] < 0)
            return pel_error_set(err, PEL_EARG,
                                 "atom %lld is %s, which the potential does not have",
                                 (long long)structure->id[i],
                                 known ? structure->species[k] : "of no species");
        type[i] = type_of[k];
    }
    return PEL_OK;
}

pel_status pel_potential_overlap(const struct pel_neighbor *list, const int close[2],
                                 const int64_t id[], double closest,
                                 struct pel_error *err)
{
    int64_t a = id[list->order[list->owner[close[0]]]];
    int64_t b = id[list->order[list->owner[close[1]]]];
    if (a > b) {
        const int64_t swap = a;
        a = b;
        b = swap;
    }
    return pel_error_set(
        err, PEL_EARG, "overlapping atoms: %lld and %lld%s are closer than %g A",
        (long long)a, (long long)b, a == b ? " (its own image)" : "", closest);
}

pel_status pel_forces_create(const struct pel_potential *potential,
                             const struct pel_structure *structure, double skin_A,
                             struct pel_forces **out, struct pel_error *err)
{
    *out = NULL;
    if (!(skin_A >= 0.0) || !isfinite(skin_A))
        return pel_error_set(err, PEL_EARG, "skin is %g A, expected 0 or more", skin_A);
    const size_t n = structure->n, species = potential->n;
    const struct pel_engine_method *engine = potential->method->engine;
    double inner[PEL_MAX_SPECIES * PEL_MAX_SPECIES],
        outer[PEL_MAX_SPECIES * PEL_MAX_SPECIES];
    int *type = NULL;
    pel_status status = PEL_ENOMEM;
    struct pel_forces *f = calloc(1, sizeof *f);
    if (f == NULL) goto nomem;
    f->potential = potential;
    f->n = n;
    f->id = malloc(n * sizeof *f->id);
    if (engine == NULL) f->work = potential->method->work_create();
    type = malloc(n * sizeof *type);
    if (f->id == NULL || (engine == NULL && f->work == NULL) || type == NULL) goto nomem;
    memcpy(f->id, structure->id, n * sizeof *f->id);
    status = pel_potential_match(potential, structure, type, inner, outer, err);
    if (status != PEL_OK) goto fail;
    status = engine != NULL
                 ? engine->work_create(potential, n, type, skin_A, &f->work, err)
                 : pel_neighbor_create(n, type, (int)species, inner, outer, skin_A,
                                       &f->list, err);
    if (status != PEL_OK) goto fail;
    free(type);
    *out = f;
    return PEL_OK;

nomem:
    pel_error_set(err, PEL_ENOMEM, "forces on %zu atoms", n);
fail:
    free(type);
    pel_forces_free(f);
    return status;
}

void pel_forces_free(struct pel_forces *forces)
{
    if (forces == NULL) return;
    const struct pel_potential_method *method = forces->potential->method;
    (method->engine != NULL ? method->engine->work_free
                            : method->work_free)(forces->work);
    pel_neighbor_free(forces->list);
    free(forces->id);
    free(forces->force);
    free(forces->atom_energy);
    free(forces);
}

static pel_status reserve(struct pel_forces *f, struct pel_error *err)
{
    const size_t wanted = f->list->n_all;
    if (wanted <= f->n_alloc) return PEL_OK;
    /* On whole lines of memory, which hold two atoms each. */
    const size_t room = (wanted + wanted / 4 + 1) / 2 * 2;
    free(f->force);
    free(f->atom_energy);
    f->force = aligned_alloc(64, room * 4 * sizeof *f->force);
    f->atom_energy = malloc(room * sizeof *f->atom_energy);
    f->n_alloc = f->force != NULL && f->atom_energy != NULL ? room : 0;
    if (f->n_alloc == 0)
        return pel_error_set(err, PEL_ENOMEM, "forces on %zu atoms", f->n);
    return PEL_OK;
}

/* W_ab = sum r_a f_b over atoms and ghosts: with the forces still where the pairs put
 * them this is the sum over pairs of d_a f_b, whatever the origin. In parts, whose number
 * depends on that of the atoms alone. */
static void virial_of(const struct pel_neighbor *list, const double *f, double virial[6])
{
    static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
    double sums[PARTS][6] = {{0.0}};
    const size_t parts = list->n < PARTS_FROM ? 1 : PARTS;
#pragma omp parallel for schedule(static)                                                \
    num_threads(list->threads) if (list->threads > 1)
    for (size_t p = 0; p < parts; p++) {
        double sum[6] = {0.0};
        for (size_t k = list->n_all * p / parts; k < list->n_all * (p + 1) / parts; k++)
            for (int c = 0; c < 6; c++)
                sum[c] += list->x[4 * k + (size_t)row[c]] * f[4 * k + (size_t)column[c]];
        memcpy(sums[p], sum, sizeof sum);
    }
    for (int c = 0; c < 6; c++) {
        virial[c] = 0.0;
        for (size_t p = 0; p < parts; p++)
            virial[c] += sums[p][c];
    }
}

/* Ghosts give to their owners what they got, and results go back to
 * the caller's order. */
static void collect(const struct pel_forces *forces, struct pel_forces_result *result)
{
    const struct pel_neighbor *list = forces->list;
    double *f = forces->force, *e = forces->atom_energy;
    for (size_t g = list->n; g < list->n_all; g++) {
        const size_t owner = (size_t)list->owner[g];
        for (size_t c = 0; c < 3; c++)
            f[4 * owner + c] += f[4 * g + c];
        if (result->atom_energy != NULL) e[owner] += e[g];
    }
#pragma omp parallel for schedule(static)                                                \
    num_threads(list->threads) if (list->threads > 1)
    for (size_t k = 0; k < list->n; k++) {
        const size_t i = (size_t)list->order[k];
        if (result->force != NULL)
            for (size_t c = 0; c < 3; c++)
                result->force[3 * i + c] = f[4 * k + c];
        if (result->atom_energy != NULL) result->atom_energy[i] = e[k];
    }
}

pel_status pel_forces_evaluate(struct pel_forces *forces, const struct pel_cell *cell,
                               const double x[], struct pel_forces_result *result,
                               struct pel_error *err)
{
    struct pel_neighbor *list = forces->list;
    size_t bad = forces->n;
    const struct pel_engine_method *engine = forces->potential->method->engine;
    forces->calls++;
    if (engine != NULL)
        return engine->evaluate(forces->work, cell, x, forces->id, result, err);
    pel_status status = pel_neighbor_update(list, cell, x, &bad, err);
    if (status == PEL_EARG && bad < forces->n)
        return pel_error_set(err, PEL_EARG, "position of atom %lld is not finite",
                             (long long)forces->id[bad]);
    if (status == PEL_OK) status = reserve(forces, err);
    if (status != PEL_OK) return status;

    memset(forces->force, 0, 4 * list->n_all * sizeof *forces->force);
    struct pel_kernel_result made = {.force = forces->force, .close = {-1, -1}};
    if (result->atom_energy != NULL) {
        memset(forces->atom_energy, 0, list->n_all * sizeof *forces->atom_energy);
        made.atom_energy = forces->atom_energy;
    }
    status = forces->potential->method->compute(forces->potential, list, PEL_CLOSEST,
                                                forces->work, &made, err);
    if (status != PEL_OK) return status;
    if (made.close[0] >= 0)
        return pel_potential_overlap(list, made.close, forces->id, PEL_CLOSEST, err);
    result->energy = made.energy;
    virial_of(list, forces->force, result->virial);
    collect(forces, result);
    return PEL_OK;
}

pel_status pel_forces_set_threads(struct pel_forces *forces, int threads,
                                  struct pel_error *err)
{
    if (threads < 1)
        return pel_error_set(err, PEL_EARG, "%d threads, expected 1 or more", threads);
    if (forces->list != NULL) forces->list->threads = threads;
    return PEL_OK;
}

size_t pel_forces_calls(const struct pel_forces *forces)
{
    return forces->calls;
}

size_t pel_forces_builds(const struct pel_forces *forces)
{
    const struct pel_engine_method *engine = forces->potential->method->engine;
    return engine != NULL ? engine->builds(forces->work) : forces->list->builds;
}

size_t pel_forces_atoms(const struct pel_forces *forces)
{
    return forces->n;
}

void pel_forces_reset(struct pel_forces *forces)
{
    const struct pel_engine_method *engine = forces->potential->method->engine;
    if (engine != NULL)
        engine->reset(forces->work);
    else
        forces->list->valid = 0;
}
