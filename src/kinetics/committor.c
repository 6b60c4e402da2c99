#include <pelrate/committor.h>

#include <pelrate/steffen.h>
#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>

struct pel_committor_z {
    size_t n;
    double *e_is; /* [n] increasing [eV/atom], owned */
    double *ln_z; /* [n] owned */
};

void pel_committor_z_free(struct pel_committor_z *z)
{
    if (z == NULL) return;
    free(z->e_is);
    free(z->ln_z);
    free(z);
}

static pel_status check(size_t i, const double e_is[], double z, struct pel_error *err)
{
    if (!isfinite(e_is[i]) || (i > 0 && !(e_is[i] > e_is[i - 1])))
        return pel_error_set(
            err, PEL_EARG,
            "e_is of z is %.17g eV/atom, expected a number above the one "
            "before",
            e_is[i]);
    if (!(z > 0.0 && isfinite(z)))
        return pel_error_set(err, PEL_EARG, "z is %g, expected a number > 0", z);
    return PEL_OK;
}

pel_status pel_committor_z_create(size_t n, const double e_is[], const double z[],
                                  struct pel_committor_z **out, struct pel_error *err)
{
    *out = NULL;
    if (n == 0) return pel_error_set(err, PEL_EARG, "no z");
    for (size_t i = 0; i < n; i++) {
        const pel_status status = check(i, e_is, z[i], err);
        if (status != PEL_OK) return status;
    }
    struct pel_committor_z *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->e_is = calloc(n, sizeof *made->e_is);
        made->ln_z = calloc(n, sizeof *made->ln_z);
    }
    if (made == NULL || made->e_is == NULL || made->ln_z == NULL) {
        pel_committor_z_free(made);
        return pel_error_set(err, PEL_ENOMEM, "z: out of memory");
    }
    made->n = n;
    for (size_t i = 0; i < n; i++) {
        made->e_is[i] = e_is[i];
        made->ln_z[i] = log(z[i]);
    }
    *out = made;
    return PEL_OK;
}

pel_status pel_committor_z_read(const char *path, const char *column,
                                struct pel_committor_z **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_table *table = NULL;
    double *values = NULL;
    size_t columns[2];
    pel_status status = pel_table_read(path, &table, err);
    if (status == PEL_OK)
        status = pel_table_column(table, "e_is_eV_per_atom", &columns[0], err);
    if (status == PEL_OK) status = pel_table_column(table, column, &columns[1], err);
    if (status != PEL_OK) goto done;
    const size_t n = pel_table_rows(table);
    if (n == 0) {
        status = pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                              "no rows, expected at least one");
        goto done;
    }
    values = calloc(2 * n, sizeof *values);
    if (values == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "z: out of memory");
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        struct pel_error why = {0};
        for (size_t k = 0; k < 2 && status == PEL_OK; k++)
            status = pel_table_number(table, i, columns[k], &values[k * n + i], err);
        if (status != PEL_OK) goto done;
        if (check(i, values, values[n + i], &why) == PEL_OK) continue;
        status = pel_error_at(err, PEL_EFORMAT, path, pel_table_line(table, i), "%s: %s",
                              column, why.text);
        goto done;
    }
    status = pel_committor_z_create(n, values, values + n, out, err);
done:
    free(values);
    pel_table_free(table);
    return status;
}

double pel_committor_ln_z(const struct pel_committor_z *z, double e_is, double *slope)
{
    const double lo = z->e_is[0], hi = z->e_is[z->n - 1];
    *slope = 0.0;
    if (!(e_is > lo)) return z->ln_z[0];
    if (!(e_is < hi)) return z->ln_z[z->n - 1];
    struct pel_steffen st;
    double value = 0.0;
    pel_steffen_stencil(z->n, z->e_is, e_is, &st);
    pel_steffen_weights(z->n, z->e_is, z->ln_z, e_is, &st);
    for (size_t j = 0; j < st.n; j++) {
        value += st.w[j] * z->ln_z[st.first + j];
        *slope += st.d[j] * z->ln_z[st.first + j];
    }
    return value;
}
