/* gemm_native.cl: C (M,N) = op(A) (M,K) . op(B) (K,N), row-major, by the contract's chain
 * (cl/CONTRACT.md, section 2), and what follows it (lib/gemm_epilogue.cl). Tiles, packing and
 * vectors change no chain: k goes up by one in each, and is never padded, since fma(0, 0, -0) is
 * +0. Two forms of one source, shaped by -D options:
 *
 * CPU form, kernel gemm_tiles: one work-item a group, a register tile of MR rows by NR = NV*VW
 * columns.
 *   A_FORM 0  A is stored (M,K)     1  (K,M)
 *       2  (K,M), the group packs it: kernel gemm_blocks (lib/gemm_blocks.cl)
 *   B_FORM 0  B is stored (K,N), the group packs it into local memory     1  the same, stored (N,K)
 *       2  (K,N), read where it lies; N a
 *          multiple of NR
 *   SKIP 1    kernel gemm_rows in its place: zeros of A are left out (lib/gemm_skip.cl)
 * GPU form (GPU=1), kernel gemm_groups: TX by TY work-items share tiles in local memory, each holds
 * MR rows by NV float4 (VW=4).
 *   A_FORM 0, 1 and B_FORM 0, 1 tell how the operands are stored. SEVERAL_BLOCKS=1 when K > 1024.
 *   A_SAMPLES, B_SAMPLES 1, 2: that operand's rows are the batch's samples (lib/gemm_gather.cl).
 *
 * BIAS_GRADIENT=1 (A_FORM 1 or 2, UPDATE 1): one more group column also makes the bias's gradient,
 * the chain sum over k of a[k*M + i], and its update.
 *
 * Both take a, b, c, sizes = {M, N, K, rows, panels, 0, p, q} and the epilogue's: few arguments,
 * since a driver copies each at every launch. p, q: the launch's first group, for one that makes a
 * part of C; gemm_rows has other numbers from the sixth on. */
#include "lib/base.cl"

#ifndef GPU
#define GPU 0
#endif
#ifndef NV
#define NV 2 /* vectors in a tile's row */
#endif
#ifndef MR
#define MR 8 /* rows of a tile */
#endif
#ifndef A_FORM
#define A_FORM 0
#endif
#ifndef B_FORM
#define B_FORM 0
#endif
#ifndef KU
#define KU 4 /* k steps unrolled */
#endif
#ifndef SKIP
#define SKIP 0
#endif
#ifndef A_SAMPLES
#define A_SAMPLES 0
#endif
#ifndef B_SAMPLES
#define B_SAMPLES 0
#endif
#include "lib/gemm_vector.cl"

#if B_FORM == 2
#define GEMM_SPACE __global
#else
#define GEMM_SPACE __local
#endif

#if !GPU && B_FORM <= 1
#include "lib/gemm_pack.cl"
#endif
#if !GPU
#include "lib/prefetch.cl"
#endif

#include "lib/gemm_epilogue.cl"

#define GEMM_ARGUMENT(name) name
#define GEMM_GROUP_ACROSS ((uint)get_group_id(0) + sizes.s6)
#define GEMM_GROUP_DOWN ((uint)get_group_id(1) + sizes.s7)

#if BIAS_GRADIENT && !GPU
/* A vector of sums s for rows i.. of C through the update. */
#define GEMM_FINISH_BIAS(s, i, count)                                                              \
    gemm_update(after.scalars, s, after.bias_w + (i), after.bias_state0 + (i),                     \
                after.bias_state1 + (i), count);

/* The chain sums over k of dy[k*ld + 0..count-1], count <= VW. */
static inline gemm_vec gemm_column_sums(const __global float *dy, ulong ld, uint K, uint count)
{
    gemm_vec total = (gemm_vec)(0.0f);
    for (uint k0 = 0; k0 < K; k0 += K_BLOCK) {
        const uint k1 = min(K - k0, K_BLOCK) + k0;
        gemm_vec sum = (gemm_vec)(0.0f);
        for (uint k = k0; k < k1; k++) sum = sum + gemm_load_part(dy + k * ld, count);
        total = k0 == 0u ? sum : total + sum;
    }
    return total;
}

/* Whole vectors by a loop of their own: its loads run ahead of its sums. */
static inline gemm_vec gemm_column_sums_of(const __global float *dy, ulong ld, uint K, uint count)
{
    return count == VW ? gemm_column_sums(dy, ld, K, VW) : gemm_column_sums(dy, ld, K, count);
}
#endif

#if !GPU

/* Behind the last column: the bias's gradient of rows i0 .. i1-1, and its update; then the group is
 * done. */
#if BIAS_GRADIENT
#define GEMM_BIAS_GROUP(column, i0, i1)                                                            \
    if ((column) >= N) {                                                                           \
        for (uint i = i0; i < (i1); i += VW) {                                                     \
            const uint count = min((i1)-i, (uint)VW);                                              \
            const gemm_vec s = gemm_column_sums_of(a_base + i, lda, K, count);                     \
            GEMM_FINISH_BIAS(s, i, count)                                                          \
        }                                                                                          \
        return;                                                                                    \
    }
