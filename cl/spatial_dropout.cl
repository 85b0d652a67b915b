/* spatial_dropout: dropout of whole channels: rules in cl/CONTRACT.md, sections 3 and 5. */
#include "lib/base.cl"
#include "lib/philox.cl"

#define ITEM_ELEMENTS 16u

/* y (rows, channels, elements) = kept ? x * scale : +0, by the word of the row and the channel. y
 * may be x. One dimension, `items` work-items: rows x channels x ceil(elements / 16), each of them
 * up to 16 elements of one channel; more are idle. */
kernel void spatial_dropout(global const float *x, global float *y, uint items, uint channels,
                            uint elements, uint2 key, uint stream, uint step, uint threshold,
                            uint keep_any, float scale)
{
    uint item = (uint)get_global_id(0);
    if (item >= items) return;
    uint parts = (elements - 1) / ITEM_ELEMENTS + 1;
    uint place = item / parts; /* row * channels + channel */
    uint first = (item - place * parts) * ITEM_ELEMENTS;
    uint row = place / channels;
    uint channel = place - row * channels;
    uint4 words = clonal_philox((uint4)(channel / 4, row, stream, step), key);
    uint word_of[4]; /* through memory: oclgrind misreads choices among a vector's */
    vstore4(words, 0, word_of);
    uint word = word_of[channel & 3u];
    int keep = word >= threshold && keep_any != 0;
    uint left = elements - first;
    uint count = left < ITEM_ELEMENTS ? left : ITEM_ELEMENTS;
    x += (size_t)place * elements + first;
    y += (size_t)place * elements + first;
    for (uint i = 0; i < count; ++i) y[i] = keep ? x[i] * scale : 0.0f;
}
