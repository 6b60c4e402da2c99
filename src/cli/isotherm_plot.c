#include "isotherm_write.h"

#include "plot.h"

#include <math.h>

/* More curves than this share one line of the key. */
enum { MAX_KEYS = 8 };

pel_status cli_isotherm_plot(const struct cli *cli, const struct isotherm_request *r,
                             const struct isotherm_work *w, struct pel_error *err)
{
    struct cli_plot *plot = NULL;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    const size_t replicas = r->settings.replicas;
    char subtitle[96];
    snprintf(subtitle, sizeof subtitle, "%zu atoms at %.6g K, %s", w->glass->n,
             r->settings.temperature_K,
             r->settings.md.barostat == &pel_barostat_none ? "constant volume"
                                                           : "constant pressure");
    cli_plot_title(script, "Isothermal anneal", subtitle);
    for (size_t k = 1; k <= replicas; k++) {
        size_t n;
        const struct pel_isotherm_point *points = pel_isotherm_points(w->isotherm, k, &n);
        fprintf(script, "$curve%zu << EOD\n", k);
        for (size_t i = 0; i < n; i++)
            cli_plot_row(script, 2,
                         (const double[]){points[i].time_ps, points[i].e_is_eV_per_atom});
        fputs("EOD\n", script);
    }
    fprintf(script,
            "start = %.17g\n"
            "set xlabel 'time (ps)'\nset ylabel '{/:Italic E}_{IS} (eV/atom)'\n"
            "set format y '%%.4f'\nset xrange [0:*]\nset key top right\n"
            "set grid lc rgb '#e4e4e4' lt 1\nset offsets 0,0,graph 0.04,graph 0.04\n"
            "plot start with lines dt 2 lw 1 lc rgb '#808080' title 'before', \\\n",
            pel_isotherm_start(w->isotherm)->e_is_eV_per_atom);
    for (size_t k = 1; k <= replicas; k++) {
        fprintf(script,
                "  $curve%zu using 1:2 with linespoints pt 7 ps 0.6 lw 2 lc rgb '%s' ", k,
                cli_plot_colour(k - 1, replicas));
        if (replicas <= MAX_KEYS)
            fprintf(script, "title 'replica %zu'", k);
        else
            fputs(k == 1 ? "title 'replicas'" : "notitle", script);
        fputs(k < replicas ? ", \\\n" : "\n", script);
    }
    return cli_plot_draw(plot, err);
}
