/* loss.c: what losses share: their instruction, which makes the rows' losses and, in training, their gradient in one
 * launch, and their rules. */
#include "host/ops/ops.h"

static clonal_status launch(const clonal__launching *to, const clonal__instruction *in)
{
    const clonal__value *z = &to->program->values[in->in[0]];
    return in->loss->append(to->list, to->feed, to->batch, z->columns, clonal__launching_buffer(to, in->in[0]),
                            clonal__launching_buffer(to, in->out));
}

static const clonal__code code_loss = {
    .name = "loss", .words = "loss, gradient", .role = CLONAL__ROLE_LOSS, .in_place = true, .launch = launch};

clonal_status clonal__loss_forward(clonal__build *b, clonal_node node)
{
    const clonal_node x = clonal__build_input(b, node, 0);
    const int z = b->nodes[x].value;
    clonal__instruction in = clonal__instruct(&code_loss, x, CLONAL__NO_VALUE, z, CLONAL__NO_VALUE);
    in.loss = clonal__build_node_of(b, node)->operation->loss;
    b->program->output = z;
    return b->program->training ? clonal__build_emit_gradient(b, x, in) : clonal__program_append(b->program, &in);
}

clonal_status clonal__loss_backward(clonal__build *b, clonal_node node)
{
    (void)b;
    (void)node;
    return CLONAL_OK; /* its gradient came with the loss */
}
