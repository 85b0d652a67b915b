/* loss.c: the losses with their gradients, and softmax: cl/loss.cl. */
#include "host/ops/ops.h"

static clonal__kernel_spec by_row(const char *kernel, uint32_t rows, uint32_t columns, int place_argument)
{
    return (clonal__kernel_spec){.program = "loss",
                                 .kernel = kernel,
                                 .dimensions = 1,
                                 .global = {clonal__round_up(rows, 16)},
                                 .local = {16},
                                 .step_argument = -1,
                                 .place_argument = place_argument,
                                 /* four loops over a row at most, one of them in blocks */
                                 .rounds = UINT64_C(4) * columns + columns / 1024 + 1,
                                 .long_by = "a loss of rows so wide"};
}

clonal_status clonal__op_cross_entropy(clonal__launch_list *list, const clonal__source *source, uint32_t rows,
                                       uint32_t columns, cl_mem z, bool gradient, cl_mem dz)
{
    clonal__kernel_spec spec = by_row("cross_entropy", rows, columns, 11);
    float scale = (float)(1.0 / rows);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(z), CLONAL__MEM(source->labels), CLONAL__MEM(source->order),
                               CLONAL__U32(source->shuffled), CLONAL__U32(rows), CLONAL__U32(columns),
                               CLONAL__F32(scale), CLONAL__U32(gradient), CLONAL__MEM(dz),
                               CLONAL__MEM(source->row_loss), CLONAL__MEM(source->right), CLONAL__U32(0));
}

clonal_status clonal__op_squared_error(clonal__launch_list *list, const clonal__source *source, uint32_t rows,
                                       uint32_t columns, cl_mem y, bool gradient, cl_mem dy)
{
    clonal__kernel_spec spec = by_row("squared_error", rows, columns, 13);
    float scale = (float)(2.0 / ((double)rows * columns));
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(y), CLONAL__MEM(source->labels), CLONAL__MEM(source->targets),
                               CLONAL__U32(source->has_targets), CLONAL__MEM(source->order),
                               CLONAL__U32(source->shuffled), CLONAL__U32(rows), CLONAL__U32(columns),
                               CLONAL__F32(scale), CLONAL__U32(gradient), CLONAL__MEM(dy),
                               CLONAL__MEM(source->row_loss), CLONAL__MEM(source->right), CLONAL__U32(0));
}

clonal_status clonal__op_softmax(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem z, cl_mem p)
{
    clonal__kernel_spec spec = by_row("softmax", rows, columns, -1);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(z), CLONAL__MEM(p), CLONAL__U32(rows), CLONAL__U32(columns));
}
