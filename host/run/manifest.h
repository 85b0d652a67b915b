/* manifest.h: run.json: what a run is, where it ran, and its digests. */
#ifndef CLONAL_RUN_MANIFEST_H
#define CLONAL_RUN_MANIFEST_H

#include "host/model/model.h"
#include <clonal/run.h>

typedef struct clonal__manifest {
    const clonal_run_settings *settings;
    const clonal_model *model;
    const char *train_digest, *test_digest; /* of the data */
    const char *weights_digest;             /* "" while the run goes on */
    const clonal_epoch_metrics *metrics;    /* of the epochs done */
    size_t epochs_done;
    uint64_t steps; /* of the epochs done */
} clonal__manifest;

clonal_status clonal__manifest_write(const char *path, const clonal__manifest *manifest);
/* The "settings" of a run folder's run.json; settings->graph is its graph as text, or NULL where
 * the settings hold a perceptron. Free with clonal_run_settings_free; after a failure there is
 * nothing to free. */
clonal_status clonal__manifest_settings(const char *run, clonal_run_settings *settings,
                                        char data[4096]);

/* What a run.json tells. settings.data points to data: a copy of the struct points into the
 * original. */
typedef struct clonal__manifest_facts {
    clonal_run_settings settings;
    /* digests: "" where there is none */
    char data[4096], train_digest[72], test_digest[72], weights_digest[72];
    char platform[256], device[256];
    const char *graph; /* as text, the settings'; "" where there is none */
    bool exact;        /* false once any of the run's epochs broke the contract */
    uint32_t epochs_done;
    uint64_t steps;     /* of all epochs done */
    char (*epochs)[72]; /* by epoch done: the weights' digest, "" where it is not known */
} clonal__manifest_facts;
/* Free with clonal__manifest_facts_free. */
clonal_status clonal__manifest_read(const char *run, clonal__manifest_facts *facts);
void clonal__manifest_facts_free(clonal__manifest_facts *facts);
/* CLONAL_E_ARGUMENT when the data of a split, of this digest and read from `folder` (NULL:
 * Fashion-MNIST), are not those that the run was trained or tested on; where its run.json has no
 * digest of them all fit. */
clonal_status clonal__manifest_check_data(const char *run, const clonal__manifest_facts *facts,
                                          clonal_split split, const char *folder,
                                          const char *digest);
/* CLONAL_E_FORMAT when the run's weights.safetensors is not the file whose digest run.json names.
 * CLONAL_OK where either is missing. */
clonal_status clonal__manifest_check_weights(const char *run, const clonal__manifest_facts *facts);
/* complete.c: clonal__manifest_read, with what run.json does not know of the epochs taken from the
 * run's checkpoints. */
clonal_status clonal__manifest_complete(const char *run, clonal__manifest_facts *facts);

#endif
