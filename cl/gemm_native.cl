/* gemm_native.cl: C (M,N) = op(A) (M,K) . op(B) (K,N), row-major, by the contract's chain
 * (cl/CONTRACT.md, section 2), and what follows it (lib/gemm_epilogue.cl). Tiles, packing and
 * vectors change no chain: k goes up by one in each, and is never padded, since fma(0, 0, -0) is
 * +0. Two forms of one source, shaped by -D options:
 *
 * CPU form, kernel gemm_tiles: one work-item a group, a register tile of MR rows by NR = NV*VW
 * columns.
 *   A_FORM 0  A is stored (M,K)     1  (K,M)
 *   B_FORM 0  B is stored (K,N), the group packs it into local memory     1  the same, stored (N,K)
 *       2  (K,N), read where it lies; N a
 *          multiple of NR
 *   SKIP 1    kernel gemm_rows in its place: zeros of A are left out (lib/gemm_skip.cl)
 * GPU form (GPU=1), kernel gemm_groups: TX by TY work-items share tiles in local memory, each holds
 * MR rows by NV float4 (VW=4).
 *   A_FORM 0, 1 and B_FORM 0, 1 tell how the operands are stored. SEVERAL_BLOCKS=1 when K > 1024.
 *   GATHER 1, 2: the rows of A, of B, are the batch's samples (lib/gemm_gather.cl).
 *
 * BIAS_GRADIENT=1 (A_FORM 1, UPDATE 1): one more group column also makes the bias's gradient, the
 * chain sum over k of a[k*M + i], and its update.
 *
 * Both take a, b, c, sizes = {M, N, K, rows, panels, 0, 0, 0} and the epilogue's: few arguments,
 * since a driver copies each at every launch. */
#include "lib/base.cl"

#define K_BLOCK 1024u /* the contract's: the length of a chain */

#ifndef GPU
#define GPU 0
#endif
#ifndef VW
#define VW 16 /* floats in a vector: 4, 8 or 16 */
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
#ifndef GATHER
#define GATHER 0
#endif
#define NR (NV * VW)

/* A function that takes local memory is always inlined: where all calls name the same array LLVM
 * puts it in place of the parameter, and PoCL 3.1, which gives each thread its own, does not see it
 * outside of the kernel. */
#define GEMM_INLINE static inline __attribute__((always_inline))

#define GEMM_CAT CLONAL_JOIN
typedef GEMM_CAT(float, VW) gemm_vec;
#if GPU
#define GEMM_LOAD(p) vload4(0, p)
#define GEMM_STORE(v, p) vstore4(v, 0, p)
#else
/* vstore16 is four stores on PoCL; a vector type that asks for no alignment is one. */
typedef gemm_vec __attribute__((aligned(4))) gemm_vec_anywhere;
#define GEMM_LOAD_FROM(space, p) (*(const space gemm_vec_anywhere *)(p))
#define GEMM_LOAD(p) GEMM_LOAD_FROM(__global, p)
#define GEMM_STORE_TO(space, v, p) (*(space gemm_vec_anywhere *)(p) = (v))
#define GEMM_STORE(v, p) GEMM_STORE_TO(__global, v, p)
#endif
#define GEMM_FMA GEMM_CAT(clonal_fma, VW)

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

#if GATHER && BYTES
#define GEMM_STORED(operand) CLONAL_JOIN(GEMM_STORED_, CLONAL_JOIN(GATHER, operand))
#define GEMM_STORED_11 uchar
#define GEMM_STORED_12 float
#define GEMM_STORED_21 float
#define GEMM_STORED_22 uchar
#else
#define GEMM_STORED(operand) float
#endif
#define GEMM_ARGS                                                                                  \
    const __global GEMM_STORED(1) *restrict a_base,                                                \
        const __global GEMM_STORED(2) *restrict b_base, __global float *c_base, uint8 sizes
/* Declares the sizes, and the distance of stored rows. */
#define GEMM_SIZES_FROM_ARGS                                                                       \
    const uint M = sizes.s0, N = sizes.s1, K = sizes.s2;                                           \
    const ulong lda = A_FORM == 0 ? K : M, ldb = B_FORM == 1 ? K : N;

