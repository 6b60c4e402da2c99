#ifndef PEL_TEST_ATOMS_COMMON_H
#define PEL_TEST_ATOMS_COMMON_H

/* What the tests of the atoms share: files in and out, samples, and a potential in closed
 * form, so that most tests need no table of anybody's. */

#include <pelrate/potential.h>
#include <pelrate/random.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ASSERT_OK(call, err)                                                             \
    do {                                                                                 \
        if ((call) != PEL_OK) fail_msg("%s: %s", #call, (err).text);                     \
    } while (0)

#define ASSERT_NEAR(a, b, tolerance)                                                     \
    do {                                                                                 \
        const double a_ = (a), b_ = (b), t_ = (tolerance);                               \
        if (!(fabs(a_ - b_) <= t_))                                                      \
            fail_msg("%s = %.17g, want %.17g, differs by %.3g > %.3g", #a, a_, b_,       \
                     fabs(a_ - b_), t_);                                                 \
    } while (0)

/* A file of this test's own; the path is the caller's array of 64. */
static inline void write_temporary(char path[64], const char *suffix, const char *content)
{
    char base[] = "/tmp/pel_atoms_XXXXXX";
    const int fd = mkstemp(base);
    assert_true(fd >= 0);
    close(fd);
    snprintf(path, 64, "%s%s", base, suffix);
    assert_int_equal(rename(base, path), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

/* Closed form of a two-element eam/fs potential. Every function differs for every order
 * of its elements, so that a swapped index shows. */
enum { FORM_N_R = 4001, FORM_N_RHO = 4001 };
static const double FORM_CUT = 4.8, FORM_D_R = 4.8 / (FORM_N_R - 1), FORM_D_RHO = 0.01;

/* Smooth cut: zero with three derivatives at FORM_CUT. */
static inline double form_window(double r)
{
    const double u = 1.0 - r / FORM_CUT;
    return u > 0.0 ? u * u * u * u : 0.0;
}
static inline double form_density(int from, int at, double r)
{
    static const double strength[2][2] = {{3.1, 4.7}, {2.3, 5.9}},
                        decay[2][2] = {{0.31, 0.17}, {0.23, 0.41}};
    return strength[from][at] * exp(-decay[from][at] * r) * form_window(r);
}
static inline double form_embedding(int a, double rho)
{
    return a == 0 ? -0.71 * sqrt(rho + 0.3) + 0.013 * rho
                  : -0.93 * sqrt(rho + 0.5) + 0.0021 * rho * rho;
}
static inline double form_pair(int a, int b, double r)
{
    static const double strength[2][2] = {{17.3, 23.9}, {23.9, 31.1}};
    return strength[a][b] * exp(-(1.1 + 0.07 * (a + b)) * r) * form_window(r) * 3.0;
}

static inline void write_table(FILE *file, int n, double (*f)(int, int, double), int a,
                               int b, double step, int times_r)
{
    for (int k = 0; k < n; k++) {
        const double r = k * step;
        fprintf(file, "%.17g%s", f(a, b, r) * (times_r ? r : 1.0),
                k % 5 == 4 || k == n - 1 ? "\n" : " ");
    }
}
static inline double form_embedding_ab(int a, int b, double rho)
{
    (void)b;
    return form_embedding(a, rho);
}

/* The closed form as a potential file; Aa and Bb are the elements. */
static inline void write_form_potential(char path[64], int fs)
{
    write_temporary(path, fs ? ".eam.fs" : ".eam.alloy", "");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "closed form\nfor tests\n\n2 Aa Bb\n%d %.17g %d %.17g %.17g\n",
            FORM_N_RHO, FORM_D_RHO, FORM_N_R, FORM_D_R, FORM_CUT);
    for (int a = 0; a < 2; a++) {
        fprintf(file, "%d %g 3.6 fcc\n", 29 + 11 * a, 63.546 + 27.7 * a);
        write_table(file, FORM_N_RHO, form_embedding_ab, a, 0, FORM_D_RHO, 0);
        for (int b = 0; b < (fs ? 2 : 1); b++)
            write_table(file, FORM_N_R, form_density, a, b, FORM_D_R, 0);
    }
    for (int a = 0; a < 2; a++)
        for (int b = 0; b <= a; b++)
            write_table(file, FORM_N_R, form_pair, a, b, FORM_D_R, 1);
    fclose(file);
}

static inline struct pel_potential *form_potential(void)
{
    static const char *const names[] = {"Aa", "Bb"};
    struct pel_error err = {0};
    struct pel_potential *potential = NULL;
    char path[64];
    write_form_potential(path, 1);
    ASSERT_OK(pel_potential_read(path, NULL, 2, names, &potential, &err), err);
    remove(path);
    return potential;
}

/* n atoms of Aa and Bb at random, no two closer than apart (0: anywhere), some of them
 * outside the cell by whole vectors. */
static inline struct pel_structure *random_structure(size_t n, const double h[3][3],
                                                     double apart, uint64_t seed)
{
    struct pel_error err = {0};
    struct pel_structure *s = NULL;
    struct pel_random random;
    const double origin[3] = {-1.37, 2.21, 0.83};
    pel_random_init(&random, seed, 5, 9);
    ASSERT_OK(pel_structure_create(n, &s, &err), err);
    ASSERT_OK(pel_cell_init(&s->cell, h, origin, &err), err);
    s->n_species = 2;
    strcpy(s->species[0], "Aa");
    strcpy(s->species[1], "Bb");
    s->mass[0] = 63.546;
    s->mass[1] = 91.224;
    for (size_t i = 0; i < n; i++) {
        s->id[i] = (int64_t)(3 * i + 2);
        s->type[i] = pel_random_uniform(&random) < 0.44;
        int good = 0;
        for (int trial = 0; trial < 100000 && !good; trial++) {
            double u[3];
            for (int d = 0; d < 3; d++)
                u[d] = pel_random_uniform(&random);
            for (int k = 0; k < 3; k++)
                s->x[3 * i + k] =
                    origin[k] + u[0] * h[0][k] + u[1] * h[1][k] + u[2] * h[2][k];
            good = 1;
            for (size_t j = 0; j < i && good; j++) {
                double d[3];
                for (int k = 0; k < 3; k++)
                    d[k] = s->x[3 * i + k] - s->x[3 * j + k];
                pel_cell_minimum_image(&s->cell, d);
                good = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] > apart * apart;
            }
        }
        assert_true(good);
    }
    for (size_t i = 0; i < n; i += 7)
        for (int k = 0; k < 3; k++)
            s->x[3 * i + k] += 2.0 * h[0][k] - h[1][k] + 3.0 * h[2][k];
    return s;
}

static const double TILTED[3][3] = {
    {13.1, 0.0, 0.0}, {4.9, 12.3, 0.0}, {-3.7, 5.3, 11.9}};

/* Group fixtures: the potential in closed form is *state. */
static inline int form_set_up(void **state)
{
    *state = form_potential();
    return 0;
}

static inline int form_tear_down(void **state)
{
    pel_potential_free(*state);
    return 0;
}

#endif /* PEL_TEST_ATOMS_COMMON_H */
