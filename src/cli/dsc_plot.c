#include "dsc_job.h"
#include "plot.h"

#include <math.h>

/* What is drawn: the excess, or everything where --cp is given; by rate of heating where
 * there are several, so that the scans can be compared. */
static double drawn(const struct dsc_job *job, const struct dsc_scan *scan, double excess,
                    double temperature_K)
{
    const struct pel_dsc_row row = {.temperature_K = temperature_K, .heat_flow = excess};
    const double flow = job->cp != NULL && isfinite(temperature_K)
                            ? dsc_total_heat_flow(job, scan, &row)
                            : excess;
    return job->heat.n > 1 ? flow / scan->heat_K_per_s : flow;
}

static void put_curves(FILE *script, const struct dsc_job *job)
{
    for (size_t i = 0; i < job->n_scans; i++) {
        const struct dsc_scan *scan = &job->scan[i];
        fprintf(script, "$scan%zu << EOD\n", i);
        for (size_t k = 0; k < scan->dsc->n; k++) {
            const struct pel_dsc_row *r = &scan->dsc->rows[k];
            const double y = drawn(job, scan, r->heat_flow, r->temperature_K);
            double row[5] = {r->temperature_K, y, r->extrapolated ? NAN : y, NAN, NAN};
            if (job->bands.n > 0) {
                row[3] = drawn(job, scan, job->bands.lo[scan->first_band + k],
                               r->temperature_K);
                row[4] = drawn(job, scan, job->bands.hi[scan->first_band + k],
                               r->temperature_K);
            }
            cli_plot_row(script, 5, row);
        }
        fputs("EOD\n", script);
    }
    fputs("$peaks << EOD\n", script);
    for (size_t i = 0; i < job->n_scans; i++) {
        const struct dsc_scan *scan = &job->scan[i];
        const struct pel_dsc_peaks *p = &scan->dsc->peaks;
        const double row[] = {p->peak_K, drawn(job, scan, p->peak_heat_flow, p->peak_K)};
        cli_plot_row(script, 2, row);
    }
    fputs("EOD\n", script);
}

/* Heights between which the curves lie, zero included. Bands may go beyond: a few replicates
 * with another transition would leave the curves no room. */
struct heights {
    double low, high;
};

static struct heights heights_of(const struct dsc_job *job)
{
    struct heights h = {0.0, 0.0};
    for (size_t i = 0; i < job->n_scans; i++) {
        const struct dsc_scan *scan = &job->scan[i];
        for (size_t k = 0; k < scan->dsc->n; k++) {
            const struct pel_dsc_row *r = &scan->dsc->rows[k];
            const double y = drawn(job, scan, r->heat_flow, r->temperature_K);
            h.low = fmin(h.low, y);
            h.high = fmax(h.high, y);
        }
    }
    if (!(h.high > h.low)) h = (struct heights){-1.0, 1.0};
    return h;
}

/* The corner in which the key hides least of the curves: that with the fewest rows. */
static const char *key_corner(const struct dsc_job *job, struct heights h)
{
    static const char *const corners[] = {"top left", "bottom left", "top right",
                                          "bottom right"};
    size_t rows[4] = {0}, best = 0;
    for (size_t i = 0; i < job->n_scans; i++) {
        const struct dsc_scan *scan = &job->scan[i];
        for (size_t k = 0; k < scan->dsc->n; k++) {
            const struct pel_dsc_row *r = &scan->dsc->rows[k];
            const double x = (r->temperature_K - job->settings.bottom_K) /
                             (job->settings.end_K - job->settings.bottom_K);
            const double y = (drawn(job, scan, r->heat_flow, r->temperature_K) - h.low) /
                             (h.high - h.low);
            rows[0] += x < 0.42 && y > 0.55;
            rows[1] += x < 0.42 && y < 0.45;
            rows[2] += x > 0.58 && y > 0.55;
            rows[3] += x > 0.58 && y < 0.45;
        }
    }
    for (size_t c = 1; c < 4; c++)
        if (rows[c] < rows[best]) best = c;
    return corners[best];
}

