/* product.c: matrix products and the bias, as instructions: the GEMM that was planned, with what was fused to it. */
#include "host/ops/ops.h"

clonal_status clonal__op_bias(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem x, cl_mem b, cl_mem y)
{
    const clonal__kernel_spec spec = {.program = "arithmetic",
                                      .kernel = "bias",
                                      .dimensions = 1,
                                      .global = {clonal__round_up(rows * columns, 64)},
                                      .local = {64}};
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(x), CLONAL__MEM(b), CLONAL__MEM(y), CLONAL__U32(rows * columns),
                               CLONAL__U32(columns));
}

static clonal_status launch_bias(const clonal__launching *to, const clonal__instruction *in)
{
    const clonal__value *y = &to->program->values[in->out];
    return clonal__op_bias(to->list, clonal__value_rows(y, to->batch), y->columns,
                           clonal__launching_buffer(to, in->in[0]), clonal__launching_buffer(to, in->in[1]),
                           clonal__launching_buffer(to, in->out));
}

static void take_feed(const clonal__feed *feed, int gathered, clonal__gemm_buffers *buffers)
{
    buffers->gathered = gathered;
    buffers->bytes = !feed->is_float;
    if (gathered) *(gathered == 1 ? &buffers->a : &buffers->b) = feed->samples;
    buffers->labels = feed->labels;
    buffers->order = feed->order;
    buffers->shuffled = feed->shuffled;
    buffers->row_loss = feed->row_loss;
    buffers->right = feed->correct;
}

static clonal__gemm_product product_of(const clonal__launching *to, const clonal__instruction *in)
{
    clonal__gemm_product p = {.shape = clonal__gemm_shape_of(to->program, in, to->batch),
                              .choice = in->choice,
                              .buffers = {.a = in->gathered == 1 ? NULL : clonal__launching_buffer(to, in->in[0]),
                                          .b = in->gathered == 2 ? NULL : clonal__launching_buffer(to, in->in[1]),
                                          .c = clonal__launching_buffer(to, in->out),
                                          .bias = clonal__launching_buffer(to, in->bias),
                                          .saved = clonal__launching_buffer(to, in->saved)},
                              .epilogue = &in->epilogue};
    if (in->epilogue.update) p.buffers.w = p.buffers.c;
    if (in->epilogue.bias_update) p.buffers.bias_w = clonal__launching_buffer(to, in->bias_parameter);
    for (size_t k = 0; in->epilogue.update && k < in->epilogue.update->states; k++) {
        p.buffers.states[k] = clonal__launching_state(to, in->out, k);
        if (in->epilogue.bias_update) p.buffers.bias_states[k] = clonal__launching_state(to, in->bias_parameter, k);
    }
    if (in->epilogue.loss || in->gathered) take_feed(to->feed, in->gathered, &p.buffers);
    return p;
}

/* A pair's second instruction stands behind the first, which launches both. */
static clonal_status launch_product(const clonal__launching *to, const clonal__instruction *in)
{
    if (in->one_launch && in->pairing == CLONAL__SECOND_OF_PAIR) return CLONAL_OK;
    if (in->one_launch) {
        const clonal__gemm_product pair[2] = {product_of(to, in), product_of(to, in + 1)};
        return clonal__native_append_pair(to->list, pair);
    }
    const clonal__gemm_product p = product_of(to, in);
    return clonal__gemm_append(to->list, &p.shape, &p.choice, &p.buffers, p.epilogue);
}

const clonal__code clonal__code_bias = {
    .name = "bias", .words = "bias", .role = CLONAL__ROLE_BIAS, .in_place = true, .launch = launch_bias};
const clonal__code clonal__code_product = {
    .name = "gemm", .words = "product", .role = CLONAL__ROLE_PRODUCT, .launch = launch_product};
