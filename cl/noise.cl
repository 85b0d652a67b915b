/* noise: a random function of each element, by the word of its place (cl/CONTRACT.md, sections 3
 * and 5). -DNOISE=clonal_gaussian_noise names it, and the host puts lib/gaussian_noise.cl in front
 * of the program. Such a file defines a macro
 *
 *   clonal_gaussian_noise_of(x, word, keep, a, b, c)
 *
 * of an element, its word, whether a mask by `threshold` keeps it, and three numbers of the host's.
 * Work-items as in dropout.cl: -DCLONAL_WIDE=1 is the form for CPUs with wide vectors, 64 columns
 * an item; else 4. The form and the grouping change no bit. */
#include "lib/base.cl"
#include "lib/philox.cl"
#include "lib/wide.cl"

/* What a program is built with where nothing is said: for tools that read one file alone. */
#ifndef NOISE
#define NOISE clonal_uniform_noise
#include "lib/uniform_noise.cl"
#endif
#define NOISE_OF CLONAL_JOIN(NOISE, _of)

static inline float noise_of(float x, uint word, uint threshold, uint keep_any, float a, float b,
                             float c)
{
    const int keep = word >= threshold && keep_any != 0;
    return NOISE_OF(x, word, keep, a, b, c);
}

/* y (rows,columns), of x; y may be x. `items` work-items: rows x ceil(columns / columns of an
 * item); more are idle. */
kernel void noise(global const float *x, global float *y, uint items, uint columns, uint2 key,
                  uint stream, uint step, uint threshold, uint keep_any, float a, float b, float c)
{
    uint item = (uint)get_global_id(0);
    if (item >= items) return;
    uint row_items = (columns - 1) / ITEM_COLUMNS + 1;
    uint row = item / row_items;
    uint column = (item - row * row_items) * ITEM_COLUMNS;
    uint left = columns - column;
    x += (size_t)row * columns + column;
    y += (size_t)row * columns + column;
    uint word[ITEM_COLUMNS];
#if CLONAL_WIDE
    uint16 words[4];
    clonal_philox16((uint4)(column / 4, row, stream, step), key, words);
    for (uint i = 0; i < 4; ++i) vstore16(words[i], i, word);
#else
    vstore4(clonal_philox((uint4)(column / 4, row, stream, step), key), 0, word);
#endif
    if (left >= ITEM_COLUMNS) {
        for (uint i = 0; i < ITEM_COLUMNS; ++i)
            y[i] = noise_of(x[i], word[i], threshold, keep_any, a, b, c);
        return;
    }
    for (uint i = 0; i < left; ++i) y[i] = noise_of(x[i], word[i], threshold, keep_any, a, b, c);
}
