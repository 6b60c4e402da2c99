#include "landscape_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const pel_landscape_spectrum_names[2] = {"activation", "relaxation"};

void pel_landscape_free(struct pel_landscape *landscape)
{
    if (landscape == NULL) return;
    for (size_t k = 0; landscape->levels != NULL && k < landscape->n_levels; k++)
        for (int s = 0; s < 2; s++) {
            pel_spectrum_free(landscape->levels[k].spectrum[s]);
            free(landscape->levels[k].block[s]);
            if (s > 0) continue;
            free(landscape->levels[k].cells);
            free(landscape->levels[k].row_e_r);
        }
    for (size_t i = 0; landscape->sample != NULL && i < landscape->n_events; i++)
        free(landscape->sample[i]);
    free(landscape->levels);
    free(landscape->e_is);
    free(landscape->mean_e_r);
    free(landscape->sample);
    free(landscape->e_a);
    free(landscape->e_r);
    free(landscape->rising_a);
    free(landscape->rising_r);
    free(landscape->name);
    pel_equilibrium_free(landscape->equilibrium);
    free(landscape);
}

/* strdup that takes NULL for "". */
static char *copy_text(const char *text)
{
    const size_t n = text != NULL ? strlen(text) + 1 : 1;
    char *copy = malloc(n);
    if (copy == NULL) return NULL;
    if (text != NULL)
        memcpy(copy, text, n);
    else
        copy[0] = '\0';
    return copy;
}

static pel_status check_head(const struct pel_landscape_head *head, struct pel_error *err)
{
    const struct {
        const char *what;
        double value;
    } must[] = {{"number of atoms", head->atoms},
                {"number of paths", head->paths},
                {"attempt frequency", head->attempt_frequency_Hz},
                {"molar mass", head->molar_mass_g_per_mol}};
    for (size_t i = 0; i < sizeof must / sizeof must[0]; i++)
        if (!(must[i].value > 0.0 && isfinite(must[i].value)))
            return pel_error_set(err, PEL_EARG, "%s is %g, expected a number > 0",
                                 must[i].what, must[i].value);
    if (head->name != NULL && strpbrk(head->name, "\r\n") != NULL)
        return pel_error_set(err, PEL_EARG, "the name of a landscape is one line");
    return pel_landscape_check_treatment(&head->treatment, err);
}

/* An empty landscape with its head. */
static pel_status begin(const struct pel_landscape_head *head,
                        enum pel_landscape_kind kind, struct pel_landscape **out,
                        struct pel_error *err)
{
    const pel_status status = check_head(head, err);
    if (status != PEL_OK) return status;
    struct pel_landscape *l = calloc(1, sizeof *l);
    if (l != NULL) l->name = copy_text(head->name);
    if (l == NULL || l->name == NULL) {
        free(l);
        return pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
    }
    l->kind = kind;
    l->head = *head;
    l->head.name = l->name;
    if (head->equilibrium != NULL) {
        const struct pel_equilibrium *line = head->equilibrium;
        const pel_status copied = pel_equilibrium_create(
            pel_equilibrium_closure(line), pel_equilibrium_points(line),
            pel_equilibrium_temperatures(line), pel_equilibrium_energies(line),
            &l->equilibrium, err);
        if (copied != PEL_OK) {
            pel_landscape_free(l);
            return copied;
        }
        l->head.equilibrium = l->equilibrium;
    }
    *out = l;
    return PEL_OK;
}

static int allocate_levels(struct pel_landscape *l, size_t n)
{
    l->levels = calloc(n, sizeof *l->levels);
    l->e_is = calloc(n, sizeof *l->e_is);
    l->mean_e_r = calloc(n, sizeof *l->mean_e_r);
    if (l->levels == NULL || l->e_is == NULL || l->mean_e_r == NULL) return -1;
    l->n_levels = n;
    return 0;
}

