/* clonal_fma(a,b,c): a*b + c with one rounding, ties to even, subnormals kept: C's fmaf on every
 * device.
 *
 * The host's probe chooses the body by behaviour and passes -DCLONAL_FMA=
 *   0  the device's own fma (the default)
 *   1  double precision (cl_khr_fp64)
 *   2  integers alone, for a device whose fma is wrong and that has no fp64
 * All three give the same bits; a NaN result is some NaN under 0, the device's under 1, 0x7fc00000
 * under 2. clonal_fma4, clonal_fma8, clonal_fma16 are the same, element by element. */
#ifndef CLONAL_LIB_FMA_CL
#define CLONAL_LIB_FMA_CL

#ifndef CLONAL_FMA
#define CLONAL_FMA 0
#endif

#if CLONAL_FMA == 0

static inline float clonal_fma(float a, float b, float c)
{
    return fma(a, b, c);
}
static inline float4 clonal_fma4(float4 a, float4 b, float4 c)
{
    return fma(a, b, c);
}
static inline float8 clonal_fma8(float8 a, float8 b, float8 c)
{
    return fma(a, b, c);
}
static inline float16 clonal_fma16(float16 a, float16 b, float16 c)
{
    return fma(a, b, c);
}

#elif CLONAL_FMA == 1

#pragma OPENCL EXTENSION cl_khr_fp64 : enable

/* Rounds a double whose last bit is sticky (round to odd) to the nearest float, ties to even. A
 * conversion may flush what is subnormal as a float, so those are rounded by an addition: beside
 * 2^-97 a double counts in steps of 2^-149, the subnormals' own, and the low bits of the sum are
 * the float's bits. */
static inline float clonal__narrow(double s)
{
    double magnitude = fabs(s);
    uint sign = (uint)(as_ulong(s) >> 32) & 0x80000000u;
    double steps = magnitude + 0x1p-97;
    float subnormal = as_float(((uint)as_ulong(steps) & 0x00ffffffu) | sign);
    float normal = convert_float_rte(s);
    return magnitude < 0x1p-126 ? subnormal : normal;
}

/* The product of two floats is exact in a double (48 bits, no overflow, no underflow). The sum with
 * c is rounded to odd: where the two-sum's error is not zero and the last bit is even, the sum
 * moves one step towards the error, which makes the last bit odd. With 53 >= 24 + 2 bits the
 * narrowing then rounds as if the sum were exact. An infinity or NaN has a NaN error, for which
 * both comparisons are false. */
static inline float clonal_fma(float a, float b, float c)
{
    double product = (double)a * (double)b;
    double addend = (double)c;
    double sum = product + addend;
    double part = sum - product;
    double rest = sum - part;
    double error_product = product - rest;
    double error_addend = addend - part;
    double error = error_product + error_addend;
    long bits = as_long(sum);
    long away = (error > 0.0) == (sum > 0.0) ? 1 : -1;
    int inexact = (error > 0.0) | (error < 0.0);
    int even = (bits & 1) == 0;
    bits = (inexact & even) ? bits + away : bits;
    return clonal__narrow(as_double(bits));
}

#else

/* A finite float's 24-bit significand with its leading one at bit 23 (0 for a zero); the value is
 * significand * 2^(*exponent - 150). */
static inline uint clonal__significand(uint magnitude, int *exponent)
{
    int field = (int)(magnitude >> 23);
    uint fraction = magnitude & 0x007fffffu;
    int shift = fraction == 0 ? 0 : (int)clz(fraction) - 8;
    *exponent = field == 0 ? 1 - shift : field;
    return field == 0 ? fraction << shift : fraction | 0x00800000u;
}

/* x >> by with every bit shifted out ored into the last. by is 0..63. */
static inline ulong clonal__shift_sticky(ulong x, int by)
{
    ulong kept = x >> by;
    return kept | (ulong)((kept << by) != x);
}

/* The product (leading bit 60 or 61) and c (bit 61) are aligned in 64 bits; the smaller shifts
 * right with a sticky bit. Bits are lost only from a distance of 15 on, where the result keeps its
 * leading bit at 59 or above, so that the sticky bit stays below the rounding position. A zero has
 * an exponent far below all others and shifts away. */
