#include "isotherm_write.h"

#include <pelrate/provenance.h>
#include <pelrate/table.h>

#include <math.h>

const char *cli_isotherm_cell(enum pel_relax_cell relax)
{
    return relax == PEL_RELAX_FIXED  ? "fixed"
           : relax == PEL_RELAX_FULL ? "full"
                                     : "isotropic";
}

/* How many atoms of each species: "Cu1120 Zr880". */
static void put_species(FILE *stream, const struct pel_structure *s)
{
    char text[PEL_MAX_SPECIES * 32] = "";
    int at = 0;
    for (size_t k = 0; k < s->n_species; k++) {
        size_t count = 0;
        for (size_t i = 0; i < s->n; i++)
            count += s->type[i] == (int)k;
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%s%zu", k > 0 ? " " : "",
                       s->species[k], count);
    }
    pel_provenance_put(stream, "species", "%s", text);
}

/* Everything that decides what the numbers mean. */
static void put_head(FILE *stream, const struct isotherm_request *r,
                     const struct isotherm_work *w)
{
    const struct pel_isotherm_settings *s = &r->settings;
    const struct pel_isotherm_start *start = pel_isotherm_start(w->isotherm);
    const int constant_volume = s->md.barostat == &pel_barostat_none;
    cli_interaction_put(stream, w->potential);
    pel_provenance_put(stream, "potential_hash", "%s", pel_potential_hash(w->potential));
    pel_provenance_put(stream, "atoms", "%zu", w->glass->n);
    put_species(stream, w->glass);
    pel_provenance_put(stream, "temperature_K", "%.17g", s->temperature_K);
    pel_provenance_put(stream, "replicas", "%zu", s->replicas);
    pel_provenance_put(stream, "time_ps", "%.17g", s->time_ps);
    pel_provenance_put(stream, "is_every_ps", "%.17g", s->is_interval_ps);
    pel_provenance_put(stream, "ensemble", "%s", constant_volume ? "NVT" : "NPT");
    if (!constant_volume)
        pel_provenance_put(stream, "target_pressure_bar", "%.17g", s->md.pressure_bar);
    pel_provenance_put(stream, "is_cell", "%s", cli_isotherm_cell(s->relax));
    pel_provenance_put(stream, "is_force_tolerance_eV_per_A", "%.17g",
                       s->minimise.force_tolerance);
    pel_provenance_put(stream, "start_e_is_eV_per_atom", "%.17g",
                       start->e_is_eV_per_atom);
    pel_provenance_put(stream, "velocities_drawn_at_K", "%.17g", start->drawn_K);
    pel_provenance_put(stream, "ramp_from_K", "%.17g", start->ramp_from_K);
    pel_provenance_put(stream, "ramp_time_ps", "%.17g", s->ramp_time_ps);
    pel_provenance_put(stream, "timestep_fs", "%.17g", r->timestep_fs);
    pel_provenance_put(stream, "thermostat", "%s", s->md.thermostat->name);
    pel_provenance_put(stream, "thermostat_time_ps", "%.17g", s->md.thermostat_time_ps);
    pel_provenance_put(stream, "barostat", "%s", s->md.barostat->name);
    if (!constant_volume)
        pel_provenance_put(stream, "barostat_time_ps", "%.17g", s->md.barostat_time_ps);
}

static pel_status open_table(const struct cli *cli, const struct isotherm_request *r,
                             const char *path, const char *format,
                             struct pel_output **out, struct pel_error *err)
{
    const char *inputs[1 + CLI_INTERACTION_INPUTS] = {r->glass};
    const size_t n = 1 + cli_interaction_inputs(&r->interaction, inputs + 1);
    return cli_open(cli, path, format, n, inputs, out, err);
}

pel_status cli_isotherm_curve(const struct cli *cli, const struct isotherm_request *r,
                              const struct isotherm_work *w, struct pel_error *err)
{
    struct pel_output *output = NULL;
    const pel_status status =
        open_table(cli, r, cli->output, "pelrate-curve 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    put_head(stream, r, w);
    fputs("replica,time_ps,temperature_K,e_is_eV_per_atom,pressure_bar,"
          "measured_temperature_K,energy_eV_per_atom,volume_A3_per_atom,is_pressure_bar,"
          "is_volume_A3_per_atom\n",
          stream);
    for (size_t k = 1; k <= r->settings.replicas; k++) {
        size_t n;
        const struct pel_isotherm_point *points = pel_isotherm_points(w->isotherm, k, &n);
        for (size_t i = 0; i < n; i++) {
            const struct pel_isotherm_point *p = &points[i];
            const double row[] = {(double)k,
                                  p->time_ps,
                                  r->settings.temperature_K,
                                  p->e_is_eV_per_atom,
                                  p->pressure_bar,
                                  p->temperature_K,
                                  p->energy_eV_per_atom,
                                  p->volume_A3_per_atom,
                                  p->is_pressure_bar,
                                  p->is_volume_A3_per_atom};
            pel_table_put_row(stream, sizeof row / sizeof *row, row);
        }
    }
    return pel_output_commit(output, err);
}

pel_status cli_isotherm_log(const struct cli *cli, const struct isotherm_request *r,
                            const struct isotherm_work *w, struct pel_error *err)
{
    struct pel_output *output = NULL;
    const pel_status status =
        open_table(cli, r, r->log, "pelrate-md-log 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    put_head(stream, r, w);
    fputs("replica,time_ps,target_K,temperature_K,pressure_bar,volume_A3_per_atom,"
          "energy_eV_per_atom,potential_energy_eV_per_atom\n",
          stream);
    for (size_t k = 1; k <= r->settings.replicas; k++) {
        size_t n;
        const struct pel_isotherm_row *rows = pel_isotherm_rows(w->isotherm, k, &n);
        for (size_t i = 0; i < n; i++) {
            const double row[] = {(double)k,
                                  rows[i].time_ps,
                                  rows[i].target_K,
                                  rows[i].temperature_K,
                                  rows[i].pressure_bar,
                                  rows[i].volume_A3_per_atom,
                                  rows[i].energy_eV_per_atom,
                                  rows[i].potential_eV_per_atom};
            pel_table_put_row(stream, sizeof row / sizeof *row, row);
        }
    }
    return pel_output_commit(output, err);
}
