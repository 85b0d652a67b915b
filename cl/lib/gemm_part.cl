/* gemm_part.cl: one of the two products of gemm_pair.cl, which has it once for each. */
#include "lib/gemm_epilogue.cl"
#include "lib/gemm_group.cl"

/* Of the tiles of a group's items. */
enum { gemm_floats = GROUP / ITEMS * 2 * (A_SIZE + B_SIZE) };

/* What group number `group` of the product's `groups` makes: GROUP/ITEMS tiles of C, row by row, or
 * of those behind the last column, the bias's; a group behind them makes nothing, but comes by the
 * barriers. Tiles of both kinds never share a group, whose items take their steps together.
 * sizes.s5 is 2^32 by the tiles of a row, rounded up, for a product in place of a division; 0 where
 * there is one. */
GEMM_INLINE void gemm_tiles_at_once(const gemm_after *after,
                                    const __global GEMM_STORED(A_SAMPLES) * a_base,
                                    const __global GEMM_STORED(B_SAMPLES) * b_base, uint8 sizes,
                                    __local float *tiles, uint group)
{
    const uint at_once = GROUP / ITEMS, side = (uint)get_local_id(0) / ITEMS;
    const uint panels = (sizes.s1 - 1u) / BN + 1u, rows = (sizes.s0 - 1u) / BM + 1u,
               groups = (panels * rows - 1u) / at_once + 1u;
    const bool is_bias = group >= groups;
    const uint tile = (is_bias ? group - groups : group) * at_once + side;
    const uint row = is_bias || sizes.s5 == 0u ? tile : mul_hi(tile, sizes.s5),
               panel = is_bias ? panels : tile - row * panels;
    const bool is_none = group >= sizes.s7 || row >= rows;
    __local float *own = tiles + side * (2 * (A_SIZE + B_SIZE));
    gemm_group(after, a_base, b_base, sizes, is_bias ? 0u : sizes.s2, own, own + 2 * A_SIZE, panel,
               is_none ? rows : row, is_none);
}
