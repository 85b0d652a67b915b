/* idx.h: files of the MNIST family's format, plain or gzipped: 0, 0, type, rank, sizes (32 bits,
 * big-endian), elements. */
#ifndef CLONAL_DATA_IDX_H
#define CLONAL_DATA_IDX_H

#include "host/base/error.h"
#include <stddef.h>
#include <stdint.h>

#define CLONAL__IDX_MAX_RANK 5 /* N samples of up to 4 dimensions */
#define CLONAL__IDX_MAX_BYTES (UINT64_C(1) << 32)

typedef struct clonal__idx {
    size_t rank;
    uint32_t shape[CLONAL__IDX_MAX_RANK]; /* no size is 0 */
    size_t bytes;                         /* the product of the shape */
    uint8_t *values;                      /* owned: clonal__free */
} clonal__idx;

/* Reads a file of unsigned bytes (type 0x08) and min_rank .. max_rank dimensions. Memory grows with
 * the bytes that are there, not with those that the header promises. Errors, with *idx zeroed:
 * CLONAL_E_IO (cannot be opened or read, a folder), CLONAL_E_FORMAT (empty, truncated, surplus
 * bytes, another type or rank, a size of 0, more than 4 GiB, a damaged gzip stream). */
clonal_status clonal__idx_read(const char *path, size_t min_rank, size_t max_rank,
                               clonal__idx *idx);

#endif