/* What follows from the levels once they are filled. */
static void finish_levels(struct pel_landscape *l)
{
    for (size_t k = 0; k < l->n_levels; k++) {
        l->e_is[k] = l->levels[k].e_is;
        l->mean_e_r[k] = pel_spectrum_mean(l->levels[k].spectrum[PEL_RELAXATION]);
    }
    l->e_is_min = l->e_is[0];
    l->e_is_max = l->e_is[l->n_levels - 1];
}

/* ---- histogram --------------------------------------------------------------------- */

static pel_status copy_histogram(const struct pel_histogram *from, struct level *level,
                                 int which, struct pel_error *err)
{
    struct pel_error why = {0};
    const pel_status status = pel_spectrum_histogram(from, &level->spectrum[which], &why);
    if (status != PEL_OK)
        return pel_error_set(err, status, "level %.17g eV/atom, %s: %s", level->e_is,
                             pel_landscape_spectrum_names[which], why.text);
    const size_t n = from->n;
    double *block = calloc(4 * n, sizeof *block);
    if (block == NULL) return pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
    level->block[which] = block;
    for (size_t i = 0; i < n; i++) {
        block[i] = from->lo_eV[i];
        block[n + i] = from->hi_eV[i];
        block[2 * n + i] = from->density[i];
        block[3 * n + i] = from->count != NULL ? from->count[i] : NAN;
    }
    level->histogram[which] = (struct pel_histogram){.n = n,
                                                     .lo_eV = block,
                                                     .hi_eV = block + n,
                                                     .density = block + 2 * n,
                                                     .count = block + 3 * n};
    return PEL_OK;
}

pel_status pel_landscape_create_joint(const struct pel_landscape_head *head,
                                      size_t n_levels,
                                      const struct pel_landscape_level levels[],
                                      const struct pel_landscape_cells cells[],
                                      struct pel_landscape **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_landscape *l = NULL;
    pel_status status = begin(head, PEL_LANDSCAPE_HISTOGRAM, &l, err);
    if (status != PEL_OK) return status;
    if (n_levels == 0) {
        status = pel_error_set(err, PEL_EARG, "a landscape needs at least one level");
        goto fail;
    }
    if (allocate_levels(l, n_levels) != 0) {
        status = pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
        goto fail;
    }
    for (size_t k = 0; k < n_levels; k++) {
        const double e = levels[k].e_is_eV_per_atom;
        if (!isfinite(e) || (k > 0 && !(e > l->levels[k - 1].e_is))) {
            status = pel_error_set(err, PEL_EARG,
                                   "level %zu is at %.17g eV/atom, expected levels "
                                   "strictly increasing",
                                   k + 1, e);
            goto fail;
        }
        l->levels[k].e_is = e;
        status =
            copy_histogram(&levels[k].activation, &l->levels[k], PEL_ACTIVATION, err);
        if (status == PEL_OK)
            status =
                copy_histogram(&levels[k].relaxation, &l->levels[k], PEL_RELAXATION, err);
        if (status == PEL_OK && cells != NULL)
            status = pel_landscape_take_cells(l, k, &cells[k], err);
        if (status != PEL_OK) goto fail;
    }
    l->pairs = cells != NULL;
    finish_levels(l);
    status = pel_landscape_check_line(l, err);
    if (status != PEL_OK) goto fail;
    *out = l;
    return PEL_OK;
fail:
    pel_landscape_free(l);
    return status;
}

pel_status pel_landscape_create_histogram(const struct pel_landscape_head *head,
                                          size_t n_levels,
                                          const struct pel_landscape_level levels[],
                                          struct pel_landscape **out,
                                          struct pel_error *err)
{
    return pel_landscape_create_joint(head, n_levels, levels, NULL, out, err);
}

/* ---- parametric -------------------------------------------------------------------- */

