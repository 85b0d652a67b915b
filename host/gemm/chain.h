/* chain.h: the contract's GEMM on the host, and the matrices that a candidate must pass: what
 * admits a GEMM on a device. */
#ifndef CLONAL_GEMM_CHAIN_H
#define CLONAL_GEMM_CHAIN_H

#include "host/gemm/gemm.h"

/* C = op(A) op(B) by the chain rule (cl/CONTRACT.md, section 2), in fmaf. CLONAL_E_MEMORY. */
clonal_status clonal__chain_gemm(const clonal__gemm_shape *shape, const float *a, const float *b,
                                 float *c);

/* Fills count floats with values made to break a wrong sum: wide exponents, near-cancelling pairs,
 * subnormals, signed zeros; or, where `infinities`, values whose products and sums are subnormal,
 * with a few infinities among them. */
void clonal__adversarial(uint64_t seed, bool infinities, size_t count, float *values);

/* The index of the first element whose bits differ (any NaN equals any NaN), or count. */
size_t clonal__first_difference(const float *a, const float *b, size_t count);

#endif
