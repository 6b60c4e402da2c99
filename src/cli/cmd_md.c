#include "isotherm_write.h"
#include "structure_write.h"

#include <pelrate/provenance.h>

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A time with its unit, or ps without one. */
static int parse_time(struct cli *cli, const char *option, const char *text,
                      double *time_ps)
{
    static const struct {
        const char *unit;
        double ps;
    } units[] = {{"", 1.0}, {"fs", 1e-3}, {"ps", 1.0}, {"ns", 1e3}, {"us", 1e6}};
    if (text == NULL) return CLI_DONE;
    char *end;
    const double value = strtod(text, &end);
    while (end != text && *end == ' ')
        end++;
    for (size_t k = 0; end != text && k < sizeof units / sizeof *units; k++)
        if (strcmp(end, units[k].unit) == 0 && isfinite(value)) {
            *time_ps = value * units[k].ps;
            return CLI_DONE;
        }
    return cli_usage(cli, "--%s: '%s', expected a time such as 50ps or 10ns", option,
                     text);
}

static int parse_cell(struct cli *cli, struct isotherm_request *r)
{
    struct pel_isotherm_settings *s = &r->settings;
    const int constant_volume = s->md.barostat == &pel_barostat_none;
    if (r->is_cell == NULL) {
        s->relax = constant_volume ? PEL_RELAX_FIXED : PEL_RELAX_ISOTROPIC;
        return CLI_DONE;
    }
    static const enum pel_relax_cell cells[] = {PEL_RELAX_FIXED, PEL_RELAX_ISOTROPIC,
                                                PEL_RELAX_FULL};
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
        if (strcmp(r->is_cell, cli_isotherm_cell(cells[k])) == 0) {
            s->relax = cells[k];
            return CLI_DONE;
        }
    return cli_usage(cli, "--is-cell: '%s', expected fixed, isotropic or full",
                     r->is_cell);
}

