/* gelu.cl: x times the normal distribution's share below x (Hendrycks and Gimpel, 2016), by erf,
 * and its derivative from the input x. Rule: CONTRACT.md, section 5. How such a file is laid out:
 * lib/function.cl. */
#ifndef CLONAL_LIB_GELU_CL
#define CLONAL_LIB_GELU_CL

#include "lib/erf.cl"

#define CLONAL__SQRT_HALF 0x1.6a09e6p-1f
#define CLONAL__NORMAL_DENSITY_AT_0 0x1.988454p-2f /* 1 / sqrt(2 pi) */

static inline float clonal_gelu(float x)
{
    float e = clonal_erf(x * CLONAL__SQRT_HALF);
    float h = 0.5f * x;
    return clonal_fma(h, e, h);
}

static inline float clonal__gelu_gradient(float dy, float x)
{
    float e = clonal_erf(x * CLONAL__SQRT_HALF);
    float below = clonal_fma(0.5f, e, 0.5f);
    float q = x * x;
    q = -0.5f * q;
    float density = clonal_exp(q) * CLONAL__NORMAL_DENSITY_AT_0;
    float d = clonal_fma(x, density, below);
    return dy * d;
}

#define clonal_gelu_value(V, FMA, x, a) clonal_gelu(x)
#define clonal_gelu_gradient(V, FMA, dy, x, a) clonal__gelu_gradient(dy, x)

#endif
