/* Clonal's own elementary functions of binary32, built from the contract's operations alone; the
 * same bits on every device. CONTRACT.md defines them, tests/reference/ref_math.c is the same in
 * plain C, and tests/unit/test_math_mpfr.c measures them over all 2^32 inputs.
 *
 *   clonal_recip, clonal_div, clonal_sqrt          correctly rounded
 *   clonal_exp, clonal_log, clonal_sigmoid, clonal_tanh   error below 1 ulp, special values right
 *
 * Subnormal arguments and results are kept; a NaN result is 0x7fc00000. No branches: selects only,
 * so that a CPU's compiler can vectorise over work-items. */
#ifndef CLONAL_LIB_MATH_CL
#define CLONAL_LIB_MATH_CL

#include "lib/base.cl"

/* 24/17 - 8/17 d is within 1/17 of 1/d, relatively, for d in [1,2]. */
#define CLONAL__24_17 0x1.69696ap+0f
#define CLONAL__8_17 0x1.e1e1e2p-2f

/* 2^k for k in -126..127. */
static inline float clonal__pow2(int k)
{
    return as_float((uint)(k + 127) << 23);
}

/* x * 2^k, rounded once, for |k| <= 252 and x near 1: the first factor keeps the product normal and
 * is exact. */
static inline float clonal__scale(float x, int k)
{
    int first = k >> 1;
    float y = x * clonal__pow2(first);
    return y * clonal__pow2(k - first);
}

/* ---- division and square root: an estimate in floats, made exact by its remainder modulo 2^32
 * ---- */

/* A finite nonzero float's 24-bit significand, leading one at bit 23; *field is its exponent field,
 * continued below 1 for subnormals. */
static inline uint clonal__normalised(uint magnitude, int *field)
{
    int subnormal = magnitude < 0x00800000u;
    float up = as_float(magnitude) * 0x1p24f;
    uint u = subnormal ? as_uint(up) : magnitude;
    *field = (int)(u >> 23) - (subnormal ? 24 : 0);
    return (u & 0x007fffffu) | 0x00800000u;
}

/* a / b. The quotient of the significands is found as q = floor(ma * 2^24 / mb), 25 bits, with its
 * remainder, and rounded once to the 24 bits, or fewer for a subnormal, that the result has room
 * for. The estimate is off by a few units; one correction by the remainder leaves one unit at most.
 * Any estimate good enough gives the same bits. */
static inline float clonal_div(float a, float b)
{
    uint ua = as_uint(a), ub = as_uint(b);
    uint na = ua & 0x7fffffffu, nb = ub & 0x7fffffffu;
    uint sign = (ua ^ ub) & 0x80000000u;
    int ea, eb;
    uint ma = clonal__normalised(na, &ea);
    uint mb = clonal__normalised(nb, &eb);
    int less = ma < mb;
    ma = less ? ma << 1 : ma;
    int field = ea - eb + (less ? 126 : 127);

    float x = as_float(0x3f000000u | mb); /* mb * 2^-23, in [1,2) */
    float t = x * CLONAL__8_17;
    float y = CLONAL__24_17 - t;
    t = x * y;
    t = 2.0f - t;
    y = y * t;
    t = x * y;
    t = 2.0f - t;
    y = y * t;
    t = x * y;
    t = 2.0f - t;
    y = y * t;

    float estimate = convert_float((int)ma) * (y * 2.0f);
    uint q = (uint)convert_int_rtz(estimate);
    int r = (int)((ma << 24) - q * mb);
    float step = convert_float(r) * (y * 0x1p-23f);
    int by = convert_int_rtz(step);
    q += (uint)by;
    r -= by * (int)mb;
    int low = r < 0, high = r >= (int)mb;
    q = low ? q - 1u : high ? q + 1u : q;
    r = low ? r + (int)mb : high ? r - (int)mb : r;

    int shift = field >= 1 ? 1 : field < -24 ? 26 : 2 - field;
    uint base = field >= 1 ? (uint)(field - 1) << 23 : 0u;
    uint tie = 1u << (shift - 1);
    uint kept = q >> shift;
    uint lost = q & ((tie << 1) - 1u);
    uint sticky = r != 0 ? 1u : kept & 1u;
    uint up = lost > tie ? 1u : lost == tie ? sticky : 0u;
    uint bits = field >= 255 ? 0x7f800000u : base + kept + up;

    int zero_a = na == 0, zero_b = nb == 0;
    int inf_a = na == 0x7f800000u, inf_b = nb == 0x7f800000u;
    bits = (zero_a | inf_b) ? 0u : bits;
    bits = (inf_a | zero_b) ? 0x7f800000u : bits;
    bits |= sign;
    int nan = (na > 0x7f800000u) | (nb > 0x7f800000u) | (zero_a & zero_b) | (inf_a & inf_b);
    return as_float(nan ? 0x7fc00000u : bits);
}

/* 1 / x. */
static inline float clonal_recip(float x)
{
    return clonal_div(1.0f, x);
}

