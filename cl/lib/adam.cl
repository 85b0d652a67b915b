/* adam.cl: Adam, and AdamW where DECOUPLED is 1. Option WEIGHT_DECAY is 1 where the factor is not
 * 0. s = {rate / (1 - beta1^t), 1 - beta1, beta2, 1 - beta2, 1 / sqrt(1 - beta2^t), epsilon, weight
 * decay or, decoupled, 1 - rate weight decay}; v0 and v1 are the first and the second moment. Rule:
 * CONTRACT.md, section 5. How such a file is laid out: lib/optimizer.cl. */
#ifndef CLONAL_LIB_ADAM_CL
#define CLONAL_LIB_ADAM_CL

#include "lib/math.cl"

#ifndef WEIGHT_DECAY
#define WEIGHT_DECAY 0
#endif
#ifndef DECOUPLED
#define DECOUPLED 0
#endif

static inline float clonal_adam(float8 s, float w, float g, float *first, float *second)
{
#if WEIGHT_DECAY && DECOUPLED
    w = w * s.s6;
#elif WEIGHT_DECAY
    g = clonal_fma(s.s6, w, g);
#endif
    float d = g - *first;
    float m = clonal_fma(s.s1, d, *first);
    float square = g * g;
    float kept = s.s2 * *second;
    float v = clonal_fma(s.s3, square, kept);
    float q = clonal_sqrt(v);
    q = clonal_fma(q, s.s4, s.s5);
    q = clonal_div(m, q);
    *first = m;
    *second = v;
    return clonal_fma(-s.s0, q, w);
}

#define clonal_adam_states 2
#define clonal_adam_update(V, FMA, s, w, g, v0, v1) w = clonal_adam(s, w, g, &v0, &v1)

#endif
