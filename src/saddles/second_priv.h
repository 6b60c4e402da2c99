#ifndef PEL_SECOND_PRIV_H
#define PEL_SECOND_PRIV_H

#include <pelrate/catalogue.h>

/* What running and judging a second generation share. */

/* The setting of the second catalogue that holds region_distance_A. */
#define SECOND_REGION_KEY "second_region_distance_A"

/* The value of a setting of a catalogue; NULL where there is none. */
const char *pel_second_value(const struct pel_catalogue *catalogue, const char *key);

/* A first hop. */
struct second_hop {
    size_t sample, search; /* in the first catalogue */
    uint64_t priority;     /* the lowest are chosen */
    double e_a_eV, e_r_eV; /* [eV] */
    size_t n;              /* coordinates */
    float *saddle, *final; /* [n] from the initial minimum [A]; owned */
};

/* Copy what a search holds. Errors: PEL_ENOMEM; *hop is to be released then too. */
pel_status pel_second_hop_copy(const struct pel_catalogue_search *search,
                               struct second_hop *hop, struct pel_error *err);
void pel_second_hop_free(struct second_hop *hop);

/* The moved region of displacements d[3 atoms]: indices of the atoms that moved more than
 * distance_A, increasing, at least the one that moved most. region has room for all;
 * returns their number. */
size_t pel_second_region(size_t atoms, const float d[], double distance_A,
                         size_t region[]);

#endif /* PEL_SECOND_PRIV_H */
