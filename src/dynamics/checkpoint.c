#include "quench_priv.h"

#include <pelrate/output.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The state of a quench in a text file (state_priv.h).
 *
 *   # format: pelrate-quench 2
 *   setting NAME VALUE              one line each, all that decides the trajectory
 *   step N
 *   bath 8 numbers                  the thermostat's own
 *   work W                          of the barostat [eV]
 *   random 4 words, spare, 0 or 1   of velocities and noise
 *   swap_random likewise            of exchanges
 *   cell 9 numbers                  vectors as rows [A]
 *   origin 3 numbers                [A]
 *   rows N                          then N lines: time [ps] target [K] T [K] P [bar]
 *                                   V [A^3/atom] E [eV/atom] exchanges tried, accepted
 *   species N                       then N lines: name mass [g/mol]
 *   atoms N                         then N lines: id type x y z [A] vx vy vz [A/ps]
 *   end */
enum { ROW_NUMBERS = 8 };
static const char format_line[] = "# format: pelrate-quench 2";

int pel_quench_describe(const struct pel_potential *potential,
                        const struct pel_quench_settings *s, int i,
                        char text[PEL_STATE_TEXT])
{
    const struct pel_state_number numbers[] = {
        {"melt_temperature_K", s->melt_temperature_K},
        {"melt_time_ps", s->melt_time_ps},
        {"cool_K_per_ps", s->cool_K_per_ps},
        {"end_temperature_K", s->end_temperature_K},
        {"anneal_temperature_K", s->anneal_time_ps > 0.0 ? s->anneal_temperature_K : 0.0},
        {"anneal_time_ps", s->anneal_time_ps},
        {"swap_tries", (double)s->swap_tries},
        {"swap_interval_ps", s->swap_tries > 0 ? s->swap_interval_ps : 0.0},
        {"timestep_ps", s->md.timestep_ps},
        {"thermostat_time_ps", s->md.thermostat_time_ps},
        {"pressure_bar", s->md.pressure_bar},
        {"barostat_time_ps", s->md.barostat_time_ps},
        {"compressibility_per_bar", s->md.compressibility_per_bar},
        {"barostat_interval", s->md.barostat_interval},
        {"row_interval_ps", s->row_interval_ps},
        {"skin_A", s->skin_A},
        {"potential_cutoff_A", pel_potential_cutoff(potential)},
    };
    const struct pel_state_text texts[] = {
        {"label", s->label != NULL ? s->label : ""},
        {"thermostat", s->md.thermostat->name},
        {"barostat", s->md.barostat->name},
        {"potential_style", pel_potential_style(potential)},
    };
    return pel_state_describe(sizeof texts / sizeof *texts, texts,
                              sizeof numbers / sizeof *numbers, numbers, s->seed, i,
                              text);
}

pel_status pel_quench_save(const struct pel_quench *q, const char *path,
                           struct pel_error *err)
{
    struct pel_output *output = NULL;
    pel_status status = pel_output_open(path, PEL_OUTPUT_REPLACE, &output, err);
    if (status != PEL_OK) return status;
    FILE *file = pel_output_stream(output);
    const struct pel_md *md = q->md;

    fprintf(file, "%s\n", format_line);
    char text[PEL_STATE_TEXT];
    for (int i = 0; pel_quench_describe(q->potential, &q->settings, i, text); i++)
        fprintf(file, "setting %s\n", text);
    pel_state_put_motion(file, md);
    pel_state_put_random(file, "swap_random", &q->swap_random);
    pel_state_put_cell(file, &md->structure->cell);
    fprintf(file, "rows %zu\n", q->n_rows);
    for (size_t i = 0; i < q->n_rows; i++) {
        const struct pel_quench_row *r = &q->rows[i];
        const double values[] = {
            r->time_ps,      r->target_K,           r->temperature_K,
            r->pressure_bar, r->volume_A3_per_atom, r->energy_eV_per_atom,
            r->swaps_tried,  r->swaps_accepted};
        pel_state_put_numbers(file, "", ROW_NUMBERS, values);
    }
    pel_state_put_atoms(file, md->structure);
    fputs("end\n", file);
    return pel_output_commit(output, err);
}

/* What a file holds beside settings, before there is a quench to put it in. */
struct state {
    struct pel_state_motion motion;
    struct pel_random swap_random;
    struct pel_cell cell;
    struct pel_quench_row *rows; /* [n_rows]; owned */
    size_t n_rows;
    struct pel_structure *structure; /* owned */
};

static pel_status read_rows(struct pel_state_reader *r, struct state *state,
                            struct pel_error *err)
{
    unsigned long long n;
    /* a row takes a step at least */
    pel_status status = pel_state_read_count(r, "rows", state->motion.step, &n, err);
    if (status != PEL_OK || n == 0) return status;
    state->rows = calloc(n, sizeof *state->rows);
    if (state->rows == NULL) return pel_error_set(err, PEL_ENOMEM, "%llu rows", n);
    for (; state->n_rows < n; state->n_rows++) {
        double value[ROW_NUMBERS];
        status = pel_state_read_row(r, ROW_NUMBERS, value, err);
        if (status != PEL_OK) return status;
        state->rows[state->n_rows] =
            (struct pel_quench_row){value[0], value[1], value[2], value[3],
                                    value[4], value[5], value[6], value[7]};
    }
    return PEL_OK;
}

static pel_status read_state(struct pel_state_reader *r,
                             const struct pel_potential *potential, struct state *state,
                             struct pel_error *err)
{
    const char *at = "";
    pel_status status = pel_state_read_motion(r, &state->motion, err);
    if (status == PEL_OK)
        status = pel_state_read_random(r, "swap_random", &state->swap_random, err);
    if (status == PEL_OK) status = pel_state_read_cell(r, &state->cell, err);
    if (status == PEL_OK) status = read_rows(r, state, err);
    if (status == PEL_OK)
        status = pel_state_read_atoms(r, potential, &state->cell, &state->structure, err);
    if (status == PEL_OK) status = pel_state_keyword(r, "end", &at, err);
    return status;
}

pel_status pel_quench_resume(const struct pel_potential *potential, const char *path,
                             const struct pel_quench_settings *settings,
                             struct pel_quench **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_state_reader reader;
    struct state state = {0};
    pel_status status = pel_state_open(&reader, path, format_line, err);
    char text[PEL_STATE_TEXT];
    for (int i = 0; status == PEL_OK && pel_quench_describe(potential, settings, i, text);
         i++)
        status = pel_state_read_setting(&reader, text, err);
    if (status == PEL_OK) status = read_state(&reader, potential, &state, err);
    if (status == PEL_OK)
        status = pel_quench_wrap(potential, state.structure, settings, out, err);
    if (status == PEL_OK) {
        struct pel_quench *q = *out;
        pel_state_restore(q->md, &state.motion, state.structure);
        q->swap_random = state.swap_random;
        q->saved_ps = pel_md_time(q->md);
        q->rows = state.rows;
        q->n_rows = q->n_alloc = state.n_rows;
        state.rows = NULL;
    }
    free(state.rows);
    pel_structure_free(state.structure);
    pel_state_close(&reader);
    return status;
}
