/* Files of cl/CONTRACT.md, sections 4 and 7: weights.safetensors, its digest, and IDX data.
 * Threads: any. */
#ifndef CLONAL_REF_FILES_H
#define CLONAL_REF_FILES_H

#include "ref_train.h"

enum { REF_SHA256_HEX = 65 };

/* The bytes of weights.safetensors; the caller frees them. */
uint8_t *ref_safetensors(const struct ref_graph *graph, const struct ref_parameter *parameters,
                         size_t count, size_t *size_bytes);

/* SHA-256 as 64 hexadecimal digits and a NUL. */
void ref_sha256(const void *bytes, size_t size_bytes, char hex[REF_SHA256_HEX]);

/* SHA-256 of values as binary32, little-endian, every NaN 0x7fc00000. */
void ref_sha256_floats(const float *values, size_t count, char hex[REF_SHA256_HEX]);

/* The digest of weights.safetensors. */
void ref_digest(const struct ref_trainer *trainer, char hex[REF_SHA256_HEX]);

/* An MNIST-like set <dir>/<prefix>-images-idx3-ubyte[.gz] and -labels-idx1-ubyte[.gz], its first
 * `limit` samples (0: all). Returns 0, or -1 with one line in message. ref_data_free frees what it
 * allocated. */
int ref_data_read(struct ref_data *data, const char *dir, const char *prefix, size_t limit,
                  char message[REF_MAX_MESSAGE]);
void ref_data_free(struct ref_data *data);

#endif
