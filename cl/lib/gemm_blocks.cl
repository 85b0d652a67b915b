/* gemm_blocks.cl: the GEMM's form for CPUs that packs A too, where A is stored (K,M): kernel
 * gemm_blocks, one work-item a group. As stored the rows of a tile are M floats apart from one step
 * to the next: pages that no processor foresees and, for most M, few sets of its caches.
 *
 * A group makes `rows` rows by `panels` panels of NR columns. Of each block of the chain it packs
 * its rows of A once, for all panels, and of B KB steps of a panel at a time: the whole block,
 * where local memory has room for it. Where not, a tile's sums wait there for the next steps, so
 * that each chain goes on where it was. Needs gemm_native.cl's macros. */
#ifndef CLONAL_LIB_GEMM_BLOCKS_CL
#define CLONAL_LIB_GEMM_BLOCKS_CL

#ifndef KB
#define KB 1024 /* steps of B that are packed at once */
#endif
#ifndef ROWS
#define ROWS 128 /* a group's, at most: a multiple of MR */
#endif

/* A packed tile's floats, and a line more: tiles that are a power of two apart would meet in one
 * set of a cache. */
#define GEMM_A_TILE (K_BLOCK * MR + GEMM_LINE)

#if MR % 4 == 0
#define GEMM_A_WIDTH 4
#else
#define GEMM_A_WIDTH 2
#endif

/* Packs rows m0..m1-1 of kn steps of A, from a on: of tile t dst[t*GEMM_A_TILE + k*MR + r] is row
 * r; the last tile moves up instead of reading past the end. */
GEMM_INLINE void gemm_pack_tiles(__local float *dst, const __global float *a, ulong lda, uint m0,
                                 uint m1, uint M, uint kn)
{
    for (uint k = 0; k < kn; k++, a += lda, dst += MR) {
        __local float *to = dst;
        for (uint i = m0; i < m1; i += MR, to += GEMM_A_TILE) {
            const __global float *from = a + min(i, M - MR);
#pragma unroll
            for (uint r = 0; r < MR; r += GEMM_A_WIDTH) CLONAL_JOIN(vstore, GEMM_A_WIDTH)
            (CLONAL_JOIN(vload, GEMM_A_WIDTH)(0, from + r), 0, to + r);
        }
    }
}

/* Sets acc to a tile's sums after kn more steps: they begin with zeros if `first`, else with those
 * in `sums`, which receives them unless these steps are the block's last. */
GEMM_INLINE void gemm_add_piece(gemm_vec acc[MR][NV], const __local float *a,
                                const __local float *b, __local float *sums, uint kn, bool first,
                                bool last)
{
    const size_t b_step = NR;
#pragma unroll
    for (uint r = 0; r < MR; r++)
#pragma unroll
        for (uint v = 0; v < NV; v++)
            acc[r][v] =
                first ? (gemm_vec)(0.0f) : GEMM_LOAD_FROM(__local, sums + (r * NV + v) * VW);
    uint k = 0;
    for (; k + KU <= kn; k += KU) {
#pragma unroll
        for (uint u = 0; u < KU; u++) GEMM_STEP(k + u)
    }
    for (; k < kn; k++) GEMM_STEP(k)
    if (last) return;
#pragma unroll
    for (uint r = 0; r < MR; r++)
#pragma unroll
        for (uint v = 0; v < NV; v++) GEMM_STORE_TO(__local, acc[r][v], sums + (r * NV + v) * VW);
}

/* Group (p, q) makes `panels` panels of NR columns, from p*panels on, of rows q*rows..; rows is a
 * multiple of MR, at most ROWS, and M >= MR. With K > 1024 C holds the sums so far, under UPDATE
 * too. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void gemm_blocks(
#include "lib/gemm_arguments.cl"
)
{
    __local float a_tiles[ROWS / MR * GEMM_A_TILE] __attribute__((aligned(64)));
    __local float panel[KB * NR] __attribute__((aligned(64)));
    __local float sums[ROWS * NR] __attribute__((aligned(64)));
    GEMM_SIZES_FROM_ARGS
#include "lib/gemm_after.cl"
    const uint m0 = GEMM_GROUP_DOWN * sizes.s3, m1 = min(M, m0 + sizes.s3);
    const uint columns0 = GEMM_GROUP_ACROSS * sizes.s4 * NR,
               columns1 = min(N, columns0 + sizes.s4 * NR);
    for (uint k0 = 0; columns0 < N && k0 < K; k0 += K_BLOCK) {
        const uint kn = min(K - k0, K_BLOCK);
        gemm_pack_tiles(a_tiles, a_base + (ulong)k0 * lda, lda, m0, m1, M, kn);
        for (uint n0 = columns0; n0 < columns1; n0 += NR) {
            const uint columns = min(N - n0, (uint)NR);
            for (uint k1 = 0; k1 < kn; k1 += KB) {
                const uint steps = min(kn - k1, (uint)KB);
#if B_FORM == 0
                gemm_pack_rows(panel, b_base + (ulong)(k0 + k1) * ldb + n0, ldb, columns, steps);
#else
                gemm_pack_columns(panel, b_base + (ulong)n0 * ldb + k0 + k1, ldb, columns, steps);
#endif
                const bool last = k1 + steps == kn;
                const __local float *a = a_tiles + k1 * MR;
                for (uint i = m0; i < m1; i += MR, a += GEMM_A_TILE) {
                    gemm_vec acc[MR][NV];
                    gemm_add_piece(acc, a, panel, sums + (i - m0) * NR, steps, k1 == 0u, last);
                    if (last)
                        gemm_end_block(&after, acc, i, min(i, M - MR), M, n0, columns, k0 == 0u,
                                       k0 + kn == K);
                }
            }
        }
    }
#if BIAS_GRADIENT
    const uint behind = ((N - 1u) / NR + 1u) * NR;
    if (columns0 + sizes.s4 * NR > behind) GEMM_BIAS_GROUP(behind, m0, m1)
#endif
}

#endif
