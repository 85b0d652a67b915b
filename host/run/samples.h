/* samples.h: data that several runs share: opened once, and copied to a device once. */
#ifndef CLONAL_RUN_SAMPLES_H
#define CLONAL_RUN_SAMPLES_H

#include "host/run/run.h"

/* What the settings choose of a data set: new sets, or NULL for one that is used whole.
 * validation_cut may be NULL. Errors: those of clonal__run_samples. */
clonal_status clonal__run_cut(const clonal_run_settings *settings, const clonal_dataset *train,
                              const clonal_dataset *test, clonal_dataset **train_cut,
                              clonal_dataset **validation_cut);

/* Both splits of a data set as they are opened, with their digests. Several threads may use one. */
typedef struct clonal__splits {
    clonal_dataset *train, *test;
    char train_digest[72], test_digest[72];
    uint32_t outputs; /* that all data need */
} clonal__splits;
/* `data` as in clonal_run_settings. After a failure there is nothing to close. */
clonal_status clonal__splits_open(const char *data, clonal__splits *splits);
/* What both need, for the member `outputs`. */
uint32_t clonal__splits_outputs(const clonal__splits *splits);
void clonal__splits_close(clonal__splits *splits);

/* What runs with the same cut of the same splits use in one context. Zero-initialise. */
typedef struct clonal__run_data {
    const clonal__splits *splits; /* borrowed */
    uint32_t limit;
    double validate;
    uint64_t seed; /* of what is held out; 0 where nothing is */
    clonal_dataset *train_cut, *validation_cut;
    clonal_dataset *train, *validation; /* those, or the sets of the splits */
    clonal_context *context;            /* of the copies */
    clonal__device_copy *train_copy, *validation_copy;
} clonal__run_data;
/* Makes them what a run of these settings needs; does nothing where they are that already. The
 * copies are made by clonal__run_data_copy. Errors: those of clonal__run_samples. */
clonal_status clonal__run_data_take(clonal__run_data *data, const clonal__splits *splits,
                                    const clonal_run_settings *settings);
/* Copies them to the context's device, once. */
clonal_status clonal__run_data_copy(clonal__run_data *data, clonal_context *context);
void clonal__run_data_free(clonal__run_data *data);

#endif
