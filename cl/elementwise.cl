/* elementwise.cl: a function of one element (lib/function.cl) and its derivative. One work-item an
 * element, n of them; y and dx may be an input. Rules: cl/CONTRACT.md, section 5. */
#include "lib/function.cl"

/* y = f(x) */
__kernel void value(__global const float *x, __global float *y, uint n, float a)
{
    size_t i = get_global_id(0);
    if (i < n) y[i] = FUNCTION_VALUE(float, clonal_fma, x[i], a);
}

/* dx = dy f'(x), from s: the output or the input of f */
__kernel void gradient(__global const float *dy, __global const float *s, __global float *dx,
                       uint n, float a)
{
    size_t i = get_global_id(0);
    if (i < n) dx[i] = FUNCTION_GRADIENT(float, clonal_fma, dy[i], s[i], a);
}
