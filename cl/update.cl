/* update.cl: an optimizer's step (lib/optimizer.cl) on one parameter of n elements, whose gradient
 * is g. States that the optimizer does not have may be any buffer. */
#include "lib/optimizer.cl"

__kernel void update(__global const float *g, __global float *w, __global float *v0,
                     __global float *v1, uint n, float8 s)
{
    size_t i = get_global_id(0);
    if (i >= n) return;
    update_element(s, g[i], w + i, v0 + i, v1 + i);
}
