/* update.c: the optimizer's step on one parameter: cl/update.cl. */
#include "host/ops/ops.h"

clonal_status clonal__op_update(clonal__launch_list *list, const clonal__sgd *sgd, uint32_t count, cl_mem g, cl_mem w,
                                cl_mem v)
{
    const clonal__kernel_spec spec = {.program = "update",
                                      .kernel = "sgd",
                                      .dimensions = 1,
                                      .global = {clonal__round_up(count, 64)},
                                      .local = {64},
                                      .step_argument = -1,
                                      .place_argument = -1};
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(g), CLONAL__MEM(w), CLONAL__MEM(v), CLONAL__U32(count),
                               CLONAL__F32(sgd->rate), CLONAL__F32(sgd->momentum), CLONAL__F32(sgd->weight_decay));
}
