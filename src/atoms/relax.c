#include "relax_priv.h"

#include <pelrate/constants.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Positions and cell together as one surface. With F the deformation since the start,
 *
 *   h = h0 F,   r = o + (y - o) F,   F = 1 + e,  e symmetric (no rotation)
 *
 * the coordinates are y (positions as if the cell had not changed) and the strains e,
 * times a length that makes them as stiff as an atom:
 *
 *   dE/dy = -f F^T,   dE/de = -(F^-T W) made symmetric,   W the virial
 *
 * After Tadmor, Smith, Bernstein & Kaxiras, Phys. Rev. B 59:235 (1999); differs in that e
 * is symmetric and in the scale. */

/* Energy against strain has a second derivative of about (stiffness per atom) n, against
 * a position (stiffness of an atom): their ratio is an area of about this much per atom
 * [A^2], for metals. A matter of speed, not of result. */
static const double AREA_PER_ATOM = 2.0;

/* F from the strain coordinates. */
static void deformation(const struct pel_strained *s, const double strain[],
                        double f[3][3])
{
    static const int voigt[3][3] = {{0, 3, 4}, {3, 1, 5}, {4, 5, 2}};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            const double e = s->strains == 6 ? strain[voigt[i][k]] / s->scale
                             : i == k        ? strain[0] / s->scale
                                             : 0.0;
            f[i][k] = e + (i == k ? 1.0 : 0.0);
        }
}

/* Cell and real positions of a point of the surface. */
static pel_status place(struct pel_strained *s, const double y[], double f[3][3],
                        struct pel_error *err)
{
    double h[3][3];
    const double *o = s->cell->origin;
    deformation(s, y + 3 * s->n, f);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            h[i][k] = 0.0;
            for (int l = 0; l < 3; l++)
                h[i][k] += s->cell->h[i][l] * f[l][k];
        }
    const pel_status status = pel_cell_init(&s->now, (const double(*)[3])h, o, err);
    if (status != PEL_OK) return status;
    for (size_t i = 0; i < s->n; i++) {
        const double *from = y + 3 * i;
        const double d[3] = {from[0] - o[0], from[1] - o[1], from[2] - o[2]};
        for (int k = 0; k < 3; k++)
            s->x[3 * i + (size_t)k] =
                o[k] + d[0] * f[0][k] + d[1] * f[1][k] + d[2] * f[2][k];
    }
    return PEL_OK;
}

pel_status pel_strained_evaluate(void *context, const double y[], double *energy,
                                 double gradient[], struct pel_error *err)
{
    struct pel_strained *s = context;
    double f[3][3];
    pel_status status = place(s, y, f, err);
    if (status != PEL_OK) return status;
    struct pel_forces_result result = {.force = gradient};
    status = pel_forces_evaluate(s->forces, &s->now, s->x, &result, err);
    if (status != PEL_OK) return status;
    *energy = result.energy;

    s->max_force = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        double *g = gradient + 3 * i;
        const double force[3] = {g[0], g[1], g[2]};
        for (int k = 0; k < 3; k++) {
            s->max_force = fmax(s->max_force, fabs(force[k]));
            g[k] = -(force[0] * f[k][0] + force[1] * f[k][1] + force[2] * f[k][2]);
        }
    }
    for (int c = 0; c < 6; c++)
        s->pressure[c] = result.virial[c] / s->now.volume * PEL_EV_PER_A3_BAR;

    const double *v = result.virial;
    const double w[3][3] = {{v[0], v[3], v[4]}, {v[3], v[1], v[5]}, {v[4], v[5], v[2]}};
    struct pel_cell inverse; /* F is a right-handed cell like any other */
    status = pel_cell_init(&inverse, (const double(*)[3])f, NULL, err);
    if (status != PEL_OK) return status;
    double slope[3][3]; /* dE/dF = -F^-T W */
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            slope[i][k] = 0.0;
            for (int l = 0; l < 3; l++)
                slope[i][k] -= inverse.inverse[l][i] * w[l][k];
        }
    double *g = gradient + 3 * s->n;
    if (s->strains == 1) {
        g[0] = (slope[0][0] + slope[1][1] + slope[2][2]) / s->scale;
        return PEL_OK;
    }
    static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
    for (int c = 0; c < 6; c++) {
        const double twice = slope[row[c]][column[c]] + slope[column[c]][row[c]];
        g[c] = (c < 3 ? 0.5 : 1.0) * twice / s->scale;
    }
    return PEL_OK;
}

/* Real forces and pressures are what was asked for, not the gradient of this surface; the
 * evaluation kept them. */
