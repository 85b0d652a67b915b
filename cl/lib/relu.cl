/* relu.cl: max(x, 0), of one element or of a vector V of them, and its derivative from the output
 * y. Rule: CONTRACT.md, section 5. How such a file is laid out: lib/function.cl. */
#ifndef CLONAL_LIB_RELU_CL
#define CLONAL_LIB_RELU_CL

#define clonal_relu_value_is_vector 1
#define clonal_relu_value(V, FMA, x, a) ((V)(0.0f) > (x) ? (V)(0.0f) : (x))

#define clonal_relu_gradient_is_vector 1
#define clonal_relu_gradient(V, FMA, dy, y, a) ((y) > (V)(0.0f) ? (dy) : (V)(0.0f))

#endif
