/* launch.h: a step as a fixed list of launches, in which only the step number and the batch's place
 * change. */
#ifndef CLONAL_RUNTIME_LAUNCH_H
#define CLONAL_RUNTIME_LAUNCH_H

#include "host/runtime/runtime.h"

/* Functions of one element, with their derivative from the output. */
typedef enum clonal__function {
    CLONAL__IDENTITY,
    CLONAL__F_RELU,
    CLONAL__F_SIGMOID,
    CLONAL__F_TANH
} clonal__function;

/* A dropout mask but for its place: see include/clonal/random.h */
typedef struct clonal__dropout {
    uint64_t threshold;
    float scale;
    uint64_t seed;
    uint32_t stream;
} clonal__dropout;

/* SGD: g = fma(weight_decay, w, g) if it is not 0; v = fma(momentum, v, g), g = v if it is not 0; w
 * = fma(-rate, g, w) */
typedef struct clonal__sgd {
    float rate, momentum, weight_decay;
} clonal__sgd;

/* One entry: an OpenCL launch, or a call into CLBlast (call != NULL). */
typedef struct clonal__entry {
    clonal__launch launch;
    int step_argument; /* index of the uint argument that takes the step, or -1 */
    /* index of the uint argument that takes the batch's place in the data, or -1 */
    int place_argument;
    clonal_status (*call)(clonal_context *context, const void *state);
    void *state;       /* of call, clonal__free'd with the list */
    const char *label; /* static: for --explain and profiling */
    int tag;           /* the instruction it belongs to */
} clonal__entry;

typedef struct clonal__launch_list {
    clonal_context *context;
    clonal__entry *entries;
    size_t count;
    int tag; /* given to entries that are appended */
} clonal__launch_list;

/* Takes over entry's kernel and state, also when it fails. */
clonal_status clonal__list_append(clonal__launch_list *list, const clonal__entry *entry);
/* Makes a kernel of a program, sets its arguments and appends its launch over `global` work-items
 * (one dimension). step_argument and place_argument as above. */
typedef struct clonal__kernel_spec {
    const char *program, *options, *kernel, *label;
    cl_uint dimensions;
    size_t global[3], local[3];
    int step_argument, place_argument;
    /* of an item's loops in all, at most: clonal__rounds_made is asked; 0: never many */
    uint64_t rounds;
    const char *long_by; /* what makes them so many, for its message */
} clonal__kernel_spec;
clonal_status clonal__list_kernel(clonal__launch_list *list, const clonal__kernel_spec *spec,
                                  size_t count, const clonal__arg *args);
#define CLONAL__LIST_KERNEL(list, spec, ...)                                                       \
    clonal__list_kernel((list), (spec),                                                            \
                        sizeof((clonal__arg[]){__VA_ARGS__}) / sizeof(clonal__arg),                \
                        (const clonal__arg[]){__VA_ARGS__})
/* Flushes the queue now and then, so that a caller which waits for nothing need not. */
clonal_status clonal__list_run(const clonal__launch_list *list, uint32_t step, uint32_t place);
/* The same for entries first .. first+count-1. */
clonal_status clonal__list_run_part(const clonal__launch_list *list, size_t first, size_t count,
                                    uint32_t step, uint32_t place);
void clonal__list_clear(clonal__launch_list *list);

#endif
