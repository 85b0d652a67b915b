/* layer_norm.cl: each row less its mean, by its deviation (Ba, Kiros and Hinton, 2016); one
 * work-item a row. Rules: cl/CONTRACT.md, section 5. Matrices are (rows,columns); stats (rows,2)
 * holds each row's mean and the reciprocal of its deviation. */
#include "lib/base.cl"
#include "lib/math.cl"

/* The chain sum over a row; with `squares` of the squares of what is left of it less its mean. */
static inline float row_chain(__global const float *x, uint columns, float mean, int squares)
{
    float total = 0.0f;
    for (uint start = 0; start < columns; start += 1024u) {
        uint end = columns - start > 1024u ? start + 1024u : columns;
        float sum = 0.0f;
        CLONAL_IN_ORDER
        for (uint c = start; c < end; c++) {
            float d = x[c] - mean;
            sum = squares ? clonal_fma(d, d, sum) : sum + x[c];
        }
        total = start == 0u ? sum : total + sum;
    }
    return total;
}

__kernel void statistics(__global const float *x_rows, __global float *stats, uint rows,
                         uint columns, float epsilon)
{
    size_t r = get_global_id(0);
    if (r >= rows) return;
    __global const float *x = x_rows + r * columns;
    float count = convert_float(columns);
    float mean = clonal_div(row_chain(x, columns, 0.0f, 0), count);
    float variance = clonal_div(row_chain(x, columns, mean, 1), count);
    variance = variance + epsilon;
    stats[2 * r] = mean;
    stats[2 * r + 1] = clonal_recip(clonal_sqrt(variance));
}

/* n = (x - mean) / deviation; one work-item an element, `count` of them; n may be x */
__kernel void normalise(__global const float *x, __global const float *stats, __global float *n,
                        uint count, uint columns)
{
    size_t i = get_global_id(0);
    if (i >= count) return;
    size_t r = (uint)i / columns;
    float d = x[i] - stats[2 * r];
    n[i] = d * stats[2 * r + 1];
}

/* y = n weight + bias, both (columns); one work-item an element, `count` of them; y may be n */
__kernel void stretch(__global const float *n, __global const float *weight,
                      __global const float *bias, __global float *y, uint count, uint columns)
{
    size_t i = get_global_id(0);
    if (i >= count) return;
    uint c = (uint)i % columns;
    y[i] = clonal_fma(n[i], weight[c], bias[c]);
}

__kernel void gradient(__global const float *dy_rows, __global const float *n_rows,
                       __global const float *stats, __global const float *weight,
                       __global float *dx_rows, uint rows, uint columns)
{
    size_t r = get_global_id(0);
    if (r >= rows) return;
    __global const float *dy = dy_rows + r * columns, *n = n_rows + r * columns;
    __global float *dx = dx_rows + r * columns;
    float sum = 0.0f, dot = 0.0f;
    for (uint start = 0; start < columns; start += 1024u) {
        uint end = columns - start > 1024u ? start + 1024u : columns;
        float s = 0.0f, d = 0.0f;
        CLONAL_IN_ORDER
        for (uint c = start; c < end; c++) {
            float g = dy[c] * weight[c];
            s = s + g;
            d = clonal_fma(g, n[c], d);
        }
        sum = start == 0u ? s : sum + s;
        dot = start == 0u ? d : dot + d;
    }
    float count = convert_float(columns);
    float a = clonal_div(sum, count), b = clonal_div(dot, count);
    float reciprocal = stats[2 * r + 1];
    for (uint c = 0; c < columns; c++) {
        float g = dy[c] * weight[c];
        float t = g - a;
        t = clonal_fma(-n[c], b, t);
        dx[c] = t * reciprocal;
    }
}
