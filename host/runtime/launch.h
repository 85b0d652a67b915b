/* launch.h: launch lists: launches that are made once, kept in order, and run many times with a few
 * values that change. */
#ifndef CLONAL_RUNTIME_LAUNCH_H
#define CLONAL_RUNTIME_LAUNCH_H

#include "host/runtime/runtime.h"

/* A kernel's argument that changes from run to run: it takes the value of a variable, by number.
 * What the variables are is for those to say who make and run the list. */
typedef struct clonal__binding {
    cl_uint argument;
    unsigned variable;
} clonal__binding;
enum { CLONAL__MOST_BINDINGS = 10 };

/* One entry: an OpenCL launch, or a call into a library that launches by itself (call != NULL). */
typedef struct clonal__entry {
    clonal__launch launch;
    clonal__binding bindings[CLONAL__MOST_BINDINGS];
    size_t binding_count;
    clonal_status (*call)(clonal_context *context, const void *state);
    void *state;       /* of call; freed by clonal__free with the list */
    const char *label; /* static: for people */
    int tag;           /* the list's when it was appended */
    unsigned profiled; /* what a profile knows it by (profile.h); 0: not at all */
} clonal__entry;

/* A list, all zeros but its context when new. One thread at a time. Free with clonal__list_clear.
 */
typedef struct clonal__launch_list {
    clonal_context *context;
    clonal__entry *entries;
    size_t count;
    int tag; /* given to entries that are appended */
} clonal__launch_list;

/* Appends an entry. Takes over its kernel and its state, also where it fails: CLONAL_E_MEMORY. */
clonal_status clonal__list_append(clonal__launch_list *list, const clonal__entry *entry);

/* A kernel and how it is launched. */
typedef struct clonal__kernel_spec {
    const char *program, *options, *kernel; /* as clonal__kernel_create takes them */
    const char *label;                      /* NULL: the kernel's name */
    cl_uint dimensions;
    size_t global[3], local[3]; /* work-items */
    clonal__binding bindings[CLONAL__MOST_BINDINGS];
    size_t binding_count;
    /* Rounds of an item's loops in all, at most, for clonal__rounds_made; 0: never many. */
    uint64_t rounds;
    const char *long_by; /* what makes them so many, for its message */
} clonal__kernel_spec;

/* Builds the kernel, sets its arguments (those that are bound, too: to any value of their size) and
 * appends its launch. The buffers among them are borrowed, and must live as long as the list.
 * Errors: those of clonal__kernel_create; CLONAL_E_CONTRACT (clonal__rounds_made). */
clonal_status clonal__list_kernel(clonal__launch_list *list, const clonal__kernel_spec *spec,
                                  size_t count, const clonal__arg *args);
#define CLONAL__LIST_KERNEL(list, spec, ...)                                                       \
    clonal__list_kernel((list), (spec),                                                            \
                        sizeof((clonal__arg[]){__VA_ARGS__}) / sizeof(clonal__arg),                \
                        (const clonal__arg[]){__VA_ARGS__})

/* Enqueues every entry; does not wait, but flushes now and then, so that a caller which waits for
 * nothing need not. `variables` holds the bound arguments' values by number; where it is NULL they
 * keep those that they had last. */
clonal_status clonal__list_run(const clonal__launch_list *list, const clonal__arg *variables);
/* The same for entries first .. first+count-1. */
clonal_status clonal__list_run_part(const clonal__launch_list *list, size_t first, size_t count,
                                    const clonal__arg *variables);

/* For what drivers do at a kernel's first launch: enqueues of each entry one group, or somewhat
 * more, wholly a call and what has no group's size of its own, and waits. What it writes, and what
 * it reads of entries before it, means nothing: no entry may take a place in memory from values
 * that another makes. Errors: as clonal__list_run's. */
clonal_status clonal__list_rehearse(const clonal__launch_list *list, const clonal__arg *variables);

/* Frees the entries, their kernels and their states. */
void clonal__list_clear(clonal__launch_list *list);

#endif
