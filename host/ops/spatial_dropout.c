/* spatial_dropout.c: dropout of whole channels of a sample (Tompson et al., Efficient object localization using
 * convolutional networks, 2015); x in evaluation. Kernel: cl/spatial_dropout.cl. */
#include "host/ops/noise.h"

#include "host/ops/random.h"

/* A mask of `columns` elements a sample, as many of them a channel as in->channel_elements says. */
static clonal_status launch(const clonal__launching *to, const clonal__instruction *in)
{
    enum { STEP_ARGUMENT = 7, ITEM = 16, GROUP = 64 };
    const clonal__value *y = &to->program->values[in->out];
    const uint32_t elements = in->channel_elements, channels = y->columns / elements, parts = (elements - 1) / ITEM + 1;
    const uint64_t items = (uint64_t)clonal__value_rows(y, to->batch) * channels * parts;
    const clonal__mask *m = &in->mask;
    if (items > UINT32_MAX - GROUP)
        return clonal__fail(CLONAL_E_SHAPE,
                            "a step's values are too many for one spatial dropout: give a smaller batch");
    clonal__kernel_spec spec = {.program = "spatial_dropout",
                                .kernel = "spatial_dropout",
                                .dimensions = 1,
                                .global = {clonal__round_up((uint32_t)items, GROUP)},
                                .local = {GROUP}};
    clonal__mask_bind(m, STEP_ARGUMENT, CLONAL__MASK_SCALE, &spec);
    return CLONAL__LIST_KERNEL(to->list, &spec, CLONAL__MEM(clonal__launching_buffer(to, in->in[0])),
                               CLONAL__MEM(clonal__launching_buffer(to, in->out)), CLONAL__U32((cl_uint)items),
                               CLONAL__U32(channels), CLONAL__U32(elements),
                               CLONAL__U32X2((cl_uint)m->seed, (cl_uint)(m->seed >> 32)), CLONAL__U32(m->stream),
                               CLONAL__U32(0), CLONAL__U32(clonal__threshold_word(m->threshold)),
                               CLONAL__U32(m->threshold <= UINT32_MAX), CLONAL__F32(m->scale));
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
    clonal__instruction in;
    CLONAL__TRY(instruct(b, node, node, clonal__build_input_value(b, node, 0), &in));
    return clonal__noise_forward(b, node, &in);
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    clonal__instruction in;
    const clonal_node x = clonal__build_input(b, node, 0);
    CLONAL__TRY(instruct(b, node, x, b->nodes[node].gradient, &in));
    return clonal__build_emit_gradient(b, x, in);
}

static const clonal__attribute_rule probability = {.name = "probability", .kind = CLONAL__REAL, .least = 0, .most = 1};
const clonal__operation clonal__operation_spatial_dropout = {.name = "spatial_dropout",
                                                             .inputs = 1,
                                                             .attributes = &probability,
                                                             .attribute_count = 1,
                                                             .shape = clonal__shape_of_input,
                                                             .forward = forward,
                                                             .backward = backward};

clonal_node clonal_spatial_dropout(clonal_graph *graph, clonal_node x, double p)
{
    return clonal__graph_add_real(graph, &clonal__operation_spatial_dropout, x, p);
}
