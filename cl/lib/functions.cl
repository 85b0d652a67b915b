/* functions.cl: activations, their derivatives and the optimizer's update, for one element: shared
 * by the elementwise kernels and the GEMM's epilogues. Rules: cl/CONTRACT.md, section 5. Needs
 * math.cl. */
#ifndef CLONAL_LIB_FUNCTIONS_CL
#define CLONAL_LIB_FUNCTIONS_CL

static inline float clonal_relu(float x)
{
    return 0.0f > x ? 0.0f : x;
}

static inline float clonal_relu_gradient(float dy, float y)
{
    return y > 0.0f ? dy : 0.0f;
}
static inline float clonal_sigmoid_gradient(float dy, float y)
{
    return dy * clonal_fma(-y, y, y);
}
static inline float clonal_tanh_gradient(float dy, float y)
{
    return dy * clonal_fma(-y, y, 1.0f);
}

/* The update of one parameter w with gradient g: returns the new w; *v is its momentum, used and
 * set when momentum is not 0. */
static inline float clonal_sgd(float w, float g, float rate, float momentum, float weight_decay,
                               float *v)
{
    if (weight_decay != 0.0f) g = clonal_fma(weight_decay, w, g);
    if (momentum != 0.0f) {
        g = clonal_fma(momentum, *v, g);
        *v = g;
    }
    return clonal_fma(-rate, g, w);
}

#endif
