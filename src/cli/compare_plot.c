#include "compare_plot.h"

#include "mine_plot.h"
#include "plot.h"

#include <math.h>
#include <pelrate/statistics.h>
#include <stdlib.h>

/* Of the picture's own grid; decades of colour below the fastest. */
enum { N_T = 160, N_E = 110, DECADES = 8 };

struct frame {
    double T_lo, T_hi, e_lo, e_hi;
    double contour;     /* > 0: the ageing rate of the contour [eV/atom/s] */
    double floor, most; /* of the colours [eV/atom/s] */
};

static double step(double lo, double hi, size_t i, size_t n)
{
    return lo + (hi - lo) * (double)i / (double)(n - 1);
}

/* The frame is what the map covers; the contour a power of ten amid its ageing rates. */
static pel_status find_frame(const struct pel_agemap *map, struct frame *frame,
                             struct pel_error *err)
{
    double *ageing = malloc(map->n * sizeof *ageing);
    if (ageing == NULL) return pel_error_set(err, PEL_ENOMEM, "picture");
    size_t n = 0;
    *frame = (struct frame){INFINITY, -INFINITY, INFINITY, -INFINITY, NAN, NAN, NAN};
    for (size_t i = 0; i < map->n; i++) {
        frame->T_lo = fmin(frame->T_lo, map->temperature_K[i]);
        frame->T_hi = fmax(frame->T_hi, map->temperature_K[i]);
        frame->e_lo = fmin(frame->e_lo, map->e_is[i]);
        frame->e_hi = fmax(frame->e_hi, map->e_is[i]);
        if (!map->extrapolated[i] && map->rate[i] < 0.0)
            ageing[n++] = log10(-map->rate[i]);
    }
    pel_statistics_sort(n, ageing);
    const double middle = pel_statistics_quantile(n, ageing, 0.5);
    if (isfinite(middle)) frame->contour = pow(10.0, nearbyint(middle));
    free(ageing);
    return PEL_OK;
}

/* Where a row of rates at rising temperatures first speeds up to the contour. */
static void add_contour(FILE *script, double contour, size_t n, const double T[],
                        const double rate[], double e_is)
{
    for (size_t k = 1; k < n; k++) {
        if (!(rate[k - 1] < 0.0 && rate[k] < 0.0 && -rate[k - 1] < contour &&
              -rate[k] >= contour))
            continue;
        const double a = log(-rate[k - 1]), b = log(-rate[k]);
        const double s = (log(contour) - a) / (b - a);
        const double row[] = {T[k - 1] + s * (T[k] - T[k - 1]), e_is};
        cli_plot_row(script, 2, row);
        return;
    }
}

/* Rows of the map are points of one E_IS that follow each other. */
static pel_status put_measured(FILE *script, const struct pel_agemap *map,
                               const struct pel_compare_curve curves[],
                               const struct frame *frame, struct pel_error *err)
{
    fputs("$curves << EOD\n", script);
    for (size_t i = 0; i < map->n_curves; i++) {
        const double row[] = {map->curve_e_is[i], map->T_max[i].value, map->T_max[i].low,
                              map->T_max[i].high, map->T_ss[i].value,  map->T_ss[i].low,
                              map->T_ss[i].high,  curves[i].T_max_K,   curves[i].T_ss_K};
        cli_plot_row(script, sizeof row / sizeof row[0], row);
    }
    fputs("NaN NaN NaN NaN NaN NaN NaN NaN NaN\nEOD\n$measured << EOD\n", script);
    double *rate = malloc(map->n * sizeof *rate);
    if (rate == NULL) return pel_error_set(err, PEL_ENOMEM, "picture");
    for (size_t i = 0, j; i < map->n; i = j) {
        for (j = i; j < map->n && map->e_is[j] == map->e_is[i]; j++)
            rate[j] = map->extrapolated[j] ? NAN : map->rate[j];
        add_contour(script, frame->contour, j - i, map->temperature_K + i, rate + i,
                    map->e_is[i]);
    }
    free(rate);
    fputs("NaN NaN\nEOD\n", script);
    return PEL_OK;
}

