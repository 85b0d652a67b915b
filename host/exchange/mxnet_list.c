/* mxnet_list.c: see mxnet_list.h. */
#include "host/exchange/mxnet_list.h"

#include "host/exchange/layout.h"
#include "host/exchange/output.h"
#include "host/exchange/reader.h"
#include <stdio.h>
#include <string.h>

enum { DENSE = 0, FLOAT32 = 0, DEVICE_CPU = 1 };
/* What the least of them takes: the shape of one that stands for none, and no letters. */
enum { ARRAY_BYTES = 8, NAME_BYTES = 8 };

#define VERSION_1 0xf993fac8u
#define VERSION_2 0xf993fac9u
#define VERSION_3 0xf993facau

/* MXNet's type flags in order (3rdparty/mshadow/mshadow/base.h). */
static const char *const type_names[] = {"F32",  "F64", "F16", "U8",  "I32", "I8",  "I64",
                                         "BOOL", "I16", "U16", "U32", "U64", "BF16"};

static clonal_status read_u64(clonal__reader *reader, uint64_t *number)
{
    return clonal__reader_number(reader, 8, false, number);
}

static clonal_status read_u32(clonal__reader *reader, uint32_t *number)
{
    uint64_t wide;
    CLONAL__TRY(clonal__reader_number(reader, 4, false, &wide));
    *number = (uint32_t)wide;
    return CLONAL_OK;
}

/* A count of what takes `bytes` each at least. */
static clonal_status read_count(clonal__reader *reader, uint64_t bytes, const char *what, size_t *count)
{
    uint64_t number;
    *count = 0;
    CLONAL__TRY(read_u64(reader, &number));
    if (number > (reader->size - reader->at) / bytes)
        return clonal__reader_damaged(reader, "it is cut, or the count of its %s, %llu, is wrong", what,
                                      (unsigned long long)number);
    *count = (size_t)number;
    return CLONAL_OK;
}

/* One array, up to its elements. */
typedef struct array_head {
    uint32_t version, rank, shape[CLONAL__TENSOR_MAX_RANK];
    bool none; /* it ends behind its shape */
    const clonal__tensor_type *type;
} array_head;

static clonal_status read_version(clonal__reader *reader, const char *name, array_head *array)
{
    uint32_t storage;
    CLONAL__TRY(read_u32(reader, &array->version));
    if (array->version == VERSION_1) return CLONAL_OK;
    if (array->version != VERSION_2 && array->version != VERSION_3)
        return clonal__reader_damaged(reader, "array %s is of no version that MXNet 1 writes (0x%08x)", name,
                                      (unsigned)array->version);
    CLONAL__TRY(read_u32(reader, &storage));
    if (storage == DENSE) return CLONAL_OK;
    return clonal__reader_damaged(reader, "array %s is sparse, where Clonal takes dense ones (tostype('default'))",
                                  name);
}

static clonal_status read_shape(clonal__reader *reader, const char *name, array_head *array)
{
    CLONAL__TRY(read_u32(reader, &array->rank));
    array->none = array->version == VERSION_3 ? array->rank == UINT32_MAX : array->rank == 0;
    if (array->none) return CLONAL_OK;
    if (array->rank > CLONAL__TENSOR_MAX_RANK)
        return clonal__reader_damaged(reader, "array %s has more than %d dimensions", name, CLONAL__TENSOR_MAX_RANK);
    for (uint32_t i = 0; i < array->rank; i++) {
        uint64_t size;
        CLONAL__TRY(read_u64(reader, &size));
        if (array->version == VERSION_3 && size == UINT64_MAX)
            array->none = true;
        else if (size > UINT32_MAX)
            return clonal__reader_damaged(reader, "array %s has a dimension below zero or too large", name);
        array->shape[i] = (uint32_t)size;
    }
    return CLONAL_OK;
}

/* Device and type. */
static clonal_status read_rest(clonal__reader *reader, const char *name, array_head *array)
{
    uint32_t kind, number, type;
    CLONAL__TRY(read_u32(reader, &kind));
    CLONAL__TRY(read_u32(reader, &number));
    CLONAL__TRY(read_u32(reader, &type));
    if (type >= sizeof type_names / sizeof *type_names)
        return clonal__reader_damaged(reader, "array %s is of the type %u, which MXNet does not have", name,
                                      (unsigned)type);
    array->type = clonal__tensor_type_named(type_names[type]);
    return CLONAL_OK;
}

