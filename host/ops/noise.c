/* noise.c: see noise.h. Kernel: cl/noise.cl. */
#include "host/ops/noise.h"

#include "host/ops/random.h"
#include <clonal/random.h>
#include <stdio.h>

clonal_status clonal__noise_launch(const clonal__launching *to, const clonal__instruction *in)
{
    enum { STEP_ARGUMENT = 6 };
    char program[64], options[96];
    const clonal__value *y = &to->program->values[in->out];
    const clonal__mask *m = &in->mask;
    clonal__dropout_form form;
    CLONAL__TRY(clonal__dropout_grid(to->list->context, clonal__value_rows(y, to->batch), y->columns, &form));
    snprintf(program, sizeof program, "noise+%.40s", in->code->name);
    snprintf(options, sizeof options, "-DNOISE=clonal_%.40s %s", in->code->name,
             form.wide ? "-DCLONAL_WIDE=1" : "-DCLONAL_WIDE=0");
    clonal__kernel_spec spec = {.program = program,
                                .options = options,
                                .kernel = "noise",
                                .label = in->code->name,
                                .dimensions = 1,
                                .global = {form.global},
                                .local = {form.group}};
    clonal__mask_bind(m, STEP_ARGUMENT, CLONAL__MASK_DROPPED, &spec);
    return CLONAL__LIST_KERNEL(
        to->list, &spec, CLONAL__MEM(clonal__launching_buffer(to, in->in[0])),
        CLONAL__MEM(clonal__launching_buffer(to, in->out)), CLONAL__U32(form.items), CLONAL__U32(y->columns),
        CLONAL__U32X2((cl_uint)m->seed, (cl_uint)(m->seed >> 32)), CLONAL__U32(m->stream), CLONAL__U32(0),
        CLONAL__U32(clonal__threshold_word(m->threshold)), CLONAL__U32(m->threshold <= UINT32_MAX),
        CLONAL__F32(m->scale), CLONAL__F32(m->shift), CLONAL__F32(m->dropped));
}

clonal__instruction clonal__noise_instruct(const clonal__build *b, const clonal__code *code, clonal_node node,
                                           clonal_node of, int in0)
{
    clonal__instruction in = clonal__instruct(code, of, CLONAL__NO_VALUE, in0, CLONAL__NO_VALUE);
    in.mask.seed = b->seed;
    in.mask.stream = CLONAL_STREAM(CLONAL_STREAM_DROPOUT, node);
    return in;
}

clonal_status clonal__noise_forward(clonal__build *b, clonal_node node, const clonal__instruction *in)
{
    b->nodes[node].value = clonal__build_input_value(b, node, 0);
    return b->program->dropout ? clonal__build_emit_value(b, *in) : CLONAL_OK;
}

double clonal__noise_attribute(const clonal__build *b, clonal_node node)
{
    return clonal__build_node_of(b, node)->attributes[0].real;
}

clonal_status clonal__noise_backward_of_sum(clonal__build *b, clonal_node node)
{
    return clonal__build_contribute(b, clonal__build_input(b, node, 0), b->nodes[node].gradient);
}
