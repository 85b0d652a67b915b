/* gemm_gather.cl: an operand of kernel gemm_groups whose rows are samples of the data set, as
 * load.cl would gather them: row r is sample order[place + r], or place + r when shuffled is 0.
 * GATHER 1: A, stored (M,K); 2: B, stored (K,N). BYTES 1: samples are bytes, read as pixels. */
#ifndef CLONAL_LIB_GEMM_GATHER_CL
#define CLONAL_LIB_GEMM_GATHER_CL

#define LOAD_WIDTH 4
#include "lib/pixels.cl"

#ifndef BYTES
#define BYTES 0
#endif
/* Four at a time only where rows are multiples of four, so that they are one read. */
#if BYTES
#define GEMM_SAMPLE_1(p) load_pixel(*(p))
#define GEMM_SAMPLE_4(p) load_pixels(*(const __global uchar4 *)(p))
#else
#define GEMM_SAMPLE_1(p) (*(p))
#define GEMM_SAMPLE_4(p) (*(const __global float4 *)(p))
#endif

/* The samples of an item's pieces: A's are the same at every k; B's are found a step ahead, so that
 * nobody waits for two reads in a row. */
#if GATHER == 1
#undef GEMM_A_READ
#define GEMM_A_READ CLONAL_JOIN(GEMM_SAMPLE_, A_VW)
#undef GEMM_A_ROW
#define GEMM_A_ROW(l, row) samples[l]
#define GEMM_GATHER_BEGIN                                                                          \
    uint samples[GEMM_PIECES(BM, A_VW)];                                                           \
    _Pragma("unroll") for (uint l = 0; l < GEMM_PIECES(BM, A_VW); l++)                             \
    {                                                                                              \
        GEMM_PLACE_ALONG_K(l, BM, A_VW)                                                            \
        samples[l] = 0u;                                                                           \
        if (i < M - m0) samples[l] = (uint)clonal_sample(order, shuffled, place, m0 + i);          \
    }
#define GEMM_GATHER_NEXT(k0)
#else
#undef GEMM_B_READ
#define GEMM_B_READ CLONAL_JOIN(GEMM_SAMPLE_, B_VW)
#undef GEMM_B_STORED_ROW
#define GEMM_B_STORED_ROW(l, row) samples[l]
#define GEMM_GATHER_BEGIN                                                                          \
    uint samples[GEMM_PIECES(BN, B_VW)];                                                           \
    GEMM_GATHER_NEXT(0u)
#define GEMM_GATHER_NEXT(k0)                                                                       \
    _Pragma("unroll") for (uint l = 0; l < GEMM_PIECES(BN, B_VW); l++)                             \
    {                                                                                              \
        GEMM_PLACE_ALONG_I(l, BN, B_VW)                                                            \
        samples[l] = 0u;                                                                           \
        if ((k0) + k < K) samples[l] = (uint)clonal_sample(order, shuffled, place, (k0) + k);      \
    }
#endif

#endif
