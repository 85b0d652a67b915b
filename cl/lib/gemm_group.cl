/* gemm_group.cl: the GEMM's form for GPUs, kernels gemm_groups (gemm_native.cl) and gemm_pair
 * (gemm_pair.cl): what a group makes. Has no guard, as lib/gemm_epilogue.cl, which it needs. */
#include "lib/gemm_tiles.cl"
#if BIAS_GRADIENT
#include "lib/gemm_column_sum.cl"
#endif
#if LOSS
#include "lib/gemm_loss.cl"
#endif

/* Tile (p, q) of C: columns p*BN.. of rows q*BM.., by TX by TY items, in `steps` steps of k: K, or
 * 0 for the tile behind the last column, which is the bias's gradient. is_none: it lies below the
 * last row. An item's vectors stand TX vectors apart, so that neighbours read neighbours. While the
 * items compute on one pair of tiles in local memory they read the next from global memory, and put
 * it into the other pair. a_tiles and b_tiles have room for two; steps and places in them are
 * multiples of 4: aligned so, four floats are one access. An item's place among the others is
 * GEMM_ITEM_X and _Y: as arguments they are compiled to more registers. */
GEMM_INLINE void gemm_group(const gemm_after *after, const __global GEMM_STORED(A_SAMPLES) * a_base,
                            const __global GEMM_STORED(B_SAMPLES) * b_base, uint8 sizes, uint steps,
                            __local float *a_tiles, __local float *b_tiles, uint p, uint q,
                            bool is_none)
{
    const uint tx = GEMM_ITEM_X, ty = GEMM_ITEM_Y, item = ty * TX + tx;
    const uint n0 = p * BN, m0 = q * BM;
    GEMM_SIZES_FROM_ARGS
    const uint m_left = is_none ? 0u : M - m0;
    GEMM_PIECE(A_VW) a_pieces[GEMM_PIECES(BM, A_VW)];
    GEMM_PIECE(B_VW) b_pieces[GEMM_PIECES(BN, B_VW)];
    gemm_vec acc[MR][NV];
#if SEVERAL_BLOCKS
    gemm_vec total[MR][NV];
#endif
#pragma unroll
    for (uint r = 0; r < MR; r++)
#pragma unroll
        for (uint v = 0; v < NV; v++) acc[r][v] = (gemm_vec)(0.0f);
#if LOSS
    const uint label = gemm_label(after, item, m0, M);
#endif

    uint kn = min(steps, (uint)BK), side = 0;
    GEMM_GATHER_A
    GEMM_GATHER_B
    GEMM_GATHER_B_AT(0u)
    GEMM_FETCH_A(0u)
    GEMM_FETCH_B(0u)
    GEMM_GATHER_B_AT((uint)BK)
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
        GEMM_GATHER_B_AT(next + BK)
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
            update_element(after->scalars, gemm_column_sum(a_base + i, lda, K), after->bias_w + i,
                           after->bias_state0 + i, after->bias_state1 + i);
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
            gemm_put_logits(a_tiles, gemm_follow(after, y, row, column, N - column), N, row - m0,
                            column, N - column);
#else
            gemm_finish(
                after, y, row, column, N - column
#if DROPOUT
                ,
                clonal_philox((uint4)(column / 4u, row, after->stream, after->step), after->key)
#endif
            );
#endif
        }
    }
#if LOSS
    barrier(CLK_LOCAL_MEM_FENCE);
    gemm_row_loss(after, a_tiles, N, label, item, m0, M);
#endif
}
