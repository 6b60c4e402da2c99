#ifndef PEL_RETURNS_H
#define PEL_RETURNS_H

#include <pelrate/successor.h>
#include <stddef.h>
#include <stdio.h>

/* Whether hops are undone at once, and how many other ways there are: what the second
 * generation says, state by state and level by level of E_IS. Measured for a rate theory
 * in which a hop counts only if it is not undone.
 *
 * z, the number of paths onward from where a hop ends, counts the paths that the searches
 * found, or that Chao1 says there are at least: lower bounds both. Shares of hops that go
 * back are upper bounds for the same reason. A state counts as one, however many searches
 * it took; errors are those of the mean over states as if they were independent, and too
 * small where a level has few samples. */

enum { PEL_RETURNS_TEMPERATURES = 3 };

/* Temperature [K] of entry k of the arrays below: 300, 600, 900; NaN beyond. */
PEL_API double pel_returns_temperature(size_t k);

/* A state: where one hop of the first generation ended. */
struct pel_returns_state {
    char sample[PEL_EVENT_NAME]; /* of the hop */
    int64_t search;              /* of the hop */
    double e_is;                 /* IS energy where it began [eV/atom] */
    double e_a, e_r;             /* its barriers, whole cell [eV] */
    double drift;                /* of the state while it was minimised again [A] */
    size_t level;                /* index of its level */
    size_t searches;             /* from the state */
    size_t valid;                /* of them, with a valid event */
    size_t distinct;             /* different ones */
    size_t back;                 /* valid searches that lead back, all three kinds */
    double back_share;           /* back / valid [1]; NaN without a valid one */
    int way_back_found;         /* whether the hop reversed was among them: it is there */
    size_t z_found;             /* distinct paths onward */
    double z_chao1, z_chao1_sd; /* at least so many (coverage.h), standard deviation */
    size_t elsewhere;           /* distinct paths elsewhere */
    size_t z_touching; /* distinct paths that do not lead back and have at least one
                          moved atom in common with the hop: what z would be if that made
                          a path local */
    /* Share of the rate back in the rate back and onward, each path exp(-E_A/k_B T): the
     * hop reversed, which is there whether it was found or not, E_A = e_r, and all others
     * that were found [1] */
    double back_rate_share[PEL_RETURNS_TEMPERATURES];
};

/* A level. Mean and its standard error, NaN where there are too few states. */
struct pel_returns_level {
    double e_is; /* mean over its samples [eV/atom] */
    size_t samples, states;
    size_t searches, valid;
    double back_share, back_share_error; /* of all valid searches [1] */
    double way_back_found;               /* share of the states where it was found [1] */
    double z_found, z_found_error;       /* mean over states */
    double z_chao1, z_chao1_error;       /* mean over states */
    double z_touching, z_touching_error; /* mean over states */
    /* Mean of back_rate_share, each state the same [1] */
    double back[PEL_RETURNS_TEMPERATURES], back_error[PEL_RETURNS_TEMPERATURES];
    /* The same with each hop at its rate, exp(-e_a/k_B T): share of the hops that happen
     * [1]; and how many states that rests on */
    double hops_back[PEL_RETURNS_TEMPERATURES], hops_back_error[PEL_RETURNS_TEMPERATURES];
    double n_eff[PEL_RETURNS_TEMPERATURES];
};

struct pel_returns {
    size_t n;                         /* states */
    struct pel_returns_state *states; /* [n] in the order of the list; owned */
    size_t n_levels;
    struct pel_returns_level *levels; /* [n_levels] increasing e_is; owned */
};

/* Count what the rows of a second generation say.
 *   list     rows of a state stand together
 *   n_edges, edges   boundaries between levels of first_e_is, increasing [eV/atom]; 0:
 *            each sample is a level
 *   out      receives the result; release it with pel_returns_free()
 * Errors: PEL_EARG no rows, edges that do not increase; PEL_EFORMAT rows of a state that
 * contradict each other; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_returns_create(const struct pel_successor_list *list,
                                      size_t n_edges, const double edges[],
                                      struct pel_returns **out, struct pel_error *err);

/* Release a result. NULL is allowed. */
PEL_API void pel_returns_free(struct pel_returns *returns);

/* Write column names and rows, after the provenance: a row a state (format
 * "pelrate-returns 1"), or a row a level ("pelrate-return-levels 1"). */
PEL_API void pel_returns_write_states(const struct pel_returns *returns, FILE *stream);
PEL_API void pel_returns_write_levels(const struct pel_returns *returns, FILE *stream);

#endif /* PEL_RETURNS_H */
