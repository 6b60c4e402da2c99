#include "plot.h"
#include "stored.h"

#include <pelrate/provenance.h>
#include <pelrate/returns.h>
#include <pelrate/second.h>
#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
static const char details[] =
    "The second generation: of each sample of EVENTS.db, --events distinct valid events are\n"
    "chosen at random, and --searches searches start from the final state of each, with\n"
    "the sampler's settings of EVENTS.db, but with pushes centred on the atoms that the\n"
    "event moved (by more than --region-distance-A). SECOND.db is a catalogue like the\n"
    "first one, with samples called SAMPLE/SEARCH; a run that was stopped or killed goes on\n"
    "where it was.\n"
    "\n"
    "Each new event is one of: back (the hop reversed, same saddle), back over another\n"
    "saddle, back but for something else (less than --back-residual of the hop is left in\n"
    "its moved region), onward (its moved region and that of the hop share at least\n"
    "--local-overlap of the smaller one), elsewhere.\n"
    "\n"
    "--states: a row an event of the first generation: sample,search,e_is,e_a,e_r,searches,\n"
    "valid,distinct,back,back_share (of the valid searches), z_found (distinct paths\n"
    "onward), z_chao1 (at least so many), z_touching (those not back that have any moved\n"
    "atom in common). back_rate_share_T: rate back over rate back and onward, each path\n"
    "exp(-E_A/k_B T); the way back is there whether it was found or not.\n"
    "--levels: means over the events of a level with standard errors; hops_back_T weighs\n"
    "each hop by its own rate. --csv: a row a search. Paths that were not found make z a\n"
    "lower bound and the shares upper ones. Given such a table instead of EVENTS.db, the\n"
    "command makes --states, --levels and the picture again, with other --level-edges.\n"
    "\n"
    "  $ pelrate glass --composition Cu56Zr44 --atoms 108 --cool 2000 --potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o g.xyz\n"
    "  $ pelrate sample g.xyz --elements Cu,Zr --events 3 --searches 100 --potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o events.db\n"
    "  $ pelrate successors events.db --events 2 --searches 4 --potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o second.db --states states.csv --levels levels.csv\n";
/* clang-format on */

struct job {
    const char *output, *csv, *states, *levels;
    struct cli_interaction interaction;
    struct cli_list edges;
    long long events, searches;
    struct pel_second_settings settings;
    struct pel_sampler_settings sampler;
    struct pel_catalogue *first, *second;
    struct pel_potential *potential;
    struct pel_successor_list *list;
    struct pel_returns *returns;
    const char *input;       /* EVENTS.db, or the table of an earlier --csv */
    struct pel_table *table; /* the latter, for its header; owned */
};

/* Whether the input is a table: a catalogue begins otherwise. */
static int is_table(const char *path)
{
    FILE *file = fopen(path, "r");
    const int is_it = file != NULL && fgetc(file) == '#';
    if (file != NULL) fclose(file);
    return is_it;
}

static pel_status search(struct cli *cli, struct job *job, struct pel_error *err)
{
    struct pel_campaign_report report = {0};
    pel_status status = pel_second_sampler(job->first, &job->sampler, err);
    if (status != PEL_OK) return status;
    job->sampler.seed = (uint64_t)cli->seed;
    cli_progress_start(cli, "successors");
    status = pel_second_run(job->first, &job->settings, &job->sampler, job->potential,
                            job->output, &cli->progress, &report, err);
    cli_progress_end(cli);
    if (status == PEL_OK || report.searches > 0)
        cli_note(cli, "%zu searches (%zu new), %zu valid events%s", report.searches,
                 report.new_searches, report.valid, status == PEL_OK ? "" : " so far");
    return status;
}

