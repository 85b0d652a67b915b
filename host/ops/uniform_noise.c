/* uniform_noise.c: x and a number between -w and w; x in evaluation. Kernel: cl/lib/uniform_noise.cl. */
#include "host/ops/noise.h"

static const clonal__code code = CLONAL__NOISE_CODE("uniform_noise", "uniform noise");

static clonal_status forward(clonal__build *b, clonal_node node)
{
    return clonal__noise_forward_of_sum(b, node, &code);
}

static const clonal__attribute_rule width = CLONAL__NOISE_SIZE("width");
const clonal__operation clonal__operation_uniform_noise = {.name = "uniform_noise",
                                                           CLONAL__NOISE_MEMBERS(width),
                                                           .shape = clonal__shape_of_input,
                                                           .forward = forward,
                                                           .backward = clonal__noise_backward_of_sum};

clonal_node clonal_uniform_noise(clonal_graph *graph, clonal_node x, double w)
{
    return clonal__graph_add_real(graph, &clonal__operation_uniform_noise, x, w);
}
