#define _POSIX_C_SOURCE 200809L
#include "ref_files.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void put_floats(uint8_t *to, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        if (values[i] != values[i]) bits = 0x7fc00000;
        for (int byte = 0; byte < 4; byte++) to[4 * i + byte] = (uint8_t)(bits >> (8 * byte));
    }
}

static char *header(const struct ref_graph *graph, const struct ref_parameter *parameters, size_t count)
{
    char *json = NULL, *text = ref_graph_print(graph);
    size_t size, offset = 0;
    FILE *out = open_memstream(&json, &size);
    if (out == NULL) abort();
    fputs("{\"__metadata__\":{\"clonal.contract\":\"1\",\"clonal.graph\":\"", out);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\n')
            fputs("\\n", out);
        else
            fputc(*c, out);
    }
    fputs("\",\"format\":\"pt\"}", out);
    for (size_t i = 0; i < count; i++) {
        const struct ref_parameter *p = &parameters[i];
        size_t bytes = 4 * p->rows * p->columns;
        fprintf(out, ",\"%s\":{\"dtype\":\"F32\",\"shape\":[", p->name);
        if (p->rank == 2) fprintf(out, "%zu,", p->rows);
        fprintf(out, "%zu],\"data_offsets\":[%zu,%zu]}", p->columns, offset, offset + bytes);
        offset += bytes;
    }
    fputc('}', out);
    for (long length = ftell(out); length % 8 != 0; length++) fputc(' ', out);
    if (fclose(out) != 0) abort();
    free(text);
    return json;
}

uint8_t *ref_safetensors(const struct ref_graph *graph, const struct ref_parameter *parameters, size_t count,
                         size_t *size_bytes)
{
    char *json = header(graph, parameters, count);
    uint64_t length = strlen(json);
    size_t at = 8 + (size_t)length, size = at;
    for (size_t i = 0; i < count; i++) size += 4 * parameters[i].rows * parameters[i].columns;
    uint8_t *bytes = ref_alloc(size, 1);
    for (int byte = 0; byte < 8; byte++) bytes[byte] = (uint8_t)(length >> (8 * byte));
    memcpy(bytes + 8, json, (size_t)length);
    for (size_t i = 0; i < count; i++) {
        put_floats(bytes + at, parameters[i].value, parameters[i].rows * parameters[i].columns);
        at += 4 * parameters[i].rows * parameters[i].columns;
    }
    free(json);
    *size_bytes = size;
    return bytes;
}

void ref_sha256(const void *bytes, size_t size_bytes, char hex[REF_SHA256_HEX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length;
    if (EVP_Digest(bytes, size_bytes, digest, &length, EVP_sha256(), NULL) != 1 || length != 32) abort();
    for (unsigned i = 0; i < length; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void ref_sha256_floats(const float *values, size_t count, char hex[REF_SHA256_HEX])
{
    uint8_t *bytes = ref_alloc(4 * count, 1);
    put_floats(bytes, values, count);
    ref_sha256(bytes, 4 * count, hex);
    free(bytes);
}

void ref_digest(const struct ref_trainer *trainer, char hex[REF_SHA256_HEX])
{
    size_t size;
    uint8_t *bytes = ref_safetensors(&trainer->graph, trainer->parameters, trainer->parameter_count, &size);
    ref_sha256(bytes, size, hex);
    free(bytes);
}

/* An IDX file of `rank` dimensions: its bytes, the caller's to free, or NULL. Only the first `limit` items
 * are read. */
static uint8_t *read_idx(const char *dir, const char *name, unsigned rank, size_t limit, size_t *count, size_t *columns)
{
    char path[4096];
    uint8_t head[16], *bytes = NULL;
    snprintf(path, sizeof path, "%s/%s.gz", dir, name);
    gzFile file = gzopen(path, "rb");
    if (file == NULL) {
        snprintf(path, sizeof path, "%s/%s", dir, name);
        file = gzopen(path, "rb");
    }
    if (file == NULL) return NULL;
    int size = (int)(4 + 4 * rank);
    if (gzread(file, head, (unsigned)size) == size && memcmp(head, "\0\0\10", 3) == 0 && head[3] == rank) {
        size_t dimensions[3] = {0, 1, 1};
        for (unsigned i = 0; i < rank; i++) {
            const uint8_t *d = head + 4 + 4 * i;
            dimensions[i] = (size_t)d[0] << 24 | (size_t)d[1] << 16 | (size_t)d[2] << 8 | d[3];
        }
        *count = limit != 0 && limit < dimensions[0] ? limit : dimensions[0];
        *columns = dimensions[1] * dimensions[2];
        size_t total = *count * *columns;
        bytes = total > 0 && total < 1u << 30 ? ref_alloc(total, 1) : NULL;
        if (bytes != NULL && gzread(file, bytes, (unsigned)total) != (int)total) {
            free(bytes);
            bytes = NULL;
        }
    }
    gzclose(file);
    return bytes;
}

int ref_data_read(struct ref_data *data, const char *dir, const char *prefix, size_t limit,
                  char message[REF_MAX_MESSAGE])
{
    char name[64];
    size_t columns = 0, label_count = 0, label_columns = 0;
    memset(data, 0, sizeof *data);
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix);
    uint8_t *pixels = read_idx(dir, name, 3, limit, &data->count, &columns);
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefix);
    uint8_t *labels = read_idx(dir, name, 1, limit, &label_count, &label_columns);
    if (pixels == NULL || labels == NULL || label_count != data->count) {
        snprintf(message, REF_MAX_MESSAGE, "%.100s: no readable data set %s", dir, prefix);
        free(pixels);
        free(labels);
        return -1;
    }
    float *x = ref_alloc(data->count * columns, sizeof *x);
    uint32_t *classes = ref_alloc(data->count, sizeof *classes);
    for (size_t i = 0; i < data->count * columns; i++) x[i] = (float)pixels[i] / 255.0f;
    for (size_t i = 0; i < data->count; i++) classes[i] = labels[i];
    data->columns = columns;
    data->x = x;
    data->labels = classes;
    free(pixels);
    free(labels);
    return 0;
}

void ref_data_free(struct ref_data *data)
{
    free((void *)data->x);
    free((void *)data->labels);
    memset(data, 0, sizeof *data);
}
