/* reduce.c: sums over the batch: cl/reduce.cl. */
#include "host/ops/ops.h"

clonal_status clonal__op_column_sum(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem x, cl_mem y)
{
    const clonal__kernel_spec spec = {.program = "reduce",
                                      .kernel = "column_sum",
                                      .dimensions = 1,
                                      .global = {clonal__round_up(columns, 32)},
                                      .local = {32},
                                      .step_argument = -1,
                                      .place_argument = -1,
                                      .rounds = rows + UINT64_C(1) + rows / 1024,
                                      .long_by = "a bias's gradient over so many rows"};
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(x), CLONAL__MEM(y), CLONAL__U32(rows), CLONAL__U32(columns));
}