size_t pel_landscape_parameter_index(const struct pel_family *family, const char *name)
{
    size_t k = 0;
    while (k < family->n_parameters && strcmp(family->parameter[k].name, name) != 0)
        k++;
    return k;
}

static double polynomial(const double c[3], double x)
{
    return c[0] + x * (c[1] + x * c[2]);
}

pel_status pel_landscape_row_check(const struct pel_landscape_row *row,
                                   double reference_e_is, double e_is_min,
                                   double e_is_max, struct pel_error *err)
{
    const struct pel_family *family = pel_family_find(row->family);
    if (family == NULL)
        return pel_error_set(err, PEL_EARG,
                             "family '%s' is not known, expected shifted_gamma, gamma, "
                             "weibull, lognormal, truncated_normal, exponential or delta",
                             row->family);
    const size_t k = pel_landscape_parameter_index(family, row->parameter);
    if (k == family->n_parameters) {
        char names[128] = "";
        for (size_t j = 0; j < family->n_parameters; j++) {
            strncat(names, j > 0 ? ", " : "", sizeof names - strlen(names) - 1);
            strncat(names, family->parameter[j].name, sizeof names - strlen(names) - 1);
        }
        return pel_error_set(err, PEL_EARG, "parameter '%s' is not one of %s (%s)",
                             row->parameter, family->name, names);
    }
    for (int j = 0; j < 3; j++)
        if (!isfinite(row->c[j]))
            return pel_error_set(err, PEL_EARG, "%s %s: c%d is not a finite number",
                                 family->name, row->parameter, j);
    /* A parabola has its extremes at the ends or at its vertex. */
    double at[3] = {e_is_min, e_is_max, e_is_min};
    if (row->c[2] != 0.0) {
        const double vertex = reference_e_is - 0.5 * row->c[1] / row->c[2];
        if (vertex > e_is_min && vertex < e_is_max) at[2] = vertex;
    }
    const struct pel_family_parameter *q = &family->parameter[k];
    for (int j = 0; j < 3; j++) {
        const double value = polynomial(row->c, at[j] - reference_e_is);
        const int above = q->upper > 0.0 && value > q->upper;
        if (!above && (q->closed ? value >= q->lower : value > q->lower)) continue;
        const char *wish = above ? "<=" : q->closed ? ">=" : ">";
        return pel_error_set(
            err, PEL_EARG,
            "%s of %s is %.9g at e_is = %.9g eV/atom, expected %s %g in the "
            "whole range [%.9g, %.9g]",
            q->name, family->name, value, at[j], wish, above ? q->upper : q->lower,
            e_is_min, e_is_max);
    }
    return PEL_OK;
}

/* One row into its place. seen[which][k] counts. */
static pel_status place_row(struct pel_landscape *l, const struct pel_landscape_row *row,
                            int seen[2][PEL_FAMILY_PARAMETERS], struct pel_error *err)
{
    struct pel_error why = {0};
    if (row->spectrum != PEL_ACTIVATION && row->spectrum != PEL_RELAXATION)
        return pel_error_set(err, PEL_EARG, "a spectrum is activation or relaxation");
    const char *which = pel_landscape_spectrum_names[row->spectrum];
    const pel_status status =
        pel_landscape_row_check(row, l->reference, l->e_is_min, l->e_is_max, &why);
    if (status != PEL_OK) return pel_error_set(err, status, "%s: %s", which, why.text);
    struct conditional *c = &l->conditional[row->spectrum];
    const struct pel_family *family = pel_family_find(row->family);
    if (c->family != NULL && c->family != family)
        return pel_error_set(err, PEL_EARG, "%s: family %s after %s, expected one family",
                             which, family->name, c->family->name);
    c->family = family;
    const size_t k = pel_landscape_parameter_index(family, row->parameter);
    if (seen[row->spectrum][k]++ > 0)
        return pel_error_set(err, PEL_EARG, "%s: parameter %s of %s is given twice",
                             which, row->parameter, family->name);
    memcpy(c->c[k], row->c, sizeof c->c[k]);
    return PEL_OK;
}

