/* load.cl: gathers a batch from the data set on the device. x (rows,columns); row r is sample order[place + r], or place + r
 * itself when shuffled is 0. One work-item an element: (column, row). */
#include "lib/base.cl"
#include "lib/order.cl"

/* A pixel as u/255, correctly rounded: a product with the rounded reciprocal and one step of correction, which is exact for all 256. */
__kernel void load_u8(__global const uchar *samples, __global const uint *order, uint shuffled, uint columns, __global float *x, uint place)
{
    size_t c = get_global_id(0), r = get_global_id(1);
    if (c >= columns) return;
    const float reciprocal = 0x1.010102p-8f;
    float u = (float)samples[clonal_sample(order, shuffled, place, r) * columns + c];
    float q = u * reciprocal;
    float left = clonal_fma(-255.0f, q, u);
    x[r * columns + c] = clonal_fma(left, reciprocal, q);
}

__kernel void load_f32(__global const float *samples, __global const uint *order, uint shuffled, uint columns, __global float *x, uint place)
{
    size_t c = get_global_id(0), r = get_global_id(1);
    if (c < columns) x[r * columns + c] = samples[clonal_sample(order, shuffled, place, r) * columns + c];
}
