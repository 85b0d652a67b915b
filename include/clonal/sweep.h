/* sweep.h: many training runs as one: settings times seeds, in a folder, with what they have in
 * common. What `clonal sweep` does.
 *
 * A sweep's folder (format "clonal-sweep", version 1):
 *   sweep.json   what was asked for: "format", "version", "contract"; "seeds", a list of texts;
 *                "axes", a list of {"name", "values"}, one for each part of the grid; "settings", a
 *                list of {"label", "digest", "at" (its place by axis; left out for settings that
 *                are not of the grid), "settings" (those of its run.json, without "seed")}
 *   runs/<digest>-seed<seed>/   an ordinary run folder (run.h), whose checkpoints are only the last
 *   results.csv  a row for each finished run, in the order of settings and then of seeds: label,
 *                digest, seed, a column for each axis, epochs, train_loss, val_loss, val_accuracy
 *                (of the last epoch), best_epoch, weights (their digest)
 *   summary.csv  a row for each setting: label, digest, a column for each axis, runs, then mean,
 *                deviation, low and high of val_accuracy, val_loss and train_loss
 * <digest> is the first 12 hex digits of the SHA-256 of what decides a run's results beside its
 * seed: the settings, the epochs, the graph where it is given as text, and the data by contents. So
 * a finished run is known again whatever sweep asked for it, as long as the folder is the same. No
 * file holds a time or a device but those of the run folders: a sweep that was killed and gone on
 * with, or dealt out over other devices, ends in the same files. */
#ifndef CLONAL_SWEEP_H
#define CLONAL_SWEEP_H

#include <clonal/run.h>
#include <clonal/statistics.h>

CLONAL_BEGIN

enum { CLONAL_SWEEP_VERSION = 1 }; /* of the folder */

/* ---- What is asked for ---- */

/* Settings and seeds. Start with create or read, add what differs. Copies all texts that it is
 * given. One thread at a time. */
typedef struct clonal_sweep_plan clonal_sweep_plan;

/* A plan of the chapter's settings alone, with seeds 0 to 4. Free with clonal_sweep_plan_destroy.
 */
CLONAL_API clonal_status clonal_sweep_plan_create(clonal_sweep_plan **plan);
CLONAL_API void clonal_sweep_plan_destroy(clonal_sweep_plan *plan);

/* Reads a plan from JSON:
 *   {"base": {"epochs": 5, "hidden": [256, 256], ...},
 *    "grid": {"dropout": "0.2,0.5:0.2,0.5", "lr": [0.1, 0.01], ...},
 *    "runs": [{"label": "none", "dropout": 0}, {"optimizer": "adam", "lr": 0.001}, ...],
 *    "seeds": 5 or [0, 1, "18446744073709551615"]}
 * each of which may be missing. Names are those of clonal_setting_infos; a value is a text, a
 * number, true or false, or a list of numbers. A grid's member is a text as clonal_sweep_plan_grid
 * takes it, or a list of values. Errors: CLONAL_E_IO; CLONAL_E_FORMAT with line or key (no JSON, a
 * key that is unknown or twice, a value of the wrong kind); those of the functions below. */
CLONAL_API clonal_status clonal_sweep_plan_read(const char *path, clonal_sweep_plan **plan);

/* Sets `name` for all runs to `value`, both as clonal_run_settings_named takes them; what it was
 * set to before is replaced. "seed" is none: see clonal_sweep_plan_seeds. Errors:
 * CLONAL_E_ARGUMENT. */
CLONAL_API clonal_status clonal_sweep_plan_base(clonal_sweep_plan *plan, const char *name,
                                                const char *value);
/* Adds an axis: the setting `name` takes each of the values, with commas between, and is crossed
 * with the axes there are, the last one quickest. Settings that are lists, as dropout is, may have
 * parts with ':' between: each is an axis of its own, and the parts' values are the list's elements
 * ("0.2,0.5:0.2,0.5": 0.2,0.2 and 0.2,0.5 and 0.5,0.2 and 0.5,0.5). Errors: CLONAL_E_ARGUMENT (no
 * such setting, an axis of it already, a value twice, more than 10,000 values, or than 100,000
 * settings in all); the plan is then as it was. */
CLONAL_API clonal_status clonal_sweep_plan_grid(clonal_sweep_plan *plan, const char *name,
                                                const char *values);
/* The same of values (count), which are taken as they are, commas and colons too. */
CLONAL_API clonal_status clonal_sweep_plan_axis(clonal_sweep_plan *plan, const char *name,
                                                size_t count, const char *const *values);
/* Adds settings of their own, behind those of the grid: the base with these over it. label NULL:
 * made of them. A plan that has such settings and no grid has no others. */
CLONAL_API clonal_status clonal_sweep_plan_add(clonal_sweep_plan *plan, const char *label,
                                               size_t count, const clonal_setting *named);
