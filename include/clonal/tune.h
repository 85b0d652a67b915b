/* tune.h: the GEMM plan made ahead of training, and measurements. */
#ifndef CLONAL_TUNE_H
#define CLONAL_TUNE_H

#include <clonal/model.h>
#include <clonal/random.h>

CLONAL_BEGIN

/* One product of a graph and who computes it: C (M,N) = op(A) (M,K) op(B) (K,N). */
typedef struct clonal_tuned {
    uint32_t m, n, k;
    bool ta, tb;        /* A, B stored transposed */
    uint32_t zeros;     /* quarters of A that are expected to be zeros: 2, 3, or 0 for fewer */
    const char *chosen; /* "native", "clblast" */
    int variant;        /* of the native kernel */
    bool exact;         /* returned the contract's bits on this device */
    /* of one product, packing included: the lower quartile of the samples that the plan took
     * when it chose, maybe in an earlier process; from clonal_measure_gemm the least of its own
     * samples */
    double seconds;
} clonal_tuned;

/* Called for each product once it is planned; a return other than 0 cancels. done counts from 1. */
typedef int (*clonal_tune_fn)(size_t done, size_t total, const clonal_tuned *tuned, void *user);

/* Plans every product that training `graph` on `train_count` samples and evaluating on `test_count`
 * needs (0: not evaluated), short last batches included, and keeps the decisions on disk: later
 * models find them. quick: what is known is taken as it is, and not every candidate is tried, as
 * when training starts. */
CLONAL_API clonal_status clonal_tune(clonal_context *context, const clonal_graph *graph,
                                     const clonal_model_options *options, size_t train_count,
                                     size_t test_count, bool quick, clonal_tune_fn progress,
                                     void *user);

/* Plans one product and measures it as planned, packing included, on matrices of zeros. *tuned
 * tells who computes it, be it exact or not; tuned->seconds is the least of `samples` samples,
 * each of as many back-to-back calls as fill 20 ms. Waits for the device. Errors:
 * CLONAL_E_ARGUMENT (a size of 0, no samples), CLONAL_E_SHAPE (a matrix of more elements than
 * clonal_multiply takes), CLONAL_E_MEMORY, CLONAL_E_OPENCL. */
CLONAL_API clonal_status clonal_measure_gemm(clonal_context *context, uint32_t m, uint32_t n,
                                             uint32_t k, bool ta, bool tb, clonal_gemm gemm,
                                             size_t samples, clonal_tuned *tuned);
/* What a dropout takes, in seconds of one launch, and what memory alone allows on the device: two
 * ways to read and write as many floats. */
typedef struct clonal_dropout_seconds {
    double dropout;
    double scale_copy; /* y = 2 x, by a kernel in the form that suits the device */
    double copy;       /* the driver's own copy, clEnqueueCopyBuffer */
} clonal_dropout_seconds;

/* Measures dropout over (rows,columns) floats, and the copies of as many: each the least of
 * `samples` samples as above. Waits for the device. Errors: those above, and CLONAL_E_ARGUMENT
 * where p is no probability, or rows x columns is 2^32 or more. */
CLONAL_API clonal_status clonal_measure_dropout(clonal_context *context, uint32_t rows,
                                                uint32_t columns, double p, size_t samples,
                                                clonal_dropout_seconds *seconds);

CLONAL_END

#endif
