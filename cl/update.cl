/* update.cl: stochastic gradient descent on one parameter of n elements. v is read and written when
 * momentum is not 0, else it may be any buffer. Rule: cl/CONTRACT.md, section 5, "Update". */
#include "lib/base.cl"
#include "lib/functions.cl"
#include "lib/math.cl"

__kernel void sgd(__global const float *g, __global float *w, __global float *v, uint n, float rate,
                  float momentum, float weight_decay)
{
    size_t i = get_global_id(0);
    if (i >= n) return;
    float velocity = momentum != 0.0f ? v[i] : 0.0f;
    w[i] = clonal_sgd(w[i], g[i], rate, momentum, weight_decay, &velocity);
    if (momentum != 0.0f) v[i] = velocity;
}
