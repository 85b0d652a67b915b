/* reduce.cl: sums by the chain rule (cl/CONTRACT.md, section 2). One work-item a column, or, with
 * REDUCE_WIDE=1 for CPUs with wide vectors, one for 64 neighbours, whose rows lie together in
 * memory. */
#include "lib/base.cl"
#include "lib/wide.cl"

#ifndef REDUCE_WIDE
#define REDUCE_WIDE 0
#endif
#define REDUCE_BLOCK 1024u

/* The chain sum over the rows of TERM(sum, place), place being that of column j in x. */
#define REDUCE_COLUMN(TERM, rows, columns, j, total)                                               \
    for (uint start = 0; start < rows; start += REDUCE_BLOCK) {                                    \
        const uint end = min(rows - start, REDUCE_BLOCK) + start;                                  \
        float sum = 0.0f;                                                                          \
        CLONAL_IN_ORDER                                                                            \
        for (uint i = start; i < end; i++) sum = TERM(sum, (size_t)i * columns + j);               \
        total = start == 0u ? sum : total + sum;                                                   \
    }

#define REDUCE_SUM(sum, at) sum + x[at]
#define REDUCE_DOT(sum, at) clonal_fma(a[at], b[at], sum)

#if REDUCE_WIDE

#define REDUCE_WIDTH 64u
#define REDUCE_LOAD(p) (*(__global const float16_anywhere *)(p))
#define REDUCE_STORE(v, p) (*(__global float16_anywhere *)(p) = (v))

/* The same for four vectors from column j on. */
#define REDUCE_COLUMNS(TERM, rows, columns, j, total)                                              \
    for (uint start = 0; start < rows; start += REDUCE_BLOCK) {                                    \
        const uint end = min(rows - start, REDUCE_BLOCK) + start;                                  \
        float16 sum[4];                                                                            \
        for (uint v = 0; v < 4u; v++) sum[v] = (float16)(0.0f);                                    \
        CLONAL_IN_ORDER                                                                            \
        for (uint i = start; i < end; i++) {                                                       \
            _Pragma("unroll") for (uint v = 0; v < 4u; v++) sum[v] =                               \
                TERM(sum[v], (size_t)i * columns + j + v * 16u);                                   \
        }                                                                                          \
        for (uint v = 0; v < 4u; v++) total[v] = start == 0u ? sum[v] : total[v] + sum[v];         \
    }

#define REDUCE_SUM_16(sum, at) sum + REDUCE_LOAD(x + (at))
#define REDUCE_DOT_16(sum, at) clonal_fma16(REDUCE_LOAD(a + (at)), REDUCE_LOAD(b + (at)), sum)

/* All of an item's columns, by vectors where there are so many. */
#define REDUCE(TERM, rows, columns, y)                                                             \
    const uint j0 = (uint)get_global_id(0) * REDUCE_WIDTH, j1 = min(columns, j0 + REDUCE_WIDTH);   \
    if (j0 + REDUCE_WIDTH <= columns) {                                                            \
        float16 total[4];                                                                          \
        REDUCE_COLUMNS(CLONAL_JOIN(TERM, _16), rows, columns, j0, total)                           \
        for (uint v = 0; v < 4u; v++) REDUCE_STORE(total[v], y + j0 + v * 16u);                    \
        return;                                                                                    \
    }                                                                                              \
    for (uint j = j0; j < j1; j++) {                                                               \
        float total = 0.0f;                                                                        \
        REDUCE_COLUMN(TERM, rows, columns, j, total)                                               \
        y[j] = total;                                                                              \
    }

#else

#define REDUCE(TERM, rows, columns, y)                                                             \
    const size_t j = get_global_id(0);                                                             \
    if (j >= columns) return;                                                                      \
    float total = 0.0f;                                                                            \
    REDUCE_COLUMN(TERM, rows, columns, j, total)                                                   \
    y[j] = total;

#endif

/* y (columns) = sum over the rows of x (rows,columns) */
__kernel void column_sum(__global const float *x, __global float *y, uint rows,
                         uint columns){REDUCE(REDUCE_SUM, rows, columns, y)}

/* y (columns) = sum over the rows of a (rows,columns) times b (rows,columns) */
__kernel void column_dot(__global const float *a, __global const float *b, __global float *y,
                         uint rows, uint columns)
{
    REDUCE(REDUCE_DOT, rows, columns, y)
}
