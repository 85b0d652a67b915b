/* runtime.h: what the layers above know of OpenCL: context, programs and kernels, buffers, the one
 * queue. */
#ifndef CLONAL_RUNTIME_RUNTIME_H
#define CLONAL_RUNTIME_RUNTIME_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif

#include "host/base/error.h"
#include <CL/cl.h>
#include <clonal/device.h>

struct clonal_context {
    cl_platform_id platform;
    cl_device_id device;
    cl_context cl;
    cl_command_queue queue; /* in order; the only one */
    uint32_t entries_run;   /* of launch lists, which flush now and then: launch_list.c */
    clonal_device_info info;
    /* kernels take their forms for GPUs; also where CLONAL_FORMS=gpu asks for them, to try these on
     * a CPU */
    bool gpu_forms;
    clonal_probe probe;
    uint32_t rounds_made; /* a loop of a kernel's is known to make as many: rounds.c */
    struct clonal__built_program *programs; /* built so far, owned: see program.c */
    /* what higher rooms left here, the last one first, owned: see attachment.c */
    struct clonal__attachment *attachments;
};

/* Leaves an object in the context, for a room that is higher than the runtime, under a key that
 * names it among all of the context's: a string of static storage. The context owns the object from
 * here on, also when this fails, and gives it to `object_free` when it is destroyed, before its
 * programs and queue go and after what was attached later. Errors: CLONAL_E_MEMORY;
 * CLONAL_E_INTERNAL when the key is taken. */
clonal_status clonal__attach(clonal_context *context, const char *key, void *object,
                             void (*object_free)(void *object));
/* The object that was attached under the key, or NULL. It stays the context's. */
void *clonal__attached(const clonal_context *context, const char *key);
/* Frees all attachments, the last one first: for the context's destruction. */
void clonal__attachments_release(clonal_context *context);

/* program.c: frees the programs built so far; for the context's destruction. */
void clonal__built_programs_release(clonal_context *context);
/* probe.c: fills context->probe, from the disk's cache when this very device, driver and library
 * were probed before. Needs only cl, queue and info. CLONAL_OK also when the contract does not
 * hold: the probe says so. */
clonal_status clonal__probe_run(clonal_context *context);

/* Records a failed OpenCL call: status CLONAL_E_OPENCL (CLONAL_E_MEMORY for the out-of-memory
 * codes). */
clonal_status clonal__fail_cl(const char *call, cl_int code);
const char *clonal__cl_error_name(cl_int code); /* "CL_INVALID_VALUE"; "CL_UNKNOWN" */
/* The same with words of the caller's in front: clonal__fail_cl_at("clCreateBuffer", code, "a
 * buffer of %zu bytes", n). */
clonal_status clonal__fail_cl_at(const char *call, cl_int code, const char *format, ...)
    CLONAL__PRINTF(3, 4);
#define CLONAL__TRY_CL(call_name, code)                                                            \
    do {                                                                                           \
        cl_int clonal__c = (code);                                                                 \
        if (clonal__c != CL_SUCCESS) return clonal__fail_cl(call_name, clonal__c);                 \
    } while (0)

/* Names what a cached thing (binary, probe, plan) depends on: platform, its version, device,
 * driver, Clonal's version; one line each. CLONAL_E_MEMORY. Free with clonal__free. */
clonal_status clonal__device_key(const clonal_context *context, char **key);

/* A kernel `kernel` of program `program` (cl/<program>.cl), built once per context with `options`
 * (may be NULL; the runtime adds -cl-std=CL1.2 and -DCLONAL_FMA=...). Programs are cached in the
 * context and, as binaries, on disk under a digest of source, options, device, driver and platform
 * version; a cached binary whose own digest does not fit is ignored. Free with clReleaseKernel (a
 * new cl_kernel each call). */
/* CLONAL_KERNELS=<folder> makes <folder>/<program>.cl the source instead of the embedded one. The
 * include lines in it are resolved there. Errors: CLONAL_E_OPENCL with the build log,
 * CLONAL_E_INTERNAL (no such program or kernel). */
