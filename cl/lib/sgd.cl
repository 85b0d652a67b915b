/* sgd.cl: stochastic gradient descent. Options WEIGHT_DECAY and MOMENTUM are 1 where the factors
 * are not 0. s = {rate, momentum, weight decay}; v0 is the velocity. Rule: CONTRACT.md, section 5.
 * How such a file is laid out: lib/optimizer.cl. */
#ifndef CLONAL_LIB_SGD_CL
#define CLONAL_LIB_SGD_CL

#ifndef WEIGHT_DECAY
#define WEIGHT_DECAY 0
#endif
#ifndef MOMENTUM
#define MOMENTUM 0
#endif

#if WEIGHT_DECAY
#define CLONAL__SGD_DECAY(V, FMA, s, w, g) g = FMA((V)((s).s2), w, g);
#else
#define CLONAL__SGD_DECAY(V, FMA, s, w, g)
#endif
#if MOMENTUM
#define CLONAL__SGD_MOMENTUM(V, FMA, s, g, v0)                                                     \
    g = FMA((V)((s).s1), v0, g);                                                                   \
    v0 = g;
#else
#define CLONAL__SGD_MOMENTUM(V, FMA, s, g, v0)
#endif

#define clonal_sgd_states MOMENTUM
#define clonal_sgd_update_is_vector 1
#define clonal_sgd_update(V, FMA, s, w, g, v0, v1)                                                 \
    do {                                                                                           \
        CLONAL__SGD_DECAY(V, FMA, s, w, g)                                                         \
        CLONAL__SGD_MOMENTUM(V, FMA, s, g, v0)                                                     \
        w = FMA((V)(-(s).s0), g, w);                                                               \
    } while (0)

#endif
