/* layer_norm.c: each row, over the last dimension of the sample, less its mean, by its deviation, then stretched and
 * moved by parameters: y = (x - mean) / sqrt(variance + epsilon) weight + bias. Kernels: cl/layer_norm.cl. */
#include "host/base/contract.h"
#include "host/ops/ops.h"

#include <math.h>

/* Rows of one sample, and their columns C. */
typedef struct row_shape {
    uint32_t rows, columns;
} row_shape;

static row_shape rows_of(const clonal__node *node)
{
    const uint32_t columns = node->shape[node->rank - 1];
    return (row_shape){node->columns / columns, columns};
}

static void parameter_shape(const clonal_graph *graph, const clonal__node *node, clonal__parameter *p)
{
    (void)graph;
    p->rank = 1;
    p->shape[0] = p->fan_in = node->shape[node->rank - 1];
}

enum { WEIGHT, BIAS };
static const clonal__parameter_rule parameters[] = {[WEIGHT] = {"weight", CLONAL__INITIAL_ONES, parameter_shape},
                                                    [BIAS] = {"bias", CLONAL__INITIAL_ZEROS, parameter_shape}};

static clonal__kernel_spec by_row(const char *kernel, uint32_t rows, uint32_t columns)
{
    return (clonal__kernel_spec){.program = "layer_norm",
                                 .kernel = kernel,
                                 .dimensions = 1,
                                 .global = {clonal__round_up(rows, 16)},
                                 .local = {16},
                                 /* two loops over a row, in blocks */
                                 .rounds = 2 * (UINT64_C(1) + columns + columns / CLONAL__CHAIN_BLOCK),
                                 .long_by = "a layer_norm of rows so wide"};
}

static clonal__kernel_spec by_element(const char *kernel, uint32_t count)
{
    return (clonal__kernel_spec){.program = "layer_norm",
                                 .kernel = kernel,
                                 .dimensions = 1,
                                 .global = {clonal__round_up(count, 64)},
                                 .local = {64}};
}

#define BUFFER(value) CLONAL__MEM(clonal__launching_buffer(to, value))

/* stats = statistics(x); the instruction's argument is epsilon */
static clonal_status launch_statistics(const clonal__launching *to, const clonal__instruction *in)
{
    const uint32_t rows = clonal__launching_elements(to, in->out) / 2;
    const uint32_t columns = clonal__launching_elements(to, in->in[0]) / rows;
    const clonal__kernel_spec spec = by_row("statistics", rows, columns);
    return CLONAL__LIST_KERNEL(to->list, &spec, BUFFER(in->in[0]), BUFFER(in->out), CLONAL__U32(rows),
                               CLONAL__U32(columns), CLONAL__F32(in->argument));
}

/* n = normalise(x, stats) */
static clonal_status launch_normalise(const clonal__launching *to, const clonal__instruction *in)
{
    const uint32_t count = clonal__launching_elements(to, in->out);
    const clonal__kernel_spec spec = by_element("normalise", count);
    return CLONAL__LIST_KERNEL(to->list, &spec, BUFFER(in->in[0]), BUFFER(in->in[1]), BUFFER(in->out),
                               CLONAL__U32(count), CLONAL__U32(to->program->values[in->out].columns));
}

/* y = stretch(n, weight, bias) */
static clonal_status launch_stretch(const clonal__launching *to, const clonal__instruction *in)
{
    const uint32_t count = clonal__launching_elements(to, in->out);
    const clonal__kernel_spec spec = by_element("stretch", count);
    return CLONAL__LIST_KERNEL(to->list, &spec, BUFFER(in->in[0]), BUFFER(in->in[1]), BUFFER(in->in[2]),
                               BUFFER(in->out), CLONAL__U32(count),
                               CLONAL__U32(to->program->values[in->in[1]].columns));
}

