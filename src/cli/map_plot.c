#include "map_plot.h"

#include "plot.h"

#include <math.h>
#include <pelrate/map.h>
#include <stdlib.h>
#include <string.h>

/* Of the picture. */
enum {
    N_T = 400,    /* columns of the picture's grid */
    N_E = 300,    /* rows */
    N_CURVE = 38, /* points of each curve */
    MARGIN = 4,   /* columns beside a change of sign where decades run together */
    MAX_LABELS = 64
};

/* Slower than 1 meV/atom in 30 years is drawn as standing still, if
 * anything is faster. */
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

/* Both curves, and a title for the key that says when one is not in the picture. */
static void put_curves(FILE *script, const struct field *field)
{
    size_t n_max = 0, n_ss = 0;
    fputs("$curves << EOD\n", script);
    for (size_t k = 0; k < N_CURVE; k++) {
        const size_t i = k * (N_E - 1) / (N_CURVE - 1);
        const double T_max = field->T_max[i], T_ss = field->T_ss[i];
        const int has_max = inside(T_max, field->T_lo, field->T_hi);
        const int has_ss = inside(T_ss, field->T_lo, field->T_hi);
        const double row[] = {field->e[i], has_max ? T_max : NAN, has_ss ? T_ss : NAN};
        cli_plot_row(script, 3, row);
        n_max += has_max != 0;
        n_ss += has_ss != 0;
    }
    fprintf(script,
            "EOD\ntitle_max = 'fastest ageing, {/:Italic T}_{max}%s'\n"
            "title_ss = 'steady state, {/:Italic T}_{ss}%s'\n",
            n_max == 0 ? ": not here" : "", n_ss == 0 ? ": not here" : "");
}

/* A power of ten in gnuplot's markup, with true minus signs. */
static void put_power(FILE *script, int sign, int decade)
{
    fprintf(script, "%s10^{%s%d}", sign < 0 ? "−" : "", decade < 0 ? "−" : "",
            abs(decade));
}

/* Column half-way between the edge of the picture and the curve that bounds the regime in
 * row i; N_T: there is none. */
static size_t middle_column(const struct field *field, int sign, size_t i)
{
    double from = field->T_lo, to = field->T_hi;
    if (sign < 0 && isfinite(field->T_max[i])) to = fmin(to, field->T_max[i]);
    if (sign > 0 && isfinite(field->T_ss[i])) from = fmax(from, field->T_ss[i]);
    const double s = (0.5 * (from + to) - field->T_lo) / (field->T_hi - field->T_lo);
    return s >= 0.0 && s <= 1.0 ? (size_t)(s * (N_T - 1) + 0.5) : N_T;
}

/* Where the number of a decade stands, in parts of the picture. */
struct spot {
    double x, y; /* [1] */
    int decade;
};

/* The decades met on the way up through the middle of a regime, or (across) on the way
 * along a row, which meets more of them where the lines stand upright. */
static size_t find_spots(const struct field *field, int sign, int across,
                         struct spot spots[])
{
    size_t n = 0, i = 2 * N_E / 3, j = N_T;
    for (size_t k = 0; k < (across ? N_T : N_E) && n < MAX_LABELS; k++) {
        const size_t i0 = i, j0 = j;
        i = across ? i : k;
        j = across ? k : middle_column(field, sign, k);
        if (k == 0 || j0 == N_T || j == N_T) continue;
        if (!drawable(field, i0, j0, sign) || !drawable(field, i, j, sign)) continue;
        const double a = field->decade[i0][j0], b = field->decade[i][j];
        const double level = ceil(fmin(a, b));
        if (!(level <= fmax(a, b)) || a == b || level < field->floor) continue;
        const double s = (level - a) / (b - a);
        const struct spot spot = {
            .x = ((double)j0 + s * ((double)j - (double)j0)) / (N_T - 1),
            .y = ((double)i0 + s * ((double)i - (double)i0)) / (N_E - 1),
            .decade = (int)level};
        /* A number needs room within the frame. */
        if (inside(spot.x, 0.04, 0.96) && inside(spot.y, 0.02, 0.98)) spots[n++] = spot;
    }
    return n;
}

static int overlap(const struct spot *a, const struct spot *b)
{
    return fabs(a->x - b->x) < 0.07 && fabs(a->y - b->y) < 0.036;
}

/* Keep multiples of step that do not overlap; whether that will do: few had to be left
 * out, or a larger step would leave too few. */
static int thin(const struct spot spots[], size_t n, int step, struct spot kept[],
                size_t *n_kept)
{
    size_t left_out = 0;
    *n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (spots[i].decade % step != 0) continue;
        if (*n_kept > 0 && overlap(&spots[i], &kept[*n_kept - 1]))
            left_out++;
        else
            kept[(*n_kept)++] = spots[i];
    }
    return 4 * left_out <= *n_kept || n < 8 * (size_t)step;
}

