/* gaussian_dropout.c: x times a normal variate of mean 1 and variance p/(1-p), the variance of dropout's own factor
 * (Srivastava et al., Dropout, 2014, section 10; Wang and Manning, Fast dropout training, 2013); x in evaluation.
 * Kernel: cl/lib/gaussian_dropout.cl. */
#include "host/ops/noise.h"

#include <math.h>

static const clonal__code code = CLONAL__NOISE_CODE("gaussian_dropout", "gaussian dropout");

/* What clonal__mask.decide is: the scale is the deviation. */
static clonal_status deviation(double p, clonal__mask *mask)
{
    const double kept = 1 - p, variance = p / kept;
    mask->scale = (float)sqrt(variance);
    return CLONAL_OK;
}

/* The factors of `node`, put on the value in0; the instruction belongs to `of`. */
static clonal_status instruct(const clonal__build *b, clonal_node node, clonal_node of, int in0,
                              clonal__instruction *in)
{
    *in = clonal__noise_instruct(b, &code, node, of, in0);
    return clonal__mask_set(&in->mask, clonal__noise_attribute(b, node), deviation);
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    return clonal__noise_forward(b, node, instruct);
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    return clonal__noise_backward(b, node, instruct);
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
