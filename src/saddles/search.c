#include "search_priv.h"

#include <pelrate/lanczos.h>
#include <pelrate/minimise.h>
#include <pelrate/provenance.h>
#include <pelrate/push.h>

#include <stdlib.h>
#include <string.h>

#include "near_priv.h"

/* Skin of the neighbour lists [A]: searches move few atoms, and those slowly. */
static const double skin_A = 0.8;

/* Of the minimisation before the first search, and of the lowest eigenvalue there. */
enum { start_evaluations = 100000, start_vectors = 100 };

static double molar_mass(const struct pel_structure *structure)
{
    double sum = 0.0;
    for (size_t i = 0; i < structure->n; i++)
        sum += structure->mass[structure->type[i]];
    return sum / (double)structure->n;
}

pel_status pel_search_prepare(const struct pel_potential *potential,
                              const struct pel_sampler_settings *settings,
                              const struct pel_structure *structure,
                              struct pel_catalogue_sample *row, struct pel_error *err)
{
    const size_t n = 3 * structure->n;
    struct pel_forces *forces = NULL;
    double *mode = calloc(n, sizeof *mode);
    pel_status status = mode != NULL ? pel_structure_copy(structure, &row->structure, err)
                                     : pel_error_set(err, PEL_ENOMEM,
                                                     "sample of %zu atoms", structure->n);
    if (status != PEL_OK) goto done;
    row->x = row->structure->x;
    row->atoms = structure->n;
    row->molar_mass_g_per_mol = molar_mass(structure);

    status = pel_forces_create(potential, structure, skin_A, &forces, err);
    if (status != PEL_OK) goto done;
    struct pel_atoms_surface atoms;
    pel_atoms_surface_init(&atoms, forces, &structure->cell, structure->n);
    struct pel_minimise_settings minimise = pel_minimise_defaults();
    minimise.method = "lbfgs";
    minimise.force_tolerance = settings->start_force_eV_per_A;
    minimise.max_evaluations = start_evaluations;
    minimise.max_step = settings->art.relax_step_A;
    struct pel_minimise_report report;
    status = pel_minimise(&atoms.surface, &minimise, row->x, &report, err);
    if (status != PEL_OK) goto done;
    row->energy_eV = report.energy;
    row->e_is_eV_per_atom = report.energy / (double)structure->n;
    row->max_force_eV_per_A = report.max_force;

    struct pel_random random;
    pel_random_init(&random, 0, 0, 0);
    for (size_t i = 0; i < n; i++)
        mode[i] = pel_random_normal(&random);
    struct pel_lanczos_settings lanczos = pel_lanczos_defaults();
    lanczos.step_A = settings->art.lanczos_step_A;
    lanczos.min_vectors = lanczos.max_vectors = start_vectors;
    lanczos.translations = 1;
    struct pel_lanczos_report lowest;
    status =
        pel_lanczos_lowest(&atoms.surface, &lanczos, row->x, NULL, mode, &lowest, err);
    row->eigenvalue_eV_per_A2 = lowest.eigenvalue;

done:
    pel_forces_free(forces);
    free(mode);
    return status;
}

uint64_t pel_search_key(const char *hash)
{
    char digest[PEL_HASH];
    pel_provenance_hash(hash, strlen(hash), digest);
    digest[16] = '\0';
    return strtoull(digest, NULL, 16);
}

/* Difference of two points as it is stored. */
static void displacement(size_t n, const double from[], const double to[], float d[])
{
    for (size_t i = 0; i < n; i++)
        d[i] = (float)(to[i] - from[i]);
}

