#include "leastsquares_priv.h"
#include "singular_priv.h"

#include <math.h>
#include <stdlib.h>

/* Singular values of the free columns of job->J, brought to unit length: values[n_free],
 * vectors[n_free * n_free]. A column of zeros stays one. */
static int decompose(const struct pel_leastsquares_job *job, const double length[],
                     double values[], double vectors[])
{
    const size_t m = job->problem->m, n = job->problem->n, k = job->n_free;
    double *A = calloc(m * k, sizeof *A);
    if (A == NULL) return 1;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < k; j++)
            A[i * k + j] =
                length[j] > 0.0 ? job->J[i * n + job->free[j]] / length[j] : 0.0;
    const int failed =
        pel_singular_decompose(m, k, A, PEL_SINGULAR_JACOBI, values, vectors);
    free(A);
    return failed;
}

static void put_covariance(const struct pel_leastsquares_job *job, const double length[],
                           const double values[], const double vectors[], double scale,
                           double covariance[])
{
    const size_t n = job->problem->n, k = job->n_free;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const enum pel_leastsquares_state a = job->variable[i].state,
                                              b = job->variable[j].state;
            double value = NAN;
            if (a == PEL_LEASTSQUARES_FIXED || b == PEL_LEASTSQUARES_FIXED) value = 0.0;
            if (i == j && a == PEL_LEASTSQUARES_UNDETERMINED) value = INFINITY;
            covariance[i * n + j] = value;
        }
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            const size_t a = job->free[i], b = job->free[j];
            if (job->variable[a].state != PEL_LEASTSQUARES_FREE ||
                job->variable[b].state != PEL_LEASTSQUARES_FREE)
                continue;
            double sum = 0.0;
            for (size_t l = 0; l < job->report.rank; l++) {
                const double s = values[l];
                sum += vectors[i * k + l] * vectors[j * k + l] / (s * s);
            }
            covariance[a * n + b] = scale * sum / (length[i] * length[j]);
        }
}

pel_status pel_leastsquares_judge(struct pel_leastsquares_job *job, double covariance[],
                                  struct pel_error *err)
{
    const size_t n = job->problem->n, m = job->problem->m, k = job->n_free;
    struct pel_leastsquares_report *report = &job->report;
    report->n_free = k;
    report->condition = NAN;
    double *values = NULL, *vectors = NULL;
    double *length = calloc(n, sizeof *length);
    pel_status status = PEL_OK;
    if (length == NULL) goto nomem;
    if (k > 0) {
        values = calloc(k, sizeof *values);
        vectors = calloc(k * k, sizeof *vectors);
        if (values == NULL || vectors == NULL) goto nomem;
        for (size_t i = 0; i < k; i++)
            pel_leastsquares_along(job, job->r, job->free[i], &length[i]);
        if (decompose(job, length, values, vectors) != 0) {
            status = pel_error_set(err, PEL_ENOCONV,
                                   "least squares: J has no singular values");
            goto done;
        }
        const double most = values[0], least = values[k - 1];
        report->condition = least > 0.0 ? most / least : INFINITY;
        while (report->rank < k && values[report->rank] > job->set->rank * most)
            report->rank++;
    }
    for (size_t i = 0; i < k; i++) {
        double share = 0.0;
        for (size_t l = report->rank; l < k; l++)
            share += pow(vectors[i * k + l], 2.0);
        if (share > job->set->null_share || !(length[i] > 0.0))
            job->variable[job->free[i]].state = PEL_LEASTSQUARES_UNDETERMINED;
    }
    if (covariance != NULL) {
        double scale = 1.0;
        if (job->set->errors == PEL_LEASTSQUARES_SCATTER)
            scale = m > report->rank ? job->chi2 / (double)(m - report->rank) : NAN;
        put_covariance(job, length, values, vectors, scale, covariance);
    }
    goto done;
nomem:
    status = pel_error_set(err, PEL_ENOMEM, "least squares in %zu parameters", n);
done:
    free(values);
    free(vectors);
    free(length);
    return status;
}
