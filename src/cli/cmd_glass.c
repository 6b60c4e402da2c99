#include "glass.h"

#include <pelrate/composition.h>
#include <pelrate/provenance.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What was asked for beside melting and cooling. */
static int parse_more(struct cli *cli, struct glass_request *r)
{
    struct pel_quench_settings *s = &r->settings;
    if (r->instant) {
        if (isfinite(s->cool_K_per_ps) || isfinite(s->end_temperature_K))
            return cli_usage(cli, "--instant does not cool: leave out --cool and "
                                  "--end-temperature");
        s->cool_K_per_ps = pel_quench_defaults().cool_K_per_ps;
        s->end_temperature_K = s->melt_temperature_K;
    }
    if (!isfinite(s->cool_K_per_ps)) return cli_usage(cli, "--cool is missing");
    if (!isfinite(s->end_temperature_K))
        s->end_temperature_K = pel_quench_defaults().end_temperature_K;
    if (s->anneal_time_ps > 0.0 && !isfinite(s->anneal_temperature_K))
        return cli_usage(cli, "--anneal-time needs --anneal-temperature");
    if (isfinite(s->anneal_temperature_K) && !(s->anneal_time_ps > 0.0))
        return cli_usage(cli, "--anneal-temperature needs an --anneal-time above 0");
    if (r->swaps < 0 || r->settle < 0)
        return cli_usage(cli, "--%s: %lld, expected 0 or more",
                         r->swaps < 0 ? "swaps" : "settle",
                         r->swaps < 0 ? r->swaps : r->settle);
    s->swap_tries = (size_t)r->swaps;
    s->settle.patience = (size_t)r->settle;
    return CLI_DONE;
}

