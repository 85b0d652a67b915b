/* add.c: y = a + b, of one shape. Kernel: add of cl/arithmetic.cl. */
#include "host/ir/operation.h"

#include <string.h>

static bool shape(clonal_graph *graph, clonal__node *node)
{
    const clonal__node *x = &graph->nodes[node->inputs[0]], *y = &graph->nodes[node->inputs[1]];
    if (x->rank != y->rank || memcmp(x->shape, y->shape, x->rank * sizeof *x->shape) != 0) {
        char first[64], second[64];
        clonal__graph_fail(graph, CLONAL_E_SHAPE,
                           "node %zu (add) takes two nodes of one shape, node %d (%s) has %s and node %d (%s) has %s",
                           graph->count, (int)node->inputs[0], x->operation->name,
                           clonal__shape_text(x->rank, x->shape, first), (int)node->inputs[1], y->operation->name,
                           clonal__shape_text(y->rank, y->shape, second));
        return false;
    }
    return clonal__shape_of_input(graph, node);
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    return clonal__build_emit_value(b, clonal__instruct(&clonal__code_sum, node, CLONAL__NO_VALUE,
                                                        clonal__build_input_value(b, node, 0),
                                                        clonal__build_input_value(b, node, 1)));
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    for (size_t k = 0; k < 2; k++) {
        const clonal_node x = clonal__build_input(b, node, k);
        if (b->nodes[x].wanted) CLONAL__TRY(clonal__build_contribute(b, x, b->nodes[node].gradient));
    }
    return CLONAL_OK;
}

const clonal__operation clonal__operation_add = {
    .name = "add", .inputs = 2, .shape = shape, .forward = forward, .backward = backward};

clonal_node clonal_add(clonal_graph *graph, clonal_node a, clonal_node b)
{
    const clonal_node inputs[2] = {a, b};
    return clonal__graph_add(graph, &clonal__operation_add, inputs, NULL);
}
