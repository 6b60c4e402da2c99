#include "surface.h"

#include "mine_plot.h"
#include "plot.h"

#include <math.h>
#include <stdlib.h>

/* Of the picture's own grid. */
enum { N_T = 120, N_E = 90 };
/* Decades of colour, at most. */
enum { DECADES = 4 };

struct frame {
    double T_lo, T_hi, e_lo, e_hi;
    double floor, most; /* of the colours [eV/atom/s] */
};

static double step(double lo, double hi, size_t i, size_t n)
{
    return lo + (hi - lo) * (double)i / (double)(n - 1);
}

static void range_of(const struct cli_list *list, double *lo, double *hi)
{
    *lo = *hi = list->values[0];
    for (size_t i = 1; i < list->n; i++) {
        *lo = fmin(*lo, list->values[i]);
        *hi = fmax(*hi, list->values[i]);
    }
}

/* Colours where rates are around, nothing elsewhere. */
static pel_status put_map(FILE *script, const struct cli_surface *surface,
                          struct frame *frame, struct pel_error *err)
{
    double *rate = malloc((size_t)N_E * N_T * sizeof *rate);
    if (rate == NULL) return pel_error_set(err, PEL_ENOMEM, "picture");
    frame->most = 0.0;
    for (size_t i = 0; i < N_E; i++) {
        const double e = step(frame->e_lo, frame->e_hi, i, N_E);
        for (size_t j = 0; j < N_T; j++) {
            const double T = step(frame->T_lo, frame->T_hi, j, N_T);
            double *r = &rate[i * N_T + j];
            *r = pel_ratemap_is_inside(surface->map, e, T)
                     ? pel_ratemap_surface(surface->map, e, T)
                     : NAN;
            if (isfinite(*r)) frame->most = fmax(frame->most, fabs(*r));
        }
    }
    if (!(frame->most > 0.0)) frame->most = 1.0;
    frame->floor = pow(10.0, ceil(log10(frame->most)) - DECADES);
    fputs("$map << EOD\n", script);
    for (size_t i = 0; i < N_E; i++) {
        for (size_t j = 0; j < N_T; j++) {
            const double r = rate[i * N_T + j];
            if (isfinite(r))
                fprintf(script, " %.4g", cli_signed_decades(r, frame->floor));
            else
                fputs(" NaN", script);
        }
        fputc('\n', script);
    }
    fputs("EOD\n", script);
    free(rate);
    return PEL_OK;
}

/* T with its band, and E_IS; rows outside the frame are left to gnuplot. */
static void put_curves(FILE *script, const struct cli_surface *surface)
{
    fputs("$curves << EOD\n", script);
    for (size_t i = 0; i < surface->e_is.n; i++) {
        const struct pel_ratemap_curve *c = &surface->curve[i];
        const double row[] = {c->e_is,         c->T_max_K.value, c->T_max_K.low,
                              c->T_max_K.high, c->T_ss_K.value,  c->T_ss_K.low,
                              c->T_ss_K.high};
        cli_plot_row(script, sizeof row / sizeof row[0], row);
    }
    fputs("EOD\n", script);
}

static void draw_map(FILE *script, const struct cli_surface *surface,
                     const struct frame *frame)
{
    const struct pel_ratemap_report r = pel_ratemap_report(surface->map);
    char below[128];
    snprintf(below, sizeof below, "%zu rates, %.0f effective parameters", r.knots,
             r.parameters);
    cli_plot_title(script, "Surface of the mined rates", below);
    cli_signed_colours(script, frame->floor, frame->most);
    fprintf(
        script,
        "x(i) = %.9g + i*%.12g\ny(i) = %.9g + i*%.12g\n"
        "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n"
        "set xlabel 'temperature (K)'\n"
        "set ylabel '{/:Italic E}_{IS} (eV/atom)' offset 0.5,0\nset format y '%%.3f'\n"
        "set key at screen 0.295,0.05 center Left reverse maxrows 1 font ',11'\n"
        "set lmargin at screen 0.105\nset rmargin at screen 0.485\n"
        "set bmargin at screen 0.165\nset tmargin at screen 0.88\n",
        frame->T_lo, (frame->T_hi - frame->T_lo) / (N_T - 1), frame->e_lo,
        (frame->e_hi - frame->e_lo) / (N_E - 1), frame->T_lo, frame->T_hi, frame->e_lo,
        frame->e_hi);
    fputs("plot $map matrix using (x($1)):(y($2)):3 with image notitle, \\\n"
          "  $curves using 3:1 with lines lw 1 lc rgb '#808080' notitle, \\\n"
          "  $curves using 4:1 with lines lw 1 lc rgb '#808080' notitle, \\\n"
          "  $curves using 2:1 with lines lw 3 dt (8,6) lc rgb '#000000' "
          "title 'fastest ageing, {/:Italic T}_{max}', \\\n"
          "  $curves using 5:1:6:7 with xerrorbars pt 6 ps 0.9 lw 1.5 lc rgb '#303030' "
          "notitle, \\\n"
          "  $curves using 5:1 with points pt 7 ps 0.7 lc rgb '#ffd400' "
          "title 'steady state, {/:Italic T}_{ss}'\n",
          script);
}

