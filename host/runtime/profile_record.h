/* profile_record.h: what profile.c records and profile_write.c writes. */
#ifndef CLONAL_RUNTIME_PROFILE_RECORD_H
#define CLONAL_RUNTIME_PROFILE_RECORD_H

#include "host/runtime/profile.h"

typedef struct clonal__profile_known {
    char name[96], kernel[64], operation[32];
    char *text; /* owned */
    int node;
    clonal__work work;
} clonal__profile_known;

/* A launch of one of the known. Times are the device's, in nanoseconds. */
typedef struct clonal__profile_launch {
    size_t known, step;
    cl_event before, event; /* until they are read: then NULL */
    cl_ulong queued, submitted, start, end;
} clonal__profile_launch;

typedef struct clonal__profile_step {
    const char *name;
    uint64_t number;
} clonal__profile_step;

/* Of the host: nanoseconds since the profile began. end 0: it goes on. */
typedef struct clonal__profile_span {
    char name[64];
    uint64_t start, end;
} clonal__profile_span;

struct clonal__profile {
    double began;      /* the host's clock, seconds */
    int64_t device_at; /* the device's clock at that moment, nanoseconds */
    uint32_t most_steps, steps_of[CLONAL__PROFILE_KINDS];
    double peak_operations, peak_bytes;
    clonal__profile_known *known;
    size_t known_count;
    clonal__profile_launch *launches;
    size_t launch_count, read_count; /* the first so many have their times */
    clonal__profile_step *steps;
    size_t step_count;
    clonal__profile_span *spans;
    size_t span_count, spans_left_out;
    size_t open[16]; /* spans, the innermost last */
    size_t depth;
    bool recording;
    cl_mem marked;        /* what marks fill */
    clonal_status status; /* the first failure to record */
};

/* Waits for the launches whose times are not read yet, and reads them. */
clonal_status clonal__profile_collect(struct clonal__profile *profile);
/* Nanoseconds since the profile began. */
uint64_t clonal__profile_now(const struct clonal__profile *profile);

#endif
