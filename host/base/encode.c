/* encode.c: bytes of numbers, one way on every machine. */
#include "host/base/encode.h"

#include <string.h>

#define CHUNK 4096 /* values encoded at once on the stack */

static void store(uint32_t word, uint8_t bytes[4])
{
    bytes[0] = (uint8_t)word;
    bytes[1] = (uint8_t)(word >> 8);
    bytes[2] = (uint8_t)(word >> 16);
    bytes[3] = (uint8_t)(word >> 24);
}

void clonal__encode_u32(const uint32_t *values, size_t count, uint8_t *bytes)
{
    for (size_t i = 0; i < count; i++) store(values[i], bytes + 4 * i);
}

void clonal__encode_f32(const float *values, size_t count, uint8_t *bytes)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, values + i, 4);
        /* Which payload and sign a NaN gets differs between devices. */
        if ((word & 0x7fffffffu) > 0x7f800000u) word = 0x7fc00000u;
        store(word, bytes + 4 * i);
    }
}

void clonal__digest_u32(clonal__digest *digest, const uint32_t *values, size_t count)
{
    uint8_t bytes[4 * CHUNK];
    for (size_t i = 0; i < count; i += CHUNK) {
        size_t n = count - i < CHUNK ? count - i : CHUNK;
        clonal__encode_u32(values + i, n, bytes);
        clonal__digest_update(digest, bytes, 4 * n);
    }
}

void clonal__digest_f32(clonal__digest *digest, const float *values, size_t count)
{
    uint8_t bytes[4 * CHUNK];
    for (size_t i = 0; i < count; i += CHUNK) {
        size_t n = count - i < CHUNK ? count - i : CHUNK;
        clonal__encode_f32(values + i, n, bytes);
        clonal__digest_update(digest, bytes, 4 * n);
    }
}
