/* linear.c: y (B,O) = x (B,I) . w (O,I)^T + b (O). */
#include "host/ops/linear.h"

bool clonal__linear_shape(clonal_graph *graph, clonal__node *node)
{
    const uint32_t outputs = node->attributes[0].sizes[0];
    if (!clonal__shape_of_flat_input(graph, node)) return false;
    const uint32_t inputs = node->shape[0];
    if ((uint64_t)inputs * outputs > CLONAL__MOST_ELEMENTS) {
        clonal__graph_fail(graph, CLONAL_E_SHAPE,
                           "node %zu (%s) would have %u x %u weights, more than the %u that kernels can count",
                           graph->count, node->operation->name, outputs, inputs, CLONAL__MOST_ELEMENTS);
        return false;
    }
    node->shape[0] = outputs;
    return true;
}

static void weight_shape(const clonal_graph *graph, const clonal__node *node, clonal__parameter *p)
{
    p->rank = 2;
    p->shape[0] = node->columns;
    p->shape[1] = p->fan_in = graph->nodes[node->inputs[0]].columns;
}

static void bias_shape(const clonal_graph *graph, const clonal__node *node, clonal__parameter *p)
{
    p->rank = 1;
    p->shape[0] = node->columns;
    p->fan_in = graph->nodes[node->inputs[0]].columns;
}

const clonal__parameter_rule clonal__linear_parameters[] = {
    [CLONAL__LINEAR_WEIGHT] = {"weight", CLONAL__INITIAL_WEIGHT, weight_shape},
    [CLONAL__LINEAR_BIAS] = {"bias", CLONAL__INITIAL_BIAS, bias_shape}};

clonal_status clonal__linear_forward(clonal__build *b, clonal_node node, int weight)
{
    int product;
    clonal__instruction gemm =
        clonal__instruct(&clonal__code_product, node, CLONAL__NO_VALUE, clonal__build_input_value(b, node, 0), weight);
    gemm.tb = true;
    CLONAL__TRY(clonal__build_emit(b, gemm, "product", &product));
    return clonal__build_emit_value(b, clonal__instruct(&clonal__code_bias, node, CLONAL__NO_VALUE, product,
                                                        b->nodes[node].parameters[CLONAL__LINEAR_BIAS]));
}

clonal_status clonal__linear_backward_input(clonal__build *b, clonal_node node, int weight)
{
    const clonal_node x = clonal__build_input(b, node, 0);
    if (!b->nodes[x].wanted) return CLONAL_OK;
    return clonal__build_emit_gradient(
        b, x, clonal__instruct(&clonal__code_product, node, CLONAL__NO_VALUE, b->nodes[node].gradient, weight));
}

clonal__instruction clonal__linear_weight_product(const clonal__build *b, clonal_node node)
{
    clonal__instruction dw = clonal__instruct(&clonal__code_product, node, CLONAL__NO_VALUE, b->nodes[node].gradient,
                                              clonal__build_input_value(b, node, 0));
    dw.ta = true;
    return dw;
}

clonal_status clonal__linear_backward_bias(clonal__build *b, clonal_node node)
{
    return clonal__build_parameter_gradient(
        b, node, CLONAL__LINEAR_BIAS,
        clonal__instruct(&clonal__code_column_sum, node, CLONAL__NO_VALUE, b->nodes[node].gradient, CLONAL__NO_VALUE));
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    return clonal__linear_forward(b, node, b->nodes[node].parameters[CLONAL__LINEAR_WEIGHT]);
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    CLONAL__TRY(clonal__linear_backward_input(b, node, b->nodes[node].parameters[CLONAL__LINEAR_WEIGHT]));
    CLONAL__TRY(
        clonal__build_parameter_gradient(b, node, CLONAL__LINEAR_WEIGHT, clonal__linear_weight_product(b, node)));
    return clonal__linear_backward_bias(b, node);
}

static const clonal__attribute_rule outputs = CLONAL__LINEAR_OUTPUTS;
const clonal__operation clonal__operation_linear = {.name = "linear",
                                                    .inputs = 1,
                                                    .attributes = &outputs,
                                                    .attribute_count = 1,
                                                    .parameters = clonal__linear_parameters,
                                                    .parameter_count = CLONAL__LINEAR_PARAMETERS,
                                                    .shape = clonal__linear_shape,
                                                    .forward = forward,
                                                    .backward = backward};

clonal_node clonal_linear(clonal_graph *graph, clonal_node x, uint32_t width)
{
    const clonal__attribute attribute = {.count = 1, .sizes = {width}};
    return clonal__graph_add(graph, &clonal__operation_linear, &x, &attribute);
}

clonal_node clonal_linear_sized(clonal_graph *graph, clonal_node x, uint32_t inputs, uint32_t width)
{
    const size_t before = clonal_graph_count(graph);
    const clonal_node made = clonal_linear(graph, x, width);
    if (made == CLONAL_NO_NODE) return made;
    const clonal__node *in = &graph->nodes[x];
    if (in->columns == inputs) return made;
    graph->count = before;
    return clonal__graph_fail(graph, CLONAL_E_SHAPE,
                              "node %zu (linear) takes samples of the shape %u, node %d (%s) has the shape %u", before,
                              inputs, (int)x, in->operation->name, in->columns);
}