static int parse(struct cli *cli, int argc, const char **argv, struct isotherm_request *r,
                 int *finished)
{
    struct pel_isotherm_settings *s = &r->settings;
    const struct cli_option options[] = {
        {"temperature", CLI_NUMBER, &s->temperature_K, "K", "at which to hold the glass"},
        {"time", CLI_TEXT, &r->time, "T", "for how long: 500ps, 10ns (ps without unit)"},
        {"is-every", CLI_TEXT, &r->is_every, "T",
         "time between two inherent structures (default: 50ps)"},
        {"replicas", CLI_INTEGER, &r->replicas, "N",
         "anneals of the same glass, with velocities and noise of their own (default: 1)"},
        {"elements", CLI_TEXTS, &r->elements, "A,B",
         "elements of the types of a LAMMPS file"},
        CLI_INTERACTION_OPTIONS(&r->interaction),
        {"ramp-time", CLI_TEXT, &r->ramp_time, "T",
         "of the linear ramp to the temperature, before time 0 (default: 5ps)"},
        {"ramp-from", CLI_NUMBER, &s->ramp_from_K, "K",
         "where the ramp begins (default: the temperature of the velocities in GLASS, "
         "300 without)"},
        {"timestep", CLI_NUMBER, &r->timestep_fs, "fs", "time step (default: 2)"},
        {"thermostat", CLI_TEXT, &r->thermostat, "NAME",
         "nose-hoover or langevin (default: nose-hoover)"},
        {"thermostat-time", CLI_NUMBER, &s->md.thermostat_time_ps, "ps",
         "of the thermostat (default: 0.1)"},
        {"barostat", CLI_TEXT, &r->barostat, "NAME",
         "cell-rescaling, berendsen, or none: constant volume (default: cell-rescaling)"},
        {"barostat-time", CLI_NUMBER, &s->md.barostat_time_ps, "ps",
         "of the barostat (default: 0.5)"},
        {"pressure", CLI_NUMBER, &s->md.pressure_bar, "bar",
         "held by the barostat (default: 0)"},
        {"is-cell", CLI_TEXT, &r->is_cell, "KIND",
         "what finding an IS changes: fixed, isotropic (to 0 bar) or full (default: "
         "isotropic, fixed with --barostat none)"},
        {"force-tolerance", CLI_NUMBER, &s->minimise.force_tolerance, "eV/A",
         "of the inherent structures (default: 1e-4)"},
        {"log", CLI_TEXT, &r->log, "FILE.csv", "write temperature, pressure, energies"},
        {"log-interval", CLI_NUMBER, &s->row_interval_ps, "ps",
         "time between its rows (default: 1)"},
        {"snapshots", CLI_TEXT, &r->snapshots, "FOLDER",
         "keep the inherent structures there, as extended XYZ"},
        {"threads", CLI_INTEGER, &cli->threads, "N",
         "that share replicas, then forces (default: one a replica)"},
        {"checkpoint", CLI_TEXT, &r->checkpoint, "FILE",
         "keep the state here, go on from it if it is there"},
        {"checkpoint-interval", CLI_NUMBER, &s->checkpoint_interval_ps, "ps",
         "time between two writings (default: 20)"},
        {"keep-checkpoint", CLI_FLAG, &r->keep_checkpoint, NULL,
         "leave it at the end: a longer --time goes on from there"},
        {0}};
    size_t n_operands;
    const char *const *operands;
    int status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT | CLI_WITH_SEED,
                           argc, argv, 1, 1, &n_operands, &operands, finished);
    if (status != CLI_DONE || *finished) return status;
    r->glass = operands[0];
    status = cli_interaction_check(cli, &r->interaction);
    if (status != CLI_DONE) return status;
    if (!isfinite(s->temperature_K)) return cli_usage(cli, "--temperature is missing");
    if (r->time == NULL) return cli_usage(cli, "--time is missing");
    if (r->replicas < 1)
        return cli_usage(cli, "--replicas: %lld, expected 1 or more", r->replicas);
    if (r->keep_checkpoint && r->checkpoint == NULL)
        return cli_usage(cli, "--keep-checkpoint needs a --checkpoint");
    status = parse_time(cli, "time", r->time, &s->time_ps);
    if (status == CLI_DONE)
        status = parse_time(cli, "is-every", r->is_every, &s->is_interval_ps);
    if (status == CLI_DONE)
        status = parse_time(cli, "ramp-time", r->ramp_time, &s->ramp_time_ps);
    if (status != CLI_DONE) return status;
    if (!(s->ramp_time_ps > 0.0) && isfinite(s->ramp_from_K))
        return cli_usage(cli, "--ramp-from needs a --ramp-time above 0");
    s->seed = (uint64_t)cli->seed;
    s->replicas = (size_t)r->replicas;
    s->threads = cli->threads < 1024 ? (int)cli->threads : 1024;
    s->md.timestep_ps = 1e-3 * r->timestep_fs;
    s->checkpoint_path = r->checkpoint;
    s->keep_rows = r->log != NULL;

    struct pel_error err = {0};
    if (pel_thermostat_find(r->thermostat, &s->md.thermostat, &err) != PEL_OK ||
        pel_barostat_find(r->barostat, &s->md.barostat, &err) != PEL_OK)
        return cli_usage(cli, "%s", err.text);
    if (s->md.thermostat == &pel_thermostat_nve)
        return cli_usage(cli, "--thermostat: nve does not hold a temperature");
    return parse_cell(cli, r);
}

static int check_names(struct cli *cli, const struct isotherm_request *r)
{
    const char *inputs[1 + CLI_INTERACTION_INPUTS] = {r->glass};
    const size_t n_inputs = 1 + cli_interaction_inputs(&r->interaction, inputs + 1);
    return cli_names_check(cli, r->checkpoint, 1, &r->log, n_inputs, inputs);
}

/* The folder of the snapshots: there, and of this run alone. */
static pel_status prepare_folder(const struct cli *cli, const struct isotherm_request *r,
                                 struct pel_error *err)
{
    if (r->snapshots == NULL) return PEL_OK;
    if (mkdir(r->snapshots, 0777) == 0) return PEL_OK;
    if (errno != EEXIST)
        return pel_error_at(err, PEL_EIO, r->snapshots, 0, "cannot be made: %s",
                            strerror(errno));
    DIR *folder = opendir(r->snapshots);
    if (folder == NULL)
        return pel_error_at(err, PEL_EIO, r->snapshots, 0, "%s, expected a folder",
                            strerror(errno));
    int used = 0;
    for (struct dirent *e; !used && (e = readdir(folder)) != NULL;)
        used = e->d_name[0] != '.';
    closedir(folder);
    const int resumes = r->checkpoint != NULL && access(r->checkpoint, F_OK) == 0;
    if (used && !resumes && !cli->force)
        return pel_error_at(err, PEL_EEXIST, r->snapshots, 0,
                            "is not empty, expected a new folder (or --force)");
    return PEL_OK;
}