pel_status pel_landscape_create_parametric(const struct pel_landscape_head *head,
                                           double reference_e_is, double e_is_min,
                                           double e_is_max, size_t n_rows,
                                           const struct pel_landscape_row rows[],
                                           struct pel_landscape **out,
                                           struct pel_error *err)
{
    *out = NULL;
    struct pel_landscape *l = NULL;
    pel_status status = begin(head, PEL_LANDSCAPE_PARAMETRIC, &l, err);
    if (status != PEL_OK) return status;
    int seen[2][PEL_FAMILY_PARAMETERS] = {{0}};
    if (!(isfinite(reference_e_is) && isfinite(e_is_min) && isfinite(e_is_max) &&
          e_is_min < e_is_max)) {
        status =
            pel_error_set(err, PEL_EARG,
                          "range of e_is [%g, %g] eV/atom around %g, expected finite "
                          "numbers, lower < upper",
                          e_is_min, e_is_max, reference_e_is);
        goto fail;
    }
    l->reference = reference_e_is;
    l->e_is_min = e_is_min;
    l->e_is_max = e_is_max;
    for (size_t i = 0; i < n_rows; i++) {
        status = place_row(l, &rows[i], seen, err);
        if (status != PEL_OK) goto fail;
    }
    for (int s = 0; s < 2; s++) {
        const struct pel_family *family = l->conditional[s].family;
        if (family == NULL) {
            status = pel_error_set(err, PEL_EARG, "no %s spectrum",
                                   pel_landscape_spectrum_names[s]);
            goto fail;
        }
        for (size_t k = 0; k < family->n_parameters; k++)
            if (seen[s][k] == 0) {
                status = pel_error_set(err, PEL_EARG, "%s: parameter %s of %s is missing",
                                       pel_landscape_spectrum_names[s],
                                       family->parameter[k].name, family->name);
                goto fail;
            }
    }
    status = pel_landscape_check_line(l, err);
    if (status != PEL_OK) goto fail;
    *out = l;
    return PEL_OK;
fail:
    pel_landscape_free(l);
    return status;
}

/* ---- events ------------------------------------------------------------------------ */

/* An event's energy and its place in the caller's arrays, to sort by level and keep the
 * caller's order within one. */
struct place {
    double e_is;
    size_t index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->e_is != q->e_is) return p->e_is > q->e_is ? 1 : -1;
    return (p->index > q->index) - (p->index < q->index);
}

static pel_status check_events(size_t n, const double e_is[], const double e_a[],
                               const double e_r[], struct pel_error *err)
{
    if (n == 0)
        return pel_error_set(err, PEL_EARG, "a landscape needs at least one event");
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(e_is[i]))
            return pel_error_set(err, PEL_EARG, "event %zu: e_is is not a finite number",
                                 i + 1);
        if (!(e_a[i] > 0.0 && isfinite(e_a[i])))
            return pel_error_set(err, PEL_EARG, "event %zu: e_a is %g eV, expected > 0",
                                 i + 1, e_a[i]);
        if (!(e_r[i] > 0.0 && isfinite(e_r[i])))
            return pel_error_set(err, PEL_EARG, "event %zu: e_r is %g eV, expected > 0",
                                 i + 1, e_r[i]);
    }
    return PEL_OK;
}

struct pair {
    double e_a, e_r;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    if (p->e_a != q->e_a) return p->e_a > q->e_a ? 1 : -1;
    return (p->e_r > q->e_r) - (p->e_r < q->e_r);
}

/* The events of each level by rising barrier, as sums of exponentials want them. 0, or -1
 * without memory. */
