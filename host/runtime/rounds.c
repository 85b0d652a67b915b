/* rounds.c: whether a device's kernels make the rounds of their loops. Mesa's llvmpipe leaves a work-item's loops after
 * 65535 in all, silently. */
#include "host/runtime/runtime.h"

/* Every device is taken to make as many as LEAST, and one that makes MOST to make any number: the limit that is looked
 * for is one of 16 bits. */
enum { LEAST = 1 << 14, MOST = 1 << 18 };

/* Sets *x to what a loop of so many rounds made of it on the device. */
static clonal_status made(clonal_context *context, uint32_t rounds, uint32_t *x)
{
    cl_kernel kernel;
    cl_mem result = NULL;
    CLONAL__TRY(clonal__kernel_create(context, "rounds", NULL, "loop_rounds", &kernel));
    clonal_status status = clonal__buffer_create(context, CL_MEM_READ_WRITE, sizeof *x, NULL, &result);
    if (status == CLONAL_OK) status = CLONAL__SET_ARGS(kernel, 0, CLONAL__MEM(result), CLONAL__U32(rounds));
    const clonal__launch launch = {.kernel = kernel, .dimensions = 1, .global = {1}, .local = {1}};
    if (status == CLONAL_OK) status = clonal__launch_enqueue(context, &launch);
    if (status == CLONAL_OK) status = clonal__buffer_read(context, result, 0, sizeof *x, x);
    clonal__buffer_free(&result);
    clReleaseKernel(kernel);
    return status;
}

clonal_status clonal__rounds_made(clonal_context *context, uint64_t rounds, const char *what)
{
    uint32_t wanted = 0, got, tried = rounds < MOST ? (uint32_t)rounds : MOST;
    if (tried <= LEAST || tried <= context->rounds_made) return CLONAL_OK;
    for (uint32_t i = 0; i < tried; i++) wanted = (wanted ^ i) * 0x9e3779b1u + 1u; /* as cl/rounds.cl */
    CLONAL__TRY(made(context, tried, &got));
    if (got != wanted)
        return clonal__fail(CLONAL_E_CONTRACT,
                            "%s leaves a kernel's loops before their end, silently: %s takes up to %llu rounds, which "
                            "are too many for it; "
                            "use another device",
                            context->info.name, what, (unsigned long long)rounds);
    context->rounds_made = tried;
    return CLONAL_OK;
}
