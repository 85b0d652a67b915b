/* load.cl: gathers a batch from the data set on the device. x (rows,columns); row r is sample
 * order[place + r], or place + r itself when shuffled is 0. A work-item loads LOAD_WIDTH columns:
 * (row, column / LOAD_WIDTH). */
#include "lib/base.cl"
#include "lib/order.cl"
#include "lib/pixels.cl"
__kernel void load_u8(__global const uchar *samples, __global const uint *order, uint shuffled,
                      uint columns, __global float *x, uint place)
{
    size_t c = get_global_id(1) * LOAD_WIDTH, r = get_global_id(0);
    if (c >= columns) return;
    samples += clonal_sample(order, shuffled, place, r) * columns + c;
    x += r * columns + c;
    if (c + LOAD_WIDTH <= columns)
        STORE_FLOATS(load_pixels(LOAD_BYTES(samples)), x);
    else
        for (uint i = 0; i < columns - c; i++) x[i] = load_pixel(samples[i]);
}

__kernel void load_f32(__global const float *samples, __global const uint *order, uint shuffled,
                       uint columns, __global float *x, uint place)
{
    size_t c = get_global_id(1) * LOAD_WIDTH, r = get_global_id(0);
    if (c >= columns) return;
    samples += clonal_sample(order, shuffled, place, r) * columns + c;
    x += r * columns + c;
    if (c + LOAD_WIDTH <= columns)
        STORE_FLOATS(LOAD_FLOATS(samples), x);
    else
        for (uint i = 0; i < columns - c; i++) x[i] = samples[i];
}
