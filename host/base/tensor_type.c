/* tensor_type.c: see tensor_type.h. */
#include "host/base/tensor_type.h"

#include <string.h>

static uint64_t little_endian(const uint8_t *bytes, size_t count)
{
    uint64_t bits = 0;
    for (size_t i = count; i-- > 0;) bits = bits << 8 | bytes[i];
    return bits;
}

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float f32(const uint8_t *bytes)
{
    return from_bits((uint32_t)little_endian(bytes, 4));
}

static float f64(const uint8_t *bytes)
{
    const uint64_t bits = little_endian(bytes, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return (float)value;
}

/* The upper half of a binary32. */
static float bf16(const uint8_t *bytes)
{
    return from_bits((uint32_t)little_endian(bytes, 2) << 16);
}

/* binary16: 1 sign, 5 exponent (bias 15), 10 fraction. */
static float f16(const uint8_t *bytes)
{
    const uint32_t half = (uint32_t)little_endian(bytes, 2);
    const uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31u, fraction = half & 0x3ffu;
    if (exponent == 31) return from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent == 0) { /* fraction * 2^-24, a normal number of binary32 */
        const float magnitude = (float)fraction * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

#define FLOATS(name, bytes, decode)                                                                                    \
    {                                                                                                                  \
        name, bytes, true, decode                                                                                      \
    }
#define WHOLE(name, bytes)                                                                                             \
    {                                                                                                                  \
        name, bytes, false, NULL                                                                                       \
    }
static const clonal__tensor_type types[] = {
    FLOATS("F32", 4, f32),
    FLOATS("F16", 2, f16),
    FLOATS("BF16", 2, bf16),
    FLOATS("F64", 8, f64),
    FLOATS("C64", 8, NULL),
    FLOATS("F8_E4M3", 1, NULL),
    FLOATS("F8_E5M2", 1, NULL),
    FLOATS("F8_E8M0", 1, NULL),
    WHOLE("I64", 8),
    WHOLE("I32", 4),
    WHOLE("I16", 2),
    WHOLE("I8", 1),
    WHOLE("U64", 8),
    WHOLE("U32", 4),
    WHOLE("U16", 2),
    WHOLE("U8", 1),
    WHOLE("BOOL", 1),
};

const clonal__tensor_type *clonal__tensor_type_named(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0) return &types[i];
    return NULL;
}
