/* profile_write.c: a profile as a trace: JSON in the Trace Event Format, which chrome://tracing and Perfetto
 * (https://ui.perfetto.dev) open. Two tracks: the host's spans, and the device's steps with their launches in them.
 * Times are microseconds since the profile began. */
#include "host/runtime/profile_record.h"

#include "host/base/file.h"
#include "host/base/json.h"
#include "host/base/memory.h"
#include <string.h>

enum { PROCESS = 1, HOST = 1, DEVICE = 2 };

/* What is written goes through here: one event a line. */
typedef struct trace {
    clonal__file_writer *writer;
    bool first;
} trace;

static clonal_status put_text(trace *t, const char *text)
{
    return clonal__file_writer_write(t->writer, text, strlen(text));
}

static clonal_status put_object(trace *t, json_t *object)
{
    char *text;
    const clonal_status printed = clonal__json_print(object, JSON_COMPACT | JSON_REAL_PRECISION(15), &text);
    json_decref(object);
    CLONAL__TRY(printed);
    clonal_status status = put_text(t, text);
    clonal__free(text);
    return status;
}

static clonal_status put_event(trace *t, json_t *object)
{
    if (!t->first) CLONAL__TRY(put_text(t, ",\n"));
    t->first = false;
    return put_object(t, object);
}

/* "process_name", "thread_name": what a track is called. */
static clonal_status put_name(trace *t, const char *what, int track, const char *name)
{
    json_t *arguments = json_object(), *object = json_object();
    clonal__json_set(&arguments, "name", clonal__json_text(name));
    clonal__json_set(&object, "ph", json_string("M"));
    clonal__json_set(&object, "name", json_string(what));
    clonal__json_set(&object, "pid", json_integer(PROCESS));
    clonal__json_set(&object, "tid", json_integer(track));
    clonal__json_set(&object, "args", arguments);
    return put_event(t, object);
}

/* A complete event from `start` to `end`, in nanoseconds. */
static json_t *complete(int track, const char *category, const char *name, int64_t start, int64_t end)
{
    json_t *object = json_object();
    clonal__json_set(&object, "ph", json_string("X"));
    clonal__json_set(&object, "cat", json_string(category));
    clonal__json_set(&object, "name", clonal__json_text(name));
    clonal__json_set(&object, "pid", json_integer(PROCESS));
    clonal__json_set(&object, "tid", json_integer(track));
    clonal__json_set(&object, "ts", json_real((double)start / 1000));
    clonal__json_set(&object, "dur", json_real((double)(end - start) / 1000));
    return object;
}

static clonal_status put_spans(trace *t, const struct clonal__profile *p)
{
    const uint64_t now = clonal__profile_now(p);
    for (size_t i = 0; i < p->span_count; i++) {
        const clonal__profile_span *s = &p->spans[i];
        CLONAL__TRY(put_event(t, complete(HOST, "host", s->name, (int64_t)s->start, (int64_t)(s->end ? s->end : now))));
    }
    return CLONAL_OK;
}

/* ---- the device ---- */

/* Moves the device's times to the profile's, and apart: one queue, in order, runs one launch at a time, and what of a
 * launch seems to lie before the end of the one before it is its wait. */
static void settle(struct clonal__profile *p)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < p->launch_count; i++) {
        clonal__profile_launch *l = &p->launches[i];
        int64_t start = (int64_t)l->start, end = (int64_t)l->end;
        if (start < last) start = last;
        if (end < start) end = start;
        l->start = (cl_ulong)start;
        l->end = (cl_ulong)end;
        last = end;
    }
}

static double share(double of_a_second, double peak)
{
    return peak > 0 ? of_a_second / peak : 0;
}

