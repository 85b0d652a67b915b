/* arithmetic.cl: sums and products of elements. One work-item an element, n of them; y may be an
 * input. Rules: cl/CONTRACT.md, section 5. */
#include "lib/base.cl"

/* y (rows,columns) = x + b (columns), b added to every row */
__kernel void bias(__global const float *x, __global const float *b, __global float *y, uint n,
                   uint columns)
{
    size_t i = get_global_id(0);
    if (i < n) y[i] = x[i] + b[(uint)i % columns];
}

__kernel void add(__global const float *a, __global const float *b, __global float *y, uint n)
{
    size_t i = get_global_id(0);
    if (i < n) y[i] = a[i] + b[i];
}
