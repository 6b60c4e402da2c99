#include "isotherm_priv.h"

#include <pelrate/output.h>

#include <math.h>
#include <stdlib.h>

/* Isothermal anneals in a text file (state_priv.h).
 *
 *   # format: pelrate-isotherm 1
 *   setting NAME VALUE            one line each, all that decides the replicas
 *   start 3 numbers               ramp from [K], velocities drawn at [K], E_IS [eV/atom]
 *   replica N                     from 1; what follows, for each
 *     step N, bath, work, random  of the dynamics
 *     since_point 6 numbers       sums over the steps since the last snapshot
 *     since_row 6 numbers         and since the last row
 *     points N                    then N lines, the members of pel_isotherm_point
 *     rows N                      then N lines, the members of pel_isotherm_row
 *     cell 9 numbers, origin 3 numbers
 *     species N, atoms N          then as many lines each
 *   end */
enum { POINT_NUMBERS = 8, ROW_NUMBERS = 7 };
static const char format_line[] = "# format: pelrate-isotherm 1";

int pel_isotherm_describe(const struct pel_potential *potential,
                          const struct pel_isotherm_settings *s, int i,
                          char text[PEL_STATE_TEXT])
{
    const struct pel_state_number numbers[] = {
        {"replicas", (double)s->replicas},
        {"temperature_K", s->temperature_K},
        {"ramp_from_K", s->ramp_time_ps > 0.0 ? s->ramp_from_K : NAN},
        {"ramp_time_ps", s->ramp_time_ps},
        {"is_interval_ps", s->is_interval_ps},
        {"timestep_ps", s->md.timestep_ps},
        {"thermostat_time_ps", s->md.thermostat_time_ps},
        {"pressure_bar", s->md.pressure_bar},
        {"barostat_time_ps", s->md.barostat_time_ps},
        {"compressibility_per_bar", s->md.compressibility_per_bar},
        {"barostat_interval", s->md.barostat_interval},
        {"row_interval_ps", s->row_interval_ps},
        {"log", s->keep_rows != 0},
        {"skin_A", s->skin_A},
        {"relax", (double)s->relax},
        {"pressure_tolerance_bar", s->pressure_tolerance_bar},
        {"force_tolerance_eV_per_A", s->minimise.force_tolerance},
        {"potential_cutoff_A", pel_potential_cutoff(potential)},
    };
    const struct pel_state_text texts[] = {
        {"label", s->label != NULL ? s->label : ""},
        {"thermostat", s->md.thermostat->name},
        {"barostat", s->md.barostat->name},
        {"minimiser", s->minimise.method},
        {"potential_style", pel_potential_style(potential)},
    };
    return pel_state_describe(sizeof texts / sizeof *texts, texts,
                              sizeof numbers / sizeof *numbers, numbers, s->seed, i,
                              text);
}

/* Sums as the numbers that they are, in the order of the struct. */
static void put_sums(FILE *file, const char *name, const struct pel_isotherm_sums *sums)
{
    const double values[PEL_ISOTHERM_SUMS] = {sums->steps,    sums->temperature,
                                              sums->pressure, sums->volume,
                                              sums->energy,   sums->potential};
    pel_state_put_numbers(file, name, PEL_ISOTHERM_SUMS, values);
}

