/* sigmoid.c: 1/(1+exp(-x)). Kernel: cl/lib/sigmoid.cl. */
#include "host/ops/function.h"

static const clonal__function function = {.name = "sigmoid"};
const clonal__operation clonal__operation_sigmoid = {.name = "sigmoid", CLONAL__FUNCTION_RULES(function)};

clonal_node clonal_sigmoid(clonal_graph *graph, clonal_node x)
{
    return clonal__graph_add_unary(graph, &clonal__operation_sigmoid, x);
}
