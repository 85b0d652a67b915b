/* verify.h: whether a device keeps the numeric contract, and where two runs part. */
#ifndef CLONAL_VERIFY_H
#define CLONAL_VERIFY_H

#include <clonal/run.h>

CLONAL_BEGIN

/* X(name, text): what is checked, in the order of the table that `clonal verify` prints. */
#define CLONAL_CHECK_MAP(X)                                                                        \
    X(PROBE, "probe")             /* the arithmetic that the contract needs */                     \
    X(RNG, "rng")                 /* Philox against Random123's host code */                       \
    X(FUNCTIONS, "functions")     /* exp, log, 1/x, sqrt, sigmoid, tanh, a/b, fma */               \
    X(GEMM, "gemm")               /* every form of the native GEMM, on the cases' products */      \
    X(MASKS, "masks")             /* of every dropout node in every step */                        \
    X(ACTIVATIONS, "activations") /* every node's value */                                         \
    X(LOSSES, "losses")           /* every row's */                                                \
    X(GRADIENTS, "gradients")     /* of nodes and of parameters */                                 \
    X(WEIGHTS, "weights")         /* parameters and their momentum after every step */             \
    X(FUSED, "fused")             /* the same trained with fused kernels, and the figures */       \
    X(FULL, "full")               /* the chapter's ten epochs, after each */

typedef enum clonal_check {
#define CLONAL_CHECK_ENUM(name, text) CLONAL_CHECK_##name,
    CLONAL_CHECK_MAP(CLONAL_CHECK_ENUM)
#undef CLONAL_CHECK_ENUM
        CLONAL_CHECK_COUNT
} clonal_check;
CLONAL_API const char *clonal_check_name(clonal_check check); /* "probe" */

typedef struct clonal_check_result {
    size_t compared, differing; /* both 0: not checked */
    /* where it differs first: "case chapter, step 0, node.4.mask"; "" */
    char first[200];
} clonal_check_result;

typedef struct clonal_verification {
    clonal_check_result checks[CLONAL_CHECK_COUNT];
    bool equal; /* nothing differs */
    bool small; /* the small cases only */
    size_t cases, steps;
    double seconds;
    /* "sha256:..." over the digests that the device made, in the cases' order: of all cases (""
     * where small), and of the small ones, which every device makes. Equal devices have equal ones.
     */
    char digest[72], small_digest[72];
} clonal_verification;

typedef struct clonal_verify_options {
    /* the small cases only: for simulators; implied where the device is Oclgrind's */
    bool small;
    bool full;        /* also large products, and the chapter's ten epochs on Fashion-MNIST */
    bool stop;        /* at the first check or case that differs: then there is no digest */
    const char *data; /* where it is, as clonal_dataset_open takes it; NULL: Debian's */
    int (*progress)(const char *what, void *user); /* may be NULL; a return other than 0 cancels */
    void *user;
} clonal_verify_options;

/* Trains a fixed set of cases with synthetic data, and compares every tensor of every step with the
 * digests that the C reference made (cl/CONTRACT.md, section 8). CLONAL_OK when it could be done:
 * result->equal tells. options may be NULL. */
CLONAL_API clonal_status clonal_verify(clonal_context *context,
                                       const clonal_verify_options *options,
                                       clonal_verification *result);

typedef struct clonal_reproduction {
    bool same;
    /* the first epoch (from 1) whose weights or training loss differ; 0: none, or not known */
    uint32_t parted;
    uint32_t epochs;   /* that the run has done: known before the listener hears anything */
    uint32_t compared; /* epochs that could be compared one by one */
    bool recorded_exact, exact; /* whether each run keeps the contract */
    /* digests after the last epoch; made is "" when the training stopped at the parting */
    char recorded[72], made[72];
} clonal_reproduction;

/* Trains again the run whose folder (with run.json at least) is `run`, on context's device. data:
 * where its data are, NULL: as run.json names it. out: where the new run goes, NULL: a
 * temporary folder, removed afterwards; then it stops where it parts. listener may be NULL. The
 * epochs that the run has done are trained. Errors: those of clonal_run_train; CLONAL_E_ARGUMENT
 * (the run has no finished epoch, or these are other data). */
CLONAL_API clonal_status clonal_run_reproduce(clonal_context *context, const char *run,
                                              const char *data, const char *out,
                                              const clonal_run_listener *listener,
                                              clonal_reproduction *result);

/* How far clonal_run_diff came. */
typedef enum clonal_difference_kind {
    CLONAL_DIFFERENCE_NONE, /* the runs are equal, as far as both go */
    /* not comparable: `tensor` names the setting (or "data", "graph", "contract") */
    CLONAL_DIFFERENCE_SETTINGS,
    CLONAL_DIFFERENCE_EPOCH,  /* they part in `epoch`; more is not known: `note` says why */
    CLONAL_DIFFERENCE_TENSOR, /* by their records: step and tensor */
    CLONAL_DIFFERENCE_ELEMENT /* by replaying: step, operation, tensor, element */
} clonal_difference_kind;

typedef struct clonal_difference {
    clonal_difference_kind kind;
    uint32_t epoch;      /* from 1 */
    uint64_t step;       /* from 0, over all epochs */
    char operation[200]; /* "dropout, node 4: node.3.value -> node.4.value"; "" */
    char tensor[64];
    uint32_t rows, columns, row, column; /* of the tensor, and of the first element that differs */
    uint64_t elements;                   /* how many differ */
    float a, b;
    /* floats between the two, counted from one to the other; UINT64_MAX: one is NaN */
    uint64_t ulp;
    char device_a[200], device_b[200]; /* where it was replayed */
    char note[400];                    /* what could not be done, or what the settings are; "" */
} clonal_difference;

typedef struct clonal_diff_options {
    const char *device_a, *device_b; /* selectors; NULL: the devices that the run.json's name */
    const char *data;                /* NULL: as run.json names it */
    int (*progress)(uint64_t step, void *user); /* may be NULL; a return other than 0 cancels */
    void *user;
} clonal_diff_options;

/* Finds where two run folders part: settings first, then digests after each epoch, then a replay of
 * the epoch in question on both devices, each with its run's own GEMM, in lock-step from the last
 * checkpoint that the runs share; without the devices, by what both recorded
 * (clonal_run_settings.record). options may be NULL. CLONAL_OK when it could be done:
 * difference->kind tells. */
CLONAL_API clonal_status clonal_run_diff(const char *run_a, const char *run_b,
                                         const clonal_diff_options *options,
                                         clonal_difference *difference);

CLONAL_END

#endif
