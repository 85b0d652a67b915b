/* uniform_noise.c: x and a number between -w and w; x in evaluation. Kernel: cl/lib/uniform_noise.cl. */
#include "host/ops/noise.h"

static const clonal__code code = CLONAL__NOISE_CODE("uniform_noise", "uniform noise");

static clonal_status instruct(const clonal__build *b, clonal_node node, clonal_node of, int in0,
                              clonal__instruction *in)
{
    return clonal__noise_sum(b, &code, node, of, in0, in);
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    return clonal__noise_forward(b, node, instruct);
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