/* The header of tables that are made from a table: what it said of itself. */
static pel_status open_from_table(const struct cli *cli, const struct job *job,
                                  const char *path, const char *format,
                                  struct pel_output **output, struct pel_error *err)
{
    static const char *const keys[] = {"settings", "local_overlap", "back_residual"};
    const pel_status status = cli_open(cli, path, format, 1, &job->input, output, err);
    for (size_t k = 0; status == PEL_OK && k < sizeof keys / sizeof *keys; k++)
        if (pel_table_key(job->table, keys[k]) != NULL)
            pel_provenance_put(pel_output_stream(*output), keys[k], "%s",
                               pel_table_key(job->table, keys[k]));
    return status;
}

/* Everything that decides what a row is, for the header. */
static pel_status open_table(const struct cli *cli, const struct job *job,
                             const char *path, const char *format,
                             struct pel_output **output, struct pel_error *err)
{
    if (job->table != NULL) return open_from_table(cli, job, path, format, output, err);
    /* Catalogues are no hashed inputs: their bytes depend on the order in which searches
     * ended, their content does not. */
    pel_status status = cli_open(cli, path, format, 0, NULL, output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(*output);
    const size_t n = pel_catalogue_settings(job->second);
    fputs("# settings:", stream);
    for (size_t k = 0; k < n; k++) {
        const struct pel_catalogue_setting s = pel_catalogue_setting(job->second, k);
        if (strcmp(s.key, "seed") != 0 && strcmp(s.key, "batch") != 0)
            fprintf(stream, " %s=%s;", s.key, s.value);
    }
    fputc('\n', stream);
    pel_provenance_put(stream, "local_overlap", "%.17g", job->settings.local_overlap);
    pel_provenance_put(stream, "back_residual", "%.17g", job->settings.back_residual);
    return PEL_OK;
}

static pel_status write_csv(const struct cli *cli, const struct job *job,
                            struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        open_table(cli, job, job->csv, "pelrate-successors 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    pel_successor_put_names(stream);
    for (size_t k = 0; k < job->list->n; k++)
        pel_successor_put(stream, &job->list->rows[k]);
    return pel_output_commit(output, err);
}

static pel_status write_returns(const struct cli *cli, const struct job *job,
                                const char *path, const char *format,
                                void (*write)(const struct pel_returns *, FILE *),
                                struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = open_table(cli, job, path, format, &output, err);
    if (status != PEL_OK) return status;
    write(job->returns, pel_output_stream(output));
    return pel_output_commit(output, err);
}

/* z and the share of the hops that go back, against E_IS. */
static pel_status draw(const struct cli *cli, const struct job *job,
                       struct pel_error *err)
{
    struct cli_plot *plot = NULL;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    fputs("$levels << EOD\n", script);
    for (size_t l = 0; l < job->returns->n_levels; l++) {
        const struct pel_returns_level *v = &job->returns->levels[l];
        cli_plot_row(script, 11,
                     (const double[]){v->e_is, v->z_found, v->z_found_error, v->z_chao1,
                                      v->z_chao1_error, v->back_share,
                                      v->back_share_error, v->back[0], v->back_error[0],
                                      v->back[2], v->back_error[2]});
    }
    fputs("EOD\nset multiplot layout 1,2\nset xlabel 'E_{IS} (eV/atom)'\n"
          "set offsets graph 0.1,graph 0.1,graph 0.1,0\nset xtics rotate by -45\n"
          "set yrange [0:*]\nset key above vertical maxrows 3\n"
          "set ylabel 'paths onward, z'\n",
          script);
    fprintf(script,
            "plot $levels using 1:2:3 with yerrorbars pt 7 lw 1.5 lc rgb '%s' title "
            "'found', $levels using 1:4:5 with yerrorbars pt 6 lw 1.5 lc rgb '%s' title "
            "'at least (Chao1)'\n",
            cli_plot_colour(0, 3), cli_plot_colour(2, 3));
    fputs("set yrange [0:1.05]\nset ylabel 'share that leads straight back'\n", script);
    fprintf(script,
            "plot $levels using 1:6:7 with yerrorbars pt 7 lw 1.5 lc rgb '#606060' title "
            "'of searches', $levels using 1:8:9 with yerrorbars pt 6 lw 1.5 lc rgb '%s' "
            "title 'of the rate, 300 K', $levels using 1:10:11 with yerrorbars pt 4 lw "
            "1.5 lc rgb '%s' title 'of the rate, 900 K'\n",
            cli_plot_colour(0, 3), cli_plot_colour(2, 3));
    fputs("unset multiplot\n", script);
    return cli_plot_draw(plot, err);
}

static void tell(const struct cli *cli, const struct job *job)
{
    size_t kinds[PEL_SUCCESSOR_N] = {0};
    for (size_t k = 0; k < job->list->n; k++)
        kinds[job->list->rows[k].kind]++;
    for (int kind = PEL_SUCCESSOR_NONE + 1; kind < PEL_SUCCESSOR_N; kind++)
        cli_note(cli, "%zu %s: %s", kinds[kind],
                 pel_successor_word((enum pel_successor_kind)kind),
                 pel_successor_text((enum pel_successor_kind)kind));
    for (size_t l = 0; l < job->returns->n_levels; l++) {
        const struct pel_returns_level *v = &job->returns->levels[l];
        cli_note(
            cli,
            "%.6g eV/atom, %zu states: %.0f %% of the searches lead back, %.0f, %.0f "
            "and %.0f %% of the rate at 300, 600 and 900 K; z at least %.3g +- %.2g "
            "found, %.3g +- %.2g by Chao1, %.3g +- %.2g that touch; the way back found "
            "from %.0f %%",
            v->e_is, v->states, 100.0 * v->back_share, 100.0 * v->back[0],
            100.0 * v->back[1], 100.0 * v->back[2], v->z_found, v->z_found_error,
            v->z_chao1, v->z_chao1_error, v->z_touching, v->z_touching_error,
            100.0 * v->way_back_found);
    }
}

static pel_status report(const struct cli *cli, struct job *job, struct pel_error *err)
{
    pel_status status = PEL_OK;
    if (job->first != NULL) {
        status = pel_catalogue_read(job->output, &job->second, err);
        if (status == PEL_OK)
            status =
                pel_second_list(job->first, job->second, &job->settings, &job->list, err);
    } else {
        status = pel_successor_list_read(job->input, &job->list, err);
        if (status == PEL_OK) status = pel_table_read(job->input, &job->table, err);
    }
    if (status == PEL_OK)
        status = pel_returns_create(job->list, job->edges.n, job->edges.values,
                                    &job->returns, err);
    if (status == PEL_OK && job->csv != NULL) status = write_csv(cli, job, err);
    if (status == PEL_OK && job->states != NULL)
        status = write_returns(cli, job, job->states, "pelrate-returns 1",
                               pel_returns_write_states, err);
    if (status == PEL_OK && job->levels != NULL)
        status = write_returns(cli, job, job->levels, "pelrate-return-levels 1",
                               pel_returns_write_levels, err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, job, err);
    if (status == PEL_OK) tell(cli, job);
    return status;
}

/* What the command line asks for, as far as it can be judged without the catalogue. */
static int check(struct cli *cli, struct job *job)
{
    const char *const paths[] = {job->csv, job->states, job->levels};
    for (size_t i = 1; i < job->edges.n; i++)
        if (!(job->edges.values[i] > job->edges.values[i - 1]))
            return cli_usage(cli, "--level-edges: expected increasing numbers");
    if (is_table(job->input)) {
        if (job->output != NULL || job->csv != NULL || job->interaction.table != NULL)
            return cli_usage(cli,
                             "--output, --csv and --potential are for a catalogue, "
                             "and '%s' is a table",
                             job->input);
        return cli_outputs_check(cli, 3, paths);
    }
    if (job->output == NULL) return cli_usage(cli, "--output FILE.db is missing");
    if (strcmp(job->output, "-") == 0)
        return cli_usage(cli, "--output: a catalogue is a file, expected its name");
    if (cli_is_same_file(job->output, job->input))
        return cli_usage(cli, "--output: '%s' is the catalogue to start from",
                         job->output);
    if (job->events < 1) return cli_usage(cli, "--events: expected 1 or more");
    if (job->searches < 1) return cli_usage(cli, "--searches: expected 1 or more");
    if (cli->seed < 0) return cli_usage(cli, "--seed: expected 0 or more");
    const struct pel_second_settings *s = &job->settings;
    if (!(s->region_distance_A > 0.0))
        return cli_usage(cli, "--region-distance-A: %g, expected more than 0",
                         s->region_distance_A);
    if (!(s->max_e_a_eV > 0.0))
        return cli_usage(cli, "--max-e-a: %g eV, expected more than 0", s->max_e_a_eV);
    if (!(s->back_residual >= 0.0))
        return cli_usage(cli, "--back-residual: %g, expected 0 or more",
                         s->back_residual);
    if (!(s->local_overlap > 0.0 && s->local_overlap <= 1.0))
        return cli_usage(cli, "--local-overlap: %g, expected more than 0, at most 1",
                         s->local_overlap);
    const int exit_status = cli_interaction_check(cli, &job->interaction);
    if (exit_status != CLI_DONE) return exit_status;
    job->settings.events = (size_t)job->events;
    job->settings.searches = (size_t)job->searches;
    job->settings.threads = (size_t)cli->threads;
    return cli_outputs_check(cli, 3, paths);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.settings = pel_second_defaults()};
    job.events = (long long)job.settings.events;
    job.searches = (long long)job.settings.searches;
    const struct cli_option options[] = {
        {"output", CLI_TEXT, &job.output, "SECOND.db",
         "their catalogue; goes on where it was if it exists (required)"},
        {"events", CLI_INTEGER, &job.events, "N",
         "events of each sample to start from (default: 20)"},
        {"searches", CLI_INTEGER, &job.searches, "N",
         "searches from each final state (default: 12)"},
        {"max-e-a", CLI_NUMBER, &job.settings.max_e_a_eV, "E",
         "only events with at most this E_A (eV; default: all)"},
        {"region-distance-A", CLI_NUMBER, &job.settings.region_distance_A, "D",
         "an atom that moves more is in the moved region (A; default: 0.2)"},
        {"local-overlap", CLI_NUMBER, &job.settings.local_overlap, "S",
         "share of the smaller moved region that a path onward has in common (default: "
         "0.5)"},
        {"back-residual", CLI_NUMBER, &job.settings.back_residual, "S",
         "a hop of which less is left is undone (default: 0.25)"},
        {"level-edges", CLI_LIST, &job.edges, "X[,X...]",
         "boundaries between levels (eV/atom; default: each sample is a level)"},
        {"states", CLI_TEXT, &job.states, "FILE", "write a row an event here"},
        {"levels", CLI_TEXT, &job.levels, "FILE", "write a row a level here"},
        {"csv", CLI_TEXT, &job.csv, "FILE", "write a row a search here"},
        {"force", CLI_FLAG, &cli->force, NULL, "overwrite these three and the picture"},
        CLI_INTERACTION_OPTIONS(&job.interaction),
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status =
        cli_parse(cli, options, CLI_WITH_PLOT | CLI_WITH_SEED | CLI_WITH_THREADS, argc,
                  argv, 1, 1, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    job.input = operands[0];
    exit_status = check(cli, &job);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = PEL_OK;
    if (job.output != NULL) {
        const int is_new = access(job.output, F_OK) != 0;
        status = pel_catalogue_read(job.input, &job.first, &err);
        if (status == PEL_OK)
            status = cli_stored_potential(cli, job.first, &job.interaction,
                                          &job.potential, &err);
        if (status == PEL_OK) status = search(cli, &job, &err);
        /* Refused before the first search: an empty catalogue is of no use. */
        if (status == PEL_EARG && is_new) remove(job.output);
    }
    if (status == PEL_OK) status = report(cli, &job, &err);
    pel_returns_free(job.returns);
    pel_successor_list_free(job.list);
    pel_table_free(job.table);
    pel_potential_free(job.potential);
    pel_catalogue_close(job.second);
    pel_catalogue_close(job.first);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_successors = {
    "successors", "search on from the final states of events: do hops go back?",
    "EVENTS.db|ROWS.csv", details, run};
