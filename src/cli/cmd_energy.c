#include "interaction.h"

#include <pelrate/provenance.h>
#include <pelrate/structure.h>
#include <pelrate/table.h>
#include <pelrate/text.h>
#include <stdlib.h>

static const char details[] =
    "Potential energy, forces and virial of a structure (extended XYZ or LAMMPS data).\n"
    "Type k of a LAMMPS file is the k-th of --elements.\n\n"
    "Columns: id,element,x_A,y_A,z_A,energy_eV,fx_eV_per_A,fy_eV_per_A,fz_eV_per_A. The "
    "header\nlines energy_eV and virial_eV_xx_yy_zz_xy_xz_yz belong to the cell; virial "
    "= "
    "-V stress.\n\n"
    "Example: two atoms, 2.8 Angstrom apart\n"
    "  $ printf '2\\nLattice=\"20 0 0 0 20 0 0 0 20\"\\nCu 0 0 0\\nZr 2.8 0 0\\n' > "
    "dimer.xyz\n"
    "  $ pelrate energy dimer.xyz --elements Cu,Zr "
    "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs\n";

struct job {
    const char *path; /* of the structure */
    struct cli_interaction interaction;
    struct cli_texts elements;
    struct pel_structure *structure;
    struct pel_potential *model;
    struct pel_forces *forces;
    struct pel_forces_result result; /* arrays owned by the cli */
};

static pel_status evaluate(struct cli *cli, struct job *job, struct pel_error *err)
{
    pel_status status = pel_structure_read(job->path, job->elements.n,
                                           job->elements.values, &job->structure, err);
    if (status != PEL_OK) return status;
    status = cli_interaction_open(cli, &job->interaction, job->elements.n,
                                  job->elements.values, &job->model, err);
    if (status != PEL_OK) return status;
    /* One evaluation: a skin would only make the list longer. */
    status = pel_forces_create(job->model, job->structure, 0.0, &job->forces, err);
    if (status != PEL_OK) return status;
    const size_t n = job->structure->n;
    job->result.force = cli_own(cli, calloc(3 * n, sizeof(double)));
    job->result.atom_energy = cli_own(cli, calloc(n, sizeof(double)));
    if (job->result.force == NULL || job->result.atom_energy == NULL)
        return pel_error_set(err, PEL_ENOMEM, "forces");
    struct pel_error why = {0};
    status = pel_forces_evaluate(job->forces, &job->structure->cell, job->structure->x,
                                 &job->result, &why);
    /* Atoms that overlap are the fault of the file. */
    if (status == PEL_EARG)
        return pel_error_at(err, PEL_EFORMAT, job->path, 0, "%s", why.text);
    if (status != PEL_OK && err != NULL) *err = why;
    return status;
}

static pel_status write_table(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    const char *inputs[1 + CLI_INTERACTION_INPUTS] = {job->path};
    const size_t n_inputs = 1 + cli_interaction_inputs(&job->interaction, inputs + 1);
    struct pel_output *output;
    const pel_status status =
        cli_open(cli, cli->output, "pelrate-energy 1", n_inputs, inputs, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    const struct pel_structure *s = job->structure;
    char text[6][PEL_TEXT_DOUBLE];
    cli_interaction_put(stream, job->model);
    pel_provenance_put(stream, "atoms", "%zu", s->n);
    pel_provenance_put(stream, "energy_eV", "%s",
                       pel_text_double(text[0], job->result.energy));
    for (size_t k = 0; k < 6; k++)
        pel_text_double(text[k], job->result.virial[k]);
    pel_provenance_put(stream, "virial_eV_xx_yy_zz_xy_xz_yz", "%s %s %s %s %s %s",
                       text[0], text[1], text[2], text[3], text[4], text[5]);
    fputs("id,element,x_A,y_A,z_A,energy_eV,fx_eV_per_A,fy_eV_per_A,fz_eV_per_A\n",
          stream);
    for (size_t i = 0; i < s->n; i++) {
        const double *f = job->result.force + 3 * i;
        const double row[] = {s->x[3 * i],
                              s->x[3 * i + 1],
                              s->x[3 * i + 2],
                              job->result.atom_energy[i],
                              f[0],
                              f[1],
                              f[2]};
        fprintf(stream, "%lld,", (long long)s->id[i]);
        pel_table_put_text(stream, s->species[s->type[i]]);
        fputc(',', stream);
        pel_table_put_row(stream, sizeof row / sizeof row[0], row);
    }
    return pel_output_commit(output, err);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {0};
    const struct cli_option options[] = {CLI_INTERACTION_OPTIONS(&job.interaction),
                                         {"elements", CLI_TEXTS, &job.elements, "A,B,...",
                                          "elements in the order of the types: Cu,Zr"},
                                         {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(cli, options, CLI_WITH_OUTPUT, argc, argv, 1, 1, &n,
                                &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = cli_interaction_check(cli, &job.interaction);
    if (exit_status != CLI_DONE) return exit_status;
    if (job.elements.n == 0) return cli_usage(cli, "--elements is missing");
    exit_status = cli_outputs_check(cli, 0, NULL);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    job.path = operands[0];
    pel_status status = evaluate(cli, &job, &err);
    if (status == PEL_OK) status = write_table(cli, &job, &err);
    if (status == PEL_OK && cli->verbose)
        cli_note(cli, "%zu atoms, cut-off %.6g A, %zu force calls, %zu neighbour lists",
                 job.structure->n, pel_potential_cutoff(job.model),
                 pel_forces_calls(job.forces), pel_forces_builds(job.forces));
    pel_forces_free(job.forces);
    pel_potential_free(job.model);
    pel_structure_free(job.structure);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_energy = {
    "energy", "energy, forces and virial of a structure", "STRUCTURE", details, run};
