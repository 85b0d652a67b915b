/* silu.cl: x sigmoid(x) (Elfwing, Uchibe and Doya, 2017), and its derivative from the input x.
 * Rule: CONTRACT.md, section 5. How such a file is laid out: lib/function.cl. */
#ifndef CLONAL_LIB_SILU_CL
#define CLONAL_LIB_SILU_CL

#include "lib/math.cl"

static inline float clonal__silu_gradient(float dy, float x)
{
    float s = clonal_sigmoid(x);
    float t = 1.0f - s;
    t = clonal_fma(x, t, 1.0f);
    t = s * t;
    return dy * t;
}

#define clonal_silu_value(V, FMA, x, a) ((x)*clonal_sigmoid(x))
#define clonal_silu_gradient(V, FMA, dy, x, a) clonal__silu_gradient(dy, x)

#endif