static int parse(struct cli *cli, int argc, const char **argv, struct glass_request *r,
                 int *finished)
{
    struct pel_quench_settings *s = &r->settings;
    const struct cli_option options[] = {
        {"composition", CLI_TEXT, &r->composition, "ALLOY", "such as Cu56Zr44 (atoms)"},
        {"atoms", CLI_INTEGER, &r->n_atoms, "N", "number of atoms"},
        {"from", CLI_TEXT, &r->from, "FILE",
         "start from this structure (with its velocities) instead"},
        {"elements", CLI_TEXTS, &r->elements, "A,B",
         "elements of the types of a LAMMPS file given to --from"},
        CLI_INTERACTION_OPTIONS(&r->interaction),
        {"cool", CLI_NUMBER, &s->cool_K_per_ps, "K/ps", "cooling rate"},
        {"melt-temperature", CLI_NUMBER, &s->melt_temperature_K, "K",
         "temperature of the melt (default: 2000)"},
        {"melt-time", CLI_NUMBER, &s->melt_time_ps, "ps",
         "time in the melt (default: 20; 0 with --from)"},
        {"instant", CLI_FLAG, &r->instant, NULL,
         "do not cool: minimise the melt itself (or the structure of --from)"},
        {"end-temperature", CLI_NUMBER, &s->end_temperature_K, "K",
         "where cooling ends and minimisation begins (default: 300)"},
        {"anneal-temperature", CLI_NUMBER, &s->anneal_temperature_K, "K",
         "where cooling pauses, between melt and end"},
        {"anneal-time", CLI_NUMBER, &s->anneal_time_ps, "ps",
         "for how long (default: 0)"},
        {"swaps", CLI_INTEGER, &r->swaps, "N",
         "try N exchanges of unlike atoms at a time (default: 0)"},
        {"swap-interval", CLI_NUMBER, &s->swap_interval_ps, "ps",
         "time between such times (default: 0.1)"},
        {"settle", CLI_INTEGER, &r->settle, "N",
         "kick the glass until N kicks in a row lead to no lower minimum (default: 0)"},
        {"settle-temperature", CLI_NUMBER, &s->settle.temperature_K, "K",
         "of a kick (default: 60)"},
        {"settle-time", CLI_NUMBER, &s->settle.time_ps, "ps", "of a kick (default: 1)"},
        {"timestep", CLI_NUMBER, &r->timestep_fs, "fs", "time step (default: 2)"},
        {"thermostat", CLI_TEXT, &r->thermostat, "NAME",
         "nose-hoover or langevin (default: nose-hoover)"},
        {"thermostat-time", CLI_NUMBER, &s->md.thermostat_time_ps, "ps",
         "of the thermostat (default: 0.1)"},
        {"barostat", CLI_TEXT, &r->barostat, "NAME",
         "cell-rescaling or berendsen (default: cell-rescaling)"},
        {"barostat-time", CLI_NUMBER, &s->md.barostat_time_ps, "ps",
         "of the barostat (default: 0.5)"},
        {"pressure", CLI_NUMBER, &s->md.pressure_bar, "bar",
         "while melting and cooling (default: 0)"},
        {"cell", CLI_TEXT, &r->cell, "KIND",
         "isotropic, full (the minimisation changes all strains) or fixed"},
        {"volume", CLI_NUMBER, &r->volume_A3, "A^3",
         "of an atom at the start (default: 18)"},
        {"force-tolerance", CLI_NUMBER, &s->minimise.force_tolerance, "eV/A",
         "of the minimisation (default: 1e-4)"},
        {"log", CLI_TEXT, &r->log, "FILE.csv", "write the record of the run"},
        {"log-interval", CLI_NUMBER, &s->row_interval_ps, "ps",
         "time between its rows (default: 0.5)"},
        {"melt", CLI_TEXT, &r->melt, "FILE.xyz",
         "write the melt, for --from of further quenches"},
        {"threads", CLI_INTEGER, &cli->threads, "N",
         "that share each evaluation of the forces (default: 1)"},
        {"checkpoint", CLI_TEXT, &r->checkpoint, "FILE",
         "keep the state here, go on from it if it is there"},
        {0}};
    size_t n_operands;
    const char *const *operands;
    int status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_SEED, argc, argv, 0,
                           0, &n_operands, &operands, finished);
    if (status != CLI_DONE || *finished) return status;

    status = cli_interaction_check(cli, &r->interaction);
    if (status == CLI_DONE) status = parse_more(cli, r);
    if (status != CLI_DONE) return status;
    if (r->from != NULL) {
        if (r->composition != NULL || r->n_atoms != 0)
            return cli_usage(cli,
                             "--from says what the atoms are: leave out --composition "
                             "and --atoms");
        if (!isfinite(s->melt_time_ps)) s->melt_time_ps = 0.0;
    } else {
        if (r->composition == NULL) return cli_usage(cli, "--composition is missing");
        if (r->n_atoms == 0) return cli_usage(cli, "--atoms is missing");
        if (r->n_atoms < 2)
            return cli_usage(cli, "--atoms: %lld, expected 2 or more", r->n_atoms);
        if (!isfinite(s->melt_time_ps))
            s->melt_time_ps = pel_quench_defaults().melt_time_ps;
    }
    s->seed = (uint64_t)cli->seed;
    if (cli->threads > 0) s->threads = cli->threads < 1024 ? (int)cli->threads : 1024;
    s->md.timestep_ps = 1e-3 * r->timestep_fs;
    s->checkpoint_path = r->checkpoint;

    struct pel_error err = {0};
    if (pel_thermostat_find(r->thermostat, &s->md.thermostat, &err) != PEL_OK ||
        pel_barostat_find(r->barostat, &s->md.barostat, &err) != PEL_OK)
        return cli_usage(cli, "%s", err.text);
    if (s->md.thermostat == &pel_thermostat_nve)
        return cli_usage(cli, "--thermostat: nve cannot cool");
    if (strcmp(r->cell, "isotropic") == 0) {
        s->relax = PEL_RELAX_ISOTROPIC;
    } else if (strcmp(r->cell, "full") == 0) {
        s->relax = PEL_RELAX_FULL;
    } else if (strcmp(r->cell, "fixed") == 0) {
        s->relax = PEL_RELAX_FIXED;
        s->md.barostat = &pel_barostat_none;
    } else {
        return cli_usage(cli, "--cell: '%s', expected isotropic, full or fixed", r->cell);
    }
    return CLI_DONE;
}

/* Whether every file has a name of its own. */
static int check_names(struct cli *cli, const struct glass_request *r)
{
    const char *const outputs[] = {r->log, r->melt};
    const char *inputs[1 + CLI_INTERACTION_INPUTS] = {r->from};
    const size_t n_inputs = 1 + cli_interaction_inputs(&r->interaction, inputs + 1);
    return cli_names_check(cli, r->checkpoint, 2, outputs, n_inputs, inputs);
}

