#include "md_priv.h"

#include <math.h>
#include <pelrate/constants.h>
#include <stdlib.h>
#include <string.h>

/* A rescaling by more than this in volume at once is not a fluctuation but a collapse. */
static const double max_volume_ratio = 1.2;

static pel_status evaluate_atoms(void *context, const struct pel_cell *cell,
                                 const double x[], struct pel_forces_result *result,
                                 struct pel_error *err)
{
    return pel_forces_evaluate(context, cell, x, result, err);
}

struct pel_md_forces pel_md_forces_of(struct pel_forces *forces)
{
    return (struct pel_md_forces){.context = forces, .evaluate = evaluate_atoms};
}

struct pel_md_settings pel_md_defaults(void)
{
    return (struct pel_md_settings){
        .timestep_ps = 0.002,
        .thermostat = &pel_thermostat_nose_hoover,
        .temperature_K = 300.0,
        .thermostat_time_ps = 0.1,
        .barostat = &pel_barostat_none,
        .pressure_bar = 0.0,
        .barostat_time_ps = 0.5,
        .compressibility_per_bar = 1e-6,
        .barostat_interval = 10,
        .outer_field = 0,
    };
}

/* Whether anything needs a target temperature above zero. */
static int needs_temperature(const struct pel_md_settings *s)
{
    return s->thermostat->outer != NULL || s->thermostat->middle != NULL ||
           s->barostat->needs_temperature;
}

static pel_status check_temperature(const struct pel_md_settings *s, double temperature_K,
                                    struct pel_error *err)
{
    if (!(temperature_K >= 0.0 && isfinite(temperature_K)))
        return pel_error_set(err, PEL_EARG, "temperature must be 0 K or more, got %g K",
                             temperature_K);
    if (needs_temperature(s) && !(temperature_K > 0.0))
        return pel_error_set(err, PEL_EARG, "%s and %s need a temperature above 0 K",
                             s->thermostat->name, s->barostat->name);
    return PEL_OK;
}

static pel_status check_settings(const struct pel_md_settings *s, struct pel_error *err)
{
    if (!(s->timestep_ps > 0.0 && isfinite(s->timestep_ps)))
        return pel_error_set(err, PEL_EARG, "time step must be positive, got %g ps",
                             s->timestep_ps);
    if (s->thermostat == NULL || s->barostat == NULL)
        return pel_error_set(err, PEL_EARG, "a thermostat and a barostat must be given");
    if (!(s->thermostat_time_ps > 0.0 && isfinite(s->thermostat_time_ps)))
        return pel_error_set(err, PEL_EARG,
                             "time of the thermostat must be positive, got %g ps",
                             s->thermostat_time_ps);
    if (s->barostat->factor != NULL) {
        if (!(s->barostat_time_ps > 0.0 && isfinite(s->barostat_time_ps)))
            return pel_error_set(err, PEL_EARG,
                                 "time of the barostat must be positive, got %g ps",
                                 s->barostat_time_ps);
        if (!(s->compressibility_per_bar > 0.0 && isfinite(s->compressibility_per_bar)))
            return pel_error_set(err, PEL_EARG,
                                 "compressibility must be positive, got %g per bar",
                                 s->compressibility_per_bar);
        if (!isfinite(s->pressure_bar))
            return pel_error_set(err, PEL_EARG, "pressure must be finite, got %g bar",
                                 s->pressure_bar);
        if (s->barostat_interval < 1)
            return pel_error_set(err, PEL_EARG,
                                 "steps between two rescalings must be at least 1");
    }
    return check_temperature(s, s->temperature_K, err);
}

static pel_status evaluate(struct pel_md *md, struct pel_error *err)
{
    struct pel_forces_result result = {.force = md->force};
    const pel_status status = md->source.evaluate(
        md->source.context, &md->structure->cell, md->structure->x, &result, err);
    if (status != PEL_OK) return status;
    if (!isfinite(result.energy))
        return pel_error_set(err, PEL_ENOCONV,
                             "the potential energy is no longer finite at step %llu: "
                             "the time step (%g ps) or a coupling is unfit",
                             md->step, md->settings.timestep_ps);
    md->potential_energy = result.energy;
    memcpy(md->virial, result.virial, sizeof md->virial);
    return PEL_OK;
}

pel_status pel_md_create(struct pel_md_forces source,
                         const struct pel_structure *structure,
                         const struct pel_md_settings *settings,
                         const struct pel_random *random, struct pel_md **out,
                         struct pel_error *err)
{
    *out = NULL;
    pel_status status = check_settings(settings, err);
    if (status != PEL_OK) return status;
    if (structure->n < 2 && !settings->outer_field)
        return pel_error_set(err, PEL_EARG,
                             "one atom whose momentum is zero cannot move: need two");
    for (size_t i = 0; i < structure->n; i++)
        if (!(structure->mass[structure->type[i]] > 0.0))
            return pel_error_set(err, PEL_EARG,
                                 "mass of %s must be positive, got %g g/mol",
                                 structure->species[structure->type[i]],
                                 structure->mass[structure->type[i]]);

