#include "inherent_priv.h"

#include <pelrate/settle.h>

#include <math.h>
#include <pelrate/md.h>
#include <stdlib.h>

/* A kick ends at this share of the temperature at which it began. */
static const double final_share = 0.02;

struct pel_settle_settings pel_settle_defaults(void)
{
    struct pel_settle_settings s = {
        .patience = 8,
        .max_kicks = 200,
        .temperature_K = 60.0,
        .time_ps = 1.0,
        .timestep_ps = 0.002,
        .friction_time_ps = 0.2,
        .min_gain_eV = 1e-3,
        .relax = PEL_RELAX_ISOTROPIC,
        .pressure_tolerance_bar = 1.0,
        .minimise = pel_minimise_defaults(),
    };
    s.minimise.force_tolerance = 1e-4;
    return s;
}

static pel_status check_settings(const struct pel_settle_settings *s,
                                 struct pel_error *err)
{
    const struct {
        const char *what, *unit;
        double value;
    } positive[] = {
        {"temperature of a kick", "K", s->temperature_K},
        {"time of a kick", "ps", s->time_ps},
        {"time step of a kick", "ps", s->timestep_ps},
        {"time of a kick's bath", "ps", s->friction_time_ps},
        {"gain that counts", "eV", s->min_gain_eV},
    };
    for (size_t i = 0; i < sizeof positive / sizeof *positive; i++)
        if (!(positive[i].value > 0.0 && isfinite(positive[i].value)))
            return pel_error_set(err, PEL_EARG, "%s must be positive, got %g %s",
                                 positive[i].what, positive[i].value, positive[i].unit);
    if (s->patience < 1 || s->max_kicks < 1)
        return pel_error_set(err, PEL_EARG, "settling needs one kick at least");
    return PEL_OK;
}

/* Dynamics at constant volume, colder and colder; the structure then has velocities. */
static pel_status kick(struct pel_forces *forces, const struct pel_structure *from,
                       const struct pel_settle_settings *s, struct pel_random *random,
                       struct pel_structure **out, struct pel_error *err)
{
    struct pel_md_settings settings = pel_md_defaults();
    settings.thermostat = &pel_thermostat_langevin;
    settings.thermostat_time_ps = s->friction_time_ps;
    settings.timestep_ps = s->timestep_ps;
    settings.temperature_K = s->temperature_K;
    *out = NULL;
    struct pel_md *md = NULL;
    pel_forces_reset(forces);
    pel_status status =
        pel_md_create(pel_md_forces_of(forces), from, &settings, random, &md, err);
    if (status != PEL_OK) return status;
    /* Half of it goes into the potential energy within a vibration. */
    pel_md_draw_velocities(md, 2.0 * s->temperature_K);
    const double n_steps = ceil(s->time_ps / s->timestep_ps);
    for (double k = 0.0; k < n_steps && status == PEL_OK; k++) {
        const double share = 1.0 - (1.0 - final_share) * (k / n_steps);
        status = pel_md_set_temperature(md, share * s->temperature_K, err);
        if (status == PEL_OK) status = pel_md_run(md, 1, err);
    }
    *random = md->random;
    if (status == PEL_OK) status = pel_structure_copy(md->structure, out, err);
    pel_md_free(md);
    return status;
}

static pel_status descend(struct pel_forces *forces, struct pel_structure *structure,
                          const struct pel_settle_settings *s,
                          struct pel_minimise_report *report, struct pel_error *err)
{
    return pel_inherent_descend(forces, structure, s->relax, s->pressure_tolerance_bar,
                                &s->minimise, report, err);
}

/* What a structure is: positions and cell of another one of the same atoms. */
static void take(struct pel_structure *structure, const struct pel_structure *from)
{
    structure->cell = from->cell;
    for (size_t k = 0; k < 3 * structure->n; k++)
        structure->x[k] = from->x[k];
}

pel_status pel_settle(struct pel_forces *forces, struct pel_structure *structure,
                      const struct pel_settle_settings *s, struct pel_random *random,
                      const struct pel_progress *progress,
                      struct pel_settle_report *report, struct pel_error *err)
{
    struct pel_settle_report mine;
    if (report == NULL) report = &mine;
    *report = (struct pel_settle_report){0};
    pel_status status = check_settings(s, err);
    if (status != PEL_OK) return status;
    const size_t calls = pel_forces_calls(forces);
    status = descend(forces, structure, s, &report->minimise, err);
    if (status != PEL_OK) return status;
    const double start = report->minimise.energy;

    size_t in_vain = 0;
    while (in_vain < s->patience && report->kicks < s->max_kicks) {
        if (pel_progress_report(progress, (double)report->kicks, (double)s->max_kicks,
                                "settle") != PEL_OK) {
            status = pel_error_set(err, PEL_ESTOPPED, "interrupted after %zu kicks",
                                   report->kicks);
            break;
        }
        struct pel_structure *trial = NULL;
        struct pel_minimise_report found = {0};
        status = kick(forces, structure, s, random, &trial, err);
        if (status != PEL_OK) break;
        const pel_status down = descend(forces, trial, s, &found, err);
        if (down != PEL_OK && down != PEL_ENOCONV) status = down;
        report->kicks++;
        in_vain++;
        if (down == PEL_OK && found.energy < report->minimise.energy - s->min_gain_eV) {
            take(structure, trial);
            report->minimise = found;
            report->moves++;
            in_vain = 0;
        }
        pel_structure_free(trial);
        if (status != PEL_OK) break;
    }
    report->settled = in_vain >= s->patience;
    report->gain_eV = start - report->minimise.energy;
    report->evaluations = pel_forces_calls(forces) - calls;
    return status;
}
