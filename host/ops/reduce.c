/* reduce.c: sums over the batch: cl/reduce.cl. */
#include "host/base/contract.h"
#include "host/ops/ops.h"

static clonal__kernel_spec by_column(const clonal_context *context, const char *kernel, uint32_t rows, uint32_t columns)
{
    enum { WIDTH = 64, GROUP = 32 }; /* of an item with REDUCE_WIDE: cl/reduce.cl */
    const bool wide = clonal__wide_vectors(context);
    return (clonal__kernel_spec){
        .program = "reduce",
        .options = wide ? "-DREDUCE_WIDE=1" : NULL,
        .kernel = kernel,
        .dimensions = 1,
        .global = {wide ? clonal__round_up(columns, WIDTH) / WIDTH : clonal__round_up(columns, GROUP)},
        .local = {wide ? 1 : GROUP},
        .rounds = rows + UINT64_C(1) + rows / CLONAL__CHAIN_BLOCK,
        .long_by = "a parameter's gradient over so many rows"};
}

clonal_status clonal__op_column_sum(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem x, cl_mem y)
{
    const clonal__kernel_spec spec = by_column(list->context, "column_sum", rows, columns);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(x), CLONAL__MEM(y), CLONAL__U32(rows), CLONAL__U32(columns));
}

clonal_status clonal__op_column_dot(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem a, cl_mem b,
                                    cl_mem y)
{
    const clonal__kernel_spec spec = by_column(list->context, "column_dot", rows, columns);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(a), CLONAL__MEM(b), CLONAL__MEM(y), CLONAL__U32(rows),
                               CLONAL__U32(columns));
}

/* The summed matrix has the output's columns; its rows are what is left of its elements. */
static uint32_t rows_of(const clonal__launching *to, const clonal__instruction *in)
{
    return clonal__launching_elements(to, in->in[0]) / to->program->values[in->out].columns;
}

static clonal_status launch_sum(const clonal__launching *to, const clonal__instruction *in)
{
    return clonal__op_column_sum(to->list, rows_of(to, in), to->program->values[in->out].columns,
                                 clonal__launching_buffer(to, in->in[0]), clonal__launching_buffer(to, in->out));
}

static clonal_status launch_dot(const clonal__launching *to, const clonal__instruction *in)
{
    return clonal__op_column_dot(to->list, rows_of(to, in), to->program->values[in->out].columns,
                                 clonal__launching_buffer(to, in->in[0]), clonal__launching_buffer(to, in->in[1]),
                                 clonal__launching_buffer(to, in->out));
}

const clonal__code clonal__code_column_sum = {
    .name = "column-sum", .words = "sum of the rows", .role = CLONAL__ROLE_COLUMN_SUM, .launch = launch_sum};
const clonal__code clonal__code_column_dot = {
    .name = "column-dot", .words = "sum of the rows' products", .launch = launch_dot};
