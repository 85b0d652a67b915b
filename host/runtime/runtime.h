/* runtime.h: what the rooms above know of OpenCL: the context and what may be left in it, programs
 * and their kernels, launches, buffers, errors.
 *
 * Everything here belongs to one context, and a context is used by one thread at a time;
 * different contexts may be used by different threads. Work is given to the context's one queue,
 * which runs it in order: what does not say that it waits returns before the device is done, and
 * a fault of the device may show in a later call. Functions return a status and record the
 * error, with OpenCL's own words for it (host/base/error.h); out-parameters are NULL or zero
 * after a failure. */
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
    /* Kernels take their forms for GPUs; also where CLONAL_FORMS=gpu asks for them, to try these on
     * a CPU. */
    bool gpu_forms;
    clonal_probe probe;
    /* Kernels' loops are known to make as many rounds: rounds.c. */
    uint32_t rounds_made;
    struct clonal__built_program *programs; /* built so far, owned: program.c */
    /* What higher rooms left here, the last one first, owned: attachment.c. */
    struct clonal__attachment *attachments;
    struct clonal__profile *profile; /* NULL: nobody looks; owned: profile.c */
    clonal_activity_fn activity;     /* NULL: nobody listens */
    void *activity_user;
};

/* Whether kernels take their forms for CPUs with wide vectors. They do not on rusticl, which claims
 * a native width of 1 and, as GPUs do, is faster with narrow work-items. */
bool clonal__wide_vectors(const clonal_context *context);

/* Runs the probe on a context of which cl, queue and info are set, and fills context->probe,
 * from the disk where this very device, driver and library were probed before. Waits for the
 * device. CLONAL_OK also where the contract does not hold: the probe says so, and a warning is
 * logged. Errors: CLONAL_E_MEMORY; CLONAL_E_OPENCL where the kernel of plain arithmetic does not
 * build or run. */
clonal_status clonal__probe_run(clonal_context *context);

/* Fails with CLONAL_E_CONTRACT where the device ends a work-item's loops before `rounds` rounds
 * in all, as Mesa's llvmpipe does without a word. Few rounds are taken to be made; many are
 * tried on the device, which waits for it, and what it made is remembered in the context. `what`
 * names in the message what takes so many. Other errors: those of building and running a kernel. */
clonal_status clonal__rounds_made(clonal_context *context, uint64_t rounds, const char *what);

/* Sets *key to a text that names all that something kept on disk (a binary, a probe's result) may
 * depend on beside its own source: platform and its version, device, driver, Clonal's version, a
 * line each. Free with clonal__free. Errors: CLONAL_E_MEMORY. */
clonal_status clonal__device_key(const clonal_context *context, char **key);

/* Tells who listens to the context (clonal_context_on_activity) what is about to be done. */
void clonal__activity(const clonal_context *context, const char *format, ...) CLONAL__PRINTF(2, 3);

/* Attachments: what rooms above the runtime leave in a context, to find it again and to have it
 * freed. */

/* Leaves an object in the context under a key, which is a string of static storage that names it
 * among all of the context's. The context owns the object from here on, also when this fails, and
 * gives it to `object_free` when it is destroyed: before its programs and queue go, the object that
 * was attached last first. Errors: CLONAL_E_MEMORY; CLONAL_E_INTERNAL when the key is taken. */
clonal_status clonal__attach(clonal_context *context, const char *key, void *object,
                             void (*object_free)(void *object));
/* The object attached under the key, or NULL. It stays the context's. */
void *clonal__attached(const clonal_context *context, const char *key);
/* Frees all attachments. For the context's destruction. */
void clonal__attachments_release(clonal_context *context);

/* Errors. */

/* Records that an OpenCL call returned `code`, "clCreateBuffer failed with CL_..." and returns the
 * status: CLONAL_E_MEMORY for the codes that say so, else CLONAL_E_OPENCL. */
clonal_status clonal__fail_cl(const char *call, cl_int code);
/* The same with words of the caller's and ": " in front of the message:
 * clonal__fail_cl_at("clCreateBuffer", code, "a buffer of %zu bytes", n). */
clonal_status clonal__fail_cl_at(const char *call, cl_int code, const char *format, ...)
    CLONAL__PRINTF(3, 4);
/* The code's name, "CL_INVALID_VALUE", or "CL_UNKNOWN". Static. */
const char *clonal__cl_error_name(cl_int code);
/* Returns from the calling function with the failure of an OpenCL call that did not succeed:
 * CLONAL__TRY_CL("clFlush", clFlush(queue)). */
#define CLONAL__TRY_CL(call_name, code)                                                            \
    do {                                                                                           \
        cl_int clonal__c = (code);                                                                 \
        if (clonal__c != CL_SUCCESS) return clonal__fail_cl(call_name, clonal__c);                 \
    } while (0)

/* Programs and kernels. */

/* Makes a new kernel `kernel` of the program cl/<program>.cl built with `options`, which may be
 * NULL; -cl-std=CL1.2 and -DCLONAL_FMA=<the probe's body> are added. Free with clReleaseKernel.
 *
 * A program is built once in a context for the same options, which waits for the compiler, for
 * seconds on some devices; it stays the context's. Built programs are also kept on disk, under a
 * digest of source, options, device, driver and platform: see program_cache.h. With the environment
 * variable CLONAL_KERNELS=<folder> the source is <folder>/<program>.cl in place of the embedded
 * one.
 *
 * Errors: CLONAL_E_OPENCL, with the build log, or where the program has no such kernel;
 * CLONAL_E_INTERNAL (there is no such program); CLONAL_E_IO, CLONAL_E_FORMAT (in
 * CLONAL_KERNELS); CLONAL_E_MEMORY. */
