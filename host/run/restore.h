/* restore.h: a checkpoint put into a model. */
#ifndef CLONAL_RUN_RESTORE_H
#define CLONAL_RUN_RESTORE_H

#include "host/model/model.h"
#include "host/run/checkpoint.h"
#include <stdbool.h>

/* Whether it has the model's parameters, by name and shape, and its optimizer's states, by name. */
bool clonal__checkpoint_fits(const clonal__checkpoint *checkpoint, const clonal_model *model);
/* Writes parameters and states into a model that it fits. */
clonal_status clonal__checkpoint_load(const clonal__checkpoint *checkpoint, clonal_model *model);

#endif
