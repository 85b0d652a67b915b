/* reader.h: a binary file of another framework's, read from its begin to its end. Nothing that it
 * says of itself is believed before the bytes that are left bear it out. */
#ifndef CLONAL_EXCHANGE_READER_H
#define CLONAL_EXCHANGE_READER_H

#include "host/base/tensor_type.h"
#include "host/exchange/network.h"
#include <stdio.h>

/* A longer name of a tensor is refused. */
#define CLONAL__MOST_NAME_BYTES 1000

typedef struct clonal__reader {
    const char *path, *kind; /* kind: "a file of MXNet's", for messages; both are borrowed */
    FILE *stream;
    uint64_t at, size; /* in bytes; at <= size */
} clonal__reader;

/* Opens a regular file; clonal__reader_close, also after a failure. CLONAL_E_IO. */
clonal_status clonal__reader_open(const char *path, const char *kind, clonal__reader *reader);
void clonal__reader_close(clonal__reader *reader);

/* CLONAL_E_FORMAT with file, cause and remedy. Control characters of the cause are replaced. */
clonal_status clonal__reader_damaged(const clonal__reader *reader, const char *format, ...)
    CLONAL__PRINTF(2, 3);

/* Unless so many bytes are left: CLONAL_E_FORMAT, "it is cut". */
clonal_status clonal__reader_needs(const clonal__reader *reader, uint64_t count);
/* These read as many bytes as they say or fail: CLONAL_E_FORMAT (cut), CLONAL_E_IO. */
clonal_status clonal__reader_read(clonal__reader *reader, void *bytes, size_t count);
clonal_status clonal__reader_skip(clonal__reader *reader, uint64_t count);
/* Back to a place that has been read over. */
clonal_status clonal__reader_rewind(clonal__reader *reader, uint64_t at);
/* A whole number of 1 to 8 bytes. */
clonal_status clonal__reader_number(clonal__reader *reader, size_t bytes, bool big_endian,
                                    uint64_t *number);
/* A text of `length` bytes, which must be UTF-8 without NUL and at most CLONAL__MOST_NAME_BYTES. */
clonal_status clonal__reader_text(clonal__reader *reader, uint64_t length,
                                  char text[CLONAL__MOST_NAME_BYTES + 1]);

/* Elements of a shape, each size of 0 .. 2^32 - 1; CLONAL_E_FORMAT where their bytes are more than
 * are left. */
clonal_status clonal__reader_elements(const clonal__reader *reader, const char *name, size_t rank,
                                      const uint32_t *shape, const clonal__tensor_type *type,
                                      size_t *elements);
/* Reads `count` elements, little-endian, as binary32; type->decode must be there. */
clonal_status clonal__reader_values(clonal__reader *reader, const clonal__tensor_type *type,
                                    size_t count, float *values);
/* Reads the elements of a tensor and appends it; those of whole numbers are passed over, and
 * floats of a type that Clonal does not read are refused (CLONAL_E_FORMAT). */
clonal_status clonal__reader_tensor(clonal__reader *reader, const char *name, size_t rank,
                                    const uint32_t *shape, const clonal__tensor_type *type,
                                    clonal__network *network);
/* The end: no bytes are left, and no two tensors have one name. */
clonal_status clonal__reader_finish(const clonal__reader *reader, const clonal__network *network);

#endif