clonal_status clonal__kernel_create(clonal_context *context, const char *program,
                                    const char *options, const char *kernel, cl_kernel *out);
/* Frees the programs built so far. For the context's destruction. */
void clonal__built_programs_release(clonal_context *context);

/* Launches. */

/* One launch of a kernel, whose arguments are set apart from it. Sizes are in work-items; a
 * local[0] of 0 leaves the group's size to the driver. */
typedef struct clonal__launch {
    cl_kernel kernel;
    cl_uint dimensions;
    size_t global[3], local[3];
} clonal__launch;
/* Gives the launch to the queue and does not wait for it. A global size of 0 launches nothing. Each
 * global size must be a multiple of the local one, as OpenCL 1.2 asks: clonal__round_up. Errors:
 * CLONAL_E_OPENCL, CLONAL_E_MEMORY, naming the kernel. */
clonal_status clonal__launch_enqueue(clonal_context *context, const clonal__launch *launch);
/* The same with the event of its end, which is the caller's (clReleaseEvent), NULL where nothing is
 * launched. event NULL: none is wanted. */
clonal_status clonal__launch_timed(clonal_context *context, const clonal__launch *launch,
                                   cl_event *event);
/* The least multiple of `multiple` that is not below `value`. */
size_t clonal__round_up(size_t value, size_t multiple);

/* One argument of a kernel: made by one of the macros below it. */
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
/* Up to 8 values, with zeros behind those given. */
#define CLONAL__U32X8(...) ((clonal__arg){32, {.u32x8 = {__VA_ARGS__}}})
#define CLONAL__F32X8(...) ((clonal__arg){32, {.f32x8 = {__VA_ARGS__}}})

/* Sets `count` arguments of a kernel, from number `first` on; OpenCL copies them, but a buffer has
 * to live until the last launch that uses it is done. Errors: CLONAL_E_OPENCL, naming the argument
 * and the kernel; the arguments before it are set. */
clonal_status clonal__set_args(cl_kernel kernel, cl_uint first, size_t count,
                               const clonal__arg *args);
/* The same with the arguments written out:
 * CLONAL__SET_ARGS(kernel, 0, CLONAL__MEM(buffer), CLONAL__U32(n)). */
#define CLONAL__SET_ARGS(kernel, first, ...)                                                       \
    clonal__set_args((kernel), (first),                                                            \
                     sizeof((clonal__arg[]){__VA_ARGS__}) / sizeof(clonal__arg),                   \
                     (const clonal__arg[]){__VA_ARGS__})

/* Elements of one matrix at most, and so of a buffer: what kernels count in 32 bits, and a launch
 * of as many work-items, rounded up to a whole group, too. Less than memory allows on few devices;
 * more than 2^32 would take 64-bit counts in every kernel. */
#define CLONAL__MOST_ELEMENTS (UINT32_MAX - 1023)

/* How many floats one of the device's compute units makes at once, as its driver counts units:
 * NVIDIA's multiprocessors 128, AMD's compute units 64, Intel's vector engines 8; of a CPU its
 * vectors' length. selector.c. */
uint32_t clonal__unit_lanes(const clonal_device_info *info);

/* Buffers: device memory. Sizes and offsets are in bytes; a copy of 0 bytes does nothing. */

/* Makes a buffer, with a copy of `initial` in it unless that is NULL. OpenCL has no empty buffers:
 * one of 0 bytes gets a few. Where it is large, and the device a CPU, it waits for the device
 * (pages.h). Free with clonal__buffer_free. Errors: CLONAL_E_MEMORY, also where the device does not
 * allow one so large; CLONAL_E_OPENCL. */
clonal_status clonal__buffer_create(clonal_context *context, cl_mem_flags flags, size_t bytes,
                                    const void *initial, cl_mem *buffer);
/* The same for a matrix of which little is going to be touched, in places far apart: never in huge
 * pages, of which each would be one. */
clonal_status clonal__buffer_create_sparse(clonal_context *context, size_t bytes, cl_mem *buffer);
/* Frees *buffer, once the launches that use it are done, and sets it to NULL. *buffer may be
 * NULL. */
void clonal__buffer_free(cl_mem *buffer);
/* Copy from the host into the buffer, and from the buffer to the host. Both wait: for all that was
 * given to the queue before, and for the copy. Errors: CLONAL_E_OPENCL, CLONAL_E_MEMORY. */
clonal_status clonal__buffer_write(clonal_context *context, cl_mem buffer, size_t offset,
                                   size_t bytes, const void *from);
clonal_status clonal__buffer_read(clonal_context *context, cl_mem buffer, size_t offset,
                                  size_t bytes, void *to);
/* A part of a dense row-major matrix of 32-bit words whose rows are `stride` long. */
typedef struct clonal__rectangle {
    size_t row, column, rows, columns, stride;
} clonal__rectangle;
/* Copy a part of a matrix that fills a buffer, from and to a dense matrix of `rows` by `columns` on
 * the host, as the two above do. */
clonal_status clonal__buffer_write_part(clonal_context *context, cl_mem buffer,
                                        const clonal__rectangle *part, const void *from);
clonal_status clonal__buffer_read_part(clonal_context *context, cl_mem buffer,
                                       const clonal__rectangle *part, void *to);
/* Fill with zero bytes, or with 32-bit words, from the start, and copy from one buffer to another,
 * on the device. None waits. Errors as above. */
clonal_status clonal__buffer_zero(clonal_context *context, cl_mem buffer, size_t bytes);
clonal_status clonal__buffer_fill(clonal_context *context, cl_mem buffer, uint32_t word,
                                  size_t words);
clonal_status clonal__buffer_copy(clonal_context *context, cl_mem from, cl_mem to, size_t bytes);

#endif
