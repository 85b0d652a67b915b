/* reduce.cl: sums by the chain rule (cl/CONTRACT.md, section 2). */
#include "lib/base.cl"

/* y (columns) = sum over the rows of x (rows,columns); one work-item a column */
__kernel void column_sum(__global const float *x, __global float *y, uint rows, uint columns)
{
    size_t j = get_global_id(0);
    if (j >= columns) return;
    float total = 0.0f;
    for (uint start = 0; start < rows; start += 1024u) {
        uint end = rows - start > 1024u ? start + 1024u : rows;
        float sum = 0.0f;
        CLONAL_IN_ORDER
        for (uint i = start; i < end; i++) sum = sum + x[(size_t)i * columns + j];
        total = start == 0u ? sum : total + sum;
    }
    y[j] = total;
}

/* y (columns) = sum over the rows of a (rows,columns) times b (rows,columns); one work-item a
 * column */
__kernel void column_dot(__global const float *a, __global const float *b, __global float *y,
                         uint rows, uint columns)
{
    size_t j = get_global_id(0);
    if (j >= columns) return;
    float total = 0.0f;
    for (uint start = 0; start < rows; start += 1024u) {
        uint end = rows - start > 1024u ? start + 1024u : rows;
        float sum = 0.0f;
        for (uint i = start; i < end; i++) {
            size_t at = (size_t)i * columns + j;
            sum = clonal_fma(a[at], b[at], sum);
        }
        total = start == 0u ? sum : total + sum;
    }
    y[j] = total;
}
