/* evaluate.h: what a forward pass leaves: figures of all rows, and outputs. */
#ifndef CLONAL_MODEL_EVALUATE_H
#define CLONAL_MODEL_EVALUATE_H

#include "host/model/model.h"

/* CLONAL_E_ARGUMENT unless the data have these samples. */
clonal_status clonal__range_check(const clonal_dataset *data, size_t first, size_t count);

/* Sums what the losses' kernels left for each row of the data, all of which have been evaluated;
 * waits. accuracy may be NULL. */
clonal_status clonal__model_figures(const clonal_model *model, const clonal__device_copy *data,
                                    double *loss, double *accuracy);

/* The outputs (rows,C) of a forward step that has been enqueued, through softmax under
 * cross-entropy; waits. */
clonal_status clonal__model_outputs(const clonal_model *model, const clonal__step *step,
                                    float *outputs);

#endif
