/* cl_leaks.c: counts the OpenCL objects that a program creates, retains and releases; preloaded into tests.
 *
 * At exit it prints every object still alive; with CLONAL_CL_LEAKS=1 in the environment the program then ends with
 * status 86. Releasing what is not alive counts as an error too. Sees the calls of the program and of every library
 * it uses (CLBlast), not a driver's own. */
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_LEAK 86

typedef struct entry {
    void *object; /* NULL: never used; a count of 0: released */
    const char *kind;
    const char *maker;
    long count;
} entry;

static struct {
    pthread_mutex_t lock;
    entry *table; /* open addressing */
    size_t capacity;
    size_t used;
    long errors;
} state = {PTHREAD_MUTEX_INITIALIZER, NULL, 0, 0, 0};

static entry *slot(entry *table, size_t capacity, void *object)
{
    size_t i = ((size_t)object >> 4) * 0x9e3779b97f4a7c15u & (capacity - 1);
    while (table[i].object && table[i].object != object) i = (i + 1) & (capacity - 1);
    return &table[i];
}

/* Rebuilds the table without the entries that were released. */
static void make_room(void)
{
    size_t alive = 0, capacity = 1024;
    for (size_t i = 0; i < state.capacity; i++) alive += state.table[i].count != 0;
    while (capacity < 4 * alive) capacity *= 2;
    entry *table = calloc(capacity, sizeof *table);
    if (!table) abort();
    for (size_t i = 0; i < state.capacity; i++)
        if (state.table[i].count) *slot(table, capacity, state.table[i].object) = state.table[i];
    free(state.table);
    state.table = table;
    state.capacity = capacity;
    state.used = alive;
}

static void created(void *object, const char *kind, const char *maker)
{
    if (!object) return;
    pthread_mutex_lock(&state.lock);
    if (2 * (state.used + 1) > state.capacity) make_room();
    entry *e = slot(state.table, state.capacity, object);
    state.used += e->object == NULL;
    /* An address may come back without a release that we saw, when the driver frees an object held by another. */
    *e = (entry){object, kind, maker, 1};
    pthread_mutex_unlock(&state.lock);
}

static void counted(void *object, int change, const char *kind)
{
    pthread_mutex_lock(&state.lock);
    entry *e = state.capacity ? slot(state.table, state.capacity, object) : NULL;
    if (e && e->object && e->count > 0) {
        e->count += change;
    } else if (change < 0) {
        fprintf(stderr, "cl_leaks: release of a %s %p that is not alive\n", kind, object);
        state.errors++;
    }
    pthread_mutex_unlock(&state.lock);
}

__attribute__((destructor)) static void report(void)
{
    long leaks = 0;
    for (size_t i = 0; i < state.capacity; i++) {
        entry *e = &state.table[i];
        if (e->count > 0 && leaks++ < 20)
            fprintf(stderr, "cl_leaks: %s of %s is still alive (%ld)\n", e->kind, e->maker, e->count);
    }
    if (leaks || state.errors) fprintf(stderr, "cl_leaks: %ld leaked, %ld wrong releases\n", leaks, state.errors);
    const char *strict = getenv("CLONAL_CL_LEAKS");
    if ((leaks || state.errors) && strict && !strcmp(strict, "1")) {
        fflush(NULL);
        _exit(EXIT_LEAK);
    }
}

static void *next(const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    if (!symbol) {
        fprintf(stderr, "cl_leaks: no %s\n", name);
        abort();
    }
    return symbol;
}

