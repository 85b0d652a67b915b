/* gemm.h: the one GEMM interface: C (M,N) = op(A) op(B) by the contract's chain, and what may
 * follow it in the same launch.
 *
 * op(A) is (M,K): A is stored (M,K), or (K,M) when ta. op(B) is (K,N): B is stored (K,N), or (N,K)
 * when tb. All row-major and dense. */
#ifndef CLONAL_GEMM_GEMM_H
#define CLONAL_GEMM_GEMM_H

#include "host/gemm/epilogue.h"
#include <clonal/gemm.h>

typedef struct clonal__gemm_shape {
    uint32_t m, n, k;
    bool ta, tb;
    uint32_t
        zeros; /* quarters of A that are likely to be zeros, 2 or 3, or 0 for fewer: a hint, which
                       decides who is tried and on what they are measured, and no bit */
} clonal__gemm_shape;

/* The shape as plans know it: without A's zeros where no candidate of the wanted kind makes use of
 * them, so that nobody is tried twice. */
clonal__gemm_shape clonal__gemm_shape_used(const clonal_context *context,
                                           const clonal__gemm_shape *shape, clonal_gemm wanted);

/* Which implementation computes a product. Values are remembered on disk and printed by --explain:
 * new ones go behind the last. */
typedef enum clonal__gemm_kind { CLONAL__GEMM_CLBLAST, CLONAL__GEMM_NATIVE } clonal__gemm_kind;

/* Who computes the products of one shape on one device. */
typedef struct clonal__gemm_choice {
    clonal__gemm_kind kind;
    /* of the native kernel's: which form, over how many units, and how finely split (forms.c) */
    int variant;
    bool exact; /* it returned the contract's bits on the adversarial matrices */
    /* of one product, packing included: the lower quartile of the samples that the plan took
     * when it chose, today or in an earlier process; 0: never measured */
    double seconds;
} clonal__gemm_choice;

/* Room for all candidates of any shape on any device: variants of the native kernel, and
 * CLBlast. */
#define CLONAL__GEMM_CANDIDATES 17

/* CLONAL_E_ARGUMENT: it is no value of clonal_gemm. */
clonal_status clonal__gemm_check(clonal_gemm wanted);

/* CLONAL_E_ARGUMENT: a size is 0; CLONAL_E_SHAPE: a matrix has more elements than kernels count. */
clonal_status clonal__gemm_check_shape(const clonal__gemm_shape *shape);

bool clonal__gemm_same_shape(const clonal__gemm_shape *a, const clonal__gemm_shape *b);

/* Matrices on the device that products are tried on. What plans many products keeps one for all of
 * their trials, since the first touch of a large matrix takes longer than what is done with it.
 * Begins as {0}; free with clonal__gemm_workspace_free. For one thread at a time. */
typedef struct clonal__gemm_workspace {
    cl_mem matrices[3];
    size_t bytes[3];
} clonal__gemm_workspace;
void clonal__gemm_workspace_free(clonal__gemm_workspace *workspace);

/* Sets *choice to who is to compute products of this shape. What was decided before, in this
 * context or in an earlier process on this very device, is taken at once; else candidates of the
 * `wanted` kind are built, tried on adversarial matrices and measured, which waits for the
 * device and takes from milliseconds to many seconds where programs have to be compiled. Of the
 * candidates that return the contract's bits the fastest is chosen; only where none does, and
 * allow_inexact, the fastest of all. The first exact ones found may be taken before all are
 * tried: clonal__gemm_tune is the thorough one. `workspace` may be NULL: then each trial has
 * matrices of its own. Errors: CLONAL_E_CONTRACT (no candidate keeps the contract, and not
 * allow_inexact), CLONAL_E_ARGUMENT (what is wanted cannot compute the shape), CLONAL_E_MEMORY, and
 * those of a device on which no candidate runs. */
clonal_status clonal__gemm_plan(clonal_context *context, const clonal__gemm_shape *shape,
                                clonal_gemm wanted, bool allow_inexact,
                                clonal__gemm_workspace *workspace, clonal__gemm_choice *choice);

/* Who is going to compute products of this shape, as far as it can be told without trying: what is
 * remembered, else the wanted kind, and the native kernel for `auto`. */
clonal_status clonal__gemm_expect(clonal_context *context, const clonal__gemm_shape *shape,
                                  clonal_gemm wanted, clonal__gemm_kind *kind);

/* The same, but tries every candidate of the wanted kind, whatever is remembered, and remembers the
 * best, be it exact or not: what `clonal tune` does. It never fails with CLONAL_E_CONTRACT. */
clonal_status clonal__gemm_tune(clonal_context *context, const clonal__gemm_shape *shape,
                                clonal_gemm wanted, clonal__gemm_workspace *workspace,
                                clonal__gemm_choice *choice);

/* Forgets what this context knows of a shape, so that its next plan measures again and then
 * replaces what the disk holds. Without such a decision it does nothing. */
clonal_status clonal__gemm_forget(clonal_context *context, const clonal__gemm_shape *shape,
                                  clonal_gemm wanted);

/* Sets choices[0..*count-1] to all candidates for a shape, `exact` telling which of them return the
 * contract's bits on the adversarial matrices; it is false for one that does not build or run.
 * Nothing is measured or remembered. Waits for the device. Errors: CLONAL_E_MEMORY,
 * CLONAL_E_OPENCL. */
clonal_status clonal__gemm_audit(clonal_context *context, const clonal__gemm_shape *shape,
                                 clonal__gemm_choice choices[CLONAL__GEMM_CANDIDATES],
                                 size_t *count);

