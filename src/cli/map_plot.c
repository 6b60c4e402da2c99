#include "map_plot.h"

#include "plot.h"

#include <math.h>
#include <pelrate/map.h>
#include <stdlib.h>

/* Of the picture. */
enum {
    N_T = 400,    /* columns of the picture's grid */
    N_E = 300,    /* rows */
    N_CURVE = 38, /* points of each curve */
    MARGIN = 4,   /* columns beside a change of sign where decades run together */
    MAX_LABELS = 64
};

/* Slower than 1 meV/atom in 30 years is drawn as standing still, if anything is faster.
 */
static const double standstill = -12.0; /* log10 of eV/atom/s */

struct field {
    double T_lo, T_hi, e_lo, e_hi;
    double T[N_T], e[N_E];
    double decade[N_E][N_T]; /* log10 |rate| */
    int sign[N_E][N_T];
    double floor, top; /* decades where colour begins and ends */
    double T_max[N_E], T_ss[N_E];
};

static double step(double lo, double hi, size_t i, size_t n)
{
    const double s = (double)i / (double)(n - 1);
    return (1.0 - s) * lo + s * hi;
}

static void range_of(const struct cli_list *list, double *lo, double *hi)
{
    *lo = *hi = list->values[0];
    for (size_t i = 1; i < list->n; i++) {
        *lo = fmin(*lo, list->values[i]);
        *hi = fmax(*hi, list->values[i]);
    }
}

static pel_status fill(struct field *field, struct pel_rate *rate, struct pel_error *err)
{
    struct pel_rate_point *point = calloc((size_t)N_E * N_T, sizeof *point);
    if (point == NULL) return pel_error_set(err, PEL_ENOMEM, "picture");
    for (size_t j = 0; j < N_T; j++)
        field->T[j] = step(field->T_lo, field->T_hi, j, N_T);
    for (size_t i = 0; i < N_E; i++)
        field->e[i] = step(field->e_lo, field->e_hi, i, N_E);
    pel_status status = pel_map_run(rate, N_E, field->e, N_T, field->T, NULL, point, err);
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; status == PEL_OK && i < N_E; i++) {
        for (size_t j = 0; j < N_T; j++) {
            const struct pel_rate_point *p = &point[i * N_T + j];
            const double decade = p->ln_abs_rate / log(10.0);
            field->decade[i][j] = decade;
            field->sign[i][j] = p->sign;
            if (!isfinite(decade)) continue;
            least = fmin(least, decade);
            most = fmax(most, decade);
        }
        struct pel_map_curve curve;
        status = pel_map_curve(rate, field->e[i], NULL, &curve, err);
        if (status != PEL_OK) break;
        field->T_max[i] = curve.T_max_K;
        field->T_ss[i] = curve.T_ss_K;
    }
    free(point);
    if (status != PEL_OK) return status;
    if (!isfinite(most)) least = most = 0.0;
    field->top = ceil(most);
    field->floor = fmin(fmax(floor(least), standstill), field->top - 6.0);
    return PEL_OK;
}

/* Colour: sign times decades above the floor. */
static double shade(const struct field *field, size_t i, size_t j)
{
    const double height = field->decade[i][j] - field->floor;
    return height > 0.0 ? field->sign[i][j] * height : 0.0;
}

/* Whether decades of one sign can be told apart here: towards a steady state infinitely
 * many of them run together. */
static int drawable(const struct field *field, size_t i, size_t j, int sign)
{
    const size_t first = j > MARGIN ? j - MARGIN : 0;
    const size_t last = j + MARGIN < N_T - 1 ? j + MARGIN : N_T - 1;
    for (size_t k = first; k <= last; k++)
        if (field->sign[i][k] != sign) return 0;
    return isfinite(field->decade[i][j]);
}

static int has_sign(const struct field *field, int sign)
{
    for (size_t i = 0; i < N_E; i++)
        for (size_t j = 0; j < N_T; j++)
            if (drawable(field, i, j, sign)) return 1;
    return 0;
}

