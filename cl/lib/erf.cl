/* erf.cl: the error function of binary32, with an error below 1 ulp and the same bits on every
 * device, by CONTRACT.md, section 1; tests/reference/ref_math.c is the same in plain C. Subnormal
 * arguments and results are kept, a NaN result is 0x7fc00000, and there are no branches. */
#ifndef CLONAL_LIB_ERF_CL
#define CLONAL_LIB_ERF_CL

#include "lib/base.cl"
#include "lib/math.cl"

/* Where the second polynomial is expanded. Its distance from every float in [1,4] is exact, and erf
 * is there within 2^-33 of the float ERF_MIDDLE, so that rounding the constant costs nothing. */
#define CLONAL__ERF_CENTRE 0x1.2ccp+1f
#define CLONAL__ERF_MIDDLE 0x1.ff8b36p-1f

/* Both polynomials are minimax fits (linear programming on 1200 Chebyshev points, values in 30
 * digits by mpmath), the coefficients rounded to binary32 one by one from the lowest, the others
 * fitted again each time. They are centred, which keeps what Horner's scheme rounds small. */

/* erf(x) / x - 1 for |x| <= 1, in v = x^2 - 0.46875: relative error of erf 2^-29.1. */
static inline float clonal__erf_inner(float v)
{
    float p = clonal_fma(0x1.490ebep-14f, v, -0x1.2ff404p-11f);
    p = clonal_fma(p, v, 0x1.d3e53cp-9f);
    p = clonal_fma(p, v, -0x1.32c688p-6f);
    p = clonal_fma(p, v, 0x1.4c5e4ep-4f);
    p = clonal_fma(p, v, -0x1.24f498p-2f);
    return clonal_fma(p, v, -0x1.a4924cp-6f);
}

/* erf(CENTRE + t) for CENTRE + t in [1,4]: absolute error 2^-30.5. */
static inline float clonal__erf_outer(float t)
{
    float p = clonal_fma(-0x1.79c758p-22f, t, 0x1.c331dcp-20f);
    p = clonal_fma(p, t, 0x1.9bd446p-21f);
    p = clonal_fma(p, t, -0x1.516bc0p-16f);
    p = clonal_fma(p, t, 0x1.5674eep-15f);
    p = clonal_fma(p, t, 0x1.604f00p-15f);
    p = clonal_fma(p, t, -0x1.71e0f8p-12f);
    p = clonal_fma(p, t, 0x1.62311ep-11f);
    p = clonal_fma(p, t, -0x1.0c39f8p-18f);
    p = clonal_fma(p, t, -0x1.99c1d6p-9f);
    p = clonal_fma(p, t, 0x1.216c86p-7f);
    p = clonal_fma(p, t, -0x1.d217fap-7f);
    p = clonal_fma(p, t, 0x1.ef6e1ep-7f);
    p = clonal_fma(p, t, -0x1.5bc852p-7f);
    p = clonal_fma(p, t, 0x1.280890p-8f);
    return clonal_fma(p, t, CLONAL__ERF_MIDDLE);
}

/* The error function: 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x. From 4 on it is 1. */
static inline float clonal_erf(float x)
{
    float a = fabs(x);
    float inner = clonal__erf_inner(clonal_fma(x, x, -0.46875f));
    inner = clonal_fma(inner, x, x);
    float z = a > 4.0f ? 4.0f : a;
    float outer = clonal__erf_outer(z - CLONAL__ERF_CENTRE);
    outer = as_float(as_uint(outer) | (as_uint(x) & 0x80000000u));
    float y = a > 1.0f ? outer : inner;
    return x != x ? CLONAL_NAN : y;
}

#endif
