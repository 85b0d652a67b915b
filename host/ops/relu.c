/* relu.c: max(x, 0). Kernel: cl/lib/relu.cl. */
#include "host/ops/function.h"

static const clonal__function function = {.name = "relu", .gates = true};
const clonal__operation clonal__operation_relu = {.name = "relu", CLONAL__FUNCTION_RULES(function)};

clonal_node clonal_relu(clonal_graph *graph, clonal_node x)
{
    return clonal__graph_add_unary(graph, &clonal__operation_relu, x);
}
