/* gelu.c: x times the normal distribution's share below x. Kernel: cl/lib/gelu.cl. */
#include "host/ops/function.h"

static const clonal__function function = {.name = "gelu", .reads_input = true};
const clonal__operation clonal__operation_gelu = {.name = "gelu", CLONAL__FUNCTION_RULES(function)};

clonal_node clonal_gelu(clonal_graph *graph, clonal_node x)
{
    return clonal__graph_add_unary(graph, &clonal__operation_gelu, x);
}