/* Keep one inherent structure. */
struct keeper {
    const struct cli *cli;
    const struct isotherm_request *request;
};

static pel_status keep(void *context, size_t replica,
                       const struct pel_isotherm_point *point,
                       const struct pel_structure *structure, struct pel_error *err)
{
    const struct keeper *keeper = context;
    const struct isotherm_request *r = keeper->request;
    const size_t size = strlen(r->snapshots) + 80;
    char *path = malloc(size);
    if (path == NULL) return pel_error_set(err, PEL_ENOMEM, "a name");
    /* names sort by replica, then by time */
    snprintf(path, size, "%s/r%03zu-%012.3fps.xyz", r->snapshots, replica,
             point->time_ps);
    char keys[256];
    snprintf(keys, sizeof keys,
             "e_is_eV_per_atom=%.17g pressure_bar=%.6g replica=%zu time_ps=%.17g "
             "temperature_K=%.17g is_cell=%s",
             point->e_is_eV_per_atom, point->is_pressure_bar, replica, point->time_ps,
             r->settings.temperature_K, cli_isotherm_cell(r->settings.relax));
    const pel_status status =
        cli_structure_write(keeper->cli, path, PEL_OUTPUT_REPLACE, structure, keys, err);
    free(path);
    return status;
}

/* Structure, potential, and what they are. */
static pel_status prepare(struct cli *cli, const struct isotherm_request *r,
                          struct isotherm_work *w, struct pel_error *err)
{
    const char *elements[PEL_MAX_SPECIES];
    char hash[PEL_HASH];
    pel_status status =
        pel_structure_read(r->glass, r->elements.n, r->elements.values, &w->glass, err);
    if (status != PEL_OK) return status;
    for (size_t k = 0; k < w->glass->n_species; k++)
        elements[k] = w->glass->species[k];
    status = cli_interaction_open(cli, &r->interaction, w->glass->n_species, elements,
                                  &w->potential, err);
    if (status == PEL_OK) status = pel_provenance_hash_file(r->glass, hash, err);
    if (status != PEL_OK) return status;
    snprintf(w->label, sizeof w->label, "sha256:%s under sha256:%s", hash,
             pel_potential_hash(w->potential));
    return PEL_OK;
}

static pel_status start(struct cli *cli, const struct isotherm_request *r,
                        struct isotherm_work *w, struct pel_error *err)
{
    if (r->checkpoint == NULL || access(r->checkpoint, F_OK) != 0)
        return pel_isotherm_create(w->potential, w->glass, &r->settings, &w->isotherm,
                                   err);
    const pel_status status =
        pel_isotherm_resume(w->potential, r->checkpoint, &r->settings, &w->isotherm, err);
    if (status == PEL_OK)
        cli_note(cli, "goes on from %s at %g ps of %zu replicas together", r->checkpoint,
                 (double)pel_isotherm_steps(w->isotherm) * r->settings.md.timestep_ps,
                 r->settings.replicas);
    return status;
}

/* How the curves began and ended. */
static void tell(const struct cli *cli, const struct isotherm_request *r,
                 const struct isotherm_work *w)
{
    double first = 0.0, last = 0.0;
    size_t n = 0;
    for (size_t k = 1; k <= r->settings.replicas; k++) {
        const struct pel_isotherm_point *points = pel_isotherm_points(w->isotherm, k, &n);
        first += points[0].e_is_eV_per_atom / (double)r->settings.replicas;
        last += points[n - 1].e_is_eV_per_atom / (double)r->settings.replicas;
    }
    cli_note(cli, "E_IS %.6f eV/atom before, %.6f at 0 ps, %.6f at %g ps",
             pel_isotherm_start(w->isotherm)->e_is_eV_per_atom, first, last,
             r->settings.time_ps);
    if (cli->verbose)
        cli_note(cli, "%llu steps of %zu atoms, %zu inherent structures",
                 pel_isotherm_steps(w->isotherm), w->glass->n, n * r->settings.replicas);
}

static pel_status make(struct cli *cli, struct isotherm_request *r,
                       struct isotherm_work *w, struct pel_error *err)
{
    pel_status status = cli_output_try(cli, cli->output, err);
    if (status == PEL_OK) status = cli_output_try(cli, r->log, err);
    if (status == PEL_OK) status = prepare(cli, r, w, err);
    if (status == PEL_OK) status = prepare_folder(cli, r, err);
    if (status != PEL_OK) return status;

