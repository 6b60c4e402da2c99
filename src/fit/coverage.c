#include <pelrate/coverage.h>

#include <pelrate/special.h>

#include <math.h>
#include <stdlib.h>

/* Deviation of the 95 % interval of a normal distribution [1]. */
static const double z_95 = 1.959963984540054;

static double square(double x)
{
    return x * x;
}

/* The interval of Chao (1987): what is missing, T = chao1 - S, is taken as log-normal. */
static void log_normal_interval(struct pel_coverage *c)
{
    const double found = (double)c->distinct, missing = c->chao1 - found;
    const double k = exp(z_95 * sqrt(log1p(square(c->chao1_sd / missing))));
    c->chao1_lo = found + missing / k;
    c->chao1_hi = found + missing * k;
}

/* Where no path is expected to be missing: the spread of the number that n draws of S
 * paths with equal probabilities find. */
static void full_interval(struct pel_coverage *c)
{
    const double s = (double)c->distinct, n = (double)c->valid;
    if (c->distinct == 0) {
        c->chao1_sd = c->chao1_lo = c->chao1_hi = 0.0;
        return;
    }
    const double unseen = exp(-n / s);
    c->chao1_sd = sqrt(s * unseen * (1.0 - unseen));
    const double centre = s / (1.0 - unseen),
                 width = z_95 * sqrt(s * unseen) / (1.0 - unseen);
    c->chao1_lo = fmax(s, centre - width);
    c->chao1_hi = centre + width;
}

static void estimate_chao1(struct pel_coverage *c)
{
    const double s = (double)c->distinct, n = (double)c->valid;
    const double f1 = (double)c->singletons, f2 = (double)c->doubletons;
    c->chao1 = s;
    if (c->singletons <= 1) {
        full_interval(c);
        return;
    }
    const double a = (n - 1.0) / n;
    c->chao1 += a * f1 * (f1 - 1.0) / (2.0 * (f2 + 1.0));
    double variance;
    if (c->doubletons > 0)
        variance = a * f1 * (f1 - 1.0) / (2.0 * (f2 + 1.0)) +
                   square(a) * f1 * square(2.0 * f1 - 1.0) / (4.0 * square(f2 + 1.0)) +
                   square(a) * square(f1) * f2 * square(f1 - 1.0) /
                       (4.0 * square(square(f2 + 1.0)));
    else
        variance = a * f1 * (f1 - 1.0) / 2.0 +
                   square(a) * f1 * square(2.0 * f1 - 1.0) / 4.0 -
                   square(a) * square(square(f1)) / (4.0 * c->chao1);
    c->chao1_sd = sqrt(fmax(variance, 0.0));
    log_normal_interval(c);
}

static void estimate_recapture(struct pel_coverage *c)
{
    const double n1 = (double)c->even, n2 = (double)c->odd, m = (double)c->both;
    c->recapture = (n1 + 1.0) * (n2 + 1.0) / (m + 1.0) - 1.0;
    c->recapture_sd = sqrt((n1 + 1.0) * (n2 + 1.0) * (n1 - m) * (n2 - m) /
                           (square(m + 1.0) * (m + 2.0)));
}

static void estimate_share(struct pel_coverage *c)
{
    c->found_share = c->valid > 0 ? 1.0 - (double)c->singletons / (double)c->valid : NAN;
}

void pel_coverage_of(size_t searches, size_t n, const size_t hits[][2],
                     struct pel_coverage *out)
{
    struct pel_coverage c = {.searches = searches};
    for (size_t i = 0; i < n; i++) {
        const size_t all = hits[i][0] + hits[i][1];
        c.valid += all;
        c.distinct += all > 0;
        c.singletons += all == 1;
        c.doubletons += all == 2;
        c.even += hits[i][0] > 0;
        c.odd += hits[i][1] > 0;
        c.both += hits[i][0] > 0 && hits[i][1] > 0;
    }
    estimate_share(&c);
    estimate_chao1(&c);
    estimate_recapture(&c);
    *out = c;
}

void pel_coverage_add(struct pel_coverage *level, const struct pel_coverage *sample)
{
    level->searches += sample->searches;
    level->valid += sample->valid;
    level->distinct += sample->distinct;
    level->singletons += sample->singletons;
    level->doubletons += sample->doubletons;
    level->even += sample->even;
    level->odd += sample->odd;
    level->both += sample->both;
    level->chao1 += sample->chao1;
    level->chao1_sd = hypot(level->chao1_sd, sample->chao1_sd);
    level->recapture += sample->recapture;
    level->recapture_sd = hypot(level->recapture_sd, sample->recapture_sd);
    estimate_share(level);
    if (level->chao1 > (double)level->distinct) {
        log_normal_interval(level);
    } else {
        /* Nothing missing anywhere: one sided, from what was found on. */
        level->chao1_lo = (double)level->distinct;
        level->chao1_hi = level->chao1 + z_95 * level->chao1_sd;
    }
}