/* What a result is in the catalogue. */
static pel_status record(const struct pel_catalogue_sample *minimum, int64_t atom,
                         const struct pel_art_result *result,
                         struct pel_catalogue_search *row, struct pel_error *err)
{
    const size_t n = 3 * minimum->atoms;
    *row = (struct pel_catalogue_search){.atom = atom,
                                         .status = result->status,
                                         .e_a_eV = result->e_a_eV,
                                         .e_r_eV = result->e_r_eV,
                                         .eigenvalue_eV_per_A2 =
                                             result->eigenvalue_eV_per_A2,
                                         .second_eV_per_A2 = result->second_eV_per_A2,
                                         .force_calls = result->force_calls,
                                         .full_calls = result->full_calls,
                                         .work = result->work,
                                         .displacement_A = result->displacement_A,
                                         .moved_atoms = result->moved_atoms};
    if (result->status != PEL_ART_VALID) return PEL_OK;
    row->n = n;
    row->saddle = malloc(n * sizeof *row->saddle);
    row->final = malloc(n * sizeof *row->final);
    if (row->saddle == NULL || row->final == NULL) {
        pel_catalogue_search_free(row);
        return pel_error_set(err, PEL_ENOMEM, "event of %zu atoms", minimum->atoms);
    }
    displacement(n, minimum->x, result->saddle, row->saddle);
    displacement(n, minimum->x, result->final, row->final);
    return PEL_OK;
}

pel_status pel_search_find(const struct pel_potential *potential,
                           const struct pel_sampler_settings *settings,
                           const struct pel_structure *structure,
                           const struct pel_catalogue_sample *minimum, size_t n_centres,
                           const size_t centres[], struct pel_random *random,
                           size_t *atom, struct pel_art_result *result,
                           struct pel_error *err)
{
    const size_t n = 3 * minimum->atoms;
    struct pel_forces *forces = NULL;
    struct near_atoms *near = NULL;
    double *push = malloc(n * sizeof *push);
    pel_status status = PEL_OK;
    if (push == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "push of %zu atoms", minimum->atoms);
        goto done;
    }
    status = centres == NULL
                 ? pel_push_local(random, structure, minimum->x, settings->push_radius_A,
                                  atom, push, err)
                 : pel_push_among(random, structure, minimum->x, settings->push_radius_A,
                                  n_centres, centres, atom, push, err);
    if (status != PEL_OK) goto done;
    /* Made afresh, because a neighbour list remembers where it was built: the last digits
     * of the energy, and with them the event, would depend on what the thread did
     * before. */
    status = pel_forces_create(potential, structure, skin_A, &forces, err);
    if (status != PEL_OK) goto done;
    struct pel_atoms_surface atoms;
    pel_atoms_surface_init(&atoms, forces, &structure->cell, minimum->atoms);
    struct pel_art_settings art = settings->art;
    double radius_A = settings->local_radius_A;
    const double draw = pel_random_uniform(random);
    if (draw < settings->soft_share) {
        art.soft_vectors = settings->soft_vectors;
        art.climb_threshold_eV_per_A2 = settings->soft_threshold_eV_per_A2;
        radius_A = settings->soft_radius_A;
    } else if (draw < settings->soft_share + settings->whole_share) {
        art.lost_limit = settings->whole_lost_limit;
        radius_A = 0.0;
    }
    if (radius_A > 0.0)
        status = pel_near_create(potential, structure, minimum->x, *atom, radius_A, &near,
                                 err);
    if (status != PEL_OK) goto done;
    status = pel_art_search(&atoms.surface, pel_near_surface(near), &art, minimum->x,
                            minimum->energy_eV, push, result, err);

done:
    pel_near_free(near);
    pel_forces_free(forces);
    free(push);
    return status;
}

pel_status pel_search_once(const struct pel_potential *potential,
                           const struct pel_sampler_settings *settings,
                           const struct pel_structure *structure,
                           const struct pel_catalogue_sample *minimum, size_t n_centres,
                           const size_t centres[], struct pel_random *random,
                           struct pel_catalogue_search *row, struct pel_error *err)
{
    size_t atom = 0;
    struct pel_art_result result = {0};
    pel_status status = pel_art_result_init(&result, 3 * minimum->atoms, err);
    if (status == PEL_OK)
        status = pel_search_find(potential, settings, structure, minimum, n_centres,
                                 centres, random, &atom, &result, err);
    if (status == PEL_OK)
        status = record(minimum, structure->id[atom], &result, row, err);
    pel_art_result_free(&result);
    return status;
}
