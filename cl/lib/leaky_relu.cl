/* leaky_relu.cl: x where it is positive, else x times the slope a (Maas, Hannun and Ng, 2013), and
 * its derivative from the input x. Rule: CONTRACT.md, section 5. How such a file is laid out:
 * lib/function.cl. */
#ifndef CLONAL_LIB_LEAKY_RELU_CL
#define CLONAL_LIB_LEAKY_RELU_CL

#define clonal_leaky_relu_value_is_vector 1
#define clonal_leaky_relu_value(V, FMA, x, a) ((x) > (V)(0.0f) ? (x) : (x) * (V)(a))

#define clonal_leaky_relu_gradient_is_vector 1
#define clonal_leaky_relu_gradient(V, FMA, dy, x, a) ((x) > (V)(0.0f) ? (dy) : (dy) * (V)(a))

#endif
