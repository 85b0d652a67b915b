/* metrics.h: metrics.csv, the figures of a run by epoch: header
 * epoch,train_loss,val_loss,val_accuracy,seconds. */
#ifndef CLONAL_RUN_METRICS_H
#define CLONAL_RUN_METRICS_H

#include <clonal/run.h>

/* Writes the whole file atomically, numbers as %.9g. */
clonal_status clonal__metrics_write(const char *path, size_t count,
                                    const clonal_epoch_metrics *rows);

/* The number that a figure is read back as. */
double clonal__metrics_rounded(double figure);

/* Reads one; blank lines, blanks around numbers and CR LF are taken. *rows (clonal__free) holds
 * *count rows, epochs ascending. Errors: CLONAL_E_IO, CLONAL_E_FORMAT (the message names the line).
 */
clonal_status clonal__metrics_read(const char *path, clonal_epoch_metrics **rows, size_t *count);

#endif
