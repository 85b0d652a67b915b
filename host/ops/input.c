/* input.c: the sample, and gathering a batch of them from the data on the device: cl/load.cl. */
#include "host/ops/ops.h"

#include <string.h>

clonal_status clonal__op_load(clonal__launch_list *list, const clonal__feed *feed, uint32_t rows, uint32_t columns,
                              cl_mem x)
{
    enum { FIRST_ARGUMENT = 5 };
    const bool wide = clonal__wide_vectors(list->context);
    const uint32_t width = wide ? 16 : 4, items = columns / width + (columns % width != 0),
                   group = items > 16 ? 64 : 16;
    const clonal__kernel_spec spec = {.program = "load",
                                      .options = wide ? "-DLOAD_WIDTH=16" : "-DLOAD_WIDTH=4",
                                      .kernel = feed->is_float ? "load_f32" : "load_u8",
                                      .dimensions = 2,
                                      /* rows first: the others are few where a dimension is limited */
                                      .global = {rows, clonal__round_up(items, group)},
                                      .local = {1, group},
                                      .bindings = {{FIRST_ARGUMENT, CLONAL__VARIABLE_FIRST}},
                                      .binding_count = 1};
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(feed->samples), CLONAL__MEM(feed->order),
                               CLONAL__U32(feed->shuffled), CLONAL__U32(columns), CLONAL__MEM(x), CLONAL__U32(0));
}

static clonal_status launch(const clonal__launching *to, const clonal__instruction *in)
{
    const clonal__value *x = &to->program->values[in->out];
    return clonal__op_load(to->list, to->feed, to->batch, x->columns, clonal__launching_buffer(to, in->out));
}

static const clonal__code code_load = {.name = "load", .words = "load", .role = CLONAL__ROLE_LOAD, .launch = launch};

static clonal_status forward(clonal__build *b, clonal_node node)
{
    return clonal__build_emit_value(
        b, clonal__instruct(&code_load, node, CLONAL__NO_VALUE, CLONAL__NO_VALUE, CLONAL__NO_VALUE));
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    (void)b;
    (void)node;
    return CLONAL_OK; /* the data take no gradient */
}

static bool shape(clonal_graph *graph, clonal__node *node)
{
    const clonal__attribute *sizes = &node->attributes[0];
    (void)graph;
    node->rank = sizes->count;
    memcpy(node->shape, sizes->sizes, sizeof node->shape);
    return true;
}

static const clonal__attribute_rule sizes = {.name = "shape", .kind = CLONAL__SIZES};
const clonal__operation clonal__operation_input = {.name = "input",
                                                   .attributes = &sizes,
                                                   .attribute_count = 1,
                                                   .shape = shape,
                                                   .forward = forward,
                                                   .backward = backward};

clonal_node clonal_input(clonal_graph *graph, size_t rank, const uint32_t *shape_of_sample)
{
    clonal__attribute attribute = {.count = rank};
    if (!graph || graph->status != CLONAL_OK) return CLONAL_NO_NODE;
    if (!shape_of_sample || rank == 0 || rank > CLONAL_MAX_RANK)
        return clonal__graph_fail(graph, CLONAL_E_ARGUMENT,
                                  "node %zu (input): a sample has 1 to %d dimensions, not %zu", graph->count,
                                  CLONAL_MAX_RANK, rank);
    memcpy(attribute.sizes, shape_of_sample, rank * sizeof *shape_of_sample);
    return clonal__graph_add(graph, &clonal__operation_input, NULL, &attribute);
}
