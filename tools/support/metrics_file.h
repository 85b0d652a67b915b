/* metrics_file.h: reading a run's metrics.csv. */
#ifndef TOOLS_SUPPORT_METRICS_FILE_H
#define TOOLS_SUPPORT_METRICS_FILE_H

#include <stddef.h>

typedef struct metrics_row {
    double epoch, train_loss, val_loss, val_accuracy, seconds;
} metrics_row;

/* Reads the metrics of a run's folder, or of a metrics.csv named itself; *rows is freed by free().
 * 0, or an exit code after a message. A run without a finished epoch is an error. */
int metrics_file_read(const char *run, metrics_row **rows, size_t *count);

#endif