/* Returns how many there are. */
static size_t put_labels(FILE *script, const struct field *field)
{
    static const int steps[] = {1, 2, 5, 10, 20};
    struct spot spots[2][MAX_LABELS], kept[2][MAX_LABELS];
    size_t n[2], n_kept[2];
    for (int k = 0; k < 2; k++) {
        struct spot across[MAX_LABELS];
        n[k] = find_spots(field, k == 0 ? -1 : 1, 0, spots[k]);
        const size_t m = find_spots(field, k == 0 ? -1 : 1, 1, across);
        if (n[k] >= 4 || n[k] >= m) continue;
        memcpy(spots[k], across, m * sizeof *across);
        n[k] = m;
    }
    /* Every decade if there is room for its number, else every second, fifth, ... */
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const int ageing = thin(spots[0], n[0], steps[i], kept[0], &n_kept[0]);
        const int rejuvenation = thin(spots[1], n[1], steps[i], kept[1], &n_kept[1]);
        if (ageing && rejuvenation) break;
    }
    fputs("$labels << EOD\n", script);
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < n_kept[k]; i++) {
            const struct spot *spot = &kept[k][i];
            fprintf(script, "%.9g %.9g \"",
                    field->T_lo + spot->x * (field->T_hi - field->T_lo),
                    field->e_lo + spot->y * (field->e_hi - field->e_lo));
            put_power(script, k == 0 ? -1 : 1, spot->decade);
            fputs("\"\n", script);
        }
    }
    fputs("EOD\n", script);
    return n_kept[0] + n_kept[1];
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

/* The band of a curve as a closed line, up one side and down the other. */
static void put_spread(FILE *script, const char *name, const struct cli_list *e_is,
                       const struct cli_map_bands *bands, size_t number)
{
    fprintf(script, "$%s << EOD\n", name);
    size_t points = 0;
    for (size_t i = 0; bands != NULL && i < 2 * e_is->n; i++) {
        const size_t k = i < e_is->n ? i : 2 * e_is->n - 1 - i;
        const double T =
            (i < e_is->n ? bands->lo : bands->hi)[k * bands->stride + number];
        if (!isfinite(T)) continue;
        cli_plot_row(script, 2, (const double[]){T, e_is->values[k]});
        points++;
    }
    if (points == 0) fputs("NaN NaN\n", script);
    fputs("EOD\n", script);
}

static void put_script(FILE *script, const struct field *field, int with_bands,
                       size_t n_labels)
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
    fprintf(
        script,
        "plot $shade matrix using (x($1)):(y($2)):3 with image notitle, \\\n"
        "  $bands using 1:2:3:4:5:6 with boxxyerror fs transparent pattern 4 noborder "
        "lc rgb '#404040' notitle, \\\n"
        "  $lines_ageing using 1:2 with lines lw 0.7 lc rgb '#40404040' notitle, \\\n"
        "  $lines_rejuvenation using 1:2 with lines lw 0.7 lc rgb '#40404040' notitle, "
        "\\\n"
        "%s"
        "  $curves using 2:1 with lines lw 3 dt (8,6) lc rgb '#000000' "
        "title title_max, \\\n"
        "  $curves using 3:1 with points pt 6 ps 1.15 lw 4 lc rgb '#303030' notitle, \\\n"
        "  $curves using 3:1 with points pt 6 ps 1.15 lw 2 lc rgb '#ffd400' "
        "title title_ss, \\\n",
        with_bands ? "  $spread_max with filledcurves closed fs transparent solid 0.30 "
                     "noborder lc rgb '#ffffff' notitle, \\\n"
                     "  $spread_ss with filledcurves closed fs transparent solid 0.45 "
                     "noborder lc rgb '#ffd400' notitle, \\\n"
                   : "");
    /* gnuplot 5.4 crashes on boxed labels of which none is drawn. */
    if (n_labels > 0)
        fputs("  $labels using 1:2:3 with labels boxed font ',11' "
              "textcolor rgb '#202020' notitle, \\\n",
              script);
    fputs("  $bands using 1:2:('extrapolated') with labels boxed textcolor rgb '#202020' "
          "notitle\n",
          script);
}

pel_status cli_map_plot(const struct cli *cli, struct cli_theory *theory,
                        const struct cli_list *temperature, const struct cli_list *e_is,
                        const struct cli_map_bands *bands, struct pel_error *err)
{
    struct cli_plot *plot = NULL;
    struct field *field = calloc(1, sizeof *field);
    if (field == NULL) return pel_error_set(err, PEL_ENOMEM, "picture");
    range_of(temperature, &field->T_lo, &field->T_hi);
    range_of(e_is, &field->e_lo, &field->e_hi);
    pel_status status = fill(field, theory->rate, err);
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
        const size_t n_labels = put_labels(script, field);
        put_colours(script, field);
        put_bands(script, field, theory->landscape);
        put_spread(script, "spread_max", e_is, bands, 0);
        put_spread(script, "spread_ss", e_is, bands, 2);
        put_script(script, field, bands != NULL, n_labels);
        status = cli_plot_draw(plot, err);
    }
    free(field);
    return status;
}
