/* uniform_noise.cl: x and a number of [-a,a), by 24 bits of the word. Rule: CONTRACT.md, section 5.
 * How such a file is laid out: noise.cl. */
#ifndef CLONAL_LIB_UNIFORM_NOISE_CL
#define CLONAL_LIB_UNIFORM_NOISE_CL

#define clonal_uniform_noise_of(x, word, keep, a, b, c)                                            \
    clonal_fma(a, convert_float((int)((word) >> 8) - 0x800000) * 0x1p-23f, x)

#endif