/* The root of v in [1,4) is found as s = floor(sqrt(v) * 2^24), 25 bits, and rounded to 24; a tie
 * cannot happen, and no root is subnormal. */
static inline float clonal_sqrt(float x)
{
    uint ux = as_uint(x);
    uint nx = ux & 0x7fffffffu;
    int field;
    uint m = clonal__normalised(nx, &field);
    int exponent = field - 127;
    int odd = exponent & 1;
    float v = as_float(odd ? 0x3f800000u + m : 0x3f000000u | m); /* m * 2^(odd-23), in [1,4) */

    float h = v * 0.5f;
    float y = as_float(0x5f375a86u - (as_uint(v) >> 1));
    float t = y * y;
    t = h * t;
    t = 1.5f - t;
    y = y * t;
    t = y * y;
    t = h * t;
    t = 1.5f - t;
    y = y * t;
    t = y * y;
    t = h * t;
    t = 1.5f - t;
    y = y * t;

    float estimate = (v * y) * 0x1p24f;
    uint s = (uint)convert_int_rtz(estimate);
    int r = (int)((m << (25 + odd)) - s * s);
    float step = convert_float(r) * (y * 0x1p-25f);
    int by = convert_int_rtz(step);
    r -= by * ((int)(s << 1) + by);
    s += (uint)by;
    int low = r<0, high = r>(int)(s << 1);
    s = low ? s - 1u : high ? s + 1u : s;
    uint bits = ((uint)((exponent >> 1) + 126) << 23) + ((s + 1u) >> 1);

    bits = nx == 0 || ux == 0x7f800000u ? ux : bits;
    int nan = nx > 0x7f800000u || ux > 0x80000000u;
    return as_float(nan ? 0x7fc00000u : bits);
}

/* ---- exp, sigmoid, tanh ---- */

/* x = k ln 2 + r, |r| <= 0.347. LN2_HI is fl32(ln 2), LN2_LO fl32 of what is missing; the first
 * product and difference are exact within the fma. Adding 1.5 * 2^23 rounds to an integer that
 * stands in the low bits. */
#define CLONAL__LOG2E 0x1.715476p+0f
#define CLONAL__LN2_HI 0x1.62e430p-1f
#define CLONAL__LN2_LO (-0x1.05c610p-29f)
#define CLONAL__ROUND 0x1.8p+23f

/* e^r = 1 + r + r^2 Q(r): Remez exchange in 50 digits (mpmath) for the relative error of e^r on |r|
 * <= ln 2 / 2 * 1.0005, the coefficients rounded to binary32 one by one from the lowest, the others
 * fitted again each time: 2^-28.1. */
static inline float clonal__exp_q(float r)
{
    float q = clonal_fma(0x1.6a77e8p-10f, r, 0x1.1238b0p-7f);
    q = clonal_fma(q, r, 0x1.555890p-5f);
    q = clonal_fma(q, r, 0x1.555494p-3f);
    return clonal_fma(q, r, 0x1.fffffcp-2f);
}

/* For z in [-104,89]: e^z = 2^k (1 + hi + lo), hi + lo to about 2^-28. Returns k. */
static inline int clonal__exp_pair(float z, float *hi, float *lo)
{
    float t = clonal_fma(z, CLONAL__LOG2E, CLONAL__ROUND);
    int k = as_int(t) - as_int(CLONAL__ROUND);
    float n = t - CLONAL__ROUND;
    float r0 = clonal_fma(n, -CLONAL__LN2_HI, z);
    float r = clonal_fma(n, -CLONAL__LN2_LO, r0);
    t = r0 - r;
    float rest = clonal_fma(n, -CLONAL__LN2_LO, t);
    float q = clonal__exp_q(r);
    float r2 = r * r;
    float w = clonal_fma(r2, q, rest);
    *hi = r + w;
    t = r - *hi;
    *lo = t + w;
    return k;
}

/* e^x. From 89 on the scaling overflows, to -104 it rounds to zero. */
static inline float clonal_exp(float x)
{
    float z = x > 89.0f ? 89.0f : x;
    z = -104.0f > z ? -104.0f : z;
    float hi, lo;
    int k = clonal__exp_pair(z, &hi, &lo);
    float y = clonal__scale(1.0f + hi, k);
    return x != x ? CLONAL_NAN : y;
}

/* (nh + nl) / (dh + dl) for dh in [1,2]: the reciprocal of dh by two Newton steps to 2^-32, then
 * one correction of the quotient by its remainder. */
static inline float clonal__pair_quotient(float nh, float nl, float dh, float dl)
{
    float y = clonal_fma(dh, -CLONAL__8_17, CLONAL__24_17);
    float t = clonal_fma(-dh, y, 1.0f);
    y = clonal_fma(y, t, y);
    t = clonal_fma(-dh, y, 1.0f);
    y = clonal_fma(y, t, y);
    float q = nh * y;
    t = clonal_fma(-q, dl, nl);
    float remainder = clonal_fma(-q, dh, nh);
    remainder = remainder + t;
    return clonal_fma(remainder, y, q);
}

