#include <pelrate/coefficient.h>

#include "landscape_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPT_FREQUENCY "attempt_frequency_Hz"
enum { ORDERS = 3 }; /* c0, c1, c2 */

static int is_frequency(const struct pel_coefficient *c)
{
    return c->parameter == PEL_FAMILY_PARAMETERS;
}

static pel_status check_parametric(const struct pel_landscape *landscape,
                                   struct pel_error *err)
{
    if (landscape->kind != PEL_LANDSCAPE_PARAMETRIC)
        return pel_error_set(err, PEL_EARG,
                             "a landscape of kind %s has no parameters, expected one of "
                             "kind parametric",
                             pel_landscape_kind_name(landscape->kind));
    if (landscape->head.equilibrium != NULL)
        return pel_error_set(err, PEL_EARG,
                             "a landscape on an equilibrium line has its relaxation "
                             "energies from the line, expected one without");
    return PEL_OK;
}

size_t pel_coefficient_count(const struct pel_landscape *landscape)
{
    if (check_parametric(landscape, NULL) != PEL_OK) return 0;
    size_t n = 1;
    for (int s = 0; s < 2; s++)
        n += ORDERS * landscape->conditional[s].family->n_parameters;
    return n;
}

struct pel_coefficient pel_coefficient_at(const struct pel_landscape *landscape, size_t k)
{
    struct pel_coefficient c = {
        .parameter = PEL_FAMILY_PARAMETERS, .name = ATTEMPT_FREQUENCY, .unit = "Hz"};
    for (int s = 0; s < 2; s++) {
        const struct pel_family *family = landscape->conditional[s].family;
        if (k >= ORDERS * family->n_parameters) {
            k -= ORDERS * family->n_parameters;
            continue;
        }
        c.spectrum = (enum pel_landscape_spectrum)s;
        c.parameter = k / ORDERS;
        c.order = k % ORDERS;
        const struct pel_family_parameter *p = &family->parameter[c.parameter];
        snprintf(c.name, sizeof c.name, "%s.%s.c%zu", pel_landscape_spectrum_names[s],
                 p->name, c.order);
        if (c.order == 0)
            snprintf(c.unit, sizeof c.unit, "%s", p->unit);
        else
            snprintf(c.unit, sizeof c.unit, "%s/(eV/atom)%s", p->unit,
                     c.order == 2 ? "^2" : "");
        break;
    }
    return c;
}

pel_status pel_coefficient_find(const struct pel_landscape *landscape, const char *name,
                                struct pel_coefficient *out, struct pel_error *err)
{
    const pel_status status = check_parametric(landscape, err);
    if (status != PEL_OK) return status;
    const size_t n = pel_coefficient_count(landscape);
    char list[PEL_ERROR_TEXT] = "";
    for (size_t k = 0; k < n; k++) {
        *out = pel_coefficient_at(landscape, k);
        const size_t bare = strlen(out->name) - strlen(".c0");
        if (strcmp(name, out->name) == 0 ||
            (!is_frequency(out) && out->order == 0 && strlen(name) == bare &&
             strncmp(name, out->name, bare) == 0))
            return PEL_OK;
        if (out->order > 0) continue;
        strncat(list, list[0] != '\0' ? ", " : "", sizeof list - strlen(list) - 1);
        strncat(list, out->name, sizeof list - strlen(list) - 1);
    }
    return pel_error_set(err, PEL_EARG,
                         "parameter '%s' is not known, expected one of %s; or .c1, .c2",
                         name, list);
}

double pel_coefficient_value(const struct pel_landscape *landscape,
                             const struct pel_coefficient *c)
{
    if (is_frequency(c)) return landscape->head.attempt_frequency_Hz;
    return landscape->conditional[c->spectrum].c[c->parameter][c->order];
}

double pel_coefficient_scale(const struct pel_landscape *landscape,
                             const struct pel_coefficient *c)
{
    const double value = fabs(pel_coefficient_value(landscape, c));
    if (value > 0.0) return value;
    const double width = landscape->e_is_max - landscape->e_is_min;
    const double *own = landscape->conditional[c->spectrum].c[c->parameter];
    /* A parameter that is 0 altogether (a log_mean may be) is of order one. */
    const double size = own[0] != 0.0 ? fabs(own[0]) : 1.0;
    return size / pow(width, (double)c->order);
}

/* ---- with other values ------------------------------------------------------------- */

/* Places where some parameter enters or leaves its domain: two roots for each of its
 * two ends, and those of the window. */
enum { MAX_EDGES = 2 * 2 * 2 * PEL_FAMILY_PARAMETERS + 2 };