static inline float clonal_fma(float a, float b, float c)
{
    uint ua = as_uint(a), ub = as_uint(b), uc = as_uint(c);
    uint ma = ua & 0x7fffffffu, mb = ub & 0x7fffffffu, mc = uc & 0x7fffffffu;
    uint sign_p = (ua ^ ub) & 0x80000000u, sign_c = uc & 0x80000000u;

    int ea, eb, ec;
    ulong pa = clonal__significand(ma, &ea);
    ulong pb = clonal__significand(mb, &eb);
    ulong c62 = (ulong)clonal__significand(mc, &ec) << 38;
    ulong p62 = (pa * pb) << 14;
    /* Scales: the product is p62 * 2^ep, c is c62 * 2^ec. */
    int zero_p = (ma == 0) | (mb == 0);
    int ep = zero_p ? -2000 : ea + eb - 300 - 14;
    ec = mc == 0 ? -2000 : ec - 150 - 38;

    int p_larger = ep >= ec;
    int distance = p_larger ? ep - ec : ec - ep;
    distance = distance > 63 ? 63 : distance;
    ulong large = p_larger ? p62 : c62;
    ulong small = clonal__shift_sticky(p_larger ? c62 : p62, distance);
    uint sign = p_larger ? sign_p : sign_c;
    int exponent = p_larger ? ep : ec;

    int subtract = sign_p != sign_c;
    int borrow = subtract & (small > large);
    ulong sum = subtract ? large - small : large + small;
    sum = borrow ? (ulong)0 - sum : sum;
    sign = borrow ? sign ^ 0x80000000u : sign;
    sign = sum == 0 ? (subtract ? 0u : sign_p) : sign;

    /* Leading one to bit 63; field is the exponent field the result has if it is normal. */
    int zeros = sum == 0 ? 0 : (int)clz(sum);
    sum <<= zeros;
    int field = exponent - zeros + 63 + 127;
    int below = 1 - field;
    below = below < 0 ? 0 : below > 63 ? 63 : below;
    sum = clonal__shift_sticky(sum, below);
    uint kept = (uint)(sum >> 40);
    ulong lost = sum & 0xfffffffffful;
    uint up = lost > 0x8000000000ul ? 1u : lost == 0x8000000000ul ? kept & 1u : 0u;
    uint base = field >= 1 ? (uint)(field - 1) << 23 : 0u;
    uint bits = field >= 255 ? 0x7f800000u : base + kept + up;
    bits = sum == 0 ? 0u : bits;
    uint result = sign | bits;

    int inf_p = (ma == 0x7f800000u) | (mb == 0x7f800000u);
    int inf_c = mc == 0x7f800000u;
    int nan = (ma > 0x7f800000u) | (mb > 0x7f800000u) | (mc > 0x7f800000u) | (inf_p & zero_p) |
              (inf_p & inf_c & subtract);
    result = inf_c ? uc : result;
    result = inf_p ? sign_p | 0x7f800000u : result;
    result = nan ? 0x7fc00000u : result;
    return as_float(result);
}

#endif

#if CLONAL_FMA != 0

#define CLONAL__FMA_AT(lane) clonal_fma(a.lane, b.lane, c.lane)

static inline float4 clonal_fma4(float4 a, float4 b, float4 c)
{
    return (float4)(CLONAL__FMA_AT(s0), CLONAL__FMA_AT(s1), CLONAL__FMA_AT(s2), CLONAL__FMA_AT(s3));
}

static inline float8 clonal_fma8(float8 a, float8 b, float8 c)
{
    return (float8)(CLONAL__FMA_AT(s0), CLONAL__FMA_AT(s1), CLONAL__FMA_AT(s2), CLONAL__FMA_AT(s3),
                    CLONAL__FMA_AT(s4), CLONAL__FMA_AT(s5), CLONAL__FMA_AT(s6), CLONAL__FMA_AT(s7));
}

static inline float16 clonal_fma16(float16 a, float16 b, float16 c)
{
    return (float16)(CLONAL__FMA_AT(s0), CLONAL__FMA_AT(s1), CLONAL__FMA_AT(s2), CLONAL__FMA_AT(s3),
                     CLONAL__FMA_AT(s4), CLONAL__FMA_AT(s5), CLONAL__FMA_AT(s6), CLONAL__FMA_AT(s7),
                     CLONAL__FMA_AT(s8), CLONAL__FMA_AT(s9), CLONAL__FMA_AT(sa), CLONAL__FMA_AT(sb),
                     CLONAL__FMA_AT(sc), CLONAL__FMA_AT(sd), CLONAL__FMA_AT(se),
                     CLONAL__FMA_AT(sf));
}

#undef CLONAL__FMA_AT

#endif

#endif
