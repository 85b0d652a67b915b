/* buffer.c: device memory, and copies between it and the host. All on the context's one in-order queue. */
#include "host/runtime/pages.h"
#include "host/runtime/process.h"

static const size_t least_bytes = 4; /* OpenCL has no empty buffer */

static clonal_status create(clonal_context *context, cl_mem_flags flags, size_t bytes, const void *initial,
                            cl_mem *buffer)
{
    cl_int code;
    *buffer = NULL;
    CLONAL__TRY(clonal__process_check());
    if (initial) flags |= CL_MEM_COPY_HOST_PTR;
    /* GPUs' drivers give more than they say (room.c): theirs may refuse it */
    if (context->info.type == CLONAL_DEVICE_CPU && bytes > context->info.max_allocation_bytes)
        return clonal__fail_cl_at("clCreateBuffer", CL_INVALID_BUFFER_SIZE,
                                  "a buffer of %zu bytes is larger than the %llu that %s allows", bytes,
                                  (unsigned long long)context->info.max_allocation_bytes, context->info.name);
    *buffer = clCreateBuffer(context->cl, flags, bytes ? bytes : least_bytes, (void *)(size_t)initial, &code);
    if (code == CL_SUCCESS) return CLONAL_OK;
    *buffer = NULL;
    return clonal__fail_cl_at("clCreateBuffer", code, "a buffer of %zu bytes", bytes);
}

clonal_status clonal__buffer_create(clonal_context *context, cl_mem_flags flags, size_t bytes, const void *initial,
                                    cl_mem *buffer)
{
    if (bytes == 0) initial = NULL;
    if (!clonal__pages_suit(context, bytes)) return create(context, flags, bytes, initial, buffer);
    CLONAL__TRY(create(context, flags, bytes, NULL, buffer));
    clonal_status status = clonal__pages_enlarge(context, *buffer, bytes);
    if (status == CLONAL_OK && initial) status = clonal__buffer_write(context, *buffer, 0, bytes, initial);
    if (status != CLONAL_OK) clonal__buffer_free(buffer);
    return status;
}

clonal_status clonal__buffer_create_sparse(clonal_context *context, size_t bytes, cl_mem *buffer)
{
    return create(context, CL_MEM_READ_WRITE, bytes, NULL, buffer);
}

void clonal__buffer_free(cl_mem *buffer)
{
    if (*buffer && !clonal__process_is_fork()) clReleaseMemObject(*buffer);
    *buffer = NULL;
}

clonal_status clonal__buffer_write(clonal_context *context, cl_mem buffer, size_t offset, size_t bytes,
                                   const void *from)
{
    if (bytes == 0) return CLONAL_OK;
    CLONAL__TRY(clonal__process_check());
    CLONAL__TRY_CL("clEnqueueWriteBuffer",
                   clEnqueueWriteBuffer(context->queue, buffer, CL_TRUE, offset, bytes, from, 0, NULL, NULL));
    return CLONAL_OK;
}

clonal_status clonal__buffer_read(clonal_context *context, cl_mem buffer, size_t offset, size_t bytes, void *to)
{
    if (bytes == 0) return CLONAL_OK;
    CLONAL__TRY(clonal__process_check());
    CLONAL__TRY_CL("clEnqueueReadBuffer",
                   clEnqueueReadBuffer(context->queue, buffer, CL_TRUE, offset, bytes, to, 0, NULL, NULL));
    return CLONAL_OK;
}

/* OpenCL's names for a part: where it begins and what it spans, in bytes and rows, and rows' lengths in bytes. */
typedef struct place {
    size_t origin[3], region[3], pitch, host_pitch;
} place;

static place place_of(const clonal__rectangle *part)
{
    const size_t word = 4;
    return (place){{part->column * word, part->row, 0},
                   {part->columns * word, part->rows, 1},
                   part->stride * word,
                   part->columns * word};
}

static const size_t host_origin[3] = {0, 0, 0};

clonal_status clonal__buffer_write_part(clonal_context *context, cl_mem buffer, const clonal__rectangle *part,
                                        const void *from)
{
    const place p = place_of(part);
    if (!part->rows || !part->columns) return CLONAL_OK;
    CLONAL__TRY(clonal__process_check());
    CLONAL__TRY_CL("clEnqueueWriteBufferRect",
                   clEnqueueWriteBufferRect(context->queue, buffer, CL_TRUE, p.origin, host_origin, p.region, p.pitch,
                                            0, p.host_pitch, 0, from, 0, NULL, NULL));
    return CLONAL_OK;
}

clonal_status clonal__buffer_read_part(clonal_context *context, cl_mem buffer, const clonal__rectangle *part, void *to)
{
    const place p = place_of(part);
    if (!part->rows || !part->columns) return CLONAL_OK;
    CLONAL__TRY(clonal__process_check());
    CLONAL__TRY_CL("clEnqueueReadBufferRect",
                   clEnqueueReadBufferRect(context->queue, buffer, CL_TRUE, p.origin, host_origin, p.region, p.pitch, 0,
                                           p.host_pitch, 0, to, 0, NULL, NULL));
    return CLONAL_OK;
}

/* By the word's first `size` bytes. */
static clonal_status fill(clonal_context *context, cl_mem buffer, uint32_t word, size_t size, size_t bytes)
{
    if (bytes == 0) return CLONAL_OK;
    CLONAL__TRY(clonal__process_check());
    CLONAL__TRY_CL("clEnqueueFillBuffer",
                   clEnqueueFillBuffer(context->queue, buffer, &word, size, 0, bytes, 0, NULL, NULL));
    return CLONAL_OK;
}

clonal_status clonal__buffer_zero(clonal_context *context, cl_mem buffer, size_t bytes)
{
    return fill(context, buffer, 0, bytes % 4 ? 1 : 4, bytes);
}

clonal_status clonal__buffer_fill(clonal_context *context, cl_mem buffer, uint32_t word, size_t words)
{
    return fill(context, buffer, word, 4, 4 * words);
}

clonal_status clonal__buffer_copy(clonal_context *context, cl_mem from, cl_mem to, size_t bytes)
{
    if (bytes == 0) return CLONAL_OK;
    CLONAL__TRY(clonal__process_check());
    CLONAL__TRY_CL("clEnqueueCopyBuffer", clEnqueueCopyBuffer(context->queue, from, to, 0, 0, bytes, 0, NULL, NULL));
    return CLONAL_OK;
}

size_t clonal__round_up(size_t value, size_t multiple)
{
    size_t rest = value % multiple;
    return rest ? value + (multiple - rest) : value;
}
