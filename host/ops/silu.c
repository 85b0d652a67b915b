/* silu.c: x sigmoid(x). Kernel: cl/lib/silu.cl. */
#include "host/ops/function.h"

static const clonal__function function = {.name = "silu", .reads_input = true};
const clonal__operation clonal__operation_silu = {.name = "silu", CLONAL__FUNCTION_RULES(function)};

clonal_node clonal_silu(clonal_graph *graph, clonal_node x)
{
    return clonal__graph_add_unary(graph, &clonal__operation_silu, x);
}
