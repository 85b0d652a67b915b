/* dropout.c: the dropout operation of a step, forward and backward alike: cl/dropout.cl. */
#include "host/ops/random.h"

clonal_status clonal__op_dropout(clonal__launch_list *list, const clonal__dropout *mask, uint32_t rows, uint32_t columns, cl_mem x, cl_mem y)
{
    clonal__dropout_form form;
    CLONAL__TRY(clonal__dropout_grid(list->context, rows, columns, &form));
    const clonal__kernel_spec spec = {.program = "dropout",
                                      .options = form.options,
                                      .kernel = "dropout",
                                      .dimensions = 1,
                                      .global = {form.global},
                                      .local = {form.group},
                                      .step_argument = 7,
                                      .place_argument = -1};
    bool drops_all = mask->threshold > UINT32_MAX;
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(x), CLONAL__MEM(y), CLONAL__U32(form.items), CLONAL__U32(columns), CLONAL__U32(0),
                               CLONAL__U32X2((cl_uint)mask->seed, (cl_uint)(mask->seed >> 32)), CLONAL__U32(mask->stream), CLONAL__U32(0),
                               CLONAL__U32(drops_all ? 0 : (cl_uint)mask->threshold), CLONAL__U32(!drops_all), CLONAL__F32(mask->scale));
}
