/* gaussian_dropout.c: x times a normal variate of mean 1 and variance p/(1-p), the variance of dropout's own factor
 * (Srivastava et al., Dropout, 2014, section 10; Wang and Manning, Fast dropout training, 2013); x in evaluation.
 * Kernel: cl/lib/gaussian_dropout.cl. */
#include "host/ops/noise.h"

#include <math.h>

static const clonal__code code = CLONAL__NOISE_CODE("gaussian_dropout", "gaussian dropout");

/* The factors of `node`, put on the value in0; the instruction belongs to `of`. */
static clonal__instruction instruct(const clonal__build *b, clonal_node node, clonal_node of, int in0)
{
    clonal__instruction in = clonal__noise_instruct(b, &code, node, of, in0);
    const double p = clonal__noise_attribute(b, node), kept = 1 - p, variance = p / kept;
    in.mask.scale = (float)sqrt(variance);
    return in;
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    const clonal__instruction in = instruct(b, node, node, clonal__build_input_value(b, node, 0));
    return clonal__noise_forward(b, node, &in);
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    const clonal_node x = clonal__build_input(b, node, 0);
    return clonal__build_emit_gradient(b, x, instruct(b, node, x, b->nodes[node].gradient));
}

static bool shape(clonal_graph *graph, clonal__node *node)
{
    if (node->attributes[0].real < 1) return clonal__shape_of_input(graph, node);
    clonal__graph_fail(graph, CLONAL_E_ARGUMENT,
                       "node %zu (gaussian_dropout): the variance p/(1-p) of p = 1 is infinite: give less than 1",
                       graph->count);
    return false;
}

const clonal__operation clonal__operation_gaussian_dropout = {.name = "gaussian_dropout",
                                                              CLONAL__NOISE_MEMBERS(clonal__probability),
                                                              .shape = shape,
                                                              .forward = forward,
                                                              .backward = backward};

clonal_node clonal_gaussian_dropout(clonal_graph *graph, clonal_node x, double p)
{
    return clonal__graph_add_real(graph, &clonal__operation_gaussian_dropout, x, p);
}
