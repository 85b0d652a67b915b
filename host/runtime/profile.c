/* profile.c: recording: see profile.h. */
#include "host/runtime/profile_record.h"

#include "host/base/clock.h"
#include "host/base/memory.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NO_TIMES "this driver keeps no times of launches, which a profile is made of: profile another device"

enum { MOST_UNREAD = 4096, MOST_SPANS = 1 << 16, TRIES = 16 };

uint64_t clonal__profile_now(const struct clonal__profile *profile)
{
    return (uint64_t)((clonal__now_seconds() - profile->began) * 1e9);
}

clonal_status clonal__profile_mark(clonal_context *context, cl_event *event)
{
    const cl_uint zero = 0;
    CLONAL__TRY_CL("clEnqueueFillBuffer", clEnqueueFillBuffer(context->queue, context->profile->marked, &zero,
                                                              sizeof zero, 0, sizeof zero, 0, NULL, event));
    return CLONAL_OK;
}

static cl_int time_of(cl_event event, cl_profiling_info which, cl_ulong *time)
{
    return clGetEventProfilingInfo(event, which, sizeof *time, time, NULL);
}

/* When a mark was given, by the device's clock; the host's calls of the clock in front of it and behind it. */
static clonal_status mark(clonal_context *context, cl_ulong *queued, double *before, double *after)
{
    cl_event event;
    cl_ulong end = 0;
    *queued = 0;
    *before = clonal__now_seconds();
    CLONAL__TRY(clonal__profile_mark(context, &event));
    *after = clonal__now_seconds();
    cl_int code = clWaitForEvents(1, &event);
    if (code == CL_SUCCESS) code = time_of(event, CL_PROFILING_COMMAND_QUEUED, queued);
    if (code == CL_SUCCESS) code = time_of(event, CL_PROFILING_COMMAND_END, &end);
    clReleaseEvent(event);
    if (code != CL_SUCCESS) return clonal__fail_cl_at("clGetEventProfilingInfo", code, NO_TIMES);
    /* Mesa's rusticl of 2022 says 0 to all */
    return *queued > 0 && end > *queued ? CLONAL_OK : clonal__fail(CLONAL_E_OPENCL, NO_TIMES);
}

/* Sets the device's clock beside the host's: of several marks, the one that was given most quickly. */
static clonal_status set_clocks(clonal_context *context, struct clonal__profile *p)
{
    double narrowest = 1e9;
    p->began = clonal__now_seconds();
    for (int i = 0; i < TRIES; i++) {
        cl_ulong queued;
        double before, after;
        CLONAL__TRY(mark(context, &queued, &before, &after));
        if (after - before >= narrowest) continue;
        narrowest = after - before;
        p->device_at = (int64_t)queued - (int64_t)(((before + after) / 2 - p->began) * 1e9);
    }
    return CLONAL_OK;
}

static clonal_status take_queue(clonal_context *context)
{
    cl_int code;
    CLONAL__TRY(clonal_context_finish(context));
    cl_command_queue queue = clCreateCommandQueue(context->cl, context->device, CL_QUEUE_PROFILING_ENABLE, &code);
    if (code != CL_SUCCESS) return clonal__fail_cl_at("clCreateCommandQueue", code, NO_TIMES);
    clReleaseCommandQueue(context->queue);
    context->queue = queue;
    return CLONAL_OK;
}

clonal_status clonal__profile_start(clonal_context *context, uint32_t steps)
{
    struct clonal__profile *p;
    if (context->profile)
        return clonal__fail(CLONAL_E_ARGUMENT, "the context is profiled already: a profile ends with its context");
    if (steps == 0) return clonal__fail(CLONAL_E_ARGUMENT, "a profile of 0 steps shows nothing: give 1 or more");
    CLONAL__TRY(take_queue(context));
    CLONAL__TRY(clonal__calloc(1, sizeof *p, &p));
    p->most_steps = steps;
    context->profile = p;
    clonal_status status = clonal__buffer_create(context, CL_MEM_READ_WRITE, sizeof(cl_uint), NULL, &p->marked);
    if (status == CLONAL_OK) status = set_clocks(context, p);
    if (status != CLONAL_OK) clonal__profile_free(context);
    return status;
}

void clonal__profile_peaks(clonal_context *context, double operations, double bytes)
{
    if (!context->profile) return;
    context->profile->peak_operations = operations;
    context->profile->peak_bytes = bytes;
}

static void release(cl_event event)
{
    if (event) clReleaseEvent(event);
}

void clonal__profile_free(clonal_context *context)
{
    struct clonal__profile *p = context->profile;
    if (!p) return;
    for (size_t i = p->read_count; i < p->launch_count; i++) {
        release(p->launches[i].before);
        release(p->launches[i].event);
    }
    for (size_t i = 0; i < p->known_count; i++) clonal__free(p->known[i].text);
    clonal__buffer_free(&p->marked);
    clonal__free(p->known);
    clonal__free(p->launches);
    clonal__free(p->steps);
    clonal__free(p->spans);
    clonal__free(p);
    context->profile = NULL;
}

