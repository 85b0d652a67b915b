/* load.c: gathering a batch from the data set on the device: cl/load.cl. */
#include "host/ops/ops.h"

clonal_status clonal__op_load(clonal__launch_list *list, const clonal__source *source, uint32_t rows, uint32_t columns, cl_mem x)
{
    const clonal__kernel_spec spec = {.program = "load",
                                      .kernel = source->is_float ? "load_f32" : "load_u8",
                                      .dimensions = 2,
                                      .global = {clonal__round_up(columns, 16), rows},
                                      .local = {clonal__round_up(columns, 16) % 64 == 0 ? 64 : 16, 1},
                                      .step_argument = -1,
                                      .place_argument = 5};
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(source->samples), CLONAL__MEM(source->order), CLONAL__U32(source->shuffled),
                               CLONAL__U32(columns), CLONAL__MEM(x), CLONAL__U32(0));
}
