/* function.cl: the function of one element that a program is built with: -DFUNCTION=clonal_relu
 * names it, and the host puts lib/relu.cl in front of the program. Such a file defines two macros:
 *
 *   clonal_relu_value(V, FMA, x, a)          f(x)
 *   clonal_relu_gradient(V, FMA, dy, s, a)   dy f'(x), from s: the output y, or the input x where
 *                                            the host's descriptor says so (reads_input)
 *
 * V is the type, FMA its fma, a the function's argument (0 where it takes none). V is float; where
 * clonal_relu_value_is_vector or clonal_relu_gradient_is_vector is defined as 1, it may be a vector
 * of floats too: the GEMM's epilogue then takes a vector at a time, and lane by lane otherwise. */
#ifndef CLONAL_LIB_FUNCTION_CL
#define CLONAL_LIB_FUNCTION_CL

#include "lib/base.cl"

/* What a program is built with where nothing is said: for tools that read one file alone. */
#ifndef FUNCTION
#define FUNCTION clonal_relu
#include "lib/relu.cl"
#endif

#define FUNCTION_VALUE CLONAL_JOIN(FUNCTION, _value)
#define FUNCTION_GRADIENT CLONAL_JOIN(FUNCTION, _gradient)
#define FUNCTION_VALUE_IS_VECTOR CLONAL_JOIN(FUNCTION, _value_is_vector)
#define FUNCTION_GRADIENT_IS_VECTOR CLONAL_JOIN(FUNCTION, _gradient_is_vector)

#endif
