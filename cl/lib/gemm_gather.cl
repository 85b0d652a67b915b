/* gemm_gather.cl: operands of the GEMM's form for GPUs whose rows are samples of the data set, as
 * load.cl would gather them: row r is sample order[place + r], or place + r when shuffled is 0.
 * A_SAMPLES (A stored (M,K)), B_SAMPLES (B stored (K,N)): 0, a matrix; 1, samples of floats; 2, of
 * bytes, read as pixels. Macros, as lib/gemm_tiles.cl. */
#ifndef CLONAL_LIB_GEMM_GATHER_CL
#define CLONAL_LIB_GEMM_GATHER_CL

#define LOAD_WIDTH 4
#include "lib/order.cl"
#include "lib/pixels.cl"

/* Of an operand's kind, and of one or four at a time: four only where rows are multiples of four,
 * so that they are one read. */
#define GEMM_READ_A(p) CLONAL_JOIN(GEMM_READ_, CLONAL_JOIN(A_SAMPLES, A_VW))(p)
#define GEMM_READ_B(p) CLONAL_JOIN(GEMM_READ_, CLONAL_JOIN(B_SAMPLES, B_VW))(p)
#define GEMM_READ_01(p) (*(p))
#define GEMM_READ_04(p) (*(const __global float4 *)(p))
#define GEMM_READ_11(p) GEMM_READ_01(p)
#define GEMM_READ_14(p) GEMM_READ_04(p)
#define GEMM_READ_21(p) load_pixel(*(p))
#define GEMM_READ_24(p) load_pixels(*(const __global uchar4 *)(p))

#define GEMM_SAMPLE(row) (uint) clonal_sample(after->order, after->shuffled, after->place, row)

/* The stored row of piece l of an item: A's are the same at every k, and found at first. */
#define GEMM_A_ROW(l, row) CLONAL_JOIN(GEMM_A_ROW_, A_SAMPLES)(l, row)
#define GEMM_A_ROW_0(l, row) (row)
#define GEMM_A_ROW_1(l, row) a_samples[l]
#define GEMM_A_ROW_2(l, row) a_samples[l]
#define GEMM_GATHER_A CLONAL_JOIN(GEMM_GATHER_A_, A_SAMPLES)()
#define GEMM_GATHER_A_0()
#define GEMM_GATHER_A_1() GEMM_GATHER_A_2()
#define GEMM_GATHER_A_2()                                                                          \
    uint a_samples[GEMM_PIECES(BM, A_VW)];                                                         \
    _Pragma("unroll") for (uint l = 0; l < GEMM_PIECES(BM, A_VW); l++)                             \
    {                                                                                              \
        GEMM_PLACE_ALONG_K(l, BM, A_VW)                                                            \
        a_samples[l] = 0u;                                                                         \
        if (i < m_left) a_samples[l] = GEMM_SAMPLE(m0 + i);                                        \
    }

/* B's are found a step ahead, so that nobody waits for two reads in a row. */
#define GEMM_B_ROW_AT(l, row) CLONAL_JOIN(GEMM_B_ROW_, B_SAMPLES)(l, row)
#define GEMM_B_ROW_0(l, row) (row)
#define GEMM_B_ROW_1(l, row) b_samples[l]
#define GEMM_B_ROW_2(l, row) b_samples[l]
#define GEMM_GATHER_B CLONAL_JOIN(GEMM_GATHER_B_, B_SAMPLES)()
#define GEMM_GATHER_B_0()
#define GEMM_GATHER_B_1() uint b_samples[GEMM_PIECES(BN, B_VW)];
#define GEMM_GATHER_B_2() uint b_samples[GEMM_PIECES(BN, B_VW)];
#define GEMM_GATHER_B_AT(k0) CLONAL_JOIN(GEMM_GATHER_B_AT_, B_SAMPLES)(k0)
#define GEMM_GATHER_B_AT_0(k0)
#define GEMM_GATHER_B_AT_1(k0) GEMM_GATHER_B_AT_2(k0)
#define GEMM_GATHER_B_AT_2(k0)                                                                     \
    _Pragma("unroll") for (uint l = 0; l < GEMM_PIECES(BN, B_VW); l++)                             \
    {                                                                                              \
        GEMM_PLACE_ALONG_I(l, BN, B_VW)                                                            \
        b_samples[l] = 0u;                                                                         \
        if ((k0) + k < K) b_samples[l] = GEMM_SAMPLE((k0) + k);                                    \
    }

#endif