static json_t *arguments_of(const struct clonal__profile *p, const clonal__profile_launch *l)
{
    const clonal__profile_known *k = &p->known[l->known];
    const double seconds = (double)(l->end - l->start) * 1e-9, bytes = (double)(k->work.read + k->work.written);
    json_t *a = json_object();
    clonal__json_set(&a, "kernel", clonal__json_text(k->kernel));
    clonal__json_set(&a, "node", json_integer(k->node));
    clonal__json_set(&a, "operation", clonal__json_text(k->operation));
    clonal__json_set(&a, "instruction", clonal__json_text(k->text));
    clonal__json_set(&a, "flops", json_integer((json_int_t)k->work.operations));
    clonal__json_set(&a, "bytes_read", json_integer((json_int_t)k->work.read));
    clonal__json_set(&a, "bytes_written", json_integer((json_int_t)k->work.written));
    if (seconds > 0) {
        const double flops = (double)k->work.operations / seconds;
        clonal__json_set(&a, "gflop_per_s", json_real(flops * 1e-9));
        clonal__json_set(&a, "gbyte_per_s", json_real(bytes / seconds * 1e-9));
        clonal__json_set(&a, "share_of_peak_flops", json_real(share(flops, p->peak_operations)));
        clonal__json_set(&a, "share_of_peak_bytes", json_real(share(bytes / seconds, p->peak_bytes)));
    }
    clonal__json_set(&a, "queued_us", json_real((double)((int64_t)l->queued - p->device_at) / 1000));
    clonal__json_set(&a, "submitted_us", json_real((double)((int64_t)l->submitted - p->device_at) / 1000));
    return a;
}

static clonal_status put_launch(trace *t, const struct clonal__profile *p, const clonal__profile_launch *l)
{
    json_t *event = complete(DEVICE, "launch", p->known[l->known].name, (int64_t)l->start - p->device_at,
                             (int64_t)l->end - p->device_at);
    clonal__json_set(&event, "args", arguments_of(p, l));
    return put_event(t, event);
}

/* A step and its launches, from number `first` on; *end: the first of the next. */
static clonal_status put_step(trace *t, const struct clonal__profile *p, size_t first, size_t *end)
{
    const clonal__profile_step *step = &p->steps[p->launches[first].step];
    char name[64];
    for (*end = first; *end < p->launch_count && p->launches[*end].step == p->launches[first].step;) ++*end;
    snprintf(name, sizeof name, "%s %llu", step->name, (unsigned long long)step->number);
    CLONAL__TRY(put_event(t, complete(DEVICE, "step", name, (int64_t)p->launches[first].start - p->device_at,
                                      (int64_t)p->launches[*end - 1].end - p->device_at)));
    for (size_t i = first; i < *end; i++) CLONAL__TRY(put_launch(t, p, &p->launches[i]));
    return CLONAL_OK;
}

/* ---- all of it ---- */

static json_t *other_data(const clonal_context *context)
{
    const struct clonal__profile *p = context->profile;
    json_t *o = json_object();
    clonal__json_set(&o, "device", clonal__json_text(context->info.name));
    clonal__json_set(&o, "driver", clonal__json_text(context->info.driver));
    clonal__json_set(&o, "peak_gflop_per_s", json_real(p->peak_operations * 1e-9));
    clonal__json_set(&o, "peak_gbyte_per_s", json_real(p->peak_bytes * 1e-9));
    clonal__json_set(&o, "most_steps_of_a_kind", json_integer(p->most_steps));
    clonal__json_set(&o, "spans_left_out", json_integer((json_int_t)p->spans_left_out));
    return o;
}

static clonal_status put_all(trace *t, const clonal_context *context)
{
    const struct clonal__profile *p = context->profile;
    CLONAL__TRY(put_text(t, "{\"displayTimeUnit\":\"ns\",\"otherData\":"));
    CLONAL__TRY(put_object(t, other_data(context)));
    CLONAL__TRY(put_text(t, ",\"traceEvents\":[\n"));
    CLONAL__TRY(put_name(t, "process_name", HOST, "clonal"));
    CLONAL__TRY(put_name(t, "thread_name", HOST, "host"));
    CLONAL__TRY(put_name(t, "thread_name", DEVICE, context->info.name));
    CLONAL__TRY(put_spans(t, p));
    for (size_t i = 0; i < p->launch_count;) CLONAL__TRY(put_step(t, p, i, &i));
    return put_text(t, "\n]}\n");
}

clonal_status clonal__profile_write(clonal_context *context, const char *path)
{
    struct clonal__profile *p = context->profile;
    trace t = {.first = true};
    if (!p) return clonal__fail(CLONAL_E_ARGUMENT, "the context is not profiled: clonal_profile_start begins that");
    CLONAL__TRY(clonal__profile_collect(p));
    if (p->status != CLONAL_OK) return clonal__fail(p->status, "the profile has not all: memory ran short");
    settle(p);
    CLONAL__TRY(clonal__file_writer_create(path, &t.writer));
    const clonal_status status = put_all(&t, context);
    if (status == CLONAL_OK) return clonal__file_writer_commit(&t.writer);
    clonal__file_writer_destroy(t.writer);
    return status;
}
