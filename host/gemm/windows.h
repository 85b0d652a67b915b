/* windows.h: trying a candidate for a large product by a part of its groups, so that what a plan
 * costs does not grow with m n. Groups of the corners, of the edges and of places inside, one at a
 * time, four neighbours at once, and one of up to 128 rows and 512 columns make their part of C, in
 * the product's own matrices, rows and offsets; what they read is written, and what they made is
 * compared, element by element, by the host. All groups run one program, and differ in their
 * numbers alone; what may still tell them apart (more rows a group, more groups at once)
 * `clonal verify` tries on whole products. For the files of host/gemm alone. */
#ifndef CLONAL_GEMM_WINDOWS_H
#define CLONAL_GEMM_WINDOWS_H

#include "host/gemm/admission.h"

/* Whether products of this shape are tried so: those of more than 2^26 terms, or with a
 * matrix of more than 2^21 elements. */
bool clonal__windows_suit(const clonal__gemm_shape *shape);

/* The parts of C that a trial of the variant looks at. Returns how many; 0 where there is no such
 * variant. */
enum { CLONAL__MOST_WINDOWS = 14 };
size_t clonal__windows_of(const clonal_context *context, const clonal__gemm_shape *shape,
                          int variant, clonal__window room[CLONAL__MOST_WINDOWS]);

/* Writes what the groups of a native variant read, as clonal__trial_fill left the trial's table,
 * runs them, waits, and sets *exact to whether all their elements have the contract's bits. How
 * long they take says nothing of the whole. Errors: those of building and running the kernel, of
 * copies, CLONAL_E_MEMORY. */
clonal_status clonal__windows_try(clonal_context *context, const clonal__trial *trial, int variant,
                                  bool *exact);

#endif
