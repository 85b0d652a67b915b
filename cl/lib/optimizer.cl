/* optimizer.cl: the optimizer that a program is built with: -DUPDATE_BY=clonal_sgd names it, and
 * the host puts lib/sgd.cl in front of the program. Such a file defines two macros:
 *
 *   clonal_sgd_update(V, FMA, s, w, g, v0, v1)   steps w by its gradient g, and the states v0, v1;
 *                                                all four are variables of type V that it may set
 *   clonal_sgd_states                            how many states it reads and writes: 0, 1 or 2
 *
 * FMA is V's fma, s a float8: what the host's descriptor gives for the step (`scalars`). V is
 * float; where clonal_sgd_update_is_vector is defined as 1, it may be a vector of floats too. */
#ifndef CLONAL_LIB_OPTIMIZER_CL
#define CLONAL_LIB_OPTIMIZER_CL

#include "lib/base.cl"

/* What a program is built with where nothing is said: for tools that read one file alone. */
#ifndef UPDATE_BY
#define UPDATE_BY clonal_sgd
#include "lib/sgd.cl"
#endif

#define UPDATE_STEP CLONAL_JOIN(UPDATE_BY, _update)
#define UPDATE_STATES CLONAL_JOIN(UPDATE_BY, _states)
#define UPDATE_IS_VECTOR CLONAL_JOIN(UPDATE_BY, _update_is_vector)

/* The step of one element by its gradient g. States that the optimizer does not have are not
 * touched. */
static inline void update_element(float8 s, float g, __global float *w, __global float *state0,
                                  __global float *state1)
{
    float weight = *w;
    float first = UPDATE_STATES > 0 ? *state0 : 0.0f, second = UPDATE_STATES > 1 ? *state1 : 0.0f;
    UPDATE_STEP(float, clonal_fma, s, weight, g, first, second);
    *w = weight;
    if (UPDATE_STATES > 0) *state0 = first;
    if (UPDATE_STATES > 1) *state1 = second;
}

#endif
