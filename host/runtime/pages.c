/* pages.c: see pages.h. */
#include "host/runtime/pages.h"

#include <stdint.h>
#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

#ifdef MADV_HUGEPAGE
bool clonal__pages_suit(const clonal_context *context, size_t bytes)
{
    enum { LARGE = 4 << 20 }; /* two huge pages, so that one is in it, wherever it begins */
    return context->info.type == CLONAL_DEVICE_CPU && bytes >= LARGE;
}

/* Whole pages alone may be spoken of. */
static void advise(void *begin, size_t bytes)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)begin + page - 1) / page * page,
                    end = ((uintptr_t)begin + bytes) / page * page;
    if (end > first) madvise((char *)begin + (first - (uintptr_t)begin), end - first, MADV_HUGEPAGE);
}

clonal_status clonal__pages_enlarge(clonal_context *context, cl_mem buffer, size_t bytes)
{
    cl_int code;
    void *memory = clEnqueueMapBuffer(context->queue, buffer, CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION, 0, bytes, 0,
                                      NULL, NULL, &code);
    if (code != CL_SUCCESS) return clonal__fail_cl_at("clEnqueueMapBuffer", code, "a buffer of %zu bytes", bytes);
    advise(memory, bytes);
    CLONAL__TRY_CL("clEnqueueUnmapMemObject", clEnqueueUnmapMemObject(context->queue, buffer, memory, 0, NULL, NULL));
    return CLONAL_OK;
}
#else
bool clonal__pages_suit(const clonal_context *context, size_t bytes)
{
    (void)context;
    (void)bytes;
    return false;
}

clonal_status clonal__pages_enlarge(clonal_context *context, cl_mem buffer, size_t bytes)
{
    (void)context;
    (void)buffer;
    (void)bytes;
    return CLONAL_OK;
}
#endif
