/* leaky_relu.c: x where it is positive, else x times a slope. Kernel: cl/lib/leaky_relu.cl. */
#include "host/ops/function.h"

#include <math.h>

static const clonal__function function = {.name = "leaky_relu", .reads_input = true, .takes_argument = true};
static const clonal__attribute_rule slope = {
    .name = "slope", .kind = CLONAL__REAL, .least = -INFINITY, .most = INFINITY};
const clonal__operation clonal__operation_leaky_relu = {
    .name = "leaky_relu", .attributes = &slope, .attribute_count = 1, CLONAL__FUNCTION_RULES(function)};

clonal_node clonal_leaky_relu(clonal_graph *graph, clonal_node x, double negative_slope)
{
    return clonal__graph_add_real(graph, &clonal__operation_leaky_relu, x, negative_slope);
}
