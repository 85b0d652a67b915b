#include "ref_math.h"

#include <math.h>
#include <string.h>

static const float log2e = 0x1.715476p+0f;
static const float ln2_hi = 0x1.62e430p-1f;
static const float ln2_lo = -0x1.05c610p-29f;

uint32_t ref_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

float ref_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

float ref_canonical(float x)
{
    return x != x ? ref_float(0x7fc00000u) : x;
}

float ref_fma(float a, float b, float c)
{
    return ref_canonical(fmaf(a, b, c));
}

float ref_recip(float x)
{
    return ref_canonical(1.0f / x);
}

float ref_div(float a, float b)
{
    return ref_canonical(a / b);
}

float ref_sqrt(float x)
{
    return ref_canonical(sqrtf(x));
}

/* 2^k for k in -126..127. */
static float pow2(int k)
{
    return ref_float((uint32_t)(k + 127) << 23);
}

/* x * 2^k in two exact factors; a subnormal result is rounded once, by the second. floor(k/2) without a shift of a
 * negative number. */
static float scale(float x, int k)
{
    int half = k / 2 - (k % 2 < 0);
    float y = x * pow2(half);
    return y * pow2(k - half);
}

/* The integer nearest to x log2(e), ties to even: 1.5 * 2^23 leaves no room for a fraction. */
static float nearest_k(float x)
{
    float t = fmaf(x, log2e, 0x1.8p+23f);
    return t - 0x1.8p+23f;
}

/* Q with e^r = 1 + r + r^2 Q(r). */
static float exp_q(float r)
{
    float q = fmaf(0x1.6a77e8p-10f, r, 0x1.1238b0p-7f);
    q = fmaf(q, r, 0x1.555890p-5f);
    q = fmaf(q, r, 0x1.555494p-3f);
    q = fmaf(q, r, 0x1.fffffcp-2f);
    return q;
}

/* e^z = 2^k (1 + hi + lo) for -104 <= z <= 89; returns k. */
static int exp_pair(float z, float *hi, float *lo)
{
    float n = nearest_k(z);
    float r0 = fmaf(n, -ln2_hi, z);
    float r = fmaf(n, -ln2_lo, r0);
    float t = r0 - r;
    float rest = fmaf(n, -ln2_lo, t);
    float q = exp_q(r);
    float r2 = r * r;
    float w = fmaf(r2, q, rest);
    *hi = r + w;
    t = r - *hi;
    *lo = t + w;
    return (int)n;
}

float ref_exp(float x)
{
    if (x != x) return ref_canonical(x);
    float z = x > 89.0f ? 89.0f : x;
    z = -104.0f > z ? -104.0f : z;
    float hi, lo;
    int k = exp_pair(z, &hi, &lo);
    return scale(1.0f + hi, k);
}

/* (nh + nl) / (dh + dl), dh in [1,2]. */
static float pair_quotient(float nh, float nl, float dh, float dl)
{
    float y = fmaf(dh, -0x1.e1e1e2p-2f, 0x1.69696ap+0f);
    float t = fmaf(-dh, y, 1.0f);
    y = fmaf(y, t, y);
    t = fmaf(-dh, y, 1.0f);
    y = fmaf(y, t, y);
    float q = nh * y;
    t = fmaf(-q, dl, nl);
    float remainder = fmaf(-q, dh, nh);
    remainder = remainder + t;
    return fmaf(remainder, y, q);
}

float ref_sigmoid(float x)
{
    if (x != x) return ref_canonical(x);
    float z = x > 0.0f ? -x : x;
    z = -104.0f > z ? -104.0f : z;
    float hi, lo;
    int k = exp_pair(z, &hi, &lo);

    /* e + el = 1 + hi + lo. */
    float e = 1.0f + hi;
    float t = 1.0f - e;
    t = t + hi;
    float el = t + lo;

    /* d + dl = 1 + 2^k (e + el); for the smallest k any tiny power will do. */
    float power = pow2(-126 > k ? -126 : k);
    float eh = e * power;
    float d = 1.0f + eh;
    t = 1.0f - d;
    t = t + eh;
    float dl = el * power;
    dl = t + dl;

    if (0.0f > x) return scale(pair_quotient(e, el, d, dl), k);
    return pair_quotient(1.0f, 0.0f, d, dl);
}

