#include "mine_plot.h"

#include "plot.h"

#include <math.h>

/* Decades between no colour and full colour, at most. */
enum { DECADES = 4 };

double cli_signed_decades(double rate, double floor)
{
    const double height = log10(fabs(rate) / floor);
    if (!(height > 0.0)) return 0.0;
    return rate < 0.0 ? -height : height;
}

void cli_signed_colours(FILE *script, double floor, double most)
{
    const double span = fmax(1.0, ceil(log10(most / floor) - 1e-9));
    const int lowest = (int)lround(log10(floor));
    fprintf(script,
            "set palette defined (0 '#053061', 1 '#2166ac', 2 '#4393c3', 3 '#92c5de', "
            "4 '#d1e5f0', 5 '#f7f7f7', 6 '#fddbc7', 7 '#f4a582', 8 '#d6604d', 9 "
            "'#b2182b', 10 '#67001f')\n"
            "set cbrange [%.9g:%.9g]\n"
            "set cblabel 'd{/:Italic E}_{IS}/d{/:Italic t}  (eV/atom/s)' offset 1,0\n"
            "set cbtics scale 0.5 ('0' 0",
            -span, span);
    for (int sign = -1; sign <= 1; sign += 2)
        for (int d = 1; d <= (int)span; d++)
            fprintf(script, ", '%s10^{%s%d}' %d", sign < 0 ? "−" : "",
                    lowest + d < 0 ? "−" : "", lowest + d < 0 ? -lowest - d : lowest + d,
                    sign * d);
    fputs(")\n", script);
}

/* The floor of the colours: a power of ten, a few decades below the fastest. */
static double floor_of(const struct pel_mine *mine, double *most)
{
    double least = INFINITY;
    *most = 0.0;
    for (size_t i = 0; i < mine->n; i++) {
        const double size = fabs(mine->rows[i].rate);
        *most = fmax(*most, size);
        if (size > 0.0) least = fmin(least, size);
    }
    if (!(*most > 0.0)) *most = least = 1.0; /* nothing moves */
    return pow(10.0, fmax(floor(log10(least)), ceil(log10(*most)) - DECADES));
}

/* Every curve, in the colour of its temperature. */
static void put_curves(FILE *script, const struct pel_curves *curves,
                       const struct pel_mine *mine)
{
    for (size_t k = 0; k < mine->n_noises; k++) {
        fprintf(script, "$curves%zu << EOD\n", k);
        for (size_t i = 0; i < curves->n; i++) {
            const struct pel_curve *c = &curves->curve[i];
            if (c->temperature_K != mine->noise[k].temperature_K) continue;
            for (size_t j = 0; j < c->n; j++) {
                const double row[] = {1e-3 * c->time_ps[j], c->e_is[j]};
                cli_plot_row(script, 2, row);
            }
            fputc('\n', script);
        }
        fputs("EOD\n", script);
    }
    cli_plot_title(script, "Annealing curves", "E_{IS} while the temperature is held");
    fputs("set xlabel 'time (ns)'\nset ylabel '{/:Italic E}_{IS} (eV/atom)'\n"
          "set format y '%.3f'\nset key top right font ',11'\nset autoscale xfix\nplot ",
          script);
    for (size_t k = 0; k < mine->n_noises; k++)
        fprintf(script,
                "%s$curves%zu using 1:2 with lines lw 1 lc rgb '%s' title '%.6g K'",
                k > 0 ? ", \\\n  " : "", k, cli_plot_colour(k, mine->n_noises),
                mine->noise[k].temperature_K);
    fputc('\n', script);
}

static void put_rates(FILE *script, const struct pel_mine *mine)
{
    double most;
    const double floor = floor_of(mine, &most);
    fputs("$rates << EOD\n", script);
    for (size_t i = 0; i < mine->n; i++) {
        const struct pel_mined *r = &mine->rows[i];
        const double row[] = {r->temperature_K, r->e_is,
                              cli_signed_decades(r->rate, floor)};
        cli_plot_row(script, 3, row);
    }
    fputs("EOD\nset autoscale\n", script);
    cli_signed_colours(script, floor, most);
    cli_plot_title(script, "Mined rates", "slopes of the curves, averaged");
    fputs("set xlabel 'temperature (K)'\nset ylabel ''\nset xtics font ',10'\n"
          "set offsets graph 0.05,graph 0.05,graph 0.03,graph 0.03\nset nokey\n"
          "plot $rates using 1:2:3 with points pt 5 ps 0.5 lc palette\n",
          script);
}

pel_status cli_mine_plot(const struct cli *cli, const struct pel_curves *curves,
                         const struct pel_mine *mine, struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    fputs("set multiplot layout 1,2\n", script);
    put_curves(script, curves, mine);
    put_rates(script, mine);
    fputs("unset multiplot\n", script);
    return cli_plot_draw(plot, err);
}