/* The label of the checkpoint: what is quenched under which potential. */
static pel_status label(const struct glass_request *r, struct glass_work *w,
                        struct pel_error *err)
{
    const char *potential = pel_potential_hash(w->potential);
    char from[PEL_HASH];
    if (r->from != NULL) {
        const pel_status status = pel_provenance_hash_file(r->from, from, err);
        if (status != PEL_OK) return status;
    }
    if (r->from != NULL)
        snprintf(w->label, sizeof w->label, "sha256:%s under sha256:%s", from, potential);
    else
        snprintf(w->label, sizeof w->label, "%.80s %lld atoms, %.17g A^3 under sha256:%s",
                 r->composition, r->n_atoms, r->volume_A3, potential);
    return PEL_OK;
}

/* Structure and potential from a file, or from a composition. */
static pel_status prepare(struct cli *cli, const struct glass_request *r,
                          struct glass_work *w, struct pel_error *err)
{
    const char *elements[PEL_MAX_SPECIES];
    size_t n_elements = 0;
    struct pel_composition composition = {0};
    pel_status status;
    if (r->from != NULL) {
        status = pel_structure_read(r->from, r->elements.n, r->elements.values, &w->start,
                                    err);
        if (status != PEL_OK) return status;
        n_elements = w->start->n_species;
        for (size_t k = 0; k < n_elements; k++)
            elements[k] = w->start->species[k];
    } else {
        status = pel_composition_parse(r->composition, &composition, err);
        if (status != PEL_OK) return status;
        n_elements = composition.n;
        for (size_t k = 0; k < n_elements; k++)
            elements[k] = composition.element[k];
    }
    status = cli_interaction_open(cli, &r->interaction, n_elements, elements,
                                  &w->potential, err);
    if (status == PEL_OK) status = label(r, w, err);
    if (status != PEL_OK || r->from != NULL) return status;
    struct pel_random random;
    pel_random_init(&random, r->settings.seed, 0, 0);
    return pel_composition_structure(&composition, (size_t)r->n_atoms, r->volume_A3,
                                     w->potential, &random, &w->start, err);
}

static pel_status start(struct cli *cli, const struct glass_request *r,
                        struct glass_work *w, struct pel_error *err)
{
    if (r->checkpoint == NULL || access(r->checkpoint, F_OK) != 0)
        return pel_quench_create(w->potential, w->start, &r->settings, &w->quench, err);
    const pel_status status =
        pel_quench_resume(w->potential, r->checkpoint, &r->settings, &w->quench, err);
    if (status == PEL_OK) {
        size_t n;
        const struct pel_quench_row *rows = pel_quench_rows(w->quench, &n);
        cli_note(cli, "goes on from %s at %g ps", r->checkpoint,
                 n > 0 ? rows[n - 1].time_ps : 0.0);
    }
    return status;
}

/* The melt, unless a resumed run has left it behind. */
static pel_status write_melt(const struct cli *cli, const struct glass_request *r,
                             const struct glass_work *w, struct pel_error *err)
{
    size_t n;
    const struct pel_quench_row *rows = pel_quench_rows(w->quench, &n);
    if (n > 0 && rows[n - 1].target_K < r->settings.melt_temperature_K) {
        cli_note(cli, "%s is not written: the checkpoint is past the melt", r->melt);
        return PEL_OK;
    }
    char keys[96];
    snprintf(keys, sizeof keys, "temperature_K=%.17g", r->settings.melt_temperature_K);
    return cli_glass_structure(cli, r->melt, r, pel_quench_structure(w->quench), keys,
                               err);
}

static pel_status make(struct cli *cli, struct glass_request *r, struct glass_work *w,
                       struct pel_error *err)
{
    pel_status status = cli_output_try(cli, cli->output, err);
    if (status == PEL_OK) status = cli_output_try(cli, r->log, err);
    if (status == PEL_OK) status = cli_output_try(cli, r->melt, err);
    if (status == PEL_OK) status = prepare(cli, r, w, err);
    if (status != PEL_OK) return status;

    r->settings.label = w->label;
    cli_progress_start(cli, "glass");
    struct pel_quench_report report = {0};
    status = start(cli, r, w, err);
    if (status == PEL_OK) status = pel_quench_melt(w->quench, &cli->progress, err);
    if (status == PEL_OK && r->melt != NULL) status = write_melt(cli, r, w, err);
    if (status == PEL_OK)
        status = pel_quench_run(w->quench, &cli->progress, &report, err);
    cli_progress_end(cli);
    if (status != PEL_OK) return status;

