#ifndef PEL_ALIAS_H
#define PEL_ALIAS_H

#include <pelrate/status.h>
#include <stddef.h>
#include <stdint.h>

/* One of n things with given weights, in constant time: the alias method of A. J. Walker,
 * ACM TOMS 3, 253 (1977), set up as M. D. Vose did, IEEE Trans. Softw. Eng. 17, 972
 * (1991). (GSL's gsl_ran_discrete is the same on generators of its own; random.h.) */
struct pel_alias {
    size_t n;        /* things; at most 2^32 */
    double *share;   /* [n] part of slot i that is i's own [2^32]; owned */
    uint32_t *other; /* [n] whose the rest is; owned */
    uint32_t *work;  /* [n] used by pel_alias_fill; owned */
};

/* Room for n >= 1 things. Errors: PEL_EARG n = 0 or too large; PEL_ENOMEM. Release it
 * with pel_alias_free(), which takes zeroed ones too. */
PEL_API pel_status pel_alias_init(struct pel_alias *alias, size_t n,
                                  struct pel_error *err);
PEL_API void pel_alias_free(struct pel_alias *alias);

/* Take weights[n] >= 0, finite, their sum > 0. */
PEL_API void pel_alias_fill(struct pel_alias *alias, const double weights[]);

/* The thing that 64 random bits choose: i with probability weights[i] / sum, to 2^-32. */
static inline size_t pel_alias_draw(const struct pel_alias *alias, uint64_t bits)
{
    const size_t slot = (size_t)(((bits >> 32) * (uint64_t)alias->n) >> 32);
    return (double)(uint32_t)bits < alias->share[slot] ? slot : alias->other[slot];
}

#endif /* PEL_ALIAS_H */
