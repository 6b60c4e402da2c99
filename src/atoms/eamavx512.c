#include "eam_priv.h"

/* Eight pairs at a time with AVX-512 (F and VL). Intrinsics: documentation of the
 * compiler and of the processor's maker. */

#ifdef PEL_EAM_X86
#include <immintrin.h>

#define KERNEL __attribute__((target("avx512f,avx512vl,fma")))
#define W      8
typedef __m512d vec;
typedef __m256i ints;
typedef __mmask8 mask;

#define splat(a)        _mm512_set1_pd(a)
#define isplat(a)       _mm256_set1_epi32(a)
#define load(p)         _mm512_loadu_pd(p)
#define iload(p)        _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define store(p, a)     _mm512_storeu_pd(p, a)
#define istore(p, a)    _mm256_storeu_si256((__m256i *)(void *)(p), a)
#define add(a, b)       _mm512_add_pd(a, b)
#define sub(a, b)       _mm512_sub_pd(a, b)
#define mul(a, b)       _mm512_mul_pd(a, b)
#define div_(a, b)      _mm512_div_pd(a, b)
#define root(a)         _mm512_sqrt_pd(a)
#define least(a, b)     _mm512_min_pd(a, b)
#define fma_(a, b, c)   _mm512_fmadd_pd(a, b, c)
#define fms_(a, b, c)   _mm512_fmsub_pd(a, b, c)
#define fnma_(a, b, c)  _mm512_fnmadd_pd(a, b, c)
#define keep(m, a)      _mm512_maskz_mov_pd(m, a)
#define pick(m, a, b)   _mm512_mask_blend_pd(m, a, b)
#define less(a, b)      _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ)
#define both(m, n)      ((mask)((m) & (n)))
#define but(m, n)       ((mask)((m) & ~(n)))
#define bits(m)         ((int)(m))
#define to_ints(a)      _mm512_cvttpd_epi32(a)
#define to_vec(a)       _mm512_cvtepi32_pd(a)
#define iadd(a, b)      _mm256_add_epi32(a, b)
#define ishift(a, n)    _mm256_slli_epi32(a, n)
#define ileast(a, b)    _mm256_min_epi32(a, b)
#define iand(a, b)      _mm256_and_si256(a, b)
#define idrop(m, a)     _mm256_maskz_mov_epi32((mask) ~(m), a)
#define flagged(a, bit) _mm256_test_epi32_mask(a, isplat(bit))
#define sum(a)          _mm512_reduce_add_pd(a)

KERNEL static inline mask first_lanes(int n)
{
    return (mask)(n >= W ? 0xff : (1 << n) - 1);
}

/* Through a register: the form that writes to memory by itself is slow on some. */
KERNEL static inline void squeeze(double *to, mask m, vec a)
{
    _mm512_storeu_pd(to, _mm512_maskz_compress_pd(m, a));
}

KERNEL static inline void squeeze_ints(int *to, mask m, ints a)
{
    istore(to, _mm256_maskz_compress_epi32(m, a));
}

/* Two lanes side by side in a register, then 4 x 4 transposes. */
KERNEL static inline void gather4(const double *base, const int *index, int shift,
                                  vec out[4])
{
#define FOUR(k) _mm256_loadu_pd(base + ((ptrdiff_t)index[k] << shift))
#define TWO(k)  _mm512_insertf64x4(_mm512_castpd256_pd512(FOUR(k)), FOUR((k) + 4), 1)
    const vec a = TWO(0), b = TWO(1), c = TWO(2), d = TWO(3);
    const __m512i even = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0),
                  odd = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
    const vec ab = _mm512_unpacklo_pd(a, b), cd = _mm512_unpacklo_pd(c, d),
              ab1 = _mm512_unpackhi_pd(a, b), cd1 = _mm512_unpackhi_pd(c, d);
    out[0] = _mm512_permutex2var_pd(ab, even, cd);
    out[1] = _mm512_permutex2var_pd(ab1, even, cd1);
    out[2] = _mm512_permutex2var_pd(ab, odd, cd);
    out[3] = _mm512_permutex2var_pd(ab1, odd, cd1);
#undef TWO
#undef FOUR
}

/* The way back: rows[k] holds lanes k and k + 4 side by side. */
KERNEL static inline void to_rows(const vec a[4], vec rows[4])
{
    const __m512i low = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0),
                  high = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
    const vec xy = _mm512_unpacklo_pd(a[0], a[1]), zw = _mm512_unpacklo_pd(a[2], a[3]),
              xy1 = _mm512_unpackhi_pd(a[0], a[1]), zw1 = _mm512_unpackhi_pd(a[2], a[3]);
    rows[0] = _mm512_permutex2var_pd(xy, low, zw);
    rows[1] = _mm512_permutex2var_pd(xy1, low, zw1);
    rows[2] = _mm512_permutex2var_pd(xy, high, zw);
    rows[3] = _mm512_permutex2var_pd(xy1, high, zw1);
}

KERNEL static inline void lose(double *f, __m256d a)
{
    _mm256_storeu_pd(f, _mm256_sub_pd(_mm256_loadu_pd(f), a));
}

KERNEL static inline void spread4(double *f, const int *index, const vec a[4])
{
    vec rows[4];
    to_rows(a, rows);
    for (int k = 0; k < 4; k++)
        lose(f + 4 * (ptrdiff_t)index[k], _mm512_castpd512_pd256(rows[k]));
    for (int k = 0; k < 4; k++)
        lose(f + 4 * (ptrdiff_t)index[k + 4], _mm512_extractf64x4_pd(rows[k], 1));
}

KERNEL static inline void gain4(double *f, const vec a[4])
{
    vec rows[4];
    to_rows(a, rows);
    const vec all = add(add(rows[0], rows[1]), add(rows[2], rows[3]));
    const __m256d four =
        _mm256_add_pd(_mm512_castpd512_pd256(all), _mm512_extractf64x4_pd(all, 1));
    _mm256_storeu_pd(f, _mm256_add_pd(_mm256_loadu_pd(f), four));
}

#include "eamvector_priv.h"

static int available(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("fma");
}

const struct eam_kernel pel_eam_avx512 = {
    .name = "avx512",
    .doc = "AVX-512, eight pairs at a time",
    .available = available,
    .first = first_pass,
    .second = second_pass,
};
#endif
