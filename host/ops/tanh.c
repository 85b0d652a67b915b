/* tanh.c: the hyperbolic tangent. Kernel: cl/lib/tanh.cl. */
#include "host/ops/function.h"

static const clonal__function function = {.name = "tanh"};
const clonal__operation clonal__operation_tanh = {.name = "tanh", CLONAL__FUNCTION_RULES(function)};

clonal_node clonal_tanh(clonal_graph *graph, clonal_node x)
{
    return clonal__graph_add_unary(graph, &clonal__operation_tanh, x);
}
