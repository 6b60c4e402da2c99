#include "glass.h"

#include <pelrate/provenance.h>
#include <pelrate/table.h>

#include <stdlib.h>
#include <string.h>

/* NAME.data and NAME.lmp are LAMMPS data, as people name them; everything else (standard
 * output too) is extended XYZ. */
static int is_lammps(const char *path)
{
    const char *end = path != NULL ? strrchr(path, '.') : NULL;
    return end != NULL && (strcmp(end, ".data") == 0 || strcmp(end, ".lmp") == 0);
}

pel_status cli_glass_structure(const struct cli *cli, const char *path,
                               const struct glass_request *r,
                               const struct pel_structure *structure, const char *keys,
                               struct pel_error *err)
{
    /* Quotes of the command line are escaped for the quotes around it. */
    const size_t size = 2 * strlen(cli->command_line) + strlen(keys) + 256;
    char *text = malloc(size);
    if (text == NULL) return pel_error_set(err, PEL_ENOMEM, "a comment line");
    int at = snprintf(text, size, "%s", keys);
    if (!r->instant)
        at += snprintf(text + at, size - (size_t)at, " cool_K_per_ps=%.17g",
                       r->settings.cool_K_per_ps);
    at += snprintf(text + at, size - (size_t)at, " seed=%lld pelrate=%s command=\"",
                   cli->seed, pel_version());
    for (const char *c = cli->command_line; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') text[at++] = '\\';
        text[at++] = *c == '\n' ? ' ' : *c;
    }
    text[at++] = '"';
    text[at] = '\0';

    struct pel_output *output = NULL;
    pel_status status = pel_output_open(
        path, cli->force ? PEL_OUTPUT_REPLACE : PEL_OUTPUT_NEW, &output, err);
    if (status == PEL_OK)
        status =
            (is_lammps(path) ? pel_structure_write_lammps : pel_structure_write_extxyz)(
                structure, pel_output_stream(output), text, err);
    free(text);
    /* What a write failed for, commit says, with the name of the file. */
    if (status != PEL_OK && status != PEL_EIO) {
        pel_output_discard(output);
        return status;
    }
    if (output == NULL) return status;
    return pel_output_commit(output, err);
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
