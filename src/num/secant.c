#include <pelrate/secant.h>

#include <stdlib.h>
#include <string.h>

struct pel_secant {
    size_t n;       /* coordinates */
    size_t memory;  /* pairs kept */
    size_t used;    /* pairs there are */
    size_t next;    /* where the next pair goes (a ring) */
    double *step;   /* [memory * n] steps s, owned */
    double *change; /* [memory * n] changes y of the gradient, owned */
    double *rho;    /* [memory] 1 / (s . y), owned */
    double *alpha;  /* [memory] scratch of the recursion, owned */
};

/* Pairs whose curvature s.y is below this share of |s| |y| tell more about rounding than
 * about the surface. */
static const double curvature_floor = 1e-10;

static double dot(size_t n, const double a[], const double b[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

pel_status pel_secant_create(size_t n, size_t memory, struct pel_secant **out,
                             struct pel_error *err)
{
    *out = NULL;
    if (n == 0 || memory == 0)
        return pel_error_set(
            err, PEL_EARG, "%zu coordinates and %zu pairs: both must be >= 1", n, memory);
    struct pel_secant *secant = calloc(1, sizeof *secant);
    if (secant == NULL) goto nomem;
    secant->n = n;
    secant->memory = memory;
    secant->step = calloc(memory * n, sizeof *secant->step);
    secant->change = calloc(memory * n, sizeof *secant->change);
    secant->rho = calloc(memory, sizeof *secant->rho);
    secant->alpha = calloc(memory, sizeof *secant->alpha);
    if (secant->step == NULL || secant->change == NULL || secant->rho == NULL ||
        secant->alpha == NULL)
        goto nomem;
    *out = secant;
    return PEL_OK;

nomem:
    pel_secant_free(secant);
    return pel_error_set(err, PEL_ENOMEM, "%zu pairs of %zu coordinates", memory, n);
}

void pel_secant_free(struct pel_secant *secant)
{
    if (secant == NULL) return;
    free(secant->step);
    free(secant->change);
    free(secant->rho);
    free(secant->alpha);
    free(secant);
}

void pel_secant_reset(struct pel_secant *secant)
{
    secant->used = 0;
    secant->next = 0;
}

int pel_secant_add(struct pel_secant *secant, const double step[], const double change[])
{
    const size_t n = secant->n;
    const double sy = dot(n, step, change), ss = dot(n, step, step);
    const double yy = dot(n, change, change);
    if (!(sy > 0.0) || !(sy * sy > curvature_floor * curvature_floor * ss * yy)) return 0;
    memcpy(secant->step + secant->next * n, step, n * sizeof *step);
    memcpy(secant->change + secant->next * n, change, n * sizeof *change);
    secant->rho[secant->next] = 1.0 / sy;
    secant->next = (secant->next + 1) % secant->memory;
    if (secant->used < secant->memory) secant->used++;
    return 1;
}

void pel_secant_direction(struct pel_secant *secant, const double gradient[],
                          double scale, double direction[])
{
    const size_t n = secant->n, m = secant->memory;
    for (size_t i = 0; i < n; i++)
        direction[i] = -gradient[i];
    /* newest to oldest */
    for (size_t k = 0; k < secant->used; k++) {
        const size_t slot = (secant->next + m - 1 - k) % m;
        const double *s = secant->step + slot * n, *y = secant->change + slot * n;
        secant->alpha[slot] = secant->rho[slot] * dot(n, s, direction);
        for (size_t i = 0; i < n; i++)
            direction[i] -= secant->alpha[slot] * y[i];
    }
    if (secant->used > 0) {
        const size_t newest = (secant->next + m - 1) % m;
        const double *y = secant->change + newest * n;
        scale = 1.0 / (secant->rho[newest] * dot(n, y, y));
    }
    for (size_t i = 0; i < n; i++)
        direction[i] *= scale;
    /* oldest to newest */
    for (size_t k = secant->used; k-- > 0;) {
        const size_t slot = (secant->next + m - 1 - k) % m;
        const double *s = secant->step + slot * n, *y = secant->change + slot * n;
        const double beta = secant->rho[slot] * dot(n, y, direction);
        for (size_t i = 0; i < n; i++)
            direction[i] += (secant->alpha[slot] - beta) * s[i];
    }
}
