/* plan_gemms.c: a choice for every product of a program. */
#include "host/compile/compile.h"

static clonal_status plan_all(clonal__program *program, clonal_context *context, uint32_t batch, clonal_gemm wanted,
                              bool allow_inexact, clonal__gemm_workspace *workspace, bool *exact)
{
    size_t count = 0, number = 0;
    for (size_t i = 0; i < program->instruction_count; i++)
        count += program->instructions[i].code->role == CLONAL__ROLE_PRODUCT;
    *exact = true;
    for (size_t i = 0; i < program->instruction_count; i++) {
        clonal__instruction *in = &program->instructions[i];
        if (in->code->role != CLONAL__ROLE_PRODUCT) continue;
        const clonal__gemm_shape shape = clonal__gemm_shape_of(program, in, batch);
        clonal__activity(context, "planning %zu/%zu: product of %ux%ux%u", ++number, count, shape.m, shape.n, shape.k);
        CLONAL__TRY_SPAN(context, clonal__gemm_plan(context, &shape, wanted, allow_inexact, workspace, &in->choice),
                         "plan product %ux%ux%u", shape.m, shape.n, shape.k);
        *exact = *exact && in->choice.exact;
    }
    return CLONAL_OK;
}

clonal_status clonal__plan_gemms(clonal__program *program, clonal_context *context, uint32_t batch, clonal_gemm wanted,
                                 bool allow_inexact, bool *exact)
{
    clonal__gemm_workspace workspace = {0};
    const clonal_status status = plan_all(program, context, batch, wanted, allow_inexact, &workspace, exact);
    clonal__gemm_workspace_free(&workspace);
    return status;
}
