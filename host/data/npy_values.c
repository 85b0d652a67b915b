/* npy_values.c: an array's elements as binary32 or as labels. */
#include "host/data/npy.h"

#include "host/base/memory.h"
#include "host/base/tensor_type.h"
#include <inttypes.h>

/* Element i, its least significant byte first. */
static void little_endian(const clonal__npy *npy, size_t i, uint8_t bytes[8])
{
    const uint8_t *element = npy->values + i * npy->size;
    for (size_t k = 0; k < npy->size; k++) bytes[k] = element[npy->big_endian ? npy->size - 1 - k : k];
}

/* Whole number i, of which a negative one has its upper bits set. */
static uint64_t whole(const clonal__npy *npy, size_t i)
{
    uint8_t bytes[8];
    uint64_t value = 0;
    little_endian(npy, i, bytes);
    if (npy->kind == 'i' && bytes[npy->size - 1] & 0x80) value = UINT64_MAX;
    for (size_t k = npy->size; k-- > 0;) value = value << 8 | bytes[k];
    return npy->kind == 'b' ? value != 0 : value;
}

static float number(const clonal__npy *npy, size_t i)
{
    const uint64_t value = whole(npy, i);
    return npy->kind == 'i' ? (float)(int64_t)value : (float)value;
}

static const clonal__tensor_type *float_type(const clonal__npy *npy)
{
    return clonal__tensor_type_named(npy->size == 2 ? "F16" : npy->size == 4 ? "F32" : "F64");
}

clonal_status clonal__npy_floats(const clonal__npy *npy, float **values)
{
    const clonal__tensor_type *type = float_type(npy);
    uint8_t bytes[8];
    CLONAL__TRY(clonal__calloc(npy->count, sizeof **values, values));
    for (size_t i = 0; i < npy->count; i++) {
        if (npy->kind != 'f') {
            (*values)[i] = number(npy, i);
            continue;
        }
        little_endian(npy, i, bytes);
        (*values)[i] = type->decode(bytes);
    }
    return CLONAL_OK;
}

clonal_status clonal__npy_labels(const clonal__npy *npy, const char *name, uint32_t **labels)
{
    *labels = NULL;
    for (size_t i = 0; i < npy->count; i++) {
        const uint64_t value = whole(npy, i);
        if (npy->kind == 'i' && value > INT64_MAX)
            return clonal__fail(CLONAL_E_FORMAT, "%s: label %zu is %" PRId64 ", where labels are 0 or more", name, i,
                                (int64_t)value);
        if (value > INT32_MAX)
            return clonal__fail(CLONAL_E_FORMAT, "%s: label %zu is %" PRIu64 ", where labels are below 2^31", name, i,
                                value);
    }
    CLONAL__TRY(clonal__calloc(npy->count, sizeof **labels, labels));
    for (size_t i = 0; i < npy->count; i++) (*labels)[i] = (uint32_t)whole(npy, i);
    return CLONAL_OK;
}