static void put_replica(FILE *file, const struct pel_isotherm_replica *replica)
{
    pel_state_put_motion(file, replica->md);
    put_sums(file, "since_point", &replica->since_point);
    put_sums(file, "since_row", &replica->since_row);
    fprintf(file, "points %zu\n", replica->n_points);
    for (size_t i = 0; i < replica->n_points; i++) {
        const struct pel_isotherm_point *p = &replica->points[i];
        const double values[] = {p->time_ps,
                                 p->e_is_eV_per_atom,
                                 p->is_pressure_bar,
                                 p->is_volume_A3_per_atom,
                                 p->pressure_bar,
                                 p->temperature_K,
                                 p->volume_A3_per_atom,
                                 p->energy_eV_per_atom};
        pel_state_put_numbers(file, "", POINT_NUMBERS, values);
    }
    fprintf(file, "rows %zu\n", replica->n_rows);
    for (size_t i = 0; i < replica->n_rows; i++) {
        const struct pel_isotherm_row *r = &replica->rows[i];
        const double values[] = {r->time_ps,
                                 r->target_K,
                                 r->temperature_K,
                                 r->pressure_bar,
                                 r->volume_A3_per_atom,
                                 r->energy_eV_per_atom,
                                 r->potential_eV_per_atom};
        pel_state_put_numbers(file, "", ROW_NUMBERS, values);
    }
    pel_state_put_cell(file, &replica->md->structure->cell);
    pel_state_put_atoms(file, replica->md->structure);
}

pel_status pel_isotherm_save(const struct pel_isotherm *isotherm, const char *path,
                             struct pel_error *err)
{
    struct pel_output *output = NULL;
    const pel_status status = pel_output_open(path, PEL_OUTPUT_REPLACE, &output, err);
    if (status != PEL_OK) return status;
    FILE *file = pel_output_stream(output);
    fprintf(file, "%s\n", format_line);
    char text[PEL_STATE_TEXT];
    const struct pel_isotherm_settings *s = &isotherm->settings;
    for (int i = 0; pel_isotherm_describe(isotherm->potential, s, i, text); i++)
        fprintf(file, "setting %s\n", text);
    const double start[] = {isotherm->start.ramp_from_K, isotherm->start.drawn_K,
                            isotherm->start.e_is_eV_per_atom};
    pel_state_put_numbers(file, "start", 3, start);
    for (size_t k = 0; k < s->replicas; k++) {
        fprintf(file, "replica %zu\n", k + 1);
        put_replica(file, &isotherm->replicas[k]);
    }
    fputs("end\n", file);
    return pel_output_commit(output, err);
}

static pel_status read_sums(struct pel_state_reader *r, const char *name,
                            struct pel_isotherm_sums *sums, struct pel_error *err)
{
    double v[PEL_ISOTHERM_SUMS];
    const pel_status status = pel_state_read_numbers(r, name, PEL_ISOTHERM_SUMS, v, err);
    if (status == PEL_OK)
        *sums = (struct pel_isotherm_sums){v[0], v[1], v[2], v[3], v[4], v[5]};
    return status;
}

static pel_status read_points(struct pel_state_reader *r,
                              struct pel_isotherm_replica *replica,
                              unsigned long long limit, struct pel_error *err)
{
    unsigned long long n;
    pel_status status = pel_state_read_count(r, "points", limit, &n, err);
    if (status != PEL_OK || n == 0) return status;
    replica->points = calloc(n, sizeof *replica->points);
    if (replica->points == NULL) return pel_error_set(err, PEL_ENOMEM, "%llu points", n);
    replica->points_alloc = n;
    for (; replica->n_points < n; replica->n_points++) {
        double v[POINT_NUMBERS];
        status = pel_state_read_row(r, POINT_NUMBERS, v, err);
        if (status != PEL_OK) return status;
        replica->points[replica->n_points] =
            (struct pel_isotherm_point){v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]};
    }
    return PEL_OK;
}

static pel_status read_rows(struct pel_state_reader *r,
                            struct pel_isotherm_replica *replica,
                            unsigned long long limit, struct pel_error *err)
{
    unsigned long long n;
    pel_status status = pel_state_read_count(r, "rows", limit, &n, err);
    if (status != PEL_OK || n == 0) return status;
    replica->rows = calloc(n, sizeof *replica->rows);
    if (replica->rows == NULL) return pel_error_set(err, PEL_ENOMEM, "%llu rows", n);
    replica->rows_alloc = n;
    for (; replica->n_rows < n; replica->n_rows++) {
        double v[ROW_NUMBERS];
        status = pel_state_read_row(r, ROW_NUMBERS, v, err);
        if (status != PEL_OK) return status;
        replica->rows[replica->n_rows] =
            (struct pel_isotherm_row){v[0], v[1], v[2], v[3], v[4], v[5], v[6]};
    }
    return PEL_OK;
}

