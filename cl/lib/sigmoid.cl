/* sigmoid.cl: 1/(1+exp(-x)), and its derivative from the output y. Rule: CONTRACT.md, section 5.
 * How such a file is laid out: lib/function.cl. */
#ifndef CLONAL_LIB_SIGMOID_CL
#define CLONAL_LIB_SIGMOID_CL

#include "lib/math.cl"

#define clonal_sigmoid_value(V, FMA, x, a) clonal_sigmoid(x)

#define clonal_sigmoid_gradient_is_vector 1
#define clonal_sigmoid_gradient(V, FMA, dy, y, a) ((dy)*FMA(-(y), (y), (y)))

#endif
