/* dropout.c: inverted dropout: y = 0 with probability p, else x/(1-p); x in evaluation. Kernel: cl/dropout.cl. */
#include "host/ops/noise.h"
#include "host/ops/random.h"

clonal_status clonal__op_dropout(clonal__launch_list *list, const clonal__mask *mask, uint32_t rows, uint32_t columns,
                                 cl_mem x, cl_mem y)
{
    enum { STEP_ARGUMENT = 7 };
    clonal__dropout_form form;
    CLONAL__TRY(clonal__dropout_grid(list->context, rows, columns, CLONAL__DROPOUT_WIDEST, &form));
    clonal__kernel_spec spec = {.program = "dropout",
                                .options = form.options,
                                .kernel = "dropout",
                                .dimensions = 1,
                                .global = {form.global},
                                .local = {form.group}};
    clonal__mask_bind(mask, STEP_ARGUMENT, CLONAL__MASK_SCALE, &spec);
    return CLONAL__LIST_KERNEL(
        list, &spec, CLONAL__MEM(x), CLONAL__MEM(y), CLONAL__U32(form.items), CLONAL__U32(columns), CLONAL__U32(0),
        CLONAL__U32X2((cl_uint)mask->seed, (cl_uint)(mask->seed >> 32)), CLONAL__U32(mask->stream), CLONAL__U32(0),
        CLONAL__U32(clonal__threshold_word(mask->threshold)), CLONAL__U32(mask->threshold <= UINT32_MAX),
        CLONAL__F32(mask->scale));
}

static clonal_status launch(const clonal__launching *to, const clonal__instruction *in)
{
    const clonal__value *y = &to->program->values[in->out];
    return clonal__op_dropout(to->list, &in->mask, clonal__value_rows(y, to->batch), y->columns,
                              clonal__launching_buffer(to, in->in[0]), clonal__launching_buffer(to, in->out));
}

const clonal__code clonal__code_mask = {.name = "dropout",
                                        .words = "dropout",
                                        .role = CLONAL__ROLE_MASK,
                                        .in_place = true,
                                        .masks = true,
                                        .launch = launch};

clonal_status clonal__mask_set(clonal__mask *mask, double p, clonal_status (*decide)(double p, clonal__mask *mask))
{
    mask->p = p;
    mask->decide = decide;
    return decide(p, mask);
}

clonal_status clonal__mask_decide(double p, clonal__mask *mask)
{
    return clonal_dropout_parameters(p, &mask->threshold, &mask->scale);
}

clonal_status clonal__mask_make(const clonal__build *b, uint32_t stream, double p, clonal__mask *mask)
{
    mask->seed = b->seed;
    mask->stream = stream;
    return clonal__mask_set(mask, p, clonal__mask_decide);
}

void clonal__mask_bind(const clonal__mask *mask, cl_uint step_argument, unsigned last, clonal__kernel_spec *spec)
{
    spec->bindings[spec->binding_count++] = (clonal__binding){step_argument, CLONAL__VARIABLE_STEP};
    for (unsigned k = CLONAL__MASK_THRESHOLD; mask->variable && k <= last; k++)
        spec->bindings[spec->binding_count++] = (clonal__binding){step_argument + k, mask->variable + k};
}

/* The mask of dropout node `node`, put on the value in0; the instruction belongs to `of`. */
static clonal_status instruct(const clonal__build *b, clonal_node node, clonal_node of, int in0,
                              clonal__instruction *in)
{
    *in = clonal__noise_instruct(b, &clonal__code_mask, node, of, in0);
    return clonal__mask_set(&in->mask, clonal__noise_attribute(b, node), clonal__mask_decide);
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    return clonal__noise_forward(b, node, instruct);
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    return clonal__noise_backward(b, node, instruct);
}

const clonal__operation clonal__operation_dropout = {.name = "dropout",
                                                     CLONAL__NOISE_MEMBERS(clonal__probability),
                                                     .shape = clonal__shape_of_input,
                                                     .forward = forward,
                                                     .backward = backward};

clonal_node clonal_dropout(clonal_graph *graph, clonal_node x, double p)
{
    return clonal__graph_add_real(graph, &clonal__operation_dropout, x, p);
}