static int sort_barriers(struct pel_landscape *l)
{
    const size_t n = l->n_events;
    struct pair *pairs = calloc(n, sizeof *pairs);
    l->rising_a = calloc(n, sizeof *l->rising_a);
    l->rising_r = calloc(n, sizeof *l->rising_r);
    if (pairs == NULL || l->rising_a == NULL || l->rising_r == NULL) {
        free(pairs);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        pairs[i] = (struct pair){l->e_a[i], l->e_r[i]};
    for (size_t k = 0; k < l->n_levels; k++)
        qsort(pairs + l->levels[k].first, l->levels[k].n_events, sizeof *pairs,
              compare_pairs);
    for (size_t i = 0; i < n; i++) {
        l->rising_a[i] = pairs[i].e_a;
        l->rising_r[i] = pairs[i].e_r;
    }
    free(pairs);
    return 0;
}

pel_status pel_landscape_create_events(const struct pel_landscape_head *head, size_t n,
                                       const char *const sample[], const double e_is[],
                                       const double e_a[], const double e_r[],
                                       struct pel_landscape **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_landscape *l = NULL;
    struct place *places = NULL;
    pel_status status = begin(head, PEL_LANDSCAPE_EVENTS, &l, err);
    if (status != PEL_OK) return status;
    l->pairs = 1;
    status = check_events(n, e_is, e_a, e_r, err);
    if (status != PEL_OK) goto fail;

    status = PEL_ENOMEM;
    places = calloc(n, sizeof *places);
    l->sample = calloc(n, sizeof *l->sample);
    l->e_a = calloc(n, sizeof *l->e_a);
    l->e_r = calloc(n, sizeof *l->e_r);
    if (places == NULL || l->sample == NULL || l->e_a == NULL || l->e_r == NULL)
        goto fail;
    l->n_events = n;
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){e_is[i], i};
    qsort(places, n, sizeof *places, compare_places);
    size_t n_levels = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t from = places[i].index;
        if (i == 0 || places[i].e_is != places[i - 1].e_is) n_levels++;
        l->e_a[i] = e_a[from];
        l->e_r[i] = e_r[from];
        l->sample[i] = copy_text(sample != NULL ? sample[from] : NULL);
        if (l->sample[i] == NULL) goto fail;
    }
    if (allocate_levels(l, n_levels) != 0) goto fail;
    struct level *level = l->levels;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || places[i].e_is != places[i - 1].e_is) {
            if (i > 0) level++;
            level->e_is = places[i].e_is;
            level->first = i;
        }
        level->n_events++;
    }
    for (size_t k = 0; k < n_levels; k++) {
        level = &l->levels[k];
        status = pel_spectrum_samples(level->n_events, l->e_a + level->first,
                                      &level->spectrum[PEL_ACTIVATION], err);
        if (status == PEL_OK)
            status = pel_spectrum_samples(level->n_events, l->e_r + level->first,
                                          &level->spectrum[PEL_RELAXATION], err);
        if (status != PEL_OK) goto fail;
    }
    if (sort_barriers(l) != 0) {
        status = PEL_ENOMEM;
        goto fail;
    }
    finish_levels(l);
    status = pel_landscape_check_line(l, err);
    if (status != PEL_OK) goto fail;
    free(places);
    *out = l;
    return PEL_OK;
fail:
    if (status == PEL_ENOMEM) pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
    free(places);
    pel_landscape_free(l);
    return status;
}

/* ---- asking ------------------------------------------------------------------------ */

enum pel_landscape_kind pel_landscape_kind(const struct pel_landscape *landscape)
{
    return landscape->kind;
}

const char *pel_landscape_kind_name(enum pel_landscape_kind kind)
{
    switch (kind) {
    case PEL_LANDSCAPE_HISTOGRAM:
        return "histogram";
    case PEL_LANDSCAPE_PARAMETRIC:
        return "parametric";
    case PEL_LANDSCAPE_EVENTS:
        return "events";
    }
    return "unknown";
}

const struct pel_landscape_head *pel_landscape_head(const struct pel_landscape *landscape)
{
    return &landscape->head;
}

