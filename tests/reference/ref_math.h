/* The contract's functions of binary32 in plain C (see cl/CONTRACT.md, section 1): the executable
 * form that every device is held against, bit for bit. Sequential, no OpenCL, no state, any thread.
 * Compile with -ffp-contract=off and without fast-math; fmaf and sqrtf must be right, which is a
 * matter of the C library. A NaN result is 0x7fc00000. */
#ifndef REF_MATH_H
#define REF_MATH_H

#include <stdint.h>

uint32_t ref_bits(float x);
float ref_float(uint32_t bits);
/* x, or 0x7fc00000 if it is a NaN. */
float ref_canonical(float x);

/* Correctly rounded. */
float ref_fma(float a, float b, float c);
float ref_recip(float x);
float ref_div(float a, float b);
float ref_sqrt(float x);

/* Error below 1 ulp; the operation sequence is the definition. */
float ref_exp(float x);
float ref_log(float x);
float ref_sigmoid(float x);
float ref_tanh(float x);
float ref_erf(float x);
/* e^x - 1 for x of at most 0. */
float ref_expm1(float x);

#endif