    if (r->log != NULL) status = cli_glass_log(cli, r, w, &report, err);
    if (status != PEL_OK) return status;
    status = cli_glass_write(cli, r, w, &report, err);
    if (status != PEL_OK) return status;
    /* The glass is there: nothing is left to go on with. */
    if (r->checkpoint != NULL) remove(r->checkpoint);
    cli_note(cli, "E_IS %.6f eV/atom, %.4f g/cm^3, %.3f A^3/atom",
             report.e_is_eV_per_atom, report.density_g_per_cm3,
             report.volume_A3_per_atom);
    if (report.swaps.tried > 0)
        cli_note(cli, "%llu of %llu exchanges were accepted (%.3g %%)",
                 report.swaps.accepted, report.swaps.tried,
                 100.0 * (double)report.swaps.accepted / (double)report.swaps.tried);
    if (r->settle > 0)
        cli_note(cli, "settled: %zu of %zu kicks led down, by %.6f eV/atom in all",
                 report.settle.moves, report.settle.kicks,
                 report.settle.gain_eV / (double)w->start->n);
    if (cli->verbose)
        cli_note(cli, "%llu steps; minimised with %zu evaluations to %.3g eV/A, %.3g bar",
                 report.steps, report.minimise.evaluations, report.minimise.max_force,
                 report.pressure_bar);
    return PEL_OK;
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct glass_request r = {.volume_A3 = 18.0,
                              .timestep_fs = 2.0,
                              .thermostat = "nose-hoover",
                              .barostat = "cell-rescaling",
                              .cell = "isotropic",
                              .settings = pel_quench_defaults()};
    /* not given until given */
    r.settings.cool_K_per_ps = NAN;
    r.settings.end_temperature_K = NAN;
    r.settings.anneal_temperature_K = NAN;
    r.settings.melt_time_ps = NAN;
    int finished;
    int status = parse(cli, argc, argv, &r, &finished);
    if (status != CLI_DONE || finished) return status;
    status = check_names(cli, &r);
    if (status != CLI_DONE) return status;

    struct glass_work w = {0};
    struct pel_error err = {0};
    const pel_status made = make(cli, &r, &w, &err);
    pel_quench_free(w.quench);
    pel_potential_free(w.potential);
    pel_structure_free(w.start);
    return made == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_glass = {
    .name = "glass",
    .summary = "make a glass by molecular dynamics: melt, quench, minimise",
    .operands = "",
    .details =
        "A random alloy (or the structure of --from) is held at the temperature of the melt,\n"
        "cooled at a constant rate, and minimised: atoms and volume together, to zero\n"
        "pressure. The result is the inherent structure (IS), as LAMMPS data where the name\n"
        "ends in .data or .lmp, else as extended XYZ; its comment line holds\n"
        "e_is_eV_per_atom, the density, the cooling rate, the seed and the command.\n"
        "\n"
        "The same seed gives the same glass. Several quenches may share one melt: write it\n"
        "with --melt, then start from it with --from and different seeds.\n"
        "A run with --checkpoint that was interrupted (Ctrl-C, kill) goes on with the same\n"
        "command, to the same bits (on another processor name the --kernel of the first one);\n"
        "the file is removed when the glass is written.\n"
        "--log columns: time_ps,target_K,temperature_K,pressure_bar,volume_A3_per_atom,\n"
        "energy_eV_per_atom: means over the interval that ends at time_ps; swaps_tried,\n"
        "swaps_accepted: exchanges in it.\n"
        "\n"
        "Deeper glasses: --swaps lets unlike atoms change places all along, by Monte Carlo at\n"
        "the temperature of the bath (works above some 700 K; six times the number of atoms\n"
        "every 0.2 ps costs about as much as the dynamics); --anneal-time pauses the\n"
        "cooling. --settle takes the glass through the tiny barriers that a quench leaves:\n"
        "kicks, short dynamics from 60 K down to nothing, as long as one of N in a row finds\n"
        "a lower minimum; settle_kicks, settle_moves (those that led down),\n"
        "settle_gain_eV_per_atom and settled (0: 200 kicks were not enough) stand in the\n"
        "comment line. --instant gives the IS of the melt itself, and with --from and\n"
        "--settle, settles a glass that is there.\n"
        "\n"
        "  $ cp /usr/share/lammps/potentials/CuZr_mm.eam.fs .\n"
        "  $ pelrate glass --composition Cu56Zr44 --atoms 108 --cool 2000 "
        "--potential CuZr_mm.eam.fs -o g.xyz\n",
    .run = run,
};
