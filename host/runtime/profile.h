/* profile.h: what the host and the device of a context did, by time, for somebody who wants to see
 * it. Off unless started: a context's queue then takes no times, and every function here but
 * clonal__profile_start does nothing.
 *
 * Launches are taken of the first so many steps of each kind, so that what is kept is bounded; the
 * host's spans, which nest, up to a number. Where memory runs out, what is to be recorded is not,
 * and clonal__profile_write says so. As the context, for one thread at a time. */
#ifndef CLONAL_RUNTIME_PROFILE_H
#define CLONAL_RUNTIME_PROFILE_H

#include "host/runtime/launch.h"

/* What a launch does: floating-point operations, bytes of buffers read and written. */
typedef struct clonal__work {
    uint64_t operations, read, written;
} clonal__work;

/* What is said of a launch. The strings are copied. */
typedef struct clonal__profile_words {
    const char *name;      /* "gemm node.4.value" */
    const char *kernel;    /* "gemm_tiles" */
    const char *operation; /* of the graph: "linear" */
    const char *text;      /* as --explain has it */
    int node;
    clonal__work work;
} clonal__profile_words;

/* Begins: waits for the queue and takes one in its place that keeps times. `steps`, 1 or more, of
 * each kind are recorded. Ends with the context. Errors: CLONAL_E_ARGUMENT (it has begun already),
 * CLONAL_E_OPENCL (the driver keeps no times), CLONAL_E_MEMORY. */
clonal_status clonal__profile_start(clonal_context *context, uint32_t steps);
/* The most that the device was seen to do in a second, which launches are compared with; 0: not
 * known. */
void clonal__profile_peaks(clonal_context *context, double operations, double bytes);
void clonal__profile_free(clonal_context *context);

/* Makes a launch known: for the entry's member `profiled`. 0: nobody looks, or no memory. */
unsigned clonal__profile_describe(clonal_context *context, const clonal__profile_words *words);

/* A step begins, and ends: entries that are known are recorded between the two, if it is one of the
 * first of its kind. kind: below CLONAL__PROFILE_KINDS; name: static, "training step". */
enum { CLONAL__PROFILE_KINDS = 5 };
void clonal__profile_step_begin(clonal_context *context, unsigned kind, const char *name,
                                uint64_t number);
void clonal__profile_step_end(clonal_context *context);

/* For launch lists: whether an entry is to be recorded, and recording it by the event of its
 * launch, or by marks in front of it and behind it (before NULL: there is none). A mark is a fill
 * of four bytes: some drivers keep no times of OpenCL's markers. Adding takes the events over, also
 * where it fails, and now and then waits for the device, to read what it has of them. */
bool clonal__profile_takes(const clonal_context *context, unsigned profiled);
clonal_status clonal__profile_mark(clonal_context *context, cl_event *event);
clonal_status clonal__profile_add(clonal_context *context, unsigned profiled, cl_event before,
                                  cl_event event);

/* A span of the host's time, called by this (printf's): from begin to the end that belongs to it.
 */
void clonal__span_begin(clonal_context *context, const char *format, ...) CLONAL__PRINTF(2, 3);
void clonal__span_end(clonal_context *context);
/* Evaluates `expression` in a span, and returns its status from the calling function where it is
 * not CLONAL_OK. */
#define CLONAL__TRY_SPAN(context, expression, ...)                                                 \
    do {                                                                                           \
        clonal__span_begin((context), __VA_ARGS__);                                                \
        const clonal_status clonal__spanned = (expression);                                        \
        clonal__span_end(context);                                                                 \
        if (clonal__spanned != CLONAL_OK) return clonal__spanned;                                  \
    } while (0)

/* Writes all of it as a trace (profile_write.c). Waits for the device. Spans that are open end
 * now. CLONAL_E_ARGUMENT: it was not started. */
clonal_status clonal__profile_write(clonal_context *context, const char *path);

#endif
