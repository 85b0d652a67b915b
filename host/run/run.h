/* run.h: a run, with what may watch its steps. */
#ifndef CLONAL_RUN_RUN_H
#define CLONAL_RUN_RUN_H

#include "host/model/model.h"
#include <clonal/run.h>

/* Writes of every step what settings->record asks for. */
typedef struct clonal__run_recorder {
    /* From this step on; *record: close. */
    clonal_status (*open)(const char *path, const clonal_model *model, void **record);
    /* Runs a training step, as a model's hook. */
    clonal_status (*hook)(clonal_model *model, const clonal__device_copy *data, uint32_t rows,
                          uint32_t first, void *record);
    /* What was written is on the disk: before a checkpoint is. */
    clonal_status (*flush)(void *record);
    void (*close)(void *record);
} clonal__run_recorder;

/* clonal_run_train, with a recorder. */
clonal_status clonal__run_train(clonal_context *context, const clonal_run_settings *settings,
                                const clonal__run_recorder *recorder,
                                const clonal_run_listener *listener, clonal_run_result *result);

/* The same on data that are shared (samples.h), which the run borrows, and in a context that they
 * are copied to; NULL: it opens its own. Without a recorder settings->record must be false. */
struct clonal__run_data;
clonal_status clonal__run_train_on(clonal_context *context, const clonal_run_settings *settings,
                                   const clonal__run_recorder *recorder,
                                   const struct clonal__run_data *data,
                                   const clonal_run_listener *listener, clonal_run_result *result);

/* All that can be found wrong with a run of these settings on these data before it is begun: those
 * of the errors of clonal_run_train that neither need its folder nor compile. */
clonal_status clonal__run_check(clonal_context *context, const clonal_run_settings *settings,
                                const struct clonal__run_data *data);

/* samples.c: the data sets as they were opened become what the run trains on and what it evaluates
 * each epoch on: the first `limit` of each, and with `validate` two parts of the training data.
 * validation may be NULL. Errors: CLONAL_E_ARGUMENT (a limit or share that the data do not have).
 */
clonal_status clonal__run_samples(const clonal_run_settings *settings, clonal_dataset **train,
                                  clonal_dataset **validation);

#endif
