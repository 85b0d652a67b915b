/* ceiling.cl: y = factor x, as fast as memory alone allows: what a measured dropout is held
 * against. No training launches it. n elements; y is not x. -DCLONAL_WIDE=1 is the form for
 * CPUs. */
#include "lib/base.cl"
#include "lib/wide.cl"

#if CLONAL_WIDE
#define ITEM_FLOATS 64u

/* For CPUs: an item's ITEM_FLOATS elements lie together. ceil(n / ITEM_FLOATS) items, or more. */
__kernel void scale(__global const float *x, __global float *y, uint n, float factor)
{
    size_t at = get_global_id(0) * ITEM_FLOATS;
    if (at >= n) return;
    x += at;
    y += at;
    uint left = n - (uint)at;
    if (left < ITEM_FLOATS) {
        for (uint i = 0; i < left; ++i) y[i] = x[i] * factor;
        return;
    }
    for (uint i = 0; i < ITEM_FLOATS; i += 16) {
        ASK_AHEAD(x + i, 0);
        if (!CAN_STREAM(y)) ASK_AHEAD(y + i, 1);
    }
    const __global float16_anywhere *from = (const __global float16_anywhere *)x;
    __global float16_anywhere *to = (__global float16_anywhere *)y;
    if (CAN_STREAM(y)) {
        for (uint i = 0; i < ITEM_FLOATS / 16; ++i)
            STREAM(from[i] * factor, (__global float16 *)y + i);
        return;
    }
    for (uint i = 0; i < ITEM_FLOATS / 16; ++i) to[i] = from[i] * factor;
}

#else
#define VECTORS 4u

/* For GPUs: a vector of four at a time, which a group's items lie side by side with, VECTORS of
 * them an item: all are loaded before the first is stored. ceil(n / (4 VECTORS)) items, or more. */
__kernel void scale(__global const float *x, __global float *y, uint n, float factor)
{
    size_t lanes = get_local_size(0);
    size_t at = get_group_id(0) * lanes * VECTORS + get_local_id(0);
    float4 v[VECTORS];
    if ((get_group_id(0) + 1) * lanes * VECTORS * 4 <= n) {
        for (uint i = 0; i < VECTORS; ++i) v[i] = vload4(at + i * lanes, x);
        for (uint i = 0; i < VECTORS; ++i) vstore4(v[i] * factor, at + i * lanes, y);
        return;
    }
    for (uint i = 0; i < VECTORS; ++i)
        for (size_t k = (at + i * lanes) * 4, end = k + 4; k < end && k < n; ++k)
            y[k] = x[k] * factor;
}
#endif
