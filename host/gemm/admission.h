/* admission.h: what is tried for a product, and what is let in: a candidate that returns, for this
 * very shape and on this device, the contract's bits on matrices made to break a wrong sum. For the
 * files of host/gemm alone. */
#ifndef CLONAL_GEMM_ADMISSION_H
#define CLONAL_GEMM_ADMISSION_H

#include "host/gemm/classes.h"

/* How many of the candidates may be the native kernel's; the one left is CLBlast. */
enum { CLONAL__GEMM_NATIVES = CLONAL__GEMM_CANDIDATES - 1 };

/* Fills `room` with all that could compute products of this shape, in order of what they cost to
 * try: the native kernel's variants, then CLBlast, or only those that are wanted. Returns how many;
 * 0 when what is wanted cannot compute the shape. */
size_t clonal__gemm_candidates(const clonal_context *context, const clonal__gemm_shape *shape,
                               clonal_gemm wanted,
                               clonal__gemm_choice room[CLONAL__GEMM_CANDIDATES]);

/* The matrices on which candidates are tried: A, B and C on the device. On the host they are known
 * by the classes of their rows and columns (classes.h): `a`, `b` and `expected` are those of the
 * table's product. */
typedef struct clonal__trial {
    clonal__gemm_shape shape, table;
    float *a, *b, *expected;
    uint32_t *row_of, *column_of; /* classes of C's rows (M) and columns (N) */
    float *scratch;
    cl_mem device_a, device_b, device_c; /* borrowed from a workspace */
    clonal__gemm_workspace own;          /* that one, unless it is the caller's */
    /* Candidates, native ones alone, are tried by a part of their groups (windows.h). False when
     * made; to be set before the contenders are made. */
    bool by_windows;
    uint32_t measured_rows, measured_columns; /* by windows: of C, what contenders make */
} clonal__trial;

/* Allocates the matrices, those on a CPU in `workspace`, which outlives the trial and serves one
 * trial at a time. Without one (NULL), and on other devices, the trial has matrices of its own.
 * Free with clonal__trial_free, also after a failure (CLONAL_E_MEMORY, CLONAL_E_OPENCL). */
clonal_status clonal__trial_create(clonal_context *context, const clonal__gemm_shape *shape,
                                   clonal__gemm_workspace *workspace, clonal__trial *trial);
void clonal__trial_free(clonal__trial *trial);
/* How A, B and C are made of the table's: they borrow the trial's maps. */
void clonal__trial_spreads(const clonal__trial *trial, clonal__spread *a, clonal__spread *b,
                           clonal__spread *c);
/* With how many pairs of matrices a product is tried: one where it is large. */
int clonal__trial_rounds(const clonal__trial *trial);
/* Sets A and B to the numbers of a round, from 0 on, made to break a wrong sum, and `expected` to
 * the contract's product of their classes; by windows, the table's alone. Waits. */
clonal_status clonal__trial_fill(clonal_context *context, clonal__trial *trial, int round);
/* Sets A and B, by windows what the contenders read of them, to plain values, to measure with:
 * subnormals make some processors a hundred times slower. Waits. */
clonal_status clonal__trial_fill_plain(clonal_context *context, clonal__trial *trial);
/* Overwrites C, so that an element which nobody writes is a wrong one. */
clonal_status clonal__trial_poison(clonal_context *context, clonal__trial *trial);
/* Sets *wrong to how many elements of C, of all, are not the contract's product of A and B as
 * clonal__trial_fill left them; C may be changed. Waits. */
clonal_status clonal__trial_compare(clonal_context *context, clonal__trial *trial,
                                    clonal__differences *wrong);

/* A candidate on trial. */
typedef struct clonal__contender {
    clonal__gemm_choice choice;
    clonal__launch_list list; /* its launches, on the trial's matrices: clonal__list_clear */
    double share; /* of C, what they make: all, but by windows what is enough to be measured */
    bool out;     /* it is not to be run any more */
} clonal__contender;

/* Puts a contender out because it failed to build or to run, and logs the recorded error: that a
 * candidate fails is no failure of the plan. */
void clonal__contender_drop(clonal__contender *contender, const clonal__gemm_shape *shape);

/* How many groups of a long product are measured: some for each of the device's units. */
uint32_t clonal__measured_groups(const clonal_context *context);

/* Of a product that is tried by windows, what of a variant is measured: so many groups, as many
 * side by side as read little of B, none wider than 512 columns, and of few enough rows that all
 * together read little of A, unless the units are many. `across` is 0 where there is no such
 * variant. */
clonal__gemm_part clonal__measured_part(const clonal_context *context,
                                        const clonal__gemm_shape *shape, int variant);

/* Whether two native candidates that are tried by windows measure the same there: the same form by
 * the same groups, since a part has no longer and no wider ones. */
bool clonal__candidates_alike(const clonal_context *context, const clonal__gemm_shape *shape,
                              const clonal__gemm_choice *a, const clonal__gemm_choice *b);

/* Makes the launches of `count` contenders, whose choices say who they are and whose other members
 * are zero, on the trial's matrices. One that does not build is dropped. The caller clears the
 * lists. */
void clonal__contenders_make(clonal_context *context, clonal__trial *trial,
                             clonal__contender *contenders, size_t count);

/* Runs all contenders that are not out on the same matrices, several pairs where the product is
 * small, waits for each, and sets choice.exact to whether the bits were the contract's every time;
 * of one that was not measured, sets choice.seconds to what the last run took, but not by windows.
 * One that does not run is dropped. Errors: CLONAL_E_MEMORY, or a copy that failed. */
clonal_status clonal__admit(clonal_context *context, clonal__trial *trial,
                            clonal__contender *contenders, size_t count);

#endif
