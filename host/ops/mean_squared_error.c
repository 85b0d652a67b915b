/* mean_squared_error.c: the mean over batch and columns of (y - target)^2: cl/loss.cl. */
#include "host/ops/loss_rows.h"

clonal_status clonal__op_squared_error(clonal__launch_list *list, const clonal__feed *feed, uint32_t rows,
                                       uint32_t columns, cl_mem y, cl_mem dy)
{
    enum { FIRST_ARGUMENT = 13 };
    const clonal__kernel_spec spec = clonal__loss_by_row("squared_error", rows, columns, FIRST_ARGUMENT);
    const float scale = (float)(2.0 / ((double)rows * columns));
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(y), CLONAL__MEM(feed->labels), CLONAL__MEM(feed->targets),
                               CLONAL__U32(feed->has_targets), CLONAL__MEM(feed->order), CLONAL__U32(feed->shuffled),
                               CLONAL__U32(rows), CLONAL__U32(columns), CLONAL__F32(scale), CLONAL__U32(dy != NULL),
                               CLONAL__MEM(dy ? dy : y), CLONAL__MEM(feed->row_loss), CLONAL__MEM(feed->correct),
                               CLONAL__U32(0));
}

static const clonal__loss_rule loss = {
    .words = "squared error", .takes_targets = true, .over_columns = true, .append = clonal__op_squared_error};
const clonal__operation clonal__operation_mean_squared_error = {.name = "mean_squared_error",
                                                                .inputs = 1,
                                                                .shape = clonal__shape_of_flat_input,
                                                                .forward = clonal__loss_forward,
                                                                .backward = clonal__loss_backward,
                                                                .loss = &loss};

clonal_node clonal_mean_squared_error(clonal_graph *graph, clonal_node x)
{
    return clonal__graph_add_unary(graph, &clonal__operation_mean_squared_error, x);
}
