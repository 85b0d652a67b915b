/* build.c: see build.h. */
#include "host/ir/operation.h"

#include <stdio.h>

const clonal__node *clonal__build_node_of(const clonal__build *b, clonal_node node)
{
    return &b->graph->nodes[node];
}

clonal_node clonal__build_input(const clonal__build *b, clonal_node node, size_t k)
{
    return b->graph->nodes[node].inputs[k];
}

int clonal__build_input_value(const clonal__build *b, clonal_node node, size_t k)
{
    return b->nodes[clonal__build_input(b, node, k)].value;
}

clonal_status clonal__build_value(clonal__build *b, clonal_node node, uint32_t rows, uint32_t columns, const char *what,
                                  int *value)
{
    *value = clonal__program_value(b->program, CLONAL__PER_SAMPLE, rows, columns, "node.%d.%s", (int)node, what);
    return *value == CLONAL__NO_VALUE ? CLONAL_E_MEMORY : CLONAL_OK;
}

clonal_status clonal__build_emit(clonal__build *b, clonal__instruction in, const char *what, int *value)
{
    CLONAL__TRY(clonal__build_value(b, in.node, 1, b->graph->nodes[in.node].columns, what, value));
    in.out = *value;
    return clonal__program_append(b->program, &in);
}

clonal_status clonal__build_emit_value(clonal__build *b, clonal__instruction in)
{
    return clonal__build_emit(b, in, "value", &b->nodes[in.node].value);
}

clonal_status clonal__build_contribute(clonal__build *b, clonal_node node, int value)
{
    clonal__build_node *to = &b->nodes[node];
    if (to->gradient == CLONAL__NO_VALUE) {
        to->gradient = value;
        return CLONAL_OK;
    }
    const clonal__instruction in = clonal__instruct(&clonal__code_sum, node, CLONAL__NO_VALUE, to->gradient, value);
    return clonal__build_emit(b, in, "gradient", &to->gradient);
}

clonal_status clonal__build_emit_gradient(clonal__build *b, clonal_node node, clonal__instruction in)
{
    int made;
    CLONAL__TRY(clonal__build_value(b, node, 1, b->graph->nodes[node].columns, "gradient", &made));
    in.out = made;
    CLONAL__TRY(clonal__program_append(b->program, &in));
    return clonal__build_contribute(b, node, made);
}

clonal_status clonal__build_parameter_gradient(clonal__build *b, clonal_node node, unsigned index,
                                               clonal__instruction in)
{
    const clonal__value value = b->program->values[b->nodes[node].parameters[index]];
    in.out = clonal__program_value(b->program, CLONAL__FIXED, value.rows, value.columns, "%s.gradient", value.name);
    if (in.out == CLONAL__NO_VALUE) return CLONAL_E_MEMORY;
    b->program->parameters[value.parameter].gradient = in.out;
    return clonal__program_append(b->program, &in);
}

clonal_status clonal__append_sum(clonal__launch_list *list, uint32_t count, cl_mem a, cl_mem b, cl_mem y)
{
    const clonal__kernel_spec spec = {.program = "arithmetic",
                                      .kernel = "add",
                                      .dimensions = 1,
                                      .global = {clonal__round_up(count, 64)},
                                      .local = {64}};
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(a), CLONAL__MEM(b), CLONAL__MEM(y), CLONAL__U32(count));
}

static clonal_status launch_sum(const clonal__launching *to, const clonal__instruction *in)
{
    return clonal__append_sum(to->list, clonal__launching_elements(to, in->out),
                              clonal__launching_buffer(to, in->in[0]), clonal__launching_buffer(to, in->in[1]),
                              clonal__launching_buffer(to, in->out));
}

const clonal__code clonal__code_sum = {.name = "add", .words = "sum", .in_place = true, .launch = launch_sum};
