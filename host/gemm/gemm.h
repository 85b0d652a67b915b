/* gemm.h: the one GEMM interface: C (M,N) = op(A) op(B) by the contract's chain, and what may
 * follow it in the same launch.
 *
 * op(A) is (M,K): A is stored (M,K), or (K,M) when ta. op(B) is (K,N): B is stored (K,N), or (N,K)
 * when tb. All row-major and dense. */
#ifndef CLONAL_GEMM_GEMM_H
#define CLONAL_GEMM_GEMM_H

#include "host/gemm/epilogue.h"
#include <clonal/model.h>

typedef struct clonal__gemm_shape {
    uint32_t m, n, k;
    bool ta, tb;
} clonal__gemm_shape;

/* Which implementation serves a shape on a device. Values are remembered on disk and printed by
 * --explain. */
typedef enum clonal__gemm_kind { CLONAL__GEMM_CLBLAST, CLONAL__GEMM_NATIVE } clonal__gemm_kind;
typedef struct clonal__gemm_choice {
    clonal__gemm_kind kind;
    /* of the native kernel's: which form, over how many units, and how finely split (native.c) */
    int variant;
    bool exact;     /* returned the contract's bits on the adversarial matrices */
    double seconds; /* lower quartile of the measured samples; 0: not measured */
} clonal__gemm_choice;

/* plan.c: decides for one shape. `wanted` other than AUTO restricts the candidates;
 * CLONAL_E_CONTRACT when none keeps the contract, unless allow_inexact. Decisions are remembered in
 * the context and on disk. */
clonal_status clonal__gemm_plan(clonal_context *context, const clonal__gemm_shape *shape,
                                clonal_gemm wanted, bool allow_inexact,
                                clonal__gemm_choice *choice);

/* Forgets the decision for a shape, so that the next plan measures again. */
clonal_status clonal__gemm_forget(clonal_context *context, const clonal__gemm_shape *shape,
                                  clonal_gemm wanted);
/* Tries every candidate for a shape, whatever is remembered, and remembers the best: what `clonal
 * tune` does. A plan made as training starts stops earlier. */
clonal_status clonal__gemm_tune(clonal_context *context, const clonal__gemm_shape *shape,
                                clonal_gemm wanted, clonal__gemm_choice *choice);
/* For tests and benchmarks: every plan is this native variant, or the first after it that suits,
 * untried and not remembered; -1: plans are made (the default). Not thread-safe. */
void clonal__gemm_force_native(int variant);
/* Seconds of one of `runs` back-to-back runs of the list. */
clonal_status clonal__sample(const clonal__launch_list *list, int runs, double *seconds);
/* How many runs back to back fill a sample of so many seconds; runs the list some times. */
clonal_status clonal__sample_size(const clonal__launch_list *list, double sample_seconds,
                                  int *runs);
/* Seconds of the list's run: the least of `samples` samples, each of as many back-to-back runs as
 * fit `sample_seconds`. */
clonal_status clonal__measure(const clonal__launch_list *list, size_t samples,
                              double sample_seconds, double *seconds);

bool clonal__gemm_same_shape(const clonal__gemm_shape *a, const clonal__gemm_shape *b);
/* Which of all candidates for a shape return the contract's bits on the adversarial matrices: their
 * `exact`, false also for one that does not run. Nothing is remembered. */
#define CLONAL__GEMM_CANDIDATES 17
clonal_status clonal__gemm_audit(clonal_context *context, const clonal__gemm_shape *shape,
                                 clonal__gemm_choice choices[CLONAL__GEMM_CANDIDATES],
                                 size_t *count);

/* Appends the launches that compute one product to `list`. epilogue may be NULL; only for a native
 * choice. */
clonal_status clonal__gemm_append(clonal__launch_list *list, const clonal__gemm_shape *shape,
                                  const clonal__gemm_choice *choice,
                                  const clonal__gemm_buffers *buffers,
                                  const clonal__epilogue *epilogue);

/* clblast.c */
clonal_status clonal__clblast_append(clonal__launch_list *list, const clonal__gemm_shape *shape,
                                     const clonal__gemm_buffers *buffers);
const char *clonal__clblast_version(void);
void clonal__clblast_release(void); /* forgets CLBlast's compiled kernels: before a context goes */
/* native.c */
clonal_status clonal__native_append(clonal__launch_list *list, const clonal__gemm_shape *shape,
                                    int variant, const clonal__gemm_buffers *buffers,
                                    const clonal__epilogue *epilogue);
/* Changes with the table of variants, whose numbers plans remember. */
#define CLONAL__NATIVE_TABLE 6
/* The variants' numbers are below this; few of them suit a device and a shape. */
#define CLONAL__NATIVE_NUMBERS 128
int clonal__native_variants(const clonal_context *context, const clonal__gemm_shape *shape,
                            int *variants, int room);

#endif
