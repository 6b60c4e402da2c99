#include "command.h"
#include "plot.h"
#include "replicates.h"
#include "theory.h"

#include <math.h>
#include <pelrate/rate.h>
#include <stdlib.h>

static const char details[] =
    "The averages of the spectra and the rate of ageing de/dt (negative: ageing, "
    "positive:\n"
    "rejuvenation) at every pair of the given E_IS and temperatures.\n\n"
    "Columns: e_is_eV_per_atom,temperature_K,ln_z,e_log_eV,e_kin_eV,e_r_eV,\n"
    "rate_eV_per_atom_per_s (and extrapolated with --extrapolate). ln_z is the logarithm "
    "of\n"
    "the Laplace transform of the activation spectrum, e_log = -kT ln Z, e_kin = -d ln "
    "Z/d"
    "beta,\ne_r what the closure subtracts: the mean relaxation energy (joint: "
    "weighted).\n"
    "Closure committor adds ln_open = ln(z <exp(-(E_A - E_R)/kT)>), trapped where it is\n"
    "not above 0; two-level adds e_pairs_eV_per_atom, the equilibrium energy of the pairs.\n"
    "--bands adds the ends of a band to each: e_log_lo_eV,e_log_hi_eV and so on, and\n"
    "rate_lo_eV_per_atom_per_s,rate_hi_eV_per_atom_per_s, from replicates of an event or\n"
    "histogram landscape whose events are drawn anew.\n\n"
    "Example: a glass of -4.68 eV/atom at three temperatures\n"
    "  $ pelrate rate data/reference/r1.landscape.csv --e-is -4.68 "
    "--temperature 600,700,800\n";

/* The table's rows in the order that they are printed: e_is slow, temperature fast. */
struct points {
    struct cli_list e_is, temperature;
    struct pel_rate_point *point; /* [e_is.n * temperature.n] */
    size_t extrapolated;          /* how many of them are */
    struct cli_replicates bands;  /* of BANDED numbers a point */
};

/* E_log, E_kin, E_R and the rate of each point have bands. */
enum { BANDED = 4 };

static pel_status evaluate(struct cli_theory *theory, struct points *points,
                           struct pel_error *err)
{
    for (size_t i = 0; i < points->e_is.n; i++) {
        for (size_t j = 0; j < points->temperature.n; j++) {
            struct pel_rate_point *point = &points->point[i * points->temperature.n + j];
            const pel_status status =
                pel_rate_evaluate(theory->rate, points->e_is.values[i],
                                  points->temperature.values[j], point, err);
            if (status != PEL_OK) return status;
            points->extrapolated += point->extrapolated != 0;
        }
    }
    return PEL_OK;
}

/* The numbers of all points, of a replicate. */
static pel_status evaluate_banded(struct pel_rate *rate, void *context, double values[],
                                  struct pel_error *err)
{
    const struct points *points = context;
    for (size_t k = 0; k < points->e_is.n * points->temperature.n; k++) {
        struct pel_rate_point p;
        const pel_status status = pel_rate_evaluate(
            rate, points->point[k].e_is, points->point[k].temperature, &p, err);
        if (status != PEL_OK) return status;
        const double all[BANDED] = {p.e_log, p.e_kin, p.e_r, p.rate};
        for (size_t i = 0; i < BANDED; i++)
            values[k * BANDED + i] = all[i];
    }
    return PEL_OK;
}

