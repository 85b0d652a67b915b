/* multiply.c: one product of matrices in host memory. */
#include "host/gemm/gemm.h"

#include "host/base/float_environment.h"

clonal_status clonal__gemm_check_shape(const clonal__gemm_shape *s)
{
    if (!s->m || !s->n || !s->k)
        return clonal__fail(CLONAL_E_ARGUMENT, "a product of %ux%ux%u has no elements", s->m, s->n, s->k);
    if ((uint64_t)s->m * s->k > CLONAL__MOST_ELEMENTS || (uint64_t)s->k * s->n > CLONAL__MOST_ELEMENTS ||
        (uint64_t)s->m * s->n > CLONAL__MOST_ELEMENTS)
        return clonal__fail(CLONAL_E_SHAPE, "a product of %ux%ux%u is too large: a matrix may have %u elements", s->m,
                            s->n, s->k, CLONAL__MOST_ELEMENTS);
    return CLONAL_OK;
}

static size_t bytes_of(uint32_t rows, uint32_t columns)
{
    return sizeof(float) * rows * columns;
}

clonal_status clonal_multiply(clonal_context *context, uint32_t m, uint32_t n, uint32_t k, bool ta, const float *a,
                              bool tb, const float *b, float *c)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(context && a && b && c);
    const clonal__gemm_shape shape = {m, n, k, ta, tb, 0};
    clonal__gemm_choice choice;
    clonal__gemm_buffers on_device = {0};
    clonal__launch_list list = {.context = context};
    clonal_status status;
    CLONAL__TRY(clonal__gemm_check_shape(&shape));
    CLONAL__TRY(clonal__gemm_plan(context, &shape, CLONAL_GEMM_AUTO, false, NULL, &choice));
    CLONAL__TRY_GOTO(clonal__buffer_create(context, CL_MEM_READ_ONLY, bytes_of(m, k), a, &on_device.a), done);
    CLONAL__TRY_GOTO(clonal__buffer_create(context, CL_MEM_READ_ONLY, bytes_of(k, n), b, &on_device.b), done);
    CLONAL__TRY_GOTO(clonal__buffer_create(context, CL_MEM_READ_WRITE, bytes_of(m, n), NULL, &on_device.c), done);
    CLONAL__TRY_GOTO(clonal__gemm_append(&list, &shape, &choice, &on_device, NULL), done);
    CLONAL__TRY_GOTO(clonal__list_run(&list, NULL), done);
    status = clonal__buffer_read(context, on_device.c, 0, bytes_of(m, n), c);
done:
    clonal__list_clear(&list);
    clonal__buffer_free(&on_device.a);
    clonal__buffer_free(&on_device.b);
    clonal__buffer_free(&on_device.c);
    return status;
}
