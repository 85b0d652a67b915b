/* gaussian_dropout.cl: x times a normal variate of mean 1 and deviation a. Rule: CONTRACT.md,
 * section 5. How such a file is laid out: noise.cl. */
#ifndef CLONAL_LIB_GAUSSIAN_DROPOUT_CL
#define CLONAL_LIB_GAUSSIAN_DROPOUT_CL

#include "lib/normal.cl"

#define clonal_gaussian_dropout_of(x, word, keep, a, b, c)                                         \
    ((x)*clonal_fma(a, clonal_normal(word), 1.0f))

#endif
