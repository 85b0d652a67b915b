/* gemm_column_sum.cl: a bias's gradient, by an item of the GEMM's GPU form. */
#ifndef CLONAL_LIB_GEMM_COLUMN_SUM_CL
#define CLONAL_LIB_GEMM_COLUMN_SUM_CL

#include "lib/gemm_vector.cl"

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

#endif
