#include <pelrate/lbfgs.h>

#include <stdlib.h>
#include <string.h>

struct pel_lbfgs {
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

pel_status pel_lbfgs_create(size_t n, size_t memory, struct pel_lbfgs **out,
                            struct pel_error *err)
{
    *out = NULL;
    if (n == 0 || memory == 0)
        return pel_error_set(
            err, PEL_EARG, "%zu coordinates and %zu pairs: both must be >= 1", n, memory);
    struct pel_lbfgs *lbfgs = calloc(1, sizeof *lbfgs);
    if (lbfgs == NULL) goto nomem;
    lbfgs->n = n;
    lbfgs->memory = memory;
    lbfgs->step = calloc(memory * n, sizeof *lbfgs->step);
    lbfgs->change = calloc(memory * n, sizeof *lbfgs->change);
    lbfgs->rho = calloc(memory, sizeof *lbfgs->rho);
    lbfgs->alpha = calloc(memory, sizeof *lbfgs->alpha);
    if (lbfgs->step == NULL || lbfgs->change == NULL || lbfgs->rho == NULL ||
        lbfgs->alpha == NULL)
        goto nomem;
    *out = lbfgs;
    return PEL_OK;

nomem:
    pel_lbfgs_free(lbfgs);
    return pel_error_set(err, PEL_ENOMEM, "%zu pairs of %zu coordinates", memory, n);
}

void pel_lbfgs_free(struct pel_lbfgs *lbfgs)
{
    if (lbfgs == NULL) return;
    free(lbfgs->step);
    free(lbfgs->change);
    free(lbfgs->rho);
    free(lbfgs->alpha);
    free(lbfgs);
}

void pel_lbfgs_reset(struct pel_lbfgs *lbfgs)
{
    lbfgs->used = 0;
    lbfgs->next = 0;
}

int pel_lbfgs_add(struct pel_lbfgs *lbfgs, const double step[], const double change[])
{
    const size_t n = lbfgs->n;
    const double sy = dot(n, step, change), ss = dot(n, step, step);
    const double yy = dot(n, change, change);
    if (!(sy > 0.0) || !(sy * sy > curvature_floor * curvature_floor * ss * yy)) return 0;
    memcpy(lbfgs->step + lbfgs->next * n, step, n * sizeof *step);
    memcpy(lbfgs->change + lbfgs->next * n, change, n * sizeof *change);
    lbfgs->rho[lbfgs->next] = 1.0 / sy;
    lbfgs->next = (lbfgs->next + 1) % lbfgs->memory;
    if (lbfgs->used < lbfgs->memory) lbfgs->used++;
    return 1;
}

void pel_lbfgs_direction(struct pel_lbfgs *lbfgs, const double gradient[], double scale,
                         double direction[])
{
    const size_t n = lbfgs->n, m = lbfgs->memory;
    for (size_t i = 0; i < n; i++)
        direction[i] = -gradient[i];
    /* newest to oldest */
    for (size_t k = 0; k < lbfgs->used; k++) {
        const size_t slot = (lbfgs->next + m - 1 - k) % m;
        const double *s = lbfgs->step + slot * n, *y = lbfgs->change + slot * n;
        lbfgs->alpha[slot] = lbfgs->rho[slot] * dot(n, s, direction);
        for (size_t i = 0; i < n; i++)
            direction[i] -= lbfgs->alpha[slot] * y[i];
    }
    if (lbfgs->used > 0) {
        const size_t newest = (lbfgs->next + m - 1) % m;
        const double *y = lbfgs->change + newest * n;
        scale = 1.0 / (lbfgs->rho[newest] * dot(n, y, y));
    }
    for (size_t i = 0; i < n; i++)
        direction[i] *= scale;
    /* oldest to newest */
    for (size_t k = lbfgs->used; k-- > 0;) {
        const size_t slot = (lbfgs->next + m - 1 - k) % m;
        const double *s = lbfgs->step + slot * n, *y = lbfgs->change + slot * n;
        const double beta = lbfgs->rho[slot] * dot(n, y, direction);
        for (size_t i = 0; i < n; i++)
            direction[i] += (lbfgs->alpha[slot] - beta) * s[i];
    }
}