#else
#define GEMM_BIAS_GROUP(column, i0, i1)
#endif

#if SKIP
#include "lib/gemm_skip.cl"
#else

#if A_FORM == 0
#define GEMM_A(r, k) a[(size_t)(r)*lda + (k)]
#elif A_FORM == 1
#define GEMM_A(r, k) a[(size_t)(k)*lda + (r)]
#else
#define GEMM_A(r, k) a[(k)*MR + (r)]
#endif

/* One k of a tile: acc = fma(a column, b row, acc). */
#define GEMM_STEP(k)                                                                               \
    {                                                                                              \
        gemm_vec row[NV];                                                                          \
        _Pragma("unroll") for (uint v = 0; v < NV; v++) row[v] =                                   \
            GEMM_LOAD_FROM(GEMM_SPACE, b + (size_t)(k)*b_step + v * VW);                           \
        _Pragma("unroll") for (uint r = 0; r < MR; r++)                                            \
        {                                                                                          \
            gemm_vec x = (gemm_vec)(GEMM_A(r, k));                                                 \
            _Pragma("unroll") for (uint v = 0; v < NV; v++) acc[r][v] =                            \
                GEMM_FMA(x, row[v], acc[r][v]);                                                    \
        }                                                                                          \
    }

#define GEMM_LINE 16u /* floats in a cache's line */
#define GEMM_AHEAD 96u
/* A large A waits for the L3 cache or for memory: so a part of it is fetched ahead, at the steps
 * k..k+KU-1 of kn. */
#if A_FORM == 0
/* Rows are read along themselves, which processors foresee, though not into another page: of the
 * tile below, a line of each row every GEMM_LINE steps. A short k is over before that helps. */
#define GEMM_FETCH_AHEAD(k)                                                                        \
    if ((k) % GEMM_LINE == 0u && (k) != 0u) {                                                      \
        _Pragma("unroll") for (uint r = 0; r < MR; r++)                                            \
            clonal_prefetch(a, (ulong)(MR + r) * lda + (k)-GEMM_LINE, 0);                          \
    }
#else
/* MR floats of every stored row are read, which no processor foresees: those of GEMM_AHEAD steps
 * later, and behind the last those of the tile below. */
#define GEMM_FETCH_AHEAD(k)                                                                        \
    {                                                                                              \
        const uint to = (k) + min(kn, GEMM_AHEAD);                                                 \
        const ulong next = to < kn ? to * lda : (to - kn) * lda + MR;                              \
        _Pragma("unroll") for (uint u = 0; u < KU; u++)                                            \
            _Pragma("unroll") for (uint r = 0; r < MR; r += GEMM_LINE)                             \
                clonal_prefetch(a, next + u * lda + r, 0);                                         \
    }
#endif

#ifndef PANEL_K
#define PANEL_K 1024 /* k steps a local panel has room for: at least min(K,1024) */
#endif

/* Ends a block of the chain, whose sums are acc: adds them to those of the blocks before, which C
 * holds, and does with the last block what follows: rows i..i+MR-1 below M, `columns` columns from
 * n0 on. The tile is at row `top`. */
GEMM_INLINE void gemm_end_block(const gemm_after *after, gemm_vec acc[MR][NV], uint i, uint top,
                                uint M, uint n0, uint columns, bool first, bool last)
{
#if GEMM_AFTER_IS_SHORT
    if (top == i && columns == NR && first && last) {
#pragma unroll
        for (uint r = 0; r < MR; r++)
#pragma unroll
            for (uint v = 0; v < NV; v++) gemm_finish(after, acc[r][v], top + r, n0 + v * VW, VW);
        return;
    }
#endif
    /* A copy in memory, so that what follows is compiled once and not MR times over. */
    gemm_vec sums[MR][NV];
#pragma unroll
    for (uint r = 0; r < MR; r++)
#pragma unroll
        for (uint v = 0; v < NV; v++) sums[r][v] = acc[r][v];
#pragma unroll 1
    for (uint r = 0; r < MR; r++) {
        const uint row = top + r;
        if (row < i || row >= M) continue;
        __global float *c = after->c + (ulong)row * after->columns + n0;
#if DROPOUT
        gemm_words words[NV];
        if (last) gemm_make_words(after, row, n0, words);
#endif
#pragma unroll
        for (uint v = 0; v < NV; v++) {
            if (v * VW >= columns) continue;
            gemm_vec y = sums[r][v];
            const uint count = columns - v * VW;
            if (!first) y = gemm_load_part(c + v * VW, count) + y;
            if (!last)
                gemm_store_part(y, c + v * VW, count);
            else
                gemm_finish(after, y, row, n0 + v * VW, count
#if DROPOUT
                            ,
                            words[v]
#endif
                );
        }
    }
}

