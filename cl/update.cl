/* update.cl: an optimizer's step (lib/optimizer.cl) on one parameter of n elements, whose gradient
 * is g. States that the optimizer does not have may be any buffer. */
#include "lib/optimizer.cl"

__kernel void update(__global const float *g, __global float *w, __global float *v0,
                     __global float *v1, uint n, float8 s)
{
    size_t i = get_global_id(0);
    if (i >= n) return;
    float weight = w[i], gradient = g[i];
    float first = UPDATE_STATES > 0 ? v0[i] : 0.0f, second = UPDATE_STATES > 1 ? v1[i] : 0.0f;
    UPDATE_STEP(float, clonal_fma, s, weight, gradient, first, second);
    w[i] = weight;
    if (UPDATE_STATES > 0) v0[i] = first;
    if (UPDATE_STATES > 1) v1[i] = second;
}
