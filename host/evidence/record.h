/* record.h: record.txt of a run: a line `step name digest` for every tensor of every step
 * (observe.h), for comparing runs of machines that do not meet. */
#ifndef CLONAL_EVIDENCE_RECORD_H
#define CLONAL_EVIDENCE_RECORD_H

#include "host/evidence/observe.h"

typedef struct clonal__record clonal__record;

/* Opens a record to append to, keeping the lines of steps before `step`; made new when there is
 * none. Free with clonal__record_close. */
clonal_status clonal__record_open(const char *path, uint64_t step, clonal__record **record);
/* Runs a training step as clonal_model_train_epoch would, and writes its lines. */
clonal_status clonal__record_step(clonal__record *record, clonal_model *model,
                                  const clonal__device_copy *data, uint32_t rows, uint32_t first);
/* The same, as a model's hook. */
clonal_status clonal__record_hook(clonal_model *model, const clonal__device_copy *data,
                                  uint32_t rows, uint32_t first, void *record);
/* What was written is on the disk: before a checkpoint is. */
clonal_status clonal__record_flush(clonal__record *record);
void clonal__record_close(clonal__record *record);

/* Reading: lines in order. */
typedef struct clonal__record_line {
    uint64_t step;
    char name[64], digest[65];
} clonal__record_line;
typedef struct clonal__record_reader clonal__record_reader;
clonal_status clonal__record_reader_open(const char *path, clonal__record_reader **reader);
/* *more false at the end, which a line cut short is too. */
clonal_status clonal__record_read(clonal__record_reader *reader, clonal__record_line *line,
                                  bool *more);
void clonal__record_reader_close(clonal__record_reader *reader);

#endif
