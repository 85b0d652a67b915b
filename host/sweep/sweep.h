/* sweep.h: a sweep's folder, and what is read from it. */
#ifndef CLONAL_SWEEP_SWEEP_H
#define CLONAL_SWEEP_SWEEP_H

#include "host/run/samples.h"
#include "host/sweep/plan.h"
#include <jansson.h>

enum { CLONAL__SWEEP_DIGITS = 12, CLONAL__SWEEP_PATH_ROOM = 4096 };

/* digest.c: the first 12 hex digits of the SHA-256 of what decides the results of a run of these
 * settings on these data, but for its seed. */
clonal_status clonal__sweep_digest(const clonal_run_settings *settings,
                                   const clonal__splits *splits, char digest[13]);

/* describe.c: sweep.json as it is for a plan with these settings, with a digest for each. NULL: out
 * of memory. The caller owns the reference. */
json_t *clonal__sweep_json(const clonal_sweep_plan *plan, const clonal__sweep_item *items,
                           const char (*digests)[13], size_t count);

/* read.c: a sweep, without its results, from sweep.json's JSON: `path` is its name for messages,
 * `folder` the sweep's. Free with clonal_sweep_destroy. Errors: CLONAL_E_FORMAT. */
clonal_status clonal__sweep_from_json(const json_t *object, const char *path, const char *folder,
                                      clonal_sweep **sweep);
/* The same from the folder's sweep.json. CLONAL_E_IO: there is none. */
clonal_status clonal__sweep_load(const char *folder, clonal_sweep **sweep);
/* CLONAL_E_ARGUMENT unless all settings and seeds of `old`, which is in the folder, are among those
 * of `new`. */
clonal_status clonal__sweep_grows(const clonal_sweep *old, const clonal_sweep *new);

/* Its settings in the order of their digests; *sorted: clonal__free. */
clonal_status clonal__sweep_sorted(const clonal_sweep *sweep, const clonal_sweep_setting ***sorted);

/* What is filled in of a sweep; the public struct points to the same. */
struct clonal__sweep_memory {
    clonal_sweep_setting *settings;
    clonal_sweep_run *runs;
    uint32_t *epochs; /* (setting_count) that the settings train for */
    void **blocks;    /* all that is freed with the sweep */
    size_t block_count;
};
/* count*size bytes, zeroed, that are freed with the sweep; *out is a T**. */
clonal_status clonal__sweep_calloc(clonal_sweep *sweep, size_t count, size_t size, void *out);
/* A copy of a text, likewise. */
clonal_status clonal__sweep_copy(clonal_sweep *sweep, const char *text, const char **copy);

/* collect.c: reads what a run's folder holds; a run that is not finished stays so. CLONAL_E_FORMAT:
 * it is damaged, or trained for longer than the sweep asked. */
clonal_status clonal__sweep_collect(clonal_sweep *sweep, size_t run);
/* Sums up the finished runs of one setting. */
clonal_status clonal__sweep_summarize(clonal_sweep *sweep, size_t setting);

/* tables.c: writes results.csv and summary.csv. */
clonal_status clonal__sweep_write_tables(const clonal_sweep *sweep);

/* lanes.c: trains what is not finished of a sweep, whose settings are `items` on `splits`, by one. */
typedef struct clonal__sweep_work {
    size_t context_count;
    clonal_context *const *contexts;
    const clonal__sweep_item *items;
    const clonal__splits *const *splits; /* (setting_count) */
    const clonal_sweep_listener *listener;
    clonal_sweep *sweep;
    clonal_sweep_progress progress;
} clonal__sweep_work;
clonal_status clonal__sweep_train_lanes(clonal__sweep_work *work);

/* member.c: trains one run to its end, or goes on with it, on data in the context; the rest of
 * `settings` is the setting's. Calls `part` with the share of the run that is done; other than 0
 * cancels. */
clonal_status clonal__sweep_train_member(clonal_context *context,
                                         const clonal_run_settings *settings, uint64_t seed,
                                         const char *folder, const clonal__run_data *data,
                                         int (*part)(double share, void *user), void *user);

#endif
