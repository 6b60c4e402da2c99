#include "decimal_priv.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A value m 2^e in units of its 17th significant digit: m 2^e 10^p = N/2^s with N = m 5^p,
 * in whole numbers. Everything below is exact, except where it says so. */

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 uint128;

/* 5^55 is the largest power below 2^128: values down to 1e-39. */
enum { MOST_FIVES = 55, DIGITS = 17 };
#define TEN_TO_17 100000000000000000u

struct scaled {
    uint64_t whole;  /* floor(N/2^s), DIGITS digits */
    double part;     /* N/2^s - whole, rounded */
    int half;        /* of the part: -1 below 1/2, 0 equal, 1 above */
    int is_whole;    /* whether the part is 0 */
    double half_gap; /* half the distance to the next double, rounded */
    int exponent;    /* value = whole.part 10^(exponent - 16) */
};

static uint128 five_to(int p)
{
    uint128 power = 1, base = 5;
    for (; p > 0; p >>= 1) {
        if (p & 1) power *= base;
        if (p > 1) base *= base;
    }
    return power;
}

/* 0, or -1 when the guess of the exponent is to be moved by *move, or nothing can be done
 * (*move = 0). */
static int scale(uint64_t m, int e, int exponent, struct scaled *out, int *move)
{
    const int p = DIGITS - 1 - exponent, s = -(e + p);
    *move = 0;
    if (p < 0 || p > MOST_FIVES || s < 1 || s > 127) return -1;
    /* N = m 5^p in three limbs. */
    const uint128 five = five_to(p);
    const uint128 low = (uint128)(uint64_t)five * m;
    const uint128 high = (five >> 64) * m + (low >> 64);
    /* N = high 2^64 + (uint64_t)low */
    uint128 whole, rest; /* rest: N mod 2^s, aligned to the top of 128 bits */
    if (s <= 64) {
        whole = s == 64 ? high : (high << (64 - s)) | ((uint64_t)low >> s);
        if (s < 64 && high >> (64 + s) != 0) return -1;
        rest = (uint128)((uint64_t)low) << (128 - s);
    } else {
        whole = high >> (s - 64);
        rest = (high << (128 - (s - 64))) | ((uint128)(uint64_t)low << (128 - s));
    }
    if (whole >= TEN_TO_17 || whole < TEN_TO_17 / 10) {
        *move = whole >= TEN_TO_17 ? 1 : -1;
        return -1;
    }
    const uint128 middle = (uint128)1 << 127;
    out->whole = (uint64_t)whole;
    out->part = ldexp((double)rest, -128);
    out->half = rest > middle ? 1 : rest == middle ? 0 : -1;
    out->is_whole = rest == 0;
    out->half_gap = ldexp((double)five, -s - 1);
    out->exponent = exponent;
    return 0;
}

/* The exact value rounded to DIGITS - drop digits, ties to even. */
static uint64_t round_to(const struct scaled *v, int drop)
{
    const uint64_t unit = drop == 2 ? 100 : drop == 1 ? 10 : 1;
    const uint64_t down = v->whole / unit, over = v->whole % unit;
    int side; /* of one half: as struct scaled's */
    if (drop == 0)
        side = v->half;
    else if (2 * over != unit)
        side = 2 * over > unit ? 1 : -1;
    else
        side = v->is_whole ? 0 : 1;
    return down + (side > 0 || (side == 0 && down % 2 == 1));
}

/* Whether digits read back as the value: 1, 0, or -1 too near to tell. */
static int reads_back(const struct scaled *v, uint64_t digits, int drop)
{
    const uint64_t unit = drop == 2 ? 100 : 10;
    const double off =
        fabs((double)((int64_t)(digits * unit) - (int64_t)v->whole) - v->part);
    if (off < 0.999 * v->half_gap) return 1;
    return off > 1.001 * v->half_gap ? 0 : -1;
}

/* n digits as "%.ng" writes them. */
static void write(char *to, uint64_t digits, int n, int exponent)
{
    char text[DIGITS];
    int kept = n;
    for (int i = n; i-- > 0; digits /= 10)
        text[i] = (char)('0' + digits % 10);
    while (kept > 1 && text[kept - 1] == '0')
        kept--;
    if (exponent < -4 || exponent >= n) {
        *to++ = text[0];
        if (kept > 1) *to++ = '.';
        memcpy(to, text + 1, (size_t)kept - 1);
        to += kept - 1;
        *to++ = 'e';
        *to++ = exponent < 0 ? '-' : '+';
        const int size = abs(exponent);
        if (size >= 100) *to++ = (char)('0' + size / 100);
        *to++ = (char)('0' + size / 10 % 10);
        *to++ = (char)('0' + size % 10);
    } else if (exponent < 0) {
        memcpy(to, "0.0000", 6);
        to += 1 - exponent;
        memcpy(to, text, (size_t)kept);
        to += kept;
    } else {
        for (int i = 0; i <= exponent; i++)
            *to++ = i < kept ? text[i] : '0';
        if (kept > exponent + 1) {
            *to++ = '.';
            memcpy(to, text + exponent + 1, (size_t)(kept - exponent - 1));
            to += kept - exponent - 1;
        }
    }
    *to = '\0';
}

int pel_decimal_print(char buffer[], double value)
{
    const double size = fabs(value);
    if (size == 0.0) {
        strcpy(buffer, signbit(value) ? "-0" : "0");
        return 0;
    }
    if (!(size >= 1e-38 && size <= 1e16)) return -1;
    int e;
    const uint64_t m = (uint64_t)ldexp(frexp(size, &e), 53);
    e -= 53;
    const int is_power = m == (uint64_t)1 << 52; /* its lower neighbour is nearer */
    struct scaled v = {0};
    int exponent = (int)floor(log10(size)), move;
    if (scale(m, e, exponent, &v, &move) != 0 &&
        (move == 0 || scale(m, e, exponent + move, &v, &move) != 0))
        return -1;
    if (is_power) v.half_gap *= 0.5;
    int drop = 2;
    uint64_t digits = round_to(&v, drop);
    for (; drop > 0; digits = round_to(&v, --drop)) {
        const int same = reads_back(&v, digits, drop);
        if (same < 0 || (same == 0 && is_power)) return -1;
        if (same > 0) break;
    }
    const int n = DIGITS - drop;
    exponent = v.exponent;
    if (digits == (drop == 2   ? TEN_TO_17 / 100
                   : drop == 1 ? TEN_TO_17 / 10
                               : TEN_TO_17)) {
        digits /= 10; /* rounded up to the next power */
        exponent++;
    }
    if (value < 0.0) *buffer++ = '-';
    write(buffer, digits, n, exponent);
    return 0;
}

#else

int pel_decimal_print(char buffer[], double value)
{
    (void)buffer, (void)value;
    return -1;
}

#endif