static pel_status draw_scans(FILE *script, const struct cli_surface *surface,
                             const struct frame *frame, struct pel_error *err)
{
    const size_t n = surface->scan_e_is.n;
    for (size_t k = 0; k < n; k++) {
        const double e = surface->scan_e_is.values[k];
        const struct pel_ratemap_curve *c = &surface->scan_curve[k];
        fprintf(script, "$scan%zu << EOD\n", k);
        for (size_t j = 0; j < N_T; j++) {
            const double T = step(frame->T_lo, frame->T_hi, j, N_T);
            struct pel_ratemap_value rate;
            int extrapolated;
            const pel_status status =
                pel_ratemap_rate(surface->map, e, T, &rate, NULL, &extrapolated, err);
            if (status != PEL_OK) return status;
            const int there = !extrapolated;
            const double row[] = {
                T, there ? cli_signed_decades(rate.value, frame->floor) : NAN,
                there ? cli_signed_decades(rate.low, frame->floor) : NAN,
                there ? cli_signed_decades(rate.high, frame->floor) : NAN};
            cli_plot_row(script, 4, row);
        }
        const double rate = cli_signed_decades(c->rate_at_T_max.value, frame->floor);
        const double marks[] = {c->T_max_K.value,
                                isnan(c->rate_at_T_max.value) ? NAN : rate,
                                c->T_ss_K.value};
        fprintf(script, "EOD\n$mark%zu << EOD\n", k);
        cli_plot_row(script, 3, marks);
        fputs("EOD\n", script);
    }
    cli_plot_title(script, "Horizontal scans", "at E_{IS} (eV/atom), with bands");
    fputs("set lmargin at screen 0.70\nset rmargin at screen 0.97\nunset colorbox\n"
          "set ylabel 'd{/:Italic E}_{IS}/d{/:Italic t}  (eV/atom/s)' offset 0.5,0\n"
          "unset format\nset xzeroaxis lc rgb '#909090'\n"
          "set key at screen 0.835,0.05 center maxrows 2 samplen 1.5 font ',10'\n"
          "set autoscale y\nset ytics ('0' 0",
          script);
    const double span = ceil(log10(frame->most / frame->floor));
    const int lowest = (int)lround(log10(frame->floor));
    for (int sign = -1; sign <= 1; sign += 2)
        for (int d = 1; d <= (int)span; d++)
            fprintf(script, ", '%s10^{%s%d}' %d", sign < 0 ? "−" : "",
                    lowest + d < 0 ? "−" : "", abs(lowest + d), sign * d);
    fprintf(script, ")\nset xrange [%.9g:%.9g]\nplot ", frame->T_lo, frame->T_hi);
    for (size_t k = 0; k < n; k++) {
        char number[CLI_PLOT_NUMBER];
        const char *colour = cli_plot_colour(k, n);
        fprintf(script,
                "%s$scan%zu using 1:3:4 with filledcurves fs transparent solid 0.25 "
                "noborder lc rgb '%s' notitle, \\\n"
                "  $scan%zu using 1:2 with lines lw 2 lc rgb '%s' title '%s', \\\n"
                "  $mark%zu using 1:2 with points pt 11 ps 1.2 lc rgb '#000000' notitle, "
                "\\\n"
                "  $mark%zu using 3:(0) with points pt 7 ps 1 lc rgb '#e0b000' notitle",
                k > 0 ? ", \\\n  " : "", k, colour, k, colour,
                cli_plot_number(number, surface->scan_e_is.values[k]), k, k);
    }
    fputc('\n', script);
    return PEL_OK;
}

pel_status cli_surface_plot(const struct cli *cli, const struct cli_surface *surface,
                            struct pel_error *err)
{
    struct cli_plot *plot;
    struct frame frame = {0};
    pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    range_of(&surface->temperature, &frame.T_lo, &frame.T_hi);
    range_of(&surface->e_is, &frame.e_lo, &frame.e_hi);
    fputs("set multiplot\n", script);
    status = put_map(script, surface, &frame, err);
    if (status == PEL_OK) {
        put_curves(script, surface);
        draw_map(script, surface, &frame);
        status = draw_scans(script, surface, &frame, err);
    }
    fputs("unset multiplot\n", script);
    if (status == PEL_OK) return cli_plot_draw(plot, err);
    cli_plot_discard(plot);
    return status;
}
