/* dropout, dropout_mask: the mask of cl/CONTRACT.md, sections 3 and 5, applied or written out.
 *
 * Element (row, column) of a tile whose first row is row0 is kept when its word is at least
 * `threshold`, and keep_any is not 0 (at p = 1 the threshold 2^32 has no room in a word).
 * -DCLONAL_WIDE=1 and 2 are the forms for CPUs with wide vectors: a work-item makes 16 or 32
 * blocks, that is 64 or 128 columns; else it makes one block, 4 columns. One dimension, `items`
 * work-items: rows x ceil(columns / columns of an item); more are idle. The form and the grouping
 * change no bit.
 * -DCLONAL_AHEAD=n (lib/wide.cl) for the wide form: these instructions fill a processor's window
 * and its memory waits meanwhile, so that asking for it ahead makes 2^24 elements twice as fast.
 * -DCLONAL_STREAM=1 for matrices that no cache holds. */
#include "lib/base.cl"
#include "lib/philox.cl"
#include "lib/wide.cl"

static inline int4 keeps(uint4 words, uint threshold, uint keep_any)
{
    return (words >= (uint4)(threshold)) & (int4)(keep_any != 0 ? -1 : 0);
}

#if CLONAL_WIDE
static inline int16 keeps16(uint16 words, uint threshold, uint keep_any)
{
    return (words >= (uint16)(threshold)) & (int16)(keep_any != 0 ? -1 : 0);
}
#endif

/* Four elements, or the fewer that are left. */
static inline void dropout_four(global const float *x, global float *y, uint left, int4 keep,
                                float scale)
{
    if (left >= 4) {
        vstore4(select((float4)(0.0f), vload4(0, x) * scale, keep), 0, y);
        return;
    }
    y[0] = keep.x ? x[0] * scale : 0.0f;
    if (left > 1) y[1] = keep.y ? x[1] * scale : 0.0f;
    if (left > 2) y[2] = keep.z ? x[2] * scale : 0.0f;
}
static inline void mask_four(global uchar *y, uint left, int4 keep)
{
    y[0] = (uchar)(keep.x & 1);
    if (left > 1) y[1] = (uchar)(keep.y & 1);
    if (left > 2) y[2] = (uchar)(keep.z & 1);
    if (left > 3) y[3] = (uchar)(keep.w & 1);
}

/* y (rows,columns) = kept ? x * scale : +0. y may be x. */
kernel void dropout(global const float *x, global float *y, uint items, uint columns, uint row0,
                    uint2 key, uint stream, uint step, uint threshold, uint keep_any, float scale)
{
    uint item = (uint)get_global_id(0);
    if (item >= items) return;
    uint row_items = (columns - 1) / ITEM_COLUMNS + 1;
    uint row = item / row_items;
    uint column = (item - row * row_items) * ITEM_COLUMNS;
    uint left = columns - column;
    size_t at = (size_t)row * columns + column;
    x += at;
    y += at;
#if CLONAL_WIDE
#pragma unroll
    for (uint i = 0; i < ITEM_COLUMNS; i += 16) {
        ASK_AHEAD(x + i, 0);
        if (!CAN_STREAM(y)) ASK_AHEAD(y + i, 1);
    }
    uint16 words[ITEM_VECTORS];
    ITEM_PHILOX((uint4)(column / 4, row0 + row, stream, step), key, words);
    if (left >= ITEM_COLUMNS) {
        const global float16_anywhere *from = (const global float16_anywhere *)x;
        global float16_anywhere *to = (global float16_anywhere *)y;
#define DROPOUT_SIXTEEN(i)                                                                         \
    select((float16)(0.0f), from[i] * scale, keeps16(words[i], threshold, keep_any))
        if (CAN_STREAM(y)) {
#pragma unroll
            for (uint i = 0; i < ITEM_VECTORS; ++i)
                STREAM(DROPOUT_SIXTEEN(i), (global float16 *)y + i);
            return;
        }
#pragma unroll
        for (uint i = 0; i < ITEM_VECTORS; ++i) to[i] = DROPOUT_SIXTEEN(i);
        return;
    }
#define DROPOUT_FOUR(i, four)                                                                      \
    if (left > (i))                                                                                \
        dropout_four(x + (i), y + (i), left - (i), keeps(four, threshold, keep_any), scale);
    WIDE_FOURS(DROPOUT_FOUR)
#else
    uint4 words = clonal_philox((uint4)(column / 4, row0 + row, stream, step), key);
    dropout_four(x, y, left, keeps(words, threshold, keep_any), scale);
#endif
}

/* keep (rows,columns) uint8: 1 where an element is kept. */
kernel void dropout_mask(global uchar *keep, uint items, uint columns, uint row0, uint2 key,
                         uint stream, uint step, uint threshold, uint keep_any)
{
    uint item = (uint)get_global_id(0);
    if (item >= items) return;
    uint row_items = (columns - 1) / ITEM_COLUMNS + 1;
    uint row = item / row_items;
    uint column = (item - row * row_items) * ITEM_COLUMNS;
    uint left = columns - column;
    keep += (size_t)row * columns + column;
#if CLONAL_WIDE
    uint16 words[ITEM_VECTORS];
    ITEM_PHILOX((uint4)(column / 4, row0 + row, stream, step), key, words);
    if (left >= ITEM_COLUMNS) {
#pragma unroll
        for (uint i = 0; i < ITEM_VECTORS; ++i)
            vstore16(convert_uchar16(keeps16(words[i], threshold, keep_any) & 1), i, keep);
        return;
    }
#define MASK_FOUR(i, four)                                                                         \
    if (left > (i)) mask_four(keep + (i), left - (i), keeps(four, threshold, keep_any));
    WIDE_FOURS(MASK_FOUR)
#else
    uint4 words = clonal_philox((uint4)(column / 4, row0 + row, stream, step), key);
    mask_four(keep, left, keeps(words, threshold, keep_any));
#endif
}