#if BIAS_GRADIENT && GPU
/* The chain sum over k of dy[k*ld]; reads run ahead of the sum. */
static inline float gemm_column_sum(const __global float *dy, ulong ld, uint K)
{
    enum { AHEAD = 16 };
    float total = 0.0f;
    for (uint k0 = 0; k0 < K; k0 += K_BLOCK) {
        const uint k1 = min(K - k0, K_BLOCK) + k0;
        float sum = 0.0f;
        uint k = k0;
        for (; k + AHEAD <= k1; k += AHEAD) {
            float part[AHEAD];
#pragma unroll
            for (uint u = 0; u < AHEAD; u++) part[u] = dy[(k + u) * ld];
#pragma unroll
            for (uint u = 0; u < AHEAD; u++) sum = sum + part[u];
        }
        for (; k < k1; k++) sum = sum + dy[k * ld];
        total = k0 == 0u ? sum : total + sum;
    }
    return total;
}
#elif BIAS_GRADIENT
/* A vector of sums s for rows i.. of C through the update. */
#define GEMM_FINISH_BIAS(s, i, count)                                                              \
    gemm_update(after.scalars, s, bias_w + (i), bias_state0 + (i), bias_state1 + (i), count);

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
#else
#define GEMM_A(r, k) a[(size_t)(k)*lda + (r)]
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

