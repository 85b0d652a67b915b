/* gaussian_noise.c: x and a normal variate of deviation s (Bishop, Training with noise is equivalent to Tikhonov
 * regularization, 1995); x in evaluation. Kernel: cl/lib/gaussian_noise.cl. */
#include "host/ops/noise.h"

#include <float.h>

static const clonal__code code = CLONAL__NOISE_CODE("gaussian_noise", "gaussian noise");

static clonal_status forward(clonal__build *b, clonal_node node)
{
    clonal__instruction in = clonal__noise_instruct(b, &code, node, node, clonal__build_input_value(b, node, 0));
    in.mask.scale = (float)clonal__noise_attribute(b, node);
    return clonal__noise_forward(b, node, &in);
}

static const clonal__attribute_rule deviation = {
    .name = "deviation", .kind = CLONAL__REAL, .least = 0, .most = FLT_MAX};
const clonal__operation clonal__operation_gaussian_noise = {.name = "gaussian_noise",
                                                            .inputs = 1,
                                                            .attributes = &deviation,
                                                            .attribute_count = 1,
                                                            .shape = clonal__shape_of_input,
                                                            .forward = forward,
                                                            .backward = clonal__noise_backward_of_sum};

clonal_node clonal_gaussian_noise(clonal_graph *graph, clonal_node x, double s)
{
    return clonal__graph_add_real(graph, &clonal__operation_gaussian_noise, x, s);
}
