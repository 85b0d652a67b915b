/* table.h: all operations, a line each, by the names that their descriptors have: what relu.c calls
 * clonal__operation_relu stands here as relu. */
#define CLONAL__OPERATIONS(X)                                                                      \
    X(input)                                                                                       \
    X(flatten)                                                                                     \
    X(linear)                                                                                      \
    X(relu)                                                                                        \
    X(sigmoid)                                                                                     \
    X(tanh)                                                                                        \
    X(gelu)                                                                                        \
    X(silu)                                                                                        \
    X(leaky_relu)                                                                                  \
    X(selu)                                                                                        \
    X(layer_norm)                                                                                  \
    X(dropout)                                                                                     \
    X(drop_connect)                                                                                \
    X(gaussian_dropout)                                                                            \
    X(gaussian_noise)                                                                              \
    X(uniform_noise)                                                                               \
    X(spatial_dropout)                                                                             \
    X(alpha_dropout)                                                                               \
    X(add)                                                                                         \
    X(softmax_cross_entropy)                                                                       \
    X(mean_squared_error)