/* Each setting is trained once for each of these. Errors: CLONAL_E_ARGUMENT (none, one twice, more
 * than 10,000). */
CLONAL_API clonal_status clonal_sweep_plan_seeds(clonal_sweep_plan *plan, size_t count,
                                                 const uint64_t *seeds);
/* 12 hex digits that tell plans apart, seeds not counted: for the name of a folder. */
CLONAL_API clonal_status clonal_sweep_plan_digest(const clonal_sweep_plan *plan, char digest[13]);

/* ---- What came of it ---- */

typedef struct clonal_sweep_axis {
    const char *name;          /* "lr"; "dropout 1", "dropout 2" for the parts of a list */
    size_t count;              /* of values */
    const char *const *values; /* as given */
} clonal_sweep_axis;

typedef struct clonal_sweep_setting {
    const char *label;  /* given, or made: "dropout 0.2,0.5 lr 0.1"; "base" where nothing differs */
    char digest[13];    /* in the names of its runs' folders */
    const uint32_t *at; /* (axis_count) its value's place on each axis; NULL: not of the grid */
    /* Of the last epochs of its finished runs, in the order of the seeds; intervals of 95 %. */
    clonal_estimate val_accuracy, val_loss, train_loss;
} clonal_sweep_setting;

typedef struct clonal_sweep_run {
    size_t setting; /* whose run it is */
    uint64_t seed;
    const char *folder; /* of the run, with the sweep's folder in front */
    bool finished;      /* false: what is below is zero, "" or NULL */
    bool exact;         /* false: not the contract's bits */
    char digest[72];    /* of its weights */
    uint32_t best_epoch;
    /* (epochs) figures as metrics.csv has them, nine digits, with the weights' digests; the last
     * one's are those that are summed up */
    size_t epochs;
    const clonal_epoch_metrics *metrics;
} clonal_sweep_run;

/* A sweep's settings and runs; all that it points to is its own. */
typedef struct clonal_sweep {
    const char *folder;
    size_t axis_count, setting_count, seed_count;
    const clonal_sweep_axis *axes;        /* (axis_count) */
    const clonal_sweep_setting *settings; /* (setting_count) */
    const uint64_t *seeds;                /* (seed_count) */
    const clonal_sweep_run *runs;         /* (setting_count,seed_count) */
    size_t finished;                      /* runs */
    struct clonal__sweep_memory *owned;   /* for clonal_sweep_destroy alone */
} clonal_sweep;

/* How far a sweep is. */
typedef struct clonal_sweep_progress {
    size_t runs;   /* in all */
    size_t reused; /* were finished when it began */
    size_t done;   /* finished now, the reused ones with them */
    double parts;  /* of the runs that are being trained: the sum of their shares that are done */
} clonal_sweep_progress;

/* What the caller hears of a sweep; each may be NULL. A return other than 0 cancels: no run is
 * begun any more, and those that are trained end. Called from several threads, but by one at a
 * time. */
typedef struct clonal_sweep_listener {
    /* Once all is checked and sweep.json is written; the runs that are reused are finished in it.
     */
    int (*started)(const clonal_sweep *sweep, const clonal_sweep_progress *progress, void *user);
    int (*progress)(const clonal_sweep_progress *progress, void *user);
    /* A run was trained to its end: by its place in sweep->runs, on the context of this number. */
    int (*run)(const clonal_sweep *sweep, size_t run, size_t context,
               const clonal_sweep_progress *progress, void *user);
    void *user;
} clonal_sweep_listener;

/* Trains what the plan asks for and `out` does not hold yet, each run on one of the contexts
 * (context_count, all different), by a thread for each; results do not depend on which. Each seed
 * of all settings comes before the next one. All settings are checked before anything is written,
 * the data are read once, and copied once to each device. When it is stopped, at whatever moment,
 * the same call goes on, each run from its last epoch. `out` may hold a sweep whose settings and
 * seeds are all among the plan's: a sweep grows. *sweep: clonal_sweep_destroy; sweep may be NULL.
 * Errors: CLONAL_E_ARGUMENT (the plan's settings, which the message names; two that are the same;
 * `out` holds another sweep); CLONAL_E_FORMAT (a damaged sweep.json or run, or one of another
 * version); CLONAL_E_EXISTS (another process works in the folder, or it holds something else);
 * CLONAL_E_CANCELLED; those of clonal_run_train. */
CLONAL_API clonal_status clonal_sweep_train(size_t context_count, clonal_context *const *contexts,
                                            const clonal_sweep_plan *plan, const char *out,
                                            const clonal_sweep_listener *listener,
                                            clonal_sweep **sweep);
/* What a sweep's folder holds, finished or not. Errors: CLONAL_E_IO, CLONAL_E_FORMAT. */
CLONAL_API clonal_status clonal_sweep_open(const char *folder, clonal_sweep **sweep);
CLONAL_API void clonal_sweep_destroy(clonal_sweep *sweep);

CLONAL_END

#endif
