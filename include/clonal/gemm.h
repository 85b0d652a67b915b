/* gemm.h: a matrix product, and who computes it. */
#ifndef CLONAL_GEMM_H
#define CLONAL_GEMM_H

#include <clonal/device.h>

CLONAL_BEGIN

/* Which implementation is asked for. Values are remembered on disk: new ones go behind the last. */
typedef enum clonal_gemm {
    CLONAL_GEMM_AUTO,    /* the fastest that keeps the numeric contract on the device */
    CLONAL_GEMM_CLBLAST, /* CLBlast's */
    CLONAL_GEMM_NATIVE   /* Clonal's own */
} clonal_gemm;

/* One product on the device, of matrices in host memory: c (M,N) = op(A) (M,K) . op(B) (K,N) by the
 * contract's chain (cl/CONTRACT.md, section 2), so the same bits on every device. a is (M,K), or
 * (K,M) where ta says that it is stored transposed; b is (K,N), or (N,K) with tb; all row-major.
 * Copies to the device and back, and waits: for programs that write a network out by themselves; a
 * clonal_model keeps all of it on the device. The first product of a shape is planned, as of a
 * model. Errors: CLONAL_E_ARGUMENT (NULL, a size of 0), CLONAL_E_SHAPE (a matrix of more than
 * 2^32 - 1024 elements), CLONAL_E_MEMORY, CLONAL_E_CONTRACT (nobody keeps it here),
 * CLONAL_E_OPENCL. */
CLONAL_API clonal_status clonal_multiply(clonal_context *context, uint32_t m, uint32_t n,
                                         uint32_t k, bool ta, const float *a, bool tb,
                                         const float *b, float *c);

CLONAL_END

#endif