/* What gnuplot draws decades from: NaN keeps the lines of a sign on their side. */
static void put_field(FILE *script, const struct field *field)
{
    fputs("$shade << EOD\n", script);
    for (size_t i = 0; i < N_E; i++) {
        for (size_t j = 0; j < N_T; j++)
            fprintf(script, "%s%.4g", j > 0 ? " " : "", shade(field, i, j));
        fputc('\n', script);
    }
    fputs("EOD\n", script);
    for (int sign = -1; sign <= 1; sign += 2) {
        fprintf(script, "$%s << EOD\n", sign < 0 ? "ageing" : "rejuvenation");
        for (size_t i = 0; i < N_E; i++) {
            for (size_t j = 0; j < N_T; j++) {
                if (drawable(field, i, j, sign))
                    fprintf(script, "%s%.5g", j > 0 ? " " : "", field->decade[i][j]);
                else
                    fprintf(script, "%sNaN", j > 0 ? " " : "");
            }
            fputc('\n', script);
        }
        fputs("EOD\n", script);
    }
}

static int inside(double x, double lo, double hi)
{
    return x >= lo && x <= hi;
}

static void put_curves(FILE *script, const struct field *field)
{
    fputs("$curves << EOD\n", script);
    for (size_t k = 0; k < N_CURVE; k++) {
        const size_t i = k * (N_E - 1) / (N_CURVE - 1);
        const double T_max = field->T_max[i], T_ss = field->T_ss[i];
        const double row[] = {field->e[i],
                              inside(T_max, field->T_lo, field->T_hi) ? T_max : NAN,
                              inside(T_ss, field->T_lo, field->T_hi) ? T_ss : NAN};
        cli_plot_row(script, 3, row);
    }
    fputs("EOD\n", script);
}

/* Where the numbers of the decades stand: where they cross the line half-way between the
 * edge of the picture and the curve that bounds the regime. */
static size_t label_path(const struct field *field, int sign, size_t i)
{
    double from = field->T_lo, to = field->T_hi;
    if (sign < 0 && isfinite(field->T_max[i])) to = fmin(to, field->T_max[i]);
    if (sign > 0 && isfinite(field->T_ss[i])) from = fmax(from, field->T_ss[i]);
    const double T = 0.5 * (from + to);
    const double s = (T - field->T_lo) / (field->T_hi - field->T_lo);
    if (!(s >= 0.0 && s <= 1.0)) return N_T;
    return (size_t)(s * (N_T - 1) + 0.5);
}

static size_t find_labels(const struct field *field, int sign, double e[], double T[],
                          int decade[])
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < N_E; i++) {
        const size_t j = label_path(field, sign, i), k = label_path(field, sign, i + 1);
        if (j == N_T || k == N_T) continue;
        if (!drawable(field, i, j, sign) || !drawable(field, i + 1, k, sign)) continue;
        const double a = field->decade[i][j], b = field->decade[i + 1][k];
        const double level = ceil(fmin(a, b));
        if (!(level <= fmax(a, b)) || a == b || level < field->floor || n == MAX_LABELS)
            continue;
        const double s = (level - a) / (b - a);
        e[n] = field->e[i] + s * (field->e[i + 1] - field->e[i]);
        T[n] = field->T[j] + s * (field->T[k] - field->T[j]);
        decade[n++] = (int)level;
    }
    return n;
}

/* A power of ten in gnuplot's markup, with true minus signs. */
static void put_power(FILE *script, int sign, int decade)
{
    fprintf(script, "%s10^{%s%d}", sign < 0 ? "−" : "", decade < 0 ? "−" : "",
            abs(decade));
}

