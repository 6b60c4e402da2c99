#include "glass.h"
#include "structure_write.h"

#include <pelrate/provenance.h>
#include <pelrate/table.h>

pel_status cli_glass_structure(const struct cli *cli, const char *path,
                               const struct glass_request *r,
                               const struct pel_structure *structure, const char *keys,
                               struct pel_error *err)
{
    char all[1200];
    int at = snprintf(all, sizeof all, "%s", keys);
    if (!r->instant)
        snprintf(all + at, sizeof all - (size_t)at, " cool_K_per_ps=%.17g",
                 r->settings.cool_K_per_ps);
    return cli_structure_write(
        cli, path, cli->force ? PEL_OUTPUT_REPLACE : PEL_OUTPUT_NEW, structure, all, err);
}

pel_status cli_glass_log(const struct cli *cli, const struct glass_request *r,
                         const struct glass_work *w,
                         const struct pel_quench_report *report, struct pel_error *err)
{
    const char *inputs[CLI_INTERACTION_INPUTS + 1];
    size_t n_inputs = cli_interaction_inputs(&r->interaction, inputs);
    if (r->from != NULL) inputs[n_inputs++] = r->from;
    struct pel_output *output = NULL;
    pel_status status =
        cli_open(cli, r->log, "pelrate-glass-log 1", n_inputs, inputs, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    cli_interaction_put(stream, w->potential);
    pel_provenance_put(stream, "e_is_eV_per_atom", "%.17g", report->e_is_eV_per_atom);
    pel_provenance_put(stream, "density_g_per_cm3", "%.17g", report->density_g_per_cm3);
    pel_provenance_put(stream, "is_pressure_bar", "%.6g", report->pressure_bar);
    pel_provenance_put(stream, "swaps_tried", "%llu", report->swaps.tried);
    pel_provenance_put(stream, "swaps_accepted", "%llu", report->swaps.accepted);
    fputs("time_ps,target_K,temperature_K,pressure_bar,volume_A3_per_atom,"
          "energy_eV_per_atom,swaps_tried,swaps_accepted\n",
          stream);
    size_t n;
    const struct pel_quench_row *rows = pel_quench_rows(w->quench, &n);
    for (size_t i = 0; i < n; i++) {
        const double row[] = {
            rows[i].time_ps,      rows[i].target_K,           rows[i].temperature_K,
            rows[i].pressure_bar, rows[i].volume_A3_per_atom, rows[i].energy_eV_per_atom,
            rows[i].swaps_tried,  rows[i].swaps_accepted};
        pel_table_put_row(stream, sizeof row / sizeof *row, row);
    }
    return pel_output_commit(output, err);
}

pel_status cli_glass_write(const struct cli *cli, const struct glass_request *r,
                           const struct glass_work *w,
                           const struct pel_quench_report *report, struct pel_error *err)
{
    const struct pel_quench_settings *s = &r->settings;
    char keys[1024];
    int at = snprintf(keys, sizeof keys,
                      "e_is_eV_per_atom=%.17g density_g_per_cm3=%.17g pressure_bar=%.6g "
                      "max_force_eV_per_A=%.3g",
                      report->e_is_eV_per_atom, report->density_g_per_cm3,
                      report->pressure_bar, report->minimise.max_force);
    if (r->instant && s->melt_time_ps > 0.0) /* else nothing was ever molten */
        at += snprintf(keys + at, sizeof keys - (size_t)at, " melt_temperature_K=%.17g",
                       s->melt_temperature_K);
    if (s->anneal_time_ps > 0.0)
        at += snprintf(keys + at, sizeof keys - (size_t)at,
                       " anneal_temperature_K=%.17g anneal_time_ps=%.17g",
                       s->anneal_temperature_K, s->anneal_time_ps);
    if (s->swap_tries > 0)
        at += snprintf(keys + at, sizeof keys - (size_t)at,
                       " swaps_tried=%llu swaps_accepted=%llu", report->swaps.tried,
                       report->swaps.accepted);
    if (s->settle.patience > 0)
        snprintf(keys + at, sizeof keys - (size_t)at,
                 " settle_kicks=%zu settle_moves=%zu settle_gain_eV_per_atom=%.6g "
                 "settled=%d",
                 report->settle.kicks, report->settle.moves,
                 report->settle.gain_eV / (double)w->start->n, report->settle.settled);
    return cli_glass_structure(cli, cli->output, r, pel_quench_structure(w->quench), keys,
                               err);
}
