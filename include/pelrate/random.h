#ifndef PEL_RANDOM_H
#define PEL_RANDOM_H

#include <pelrate/status.h>
#include <stdint.h>

/* Random streams keyed by (seed, sample, search).
 *
 * Whatever is drawn in search 17 of sample 3 depends on the key alone, not on the
 * searches before it or on the number of threads: that is what makes a sampling
 * campaign resumable and its events independent of the machine.
 *
 * The generator is xoshiro256** (Blackman & Vigna, ACM TOMS 47:36 (2021)) with its
 * state filled from the key by splitmix64. Not a GSL generator, because those take
 * a seed of 32 bits (streams of a large campaign would collide) and hide their state. */
struct pel_random {
    uint64_t s[4]; /* generator state */
    double spare;  /* second normal deviate of a pair */
    int has_spare; /* whether spare holds one */
};

/* Start the stream of a key. Different keys give independent streams. */
PEL_API void pel_random_init(struct pel_random *random, uint64_t seed, uint64_t sample,
                             uint64_t search);

/* Next 64 random bits. */
PEL_API uint64_t pel_random_bits(struct pel_random *random);

/* Uniform in the open interval (0, 1): its logarithm is always finite. */
PEL_API double pel_random_uniform(struct pel_random *random);

/* Uniform integer in [0, n), without bias; n > 0. */
PEL_API uint64_t pel_random_below(struct pel_random *random, uint64_t n);

/* Standard normal deviate (Marsaglia's polar method). */
PEL_API double pel_random_normal(struct pel_random *random);

#endif /* PEL_RANDOM_H */
