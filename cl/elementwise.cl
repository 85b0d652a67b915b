/* elementwise.cl: operations that treat each element alone. One work-item an element, n of them; y
 * may be an input. Rules: cl/CONTRACT.md, section 5. */
#include "lib/base.cl"
#include "lib/functions.cl"
#include "lib/math.cl"

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

__kernel void scale(__global const float *x, __global float *y, uint n, float factor)
{
    size_t i = get_global_id(0);
    if (i < n) y[i] = x[i] * factor;
}

__kernel void relu(__global const float *x, __global float *y, uint n)
{
    size_t i = get_global_id(0);
    if (i < n) y[i] = clonal_relu(x[i]);
}

__kernel void sigmoid(__global const float *x, __global float *y, uint n)
{
    size_t i = get_global_id(0);
    if (i < n) y[i] = clonal_sigmoid(x[i]);
}

__kernel void hyperbolic_tangent(__global const float *x, __global float *y, uint n)
{
    size_t i = get_global_id(0);
    if (i < n) y[i] = clonal_tanh(x[i]);
}

/* dx = dy f'(x), from the output y = f(x) */
__kernel void relu_gradient(__global const float *dy, __global const float *y, __global float *dx,
                            uint n)
{
    size_t i = get_global_id(0);
    if (i < n) dx[i] = clonal_relu_gradient(dy[i], y[i]);
}

__kernel void sigmoid_gradient(__global const float *dy, __global const float *y,
                               __global float *dx, uint n)
{
    size_t i = get_global_id(0);
    if (i < n) dx[i] = clonal_sigmoid_gradient(dy[i], y[i]);
}

__kernel void tanh_gradient(__global const float *dy, __global const float *y, __global float *dx,
                            uint n)
{
    size_t i = get_global_id(0);
    if (i < n) dx[i] = clonal_tanh_gradient(dy[i], y[i]);
}
