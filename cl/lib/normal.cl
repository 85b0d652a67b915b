/* clonal_normal32: a standard normal variate of a random word, by Clonal's own operations of
 * binary32 alone. CONTRACT.md, section 1, defines it, tests/reference/ref_noise.c is the same in
 * plain C, and tests/unit/test_normal32.c measures its error. */
#ifndef CLONAL_LIB_NORMAL_CL
#define CLONAL_LIB_NORMAL_CL

#include "lib/math.cl"

/* With the word's distance x from the middle, 0 < x < 1, and P = 1 - x the share of variates that
 * are farther out, z = x f(w), w = -log(P (2 - P)) = -log(1 - x^2) (Giles, Approximating the
 * erfinv function, 2010). f is a polynomial up to w = 6.75, which 0.06 % of words exceed, and
 * another one from there to w = 21.6: least-squares fits, weighted anew until the relative error
 * is even, 2^-26.8 and 2^-27.4; coefficients rounded to binary32 one by one from the lowest, the
 * others fitted again each time. No branch: selects only. */
static inline float clonal_normal32(uint word)
{
    int n = (int)(word ^ 0x80000000u);
    int m = n < 0 ? ~n : n;
    float x = clonal_fma(convert_float(m), 0x1p-31f, 0x1p-32f);
    float outside = clonal_fma(convert_float(0x7fffffff - m), 0x1p-31f, 0x1p-32f);
    float t = 2.0f - outside;
    float y = outside * t;
    float w = -clonal_log(y);
    int far = w > 6.75f;
    float u = w - (far ? 13.75f : 0.5f);
    float p = far ? -0x1.1d623ep-45f : -0x1.3212ccp-40f;
    p = clonal_fma(p, u, far ? 0x1.32b57ep-41f : 0x1.f2b546p-31f);
    p = clonal_fma(p, u, far ? -0x1.e77782p-40f : -0x1.0117b4p-25f);
    p = clonal_fma(p, u, far ? -0x1.19f47ap-36f : 0x1.a8bcbcp-22f);
    p = clonal_fma(p, u, far ? 0x1.7a37c2p-32f : -0x1.2b8cbcp-19f);
    p = clonal_fma(p, u, far ? -0x1.4fc4b6p-27f : -0x1.aa5d02p-21f);
    p = clonal_fma(p, u, far ? 0x1.f85fccp-23f : 0x1.143faep-14f);
    p = clonal_fma(p, u, far ? -0x1.59695ap-18f : -0x1.91d43ep-17f);
    p = clonal_fma(p, u, far ? 0x1.f87c84p-14f : -0x1.ca2602p-9f);
    p = clonal_fma(p, u, far ? -0x1.c2d06cp-9f : 0x1.6ebf10p-7f);
    p = clonal_fma(p, u, far ? 0x1.89db76p-3f : 0x1.5e1c06p-2f);
    p = clonal_fma(p, u, far ? 0x1.40e0fap+2f : 0x1.6bc8e0p+0f);
    float z = x * p;
    return n < 0 ? -z : z;
}

#endif