double pel_landscape_e_is_min(const struct pel_landscape *landscape)
{
    return landscape->e_is_min;
}

double pel_landscape_e_is_max(const struct pel_landscape *landscape)
{
    return landscape->e_is_max;
}

size_t pel_landscape_levels(const struct pel_landscape *landscape)
{
    return landscape->n_levels;
}

double pel_landscape_level_e_is(const struct pel_landscape *landscape, size_t level)
{
    return level < landscape->n_levels ? landscape->e_is[level] : NAN;
}

double pel_landscape_level_events(const struct pel_landscape *landscape, size_t level)
{
    if (level >= landscape->n_levels) return NAN;
    if (landscape->kind == PEL_LANDSCAPE_EVENTS)
        return (double)landscape->levels[level].n_events;
    const struct pel_histogram *h = &landscape->levels[level].histogram[PEL_ACTIVATION];
    double sum = 0.0;
    for (size_t i = 0; i < h->n; i++)
        sum += h->count[i]; /* NaN: not known */
    return sum;
}

pel_status pel_landscape_histogram(const struct pel_landscape *landscape, size_t level,
                                   enum pel_landscape_spectrum which,
                                   struct pel_histogram *out, struct pel_error *err)
{
    *out = (struct pel_histogram){0};
    if (landscape->kind != PEL_LANDSCAPE_HISTOGRAM || level >= landscape->n_levels)
        return pel_error_set(err, PEL_EARG,
                             "no histogram of level %zu in a landscape of kind %s", level,
                             pel_landscape_kind_name(landscape->kind));
    *out = landscape->levels[level].histogram[which];
    return PEL_OK;
}

pel_status pel_landscape_pairs(const struct pel_landscape *landscape, size_t level,
                               size_t *n, const double **e_a, const double **e_r,
                               struct pel_error *err)
{
    *n = 0;
    *e_a = *e_r = NULL;
    if (landscape->kind != PEL_LANDSCAPE_EVENTS || level >= landscape->n_levels)
        return pel_error_set(err, PEL_EARG,
                             "no events of level %zu in a landscape of kind %s", level,
                             pel_landscape_kind_name(landscape->kind));
    *n = landscape->levels[level].n_events;
    *e_a = landscape->e_a + landscape->levels[level].first;
    *e_r = landscape->e_r + landscape->levels[level].first;
    return PEL_OK;
}

pel_status pel_landscape_parameters(const struct pel_landscape *landscape, double e_is,
                                    enum pel_landscape_spectrum which,
                                    const struct pel_family **family, double p[],
                                    struct pel_error *err)
{
    *family = NULL;
    if (landscape->kind != PEL_LANDSCAPE_PARAMETRIC)
        return pel_error_set(err, PEL_EARG, "no parameters in a landscape of kind %s",
                             pel_landscape_kind_name(landscape->kind));
    const struct conditional *c = &landscape->conditional[which];
    for (size_t k = 0; k < c->family->n_parameters; k++)
        p[k] = polynomial(c->c[k], e_is - landscape->reference);
    *family = c->family;
    return PEL_OK;
}

pel_status pel_landscape_polynomials(const struct pel_landscape *landscape,
                                     enum pel_landscape_spectrum which,
                                     const struct pel_family **family,
                                     double c[PEL_FAMILY_PARAMETERS][3],
                                     double *reference, struct pel_error *err)
{
    *family = NULL;
    if (landscape->kind != PEL_LANDSCAPE_PARAMETRIC)
        return pel_error_set(err, PEL_EARG, "no polynomials in a landscape of kind %s",
                             pel_landscape_kind_name(landscape->kind));
    *family = landscape->conditional[which].family;
    memcpy(c, landscape->conditional[which].c, sizeof landscape->conditional[which].c);
    *reference = landscape->reference;
    return PEL_OK;
}
