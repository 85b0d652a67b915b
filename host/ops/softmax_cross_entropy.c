/* softmax_cross_entropy.c: the mean over the batch of -log softmax(z)[label]: cl/loss.cl. */
#include "host/ops/loss_rows.h"

static float gradient_scale(uint32_t rows, uint32_t columns)
{
    (void)columns;
    return (float)(1.0 / rows);
}

clonal_status clonal__op_cross_entropy(clonal__launch_list *list, const clonal__feed *feed, uint32_t rows,
                                       uint32_t columns, cl_mem z, cl_mem dz)
{
    enum { FIRST_ARGUMENT = 11 };
    const clonal__kernel_spec spec = clonal__loss_by_row("cross_entropy", rows, columns, FIRST_ARGUMENT);
    return CLONAL__LIST_KERNEL(
        list, &spec, CLONAL__MEM(z), CLONAL__MEM(feed->labels), CLONAL__MEM(feed->order), CLONAL__U32(feed->shuffled),
        CLONAL__U32(rows), CLONAL__U32(columns), CLONAL__F32(gradient_scale(rows, columns)), CLONAL__U32(dz != NULL),
        CLONAL__MEM(dz ? dz : z), CLONAL__MEM(feed->row_loss), CLONAL__MEM(feed->correct), CLONAL__U32(0));
}

clonal_status clonal__op_softmax(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem z, cl_mem p)
{
    const clonal__kernel_spec spec = clonal__loss_by_row("softmax", rows, columns, -1);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(z), CLONAL__MEM(p), CLONAL__U32(rows), CLONAL__U32(columns));
}

static const clonal__row_loss by_row = {"cross_entropy", gradient_scale};
static const clonal__loss_rule loss = {
    .words = "cross-entropy", .append = clonal__op_cross_entropy, .by_row = &by_row, .predict = clonal__op_softmax};
const clonal__operation clonal__operation_softmax_cross_entropy = {.name = "softmax_cross_entropy",
                                                                   .inputs = 1,
                                                                   .shape = clonal__shape_of_flat_input,
                                                                   .forward = clonal__loss_forward,
                                                                   .backward = clonal__loss_backward,
                                                                   .loss = &loss};

clonal_node clonal_softmax_cross_entropy(clonal_graph *graph, clonal_node x)
{
    return clonal__graph_add_unary(graph, &clonal__operation_softmax_cross_entropy, x);
}
