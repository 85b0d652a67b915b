/* linear.c: y (B,O) = x (B,I) . w (O,I)^T + b (O). */
#include "host/ops/ops.h"

static bool shape(clonal_graph *graph, clonal__node *node)
{
    const uint32_t outputs = node->attributes[0].sizes[0];
    if (!clonal__shape_of_flat_input(graph, node)) return false;
    const uint32_t inputs = node->shape[0];
    if ((uint64_t)inputs * outputs > CLONAL__MOST_ELEMENTS) {
        clonal__graph_fail(graph, CLONAL_E_SHAPE,
                           "node %zu (linear) would have %u x %u weights, more than the %u that kernels can count",
                           graph->count, outputs, inputs, CLONAL__MOST_ELEMENTS);
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

enum { WEIGHT, BIAS };
static const clonal__parameter_rule parameters[] = {
    [WEIGHT] = {"weight", CLONAL__INITIAL_WEIGHT, weight_shape}, [BIAS] = {"bias", CLONAL__INITIAL_BIAS, bias_shape}};

static clonal_status forward(clonal__build *b, clonal_node node)
{
    int product;
    clonal__instruction gemm =
        clonal__instruct(&clonal__code_product, node, CLONAL__NO_VALUE, clonal__build_input_value(b, node, 0),
                         b->nodes[node].parameters[WEIGHT]);
    gemm.tb = true;
    CLONAL__TRY(clonal__build_emit(b, gemm, "product", &product));
    return clonal__build_emit_value(
        b, clonal__instruct(&clonal__code_bias, node, CLONAL__NO_VALUE, product, b->nodes[node].parameters[BIAS]));
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    const clonal_node x = clonal__build_input(b, node, 0);
    const int dy = b->nodes[node].gradient;
    if (b->nodes[x].wanted)
        CLONAL__TRY(clonal__build_emit_gradient(
            b, x,
            clonal__instruct(&clonal__code_product, node, CLONAL__NO_VALUE, dy, b->nodes[node].parameters[WEIGHT])));
    clonal__instruction dw = clonal__instruct(&clonal__code_product, node, CLONAL__NO_VALUE, dy, b->nodes[x].value);
    dw.ta = true;
    CLONAL__TRY(clonal__build_parameter_gradient(b, node, WEIGHT, dw));
    return clonal__build_parameter_gradient(
        b, node, BIAS, clonal__instruct(&clonal__code_column_sum, node, CLONAL__NO_VALUE, dy, CLONAL__NO_VALUE));
}

static const clonal__attribute_rule outputs = {.name = "number of outputs", .kind = CLONAL__SIZE};
const clonal__operation clonal__operation_linear = {.name = "linear",
                                                    .inputs = 1,
                                                    .attributes = &outputs,
                                                    .attribute_count = 1,
                                                    .parameters = parameters,
                                                    .parameter_count = 2,
                                                    .shape = shape,
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
