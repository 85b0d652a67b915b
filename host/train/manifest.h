/* manifest.h: run.json: what a run is, where it ran, and its digests. */
#ifndef CLONAL_TRAIN_MANIFEST_H
#define CLONAL_TRAIN_MANIFEST_H

#include "host/train/model.h"
#include <clonal/run.h>

typedef struct clonal__manifest {
    const clonal_run_settings *settings;
    const clonal_model *model;
    const char *train_digest, *test_digest; /* of the data */
    const char *weights_digest;             /* "" while the run goes on */
    const clonal_epoch_metrics *metrics;    /* of the epochs done */
    size_t epochs_done;
} clonal__manifest;

clonal_status clonal__manifest_write(const char *path, const clonal__manifest *manifest);
/* The "settings" of a run folder's run.json, and the digest of its training data ("" when it has none). */
clonal_status clonal__manifest_settings(const char *run, clonal_run_settings *settings, char data[4096], char train_digest[72]);
/* What run.json says of "exact": false once any of the run's epochs broke the contract. */
clonal_status clonal__manifest_exact(const char *run, bool *exact);

#endif
