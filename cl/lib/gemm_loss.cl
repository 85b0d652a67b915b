/* gemm_loss.cl: the loss of rows of C that a group of kernel gemm_groups holds whole, in the
 * product's own launch: LOSS 1. C receives the rows' gradient, not the rows.
 *
 * -DLOSS_BY=clonal_cross_entropy names the loss, and the host puts lib/cross_entropy.cl in front of
 * the program, with LOGITS_SPACE __local: clonal_cross_entropy_row is what it defines. The rows go
 * where A's tiles were, which nobody reads any more: one item a row puts them through.
 *
 * Needs N <= BN and N < 2 * BK, so that they have room, and BM <= ITEMS. */
#ifndef CLONAL_LIB_GEMM_LOSS_CL
#define CLONAL_LIB_GEMM_LOSS_CL

/* What a program is built with where nothing is said: for tools that read one file alone. */
#ifndef LOSS_BY
#define LOSS_BY clonal_cross_entropy
#define LOGITS_SPACE __local
#include "lib/cross_entropy.cl"
#endif
#define LOSS_ROW CLONAL_JOIN(LOSS_BY, _row)

/* From one row to the next: odd, so that the items' rows do not meet in a bank. */
#define GEMM_LOGITS_STEP(columns) ((columns) | 1u)

/* The label of the item's row, read before the product, which takes longer than memory does. */
static inline uint gemm_label(const gemm_after *after, uint item, uint m0, uint M)
{
    if (item >= BM || item >= M - m0) return 0u;
    return after->labels[clonal_sample(after->order, after->shuffled, after->place, m0 + item)];
}

/* The logits y of columns column..column+count-1 of the group's row r. */
GEMM_INLINE void gemm_put_logits(__local float *logits, gemm_vec y, uint columns, uint r,
                                 uint column, uint count)
{
    float lane[VW];
    GEMM_TO_LANES(y, lane);
#pragma unroll
    for (uint c = 0; c < VW; c++)
        if (c < count) logits[r * GEMM_LOGITS_STEP(columns) + column + c] = lane[c];
}

/* The item's row, once all have put theirs. */
GEMM_INLINE void gemm_row_loss(const gemm_after *after, const __local float *logits, uint columns,
                               uint label, uint item, uint m0, uint M)
{
    if (item >= BM || item >= M - m0) return;
    const size_t row = m0 + item, at = after->place + row;
    LOSS_ROW(logits + item * GEMM_LOGITS_STEP(columns), columns, label, after->loss_scale, 1u,
             after->c + row * columns, after->row_loss + at, after->right + at);
}

#endif
