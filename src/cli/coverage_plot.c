#include "coverage_plot.h"

#include "plot.h"

#include <math.h>
#include <pelrate/coverage.h>
#include <stdlib.h>

/* Points of a curve: more cannot be told apart. */
enum { N_CURVE = 200 };

static pel_status put_curve(FILE *script, const struct pel_pool *pool, size_t s,
                            size_t panel, double below_e_a_eV, struct pel_error *err)
{
    const size_t all = pool->samples[s].counts.searches;
    const size_t n = all < N_CURVE ? all : N_CURVE;
    struct pel_coverage_point points[N_CURVE];
    const pel_status status =
        pel_coverage_discovery(pool, s, below_e_a_eV, n, points, err);
    if (status != PEL_OK) return status;
    fprintf(script, "$curve%zu_%zu << EOD\n", panel, s);
    cli_plot_row(script, 3, (const double[]){0.0, 0.0, 0.0});
    for (size_t k = 0; k < n; k++)
        cli_plot_row(script, 3,
                     (const double[]){(double)points[k].searches,
                                      (double)points[k].distinct, points[k].expected});
    fputs("EOD\n", script);
    return PEL_OK;
}

static pel_status put_panel(FILE *script, const struct pel_pool *pool, size_t panel,
                            double below_e_a_eV, struct pel_error *err)
{
    for (size_t s = 0; s < pool->n_samples; s++) {
        const pel_status status = put_curve(script, pool, s, panel, below_e_a_eV, err);
        if (status != PEL_OK) return status;
    }
    char title[64] = "all paths";
    if (isfinite(below_e_a_eV))
        snprintf(title, sizeof title, "paths below E_A = %g eV", below_e_a_eV);
    cli_plot_title(script, "", title);
    fputs("set xlabel 'searches'\nset ylabel 'distinct paths'\n"
          "set xrange [0:*]\nset yrange [0:*]\nset key top left\nplot \\\n",
          script);
    for (size_t s = 0; s < pool->n_samples; s++) {
        const size_t level = pool->samples[s].level;
        const char *colour = cli_plot_colour(level, pool->n_levels);
        char number[CLI_PLOT_NUMBER];
        /* A line of the key for each level: its first sample. */
        const int first = s == pool->levels[level].first_sample;
        fprintf(script, "  $curve%zu_%zu using 1:3 with lines lw 2 lc rgb '%s' ", panel,
                s, colour);
        if (first && panel == 0)
            fprintf(script, "title '%s eV/atom'",
                    cli_plot_number(number, pool->levels[level].e_is));
        else
            fputs("notitle", script);
        fprintf(
            script,
            ", \\\n  $curve%zu_%zu using 1:2 with steps lw 0.7 lc rgb '%s' notitle%s\n",
            panel, s, colour, s + 1 < pool->n_samples ? ", \\" : "");
    }
    return PEL_OK;
}

pel_status cli_coverage_plot(const struct cli *cli, const struct pel_pool *pool,
                             double tail_eV, struct pel_error *err)
{
    struct cli_plot *plot = NULL;
    pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    fputs("set multiplot layout 1,2\n", script);
    status = put_panel(script, pool, 0, INFINITY, err);
    if (status == PEL_OK) status = put_panel(script, pool, 1, tail_eV, err);
    fputs("unset multiplot\n", script);
    if (status == PEL_OK) return cli_plot_draw(plot, err);
    cli_plot_discard(plot);
    return status;
}