    const size_t n = structure->n;
    struct pel_md *md = calloc(1, sizeof *md);
    if (md == NULL) goto nomem;
    md->source = source;
    md->settings = *settings;
    md->random = *random;
    status = pel_structure_copy(structure, &md->structure, err);
    if (status != PEL_OK) goto fail;
    if (md->structure->v == NULL) md->structure->v = calloc(3 * n, sizeof(double));
    md->force = calloc(3 * n, sizeof(double));
    md->mass = calloc(n, sizeof(double));
    if (md->structure->v == NULL || md->force == NULL || md->mass == NULL) goto nomem;
    for (size_t i = 0; i < n; i++)
        md->mass[i] = structure->mass[structure->type[i]];
    pel_md_stop_centre(md);

    status = evaluate(md, err);
    if (status != PEL_OK) goto fail;
    *out = md;
    return PEL_OK;

nomem:
    status = pel_error_set(err, PEL_ENOMEM, "dynamics of %zu atoms", n);
fail:
    pel_md_free(md);
    return status;
}

void pel_md_free(struct pel_md *md)
{
    if (md == NULL) return;
    pel_structure_free(md->structure);
    free(md->force);
    free(md->mass);
    free(md);
}

double pel_md_total_mass(const struct pel_md *md)
{
    double sum = 0.0;
    for (size_t i = 0; i < md->structure->n; i++)
        sum += md->mass[i];
    return sum;
}

void pel_md_scale_velocities(struct pel_md *md, double factor)
{
    for (size_t i = 0; i < 3 * md->structure->n; i++)
        md->structure->v[i] *= factor;
}

void pel_md_stop_centre(struct pel_md *md)
{
    if (md->settings.outer_field) return;
    double *v = md->structure->v;
    double momentum[3] = {0.0, 0.0, 0.0};
    for (size_t i = 0; i < md->structure->n; i++)
        for (int a = 0; a < 3; a++)
            momentum[a] += md->mass[i] * v[3 * i + a];
    const double total = pel_md_total_mass(md);
    for (size_t i = 0; i < md->structure->n; i++)
        for (int a = 0; a < 3; a++)
            v[3 * i + a] -= momentum[a] / total;
}

void pel_md_draw_velocities(struct pel_md *md, double temperature_K)
{
    double *v = md->structure->v;
    for (size_t i = 0; i < md->structure->n; i++) {
        const double width = sqrt(PEL_KB * temperature_K / (md->mass[i] * PEL_MVV_EV));
        for (int a = 0; a < 3; a++)
            v[3 * i + a] = width * pel_random_normal(&md->random);
    }
    pel_md_stop_centre(md);
    const double drawn = pel_md_temperature(md);
    if (drawn > 0.0) pel_md_scale_velocities(md, sqrt(temperature_K / drawn));
}

pel_status pel_md_set_temperature(struct pel_md *md, double temperature_K,
                                  struct pel_error *err)
{
    const pel_status status = check_temperature(&md->settings, temperature_K, err);
    if (status == PEL_OK) md->settings.temperature_K = temperature_K;
    return status;
}

pel_status pel_md_set_forces(struct pel_md *md, struct pel_md_forces source,
                             struct pel_error *err)
{
    md->source = source;
    return evaluate(md, err);
}

static void kick(struct pel_md *md, double dt_ps)
{
    double *restrict v = md->structure->v;
    const double *restrict f = md->force;
    for (size_t i = 0; i < md->structure->n; i++) {
        const double c = dt_ps / (md->mass[i] * PEL_MVV_EV);
        v[3 * i] += c * f[3 * i];
        v[3 * i + 1] += c * f[3 * i + 1];
        v[3 * i + 2] += c * f[3 * i + 2];
    }
}

static void drift(struct pel_md *md, double dt_ps)
{
    double *restrict x = md->structure->x;
    const double *restrict v = md->structure->v;
    for (size_t i = 0; i < 3 * md->structure->n; i++)
        x[i] += dt_ps * v[i];
}

/* Scale space as the barostat says and evaluate the forces there. */
static pel_status rescale(struct pel_md *md, double dt_ps, struct pel_error *err)
{
    const struct pel_barostat *barostat = md->settings.barostat;
    struct pel_structure *s = md->structure;
    const double before = pel_md_total_energy(md);
    const double factor = barostat->factor(md, dt_ps);
    const double ratio = factor * factor * factor;
    if (!(ratio < max_volume_ratio && ratio > 1.0 / max_volume_ratio))
        return pel_error_set(
            err, PEL_ENOCONV,
            "%s would scale the volume by %g at step %llu "
            "(pressure %g bar): its time (%g ps) is too short or the start "
            "too far from equilibrium",
            barostat->name, ratio, md->step, pel_md_pressure(md),
            md->settings.barostat_time_ps);

    double h[3][3];
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            h[a][b] = factor * s->cell.h[a][b];
    const double origin[3] = {s->cell.origin[0], s->cell.origin[1], s->cell.origin[2]};
    pel_status status = pel_cell_init(&s->cell, (const double(*)[3])h, origin, err);
    if (status != PEL_OK) return status;
    for (size_t i = 0; i < s->n; i++)
        for (int a = 0; a < 3; a++)
            s->x[3 * i + a] = origin[a] + factor * (s->x[3 * i + a] - origin[a]);
    if (barostat->scales_velocities) pel_md_scale_velocities(md, 1.0 / factor);

    status = evaluate(md, err);
    md->work += pel_md_total_energy(md) - before;
    return status;
}

