/* chain.h: the contract's product on the host, and the matrices on which a candidate has to return
 * it: what admits an implementation on a device. Nothing here needs a device, and any number of
 * threads may call it. */
#ifndef CLONAL_GEMM_CHAIN_H
#define CLONAL_GEMM_CHAIN_H

#include "host/gemm/gemm.h"

/* Sets c (M,N) = op(A) op(B), each element by the chain rule (cl/CONTRACT.md, section 2), in the
 * host's fmaf. a and b are stored as the shape says (gemm.h); c must not overlap them. It takes
 * about M*N*K fused steps of one thread. Errors: CLONAL_E_MEMORY, c being untouched. */
clonal_status clonal__chain_gemm(const clonal__gemm_shape *shape, const float *a, const float *b,
                                 float *c);

/* Fills `values` (count) with numbers made to break a wrong sum: wide exponents, near-cancelling
 * pairs, subnormals, signed zeros; or, where `infinities`, numbers whose products and sums are
 * subnormal, with a few infinities among them. The same seed gives the same numbers. */
void clonal__adversarial(uint64_t seed, bool infinities, size_t count, float *values);

/* Makes shape->zeros quarters of A's elements zeros of either sign; of every eighth row, where
 * `lone`, all but one, which becomes the smallest negative number: its products are rounded to
 * zeros of either sign. */
void clonal__sow_zeros(const clonal__gemm_shape *shape, bool lone, float *a);

/* The same for large products, with few subnormals, which make some processors a hundred times
 * slower, placed so that they show: fills `count` classes of rows of op(A), or of columns of op(B),
 * each of k values. The value of class c at step i of k is values[c*class_step + i*k_step]. Which
 * kind of numbers a class holds depends on first + c: most are near 1, to cancel, or far apart; of
 * the first eight, and now and then behind them, one is so small in a few steps of each block that
 * its products with its like are subnormal, one has the last step alone, whose products with
 * its like are zeros with a sign; once, one holds subnormals, and one an infinity. */
void clonal__adversarial_classes(uint64_t seed, size_t first, size_t count, size_t k,
                                 size_t class_step, size_t k_step, float *values);

/* The index of the first element whose bits differ, or count where none does; any NaN equals any
 * NaN, but no number. */
size_t clonal__first_difference(const float *a, const float *b, size_t count);

#endif