static pel_status write_table(const struct cli *cli, const struct cli_theory *theory,
                              const struct points *points, struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        cli_theory_output(cli, theory, cli->output, NULL, "pelrate-rate 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    cli_replicates_keys(&points->bands, theory, stream);
    const struct pel_closure *closure = pel_rate_closure(theory->rate);
    char columns[512];
    snprintf(columns, sizeof columns,
             "e_is_eV_per_atom,temperature_K,ln_z,e_log_eV,e_kin_eV,e_r_eV,"
             "rate_eV_per_atom_per_s%s%s%s",
             closure->needs_z ? ",ln_open" : "",
             closure->needs_pair_eV ? ",e_pairs_eV_per_atom" : "",
             points->bands.n == 0
                 ? ""
                 : ",e_log_lo_eV,e_log_hi_eV,e_kin_lo_eV,e_kin_hi_eV,e_r_lo_eV,e_r_hi_eV,"
                   "rate_lo_eV_per_atom_per_s,rate_hi_eV_per_atom_per_s");
    cli_theory_columns(theory, stream, columns);
    for (size_t k = 0; k < points->e_is.n * points->temperature.n; k++) {
        const struct pel_rate_point *p = &points->point[k];
        double row[9 + 2 * BANDED] = {p->e_is,  p->temperature, p->ln_z, p->e_log,
                                      p->e_kin, p->e_r,         p->rate};
        size_t n = 7;
        if (closure->needs_z) row[n++] = p->ln_open;
        if (closure->needs_pair_eV) row[n++] = p->e_pairs;
        for (size_t i = 0; points->bands.n > 0 && i < BANDED; i++) {
            row[n++] = points->bands.lo[k * BANDED + i];
            row[n++] = points->bands.hi[k * BANDED + i];
        }
        cli_theory_row(theory, stream, n, row, p->extrapolated);
    }
    return pel_output_commit(output, err);
}

/* Curves run along the longer list; the other one tells them apart. */
struct layout {
    int along_T;     /* 1: the axis is temperature, curves are E_IS; 0: the reverse */
    size_t n_curves; /* values of the shorter list */
    size_t n_along;  /* values of the longer one */
};

static const struct pel_rate_point *
at(const struct points *points, const struct layout *layout, size_t curve, size_t along)
{
    const size_t n_T = points->temperature.n;
    return &points->point[layout->along_T ? curve * n_T + along : along * n_T + curve];
}

/* Where the rate keeps its sign over the band: the decades of its ends; else NaN. */
static void decades(double lo, double hi, int sign, double row[2])
{
    row[0] = row[1] = NAN;
    if (sign < 0 ? hi < 0.0 : lo > 0.0) {
        row[0] = log10(sign < 0 ? -hi : lo);
        row[1] = log10(sign < 0 ? -lo : hi);
    }
}

/* Columns: axis, then the ends of the bands of E_log, E_kin, E_R, and of the decades of
 * ageing and rejuvenation. */
static void put_bands(FILE *script, const struct points *points,
                      const struct layout *layout)
{
    for (size_t k = 0; points->bands.n > 0 && k < layout->n_curves; k++) {
        fprintf(script, "$band%zu << EOD\n", k);
        for (size_t a = 0; a < layout->n_along; a++) {
            const struct pel_rate_point *p = at(points, layout, k, a);
            const size_t at_value = (size_t)(p - points->point) * BANDED;
            const double *lo = points->bands.lo + at_value,
                         *hi = points->bands.hi + at_value;
            double row[11] = {layout->along_T ? p->temperature : p->e_is};
            for (size_t c = 0; c < 3; c++) {
                row[1 + 2 * c] = lo[c];
                row[2 + 2 * c] = hi[c];
            }
            decades(lo[3], hi[3], -1, row + 7);
            decades(lo[3], hi[3], 1, row + 9);
            cli_plot_row(script, 11, row);
        }
        fputs("EOD\n", script);
    }
}

/* The bands of a quantity (its first column), under its curves. */
static void put_shades(FILE *script, const struct points *points,
                       const struct layout *layout, int column)
{
    for (size_t k = 0; points->bands.n > 0 && k < layout->n_curves; k++)
        fprintf(script,
                "  $band%zu using 1:%d:%d with filledcurves fs transparent solid 0.18 "
                "noborder lc rgb '%s' notitle, \\\n",
                k, column, column + 1, cli_plot_colour(k, layout->n_curves));
}

/* Columns: axis, E_log, E_kin, E_R, log10 of the rate of ageing, of rejuvenation; the
 * last five again where they are sampled, NaN where they are extrapolated. */
static void put_data(FILE *script, const struct points *points,
                     const struct layout *layout)
{
    for (size_t k = 0; k < layout->n_curves; k++) {
        fprintf(script, "$curve%zu << EOD\n", k);
        for (size_t a = 0; a < layout->n_along; a++) {
            const struct pel_rate_point *p = at(points, layout, k, a);
            const double decade = p->ln_abs_rate / log(10.0);
            const double values[] = {p->e_log, p->e_kin, p->e_r,
                                     p->sign < 0 ? decade : NAN,
                                     p->sign > 0 ? decade : NAN};
            const int beside =
                p->extrapolated ||
                (a > 0 && at(points, layout, k, a - 1)->extrapolated) ||
                (a + 1 < layout->n_along && at(points, layout, k, a + 1)->extrapolated);
            double row[11] = {layout->along_T ? p->temperature : p->e_is};
            for (size_t c = 0; c < 5; c++) {
                row[1 + c] = p->extrapolated ? NAN : values[c];
                row[6 + c] = beside ? values[c] : NAN;
            }
            cli_plot_row(script, 11, row);
        }
        fputs("EOD\n", script);
    }
}

/* All curves in one column of the data: in colour where sampled, grey where not. */
static void put_curves(FILE *script, const struct layout *layout, int column, int dash)
{
    for (size_t k = 0; k < layout->n_curves; k++)
        fprintf(
            script,
            "  $curve%zu using 1:%d with lines lw 2.5 dt %d lc rgb '%s' notitle, \\\n"
            "  $curve%zu using 1:%d with lines lw 2 dt %d lc rgb '#b8b8b8' notitle, \\\n",
            k, column, dash, cli_plot_colour(k, layout->n_curves), k, column + 5, dash);
}

/* Energies above, the rate below. */
static void put_script(FILE *script, const struct points *points,
                       const struct layout *layout)
{
    fprintf(script, "set xlabel '%s'\n",
            layout->along_T ? "temperature (K)" : "{/:Italic E}_{IS} (eV/atom)");
    fputs("set multiplot\n"
          "set lmargin at screen 0.12\nset rmargin at screen 0.79\n"
          "set bmargin at screen 0.53\nset tmargin at screen 0.88\n"
          "set grid lc rgb '#e4e4e4' lt 1\n"
          "set ylabel 'energy (eV)' offset 0.5,0\n"
          "unset xlabel\nset format x ''\n"
          "set key at screen 0.80,0.88 left top Left reverse\n"
          "plot \\\n",
          script);
    for (int c = 2; c <= 6; c += 2)
        put_shades(script, points, layout, c);
    put_curves(script, layout, 2, 1);
    put_curves(script, layout, 3, 2);
    put_curves(script, layout, 4, 3);
    fputs("  NaN with lines lw 2.5 dt 1 lc rgb '#404040' title '{/:Italic E}_{log}', \\\n"
          "  NaN with lines lw 2.5 dt 2 lc rgb '#404040' title '{/:Italic E}_{kin}', \\\n"
          "  NaN with lines lw 2.5 dt 3 lc rgb '#404040' title '{/:Italic E}_R'\n"
          "unset title\nset format x '%g'\n"
          "set bmargin at screen 0.11\nset tmargin at screen 0.50\n"
          "set key at screen 0.80,0.50\n",
          script);
    fprintf(script, "set xlabel '%s'\n",
            layout->along_T ? "temperature (K)" : "{/:Italic E}_{IS} (eV/atom)");
    fputs("set ylabel 'log_{10} |d{/:Italic E}_{IS}/d{/:Italic t}| (eV/atom/s)' "
          "offset -1,0\nplot \\\n",
          script);
    put_shades(script, points, layout, 8);
    put_shades(script, points, layout, 10);
    put_curves(script, layout, 5, 1);
    put_curves(script, layout, 6, 2);
    for (size_t k = 0; k < layout->n_curves; k++) {
        const struct pel_rate_point *p = at(points, layout, k, 0);
        char number[CLI_PLOT_NUMBER];
        fprintf(script, "  NaN with lines lw 2.5 lc rgb '%s' title '%s %s', \\\n",
                cli_plot_colour(k, layout->n_curves),
                cli_plot_number(number, layout->along_T ? p->e_is : p->temperature),
                layout->along_T ? "eV/atom" : "K");
    }
    if (points->extrapolated > 0)
        fputs("  NaN with lines lw 1.5 lc rgb '#b8b8b8' title 'extrapolated', \\\n",
              script);
    fputs("  NaN with lines lw 2.5 dt 1 lc rgb '#404040' title 'ageing', \\\n"
          "  NaN with lines lw 2.5 dt 2 lc rgb '#404040' title 'rejuvenation'\n"
          "unset multiplot\n",
          script);
}

static pel_status draw(const struct cli *cli, const struct cli_theory *theory,
                       const struct points *points, struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    const size_t n_T = points->temperature.n, n_e = points->e_is.n;
    const struct layout layout = {.along_T = n_T >= n_e,
                                  .n_curves = n_T >= n_e ? n_e : n_T,
                                  .n_along = n_T >= n_e ? n_T : n_e};
    char more[64];
    cli_theory_title(theory, script, "Barriers and rate",
                     cli_replicates_title(&points->bands, more));
    put_data(script, points, &layout);
    put_bands(script, points, &layout);
    put_script(script, points, &layout);
    return cli_plot_draw(plot, err);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct cli_theory theory = {0};
    struct points points = {.bands = cli_replicates_defaults()};
    const struct cli_option options[] = {
        {"e-is", CLI_LIST, &points.e_is, "X[,X...]",
         "inherent-structure energies (eV/atom), or A:B:n"},
        {"temperature", CLI_LIST, &points.temperature, "T[,T...]",
         "temperatures (K), or A:B:n"},
        CLI_REPLICATES_OPTIONS(&points.bands),
        CLI_THEORY_OPTIONS(&theory),
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status =
        cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT | CLI_WITH_SEED, argc,
                  argv, 1, 1, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    if (points.e_is.n == 0) return cli_usage(cli, "--e-is is missing");
    if (points.temperature.n == 0) return cli_usage(cli, "--temperature is missing");
    if (cli->plot != NULL && points.e_is.n < 2 && points.temperature.n < 2)
        return cli_usage(cli, "--plot needs more than one point");
    exit_status = cli_replicates_check(cli, &points.bands);
    if (exit_status == CLI_DONE) exit_status = cli_outputs_check(cli, 0, NULL);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = cli_theory_open(&theory, operands[0], &err);
    if (status == PEL_OK) {
        points.point = cli_own(
            cli, calloc(points.e_is.n * points.temperature.n, sizeof *points.point));
        status = points.point != NULL ? evaluate(&theory, &points, &err)
                                      : pel_error_set(&err, PEL_ENOMEM, "table");
    }
    if (status == PEL_OK)
        status = cli_replicates_run(cli, &theory, &points.bands,
                                    BANDED * points.e_is.n * points.temperature.n,
                                    evaluate_banded, &points, &err);
    if (status == PEL_OK) status = write_table(cli, &theory, &points, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &theory, &points, &err);
    if (status == PEL_OK)
        cli_theory_note(cli, &theory, points.extrapolated,
                        points.e_is.n * points.temperature.n);
    if (status == PEL_OK) cli_replicates_note(cli, &points.bands);
    cli_theory_close(&theory);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_rate = {"rate", "barriers and rate of ageing at points",
                                     "LANDSCAPE", details, run};
