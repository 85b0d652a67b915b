/* What every program starts with: no contraction of a*b+c by the compiler, and clonal_fma (see
 * lib/fma.cl). */
#ifndef CLONAL_LIB_BASE_CL
#define CLONAL_LIB_BASE_CL

#pragma OPENCL FP_CONTRACT OFF

/* a##b of what a and b stand for. */
#define CLONAL_JOIN_(a, b) a##b
#define CLONAL_JOIN(a, b) CLONAL_JOIN_(a, b)

/* The one NaN of the contract. */
#define CLONAL_NAN as_float(0x7fc00000u)

#include "lib/fma.cl"

#endif
