/* load.c: gathering a batch from the data set on the device: cl/load.cl. */
#include "host/ops/ops.h"

clonal_status clonal__op_load(clonal__launch_list *list, const clonal__source *source, uint32_t rows, uint32_t columns,
                              cl_mem x)
{
    const bool wide = clonal__wide_vectors(list->context);
    const uint32_t width = wide ? 16 : 4, items = columns / width + (columns % width != 0),
                   group = items > 16 ? 64 : 16;
    const clonal__kernel_spec spec = {.program = "load",
                                      .options = wide ? "-DLOAD_WIDTH=16" : "-DLOAD_WIDTH=4",
                                      .kernel = source->is_float ? "load_f32" : "load_u8",
                                      .dimensions = 2,
                                      /* rows first: the others are few where a dimension is limited */
                                      .global = {rows, clonal__round_up(items, group)},
                                      .local = {1, group},
                                      .step_argument = -1,
                                      .place_argument = 5};
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(source->samples), CLONAL__MEM(source->order),
                               CLONAL__U32(source->shuffled), CLONAL__U32(columns), CLONAL__MEM(x), CLONAL__U32(0));
}
