/* Packing for the GEMM's CPU form: a panel holds NR columns of op(B) for consecutive k, dst[k*NR +
 * j], in the address space GEMM_SPACE. Needs VW, NV, NR, gemm_vec, GEMM_LOAD, GEMM_STORE_TO
 * (gemm_native.cl). */
#ifndef CLONAL_LIB_GEMM_PACK_CL
#define CLONAL_LIB_GEMM_PACK_CL

/* dst[k*NR + j] = b[k*ldb + j], k < kn, j < NR; columns from n on are zeros. */
GEMM_INLINE void gemm_pack_rows(GEMM_SPACE float *dst, const __global float *b, ulong ldb, uint n,
                                uint kn)
{
    if (n >= NR) {
        for (uint k = 0; k < kn; k++, b += ldb, dst += NR)
#pragma unroll
            for (uint v = 0; v < NV; v++)
                GEMM_STORE_TO(GEMM_SPACE, GEMM_LOAD(b + v * VW), dst + v * VW);
    } else {
        for (uint k = 0; k < kn; k++, b += ldb, dst += NR)
            for (uint j = 0; j < NR; j++) dst[j] = j < n ? b[j] : 0.0f;
    }
}

#if VW == 16
#define GEMM_LO32(a, b)                                                                            \
    (float16)(a.s0, b.s0, a.s1, b.s1, a.s4, b.s4, a.s5, b.s5, a.s8, b.s8, a.s9, b.s9, a.sc, b.sc,  \
              a.sd, b.sd)
#define GEMM_HI32(a, b)                                                                            \
    (float16)(a.s2, b.s2, a.s3, b.s3, a.s6, b.s6, a.s7, b.s7, a.sa, b.sa, a.sb, b.sb, a.se, b.se,  \
              a.sf, b.sf)
#define GEMM_LO64(a, b) (float16)(a.s01, b.s01, a.s45, b.s45, a.s89, b.s89, a.scd, b.scd)
#define GEMM_HI64(a, b) (float16)(a.s23, b.s23, a.s67, b.s67, a.sab, b.sab, a.sef, b.sef)
#define GEMM_LO128(a, b) (float16)(a.s0123, a.s89ab, b.s0123, b.s89ab)
#define GEMM_HI128(a, b) (float16)(a.s4567, a.scdef, b.s4567, b.scdef)
/* dst[k*NR + j] = b[j*ldb + k] for 16 by 16: interleave by words, by pairs, then twice by quarters.
 */
GEMM_INLINE void gemm_transpose(GEMM_SPACE float *dst, const __global float *b, ulong ldb, uint n)
{
    float16 r[16], t[16];
#pragma unroll
    for (uint j = 0; j < 16; j++) r[j] = j < n ? GEMM_LOAD(b + j * ldb) : (float16)(0.0f);
#pragma unroll
    for (uint j = 0; j < 16; j += 2) {
        t[j] = GEMM_LO32(r[j], r[j + 1]);
        t[j + 1] = GEMM_HI32(r[j], r[j + 1]);
    }
#pragma unroll
    for (uint j = 0; j < 16; j += 4) {
        r[j] = GEMM_LO64(t[j], t[j + 2]);
        r[j + 1] = GEMM_HI64(t[j], t[j + 2]);
        r[j + 2] = GEMM_LO64(t[j + 1], t[j + 3]);
        r[j + 3] = GEMM_HI64(t[j + 1], t[j + 3]);
    }
#pragma unroll
    for (uint j = 0; j < 4; j++) { /* r[4g + j]: rows 4g..4g+3, columns j, 4+j, 8+j, 12+j */
        t[j] = GEMM_LO128(r[j], r[4 + j]);
        t[4 + j] = GEMM_HI128(r[j], r[4 + j]);
        t[8 + j] = GEMM_LO128(r[8 + j], r[12 + j]);
        t[12 + j] = GEMM_HI128(r[8 + j], r[12 + j]);
    }
#pragma unroll
    for (uint j = 0; j < 4; j++) {
        GEMM_STORE_TO(GEMM_SPACE, GEMM_LO128(t[j], t[8 + j]), dst + j * NR);
        GEMM_STORE_TO(GEMM_SPACE, GEMM_LO128(t[4 + j], t[12 + j]), dst + (4 + j) * NR);
        GEMM_STORE_TO(GEMM_SPACE, GEMM_HI128(t[j], t[8 + j]), dst + (8 + j) * NR);
        GEMM_STORE_TO(GEMM_SPACE, GEMM_HI128(t[4 + j], t[12 + j]), dst + (12 + j) * NR);
    }
}
#elif VW == 8
#define GEMM_LO32(a, b) (float8)(a.s0, b.s0, a.s1, b.s1, a.s4, b.s4, a.s5, b.s5)
#define GEMM_HI32(a, b) (float8)(a.s2, b.s2, a.s3, b.s3, a.s6, b.s6, a.s7, b.s7)
#define GEMM_LO64(a, b) (float8)(a.s01, b.s01, a.s45, b.s45)
#define GEMM_HI64(a, b) (float8)(a.s23, b.s23, a.s67, b.s67)
GEMM_INLINE void gemm_transpose(GEMM_SPACE float *dst, const __global float *b, ulong ldb, uint n)
{
    float8 r[8], t[8];
#pragma unroll
    for (uint j = 0; j < 8; j++) r[j] = j < n ? GEMM_LOAD(b + j * ldb) : (float8)(0.0f);
#pragma unroll
    for (uint j = 0; j < 8; j += 2) {
        t[j] = GEMM_LO32(r[j], r[j + 1]);
        t[j + 1] = GEMM_HI32(r[j], r[j + 1]);
    }
#pragma unroll
    for (uint j = 0; j < 8; j += 4) {
        r[j] = GEMM_LO64(t[j], t[j + 2]);
        r[j + 1] = GEMM_HI64(t[j], t[j + 2]);
        r[j + 2] = GEMM_LO64(t[j + 1], t[j + 3]);
        r[j + 3] = GEMM_HI64(t[j + 1], t[j + 3]);
    }
#pragma unroll
    for (uint j = 0; j < 4; j++) {
        GEMM_STORE_TO(GEMM_SPACE, (float8)(r[j].lo, r[4 + j].lo), dst + j * NR);
        GEMM_STORE_TO(GEMM_SPACE, (float8)(r[j].hi, r[4 + j].hi), dst + (4 + j) * NR);
    }
}
#else
GEMM_INLINE void gemm_transpose(GEMM_SPACE float *dst, const __global float *b, ulong ldb, uint n)
{
    for (uint k = 0; k < VW; k++)
        for (uint j = 0; j < VW; j++) dst[k * NR + j] = j < n ? b[j * ldb + k] : 0.0f;
}
#endif

/* dst[k*NR + j] = b[j*ldb + k], k < kn, j < NR; columns from n on are zeros. */
GEMM_INLINE void gemm_pack_columns(GEMM_SPACE float *dst, const __global float *b, ulong ldb,
                                   uint n, uint kn)
{
    for (uint v = 0; v < NV; v++) {
        uint left = n > v * VW ? min(n - v * VW, (uint)VW) : 0u, k = 0;
        const __global float *src = b + v * VW * ldb;
        GEMM_SPACE float *to = dst + v * VW;
        for (; k + VW <= kn; k += VW) gemm_transpose(to + k * NR, src + k, ldb, left);
        for (; k < kn; k++)
            for (uint j = 0; j < VW; j++) to[k * NR + j] = j < left ? src[j * ldb + k] : 0.0f;
    }
}

#endif
