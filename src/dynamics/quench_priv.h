/* Not for users: a quench from inside, for the code that keeps it in files. */
#ifndef PEL_QUENCH_PRIV_H
#define PEL_QUENCH_PRIV_H

#include "state_priv.h"

#include <pelrate/quench.h>

struct pel_quench {
    const struct pel_potential *potential; /* borrowed */
    struct pel_quench_settings settings;
    struct pel_forces *forces;     /* owned */
    struct pel_md *md;             /* owned; at a row whenever no call is running */
    struct pel_exchange *exchange; /* owned; NULL: no exchanges */
    struct pel_random swap_random; /* of exchanges, apart from that of the noise */
    struct pel_structure *glass;   /* the inherent structure, once there is one; owned */
    struct pel_quench_row *rows;   /* [n_alloc], n_rows used; owned */
    size_t n_rows;
    size_t n_alloc;
    double saved_ps; /* time of the last checkpoint [ps] */
};

/* What of settings and potential decides a trajectory, as "name value" texts: i-th one,
 * 0 past the last. */
int pel_quench_describe(const struct pel_potential *potential,
                        const struct pel_quench_settings *settings, int i,
                        char text[PEL_STATE_TEXT]);

/* Room for one more row at the end of the record; it is counted.
 * Errors: PEL_ENOMEM. */
pel_status pel_quench_add_row(struct pel_quench *quench, const struct pel_quench_row *row,
                              struct pel_error *err);

/* A quench around a structure, which must hold velocities; nothing relaxed or drawn. */
pel_status pel_quench_wrap(const struct pel_potential *potential,
                           const struct pel_structure *structure,
                           const struct pel_quench_settings *settings,
                           struct pel_quench **out, struct pel_error *err);

#endif /* PEL_QUENCH_PRIV_H */