/* For tests and benchmarks: from now on every plan in the process is this variant of the native
 * kernel, or the first after it that suits the shape, or the last, untried and not remembered; -1:
 * plans are made again, as by default. Not for several threads. */
void clonal__gemm_force_native(int variant);

/* Appends the launches that compute one product, as `choice` says, to `list`. The buffers stay the
 * caller's and must outlive the list. epilogue may be NULL; only a native choice takes one. Builds
 * the programs that are not built yet, waits for nothing else. Errors: those of building
 * (CLONAL_E_OPENCL, with the build log), CLONAL_E_MEMORY, CLONAL_E_CONTRACT (a device that leaves
 * long loops early). */
clonal_status clonal__gemm_append(clonal__launch_list *list, const clonal__gemm_shape *shape,
                                  const clonal__gemm_choice *choice,
                                  const clonal__gemm_buffers *buffers,
                                  const clonal__epilogue *epilogue);

/* clblast.c */

/* The same for CLBlast, which compiles its kernels when the list first runs. */
clonal_status clonal__clblast_append(clonal__launch_list *list, const clonal__gemm_shape *shape,
                                     const clonal__gemm_buffers *buffers);
/* "CLBlast 1.5.3", or "CLBlast" where the version is not known. Static. */
const char *clonal__clblast_version(void);
/* The options with which CLBlast compiles its kernels from now on: those of the environment
 * variable CLBLAST_BUILD_OPTIONS, which is set to the ones that keep the contract where a user
 * has not set it. Valid until the variable is set anew; a thread that sets variables meanwhile
 * is a race. */
const char *clonal__clblast_options(void);

/* forms.c, native.c, native_pair.c */

/* The same for a variant of the native kernel, with what follows it in the same launch.
 * CLONAL_E_INTERNAL where the variant is none of the shape's. */
clonal_status clonal__native_append(clonal__launch_list *list, const clonal__gemm_shape *shape,
                                    int variant, const clonal__gemm_buffers *buffers,
                                    const clonal__epilogue *epilogue);
/* How C is split over the groups of a launch: `down` by `across` of them, of so many rows and
 * columns each; the last ones may have fewer. */
typedef struct clonal__gemm_grid {
    uint32_t rows, columns, down, across;
} clonal__gemm_grid;
/* The variant's grid, but of groups no larger than this where the kernel can make smaller ones:
 * CPUs' can make them of any number of tiles. All 0: the variant is none of the shape's. */
clonal__gemm_grid clonal__native_grid(const clonal_context *context,
                                      const clonal__gemm_shape *shape, int variant,
                                      uint32_t most_rows, uint32_t most_columns);
/* Groups of a grid: from its first column of groups on, or one alone. */
typedef struct clonal__gemm_part {
    clonal__gemm_grid grid; /* from clonal__native_grid */
    uint32_t first_across, first_down, across, down;
} clonal__gemm_part;
/* Appends a launch of the variant, without an epilogue, that makes a part of C. Errors as above. */
clonal_status clonal__native_append_part(clonal__launch_list *list, const clonal__gemm_shape *shape,
                                         int variant, const clonal__gemm_buffers *buffers,
                                         const clonal__gemm_part *part);

/* A product with what follows it: all that its launch takes. */
typedef struct clonal__gemm_product {
    clonal__gemm_shape shape;
    clonal__gemm_choice choice;
    clonal__gemm_buffers buffers;
    const clonal__epilogue *epilogue; /* borrowed; not NULL */
} clonal__gemm_product;

/* Whether two products by these variants of the native kernel can be made in one launch: both are
 * forms for GPUs, and the tiles of both fit the groups of the one with more items. */
bool clonal__native_pairs(const clonal_context *context, const clonal__gemm_shape shapes[2],
                          const int variants[2]);
/* Whether one program can have both epilogues: they name no two functions or optimizers. */
bool clonal__native_epilogues_pair(const clonal__epilogue *a, const clonal__epilogue *b);
/* Appends the one launch that makes both, for variants and epilogues of which the two above say
 * so. Neither product may read or write what the other writes. Errors: as
 * clonal__native_append. */
clonal_status clonal__native_append_pair(clonal__launch_list *list,
                                         const clonal__gemm_product products[2]);
/* Stands in the key of the plans on disk. It is raised when the table of variants changes, since
 * plans remember their numbers. */
#define CLONAL__NATIVE_TABLE 11
/* The variants' numbers are below this; few of them suit a device and a shape. */
#define CLONAL__NATIVE_NUMBERS 128
/* Sets variants[0..] to the first `room` variants that suit the context's device and the shape, in
 * order of what they cost to try, and returns how many. */
int clonal__native_variants(const clonal_context *context, const clonal__gemm_shape *shape,
                            int *variants, int room);
/* Whether two variants are of one form, spread otherwise: for shapes that differ in the batch alone
 * their programs are the same. */
bool clonal__native_same_form(int a, int b);
/* Whether a variant for this device and shape leaves out A's zeros. */
bool clonal__native_skips(const clonal_context *context, const clonal__gemm_shape *shape);
/* Whether a variant's groups make whole rows of C and have room to put them through a loss: then
 * clonal__native_append takes an epilogue with one. */
bool clonal__native_holds_rows(const clonal__gemm_shape *shape, int variant);
/* Whether a variant gathers the rows of this operand, 1 (A) or 2 (B), as it reads them. */
bool clonal__native_gathers(const clonal__gemm_shape *shape, int variant, int operand);
/* Leaves of the first `count` variants, as clonal__native_variants gives them, those that are worth
 * a trial while somebody waits, and returns how many. */
int clonal__native_likely(const clonal_context *context, const clonal__gemm_shape *shape,
                          int variants[], int count);

#endif
