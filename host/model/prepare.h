/* prepare.h: what an epoch of training needs, made before it begins. */
#ifndef CLONAL_MODEL_PREPARE_H
#define CLONAL_MODEL_PREPARE_H

#include "host/model/model.h"

/* Makes ready for epochs that train on `train` and are evaluated on `validation`, so that the first
 * takes no longer than the others: copies both to the device, compiles the steps of training and of
 * evaluation, of full batches and of the short ones at the end, and launches each once, since
 * drivers compile and load kernels at a first launch; of long steps a little of each kernel, so
 * that the first touch of their buffers is the first epoch's. With `watched` it compiles those of
 * clonal_model_watch, too.
 *
 * What a training step changes, parameters and the optimizer's states, is kept in host memory
 * meanwhile, as much as a checkpoint takes there, and put back: no bit of the model changes, nor
 * its step's number. No launch is recorded in a profile. Doing it again compiles nothing. Waits for
 * the device. After an error the parameters may be anything: the model is not to be used. Errors:
 * CLONAL_E_ARGUMENT, CLONAL_E_SHAPE (as clonal_model_train_epoch), CLONAL_E_MEMORY, and those of
 * compiling. */
clonal_status clonal__model_prepare(clonal_model *model, const clonal_dataset *train,
                                    const clonal_dataset *validation, bool watched);

#endif