static void put_labels(FILE *script, const struct field *field)
{
    static const int steps[] = {1, 2, 5, 10, 20};
    const double room = 0.045 * (field->e_hi - field->e_lo);
    double e[2][MAX_LABELS], T[2][MAX_LABELS];
    int decade[2][MAX_LABELS];
    size_t n[2], choice = 0;
    for (int k = 0; k < 2; k++) {
        n[k] = find_labels(field, k == 0 ? -1 : 1, e[k], T[k], decade[k]);
        /* Every decade if there is room for its number, else every second, fifth, ... */
        const double spacing =
            n[k] > 1 ? fabs(e[k][n[k] - 1] - e[k][0]) / (double)(n[k] - 1) : INFINITY;
        while (choice < 4 && spacing * steps[choice] < room)
            choice++;
    }
    fputs("$labels << EOD\n", script);
    for (int k = 0; k < 2; k++) {
        double last = -INFINITY;
        for (size_t i = 0; i < n[k]; i++) {
            if (decade[k][i] % steps[choice] != 0 || !(e[k][i] - last >= 0.8 * room))
                continue;
            last = e[k][i];
            fprintf(script, "%.9g %.9g \"", T[k][i], e[k][i]);
            put_power(script, k == 0 ? -1 : 1, decade[k][i]);
            fputs("\"\n", script);
        }
    }
    fputs("EOD\n", script);
}

static void put_colours(FILE *script, const struct field *field)
{
    const double span = field->top - field->floor;
    fprintf(
        script,
        "set palette defined (0 '#053061', 1 '#2166ac', 2 '#4393c3', 3 '#92c5de', "
        "4 '#d1e5f0', 5 '#f7f7f7', 6 '#fddbc7', 7 '#f4a582', 8 '#d6604d', 9 '#b2182b', "
        "10 '#67001f')\n"
        "set cbrange [%.9g:%.9g]\n"
        "set cblabel 'd{/:Italic E}_{IS}/d{/:Italic t}  (eV/atom/s)' offset 1,0\n"
        "set cbtics scale 0.5 (",
        -span, span);
    const int every = span > 12.0 ? 4 : span > 6.0 ? 2 : 1;
    int first = 1;
    for (int sign = -1; sign <= 1; sign += 2) {
        for (double d = field->top; d > field->floor; d -= every) {
            fputs(first ? "'" : ", '", script);
            put_power(script, sign, (int)d);
            fprintf(script, "' %.9g", sign * (d - field->floor));
            first = 0;
        }
    }
    fputs(", '0' 0)\n", script);
}

/* What lies outside the sampled E_IS, to be hatched. */
static void put_bands(FILE *script, const struct field *field,
                      const struct pel_landscape *landscape)
{
    const double lo =
        fmax(field->e_lo, fmin(field->e_hi, pel_landscape_e_is_min(landscape)));
    const double hi =
        fmin(field->e_hi, fmax(field->e_lo, pel_landscape_e_is_max(landscape)));
    const double bands[][2] = {{field->e_lo, lo}, {hi, field->e_hi}};
    const double T = 0.5 * (field->T_lo + field->T_hi);
    fputs("$bands << EOD\n", script);
    for (int k = 0; k < 2; k++) {
        const int there = bands[k][1] > bands[k][0];
        const double row[] = {there ? T : NAN, 0.5 * (bands[k][0] + bands[k][1]),
                              field->T_lo,     field->T_hi,
                              bands[k][0],     bands[k][1]};
        cli_plot_row(script, 6, row);
    }
    fputs("EOD\n", script);
}

