/* uniform_noise.c: x and a number between -w and w; x in evaluation. Kernel: cl/lib/uniform_noise.cl. */
#include "host/ops/noise.h"

#include <float.h>

static const clonal__code code = CLONAL__NOISE_CODE("uniform_noise", "uniform noise");

static clonal_status forward(clonal__build *b, clonal_node node)
{
    clonal__instruction in = clonal__noise_instruct(b, &code, node, node, clonal__build_input_value(b, node, 0));
    in.mask.scale = (float)clonal__noise_attribute(b, node);
    return clonal__noise_forward(b, node, &in);
}

static const clonal__attribute_rule width = {.name = "width", .kind = CLONAL__REAL, .least = 0, .most = FLT_MAX};
const clonal__operation clonal__operation_uniform_noise = {.name = "uniform_noise",
                                                           .inputs = 1,
                                                           .attributes = &width,
                                                           .attribute_count = 1,
                                                           .shape = clonal__shape_of_input,
                                                           .forward = forward,
                                                           .backward = clonal__noise_backward_of_sum};

clonal_node clonal_uniform_noise(clonal_graph *graph, clonal_node x, double w)
{
    return clonal__graph_add_real(graph, &clonal__operation_uniform_noise, x, w);
}
