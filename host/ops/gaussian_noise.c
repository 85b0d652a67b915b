/* gaussian_noise.c: x and a normal variate of deviation s (Bishop, Training with noise is equivalent to Tikhonov
 * regularization, 1995); x in evaluation. Kernel: cl/lib/gaussian_noise.cl. */
#include "host/ops/noise.h"

static const clonal__code code = CLONAL__NOISE_CODE("gaussian_noise", "gaussian noise");

static clonal_status instruct(const clonal__build *b, clonal_node node, clonal_node of, int in0,
                              clonal__instruction *in)
{
    return clonal__noise_sum(b, &code, node, of, in0, in);
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    return clonal__noise_forward(b, node, instruct);
}

static const clonal__attribute_rule deviation = CLONAL__NOISE_SIZE("deviation");
const clonal__operation clonal__operation_gaussian_noise = {.name = "gaussian_noise",
                                                            CLONAL__NOISE_MEMBERS(deviation),
                                                            .shape = clonal__shape_of_input,
                                                            .forward = forward,
                                                            .backward = clonal__noise_backward_of_sum};

clonal_node clonal_gaussian_noise(clonal_graph *graph, clonal_node x, double s)
{
    return clonal__graph_add_real(graph, &clonal__operation_gaussian_noise, x, s);
}
