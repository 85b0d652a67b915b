/* gemm.c: what all implementations of a product share. */
#include "host/gemm/gemm.h"

bool clonal__gemm_same_shape(const clonal__gemm_shape *a, const clonal__gemm_shape *b)
{
    return a->m == b->m && a->n == b->n && a->k == b->k && a->ta == b->ta && a->tb == b->tb && a->zeros == b->zeros;
}

clonal_status clonal__gemm_append(clonal__launch_list *list, const clonal__gemm_shape *shape,
                                  const clonal__gemm_choice *choice, const clonal__gemm_buffers *buffers,
                                  const clonal__epilogue *epilogue)
{
    if (choice->kind == CLONAL__GEMM_NATIVE)
        return clonal__native_append(list, shape, choice->variant, buffers, epilogue);
    return clonal__clblast_append(list, shape, buffers);
}

clonal_status clonal__gemm_check(clonal_gemm wanted)
{
    if (wanted == CLONAL_GEMM_AUTO || wanted == CLONAL_GEMM_CLBLAST || wanted == CLONAL_GEMM_NATIVE) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT, "there is no gemm %d: it is one of clonal_gemm", (int)wanted);
}
