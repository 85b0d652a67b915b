/* encode.h: numbers as the bytes of files and digests: little-endian whatever the machine, and one
 * NaN (0x7fc00000). */
#ifndef CLONAL_BASE_ENCODE_H
#define CLONAL_BASE_ENCODE_H

#include "host/base/digest.h"
#include <stddef.h>
#include <stdint.h>

/* bytes has room for 4*count. */
void clonal__encode_u32(const uint32_t *values, size_t count, uint8_t *bytes);
void clonal__encode_f32(const float *values, size_t count, uint8_t *bytes);

/* Feeds the encoded values to the digest. */
void clonal__digest_u32(clonal__digest *digest, const uint32_t *values, size_t count);
void clonal__digest_f32(clonal__digest *digest, const float *values, size_t count);

#endif
