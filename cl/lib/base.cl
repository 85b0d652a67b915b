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

/* Before a loop that sums: its sums stay in order. Intel's CPU compiler otherwise adds the lanes of
 * a vector's loop in an order of its own, in the work-items behind the last whole vector of them.
 */
#ifdef __clang__
#define CLONAL_IN_ORDER _Pragma("clang loop vectorize(disable)")
#else
#define CLONAL_IN_ORDER
#endif

#endif
