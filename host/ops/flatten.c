/* flatten.c: a sample of any shape as one of one dimension: the same values, so that nothing is launched. */
#include "host/ir/operation.h"

static bool shape(clonal_graph *graph, clonal__node *node)
{
    node->rank = 1;
    node->shape[0] = graph->nodes[node->inputs[0]].columns;
    return true;
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    b->nodes[node].value = clonal__build_input_value(b, node, 0);
    return CLONAL_OK;
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    return clonal__build_contribute(b, clonal__build_input(b, node, 0), b->nodes[node].gradient);
}

const clonal__operation clonal__operation_flatten = {
    .name = "flatten", .inputs = 1, .shape = shape, .forward = forward, .backward = backward};

clonal_node clonal_flatten(clonal_graph *graph, clonal_node x)
{
    return clonal__graph_add_unary(graph, &clonal__operation_flatten, x);
}