    struct keeper keeper = {.cli = cli, .request = r};
    r->settings.label = w->label;
    if (r->snapshots != NULL)
        r->settings.viewer = (struct pel_isotherm_viewer){&keeper, keep};
    cli_progress_start(cli, "md");
    status = start(cli, r, w, err);
    if (status == PEL_OK) status = pel_isotherm_run(w->isotherm, &cli->progress, err);
    cli_progress_end(cli);
    if (status == PEL_OK && r->log != NULL) status = cli_isotherm_log(cli, r, w, err);
    if (status == PEL_OK) status = cli_isotherm_curve(cli, r, w, err);
    if (status == PEL_OK && cli->plot != NULL) status = cli_isotherm_plot(cli, r, w, err);
    if (status != PEL_OK) return status;
    /* The curve is there: nothing is left to go on with, unless it is to be longer. */
    if (r->checkpoint != NULL && !r->keep_checkpoint) remove(r->checkpoint);
    tell(cli, r, w);
    return PEL_OK;
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct isotherm_request r = {.replicas = 1,
                                 .timestep_fs = 2.0,
                                 .thermostat = "nose-hoover",
                                 .barostat = "cell-rescaling",
                                 .settings = pel_isotherm_defaults()};
    r.settings.temperature_K = NAN; /* not given until given */
    int finished;
    int status = parse(cli, argc, argv, &r, &finished);
    if (status != CLI_DONE || finished) return status;
    status = check_names(cli, &r);
    if (status != CLI_DONE) return status;

    struct isotherm_work w = {0};
    struct pel_error err = {0};
    const pel_status made = make(cli, &r, &w, &err);
    pel_isotherm_free(w.isotherm);
    pel_potential_free(w.potential);
    pel_structure_free(w.glass);
    return made == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_md = {
    .name = "md",
    .summary = "anneal a glass by molecular dynamics: its IS energy over time",
    .operands = "GLASS",
    .details =
        "GLASS (extended XYZ or LAMMPS data) is heated to a temperature, or a melt cooled to\n"
        "it, and held there; every so often the inherent structure (IS) below it is found,\n"
        "on a copy. Each replica has velocities and noise of its own, from --seed and its\n"
        "number: the same however many replicas or threads there are.\n"
        "\n"
        "Start: velocities are drawn anew. A GLASS without velocities is a minimum: drawn at\n"
        "twice the temperature where the ramp begins, half of which goes into vibration at\n"
        "once; one with velocities (glass --melt) is a configuration of that temperature:\n"
        "drawn at it. Then a linear ramp, then time 0. The header says all of this.\n"
        "\n"
        "Columns: replica,time_ps,temperature_K (the target),e_is_eV_per_atom, then of the\n"
        "dynamics, means since the row before (at time 0: of the instant): pressure_bar,\n"
        "measured_temperature_K,energy_eV_per_atom (potential and kinetic),\n"
        "volume_A3_per_atom; then of the IS is_pressure_bar,is_volume_A3_per_atom.\n"
        "--is-cell: with isotropic, energies are those at zero pressure, comparable between\n"
        "temperatures and with the e_is of glasses; fixed keeps the cell of the instant,\n"
        "whose thermal expansion then stays in the energy (some meV/atom at 800 K).\n"
        "--log: replica,time_ps (< 0 in the ramp),target_K,temperature_K,pressure_bar,\n"
        "volume_A3_per_atom,energy_eV_per_atom,potential_energy_eV_per_atom: means over the\n"
        "interval that ends at time_ps.\n"
        "\n"
        "A run with --checkpoint that was interrupted (Ctrl-C, kill) goes on with the same\n"
        "command, to the same bits (on another processor name the --kernel of the first one);\n"
        "the file is removed in the end. With --keep-checkpoint it stays, and the same command\n"
        "with a longer --time goes on where this one ended.\n"
        "\n"
        "  $ cp /usr/share/lammps/potentials/CuZr_mm.eam.fs .\n"
        "  $ pelrate glass --composition Cu56Zr44 --atoms 108 --cool 2000 --seed 3 "
        "--potential CuZr_mm.eam.fs -o glass.xyz\n"
        "  $ pelrate md glass.xyz --potential CuZr_mm.eam.fs --temperature 800 --time 1ps "
        "--is-every 0.5ps --ramp-time 0.5ps --replicas 2 -o curve.csv\n",
    .run = run,
};
