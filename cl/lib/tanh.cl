/* tanh.cl: the hyperbolic tangent, and its derivative from the output y. Rule: CONTRACT.md, section
 * 5. How such a file is laid out: lib/function.cl. */
#ifndef CLONAL_LIB_TANH_CL
#define CLONAL_LIB_TANH_CL

#include "lib/math.cl"

#define clonal_tanh_value(V, FMA, x, a) clonal_tanh(x)

#define clonal_tanh_gradient_is_vector 1
#define clonal_tanh_gradient(V, FMA, dy, y, a) ((dy)*FMA(-(y), (y), (V)(1.0f)))

#endif
