/* output.c: see output.h. */
#include "host/exchange/output.h"

#include "host/base/encode.h"
#include <stdio.h>

clonal_status clonal__output_create(const char *path, clonal__output *output)
{
    CLONAL__TRY(clonal__digest_create(&output->digest));
    return clonal__file_writer_create(path, &output->writer);
}

clonal_status clonal__output_put(clonal__output *output, const void *bytes, size_t count)
{
    clonal__digest_update(output->digest, bytes, count);
    return clonal__file_writer_write(output->writer, bytes, count);
}

clonal_status clonal__output_values(clonal__output *output, const float *values, size_t count)
{
    enum { CHUNK = 8192 };
    uint8_t bytes[4 * CHUNK];
    for (size_t i = 0; i < count; i += CHUNK) {
        const size_t n = count - i < CHUNK ? count - i : CHUNK;
        clonal__encode_f32(values + i, n, bytes);
        CLONAL__TRY(clonal__output_put(output, bytes, 4 * n));
    }
    return CLONAL_OK;
}

clonal_status clonal__output_finish(clonal__output *output, clonal_status status, char digest[72])
{
    char hex[65];
    if (status == CLONAL_OK) status = clonal__digest_finish(output->digest, hex);
    if (status == CLONAL_OK) status = clonal__file_writer_commit(&output->writer);
    if (status == CLONAL_OK && digest) snprintf(digest, 72, "sha256:%s", hex);
    clonal__file_writer_destroy(output->writer);
    clonal__digest_destroy(output->digest);
    *output = (clonal__output){0};
    return status;
}