/* The wrappers. NEXT finds the real function once; a race on it is harmless. */
#define NEXT(name)                                                                                                     \
    static __typeof__(&name) real;                                                                                     \
    if (!real) *(void **)&real = next(#name)

#define COUNTS(Name, type, kind)                                                                                       \
    cl_int clRetain##Name(type object)                                                                                 \
    {                                                                                                                  \
        NEXT(clRetain##Name);                                                                                          \
        cl_int status = real(object);                                                                                  \
        if (status == CL_SUCCESS) counted(object, 1, kind);                                                            \
        return status;                                                                                                 \
    }                                                                                                                  \
    cl_int clRelease##Name(type object)                                                                                \
    {                                                                                                                  \
        NEXT(clRelease##Name);                                                                                         \
        /* Counted first: another thread may be given the address as soon as it is free. */                            \
        if (object) counted(object, -1, kind);                                                                         \
        return real(object);                                                                                           \
    }

COUNTS(Context, cl_context, "context")
COUNTS(CommandQueue, cl_command_queue, "queue")
COUNTS(MemObject, cl_mem, "memory object")
COUNTS(Program, cl_program, "program")
COUNTS(Kernel, cl_kernel, "kernel")
COUNTS(Event, cl_event, "event")
COUNTS(Sampler, cl_sampler, "sampler")

#define CREATES(type, name, kind, parameters, arguments)                                                               \
    type name parameters                                                                                               \
    {                                                                                                                  \
        NEXT(name);                                                                                                    \
        type object = real arguments;                                                                                  \
        created(object, kind, #name);                                                                                  \
        return object;                                                                                                 \
    }

typedef void(CL_CALLBACK *context_callback)(const char *, const void *, size_t, void *);
typedef void(CL_CALLBACK *program_callback)(cl_program, void *);

CREATES(cl_context, clCreateContext, "context",
        (const cl_context_properties *p, cl_uint n, const cl_device_id *d, context_callback f, void *u, cl_int *e),
        (p, n, d, f, u, e))
CREATES(cl_context, clCreateContextFromType, "context",
        (const cl_context_properties *p, cl_device_type t, context_callback f, void *u, cl_int *e), (p, t, f, u, e))
CREATES(cl_command_queue, clCreateCommandQueue, "queue",
        (cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int *e), (c, d, p, e))
CREATES(cl_command_queue, clCreateCommandQueueWithProperties, "queue",
        (cl_context c, cl_device_id d, const cl_queue_properties *p, cl_int *e), (c, d, p, e))
CREATES(cl_mem, clCreateBuffer, "buffer", (cl_context c, cl_mem_flags f, size_t n, void *p, cl_int *e), (c, f, n, p, e))
CREATES(cl_mem, clCreateSubBuffer, "sub-buffer",
        (cl_mem m, cl_mem_flags f, cl_buffer_create_type t, const void *i, cl_int *e), (m, f, t, i, e))
CREATES(cl_mem, clCreateImage, "image",
        (cl_context c, cl_mem_flags f, const cl_image_format *i, const cl_image_desc *d, void *p, cl_int *e),
        (c, f, i, d, p, e))
CREATES(cl_program, clCreateProgramWithSource, "program",
        (cl_context c, cl_uint n, const char **s, const size_t *l, cl_int *e), (c, n, s, l, e))
CREATES(cl_program, clCreateProgramWithBinary, "program",
        (cl_context c, cl_uint n, const cl_device_id *d, const size_t *l, const unsigned char **b, cl_int *s,
         cl_int *e),
        (c, n, d, l, b, s, e))
CREATES(cl_program, clLinkProgram, "program",
        (cl_context c, cl_uint n, const cl_device_id *d, const char *o, cl_uint m, const cl_program *i,
         program_callback f, void *u, cl_int *e),
        (c, n, d, o, m, i, f, u, e))
CREATES(cl_kernel, clCreateKernel, "kernel", (cl_program p, const char *n, cl_int *e), (p, n, e))
CREATES(cl_event, clCreateUserEvent, "event", (cl_context c, cl_int *e), (c, e))

cl_int clCreateKernelsInProgram(cl_program program, cl_uint n, cl_kernel *kernels, cl_uint *made)
{
    NEXT(clCreateKernelsInProgram);
    cl_uint count = 0;
    cl_int status = real(program, n, kernels, &count);
    for (cl_uint i = 0; status == CL_SUCCESS && kernels && i < count; i++)
        created(kernels[i], "kernel", "clCreateKernelsInProgram");
    if (made) *made = count;
    return status;
}

/* The calls that give an event when asked to. */
#define ENQUEUES(name, parameters, arguments)                                                                          \
    cl_int name parameters                                                                                             \
    {                                                                                                                  \
        NEXT(name);                                                                                                    \
        cl_int status = real arguments;                                                                                \
        if (status == CL_SUCCESS && event) created(*event, "event", #name);                                            \
        return status;                                                                                                 \
    }
#define WAIT cl_uint n, const cl_event *w, cl_event *event

ENQUEUES(clEnqueueNDRangeKernel,
         (cl_command_queue q, cl_kernel k, cl_uint d, const size_t *o, const size_t *g, const size_t *l, WAIT),
         (q, k, d, o, g, l, n, w, event))
ENQUEUES(clEnqueueTask, (cl_command_queue q, cl_kernel k, WAIT), (q, k, n, w, event))
ENQUEUES(clEnqueueReadBuffer, (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, void *p, WAIT),
         (q, m, b, o, s, p, n, w, event))
ENQUEUES(clEnqueueWriteBuffer, (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, const void *p, WAIT),
         (q, m, b, o, s, p, n, w, event))
ENQUEUES(clEnqueueCopyBuffer, (cl_command_queue q, cl_mem a, cl_mem b, size_t i, size_t o, size_t s, WAIT),
         (q, a, b, i, o, s, n, w, event))
ENQUEUES(clEnqueueFillBuffer, (cl_command_queue q, cl_mem m, const void *p, size_t z, size_t o, size_t s, WAIT),
         (q, m, p, z, o, s, n, w, event))
ENQUEUES(clEnqueueReadBufferRect,
         (cl_command_queue q, cl_mem m, cl_bool b, const size_t *o, const size_t *h, const size_t *r, size_t br,
          size_t bs, size_t hr, size_t hs, void *p, WAIT),
         (q, m, b, o, h, r, br, bs, hr, hs, p, n, w, event))
ENQUEUES(clEnqueueWriteBufferRect,
         (cl_command_queue q, cl_mem m, cl_bool b, const size_t *o, const size_t *h, const size_t *r, size_t br,
          size_t bs, size_t hr, size_t hs, const void *p, WAIT),
         (q, m, b, o, h, r, br, bs, hr, hs, p, n, w, event))
ENQUEUES(clEnqueueCopyBufferRect,
         (cl_command_queue q, cl_mem a, cl_mem b, const size_t *i, const size_t *o, const size_t *r, size_t ir,
          size_t is, size_t br, size_t bs, WAIT),
         (q, a, b, i, o, r, ir, is, br, bs, n, w, event))
ENQUEUES(clEnqueueUnmapMemObject, (cl_command_queue q, cl_mem m, void *p, WAIT), (q, m, p, n, w, event))
ENQUEUES(clEnqueueMarkerWithWaitList, (cl_command_queue q, WAIT), (q, n, w, event))
ENQUEUES(clEnqueueBarrierWithWaitList, (cl_command_queue q, WAIT), (q, n, w, event))
ENQUEUES(clEnqueueMigrateMemObjects, (cl_command_queue q, cl_uint c, const cl_mem *m, cl_mem_migration_flags f, WAIT),
         (q, c, m, f, n, w, event))
ENQUEUES(clEnqueueMarker, (cl_command_queue q, cl_event *event), (q, event))

void *clEnqueueMapBuffer(cl_command_queue q, cl_mem m, cl_bool b, cl_map_flags f, size_t o, size_t s, WAIT, cl_int *e)
{
    NEXT(clEnqueueMapBuffer);
    cl_int status = CL_SUCCESS;
    void *mapped = real(q, m, b, f, o, s, n, w, event, &status);
    if (status == CL_SUCCESS && event) created(*event, "event", "clEnqueueMapBuffer");
    if (e) *e = status;
    return mapped;
}