#if A_FORM == 2
#include "lib/gemm_blocks.cl"
#else

/* A tile's sums over k0 .. k0+kn-1 and, with the last of them, what follows. a and b are at the
 * tile's row `top`, its first column, and k0. */
GEMM_INLINE void gemm_tile(const gemm_after *after, const __global float *a, ulong lda,
                           const GEMM_SPACE float *b, size_t b_step, uint i, uint top, uint M,
                           uint n0, uint columns, uint K, uint k0, uint kn)
{
    gemm_vec acc[MR][NV];
#pragma unroll
    for (uint r = 0; r < MR; r++)
#pragma unroll
        for (uint v = 0; v < NV; v++) acc[r][v] = (gemm_vec)(0.0f);
    uint k = 0;
    for (; k + KU <= kn; k += KU) {
        GEMM_FETCH_AHEAD(k)
#pragma unroll
        for (uint u = 0; u < KU; u++) GEMM_STEP(k + u)
    }
    for (; k < kn; k++) GEMM_STEP(k)
    gemm_end_block(after, acc, i, top, M, n0, columns, k0 == 0u, k0 + kn == K);
}

/* Group (p, q) makes `panels` panels of NR columns, from p*panels on, of rows q*rows..; rows is a
 * multiple of MR, and M >= MR. With K > 1024 C holds the sums so far, under UPDATE too. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void gemm_tiles(
#include "lib/gemm_arguments.cl"
)
{
#if B_FORM <= 1
    __local float panel[PANEL_K * NR] __attribute__((aligned(64)));
#endif
    GEMM_SIZES_FROM_ARGS
#include "lib/gemm_after.cl"
    const uint rows = sizes.s3, panels = sizes.s4;
    const uint m0 = GEMM_GROUP_DOWN * rows, m1 = (uint)min((ulong)M, (ulong)m0 + rows);
    const uint p0 = GEMM_GROUP_ACROSS * panels,
               p1 = min(p0 + panels, (N - 1u) / NR + 1u + BIAS_GRADIENT);
    for (uint p = p0; p < p1; p++) {
        const uint n0 = p * NR, columns = min(N - n0, (uint)NR);
        GEMM_BIAS_GROUP(n0, m0, m1)
        for (uint k0 = 0; k0 < K; k0 += K_BLOCK) {
            const uint kn = min(K - k0, K_BLOCK);
#if B_FORM <= 1
            const __local float *b = panel;
            const size_t b_step = NR;
#if B_FORM == 0
            gemm_pack_rows(panel, b_base + (ulong)k0 * ldb + n0, ldb, columns, kn);
#else
            gemm_pack_columns(panel, b_base + (ulong)n0 * ldb + k0, ldb, columns, kn);
#endif
#else
            const __global float *b = b_base + (ulong)k0 * ldb + n0;
            const size_t b_step = ldb;
#endif
            for (uint i = m0; i < m1; i += MR) {
                /* The last tile moves up instead of reading past the end, and stores its own rows
                 * only. */
                const uint top = min(i, M - MR);
#if A_FORM == 0
                const __global float *a = a_base + (ulong)top * lda + k0;
#else
                const __global float *a = a_base + (ulong)k0 * lda + top;
#endif
                gemm_tile(&after, a, lda, b, b_step, i, top, M, n0, columns, K, k0, kn);
            }
        }
    }
}

#endif /* A_FORM != 2 */
#endif /* !SKIP */

#else /* GPU */

#ifndef TX
#define TX 16
#endif
#ifndef TY
#define TY 16
#endif
#ifndef BK
#define BK 16 /* k steps in local memory at a time; a multiple of 4 that divides 1024 */
#endif
#ifndef FOURS
#define FOURS 1 /* how many times four k are unrolled */
#endif
#ifndef SEVERAL_BLOCKS
#define SEVERAL_BLOCKS 0
#endif
#ifndef A_VW
#define A_VW 1 /* 4: rows of A as stored are multiples of 4 long, and read by four floats */
#endif
#ifndef B_VW
#define B_VW 1
#endif

#define GEMM_ITEM_X (uint) get_local_id(0)
#define GEMM_ITEM_Y (uint) get_local_id(1)
#include "lib/gemm_group.cl"

/* Group (p, q) makes tile (p, q); that of the bias's gradient, behind the last column, has no
 * steps. */
__kernel __attribute__((reqd_work_group_size(TX, TY, 1))) void gemm_groups(
#include "lib/gemm_arguments.cl"
)
{
    __local float a_tiles[2 * A_SIZE] __attribute__((aligned(16))),
        b_tiles[2 * B_SIZE] __attribute__((aligned(16)));
#include "lib/gemm_after.cl"
    const uint p = GEMM_GROUP_ACROSS, steps = p * BN < sizes.s1 ? sizes.s2 : 0u;
    gemm_group(&after, a_base, b_base, sizes, steps, a_tiles, b_tiles, p, GEMM_GROUP_DOWN, false);
}

#endif /* GPU */
