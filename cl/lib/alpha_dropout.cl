/* alpha_dropout.cl: x a + b where the mask keeps the element, else c. Rule: CONTRACT.md, section 5.
 * How such a file is laid out: noise.cl. */
#ifndef CLONAL_LIB_ALPHA_DROPOUT_CL
#define CLONAL_LIB_ALPHA_DROPOUT_CL

#define clonal_alpha_dropout_of(x, word, keep, a, b, c) ((keep) ? clonal_fma(x, a, b) : (c))

#endif