static void put_script(FILE *script, const struct field *field)
{
    const double dT = (field->T_hi - field->T_lo) / (N_T - 1);
    const double de = (field->e_hi - field->e_lo) / (N_E - 1);
    fprintf(script,
            "x(i) = %.9g + i*%.12g\ny(i) = %.9g + i*%.12g\n"
            "set contour base\nunset surface\nset cntrparam levels incremental %g,1,%g\n",
            field->T_lo, dT, field->e_lo, de, field->floor, field->top);
    for (int sign = -1; sign <= 1; sign += 2) {
        const char *name = sign < 0 ? "ageing" : "rejuvenation";
        /* gnuplot stops where there is nothing to draw, and leaves out empty blocks. */
        if (has_sign(field, sign))
            fprintf(script,
                    "set table $lines_%s\n"
                    "splot $%s matrix using (x($1)):(y($2)):3 with lines\nunset table\n",
                    name, name);
        fprintf(script, "set print $lines_%s append\nprint 'NaN NaN'\nunset print\n",
                name);
    }
    fputs("unset contour\n", script);
    fprintf(
        script,
        "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n"
        "set xlabel 'temperature (K)'\n"
        "set ylabel '{/:Italic E}_{IS} (eV/atom)' offset 0.5,0\nset format y '%%.3f'\n"
        "set style textbox opaque noborder fillcolor rgb '#ffffff' margins 0.6,0.6\n"
        "set key bottom right Left reverse box lc rgb '#b0b0b0'\n"
        "set lmargin at screen 0.115\nset rmargin at screen 0.84\n"
        "set bmargin at screen 0.105\nset tmargin at screen 0.895\n",
        field->T_lo, field->T_hi, field->e_lo, field->e_hi);
    fputs(
        "plot $shade matrix using (x($1)):(y($2)):3 with image notitle, \\\n"
        "  $bands using 1:2:3:4:5:6 with boxxyerror fs transparent pattern 4 noborder "
        "lc rgb '#404040' notitle, \\\n"
        "  $lines_ageing using 1:2 with lines lw 0.7 lc rgb '#40404040' notitle, \\\n"
        "  $lines_rejuvenation using 1:2 with lines lw 0.7 lc rgb '#40404040' notitle, "
        "\\\n"
        "  $curves using 2:1 with lines lw 3 dt (8,6) lc rgb '#000000' "
        "title 'fastest ageing, {/:Italic T}_{max}', \\\n"
        "  $curves using 3:1 with points pt 6 ps 1.15 lw 4 lc rgb '#303030' notitle, \\\n"
        "  $curves using 3:1 with points pt 6 ps 1.15 lw 2 lc rgb '#ffd400' "
        "title 'steady state, {/:Italic T}_{ss}', \\\n"
        "  $labels using 1:2:3 with labels boxed font ',11' textcolor rgb '#202020' "
        "notitle, \\\n"
        "  $bands using 1:2:('extrapolated') with labels boxed textcolor rgb '#202020' "
        "notitle\n",
        script);
}

pel_status cli_map_plot(const struct cli *cli, struct cli_theory *theory,
                        const struct cli_list *temperature, const struct cli_list *e_is,
                        struct pel_error *err)
{
    struct cli_plot *plot = NULL;
    struct field *field = calloc(1, sizeof *field);
    if (field == NULL) return pel_error_set(err, PEL_ENOMEM, "picture");
    range_of(temperature, &field->T_lo, &field->T_hi);
    range_of(e_is, &field->e_lo, &field->e_hi);
    pel_status status = PEL_OK;
    if (!(field->T_lo < field->T_hi && field->e_lo < field->e_hi))
        status = pel_error_set(err, PEL_EARG,
                               "--plot needs more than one temperature and E_IS");
    if (status == PEL_OK) status = fill(field, theory->rate, err);
    if (status == PEL_OK) status = cli_plot_open(cli, &plot, err);
    if (status == PEL_OK) {
        FILE *script = cli_plot_script(plot);
        char more[128];
        snprintf(more, sizeof more,
                 "a line for each decade; white: slower than 10^{%s%g} eV/atom/s",
                 field->floor < 0.0 ? "−" : "", fabs(field->floor));
        cli_theory_title(theory, script, "Ageing map", more);
        put_field(script, field);
        put_curves(script, field);
        put_labels(script, field);
        put_colours(script, field);
        put_bands(script, field, theory->landscape);
        put_script(script, field);
        status = cli_plot_draw(plot, err);
    }
    free(field);
    return status;
}
