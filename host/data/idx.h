/* idx.h: files of the MNIST family's format, plain or gzipped: 0, 0, type, rank, sizes (32 bits,
 * big-endian), elements. */
#ifndef CLONAL_DATA_IDX_H
#define CLONAL_DATA_IDX_H

#include "host/base/error.h"
#include <stddef.h>
#include <stdint.h>

#define CLONAL__IDX_MAX_RANK 5 /* N samples of up to 4 dimensions */
#define CLONAL__IDX_MAX_BYTES (UINT64_C(1) << 32)

/* Types of elements, by their number in the header. */
typedef enum clonal__idx_type {
    CLONAL__IDX_U8 = 0x08,
    CLONAL__IDX_I8 = 0x09,
    CLONAL__IDX_I16 = 0x0b,
    CLONAL__IDX_I32 = 0x0c,
    CLONAL__IDX_F32 = 0x0d,
    CLONAL__IDX_F64 = 0x0e
} clonal__idx_type;

typedef struct clonal__idx {
    clonal__idx_type type;
    size_t rank;
    uint32_t shape[CLONAL__IDX_MAX_RANK]; /* no size is 0 */
    size_t count;                         /* the product of the shape */
    size_t bytes;                         /* of all elements */
    uint8_t *values;                      /* big-endian, as in the file; owned: clonal__free */
} clonal__idx;

/* Reads a file of min_rank .. max_rank dimensions. Memory grows with the bytes that are there, not
 * with those that the header promises. Errors, with *idx zeroed: CLONAL_E_IO (cannot be opened or
 * read, a folder), CLONAL_E_FORMAT (empty, truncated, surplus bytes, a type that the format does
 * not have, another rank, a size of 0, more than 4 GiB, a damaged gzip stream). */
clonal_status clonal__idx_read(const char *path, size_t min_rank, size_t max_rank,
                               clonal__idx *idx);

/* Reads its head alone: values is NULL. Errors: as above, but for what the rest of the file has. */
clonal_status clonal__idx_head(const char *path, size_t min_rank, size_t max_rank,
                               clonal__idx *idx);

/* The elements as binary32: whole numbers and binary64 rounded to the nearest, ties to even, floats
 * as they are. *values (count): clonal__free. Errors: CLONAL_E_MEMORY. */
clonal_status clonal__idx_floats(const clonal__idx *idx, float **values);
/* The elements as labels. *labels (count): clonal__free. Errors: CLONAL_E_FORMAT (they are no whole
 * numbers, or one is negative: `path` is for the message), CLONAL_E_MEMORY. */
clonal_status clonal__idx_labels(const clonal__idx *idx, const char *path, uint32_t **labels);

/* find.c: the paths of a folder's files of a split ("train"; "t10k", which is "test" elsewhere), by
 * the names that the family's files have where they are offered:
 *   [PREFIX-]train-images-idx3-ubyte[.gz], or .idx3-ubyte, of any rank; a plain file before a
 *   gzipped one of the same name
 *   x_train.npy and the others that clonal__numpy_fits takes
 * in the folder, or, where it holds none, in the one of torchvision's below it (MNIST/raw,
 * FashionMNIST/raw, KMNIST/raw, EMNIST/raw). images and labels have room for `size`. Errors:
 * CLONAL_E_IO: there is none, or several, which the message lists; the folder cannot be listed. */
clonal_status clonal__idx_find(const char *folder, const char *split, char *images, char *labels,
                               size_t size);

#endif
