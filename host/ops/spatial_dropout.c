/* spatial_dropout.c: dropout of whole channels of a sample (Tompson et al., Efficient object localization using
 * convolutional networks, 2015); x in evaluation. Kernel: cl/spatial_dropout.cl. */
#include "host/ops/noise.h"

#include "host/ops/random.h"

clonal_status clonal__op_spatial_dropout(clonal__launch_list *list, const clonal__mask *mask, uint32_t rows,
                                         uint32_t channels, uint32_t elements, cl_mem x, cl_mem y)
{
    enum { STEP_ARGUMENT = 7, ITEM_ELEMENTS = 16, GROUP = 64 };
    const uint64_t items = (uint64_t)rows * channels * ((elements - 1) / ITEM_ELEMENTS + 1);
    if (items > UINT32_MAX - GROUP)
        return clonal__fail(CLONAL_E_SHAPE, "%u samples of %u x %u are too large for one spatial dropout", rows,
                            channels, elements);
    clonal__kernel_spec spec = {.program = "spatial_dropout",
                                .kernel = "spatial_dropout",
                                .dimensions = 1,
                                .global = {clonal__round_up((uint32_t)items, GROUP)},
                                .local = {GROUP}};
    clonal__mask_bind(mask, STEP_ARGUMENT, CLONAL__MASK_SCALE, &spec);
    return CLONAL__LIST_KERNEL(
        list, &spec, CLONAL__MEM(x), CLONAL__MEM(y), CLONAL__U32((cl_uint)items), CLONAL__U32(channels),
        CLONAL__U32(elements), CLONAL__U32X2((cl_uint)mask->seed, (cl_uint)(mask->seed >> 32)),
        CLONAL__U32(mask->stream), CLONAL__U32(0), CLONAL__U32(clonal__threshold_word(mask->threshold)),
        CLONAL__U32(mask->threshold <= UINT32_MAX), CLONAL__F32(mask->scale));
}

static clonal_status launch(const clonal__launching *to, const clonal__instruction *in)
{
    const clonal__value *y = &to->program->values[in->out];
    return clonal__op_spatial_dropout(to->list, &in->mask, clonal__value_rows(y, to->batch),
                                      y->columns / in->channel_elements, in->channel_elements,
                                      clonal__launching_buffer(to, in->in[0]), clonal__launching_buffer(to, in->out));
}

static const clonal__code code = {.name = "spatial_dropout",
                                  .words = "spatial dropout",
                                  .role = CLONAL__ROLE_NOISE,
                                  .in_place = true,
                                  .masks = true,
                                  .launch = launch};

/* Where a channel is one element this is dropout itself, and fuses as it does. */
static clonal_status instruct(const clonal__build *b, clonal_node node, clonal_node of, int in0,
                              clonal__instruction *in)
{
    const clonal__node *n = clonal__build_node_of(b, node);
    const uint32_t elements = n->columns / n->shape[0];
    *in = clonal__noise_instruct(b, elements == 1 ? &clonal__code_mask : &code, node, of, in0);
    in->channel_elements = elements;
    return clonal__mask_set(&in->mask, n->attributes[0].real, clonal__mask_decide);
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    return clonal__noise_forward(b, node, instruct);
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    return clonal__noise_backward(b, node, instruct);
}

const clonal__operation clonal__operation_spatial_dropout = {.name = "spatial_dropout",
                                                             CLONAL__NOISE_MEMBERS(clonal__probability),
                                                             .shape = clonal__shape_of_input,
                                                             .forward = forward,
                                                             .backward = backward};

clonal_node clonal_spatial_dropout(clonal_graph *graph, clonal_node x, double p)
{
    return clonal__graph_add_real(graph, &clonal__operation_spatial_dropout, x, p);
}