float ref_tanh(float x)
{
    if (x != x) return ref_canonical(x);
    float a = fabsf(x);
    if (a < 0x1p-12f) return x;
    float z = -2.0f * a;
    z = -20.0f > z ? -20.0f : z;
    float hi, lo;
    int k = exp_pair(z, &hi, &lo);

    /* mh + ml = 1 - 2^k (1 + hi + lo). */
    float power = pow2(k);
    float u = 1.0f - power;
    float ul = 1.0f - u;
    ul = ul - power;
    float sh = power * hi;
    float sl = power * lo;
    float mh = u - sh;
    float t = u - mh;
    t = t - sh;
    float ml = ul - sl;
    ml = t + ml;

    /* d + dl = 2 - (mh + ml). */
    float d = 2.0f - mh;
    t = 2.0f - d;
    t = t - mh;
    float dl = t - ml;
    return copysignf(pair_quotient(mh, ml, d, dl), x);
}

float ref_expm1(float x)
{
    if (x != x) return ref_canonical(x);
    float z = -20.0f > x ? -20.0f : x;
    float hi, lo;
    int k = exp_pair(z, &hi, &lo);

    /* mh + ml = 1 - 2^k (1 + hi + lo). */
    float power = pow2(k);
    float u = 1.0f - power;
    float ul = 1.0f - u;
    ul = ul - power;
    float sh = power * hi;
    float sl = power * lo;
    float mh = u - sh;
    float t = u - mh;
    t = t - sh;
    float ml = ul - sl;
    ml = t + ml;
    return -(mh + ml);
}

float ref_erf(float x)
{
    if (x != x) return ref_canonical(x);
    float a = fabsf(x);
    if (a > 1.0f) {
        static const float coefficients[] = {
            0x1.c331dcp-20f,  0x1.9bd446p-21f, -0x1.516bc0p-16f, 0x1.5674eep-15f, 0x1.604f00p-15f,
            -0x1.71e0f8p-12f, 0x1.62311ep-11f, -0x1.0c39f8p-18f, -0x1.99c1d6p-9f, 0x1.216c86p-7f,
            -0x1.d217fap-7f,  0x1.ef6e1ep-7f,  -0x1.5bc852p-7f,  0x1.280890p-8f,  0x1.ff8b36p-1f,
        };
        float z = a > 4.0f ? 4.0f : a;
        float t = z - 0x1.2ccp+1f;
        float p = -0x1.79c758p-22f;
        for (int i = 0; i < 15; i++) p = fmaf(p, t, coefficients[i]);
        return copysignf(p, x);
    }
    static const float coefficients[] = {
        -0x1.2ff404p-11f, 0x1.d3e53cp-9f, -0x1.32c688p-6f, 0x1.4c5e4ep-4f, -0x1.24f498p-2f, -0x1.a4924cp-6f,
    };
    float v = fmaf(x, x, -0.46875f);
    float p = 0x1.490ebep-14f;
    for (int i = 0; i < 6; i++) p = fmaf(p, v, coefficients[i]);
    return fmaf(p, x, x);
}

/* P with log(1+f) = f + f^2 (-1/2 + f P(f)). */
static float log_p(float f)
{
    float p = fmaf(0x1.1462a4p-4f, f, -0x1.de4f3cp-4f);
    p = fmaf(p, f, 0x1.e6f600p-4f);
    p = fmaf(p, f, -0x1.fc1f7cp-4f);
    p = fmaf(p, f, 0x1.2336e4p-3f);
    p = fmaf(p, f, -0x1.555c5ap-3f);
    p = fmaf(p, f, 0x1.99a4bcp-3f);
    p = fmaf(p, f, -0x1.000006p-2f);
    p = fmaf(p, f, 0x1.555548p-2f);
    return p;
}

float ref_log(float x)
{
    if (x != x || 0.0f > x) return ref_float(0x7fc00000u);
    if (x == 0.0f) return -INFINITY;
    if (x == INFINITY) return x;

    /* x = 2^k m, m in [sqrt(1/2), sqrt(2)); 0x3f3504f3 are the bits of fl32(sqrt(1/2)). */
    int k = 0;
    if (0x1p-126f > x) {
        x = x * 0x1p23f;
        k = -23;
    }
    int32_t above = (int32_t)(ref_bits(x) - 0x3f3504f3u);
    int shift = above >= 0 ? above / (1 << 23) : -((-above + (1 << 23) - 1) / (1 << 23));
    float m = ref_float(ref_bits(x) - (uint32_t)shift * (1u << 23));
    float n = (float)(k + shift);
    float f = m - 1.0f;

    float p = log_p(f);
    p = fmaf(p, f, -0.5f);
    float f2 = f * f;
    p = f2 * p;
    p = fmaf(n, 0x1.7f7d1cp-20f, p);
    float whole = n * 0x1.62e400p-1f;
    float h = whole + f;
    float t = whole - h;
    t = t + f;
    t = t + p;
    return h + t;
}
