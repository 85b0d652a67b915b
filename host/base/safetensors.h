/* safetensors.h: files of named float tensors (https://huggingface.co/docs/safetensors), read and
 * written.
 *
 * Layout: header length (8 bytes, little-endian), header (JSON, padded with spaces), the tensors'
 * bytes. What is written is a function of its arguments alone: metadata and tensors stand in the
 * order given, the JSON has no white space, the header is padded so that the data starts at a
 * multiple of 8 bytes, and a NaN is 0x7fc00000:
 *   {"__metadata__":{"format":"..."},
 *    "1.weight":{"dtype":"F32","shape":[256,784],"data_offsets":[0,802816]},...}
 * but on one line. */
#ifndef CLONAL_BASE_SAFETENSORS_H
#define CLONAL_BASE_SAFETENSORS_H

#include "host/base/error.h"
#include <stddef.h>
#include <stdint.h>

#define CLONAL__TENSOR_MAX_RANK 8
/* The format's own limit, for reading and for writing. */
#define CLONAL__SAFETENSORS_MAX_HEADER_BYTES 100000000u
/* What JSON readers hold exactly: 2^53. Files that are cut are found before anything is allocated.
 */
#define CLONAL__SAFETENSORS_MAX_DATA_BYTES (UINT64_C(1) << 53)

typedef struct clonal__tensor {
    const char *name;
    size_t rank; /* 0: a scalar */
    uint32_t shape[CLONAL__TENSOR_MAX_RANK];
    /* row-major; of one that was read as a type of no floats: NULL */
    const float *values;
} clonal__tensor;

typedef struct clonal__metadata {
    const char *key, *value; /* UTF-8 */
} clonal__metadata;

/* The product of the shape. A tensor that was read fits in memory; for others: SIZE_MAX when it
 * overflows. */
size_t clonal__tensor_elements(const clonal__tensor *tensor);

/* Writes the file atomically; with path NULL, only its digest is made. hex, if not NULL, receives
 * the SHA-256 of the file. Errors: CLONAL_E_ARGUMENT (two tensors or keys of one name, no UTF-8,
 * too large to be read again), CLONAL_E_IO. */
clonal_status clonal__safetensors_write(const char *path, size_t tensor_count,
                                        const clonal__tensor *tensors, size_t metadata_count,
                                        const clonal__metadata *metadata, char hex[65]);

/* A file that was read; tensors and metadata are in the header's order, and live as long as it
 * does. */
typedef struct clonal__safetensors {
    size_t tensor_count;
    clonal__tensor *tensors;
    const struct clonal__tensor_type **types; /* by tensor: tensor_type.h */
    size_t metadata_count;
    clonal__metadata *metadata;
    struct json_t *header; /* owns names and texts */
    float *data;           /* owns values */
    /* Names, texts and values, each by itself, where another format's reader made this
     * (host/exchange) */
    void **owned;
    size_t owned_count;
} clonal__safetensors;

/* Reads a file, all of it checked: nothing is allocated by what a header says until the file's size
 * bears it out. F16 and BF16 become binary32 exactly, F64 rounded to the nearest; tensors of other
 * types have no values. Errors: CLONAL_E_IO (cannot be opened, a folder), CLONAL_E_FORMAT (damaged,
 * larger than the limits above, a type that the format does not have). Free with
 * clonal__safetensors_destroy. */
clonal_status clonal__safetensors_read(const char *path, clonal__safetensors **file);
void clonal__safetensors_destroy(clonal__safetensors *file);
/* NULL: not there */
const clonal__tensor *clonal__safetensors_tensor(const clonal__safetensors *file, const char *name);
/* NULL: not there */
const char *clonal__safetensors_metadata(const clonal__safetensors *file, const char *key);

#endif