static pel_status check_sample(const struct pel_pool *pool, size_t sample,
                               struct pel_error *err)
{
    if (sample >= pool->n_samples)
        return pel_error_set(err, PEL_EARG, "there is no sample %zu, expected one of %zu",
                             sample, pool->n_samples);
    if (!pool->samples[sample].complete)
        return pel_error_set(err, PEL_EFORMAT,
                             "sample '%s': searches are missing among its %zu rows, "
                             "expected all of them (an export with --distinct says "
                             "nothing about coverage)",
                             pool->samples[sample].name,
                             pool->samples[sample].counts.searches);
    return PEL_OK;
}

pel_status pel_coverage_of_sample(const struct pel_pool *pool, size_t sample,
                                  double below_e_a_eV, struct pel_coverage *out,
                                  struct pel_error *err)
{
    *out = (struct pel_coverage){0};
    pel_status status = check_sample(pool, sample, err);
    if (status != PEL_OK) return status;
    const struct pel_pool_sample *s = &pool->samples[sample];
    size_t(*hits)[2] = calloc(s->counts.kept + 1, sizeof *hits), n = 0;
    if (hits == NULL) return pel_error_set(err, PEL_ENOMEM, "coverage");
    for (size_t i = s->first; i < s->first + s->counts.kept; i++)
        if (pool->e_a[i] < below_e_a_eV) {
            hits[n][0] = pool->hits[i][0];
            hits[n][1] = pool->hits[i][1];
            n++;
        }
    pel_coverage_of(s->counts.searches, n, (const size_t(*)[2])hits, out);
    free(hits);
    return PEL_OK;
}

pel_status pel_coverage_of_level(const struct pel_pool *pool, size_t level,
                                 double below_e_a_eV, struct pel_coverage *out,
                                 struct pel_error *err)
{
    *out = (struct pel_coverage){0};
    if (level >= pool->n_levels)
        return pel_error_set(err, PEL_EARG, "there is no level %zu, expected one of %zu",
                             level, pool->n_levels);
    const struct pel_pool_level *l = &pool->levels[level];
    for (size_t s = l->first_sample; s < l->first_sample + l->n_samples; s++) {
        struct pel_coverage sample;
        const pel_status status =
            pel_coverage_of_sample(pool, s, below_e_a_eV, &sample, err);
        if (status != PEL_OK) return status;
        pel_coverage_add(out, &sample);
    }
    return PEL_OK;
}

/* Probability that t of all searches miss a path which x of them found. */
static double missed(size_t all, size_t x, size_t t)
{
    if (x + t > all) return 0.0;
    const double n = (double)all, d = (double)x, m = (double)t;
    return exp(pel_special_ln_gamma(n - d + 1.0) - pel_special_ln_gamma(n - d - m + 1.0) -
               pel_special_ln_gamma(n + 1.0) + pel_special_ln_gamma(n - m + 1.0));
}

/* Paths that were found equally often are expected alike: one term each instead of one a
 * path. with[x] counts paths found x times. */
static double expectation(size_t all, const size_t with[], size_t t)
{
    double sum = 0.0;
    for (size_t x = 1; x <= all; x++)
        if (with[x] > 0) sum += (double)with[x] * (1.0 - missed(all, x, t));
    return sum;
}

pel_status pel_coverage_discovery(const struct pel_pool *pool, size_t sample,
                                  double below_e_a_eV, size_t n_points,
                                  struct pel_coverage_point points[],
                                  struct pel_error *err)
{
    pel_status status = check_sample(pool, sample, err);
    if (status != PEL_OK) return status;
    const struct pel_pool_sample *s = &pool->samples[sample];
    const size_t all = s->counts.searches;
    if (n_points == 0 || n_points > all)
        return pel_error_set(err, PEL_EARG, "%zu points, expected 1 to %zu", n_points,
                             all);
    size_t *with = calloc(all + 1, sizeof *with), *first = calloc(all + 1, sizeof *first);
    if (with == NULL || first == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "discovery curve");
        goto done;
    }
    for (size_t i = s->first; i < s->first + s->counts.kept; i++) {
        if (!(pool->e_a[i] < below_e_a_eV)) continue;
        with[pool->hits[i][0] + pool->hits[i][1]]++;
        first[pool->search[i]]++;
    }
    for (size_t k = 0, distinct = 0, done = 0; k < n_points; k++) {
        const size_t t = (k + 1) * all / n_points;
        for (; done < t; done++)
            distinct += first[done];
        points[k] = (struct pel_coverage_point){
            .searches = t, .distinct = distinct, .expected = expectation(all, with, t)};
    }

done:
    free(with);
    free(first);
    return status;
}