clonal_status clonal__kernel_create(clonal_context *context, const char *program,
                                    const char *options, const char *kernel, cl_kernel *out);

/* One launch, fixed but for the arguments set again later. sizes are in work-items. */
/* local[0] 0: the driver's choice */
typedef struct clonal__launch {
    cl_kernel kernel;
    cl_uint dimensions;
    size_t global[3], local[3];
} clonal__launch;
/* A size of 0 launches nothing. global must be a multiple of local, as OpenCL 1.2 asks:
 * clonal__round_up. */
clonal_status clonal__launch_enqueue(clonal_context *context, const clonal__launch *launch);

/* Kernel arguments: clonal__args(kernel, first index, ARG_MEM(buffer), ARG_U32(n), ARG_F32(x), ...,
 * ARG_END) */
typedef struct clonal__arg {
    size_t size;
    union {
        cl_mem mem;
        cl_uint u32;
        cl_int i32;
        cl_float f32;
        cl_uint u32x2[2];
        cl_uint u32x4[4];
        cl_uint u32x8[8];
        cl_float f32x8[8];
    } as;
} clonal__arg;
#define CLONAL__MEM(v) ((clonal__arg){sizeof(cl_mem), {.mem = (v)}})
#define CLONAL__U32(v) ((clonal__arg){4, {.u32 = (v)}})
#define CLONAL__F32(v) ((clonal__arg){4, {.f32 = (v)}})
#define CLONAL__U32X2(a, b) ((clonal__arg){8, {.u32x2 = {(a), (b)}}})
#define CLONAL__U32X4(a, b, c, d) ((clonal__arg){16, {.u32x4 = {(a), (b), (c), (d)}}})
/* zeros behind those given */
#define CLONAL__U32X8(...) ((clonal__arg){32, {.u32x8 = {__VA_ARGS__}}})
#define CLONAL__F32X8(...) ((clonal__arg){32, {.f32x8 = {__VA_ARGS__}}}) /* likewise */
clonal_status clonal__set_args(cl_kernel kernel, cl_uint first, size_t count,
                               const clonal__arg *args);
#define CLONAL__SET_ARGS(kernel, first, ...)                                                       \
    clonal__set_args((kernel), (first),                                                            \
                     sizeof((clonal__arg[]){__VA_ARGS__}) / sizeof(clonal__arg),                   \
                     (const clonal__arg[]){__VA_ARGS__})

/* Buffers. Size in bytes; 0 bytes is made 4, so that every buffer exists. Free with
 * clonal__buffer_free(&buffer), NULL is legal. */
clonal_status clonal__buffer_create(clonal_context *context, cl_mem_flags flags, size_t bytes,
                                    const void *initial, cl_mem *buffer);
void clonal__buffer_free(cl_mem *buffer);
/* blocking */
clonal_status clonal__buffer_write(clonal_context *context, cl_mem buffer, size_t offset,
                                   size_t bytes, const void *from);
/* blocking */
clonal_status clonal__buffer_read(clonal_context *context, cl_mem buffer, size_t offset,
                                  size_t bytes, void *to);
clonal_status clonal__buffer_zero(clonal_context *context, cl_mem buffer, size_t bytes);
clonal_status clonal__buffer_copy(clonal_context *context, cl_mem from, cl_mem to, size_t bytes);

/* rounds.c: CLONAL_E_CONTRACT where a work-item's loops end before so many rounds in all; tried on
 * the device where they are many, and remembered in the context. `what` names in the message what
 * takes them. */
clonal_status clonal__rounds_made(clonal_context *context, uint64_t rounds, const char *what);

/* The next multiple, for global sizes. */
size_t clonal__round_up(size_t value, size_t multiple);
/* Whether kernels take their forms for CPUs with wide vectors. Not on rusticl, which says a native
 * width of 1 and, as GPUs, is faster with narrow work-items. */
bool clonal__wide_vectors(const clonal_context *context);

#endif
