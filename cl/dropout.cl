/* dropout, dropout_mask: the mask of cl/CONTRACT.md, sections 3 and 5, applied or written out.
 *
 * Element (row, column) of a tile whose first row is row0 is kept when its word is at least
 * `threshold`, and keep_any is not 0 (at p = 1 the threshold 2^32 has no room in a word).
 * -DCLONAL_WIDE=1 is the form for CPUs with wide vectors: a work-item makes 16 blocks, that is 64
 * columns; else it makes one block, 4 columns. One dimension, `items` work-items: rows x
 * ceil(columns / columns of an item); more are idle. The form and the grouping change no bit.
 * -DCLONAL_AHEAD=n (lib/wide.cl) for the wide form: these instructions fill a processor's window
 * and its memory waits meanwhile, so that asking for it ahead makes 2^24 elements twice as fast. */
#include "lib/base.cl"
#include "lib/philox.cl"
#include "lib/wide.cl"

static inline int keeps(uint word, uint threshold, uint keep_any)
{
    return word >= threshold && keep_any != 0;
}

#if CLONAL_WIDE

static inline int16 keeps16(uint16 words, uint threshold, uint keep_any)
{
    return (words >= (uint16)(threshold)) & (int16)(keep_any != 0 ? -1 : 0);
}

#endif

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
        ASK_AHEAD(y + i, 1);
    }
    uint16 words[4];
    clonal_philox16((uint4)(column / 4, row0 + row, stream, step), key, words);
    if (left >= ITEM_COLUMNS) {
        const global float16_anywhere *from = (const global float16_anywhere *)x;
        global float16_anywhere *to = (global float16_anywhere *)y;
#pragma unroll
        for (uint i = 0; i < 4; ++i)
            to[i] =
                select((float16)(0.0f), from[i] * scale, keeps16(words[i], threshold, keep_any));
        return;
    }
    uint word[ITEM_COLUMNS];
    for (uint i = 0; i < 4; ++i) vstore16(words[i], i, word);
    for (uint i = 0; i < left; ++i)
        y[i] = keeps(word[i], threshold, keep_any) ? x[i] * scale : 0.0f;
#else
    uint4 words = clonal_philox((uint4)(column / 4, row0 + row, stream, step), key);
    if (left >= ITEM_COLUMNS) {
        float4 kept = vload4(0, x) * scale;
        int4 keep = (words >= (uint4)(threshold)) & (int4)(keep_any != 0 ? -1 : 0);
        vstore4(select((float4)(0.0f), kept, keep), 0, y);
        return;
    }
    y[0] = keeps(words.x, threshold, keep_any) ? x[0] * scale : 0.0f;
    if (left > 1) y[1] = keeps(words.y, threshold, keep_any) ? x[1] * scale : 0.0f;
    if (left > 2) y[2] = keeps(words.z, threshold, keep_any) ? x[2] * scale : 0.0f;
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
    uint16 words[4];
    clonal_philox16((uint4)(column / 4, row0 + row, stream, step), key, words);
    if (left >= ITEM_COLUMNS) {
        for (uint i = 0; i < 4; ++i)
            vstore16(convert_uchar16(keeps16(words[i], threshold, keep_any) & 1), i, keep);
        return;
    }
    uint word[ITEM_COLUMNS];
    for (uint i = 0; i < 4; ++i) vstore16(words[i], i, word);
    for (uint i = 0; i < left; ++i) keep[i] = (uchar)keeps(word[i], threshold, keep_any);
#else
    uint4 words = clonal_philox((uint4)(column / 4, row0 + row, stream, step), key);
    keep[0] = (uchar)keeps(words.x, threshold, keep_any);
    if (left > 1) keep[1] = (uchar)keeps(words.y, threshold, keep_any);
    if (left > 2) keep[2] = (uchar)keeps(words.z, threshold, keep_any);
    if (left > 3) keep[3] = (uchar)keeps(words.w, threshold, keep_any);
#endif
}