/* Array `index` of the list, called by its number until the names are read. */
static clonal_status read_array(clonal__reader *reader, size_t index, clonal__network *network)
{
    char name[24];
    array_head array = {0};
    snprintf(name, sizeof name, "%zu", index);
    CLONAL__TRY(read_version(reader, name, &array));
    CLONAL__TRY(read_shape(reader, name, &array));
    if (array.none) return CLONAL_OK;
    CLONAL__TRY(read_rest(reader, name, &array));
    return clonal__reader_tensor(reader, name, array.rank, array.shape, array.type, network);
}

/* Gives the tensors, which have their arrays' numbers, these arrays' names. */
static clonal_status read_names(clonal__reader *reader, size_t arrays, clonal__network *network)
{
    size_t count, next = 0;
    CLONAL__TRY(read_count(reader, NAME_BYTES, "names", &count));
    if (count == 0) return CLONAL_OK;
    if (count != arrays) return clonal__reader_damaged(reader, "it has %zu names for %zu arrays", count, arrays);
    for (size_t i = 0; i < count; i++) {
        char name[CLONAL__MOST_NAME_BYTES + 1], number[24];
        uint64_t length;
        CLONAL__TRY(read_u64(reader, &length));
        CLONAL__TRY(clonal__reader_text(reader, length, name));
        snprintf(number, sizeof number, "%zu", i);
        if (next == network->count || strcmp(network->tensors[next].name, number) != 0) continue;
        CLONAL__TRY(clonal__network_rename(network, next++, name));
    }
    return CLONAL_OK;
}

static clonal_status read_list(clonal__reader *reader, clonal__network *network)
{
    uint64_t magic, reserved;
    size_t count;
    CLONAL__TRY(read_u64(reader, &magic));
    CLONAL__TRY(read_u64(reader, &reserved));
    if (magic != CLONAL__MXNET_LIST_MAGIC || reserved != 0)
        return clonal__reader_damaged(reader, "it does not begin as a list of arrays does");
    CLONAL__TRY(read_count(reader, ARRAY_BYTES, "arrays", &count));
    for (size_t i = 0; i < count; i++) CLONAL__TRY(read_array(reader, i, network));
    CLONAL__TRY(read_names(reader, count, network));
    return clonal__reader_finish(reader, network);
}

clonal_status clonal__mxnet_list_read(const char *path, clonal__network *network)
{
    clonal__reader reader;
    clonal_status status = clonal__reader_open(path, "a list of arrays of MXNet's", &reader);
    if (status == CLONAL_OK) status = read_list(&reader, network);
    clonal__reader_close(&reader);
    return status;
}

static clonal_status put_number(clonal__output *output, uint64_t number, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(number >> (8 * i));
    return clonal__output_put(output, bytes, size);
}

static clonal_status put_array(clonal__output *output, const clonal__tensor *tensor)
{
    CLONAL__TRY(put_number(output, VERSION_2, 4));
    CLONAL__TRY(put_number(output, DENSE, 4));
    CLONAL__TRY(put_number(output, tensor->rank, 4));
    for (size_t i = 0; i < tensor->rank; i++) CLONAL__TRY(put_number(output, tensor->shape[i], 8));
    CLONAL__TRY(put_number(output, DEVICE_CPU, 4));
    CLONAL__TRY(put_number(output, 0, 4));
    CLONAL__TRY(put_number(output, FLOAT32, 4));
    return clonal__output_values(output, tensor->values, clonal__tensor_elements(tensor));
}

static clonal_status put_list(clonal__output *output, size_t count, const clonal__tensor *tensors)
{
    CLONAL__TRY(put_number(output, CLONAL__MXNET_LIST_MAGIC, 8));
    CLONAL__TRY(put_number(output, 0, 8));
    CLONAL__TRY(put_number(output, count, 8));
    for (size_t i = 0; i < count; i++) CLONAL__TRY(put_array(output, &tensors[i]));
    CLONAL__TRY(put_number(output, count, 8));
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(tensors[i].name);
        CLONAL__TRY(put_number(output, length, 8));
        CLONAL__TRY(clonal__output_put(output, tensors[i].name, length));
    }
    return CLONAL_OK;
}

clonal_status clonal__mxnet_list_write(const char *path, size_t count, const clonal__tensor *tensors, char digest[72])
{
    clonal__output output = {0};
    clonal_status status = clonal__output_create(path, &output);
    if (status == CLONAL_OK) status = put_list(&output, count, tensors);
    return clonal__output_finish(&output, status, digest);
}
