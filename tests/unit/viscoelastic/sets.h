#ifndef PEL_TEST_SETS_H
#define PEL_TEST_SETS_H

/* Parameter sets that several tests use. */

#include <pelrate/qpd.h>

/* S1 to S4 of Table 1 (k = 0 .. 3) with compliances of odd values, times at 403 K. */
static inline struct pel_qpd table_1(int k)
{
    static const double B[4][3] = {
        {.36, .46, .58}, {.33, .40, .52}, {.30, .37, .43}, {.28, .32, .38}};
    static const double tau[4][3] = {{0.15, 2.34e7, 2.19e8},
                                     {0.11, 5.90e6, 5.58e7},
                                     {0.08, 4.05e6, 3.19e7},
                                     {0.03, 1.53e6, 1.01e7}};
    static const double J[3] = {0.0077, 0.33, 0.61};
    struct pel_qpd qpd = pel_qpd_none();
    qpd.elastic_per_GPa = 0.0301;
    for (int c = 0; c < 3; c++)
        qpd.part[c] = (struct pel_qpd_part){B[k][c], tau[k][c], J[c]};
    qpd.temperature_K = 403.0;
    qpd.activation_energy_eV = 1.08;
    return qpd;
}

#endif