/* The theory's rates where it is defined. */
static pel_status put_theory(FILE *script, const struct pel_compare_theory *theory,
                             struct frame *frame, struct pel_error *err)
{
    double *values = malloc((size_t)N_E * N_T * sizeof *values);
    if (values == NULL) return pel_error_set(err, PEL_ENOMEM, "picture");
    pel_status status = PEL_OK;
    double T[N_T];
    frame->most = 0.0;
    for (size_t j = 0; status == PEL_OK && j < N_T; j++) {
        T[j] = step(frame->T_lo, frame->T_hi, j, N_T);
        for (size_t i = 0; status == PEL_OK && i < N_E; i++) {
            double ln = NAN;
            int sign = 0, resolved = 1;
            status = theory->rate(theory->context, step(frame->e_lo, frame->e_hi, i, N_E),
                                  T[j], &ln, &sign, &resolved, err);
            if (status == PEL_ERANGE) status = PEL_OK; /* left white: NaN */
            const double rate = sign == 0 && !isnan(ln) ? 0.0 : sign * exp(ln);
            values[i * N_T + j] = rate;
            if (!isnan(rate)) frame->most = fmax(frame->most, fabs(rate));
        }
    }
    if (!(frame->most > 0.0 && isfinite(frame->most))) frame->most = 1.0;
    frame->floor = pow(10.0, ceil(log10(frame->most)) - DECADES);
    fputs("$theory << EOD\n", script);
    for (size_t i = 0; i < N_E; i++) {
        for (size_t j = 0; j < N_T; j++) {
            const double r = values[i * N_T + j];
            if (isnan(r))
                fputs(" NaN", script);
            else
                fprintf(script, " %.4g", cli_signed_decades(r, frame->floor));
        }
        fputc('\n', script);
    }
    fputs("EOD\n$contour << EOD\n", script);
    for (size_t i = 0; i < N_E; i++)
        add_contour(script, frame->contour, N_T, T, values + i * N_T,
                    step(frame->e_lo, frame->e_hi, i, N_E));
    fputs("NaN NaN\nEOD\n", script);
    free(values);
    return status;
}

static void put_script(FILE *script, const struct frame *frame)
{
    char contour[64] = "contour";
    if (isfinite(frame->contour))
        snprintf(contour, sizeof contour, "−10^{%d} eV/atom/s",
                 (int)lround(log10(frame->contour)));
    cli_signed_colours(script, frame->floor, frame->most);
    fprintf(
        script,
        "x(i) = %.9g + i*%.12g\ny(i) = %.9g + i*%.12g\n"
        "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n"
        "set xlabel 'temperature (K)'\n"
        "set ylabel '{/:Italic E}_{IS} (eV/atom)' offset 0.5,0\nset format y '%%.3f'\n"
        "set key at screen 0.48,0.075 center Left reverse maxrows 2 font ',11'\n"
        "set lmargin at screen 0.115\nset rmargin at screen 0.84\n"
        "set bmargin at screen 0.185\nset tmargin at screen 0.895\n"
        "plot $theory matrix using (x($1)):(y($2)):3 with image notitle, \\\n"
        "  $contour using 1:2 with lines lw 1.5 lc rgb '#606060' title 'theory: %s', \\\n"
        "  $curves using 8:1 with lines lw 2 lc rgb '#000000' title 'theory: "
        "{/:Italic T}_{max}', \\\n"
        "  $curves using 9:1 with lines lw 2 lc rgb '#b08000' title 'theory: "
        "{/:Italic T}_{ss}', \\\n"
        "  $measured using 1:2 with points pt 9 ps 1 lc rgb '#606060' title 'measured: "
        "%s', \\\n"
        "  $curves using 3:1 with lines lw 1 lc rgb '#808080' notitle, \\\n"
        "  $curves using 4:1 with lines lw 1 lc rgb '#808080' notitle, \\\n"
        "  $curves using 2:1 with lines lw 3 dt (8,6) lc rgb '#000000' title 'measured: "
        "{/:Italic T}_{max}', \\\n"
        "  $curves using 5:1:6:7 with xerrorbars pt 6 ps 1 lw 1.5 lc rgb '#303030' "
        "notitle, \\\n"
        "  $curves using 5:1 with points pt 7 ps 0.8 lc rgb '#ffd400' title 'measured: "
        "{/:Italic T}_{ss}'\n",
        frame->T_lo, (frame->T_hi - frame->T_lo) / (N_T - 1), frame->e_lo,
        (frame->e_hi - frame->e_lo) / (N_E - 1), frame->T_lo, frame->T_hi, frame->e_lo,
        frame->e_hi, contour, contour);
}

pel_status cli_compare_plot_check(const struct pel_agemap *map, struct pel_error *err)
{
    for (size_t i = 1; i < map->n; i++)
        if (map->temperature_K[i] != map->temperature_K[0])
            for (size_t j = 1; j < map->n; j++)
                if (map->e_is[j] != map->e_is[0]) return PEL_OK;
    return pel_error_set(err, PEL_ERANGE,
                         "--plot: the map has one temperature or one E_IS");
}

pel_status cli_compare_plot(const struct cli *cli, const struct cli_pair *pair,
                            struct cli_pair_theory *theory, const struct pel_agemap *map,
                            struct pel_error *err)
{
    struct cli_plot *plot;
    struct frame frame = {0};
    pel_status status = find_frame(map, &frame, err);
    if (status != PEL_OK) return status;
    status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    static const char what[] = "Theory and measurement";
    char more[128];
    snprintf(more, sizeof more, "%.2f decades off, %.1f %% of the signs right",
             pair->result.rms.value, 100.0 * pair->result.agreement.value);
    if (theory->map == NULL)
        cli_theory_title(&theory->landscape, script, what, more);
    else
        cli_plot_title(script, what, more);
    status = put_theory(script, &theory->theory, &frame, err);
    if (status == PEL_OK) status = put_measured(script, map, pair->curves, &frame, err);
    put_script(script, &frame);
    if (status == PEL_OK) return cli_plot_draw(plot, err);
    cli_plot_discard(plot);
    return status;
}
