/* stats.h: stats.csv, the statistics of a watched run by epoch: header
 * epoch,layer,tensor,mode,count,mean,variance,zeros,norm. */
#ifndef CLONAL_RUN_STATS_H
#define CLONAL_RUN_STATS_H

#include "host/model/model.h"
#include <clonal/watch.h>

/* The file of a run that goes on, and the rows that it got last. Zero-initialise; free with
 * clonal__stats_free. */
typedef struct clonal__stats {
    char *path;
    clonal__string text; /* the whole file */
    bool any;            /* it has an epoch: */
    uint32_t last;
    clonal_layer_statistics *rows; /* (count) of the last clonal__stats_add */
    size_t count;
} clonal__stats;

/* Takes up the file of this path, where there is one, without the rows of epochs past `epoch`.
 * Writes nothing. Errors: CLONAL_E_IO, CLONAL_E_FORMAT (the message names the line). */
clonal_status clonal__stats_open(const char *path, uint32_t epoch, clonal__stats *stats);
/* Whether there are rows of this epoch, the last that there may be. */
bool clonal__stats_has(const clonal__stats *stats, uint32_t epoch);
/* Adds the statistics of the model and this data as those after so many epochs, and writes the
 * whole file atomically, numbers as %.9g. */
clonal_status clonal__stats_add(clonal__stats *stats, uint32_t epoch, clonal_model *model,
                                const clonal_dataset *data);
void clonal__stats_free(clonal__stats *stats);

#endif
