/* early_stop.h: which epoch of a run is the best so far, and whether waiting for a better one ends.
 */
#ifndef CLONAL_RUN_EARLY_STOP_H
#define CLONAL_RUN_EARLY_STOP_H

#include <clonal/run.h>

/* The first epoch with the lowest val_loss, as metrics.csv shows it (so that a resumed run, which
 * reads it there, judges alike); 0: none has a number for one. */
uint32_t clonal__best_epoch(size_t count, const clonal_epoch_metrics *rows);
/* Whether `patience` epochs have been trained since the best one; never with a patience of 0. */
bool clonal__stops_early(uint32_t patience, size_t count, const clonal_epoch_metrics *rows);

#endif
