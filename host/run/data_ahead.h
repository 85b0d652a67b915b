/* data_ahead.h: data that are being read in a thread of their own, as a run takes them. */
#ifndef CLONAL_RUN_DATA_AHEAD_H
#define CLONAL_RUN_DATA_AHEAD_H

#include "host/data/outline.h"
#include "host/run/samples.h"

/* Whether they are read of `data`, as in clonal_run_settings. */
bool clonal__data_ahead_is_of(const clonal_data_ahead *ahead, const char *data);

/* Waits for the outline; false where the data have none, or were taken. */
bool clonal__data_ahead_outline(clonal_data_ahead *ahead, clonal__data_outline *outline);
/* Whether the samples are there: taking them does not wait. */
bool clonal__data_ahead_done(clonal_data_ahead *ahead);

/* Hands over the samples of both splits, waiting for them and helping to read them; the digests are
 * "" until clonal__data_ahead_digests. Where reading failed, or they were taken before, they are
 * read anew, digests and all, so that errors are the calling thread's: those of
 * clonal__splits_open. */
clonal_status clonal__data_ahead_take(clonal_data_ahead *ahead, clonal__splits *splits);

/* Waits until the digests of the samples that were taken are there, if they are not, and copies
 * them; before it, the samples must not be freed. Errors: those of clonal_dataset_digest. */
clonal_status clonal__data_ahead_digests(clonal_data_ahead *ahead, clonal__splits *splits);

#endif
