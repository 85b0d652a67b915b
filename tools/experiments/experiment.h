/* experiment.h: an experiment as data: what it asks, the settings that it compares, and a function
 * that says what came of them. An experiment is a file of its own here and a line in table.h. */
#ifndef TOOLS_EXPERIMENTS_EXPERIMENT_H
#define TOOLS_EXPERIMENTS_EXPERIMENT_H

#include "report/figures.h"
#include "report/page.h"
#include <clonal/clonal.h>
#include <stdbool.h>
#include <stdint.h>

enum { EXPERIMENT_VERSION = 1, EXPERIMENT_MOST_SETTINGS = 8 };

typedef struct experiment experiment;
typedef struct measures measures; /* see measures.h */

/* What is compared: a name and the settings that it has of its own, by the names of
 * clonal_setting_infos; the first without a name ends them. */
typedef struct experiment_arm {
    const char *label;
    clonal_setting settings[EXPERIMENT_MOST_SETTINGS];
} experiment_arm;

/* What an experiment came to. sweep->settings are the arms in their order, sweep->runs (arms,
 * seeds). */
typedef struct experiment_results {
    const experiment *of;
    const char *folder;
    bool quick;
    uint32_t limit; /* first samples of each split alone; 0: all */
    const clonal_sweep *sweep;
    const measures *measured; /* NULL where the experiment measures nothing */
} experiment_results;

struct experiment {
    int number;         /* of the exercise in the book */
    const char *name;   /* one word, for folders */
    const char *title;  /* of its section */
    const char *asks;   /* one line, for the list */
    const char *method; /* what is done and compared, in whole sentences */
    clonal_setting base[EXPERIMENT_MOST_SETTINGS]; /* of all arms */
    const experiment_arm *arms;
    size_t arm_count;
    uint32_t epochs, quick_epochs, seeds; /* seeds: without --seeds, and with --quick too */
    uint64_t first_seed;                  /* seeds are this one and those that follow */
    /* Measures trained runs: for each finished run it adds rows. NULL: nothing is. 0, or an exit
     * code after a message. */
    int (*measure)(clonal_context *context, const clonal_dataset *test, const clonal_sweep *sweep,
                   measures *to);
    /* Puts conclusions first, then figures and tables. 0, or an exit code after a message. */
    int (*analyse)(page *p, const experiment_results *results);
};

enum { QUICK_LIMIT = 10000 }; /* samples of a --quick experiment */

/* Of experiments that compare the last epoch's figures, which at the chapter's constant rate differ
 * from epoch to epoch by more than what is looked for. */
#define STEADY_BASE                                                                                \
    {"lr", "0.5"},                                                                                 \
    {                                                                                              \
        "schedule", "cosine"                                                                       \
    }
#define STEADY_RATE                                                                                \
    "The learning rate falls from 0.5 to 0 by a cosine, since at a constant one the accuracy "     \
    "goes "                                                                                        \
    "up and down from epoch to epoch by more than what is looked for."

/* All of them, and how many. */
const experiment *const *experiment_all(size_t *count);

/* What may be chosen; NULL and 0: the experiment's own. */
typedef struct experiment_request {
    const experiment *of;
    const char *out, *data, *device;
    bool quick, quiet;
    uint32_t seeds, limit;
} experiment_request;

/* Trains and measures what is missing in the folder; the rest of a folder that was begun by the
 * same request is used as it is. 0, or an exit code after a message. */
int experiment_run(const experiment_request *request);

/* Opens an experiment's folder; results_close in any case. 0, or an exit code after a message: no
 * such experiment, another version, runs that are not finished. */
typedef struct opened_experiment {
    experiment_results results;
    clonal_sweep *sweep;
    measures *measured;
    char folder[4096];
} opened_experiment;
int experiment_open(const char *folder, opened_experiment *opened);
void experiment_close(opened_experiment *opened);

/* The page of one experiment, and of a folder that holds several. */
int section_experiment(page *p, const char *folder);
int section_experiments(page *p, const char *folder);

/* ---- For analyses ---- */

/* A conclusion: that a differs from b in a figure, or not. */
void conclude_difference(page *p, const experiment_results *r, size_t a, size_t b, run_figure which,
                         double confidence);
/* The figures of accuracy and losses, after the last epoch and by epoch, of all arms. */
void put_figures(page *p, const experiment_results *r);
/* All arms, 0 to n - 1, for page_intervals and page_curves. */
extern const size_t experiment_arms[];

#endif
