#include "calibrate_plot.h"

#include "plot.h"

#include <math.h>

/* Points in a picture for each scan at most: more are not seen. */
#define MAX_POINTS 600

static void put_scans(FILE *script, const struct pel_calibrate *fit,
                      const struct pel_calibrate_scan scans[])
{
    for (size_t s = 0; s < fit->n_scans; s++) {
        const size_t every = scans[s].n / MAX_POINTS + 1;
        fprintf(script, "$scan%zu << EOD\n", s);
        for (size_t i = 0; i < scans[s].n; i++) {
            const double row[] = {
                scans[s].T_K[i], i % every == 0 ? scans[s].heat_flow[i] : NAN,
                fit->fitted[s][i], fit->fitted[s][i] - scans[s].heat_flow[i]};
            cli_plot_row(script, 4, row);
        }
        fputs("EOD\n", script);
    }
}

pel_status cli_calibrate_plot(const struct cli *cli, const struct pel_calibrate *fit,
                              const struct pel_calibrate_scan scans[],
                              const char *closure, struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    char title[512], below[256];
    const char *name = pel_landscape_head(fit->landscape)->name;
    snprintf(title, sizeof title, "Calibration%s%s", name[0] != '\0' ? ": " : "", name);
    snprintf(below, sizeof below, "closure %s; points measured, lines fitted", closure);
    put_scans(script, fit, scans);
    fputs("set multiplot\n"
          "set lmargin 11\nset rmargin 3\n"
          "set grid lc rgb '#e4e4e4' lt 1\nset xzeroaxis lt 1 lc rgb '#808080'\n"
          "set key top left Left reverse title 'cooled, heated at' left\n"
          "set offsets 0,0,graph 0.04,graph 0.04\n"
          "set bmargin at screen 0.34\nset tmargin at screen 0.90\n"
          "set format x ''\nset ylabel 'heat flow (W/g),  exo →'\n",
          script);
    cli_plot_title(script, title, below);
    fputs("plot \\\n", script);
    for (size_t s = 0; s < fit->n_scans; s++) {
        const char *colour = cli_plot_colour(s, fit->n_scans);
        fprintf(script,
                "  $scan%zu using 1:2 with points pt 7 ps 0.25 lc rgb '%s' notitle, \\\n"
                "  $scan%zu using 1:3 with lines lw 2.2 lc rgb '%s' title '%.6g, %.6g "
                "K/s'%s\n",
                s, colour, s, colour, scans[s].cool_K_per_s, scans[s].heat_K_per_s,
                s + 1 < fit->n_scans ? ", \\" : "");
    }
    fputs("unset title\nunset key\nset format x '%g'\n"
          "set bmargin at screen 0.11\nset tmargin at screen 0.31\n"
          "set xlabel 'temperature (K)'\nset ylabel 'fitted − measured'\n"
          "set ytics autofreq\nplot \\\n",
          script);
    for (size_t s = 0; s < fit->n_scans; s++)
        fprintf(script, "  $scan%zu using 1:4 with lines lw 0.8 lc rgb '%s' notitle%s\n",
                s, cli_plot_colour(s, fit->n_scans), s + 1 < fit->n_scans ? ", \\" : "");
    fputs("unset multiplot\n", script);
    return cli_plot_draw(plot, err);
}