/* One step: outer(dt/2) kick(dt/2) drift - middle - drift forces
 * kick(dt/2) outer(dt/2). */
static pel_status take_step(struct pel_md *md, struct pel_error *err)
{
    const struct pel_thermostat *thermostat = md->settings.thermostat;
    const double dt = md->settings.timestep_ps;

    if (thermostat->outer != NULL) thermostat->outer(md, 0.5 * dt);
    kick(md, 0.5 * dt);
    if (thermostat->middle != NULL) {
        drift(md, 0.5 * dt);
        thermostat->middle(md, dt);
        drift(md, 0.5 * dt);
    } else {
        drift(md, dt);
    }
    md->step++;
    const pel_status status = evaluate(md, err);
    if (status != PEL_OK) return status;
    kick(md, 0.5 * dt);
    if (thermostat->outer != NULL) thermostat->outer(md, 0.5 * dt);

    const unsigned interval = md->settings.barostat_interval;
    if (md->settings.barostat->factor != NULL && md->step % interval == 0)
        return rescale(md, interval * dt, err);
    return PEL_OK;
}

pel_status pel_md_run(struct pel_md *md, unsigned long long n_steps,
                      struct pel_error *err)
{
    for (unsigned long long i = 0; i < n_steps; i++) {
        const pel_status status = take_step(md, err);
        if (status != PEL_OK) return status;
    }
    return PEL_OK;
}

double pel_md_time(const struct pel_md *md)
{
    return (double)md->step * md->settings.timestep_ps;
}

double pel_md_degrees(const struct pel_md *md)
{
    return 3.0 * (double)md->structure->n - (md->settings.outer_field ? 0.0 : 3.0);
}

double pel_md_kinetic_energy(const struct pel_md *md)
{
    const double *v = md->structure->v;
    double sum = 0.0;
    for (size_t i = 0; i < md->structure->n; i++)
        sum += md->mass[i] * (v[3 * i] * v[3 * i] + v[3 * i + 1] * v[3 * i + 1] +
                              v[3 * i + 2] * v[3 * i + 2]);
    return 0.5 * PEL_MVV_EV * sum;
}

double pel_md_temperature(const struct pel_md *md)
{
    return 2.0 * pel_md_kinetic_energy(md) / (pel_md_degrees(md) * PEL_KB);
}

double pel_md_total_energy(const struct pel_md *md)
{
    return md->potential_energy + pel_md_kinetic_energy(md);
}

double pel_md_conserved(const struct pel_md *md)
{
    const struct pel_thermostat *thermostat = md->settings.thermostat;
    const double bath = thermostat->energy != NULL ? thermostat->energy(md) : 0.0;
    return pel_md_total_energy(md) + bath - md->work;
}

void pel_md_pressure_tensor(const struct pel_md *md, double pressure_bar[6])
{
    static const int first[6] = {0, 1, 2, 0, 0, 1}, second[6] = {0, 1, 2, 1, 2, 2};
    const double *v = md->structure->v;
    for (int k = 0; k < 6; k++) {
        double kinetic = 0.0;
        for (size_t i = 0; i < md->structure->n; i++)
            kinetic += md->mass[i] * v[3 * i + first[k]] * v[3 * i + second[k]];
        pressure_bar[k] = (PEL_MVV_EV * kinetic + md->virial[k]) /
                          md->structure->cell.volume * PEL_EV_PER_A3_BAR;
    }
}

double pel_md_pressure(const struct pel_md *md)
{
    const double trace = md->virial[0] + md->virial[1] + md->virial[2];
    return (2.0 * pel_md_kinetic_energy(md) + trace) /
           (3.0 * md->structure->cell.volume) * PEL_EV_PER_A3_BAR;
}

pel_status pel_md_check_positive(size_t n, const struct pel_md_positive settings[],
                                 struct pel_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct pel_md_positive *s = &settings[i];
        if (!(s->value > 0.0 || (s->zero && s->value >= 0.0)) || !isfinite(s->value))
            return pel_error_set(err, PEL_EARG, "%s must be %s, got %g %s", s->what,
                                 s->zero ? "0 or more" : "positive", s->value, s->unit);
    }
    return PEL_OK;
}