/* 1 / (1 + e^-x), as 1 / (1 + e^z) or e^z / (1 + e^z) with z = -|x|, e^z as a pair and 2^k kept out
 * of the second one's numerator to the end, so that a subnormal result is rounded from a full one.
 */
static inline float clonal_sigmoid(float x)
{
    float z = x > 0.0f ? -x : x;
    z = -104.0f > z ? -104.0f : z;
    float hi, lo;
    int k = clonal__exp_pair(z, &hi, &lo);
    float e = 1.0f + hi;
    float t = 1.0f - e;
    t = t + hi;
    float el = t + lo;

    float scale = clonal__pow2(-126 > k ? -126 : k);
    float eh = e * scale;
    float d = 1.0f + eh;
    t = 1.0f - d;
    t = t + eh;
    float dl = el * scale;
    dl = t + dl;

    int negative = 0.0f > x;
    float q = clonal__pair_quotient(negative ? e : 1.0f, negative ? el : 0.0f, d, dl);
    float y = clonal__scale(q, negative ? k : 0);
    return x != x ? CLONAL_NAN : y;
}

/* 1 - e^z = (1 - 2^k) - 2^k (hi + lo) as a pair, for z in [-20,0]: relative precision down to small
 * |z|, where k = 0. Returns the upper part. */
static inline float clonal__one_minus_exp(float z, float *low)
{
    float hi, lo;
    int k = clonal__exp_pair(z, &hi, &lo);
    float scale = clonal__pow2(k);
    float u = 1.0f - scale;
    float ul = 1.0f - u;
    ul = ul - scale;
    float sh = scale * hi;
    float sl = scale * lo;
    float mh = u - sh;
    float t = u - mh;
    t = t - sh;
    float ml = ul - sl;
    *low = t + ml;
    return mh;
}

/* With M = 1 - e^(-2|x|) the magnitude is M / (2 - M), as pairs. Below 2^-12 the result is x. */
static inline float clonal_tanh(float x)
{
    float a = fabs(x);
    float z = -2.0f * a;
    z = -20.0f > z ? -20.0f : z;
    float ml;
    float mh = clonal__one_minus_exp(z, &ml);
    float d = 2.0f - mh;
    float t = 2.0f - d;
    t = t - mh;
    float dl = t - ml;
    float q = clonal__pair_quotient(mh, ml, d, dl);
    float y = as_float(as_uint(q) | (as_uint(x) & 0x80000000u));
    y = a < 0x1p-12f ? x : y;
    return x != x ? CLONAL_NAN : y;
}

/* ---- log ---- */

/* log(1+f) = f + f^2 (-1/2 + f P(f)): Remez exchange as above for the relative error on f in
 * [sqrt(1/2)-1, sqrt(2)-1] (1e-4 wider on both sides), coefficients rounded to binary32: 2^-28.2.
 */
static inline float clonal__log_p(float f)
{
    float p = clonal_fma(0x1.1462a4p-4f, f, -0x1.de4f3cp-4f);
    p = clonal_fma(p, f, 0x1.e6f600p-4f);
    p = clonal_fma(p, f, -0x1.fc1f7cp-4f);
    p = clonal_fma(p, f, 0x1.2336e4p-3f);
    p = clonal_fma(p, f, -0x1.555c5ap-3f);
    p = clonal_fma(p, f, 0x1.99a4bcp-3f);
    p = clonal_fma(p, f, -0x1.000006p-2f);
    return clonal_fma(p, f, 0x1.555548p-2f);
}

/* x = 2^n (1 + f), 1 + f in [sqrt(1/2), sqrt(2)). LOG_LN2_HI has 15 bits, so that its product with
 * n is exact; its sum with f is kept as a pair. */
#define CLONAL__LOG_LN2_HI 0x1.62e400p-1f
#define CLONAL__LOG_LN2_LO 0x1.7f7d1cp-20f

static inline float clonal_log(float x)
{
    int subnormal = 0x1p-126f > x;
    float up = x * 0x1p23f;
    uint u = as_uint(subnormal ? up : x);
    int k = (int)(u - 0x3f3504f3u) >> 23;
    float n = convert_float(subnormal ? k - 23 : k);
    float f = as_float(u - ((uint)k << 23)) - 1.0f;

    float p = clonal__log_p(f);
    p = clonal_fma(p, f, -0.5f);
    float f2 = f * f;
    p = f2 * p;
    p = clonal_fma(n, CLONAL__LOG_LN2_LO, p);
    float whole = n * CLONAL__LOG_LN2_HI;
    float h = whole + f;
    float t = whole - h;
    t = t + f;
    t = t + p;
    float y = h + t;

    y = x > 0x1.fffffep+127f ? x : y;
    y = x == 0.0f ? as_float(0xff800000u) : y;
    int nan = (0.0f > x) | (x != x);
    return nan ? CLONAL_NAN : y;
}

#endif