static double measure(const void *context, const double gradient[])
{
    const struct pel_strained *s = context;
    (void)gradient;
    const double *p = s->pressure;
    double largest = 0.0;
    if (s->strains == 1)
        largest = fabs(p[0] + p[1] + p[2]) / 3.0;
    else
        for (int c = 0; c < 6; c++)
            largest = fmax(largest, fabs(p[c]));
    return fmax(s->max_force / s->force_tolerance, largest / s->pressure_tolerance);
}

static pel_status relax_fixed(struct pel_forces *forces, struct pel_structure *structure,
                              const struct pel_minimise_settings *settings,
                              struct pel_minimise_report *report, struct pel_error *err)
{
    struct pel_atoms_surface atoms;
    pel_atoms_surface_init(&atoms, forces, &structure->cell, structure->n);
    return pel_minimise(&atoms.surface, settings, structure->x, report, err);
}

static pel_status relax_cell(struct pel_forces *forces, struct pel_structure *structure,
                             struct pel_strained *s,
                             const struct pel_minimise_settings *settings,
                             struct pel_minimise_report *report, struct pel_error *err)
{
    const size_t n = structure->n, all = 3 * n + (size_t)s->strains;
    struct pel_error inner = {0};
    double f[3][3];
    pel_status status;
    double *y = calloc(all, sizeof *y), *gradient = calloc(all, sizeof *gradient);
    s->x = calloc(n, 3 * sizeof *s->x);
    if (y == NULL || gradient == NULL || s->x == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "relaxing %zu atoms", n);
        goto done;
    }
    s->forces = forces;
    s->cell = &structure->cell;
    s->n = n;
    s->scale = sqrt(AREA_PER_ATOM * (double)n);
    const struct pel_surface surface = {
        .n = all, .context = s, .evaluate = pel_strained_evaluate};
    const struct pel_descent descent = {
        .surface = &surface, .settings = settings, .measure = measure, .context = s};
    memcpy(y, structure->x, 3 * n * sizeof *y);
    status = pel_descent_run(&descent, y, gradient, report, &inner);
    if (status != PEL_OK && err != NULL) *err = inner;
    if (status != PEL_OK && status != PEL_ENOCONV) goto done;
    /* The last evaluation may have been of a step that was refused. */
    if (place(s, y, f, NULL) == PEL_OK) {
        memcpy(structure->x, s->x, 3 * n * sizeof *s->x);
        structure->cell = s->now;
    }

done:
    free(y);
    free(gradient);
    free(s->x);
    return status;
}

pel_status
pel_minimise_structure(struct pel_forces *forces, struct pel_structure *structure,
                       enum pel_relax_cell relax, double pressure_tolerance_bar,
                       const struct pel_minimise_settings *settings,
                       struct pel_minimise_report *report, struct pel_error *err)
{
    struct pel_minimise_report unread;
    if (report == NULL) report = &unread;
    *report = (struct pel_minimise_report){0};
    if (pel_forces_atoms(forces) != structure->n)
        return pel_error_set(err, PEL_EARG, "forces of %zu atoms for a structure of %zu",
                             pel_forces_atoms(forces), structure->n);
    if (relax != PEL_RELAX_FIXED && !(pressure_tolerance_bar > 0.0))
        return pel_error_set(err, PEL_EARG, "pressure tolerance is %g bar, expected > 0",
                             pressure_tolerance_bar);
    struct pel_strained s = {.strains = relax == PEL_RELAX_FULL ? 6 : 1,
                             .force_tolerance = settings->force_tolerance,
                             .pressure_tolerance = pressure_tolerance_bar};
    const pel_status status =
        relax == PEL_RELAX_FIXED
            ? relax_fixed(forces, structure, settings, report, err)
            : relax_cell(forces, structure, &s, settings, report, err);
    if (status != PEL_OK && status != PEL_ENOCONV) return status;

    /* What is reported belongs to the structure as it is left. */
    double *force = calloc(structure->n, 3 * sizeof *force);
    if (force == NULL)
        return pel_error_set(err, PEL_ENOMEM, "relaxing %zu atoms", structure->n);
    struct pel_forces_result result = {.force = force};
    const pel_status last =
        pel_forces_evaluate(forces, &structure->cell, structure->x, &result, err);
    report->evaluations++;
    if (last == PEL_OK) {
        report->energy = result.energy;
        report->max_force = 0.0;
        for (size_t i = 0; i < 3 * structure->n; i++)
            report->max_force = fmax(report->max_force, fabs(force[i]));
        for (int c = 0; c < 6; c++)
            report->pressure_bar[c] =
                result.virial[c] / structure->cell.volume * PEL_EV_PER_A3_BAR;
    }
    free(force);
    return last != PEL_OK ? last : status;
}
