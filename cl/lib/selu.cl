/* selu.cl: lambda x where x is positive, else lambda alpha (e^x - 1) (Klambauer et al., 2017), and
 * its derivative from the output y. Rule: CONTRACT.md, section 5. How such a file is laid out:
 * lib/function.cl. */
#ifndef CLONAL_LIB_SELU_CL
#define CLONAL_LIB_SELU_CL

#include "lib/math.cl"

#define CLONAL__SELU_LAMBDA 0x1.0cfabep+0f
#define CLONAL__SELU_LIMIT 0x1.c212ccp+0f /* lambda alpha */

/* With E = e^x, 1 - E = (1 - 2^k) - 2^k (hi + lo) as in tanh, as a pair, so that its precision is
 * relative down to small |x|. */
static inline float clonal__selu(float x)
{
    float z = -20.0f > x ? -20.0f : x;
    z = z > 0.0f ? 0.0f : z;
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
    ml = t + ml;
    float m = mh + ml;
    float below = m * -CLONAL__SELU_LIMIT;
    float y = x > 0.0f ? x * CLONAL__SELU_LAMBDA : below;
    return x != x ? CLONAL_NAN : y;
}

#define clonal_selu_value(V, FMA, x, a) clonal__selu(x)

#define clonal_selu_gradient_is_vector 1
#define clonal_selu_gradient(V, FMA, dy, y, a)                                                     \
    ((dy) * ((y) > (V)(0.0f) ? (V)(CLONAL__SELU_LAMBDA) : (y) + (V)(CLONAL__SELU_LIMIT)))

#endif
