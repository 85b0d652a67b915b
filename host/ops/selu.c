/* selu.c: the scaled exponential linear unit. Kernel: cl/lib/selu.cl. */
#include "host/ops/function.h"

static const clonal__function function = {.name = "selu"};
const clonal__operation clonal__operation_selu = {.name = "selu", CLONAL__FUNCTION_RULES(function)};

clonal_node clonal_selu(clonal_graph *graph, clonal_node x)
{
    return clonal__graph_add_unary(graph, &clonal__operation_selu, x);
}
