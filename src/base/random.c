#include <pelrate/random.h>

#include <assert.h>
#include <math.h>

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void pel_random_init(struct pel_random *random, uint64_t seed, uint64_t sample,
                     uint64_t search)
{
    /* Each part of the key passes through the mixer before the next one joins, so that
     * (1, 2, 0) and (2, 1, 0) have nothing in common. */
    uint64_t state = seed;
    state = splitmix64(&state) ^ sample;
    state = splitmix64(&state) ^ search;
    for (int i = 0; i < 4; i++)
        random->s[i] = splitmix64(&state);
    random->spare = 0.0;
    random->has_spare = 0;
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t pel_random_bits(struct pel_random *random)
{
    uint64_t *s = random->s;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double pel_random_uniform(struct pel_random *random)
{
    /* 52 bits and a half: never 0, never 1. */
    return ((double)(pel_random_bits(random) >> 12) + 0.5) * 0x1p-52;
}

uint64_t pel_random_below(struct pel_random *random, uint64_t n)
{
    assert(n > 0);
    const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t bits;
    do {
        bits = pel_random_bits(random);
    } while (bits >= limit);
    return bits % n;
}

double pel_random_normal(struct pel_random *random)
{
    if (random->has_spare) {
        random->has_spare = 0;
        return random->spare;
    }
    double u, v, r2;
    do {
        u = 2.0 * pel_random_uniform(random) - 1.0;
        v = 2.0 * pel_random_uniform(random) - 1.0;
        r2 = u * u + v * v;
    } while (!(r2 < 1.0 && r2 > 0.0));
    const double scale = sqrt(-2.0 * log(r2) / r2);
    random->spare = v * scale;
    random->has_spare = 1;
    return u * scale;
}
