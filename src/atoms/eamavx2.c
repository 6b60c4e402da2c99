#include "eam_priv.h"

/* Four pairs at a time with AVX2 and FMA. Intrinsics: documentation of the compiler and
 * of the processor's maker. */

#ifdef PEL_EAM_X86
#include <immintrin.h>

#define KERNEL __attribute__((target("avx2,fma")))
#define W      4
typedef __m256d vec;
typedef __m128i ints;
typedef __m256d mask; /* all bits of a lane */

#define splat(a)       _mm256_set1_pd(a)
#define isplat(a)      _mm_set1_epi32(a)
#define load(p)        _mm256_loadu_pd(p)
#define iload(p)       _mm_loadu_si128((const __m128i *)(const void *)(p))
#define store(p, a)    _mm256_storeu_pd(p, a)
#define istore(p, a)   _mm_storeu_si128((__m128i *)(void *)(p), a)
#define add(a, b)      _mm256_add_pd(a, b)
#define sub(a, b)      _mm256_sub_pd(a, b)
#define mul(a, b)      _mm256_mul_pd(a, b)
#define div_(a, b)     _mm256_div_pd(a, b)
#define root(a)        _mm256_sqrt_pd(a)
#define least(a, b)    _mm256_min_pd(a, b)
#define fma_(a, b, c)  _mm256_fmadd_pd(a, b, c)
#define fms_(a, b, c)  _mm256_fmsub_pd(a, b, c)
#define fnma_(a, b, c) _mm256_fnmadd_pd(a, b, c)
#define keep(m, a)     _mm256_and_pd(m, a)
#define pick(m, a, b)  _mm256_blendv_pd(a, b, m)
#define less(a, b)     _mm256_cmp_pd(a, b, _CMP_LT_OQ)
#define both(m, n)     _mm256_and_pd(m, n)
#define but(m, n)      _mm256_andnot_pd(n, m)
#define bits(m)        _mm256_movemask_pd(m)
#define to_ints(a)     _mm256_cvttpd_epi32(a)
#define to_vec(a)      _mm256_cvtepi32_pd(a)
#define iadd(a, b)     _mm_add_epi32(a, b)
#define ishift(a, n)   _mm_slli_epi32(a, n)
#define ileast(a, b)   _mm_min_epi32(a, b)
#define iand(a, b)     _mm_and_si128(a, b)

KERNEL static inline mask wide(__m128i m)
{
    return _mm256_castsi256_pd(_mm256_cvtepi32_epi64(m));
}

KERNEL static inline mask flagged(ints a, int bit)
{
    return wide(_mm_cmpgt_epi32(iand(a, isplat(bit)), _mm_setzero_si128()));
}

KERNEL static inline mask first_lanes(int n)
{
    return wide(_mm_cmpgt_epi32(isplat(n), _mm_setr_epi32(0, 1, 2, 3)));
}

/* Lanes of a mask as those of ints: the lower halves. */
KERNEL static inline ints narrow(mask m)
{
    const __m256 halves = _mm256_castpd_ps(m);
    return _mm_castps_si128(_mm_shuffle_ps(_mm256_castps256_ps128(halves),
                                           _mm256_extractf128_ps(halves, 1), 0x88));
}

KERNEL static inline ints idrop(mask m, ints a)
{
    return _mm_andnot_si128(narrow(m), a);
}

/* Which lane comes to which place, for each set of lanes. */
static const int places[16][4] = {{0, 1, 2, 3}, {0, 1, 2, 3}, {1, 0, 2, 3}, {0, 1, 2, 3},
                                  {2, 0, 1, 3}, {0, 2, 1, 3}, {1, 2, 0, 3}, {0, 1, 2, 3},
                                  {3, 0, 1, 2}, {0, 3, 1, 2}, {1, 3, 0, 2}, {0, 1, 3, 2},
                                  {2, 3, 0, 1}, {0, 2, 3, 1}, {1, 2, 3, 0}, {0, 1, 2, 3}};

KERNEL static inline void squeeze(double *to, mask m, vec a)
{
    const __m128i place = iload(places[bits(m)]), twice = _mm_slli_epi32(place, 1);
    const __m128i odd = _mm_add_epi32(twice, isplat(1));
    const __m256i halves =
        _mm256_set_m128i(_mm_unpackhi_epi32(twice, odd), _mm_unpacklo_epi32(twice, odd));
    store(to, _mm256_castsi256_pd(
                  _mm256_permutevar8x32_epi32(_mm256_castpd_si256(a), halves)));
}

KERNEL static inline void squeeze_ints(int *to, mask m, ints a)
{
    istore(to, _mm_castps_si128(
                   _mm_permutevar_ps(_mm_castsi128_ps(a), iload(places[bits(m)]))));
}

KERNEL static inline void transpose(vec a, vec b, vec c, vec d, vec out[4])
{
    const vec ab = _mm256_unpacklo_pd(a, b), cd = _mm256_unpacklo_pd(c, d),
              ab1 = _mm256_unpackhi_pd(a, b), cd1 = _mm256_unpackhi_pd(c, d);
    out[0] = _mm256_permute2f128_pd(ab, cd, 0x20);
    out[1] = _mm256_permute2f128_pd(ab1, cd1, 0x20);
    out[2] = _mm256_permute2f128_pd(ab, cd, 0x31);
    out[3] = _mm256_permute2f128_pd(ab1, cd1, 0x31);
}

KERNEL static inline void gather4(const double *base, const int *index, int shift,
                                  vec out[4])
{
#define FOUR(k) load(base + ((ptrdiff_t)index[k] << shift))
    transpose(FOUR(0), FOUR(1), FOUR(2), FOUR(3), out);
#undef FOUR
}

KERNEL static inline void spread4(double *f, const int *index, const vec a[4])
{
    vec rows[4];
    transpose(a[0], a[1], a[2], a[3], rows);
    for (int k = 0; k < W; k++) {
        double *at = f + 4 * (ptrdiff_t)index[k];
        store(at, sub(load(at), rows[k]));
    }
}

KERNEL static inline void gain4(double *f, const vec a[4])
{
    vec rows[4];
    transpose(a[0], a[1], a[2], a[3], rows);
    store(f, add(load(f), add(add(rows[0], rows[1]), add(rows[2], rows[3]))));
}

KERNEL static inline double sum(vec a)
{
    const __m128d two =
        _mm_add_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd(a, 1));
    return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

#include "eamvector_priv.h"

static int available(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const struct eam_kernel pel_eam_avx2 = {
    .name = "avx2",
    .doc = "AVX2, four pairs at a time",
    .available = available,
    .first = first_pass,
    .second = second_pass,
};
#endif
