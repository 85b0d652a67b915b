/* ceiling.c: copies that measurements are held against: see ops.h. Kernels: cl/ceiling.cl. */
#include "host/base/memory.h"
#include "host/ops/ops.h"

clonal_status clonal__op_scale(clonal__launch_list *list, uint32_t count, float factor, cl_mem x, cl_mem y)
{
    enum { TOGETHER = 64, TOGETHER_GROUP = 8, STRIDED = 16, STRIDED_GROUP = 64 };
    const bool wide = clonal__wide_vectors(list->context);
    const uint32_t each = wide ? TOGETHER : STRIDED, group = wide ? TOGETHER_GROUP : STRIDED_GROUP;
    const uint32_t items = count / each + (count % each != 0);
    const clonal__kernel_spec spec = {.program = "ceiling",
                                      .options = !wide                    ? "-DCLONAL_WIDE=0"
                                                 : clonal__streams(count) ? "-DCLONAL_WIDE=1 -DCLONAL_AHEAD=256 "
                                                                            "-DCLONAL_STREAM=1"
                                                                          : "-DCLONAL_WIDE=1 -DCLONAL_AHEAD=256",
                                      .kernel = "scale",
                                      .dimensions = 1,
                                      .global = {clonal__round_up(items, group)},
                                      .local = {group}};
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(x), CLONAL__MEM(y), CLONAL__U32(count), CLONAL__F32(factor));
}

typedef struct copy_state {
    cl_mem x, y;
    size_t bytes;
} copy_state;

static clonal_status copy(clonal_context *context, const void *state)
{
    const copy_state *c = state;
    CLONAL__TRY_CL("clEnqueueCopyBuffer",
                   clEnqueueCopyBuffer(context->queue, c->x, c->y, 0, 0, c->bytes, 0, NULL, NULL));
    return CLONAL_OK;
}

clonal_status clonal__op_copy(clonal__launch_list *list, uint32_t count, cl_mem x, cl_mem y)
{
    copy_state *state;
    CLONAL__TRY(clonal__calloc(1, sizeof *state, &state));
    *state = (copy_state){x, y, sizeof(float) * count};
    const clonal__entry entry = {.call = copy, .state = state, .label = "copy"};
    return clonal__list_append(list, &entry);
}
