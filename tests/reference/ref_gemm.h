/* The chain of cl/CONTRACT.md, section 2, and the products made of it. Threads: any. */
#ifndef CLONAL_REF_GEMM_H
#define CLONAL_REF_GEMM_H

#include <stddef.h>

enum { REF_CHAIN_BLOCK = 1024 };

/* The chain over k of a[k * a_step], b[k * b_step]; count = 0 gives +0. Steps are counted in
 * elements. */
float ref_chain(size_t count, const float *a, size_t a_step, const float *b, size_t b_step);

/* The chain sum of x[k * step]. */
float ref_sum(size_t count, const float *x, size_t step);

/* C (m,n) = A (m,k) . B (k,n), every element a chain over k.
 *
 * A is stored as (m,k) with lda elements from row to row, or, where transpose_a is not 0, as (k,m);
 * B likewise. C may not overlap A or B. The same bits as ref_chain for each element, faster.
 * */
void ref_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const float *a,
              size_t lda, const float *b, size_t ldb, float *c, size_t ldc);

#endif