/* Keeps the first failure. */
static bool note(struct clonal__profile *p, clonal_status status)
{
    if (status != CLONAL_OK && p->status == CLONAL_OK) p->status = status;
    return status == CLONAL_OK;
}

unsigned clonal__profile_describe(clonal_context *context, const clonal__profile_words *words)
{
    struct clonal__profile *p = context->profile;
    if (!p || !note(p, clonal__grow(&p->known, p->known_count + 1, sizeof *p->known))) return 0;
    clonal__profile_known *k = &p->known[p->known_count];
    *k = (clonal__profile_known){.node = words->node, .work = words->work};
    if (!note(p, clonal__calloc(1, strlen(words->text) + 1, &k->text))) return 0;
    memcpy(k->text, words->text, strlen(words->text) + 1);
    snprintf(k->name, sizeof k->name, "%s", words->name);
    snprintf(k->kernel, sizeof k->kernel, "%s", words->kernel);
    snprintf(k->operation, sizeof k->operation, "%s", words->operation);
    return (unsigned)++p->known_count;
}

/* ---- launches ---- */

void clonal__profile_step_begin(clonal_context *context, unsigned kind, const char *name, uint64_t number)
{
    struct clonal__profile *p = context->profile;
    if (!p || p->steps_of[kind] >= p->most_steps) return;
    if (!note(p, clonal__grow(&p->steps, p->step_count + 1, sizeof *p->steps))) return;
    p->steps[p->step_count++] = (clonal__profile_step){name, number};
    p->steps_of[kind]++;
    p->recording = true;
}

void clonal__profile_step_end(clonal_context *context)
{
    if (context->profile) context->profile->recording = false;
}

bool clonal__profile_takes(const clonal_context *context, unsigned profiled)
{
    return context->profile && profiled && context->profile->recording;
}

/* A mark in front ends where the launch begins. */
static cl_int read_times(clonal__profile_launch *l)
{
    cl_int code = clWaitForEvents(1, &l->event);
    if (code == CL_SUCCESS) code = time_of(l->before ? l->before : l->event, CL_PROFILING_COMMAND_QUEUED, &l->queued);
    if (code == CL_SUCCESS)
        code = time_of(l->before ? l->before : l->event, CL_PROFILING_COMMAND_SUBMIT, &l->submitted);
    if (code == CL_SUCCESS)
        code = l->before ? time_of(l->before, CL_PROFILING_COMMAND_END, &l->start)
                         : time_of(l->event, CL_PROFILING_COMMAND_START, &l->start);
    if (code == CL_SUCCESS) code = time_of(l->event, CL_PROFILING_COMMAND_END, &l->end);
    release(l->before);
    release(l->event);
    l->before = l->event = NULL;
    return code;
}

clonal_status clonal__profile_collect(struct clonal__profile *p)
{
    while (p->read_count < p->launch_count)
        CLONAL__TRY_CL("clGetEventProfilingInfo", read_times(&p->launches[p->read_count++]));
    return CLONAL_OK;
}

clonal_status clonal__profile_add(clonal_context *context, unsigned profiled, cl_event before, cl_event event)
{
    struct clonal__profile *p = context->profile;
    if (!event || !note(p, clonal__grow(&p->launches, p->launch_count + 1, sizeof *p->launches))) {
        release(before); /* nothing was launched, or there is no room */
        release(event);
        return CLONAL_OK;
    }
    p->launches[p->launch_count++] =
        (clonal__profile_launch){.known = profiled - 1, .step = p->step_count - 1, .before = before, .event = event};
    if (p->launch_count - p->read_count < MOST_UNREAD) return CLONAL_OK;
    return clonal__profile_collect(p);
}

/* ---- the host's spans ---- */

void clonal__span_begin(clonal_context *context, const char *format, ...)
{
    struct clonal__profile *p = context->profile;
    if (!p) return;
    const size_t most = sizeof p->open / sizeof *p->open;
    const bool room = p->span_count < MOST_SPANS && p->depth < most;
    if (!room || !note(p, clonal__grow(&p->spans, p->span_count + 1, sizeof *p->spans))) {
        if (p->depth < most) p->open[p->depth] = SIZE_MAX;
        p->depth++;
        p->spans_left_out++;
        return;
    }
    va_list list;
    clonal__profile_span *s = &p->spans[p->span_count];
    va_start(list, format);
    vsnprintf(s->name, sizeof s->name, format, list);
    va_end(list);
    s->start = clonal__profile_now(p);
    s->end = 0;
    p->open[p->depth++] = p->span_count++;
}

void clonal__span_end(clonal_context *context)
{
    struct clonal__profile *p = context->profile;
    if (!p || p->depth == 0) return;
    p->depth--;
    if (p->depth >= sizeof p->open / sizeof *p->open || p->open[p->depth] == SIZE_MAX) return;
    clonal__profile_span *s = &p->spans[p->open[p->depth]];
    s->end = clonal__profile_now(p);
    if (s->end <= s->start) s->end = s->start + 1;
}
