/* device_copy.h: a data set's copy on a device. */
#ifndef CLONAL_DATA_DEVICE_COPY_H
#define CLONAL_DATA_DEVICE_COPY_H

#include "host/data/dataset.h"
#include "host/ir/feed.h"

typedef struct clonal__device_copy {
    clonal__dataset_identity *of; /* whose copy it is */
    clonal__feed feed;
    size_t count; /* N */
} clonal__device_copy;

/* Copies a data set to the context's device, which waits for it; the data set may go afterwards.
 * Free with clonal__device_copy_destroy. Errors: CLONAL_E_MEMORY, CLONAL_E_OPENCL. */
clonal_status clonal__device_copy_create(clonal_context *context, const clonal_dataset *data,
                                         clonal__device_copy **copy);
/* What such a copy's buffers take together, and the largest of them. */
uint64_t clonal__device_copy_bytes(const clonal_dataset *data, uint64_t *largest);
void clonal__device_copy_destroy(clonal__device_copy *copy);

#endif