static int compare_numbers(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add_edge(double edge, const double window[2], size_t *n, double edges[])
{
    if (edge > window[0] && edge < window[1]) edges[(*n)++] = edge;
}

/* Real roots of c0 - lower + c1 x + c2 x^2 within the window. */
static void add_roots(const double c[ORDERS], double lower, double reference,
                      const double window[2], size_t *n, double edges[])
{
    const double a = c[2], b = c[1], d = c[0] - lower;
    if (a == 0.0) {
        if (b != 0.0) add_edge(reference - d / b, window, n, edges);
        return;
    }
    const double under = b * b - 4.0 * a * d;
    if (!(under >= 0.0)) return;
    /* The root without cancellation, and the other from their product. */
    const double q = -0.5 * (b + copysign(sqrt(under), b));
    add_edge(reference + q / a, window, n, edges);
    if (q != 0.0) add_edge(reference + d / q, window, n, edges);
}

/* Whether both families are in their domains at e_is. */
static int is_valid(const struct pel_landscape *l, double e_is, struct pel_error *why)
{
    for (int s = 0; s < 2; s++) {
        const struct conditional *c = &l->conditional[s];
        double p[PEL_FAMILY_PARAMETERS];
        const double x = e_is - l->reference;
        for (size_t k = 0; k < c->family->n_parameters; k++)
            p[k] = c->c[k][0] + x * (c->c[k][1] + x * c->c[k][2]);
        if (pel_family_check(c->family, p, why) != PEL_OK) return 0;
    }
    return 1;
}

/* A range that ends where a parameter leaves its domain stops short by this part of the
 * window: domains may be open. */
#define EDGE_MARGIN 1e-6

/* The longest part of the window where everything is in its domain.
 * Errors: PEL_ERANGE. */
static pel_status longest_range(struct pel_landscape *l, const double window[2],
                                struct pel_error *err)
{
    double edges[MAX_EDGES] = {window[0], window[1]};
    size_t n = 2;
    for (int s = 0; s < 2; s++) {
        const struct conditional *c = &l->conditional[s];
        for (size_t k = 0; k < c->family->n_parameters; k++)
            if (isfinite(c->family->parameter[k].lower))
                add_roots(c->c[k], c->family->parameter[k].lower, l->reference, window,
                          &n, edges);
        for (size_t k = 0; k < c->family->n_parameters; k++)
            if (c->family->parameter[k].upper > 0.0)
                add_roots(c->c[k], c->family->parameter[k].upper, l->reference, window,
                          &n, edges);
    }
    qsort(edges, n, sizeof *edges, compare_numbers);
    const double margin = EDGE_MARGIN * (window[1] - window[0]);
    struct pel_error why = {0};
    double longest = 0.0;
    for (size_t i = 0; i + 1 < n; i++) {
        size_t last = i; /* the last edge of a valid stretch that starts at edge i */
        while (last + 1 < n && is_valid(l, 0.5 * (edges[last] + edges[last + 1]), &why))
            last++;
        if (last == i) continue;
        const double lo = i > 0 ? edges[i] + margin : edges[i];
        const double hi = last + 1 < n ? edges[last] - margin : edges[last];
        if (hi - lo > longest) {
            longest = hi - lo;
            l->e_is_min = lo;
            l->e_is_max = hi;
        }
        i = last - 1;
    }
    if (longest > 0.0) return PEL_OK;
    return pel_error_set(err, PEL_ERANGE,
                         "no e_is between %.9g and %.9g eV/atom has all parameters in "
                         "their domains: %s",
                         window[0], window[1], why.text);
}

pel_status pel_coefficient_replace(const struct pel_landscape *landscape, size_t n,
                                   const struct pel_coefficient coefficients[],
                                   const double values[], const double window[2],
                                   struct pel_landscape **out, struct pel_error *err)
{
    *out = NULL;
    pel_status status = check_parametric(landscape, err);
    if (status != PEL_OK) return status;
    if (!(isfinite(window[0]) && isfinite(window[1]) && window[0] < window[1]))
        return pel_error_set(err, PEL_EARG,
                             "window of e_is [%g, %g] eV/atom, expected lower < upper",
                             window[0], window[1]);
    struct pel_landscape with = *landscape;
    for (size_t i = 0; i < n; i++) {
        const struct pel_coefficient *c = &coefficients[i];
        if (!isfinite(values[i]) || (is_frequency(c) && !(values[i] > 0.0)))
            return pel_error_set(err, PEL_EARG, "%s is %g, expected a %s number", c->name,
                                 values[i], is_frequency(c) ? "positive" : "finite");
        if (is_frequency(c))
            with.head.attempt_frequency_Hz = values[i];
        else
            with.conditional[c->spectrum].c[c->parameter][c->order] = values[i];
    }
    status = longest_range(&with, window, err);
    if (status != PEL_OK) return status;
    struct pel_landscape_row rows[2 * PEL_FAMILY_PARAMETERS];
    size_t n_rows = 0;
    for (int s = 0; s < 2; s++) {
        const struct conditional *c = &with.conditional[s];
        for (size_t k = 0; k < c->family->n_parameters; k++) {
            struct pel_landscape_row *row = &rows[n_rows++];
            row->spectrum = (enum pel_landscape_spectrum)s;
            row->family = c->family->name;
            row->parameter = c->family->parameter[k].name;
            memcpy(row->c, c->c[k], sizeof row->c);
        }
    }
    return pel_landscape_create_parametric(&with.head, with.reference, with.e_is_min,
                                           with.e_is_max, n_rows, rows, out, err);
}

/* ---- derivatives ------------------------------------------------------------------- */

pel_status pel_coefficient_average(const struct pel_landscape *landscape, double e_is,
                                   double beta, enum pel_landscape_range range,
                                   struct pel_landscape_scratch *scratch, size_t n,
                                   const struct pel_coefficient coefficients[],
                                   struct pel_average *out,
                                   struct pel_coefficient_slope by[],
                                   struct pel_error *err)
{
    struct pel_landscape_slopes slopes;
    pel_status status = check_parametric(landscape, err);
    if (status == PEL_OK)
        status = pel_landscape_average_slopes(landscape, e_is, beta, range, scratch, out,
                                              &slopes, err);
    if (status != PEL_OK) return status;
    const double x = e_is - landscape->reference;
    const double power[ORDERS] = {1.0, x, x * x};
    for (size_t i = 0; i < n; i++) {
        const struct pel_coefficient *c = &coefficients[i];
        by[i] = (struct pel_coefficient_slope){0};
        if (is_frequency(c)) continue;
        if (c->spectrum == PEL_ACTIVATION) {
            by[i].ln_z = slopes.ln_z[c->parameter] * power[c->order];
            by[i].ln_z_b = slopes.ln_z_b[c->parameter] * power[c->order];
        } else {
            by[i].e_r = slopes.e_r[c->parameter] * power[c->order];
        }
    }
    return PEL_OK;
}
