/* gemm_vector.cl: what the GEMM's kernels and their epilogues are written in: vectors of VW floats,
 * their reads and writes, whole and in part. Needs GPU. */
#ifndef CLONAL_LIB_GEMM_VECTOR_CL
#define CLONAL_LIB_GEMM_VECTOR_CL

#include "lib/base.cl"

#define K_BLOCK 1024u /* the contract's: the length of a chain */

#ifndef VW
#define VW 16 /* floats in a vector: 4, 8 or 16 */
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

/* What an operand is stored as: of matrices, of samples of floats, of bytes (A_SAMPLES). */
#define GEMM_STORED(samples) CLONAL_JOIN(GEMM_STORED_, samples)
#define GEMM_STORED_0 float
#define GEMM_STORED_1 float
#define GEMM_STORED_2 uchar

typedef GEMM_CAT(uint, VW) gemm_words;
typedef GEMM_CAT(int, VW) gemm_mask;

/* Declares the sizes, and the distance of stored rows. */
#define GEMM_SIZES_FROM_ARGS                                                                       \
    const uint M = sizes.s0, N = sizes.s1, K = sizes.s2;                                           \
    const ulong lda = A_FORM == 0 ? K : M, ldb = B_FORM == 1 ? K : N;

#define GEMM_TO_LANES(v, lanes) GEMM_CAT(vstore, VW)(v, 0, lanes)
#define GEMM_FROM_LANES(lanes) GEMM_CAT(vload, VW)(0, lanes)

/* First `count` (1..VW) floats of v to p. */
static inline void gemm_store_part(gemm_vec v, __global float *p, uint count)
{
    if (count >= VW) {
        GEMM_STORE(v, p);
        return;
    }
#if VW == 16
    float8 v8 = v.lo;
    if (count & 8u) {
        vstore8(v8, 0, p);
        v8 = v.hi;
        p += 8;
    }
#elif VW == 8
    float8 v8 = v;
#endif
#if VW >= 8
    float4 v4 = v8.lo;
    if (count & 4u) {
        vstore4(v4, 0, p);
        v4 = v8.hi;
        p += 4;
    }
#else
    float4 v4 = v;
#endif
    float2 v2 = v4.lo;
    if (count & 2u) {
        vstore2(v2, 0, p);
        v2 = v4.hi;
        p += 2;
    }
    if (count & 1u) *p = v2.x;
}

/* `count` (1..VW) floats of p, then zeros. */
static inline gemm_vec gemm_load_part(const __global float *p, uint count)
{
    if (count >= VW) return GEMM_LOAD(p);
    float part[VW];
    for (uint c = 0; c < VW; c++) part[c] = c < count ? p[c] : 0.0f;
    return GEMM_CAT(vload, VW)(0, part);
}

#endif
