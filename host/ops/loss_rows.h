/* loss_rows.h: how the kernels of cl/loss.cl are launched: a work-item a row. */
#ifndef CLONAL_OPS_LOSS_ROWS_H
#define CLONAL_OPS_LOSS_ROWS_H

#include "host/base/contract.h"
#include "host/ops/ops.h"

/* first_argument takes the batch's place in the data; -1: the kernel has none. */
static inline clonal__kernel_spec clonal__loss_by_row(const char *kernel, uint32_t rows,
                                                      uint32_t columns, int first_argument)
{
    return (clonal__kernel_spec){.program = "loss",
                                 .kernel = kernel,
                                 .dimensions = 1,
                                 .global = {clonal__round_up(rows, 16)},
                                 .local = {16},
                                 .bindings = {{(cl_uint)first_argument, CLONAL__VARIABLE_FIRST}},
                                 .binding_count = first_argument >= 0,
                                 /* four loops over a row at most, one of them in blocks */
                                 .rounds =
                                     UINT64_C(4) * columns + columns / CLONAL__CHAIN_BLOCK + 1,
                                 .long_by = "a loss of rows so wide"};
}

#endif
