/* diff.h: what the parts of clonal_run_diff share. */
#ifndef CLONAL_EVIDENCE_DIFF_H
#define CLONAL_EVIDENCE_DIFF_H

#include "host/evidence/observe.h"
#include "host/run/checkpoint.h"
#include "host/run/manifest.h"
#include <clonal/verify.h>

/* One of the two runs, and its replay. */
typedef struct clonal__side {
    const char *run;
    clonal__manifest_facts facts;
    clonal_epoch_metrics *metrics; /* of metrics.csv; none where it is not there or not readable */
    size_t metrics_count;
    clonal_context *context;
    clonal_graph *graph;
    clonal_model *model;
    clonal__device_copy *data;
} clonal__side;

typedef struct clonal__diff {
    clonal__side sides[2];
    clonal_diff_options options;
    clonal_difference *out;
    clonal_dataset *data;
    /* epochs: the last one after which both are known to be equal (0: the start), the first one
     * after which not */
    uint32_t common, parted;
} clonal__diff;

/* replay.c: trains on both devices in lock-step from the last common checkpoint to the end of the
 * epoch in which they part. *found: *out tells where. */
clonal_status clonal__diff_replay(clonal__diff *d, bool *found);
/* diff_records.c: compares what both runs recorded. *found false: there are no two records, or they
 * are equal: note says which. */
clonal_status clonal__diff_records(clonal__diff *d, bool *found, char note[200]);

#endif
