/* gaussian_noise.cl: x and a normal variate of deviation a. Rule: CONTRACT.md, section 5. How such
 * a file is laid out: noise.cl. */
#ifndef CLONAL_LIB_GAUSSIAN_NOISE_CL
#define CLONAL_LIB_GAUSSIAN_NOISE_CL

#include "lib/normal.cl"

#define clonal_gaussian_noise_of(x, word, keep, a, b, c) clonal_fma(a, clonal_normal32(word), x)

#endif
