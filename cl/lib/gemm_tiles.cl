/* gemm_tiles.cl: the GEMM's form for GPUs: how the TX by TY items of a group share tiles of A and B
 * in local memory. Macros of what stands in lib/gemm_group.cl, and of the options as they are where
 * that is compiled: a program of two products has it twice (gemm_pair.cl). */
#ifndef CLONAL_LIB_GEMM_TILES_CL
#define CLONAL_LIB_GEMM_TILES_CL

#include "lib/gemm_gather.cl"
#include "lib/gemm_vector.cl"

#define BM (TY * MR)
#define BN (TX * NR)
#define ITEMS (TX * TY)

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
typedef float gemm_piece_1;
typedef float4 gemm_piece_4;
#define GEMM_PIECE(vw) CLONAL_JOIN(gemm_piece_, vw)
#define GEMM_WRITE_1(piece, at) *(at) = piece
#define GEMM_WRITE_4(piece, at) *(__local float4 *)(at) = piece
#define GEMM_TILE_READ(p) (*(const __local float4 *)(p))

/* Where piece l of an item stands: k and i. Macros, so that every divisor is a literal. */
#define GEMM_PLACE_ALONG_K(l, width, vw)                                                           \
    const uint e = item + (l)*ITEMS, k = e % (BK / (vw)) * (vw), i = e / (BK / (vw));
#define GEMM_PLACE_ALONG_I(l, width, vw)                                                           \
    const uint e = item + (l)*ITEMS, k = e / ((width) / (vw)), i = e % ((width) / (vw)) * (vw);

/* Reads an item's pieces into registers, from[i*ld + k] or from[k*ld + i]; zeros outside `left` and
 * kn. A piece lies inside or outside as a whole, since rows are multiples of vw long. */
#define GEMM_FETCH(PLACE, pieces, READ, vw, width, address, left)                                  \
    _Pragma("unroll") for (uint l = 0; l < GEMM_PIECES(width, vw); l++)                            \
    {                                                                                              \
        PLACE(l, width, vw)                                                                        \
        pieces[l] = (GEMM_PIECE(vw))(0.0f);                                                        \
        if (e < (width)*BK / (vw) && i < (left) && k < kn) pieces[l] = READ(address);              \
    }
/* Puts them into the tile. */
#define GEMM_PUT(PLACE, pieces, vw, width, address)                                                \
    _Pragma("unroll") for (uint l = 0; l < GEMM_PIECES(width, vw); l++)                            \
    {                                                                                              \
        PLACE(l, width, vw)                                                                        \
        if (e < (width)*BK / (vw)) CLONAL_JOIN(GEMM_WRITE_, vw)(pieces[l], address);               \
    }

/* By how an operand is stored: A along k by form 0, B by form 1. */
#define GEMM_FETCH_A(k0) CLONAL_JOIN(GEMM_FETCH_A_, A_FORM)(k0)
#define GEMM_PUT_A(tile) CLONAL_JOIN(GEMM_PUT_A_, A_FORM)(tile)
#define GEMM_FETCH_A_0(k0)                                                                         \
    GEMM_FETCH(GEMM_PLACE_ALONG_K, a_pieces, GEMM_READ_A, A_VW, BM,                                \
               a_base + (ulong)GEMM_A_ROW(l, m0 + i) * lda + (k0) + k, m_left)
#define GEMM_PUT_A_0(tile) GEMM_PUT(GEMM_PLACE_ALONG_K, a_pieces, A_VW, BM, (tile) + i * K_STEP + k)
#define GEMM_FETCH_A_1(k0)                                                                         \
    GEMM_FETCH(GEMM_PLACE_ALONG_I, a_pieces, GEMM_READ_A, A_VW, BM,                                \
               a_base + (ulong)((k0) + k) * lda + m0 + i, m_left)