static pel_status read_replica(struct pel_state_reader *r, struct pel_isotherm *isotherm,
                               size_t k, struct pel_error *err)
{
    struct pel_isotherm_replica *replica = &isotherm->replicas[k];
    const struct pel_isotherm_settings *s = &isotherm->settings;
    struct pel_state_motion motion;
    struct pel_cell cell;
    struct pel_structure *structure = NULL;
    unsigned long long number;
    pel_status status =
        pel_state_read_count(r, "replica", (unsigned long long)s->replicas, &number, err);
    if (status == PEL_OK && number != k + 1)
        status = pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                              "replica %llu, expected %zu", number, k + 1);
    if (status == PEL_OK) status = pel_state_read_motion(r, &motion, err);
    if (status == PEL_OK && motion.step > pel_isotherm_all_steps(s))
        status = pel_error_at(err, PEL_EMISMATCH, r->path, r->line,
                              "is at %g ps already, this run ends at %g ps",
                              (double)motion.step * s->md.timestep_ps - s->ramp_time_ps,
                              s->time_ps);
    if (status == PEL_OK)
        status = read_sums(r, "since_point", &replica->since_point, err);
    if (status == PEL_OK) status = read_sums(r, "since_row", &replica->since_row, err);
    /* a point or row takes a step at least, but for the first */
    if (status == PEL_OK) status = read_points(r, replica, motion.step + 1, err);
    if (status == PEL_OK) status = read_rows(r, replica, motion.step, err);
    if (status == PEL_OK) status = pel_state_read_cell(r, &cell, err);
    if (status == PEL_OK)
        status = pel_state_read_atoms(r, isotherm->potential, &cell, &structure, err);
    if (status == PEL_OK && k > 0 && structure->n != pel_isotherm_atoms(isotherm))
        status = pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                              "%zu atoms in replica %zu, expected %zu as in the first",
                              structure->n, k + 1, pel_isotherm_atoms(isotherm));
    if (status == PEL_OK) status = pel_isotherm_place(isotherm, k, structure, err);
    if (status == PEL_OK) pel_state_restore(replica->md, &motion, structure);
    pel_structure_free(structure);
    return status;
}

pel_status pel_isotherm_resume(const struct pel_potential *potential, const char *path,
                               const struct pel_isotherm_settings *settings,
                               struct pel_isotherm **out, struct pel_error *err)
{
    pel_status status = pel_isotherm_empty(potential, settings, out, err);
    if (status != PEL_OK) return status;
    struct pel_isotherm *isotherm = *out;
    struct pel_state_reader reader;
    status = pel_state_open(&reader, path, format_line, err);
    char text[PEL_STATE_TEXT];
    for (int i = 0;
         status == PEL_OK && pel_isotherm_describe(potential, settings, i, text); i++)
        status = pel_state_read_setting(&reader, text, err);
    double start[3];
    if (status == PEL_OK)
        status = pel_state_read_numbers(&reader, "start", 3, start, err);
    if (status == PEL_OK)
        isotherm->start = (struct pel_isotherm_start){start[0], start[1], start[2]};
    for (size_t k = 0; status == PEL_OK && k < settings->replicas; k++)
        status = read_replica(&reader, isotherm, k, err);
    const char *at = "";
    if (status == PEL_OK) status = pel_state_keyword(&reader, "end", &at, err);
    pel_state_close(&reader);
    if (status == PEL_OK) return PEL_OK;
    pel_isotherm_free(isotherm);
    *out = NULL;
    return status;
}