/* A tile's sums over k0 .. k0+kn-1 and, with the last of them, what follows: rows i..i+MR-1 below
 * M, `columns` columns from n0 on. a and b are at the tile's row `top`, its first column, and k0.
 */
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
#if GEMM_AFTER_IS_SHORT
    if (top == i && columns == NR && kn == K) {
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
        if (k0 + kn == K) gemm_make_words(after, row, n0, words);
#endif
#pragma unroll
        for (uint v = 0; v < NV; v++) {
            if (v * VW >= columns) continue;
            gemm_vec y = sums[r][v];
            const uint count = columns - v * VW;
            if (k0 != 0u) y = gemm_load_part(c + v * VW, count) + y;
            if (k0 + kn < K)
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

/* Group (p, q) makes `panels` panels of NR columns, from p*panels on, of rows q*rows..; rows is a
 * multiple of MR, and M >= MR. With K > 1024 C holds the sums so far, under UPDATE too. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
gemm_tiles(GEMM_ARGS GEMM_EPILOGUE_ARGS)
{
#if B_FORM <= 1
    __local float panel[PANEL_K * NR] __attribute__((aligned(64)));
#endif
    GEMM_SIZES_FROM_ARGS
    GEMM_AFTER_FROM_ARGS
    const uint rows = sizes.s3, panels = sizes.s4;
    const uint m0 = (uint)get_group_id(1) * rows, m1 = min(M, m0 + rows);
    const uint p0 = (uint)get_group_id(0) * panels,
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
#define BM (TY * MR)
#define BN (TX * NR)
#define ITEMS (TX * TY)

#if LOSS
#include "lib/gemm_loss.cl"
#endif

/* Tiles lie in local memory as their operands do in global memory: along k where rows of k are
 * stored, so that an item reads four k of a row at once, else along i. The steps between two rows
 * are multiples of 4, and odd in fours: neighbours do not meet in a bank. */
#define A_ALONG_K (A_FORM == 0)
#define B_ALONG_K (B_FORM == 1)
#define K_STEP (BK + 4)
#define A_STEP (A_ALONG_K ? K_STEP : BM + 4)
#define B_STEP (B_ALONG_K ? K_STEP : BN + 4)
#define A_SIZE (A_ALONG_K ? BM * K_STEP : BK * (BM + 4))
#define B_SIZE (B_ALONG_K ? BN * K_STEP : BK * (BN + 4))
/* Where column j of B stands along k: an item's four neighbouring columns are BN/4 rows apart, so
 * that the items' first ones are neighbours, and so on. */
#define B_ROW(j) ((j) % 4u * (BN / 4) + (j) / 4u)

/* An item's share of a tile of `width` by BK, in pieces of vw floats along the direction in which
 * the operand is stored. */
#define GEMM_PIECES(width, vw) (((width)*BK / (vw) + ITEMS - 1) / ITEMS)
#if A_VW == 4
typedef float4 gemm_a_piece;
#define GEMM_A_READ(p) (*(const __global float4 *)(p))
#else
typedef float gemm_a_piece;
#define GEMM_A_READ(p) (*(p))
#endif
#if B_VW == 4
typedef float4 gemm_b_piece;
#define GEMM_B_READ(p) (*(const __global float4 *)(p))
#else
typedef float gemm_b_piece;
#define GEMM_B_READ(p) (*(p))
#endif
#define GEMM_A_ROW(l, row) (row)
#define GEMM_B_STORED_ROW(l, row) (row)
#define GEMM_WRITE_1(piece, at) *(at) = piece
#define GEMM_WRITE_4(piece, at) vstore4(piece, 0, at)

/* Where piece l of an item stands: k and i. Macros, so that every divisor is a literal. */
#define GEMM_PLACE_ALONG_K(l, width, vw)                                                           \
    const uint e = item + (l)*ITEMS, k = e % (BK / (vw)) * (vw), i = e / (BK / (vw));
#define GEMM_PLACE_ALONG_I(l, width, vw)                                                           \
    const uint e = item + (l)*ITEMS, k = e / ((width) / (vw)), i = e % ((width) / (vw)) * (vw);

/* Reads an item's pieces into registers, from[i*ld + k] or from[k*ld + i]; zeros outside `left` and
 * kn. A piece lies inside or outside as a whole, since rows are multiples of vw long. */
#define GEMM_FETCH(PLACE, pieces, type, READ, vw, width, address, left)                            \
    _Pragma("unroll") for (uint l = 0; l < GEMM_PIECES(width, vw); l++)                            \
    {                                                                                              \
        PLACE(l, width, vw)                                                                        \
        pieces[l] = (type)(0.0f);                                                                  \
        if (e < (width)*BK / (vw) && i < (left) && k < kn) pieces[l] = READ(address);              \
    }
/* Puts them into the tile. */
#define GEMM_PUT(PLACE, pieces, vw, width, address)                                                \
    _Pragma("unroll") for (uint l = 0; l < GEMM_PIECES(width, vw); l++)                            \
    {                                                                                              \
        PLACE(l, width, vw)                                                                        \
        if (e < (width)*BK / (vw)) CLONAL_JOIN(GEMM_WRITE_, vw)(pieces[l], address);               \
    }

#if GATHER
#include "lib/gemm_gather.cl"
#endif

#if A_ALONG_K
#define GEMM_FETCH_A(k0)                                                                           \
    GEMM_FETCH(GEMM_PLACE_ALONG_K, a_pieces, gemm_a_piece, GEMM_A_READ, A_VW, BM,                  \
               a_base + (ulong)GEMM_A_ROW(l, m0 + i) * lda + (k0) + k, M - m0)
#define GEMM_PUT_A(tile) GEMM_PUT(GEMM_PLACE_ALONG_K, a_pieces, A_VW, BM, (tile) + i * K_STEP + k)
#else
#define GEMM_FETCH_A(k0)                                                                           \
    GEMM_FETCH(GEMM_PLACE_ALONG_I, a_pieces, gemm_a_piece, GEMM_A_READ, A_VW, BM,                  \
               a_base + (ulong)((k0) + k) * lda + m0 + i, M - m0)
#define GEMM_PUT_A(tile) GEMM_PUT(GEMM_PLACE_ALONG_I, a_pieces, A_VW, BM, (tile) + k * A_STEP + i)
#endif
#if B_ALONG_K
#define GEMM_FETCH_B(k0)                                                                           \
    GEMM_FETCH(GEMM_PLACE_ALONG_K, b_pieces, gemm_b_piece, GEMM_B_READ, B_VW, BN,                  \
               b_base + (ulong)(n0 + i) * ldb + (k0) + k, N - n0)
#define GEMM_PUT_B(tile)                                                                           \
    GEMM_PUT(GEMM_PLACE_ALONG_K, b_pieces, B_VW, BN, (tile) + B_ROW(i) * K_STEP + k)
#else
#define GEMM_FETCH_B(k0)                                                                           \
    GEMM_FETCH(GEMM_PLACE_ALONG_I, b_pieces, gemm_b_piece, GEMM_B_READ, B_VW, BN,                  \
               b_base + (ulong)GEMM_B_STORED_ROW(l, (k0) + k) * ldb + n0 + i, N - n0)
#define GEMM_PUT_B(tile) GEMM_PUT(GEMM_PLACE_ALONG_I, b_pieces, B_VW, BN, (tile) + k * B_STEP + i)
#endif

/* Element (row r of the item, k) of A's tile; vector v of the item, k, of B's; any s. */
#if A_ALONG_K
#define GEMM_A_AT(r, k, s) a_tile[(ty * MR + (r)) * K_STEP + (k)]
#else
#define GEMM_A_AT(r, k, s) a_tile[(k)*A_STEP + ty * MR + (r)]
#endif
#define GEMM_B_ROW_OF(v, c) (b_tile + ((c) * (BN / 4) + (v)*TX + tx) * K_STEP)
#if B_ALONG_K
#define GEMM_B_AT(v, k, s)                                                                         \
    (float4)(GEMM_B_ROW_OF(v, 0)[k], GEMM_B_ROW_OF(v, 1)[k], GEMM_B_ROW_OF(v, 2)[k],               \
             GEMM_B_ROW_OF(v, 3)[k])
#else
#define GEMM_B_AT(v, k, s) vload4(0, b_tile + (k)*B_STEP + ((v)*TX + tx) * 4u)
#endif

/* One k of an item's tile, acc = fma(a column, b row, acc), of what A(r, k, s) and B(v, k, s) read.
 */
#define GEMM_STEP_BY(A, B, k, s)                                                                   \
    {                                                                                              \
        gemm_vec row[NV];                                                                          \
        _Pragma("unroll") for (uint v = 0; v < NV; v++) row[v] = B(v, k, s);                       \
        _Pragma("unroll") for (uint r = 0; r < MR; r++)                                            \
        {                                                                                          \
            const gemm_vec x = (gemm_vec)(A(r, k, s));                                             \
            _Pragma("unroll") for (uint v = 0; v < NV; v++) acc[r][v] =                            \
                GEMM_FMA(x, row[v], acc[r][v]);                                                    \
        }                                                                                          \
    }
#define GEMM_STEP(k) GEMM_STEP_BY(GEMM_A_AT, GEMM_B_AT, k, s0)

/* Four of them, k a multiple of 4, with what lies along k read by four. */
#if A_ALONG_K
#define GEMM_A_FOURS(k)                                                                            \
    float4 a_four[MR];                                                                             \
    _Pragma("unroll") for (uint r = 0; r < MR; r++) a_four[r] =                                    \
        vload4(0, a_tile + (ty * MR + r) * K_STEP + (k));
#define GEMM_A_OF(r, k, s) a_four[r].s
#else
#define GEMM_A_FOURS(k)
#define GEMM_A_OF GEMM_A_AT
#endif
#if B_ALONG_K
#define GEMM_B_FOURS(k)                                                                            \
    float4 b_four[NV][4];                                                                          \
    _Pragma("unroll") for (uint v = 0; v < NV; v++) _Pragma("unroll") for (uint c = 0; c < 4; c++) \
        b_four[v][c] = vload4(0, GEMM_B_ROW_OF(v, c) + (k));
#define GEMM_B_OF(v, k, s) (float4)(b_four[v][0].s, b_four[v][1].s, b_four[v][2].s, b_four[v][3].s)
#else
#define GEMM_B_FOURS(k)
#define GEMM_B_OF GEMM_B_AT
#endif
#define GEMM_STEP_OF(k, s) GEMM_STEP_BY(GEMM_A_OF, GEMM_B_OF, k, s)
#define GEMM_FOUR_STEPS(k)                                                                         \
    {                                                                                              \
        GEMM_A_FOURS(k)                                                                            \
        GEMM_B_FOURS(k)                                                                            \
        GEMM_STEP_OF(k, s0)                                                                        \
        GEMM_STEP_OF((k) + 1, s1)                                                                  \
        GEMM_STEP_OF((k) + 2, s2)                                                                  \
        GEMM_STEP_OF((k) + 3, s3)                                                                  \
    }

/* Group (p, q) makes columns p*BN.. of rows q*BM... An item's vectors stand TX vectors apart, so
 * that neighbours read neighbours. While the items compute on one pair of tiles in local memory
 * they read the next from global memory, and put it into the other pair. */
__kernel __attribute__((reqd_work_group_size(TX, TY, 1))) void
gemm_groups(GEMM_ARGS GEMM_EPILOGUE_ARGS)
{
    /* Steps and places are multiples of 4: aligned so, four floats are one access. */
    __local float a_tiles[2 * A_SIZE] __attribute__((aligned(16))),
        b_tiles[2 * B_SIZE] __attribute__((aligned(16)));
    const uint tx = (uint)get_local_id(0), ty = (uint)get_local_id(1), item = ty * TX + tx;
    const uint n0 = (uint)get_group_id(0) * BN, m0 = (uint)get_group_id(1) * BM;
    GEMM_SIZES_FROM_ARGS
    GEMM_AFTER_FROM_ARGS
    gemm_a_piece a_pieces[GEMM_PIECES(BM, A_VW)];
    gemm_b_piece b_pieces[GEMM_PIECES(BN, B_VW)];
    gemm_vec acc[MR][NV];
#if SEVERAL_BLOCKS
    gemm_vec total[MR][NV];
#endif
#pragma unroll
    for (uint r = 0; r < MR; r++)
#pragma unroll
        for (uint v = 0; v < NV; v++) acc[r][v] = (gemm_vec)(0.0f);
#if LOSS
    const uint label = gemm_label(&after, item, m0, M);
#endif

    const uint steps = n0 < N ? K : 0u; /* the group of the bias's gradient has no tile */
    uint kn = min(steps, (uint)BK), side = 0;
#if GATHER
    GEMM_GATHER_BEGIN
#endif
    GEMM_FETCH_A(0u)
    GEMM_FETCH_B(0u)
#if GATHER
    GEMM_GATHER_NEXT((uint)BK)
#endif
    GEMM_PUT_A(a_tiles)
    GEMM_PUT_B(b_tiles)
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint k0 = 0; k0 < steps; k0 += BK) {
        const uint now = kn, next = k0 + BK;
        const __local float *a_tile = a_tiles + side * A_SIZE;
        const __local float *b_tile = b_tiles + side * B_SIZE;
        kn = next < K ? min(K - next, (uint)BK) : 0u; /* 0: zeros, that nobody reads */
        GEMM_FETCH_A(next)
        GEMM_FETCH_B(next)
#if GATHER
        GEMM_GATHER_NEXT(next + BK)
#endif
#if SEVERAL_BLOCKS
        if (k0 != 0u && k0 % K_BLOCK == 0u) {
#pragma unroll
            for (uint r = 0; r < MR; r++)
#pragma unroll
                for (uint v = 0; v < NV; v++) {
                    total[r][v] = k0 == K_BLOCK ? acc[r][v] : total[r][v] + acc[r][v];
                    acc[r][v] = (gemm_vec)(0.0f);
                }
        }
#endif
        if (now == BK) {
#pragma unroll FOURS
            for (uint k = 0; k < BK; k += 4) GEMM_FOUR_STEPS(k)
        } else {
            for (uint k = 0; k < now; k++) GEMM_STEP(k)
        }
        side ^= 1u;
        GEMM_PUT_A(a_tiles + side * A_SIZE)
        GEMM_PUT_B(b_tiles + side * B_SIZE)
        barrier(CLK_LOCAL_MEM_FENCE);
    }

#if BIAS_GRADIENT
    if (n0 >= N) {
        for (uint i = m0 + item; i < min(m0 + BM, M); i += ITEMS)
            update_element(after.scalars, gemm_column_sum(a_base + i, lda, K), bias_w + i,
                           bias_state0 + i, bias_state1 + i);
        return;
    }
#endif
#pragma unroll
    for (uint r = 0; r < MR; r++) {
        const uint row = m0 + ty * MR + r;
#pragma unroll
        for (uint v = 0; v < NV; v++) {
            const uint column = n0 + (v * TX + tx) * 4u;
            if (row >= M || column >= N) continue;
            gemm_vec y = acc[r][v];
#if SEVERAL_BLOCKS
            if (K > K_BLOCK) y = total[r][v] + y;
#endif
#if LOSS
            gemm_put_logits(a_tiles, gemm_follow(&after, y, row, column, N - column), N, row - m0,
                            column, N - column);
#else
            gemm_finish(
                &after, y, row, column, N - column
#if DROPOUT
                ,
                clonal_philox((uint4)(column / 4u, row, after.stream, after.step), after.key)
#endif
            );
#endif
        }
    }
#if LOSS
    barrier(CLK_LOCAL_MEM_FENCE);
    gemm_row_loss(&after, a_tiles, N, label, item, m0, M);
#endif
}

#endif /* GPU */