#define GEMM_PUT_A_1(tile) GEMM_PUT(GEMM_PLACE_ALONG_I, a_pieces, A_VW, BM, (tile) + k * A_STEP + i)
#define GEMM_FETCH_B(k0) CLONAL_JOIN(GEMM_FETCH_B_, B_FORM)(k0)
#define GEMM_PUT_B(tile) CLONAL_JOIN(GEMM_PUT_B_, B_FORM)(tile)
#define GEMM_FETCH_B_1(k0)                                                                         \
    GEMM_FETCH(GEMM_PLACE_ALONG_K, b_pieces, GEMM_READ_B, B_VW, BN,                                \
               b_base + (ulong)(n0 + i) * ldb + (k0) + k, N - n0)
#define GEMM_PUT_B_1(tile)                                                                         \
    GEMM_PUT(GEMM_PLACE_ALONG_K, b_pieces, B_VW, BN, (tile) + B_ROW(i) * K_STEP + k)
#define GEMM_FETCH_B_0(k0)                                                                         \
    GEMM_FETCH(GEMM_PLACE_ALONG_I, b_pieces, GEMM_READ_B, B_VW, BN,                                \
               b_base + (ulong)GEMM_B_ROW_AT(l, (k0) + k) * ldb + n0 + i, N - n0)
#define GEMM_PUT_B_0(tile) GEMM_PUT(GEMM_PLACE_ALONG_I, b_pieces, B_VW, BN, (tile) + k * B_STEP + i)

/* Element (row r of the item, k) of A's tile; vector v of the item, k, of B's; any s. */
#define GEMM_A_AT(r, k, s) CLONAL_JOIN(GEMM_A_AT_, A_FORM)(r, k, s)
#define GEMM_A_AT_0(r, k, s) a_tile[(ty * MR + (r)) * K_STEP + (k)]
#define GEMM_A_AT_1(r, k, s) a_tile[(k)*A_STEP + ty * MR + (r)]
#define GEMM_B_ROW_OF(v, c) (b_tile + ((c) * (BN / 4) + (v)*TX + tx) * K_STEP)
#define GEMM_B_AT(v, k, s) CLONAL_JOIN(GEMM_B_AT_, B_FORM)(v, k, s)
#define GEMM_B_AT_1(v, k, s)                                                                       \
    (float4)(GEMM_B_ROW_OF(v, 0)[k], GEMM_B_ROW_OF(v, 1)[k], GEMM_B_ROW_OF(v, 2)[k],               \
             GEMM_B_ROW_OF(v, 3)[k])
#define GEMM_B_AT_0(v, k, s) GEMM_TILE_READ(b_tile + (k)*B_STEP + ((v)*TX + tx) * 4u)

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
#define GEMM_A_FOURS(k) CLONAL_JOIN(GEMM_A_FOURS_, A_FORM)(k)
#define GEMM_A_OF(r, k, s) CLONAL_JOIN(GEMM_A_OF_, A_FORM)(r, k, s)
#define GEMM_A_FOURS_0(k)                                                                          \
    float4 a_four[MR];                                                                             \
    _Pragma("unroll") for (uint r = 0; r < MR; r++) a_four[r] =                                    \
        GEMM_TILE_READ(a_tile + (ty * MR + r) * K_STEP + (k));
#define GEMM_A_OF_0(r, k, s) a_four[r].s
#define GEMM_A_FOURS_1(k)
#define GEMM_A_OF_1(r, k, s) GEMM_A_AT_1(r, k, s)
#define GEMM_B_FOURS(k) CLONAL_JOIN(GEMM_B_FOURS_, B_FORM)(k)
#define GEMM_B_OF(v, k, s) CLONAL_JOIN(GEMM_B_OF_, B_FORM)(v, k, s)
#define GEMM_B_FOURS_1(k)                                                                          \
    float4 b_four[NV][4];                                                                          \
    _Pragma("unroll") for (uint v = 0; v < NV; v++) _Pragma("unroll") for (uint c = 0; c < 4; c++) \
        b_four[v][c] = GEMM_TILE_READ(GEMM_B_ROW_OF(v, c) + (k));
#define GEMM_B_OF_1(v, k, s)                                                                       \
    (float4)(b_four[v][0].s, b_four[v][1].s, b_four[v][2].s, b_four[v][3].s)
#define GEMM_B_FOURS_0(k)
#define GEMM_B_OF_0(v, k, s) GEMM_B_AT_0(v, k, s)
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

#endif
