/* outline.h: what a data set is like, by its labels and the heads of its files: known long before
 * its samples are read. */
#ifndef CLONAL_DATA_OUTLINE_H
#define CLONAL_DATA_OUTLINE_H

#include "host/data/dataset.h"

typedef struct clonal__data_outline {
    size_t rank; /* of one training sample, with its shape */
    uint32_t shape[CLONAL__DATASET_MAX_RANK];
    size_t train_count, test_count;
    uint32_t outputs; /* that both splits need */
    bool is_float;    /* the samples are kept as floats */
} clonal__data_outline;

/* The outline of `folder`, as clonal_dataset_open takes it; NULL: Fashion-MNIST. False where its
 * files are no IDX files, or something is wrong with them, which reading them tells. */
bool clonal__data_outline_read(const char *folder, clonal__data_outline *outline);

#endif
