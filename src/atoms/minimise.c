#include "minimise_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct pel_minimiser *const methods[] = {&pel_minimiser_lbfgs,
                                                      &pel_minimiser_fire};
enum { N_METHODS = sizeof methods / sizeof *methods };

struct pel_minimise_settings pel_minimise_defaults(void)
{
    return (struct pel_minimise_settings){
        .method = "lbfgs",
        .force_tolerance = 1e-4,
        .max_evaluations = 10000,
        .max_step = 0.1,
        .memory = 12,
    };
}

const char *pel_minimise_method_name(size_t k)
{
    return k < N_METHODS ? methods[k]->name : NULL;
}

const char *pel_minimise_method_doc(size_t k)
{
    return k < N_METHODS ? methods[k]->doc : NULL;
}

pel_status pel_descent_evaluate(const struct pel_descent *descent, const double x[],
                                double *energy, double gradient[],
                                struct pel_minimise_report *report, struct pel_error *err)
{
    report->evaluations++;
    const pel_status status =
        descent->surface->evaluate(descent->surface->context, x, energy, gradient, err);
    if (status != PEL_OK) return status;
    if (!isfinite(*energy))
        return pel_error_set(err, PEL_EARG, "the energy is not finite");
    return PEL_OK;
}

pel_status pel_descent_run(const struct pel_descent *descent, double x[],
                           double gradient[], struct pel_minimise_report *report,
                           struct pel_error *err)
{
    const struct pel_minimise_settings *s = descent->settings;
    *report = (struct pel_minimise_report){0};
    const struct pel_minimiser *method = NULL;
    for (size_t k = 0; k < N_METHODS; k++)
        if (s->method != NULL && strcmp(s->method, methods[k]->name) == 0)
            method = methods[k];
    if (method == NULL)
        return pel_error_set(err, PEL_EARG,
                             "unknown minimiser \"%.40s\", expected lbfgs or fire",
                             s->method != NULL ? s->method : "");
    if (!(s->force_tolerance > 0.0))
        return pel_error_set(err, PEL_EARG, "force_tolerance is %g eV/A, expected > 0",
                             s->force_tolerance);
    if (!(s->max_step > 0.0))
        return pel_error_set(err, PEL_EARG, "max_step is %g A, expected > 0",
                             s->max_step);
    if (s->memory == 0 || s->memory > 1000)
        return pel_error_set(err, PEL_EARG, "memory is %zu pairs, expected 1 to 1000",
                             s->memory);
    if (s->max_evaluations == 0)
        return pel_error_set(err, PEL_EARG, "max_evaluations is 0, expected at least 1");

    const pel_status status = method->run(descent, x, gradient, report, err);
    if (status != PEL_OK) return status;
    report->converged = report->stop == PEL_MINIMISE_CONVERGED;
    for (size_t i = 0; i < descent->surface->n; i++)
        report->max_force = fmax(report->max_force, fabs(gradient[i]));
    if (report->converged) return PEL_OK;
    if (report->stop == PEL_MINIMISE_EVALUATIONS)
        return pel_error_set(err, PEL_ENOCONV,
                             "no minimum after %zu evaluations: largest force %g, "
                             "expected below %g",
                             report->evaluations, report->max_force, s->force_tolerance);
    return pel_error_set(
        err, PEL_ENOCONV,
        "no step lowers the energy after %zu evaluations: largest force %g, "
        "expected below %g",
        report->evaluations, report->max_force, s->force_tolerance);
}

struct largest {
    size_t n;
    double tolerance;
};

static double largest_component(const void *context, const double gradient[])
{
    const struct largest *l = context;
    double largest = 0.0;
    for (size_t i = 0; i < l->n; i++) {
        if (!(fabs(gradient[i]) < INFINITY)) return INFINITY;
        if (fabs(gradient[i]) > largest) largest = fabs(gradient[i]);
    }
    return largest / l->tolerance;
}

pel_status pel_minimise(const struct pel_surface *surface,
                        const struct pel_minimise_settings *settings, double x[],
                        struct pel_minimise_report *report, struct pel_error *err)
{
    struct pel_minimise_report unread;
    if (report == NULL) report = &unread;
    *report = (struct pel_minimise_report){0};
    const struct largest largest = {surface->n, settings->force_tolerance};
    const struct pel_descent descent = {.surface = surface,
                                        .settings = settings,
                                        .measure = largest_component,
                                        .context = &largest};
    double *gradient = calloc(surface->n + 1, sizeof *gradient);
    if (gradient == NULL)
        return pel_error_set(err, PEL_ENOMEM, "minimising %zu coordinates", surface->n);
    const pel_status status = pel_descent_run(&descent, x, gradient, report, err);
    free(gradient);
    return status;
}

static pel_status evaluate_atoms(void *context, const double x[], double *energy,
                                 double gradient[], struct pel_error *err)
{
    struct pel_atoms_surface *atoms = context;
    struct pel_forces_result result = {.force = gradient};
    const pel_status status =
        pel_forces_evaluate(atoms->forces, &atoms->cell, x, &result, err);
    if (status != PEL_OK) return status;
    for (size_t i = 0; i < atoms->surface.n; i++)
        gradient[i] = -gradient[i];
    *energy = result.energy;
    return PEL_OK;
}

void pel_atoms_surface_init(struct pel_atoms_surface *atoms, struct pel_forces *forces,
                            const struct pel_cell *cell, size_t n_atoms)
{
    *atoms = (struct pel_atoms_surface){
        .surface = {.n = 3 * n_atoms, .context = atoms, .evaluate = evaluate_atoms},
        .forces = forces,
        .cell = *cell,
    };
}
