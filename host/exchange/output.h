/* output.h: a binary file for another framework, written from its begin to its end, and its
 * digest. */
#ifndef CLONAL_EXCHANGE_OUTPUT_H
#define CLONAL_EXCHANGE_OUTPUT_H

#include "host/base/digest.h"
#include "host/base/file.h"
#include <stdint.h>

/* Zero-initialise; between create and finish put appends. */
typedef struct clonal__output {
    clonal__file_writer *writer;
    clonal__digest *digest;
} clonal__output;

clonal_status clonal__output_create(const char *path, clonal__output *output);
clonal_status clonal__output_put(clonal__output *output, const void *bytes, size_t count);
/* Little-endian, a NaN as 0x7fc00000. */
clonal_status clonal__output_values(clonal__output *output, const float *values, size_t count);
/* Where all that was put went well, given as `status`, the file appears, and digest, if not NULL,
 * receives "sha256:<hex>"; else nothing is left of it. Frees what the output holds in any case. */
clonal_status clonal__output_finish(clonal__output *output, clonal_status status, char digest[72]);

#endif