/* dx = gradient(dy, n, stats, weight) */
static clonal_status launch_gradient(const clonal__launching *to, const clonal__instruction *in)
{
    const uint32_t columns = to->program->values[in->in[3]].columns;
    const uint32_t rows = clonal__launching_elements(to, in->out) / columns;
    const clonal__kernel_spec spec = by_row("gradient", rows, columns);
    return CLONAL__LIST_KERNEL(to->list, &spec, BUFFER(in->in[0]), BUFFER(in->in[1]), BUFFER(in->in[2]),
                               BUFFER(in->in[3]), BUFFER(in->out), CLONAL__U32(rows), CLONAL__U32(columns));
}

static const clonal__code code_statistics = {
    .name = "row-stats", .words = "means and deviations of the rows", .launch = launch_statistics};
static const clonal__code code_normalise = {
    .name = "normalise", .words = "normalised rows", .in_place = true, .launch = launch_normalise};
static const clonal__code code_stretch = {
    .name = "stretch", .words = "weight and bias of the columns", .in_place = true, .launch = launch_stretch};
static const clonal__code code_gradient = {
    .name = "norm-grad", .words = "gradient of the normalised rows", .launch = launch_gradient};

enum { STATISTICS, NORMALISED }; /* what is kept for the backward rule */

static clonal_status forward(clonal__build *b, clonal_node node)
{
    const clonal__node *n = clonal__build_node_of(b, node);
    const row_shape r = rows_of(n);
    clonal__build_node *known = &b->nodes[node];
    const int x = clonal__build_input_value(b, node, 0);
    CLONAL__TRY(clonal__build_value(b, node, r.rows, 2, "statistics", &known->kept[STATISTICS]));
    clonal__instruction in = clonal__instruct(&code_statistics, node, known->kept[STATISTICS], x, CLONAL__NO_VALUE);
    in.argument = (float)n->attributes[0].real;
    CLONAL__TRY(clonal__program_append(b->program, &in));

    CLONAL__TRY(clonal__build_value(b, node, r.rows, r.columns, "normalised", &known->kept[NORMALISED]));
    in = clonal__instruct(&code_normalise, node, known->kept[NORMALISED], x, known->kept[STATISTICS]);
    CLONAL__TRY(clonal__program_append(b->program, &in));

    in = clonal__instruct(&code_stretch, node, CLONAL__NO_VALUE, known->kept[NORMALISED], known->parameters[WEIGHT]);
    in.in[2] = known->parameters[BIAS];
    return clonal__build_emit_value(b, in);
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    const clonal__build_node *known = &b->nodes[node];
    const clonal_node x = clonal__build_input(b, node, 0);
    const int dy = known->gradient;
    if (b->nodes[x].wanted) {
        clonal__instruction in = clonal__instruct(&code_gradient, node, CLONAL__NO_VALUE, dy, known->kept[NORMALISED]);
        in.in[2] = known->kept[STATISTICS];
        in.in[3] = known->parameters[WEIGHT];
        CLONAL__TRY(clonal__build_emit_gradient(b, x, in));
    }
    CLONAL__TRY(clonal__build_parameter_gradient(
        b, node, WEIGHT,
        clonal__instruct(&clonal__code_column_dot, node, CLONAL__NO_VALUE, dy, known->kept[NORMALISED])));
    return clonal__build_parameter_gradient(
        b, node, BIAS, clonal__instruct(&clonal__code_column_sum, node, CLONAL__NO_VALUE, dy, CLONAL__NO_VALUE));
}

static const clonal__attribute_rule epsilon = {.name = "epsilon", .kind = CLONAL__REAL, .least = 0, .most = INFINITY};
const clonal__operation clonal__operation_layer_norm = {.name = "layer_norm",
                                                        .inputs = 1,
                                                        .attributes = &epsilon,
                                                        .attribute_count = 1,
                                                        .parameters = parameters,
                                                        .parameter_count = 2,
                                                        .shape = clonal__shape_of_input,
                                                        .forward = forward,
                                                        .backward = backward};

clonal_node clonal_layer_norm(clonal_graph *graph, clonal_node x, double value)
{
    return clonal__graph_add_real(graph, &clonal__operation_layer_norm, x, value);
}