/* What tells one scan from the others. */
static void put_name(FILE *script, const struct dsc_job *job, const struct dsc_scan *scan)
{
    if (job->cool.n > 1 || job->heat.n == 1)
        fprintf(script, "%.4g K/s%s", scan->cool_K_per_s,
                job->heat.n > 1 ? ", heated at " : "");
    if (job->heat.n > 1) fprintf(script, "%.4g K/s", scan->heat_K_per_s);
    if (scan->anneal_s > 0.0) fprintf(script, ", annealed for %.6g s", scan->anneal_s);
    const double peak_K = scan->dsc->peaks.peak_K;
    if (isfinite(peak_K)) fprintf(script, ", peak at %.1f K", peak_K);
}

static void put_title(const struct cli_theory *theory, const struct dsc_job *job,
                      FILE *script)
{
    char more[256], anneal[64] = "", bands[64];
    if (!isnan(job->anneal_K))
        snprintf(anneal, sizeof anneal, "; annealing at %.6g K", job->anneal_K);
    cli_replicates_title(&job->bands, bands);
    if (job->heat.n == 1)
        snprintf(more, sizeof more, "heating at %.6g K/s%s%s%s", job->heat.values[0],
                 anneal, bands[0] != '\0' ? "; " : "", bands);
    else
        snprintf(more, sizeof more, "%zu rates of heating%s%s%s", job->heat.n, anneal,
                 bands[0] != '\0' ? "; " : "", bands);
    cli_theory_title(theory, script, "DSC", more);
}

pel_status dsc_draw(const struct cli *cli, const struct cli_theory *theory,
                    const struct dsc_job *job, struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    const int up = job->settings.sign == PEL_DSC_EXO_UP;
    const struct heights h = heights_of(job);
    const double margin = 0.06 * (h.high - h.low);
    put_title(theory, job, script);
    put_curves(script, job);
    fprintf(script,
            "set xlabel 'temperature (K)'\n"
            "set ylabel '%s%s,  %s'\n"
            "set key %s Left reverse title '%s' left\n"
            "set grid lc rgb '#e4e4e4' lt 1\nset xzeroaxis lt 1 lc rgb '#808080'\n"
            "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n"
            "plot \\\n",
            job->cp != NULL ? "heat flow" : "excess heat flow",
            job->heat.n > 1 ? " by rate of heating (J/g/K)" : " (W/g)",
            up ? "exo →" : "← exo", key_corner(job, h),
            job->cool.n > 1 || job->heat.n == 1 ? "cooled at" : "heated at",
            job->settings.bottom_K, job->settings.end_K, h.low - margin, h.high + margin);
    for (size_t i = 0; i < job->n_scans; i++) {
        const char *colour = cli_plot_colour(i, job->n_scans);
        if (job->bands.n > 0)
            fprintf(script,
                    "  $scan%zu using 1:4:5 with filledcurves fs transparent solid 0.2 "
                    "noborder lc rgb '%s' notitle, \\\n",
                    i, colour);
        fprintf(
            script,
            "  $scan%zu using 1:2 with lines lw 1.5 dt (12,8) lc rgb '%s' notitle, \\\n"
            "  $scan%zu using 1:3 with lines lw 2.5 lc rgb '%s' notitle, \\\n",
            i, colour, i, colour);
    }
    if (job->extrapolated > 0)
        fputs("  NaN with lines lw 1.5 dt (12,8) lc rgb '#606060' title 'extrapolated', "
              "\\\n",
              script);
    for (size_t i = 0; i < job->n_scans; i++) {
        fprintf(script,
                "  $peaks every ::%zu::%zu using 1:2 with linespoints lw 2.5 pt 7 ps 0.9 "
                "lc rgb '%s' title '",
                i, i, cli_plot_colour(i, job->n_scans));
        put_name(script, job, &job->scan[i]);
        fprintf(script, "'%s\n", i + 1 < job->n_scans ? ", \\" : "");
    }
    return cli_plot_draw(plot, err);
}
