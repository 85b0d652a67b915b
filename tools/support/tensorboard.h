/* tensorboard.h: train --tensorboard: the figures of a run as event files that TensorBoard reads.
 */
#ifndef TOOLS_SUPPORT_TENSORBOARD_H
#define TOOLS_SUPPORT_TENSORBOARD_H

#include "tfevents.h"
#include <clonal/run.h>
#include <stdbool.h>

typedef struct tensorboard {
    const char *folder; /* NULL: none is wanted, and nothing is done */
    const clonal_model *model;
    uint64_t steps; /* of an epoch */
    tfevents *file; /* NULL: not begun, or given up */
} tensorboard;

/* Before anything is trained: whether the folder is one, or can be made. 0, or an exit code after a
 * message. NULL is legal. */
int tensorboard_check(const char *folder);

/* Makes the folder and a new file in it. One run has one folder: what is in it of an earlier part
 * of the run is told again, from metrics.csv and stats.csv of the run's folder, since a killed
 * process may not have told all of it; readers forget the older. The step of an event is its epoch;
 * first_epoch is the first that will be trained. What fails here or below is no error of the run's:
 * it is a warning, and nothing more is written. */
void tensorboard_begin(tensorboard *t, const char *run, const clonal_model *model, uint64_t steps,
                       uint32_t first_epoch);
/* train_loss, val_loss, val_accuracy, learning_rate (of the epoch's last step). */
void tensorboard_epoch(tensorboard *t, const clonal_epoch_metrics *metrics);
/* variance.activation/node.3.relu/training and its like. */
void tensorboard_statistics(tensorboard *t, uint32_t epoch, const clonal_layer_statistics *rows,
                            size_t count);
void tensorboard_end(tensorboard *t);

#endif
