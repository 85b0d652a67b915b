/* function.c: functions of one element and their derivatives: cl/elementwise.cl, with the function's own file in front
 * of it. */
#include "host/ops/function.h"

#include "host/ops/ops.h"
#include <stdio.h>

typedef struct build_words {
    char program[64], options[64];
} build_words;

static clonal__kernel_spec spec_of(const clonal__function *f, const char *kernel, uint32_t count, build_words *room)
{
    snprintf(room->program, sizeof room->program, "elementwise+%.40s", f->name);
    snprintf(room->options, sizeof room->options, "-DFUNCTION=clonal_%.40s", f->name);
    return (clonal__kernel_spec){.program = room->program,
                                 .options = room->options,
                                 .kernel = kernel,
                                 .label = f->name,
                                 .dimensions = 1,
                                 .global = {clonal__round_up(count, 64)},
                                 .local = {64}};
}

clonal_status clonal__op_function(clonal__launch_list *list, const clonal__function *f, float argument, uint32_t count,
                                  cl_mem x, cl_mem y)
{
    build_words room;
    const clonal__kernel_spec spec = spec_of(f, "value", count, &room);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(x), CLONAL__MEM(y), CLONAL__U32(count), CLONAL__F32(argument));
}

clonal_status clonal__op_derivative(clonal__launch_list *list, const clonal__function *f, float argument,
                                    uint32_t count, cl_mem dy, cl_mem saved, cl_mem dx)
{
    build_words room;
    const clonal__kernel_spec spec = spec_of(f, "gradient", count, &room);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(dy), CLONAL__MEM(saved), CLONAL__MEM(dx), CLONAL__U32(count),
                               CLONAL__F32(argument));
}

static clonal_status launch_function(const clonal__launching *to, const clonal__instruction *in)
{
    return clonal__op_function(to->list, in->function, in->argument, clonal__launching_elements(to, in->out),
                               clonal__launching_buffer(to, in->in[0]), clonal__launching_buffer(to, in->out));
}

static clonal_status launch_derivative(const clonal__launching *to, const clonal__instruction *in)
{
    return clonal__op_derivative(to->list, in->function, in->argument, clonal__launching_elements(to, in->out),
                                 clonal__launching_buffer(to, in->in[0]), clonal__launching_buffer(to, in->in[1]),
                                 clonal__launching_buffer(to, in->out));
}

static const clonal__code code_function = {.name = "function",
                                           .words = "activation",
                                           .role = CLONAL__ROLE_FUNCTION,
                                           .in_place = true,
                                           .launch = launch_function};
static const clonal__code code_derivative = {.name = "derivative",
                                             .words = "derivative",
                                             .role = CLONAL__ROLE_DERIVATIVE,
                                             .in_place = true,
                                             .launch = launch_derivative};

static clonal__instruction instruct(const clonal__build *b, clonal_node node, const clonal__code *code, int in0,
                                    int in1)
{
    const clonal__node *n = clonal__build_node_of(b, node);
    clonal__instruction in = clonal__instruct(code, node, CLONAL__NO_VALUE, in0, in1);
    in.function = n->operation->function;
    in.argument = in.function->takes_argument ? (float)n->attributes[0].real : 0;
    return in;
}

clonal_status clonal__function_forward(clonal__build *b, clonal_node node)
{
    const int x = clonal__build_input_value(b, node, 0);
    return clonal__build_emit_value(b, instruct(b, node, &code_function, x, CLONAL__NO_VALUE));
}

clonal_status clonal__function_backward(clonal__build *b, clonal_node node)
{
    const clonal__function *f = clonal__build_node_of(b, node)->operation->function;
    const int saved = f->reads_input ? clonal__build_input_value(b, node, 0) : b->nodes[node].value;
    clonal__instruction in = instruct(b, node, &code_derivative, b->nodes[node].gradient, saved);
    in.node = clonal__build_input(b, node, 0);
    return clonal__build_emit_gradient(b, in.node, in);
}
