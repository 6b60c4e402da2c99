#include "fit_plot.h"

#include "plot.h"

#include <math.h>

/* Points of a fitted curve. */
enum { N_CURVE = 300 };

static const char *const energy[] = {"activation energy E_A (eV)",
                                     "relaxation energy E_R (eV)"};

static double density_of(const struct pel_fit *fit, size_t which, double e_is, double e)
{
    double p[PEL_FAMILY_PARAMETERS];
    pel_likelihood_parameters(&fit->trials[which][0].fit, e_is, p);
    return exp(fit->trials[which][0].family->ln_density(p, e));
}

/* Steps of one level, standing on `floor`. */
static void put_steps(FILE *script, size_t which, size_t level,
                      const struct pel_histogram *h, double floor)
{
    fprintf(script, "$steps%zu_%zu << EOD\n", which, level);
    for (size_t k = 0; k < h->n; k++) {
        const double y = floor + h->density[k];
        cli_plot_row(script, 2, (const double[]){h->lo_eV[k], y});
        cli_plot_row(script, 2, (const double[]){h->hi_eV[k], y});
    }
    fputs("EOD\n", script);
}

static void put_curve(FILE *script, const struct pel_fit *fit, size_t which, size_t level,
                      double e_is, double top_eV, double floor)
{
    fprintf(script, "$curve%zu_%zu << EOD\n", which, level);
    for (size_t i = 0; i < N_CURVE; i++) {
        /* From half a step on: some densities are infinite at 0. */
        const double e = top_eV * ((double)i + 0.5) / N_CURVE;
        const double y = density_of(fit, which, e_is, e);
        cli_plot_row(script, 2, (const double[]){e, isfinite(y) ? floor + y : NAN});
    }
    fputs("EOD\n", script);
}

/* One panel: the levels as a stack, the deepest at the bottom. */
static pel_status put_panel(FILE *script, const struct pel_fit *fit,
                            const struct pel_fit *drawn, const struct pel_pool *pool,
                            size_t which, struct pel_error *err)
{
    const enum pel_landscape_spectrum spectrum =
        which == 0 ? PEL_ACTIVATION : PEL_RELAXATION;
    const int curves = fit->settings.kind == PEL_LANDSCAPE_PARAMETRIC;
    double highest = 0.0, top_eV = 0.0;
    for (size_t l = 0; l < pool->n_levels; l++) {
        struct pel_histogram h;
        const pel_status status =
            pel_landscape_histogram(drawn->landscape, l, spectrum, &h, err);
        if (status != PEL_OK) return status;
        for (size_t k = 0; k < h.n; k++)
            highest = fmax(highest, h.density[k]);
        top_eV = h.hi_eV[h.n - 1];
    }
    const double rise = 1.12 * highest;
    for (size_t l = 0; l < pool->n_levels; l++) {
        struct pel_histogram h;
        const pel_status status =
            pel_landscape_histogram(drawn->landscape, l, spectrum, &h, err);
        if (status != PEL_OK) return status;
        put_steps(script, which, l, &h, (double)l * rise);
        if (curves)
            put_curve(script, fit, which, l, pool->levels[l].e_is, top_eV,
                      (double)l * rise);
    }

    fprintf(script, "set xlabel '%s'\nset xrange [0:%.9g]\nset yrange [0:%.9g]\n",
            energy[which], top_eV, rise * (double)pool->n_levels);
    fputs("unset label\nset ytics scale 0\nset ytics (", script);
    for (size_t l = 0; l < pool->n_levels; l++) {
        char number[CLI_PLOT_NUMBER];
        fprintf(script, "%s'%s' %.9g", l > 0 ? ", " : "",
                which == 0 ? cli_plot_number(number, pool->levels[l].e_is) : "",
                (double)l * rise);
    }
    fputs(")\n", script);
    for (size_t l = 0; l < pool->n_levels; l++)
        fprintf(script,
                "set label %zu '%zu events, mean %.3g eV' at graph 0.98,first %.9g right "
                "font ',11' textcolor rgb '#505050' front\n",
                l + 1, pool->levels[l].counts.kept,
                which == 0 ? fit->levels[l].mean_e_a : fit->levels[l].mean_e_r,
                ((double)l + 0.82) * rise);
    fprintf(script, "set ylabel '%s'\n", which == 0 ? "E_{IS} (eV/atom)" : "");
    char title[32] = "";
    if (curves) {
        snprintf(title, sizeof title, "%s", fit->trials[which][0].family->name);
        for (char *c = title; *c != '\0'; c++)
            if (*c == '_') *c = ' ';
    }
    cli_plot_title(script, title, which == 0 ? "P(E_A) at E_{IS}" : "P(E_R) at E_{IS}");
    fputs("plot \\\n", script);
    for (size_t l = 0; l < pool->n_levels; l++) {
        const char *colour = cli_plot_colour(l, pool->n_levels);
        fprintf(
            script,
            "  $steps%zu_%zu using 1:2 with filledcurves y=%.9g fs solid 0.35 noborder "
            "lc rgb '%s' notitle, \\\n"
            "  $steps%zu_%zu using 1:2 with lines lw 1 lc rgb '%s' notitle",
            which, l, (double)l * rise, colour, which, l, colour);
        if (curves)
            fprintf(script,
                    ", \\\n  $curve%zu_%zu using 1:2 with lines lw 2.2 lc rgb "
                    "'#202020' notitle",
                    which, l);
        fputs(l + 1 < pool->n_levels ? ", \\\n" : "\n", script);
    }
    return PEL_OK;
}

pel_status cli_fit_plot(const struct cli *cli, const struct pel_fit *fit,
                        const struct pel_pool *pool, struct pel_error *err)
{
    /* Bars for the eye, whatever kind of landscape was made. */
    struct pel_fit *drawn = NULL;
    struct pel_fit_settings settings = fit->settings;
    settings.kind = PEL_LANDSCAPE_HISTOGRAM;
    settings.equilibrium = NULL; /* one of closure joint needs events */
    pel_status status = pel_fit_create(pool, &settings, &drawn, err);
    struct cli_plot *plot = NULL;
    if (status == PEL_OK) status = cli_plot_open(cli, &plot, err);
    if (status == PEL_OK) {
        FILE *script = cli_plot_script(plot);
        fputs("set multiplot layout 1,2\n", script);
        for (size_t which = 0; status == PEL_OK && which < 2; which++)
            status = put_panel(script, fit, drawn, pool, which, err);
        fputs("unset multiplot\n", script);
    }
    if (status == PEL_OK) {
        status = cli_plot_draw(plot, err);
    } else {
        cli_plot_discard(plot);
    }
    pel_fit_free(drawn);
    return status;
}
