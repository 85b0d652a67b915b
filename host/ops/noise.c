/* noise.c: see noise.h. Kernel: cl/noise.cl. */
#include "host/ops/noise.h"

#include "host/ops/random.h"
#include <clonal/random.h>
#include <stdio.h>

const clonal__attribute_rule clonal__probability = {.name = "probability", .kind = CLONAL__REAL, .least = 0, .most = 1};

clonal_status clonal__op_noise(clonal__launch_list *list, const char *name, const clonal__mask *mask, uint32_t rows,
                               uint32_t columns, cl_mem x, cl_mem y)
{
    enum { STEP_ARGUMENT = 6 };
    char program[64], options[96];
    clonal__dropout_form form;
    CLONAL__TRY(clonal__dropout_grid(list->context, rows, columns, CLONAL__NOISE_WIDEST, &form));
    snprintf(program, sizeof program, "noise+%.40s", name);
    snprintf(options, sizeof options, "-DNOISE=clonal_%.40s -DCLONAL_WIDE=%d", name, form.wide);
    clonal__kernel_spec spec = {.program = program,
                                .options = options,
                                .kernel = "noise",
                                .label = name,
                                .dimensions = 1,
                                .global = {form.global},
                                .local = {form.group}};
    clonal__mask_bind(mask, STEP_ARGUMENT, CLONAL__MASK_DROPPED, &spec);
    return CLONAL__LIST_KERNEL(
        list, &spec, CLONAL__MEM(x), CLONAL__MEM(y), CLONAL__U32(form.items), CLONAL__U32(columns),
        CLONAL__U32X2((cl_uint)mask->seed, (cl_uint)(mask->seed >> 32)), CLONAL__U32(mask->stream), CLONAL__U32(0),
        CLONAL__U32(clonal__threshold_word(mask->threshold)), CLONAL__U32(mask->threshold <= UINT32_MAX),
        CLONAL__F32(mask->scale), CLONAL__F32(mask->shift), CLONAL__F32(mask->dropped));
}

clonal_status clonal__noise_launch(const clonal__launching *to, const clonal__instruction *in)
{
    const clonal__value *y = &to->program->values[in->out];
    return clonal__op_noise(to->list, in->code->name, &in->mask, clonal__value_rows(y, to->batch), y->columns,
                            clonal__launching_buffer(to, in->in[0]), clonal__launching_buffer(to, in->out));
}

clonal__instruction clonal__noise_instruct(const clonal__build *b, const clonal__code *code, clonal_node node,
                                           clonal_node of, int in0)
{
    clonal__instruction in = clonal__instruct(code, of, CLONAL__NO_VALUE, in0, CLONAL__NO_VALUE);
    in.mask.seed = b->seed;
    in.mask.stream = CLONAL_STREAM(CLONAL_STREAM_DROPOUT, node);
    return in;
}

clonal_status clonal__noise_forward(clonal__build *b, clonal_node node, clonal__noise_rule rule)
{
    clonal__instruction in;
    b->nodes[node].value = clonal__build_input_value(b, node, 0);
    if (!b->program->dropout) return CLONAL_OK;
    CLONAL__TRY(rule(b, node, node, b->nodes[node].value, &in));
    return clonal__build_emit_value(b, in);
}

clonal_status clonal__noise_backward(clonal__build *b, clonal_node node, clonal__noise_rule rule)
{
    clonal__instruction in;
    const clonal_node x = clonal__build_input(b, node, 0);
    if (!b->program->dropout) return clonal__build_contribute(b, x, b->nodes[node].gradient);
    CLONAL__TRY(rule(b, node, x, b->nodes[node].gradient, &in));
    return clonal__build_emit_gradient(b, x, in);
}

double clonal__noise_attribute(const clonal__build *b, clonal_node node)
{
    return clonal__build_node_of(b, node)->attributes[0].real;
}

clonal_status clonal__noise_sum(const clonal__build *b, const clonal__code *code, clonal_node node, clonal_node of,
                                int in0, clonal__instruction *in)
{
    *in = clonal__noise_instruct(b, code, node, of, in0);
    in->mask.scale = (float)clonal__noise_attribute(b, node);
    return CLONAL_OK;
}

clonal_status clonal__noise_backward_of_sum(clonal__build *b, clonal_node node)
{
    return clonal__build_contribute(b, clonal__build_input(b, node, 0), b->nodes[node].gradient);
}
