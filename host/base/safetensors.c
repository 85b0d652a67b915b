/* safetensors.c: the header through jansson, then the tensors' bytes; nothing in a file is trusted. */
#include "host/base/safetensors.h"

#include "host/base/json.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include "host/base/tensor_type.h"
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LENGTH_BYTES 8 /* the header's length, in front of it */
#define METADATA_KEY "__metadata__"

size_t clonal__tensor_elements(const clonal__tensor *tensor)
{
    size_t elements = 1;
    bool overflow = false;
    for (size_t i = 0; i < tensor->rank; i++) {
        if (tensor->shape[i] == 0) return 0;
        if (elements > SIZE_MAX / tensor->shape[i])
            overflow = true;
        else
            elements *= tensor->shape[i];
    }
    return overflow ? SIZE_MAX : elements;
}

static clonal_status damaged(const char *path, const char *format, ...) CLONAL__PRINTF(2, 3);
static clonal_status damaged(const char *path, const char *format, ...)
{
    char cause[256];
    va_list arguments;
    va_start(arguments, format);
    clonal__number_format(cause, sizeof cause, format, arguments);
    va_end(arguments);
    return clonal__fail(CLONAL_E_FORMAT, "%s: %s: not a safetensors file that Clonal can read; write or fetch it again",
                        path, cause);
}

typedef struct extent {
    uint64_t begin, end;
    const char *name;
} extent;

static int by_begin(const void *a, const void *b)
{
    const extent *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* An integer 0 .. limit, or false. */
static bool get_integer(const json_t *value, uint64_t limit, uint64_t *integer)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *integer = (uint64_t)json_integer_value(value);
    return *integer <= limit;
}

static clonal_status parse_metadata(const char *path, json_t *object, clonal__safetensors *file)
{
    if (!json_is_object(object)) return damaged(path, "the metadata are not an object");
    CLONAL__TRY(clonal__calloc(json_object_size(object) + 1, sizeof *file->metadata, &file->metadata));
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char room[64];
        if (!json_is_string(value)) return damaged(path, "metadata '%s' is not a text", clonal__printable(key, room));
        file->metadata[file->metadata_count++] = (clonal__metadata){key, json_string_value(value)};
    }
    return CLONAL_OK;
}

static clonal_status parse_shape(const char *path, const char *shown, const json_t *shape, size_t element,
                                 clonal__tensor *tensor, uint64_t *bytes)
{
    if (!json_is_array(shape)) return damaged(path, "tensor '%s' has no shape", shown);
    if (json_array_size(shape) > CLONAL__TENSOR_MAX_RANK)
        return damaged(path, "tensor '%s' has more than %d dimensions", shown, CLONAL__TENSOR_MAX_RANK);
    tensor->rank = json_array_size(shape);
    for (size_t i = 0; i < tensor->rank; i++) {
        uint64_t size;
        if (!get_integer(json_array_get(shape, i), UINT32_MAX, &size))
            return damaged(path, "tensor '%s' has a size that is no number or too large", shown);
        tensor->shape[i] = (uint32_t)size;
    }
    size_t elements = clonal__tensor_elements(tensor);
    if (elements > CLONAL__SAFETENSORS_MAX_DATA_BYTES / element)
        return damaged(path, "tensor '%s' is larger than 2^53 bytes", shown);
    *bytes = element * (uint64_t)elements;
    return CLONAL_OK;
}

static clonal_status parse_tensor(const char *path, const char *name, const json_t *entry, clonal__tensor *tensor,
                                  const clonal__tensor_type **of, extent *place)
{
    char room[64];
    const char *shown = clonal__printable(name, room), *type = json_string_value(json_object_get(entry, "dtype"));
    if (!type) return damaged(path, "tensor '%s' has no dtype", shown);
    const clonal__tensor_type *known = *of = clonal__tensor_type_named(type);
    if (!known) {
        char other[64];
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s: tensor '%s' is of type %s, which Clonal does not know; convert it with tensor.float()",
                            path, shown, clonal__printable(type, other));
    }
    uint64_t bytes = 0;
    CLONAL__TRY(parse_shape(path, shown, json_object_get(entry, "shape"), known->bytes, tensor, &bytes));
    const json_t *offsets = json_object_get(entry, "data_offsets");
    if (json_array_size(offsets) != 2 ||
        !get_integer(json_array_get(offsets, 0), CLONAL__SAFETENSORS_MAX_DATA_BYTES, &place->begin) ||
        !get_integer(json_array_get(offsets, 1), CLONAL__SAFETENSORS_MAX_DATA_BYTES, &place->end))
        return damaged(path, "tensor '%s' has no data_offsets within 2^53 bytes", shown);
    if (place->begin > place->end || place->end - place->begin != bytes)
        return damaged(path, "tensor '%s': its data_offsets do not fit its shape", shown);
    tensor->name = place->name = name;
    return CLONAL_OK;
}

/* The extents must cover 0 .. data_bytes, each byte once. Sorts them. */
static clonal_status check_extents(const char *path, size_t count, extent *extents, uint64_t data_bytes)
{
    uint64_t end = 0;
    qsort(extents, count, sizeof *extents, by_begin);
    for (size_t i = 0; i < count; i++) {
        char room[64];
        if (extents[i].begin != end)
            return damaged(path, "the data of tensor '%s' %s", clonal__printable(extents[i].name, room),
                           extents[i].begin < end ? "overlap another's" : "start after a hole");
        end = extents[i].end;
    }
    if (end != data_bytes)
        return damaged(path, "%llu bytes of data where the header has %llu (%s)", (unsigned long long)data_bytes,
                       (unsigned long long)end, data_bytes < end ? "truncated" : "surplus at the end");
    return CLONAL_OK;
}

/* Fills all of `file` but the values, which become offsets into the data: *extents (by tensor) is the
 * caller's to free. */
static clonal_status parse_header(const char *path, const char *text, size_t length, uint64_t data_bytes,
                                  clonal__safetensors *file, extent **extents)
{
    json_error_t error;
    if (text[0] != '{') return damaged(path, "its header does not start with {");
    const clonal_status read = clonal__json_read(text, length, &file->header, &error);
    if (read == CLONAL_E_MEMORY) return read;
    if (read != CLONAL_OK) {
        char room[64];
        return damaged(path, "its header is no JSON (%s)", clonal__printable(error.text, room));
    }
    size_t entries = json_object_size(file->header);
    extent *sorted = NULL;
    CLONAL__TRY(clonal__calloc(entries + 1, sizeof *file->tensors, &file->tensors));
    CLONAL__TRY(clonal__calloc(entries + 1, sizeof *file->types, &file->types));
    CLONAL__TRY(clonal__calloc(entries + 1, sizeof **extents, extents));
    const char *name;
    json_t *entry;
    json_object_foreach(file->header, name, entry)
    {
        if (!strcmp(name, METADATA_KEY)) {
            CLONAL__TRY(parse_metadata(path, entry, file));
            continue;
        }
        const size_t i = file->tensor_count;
        CLONAL__TRY(parse_tensor(path, name, entry, &file->tensors[i], &file->types[i], &(*extents)[i]));
        file->tensor_count++;
    }
    CLONAL__TRY(clonal__calloc(entries + 1, sizeof *sorted, &sorted));
    memcpy(sorted, *extents, file->tensor_count * sizeof *sorted);
    clonal_status status = check_extents(path, file->tensor_count, sorted, data_bytes);
    clonal__free(sorted);
    return status;
}

static clonal_status read_bytes(const char *path, FILE *stream, void *bytes, size_t count)
{
    if (fread(bytes, 1, count, stream) == count) return CLONAL_OK;
    if (ferror(stream)) return clonal__fail(CLONAL_E_IO, "cannot read %s: %s", path, strerror(errno));
    return damaged(path, "it ended while it was read");
}

/* The header's text, of *length bytes (clonal__free), and how many bytes follow it. */
static clonal_status read_header(const char *path, FILE *stream, uint64_t file_bytes, char **text, size_t *length,
                                 uint64_t *data_bytes)
{
    uint8_t bytes[LENGTH_BYTES];
    uint64_t header = 0;
    if (file_bytes < LENGTH_BYTES) return damaged(path, file_bytes ? "it is too short" : "it is empty");
    CLONAL__TRY(read_bytes(path, stream, bytes, sizeof bytes));
    for (int i = 0; i < LENGTH_BYTES; i++) header |= (uint64_t)bytes[i] << (8 * i);
    if (header > file_bytes - LENGTH_BYTES) return damaged(path, "its header is longer than the file");
    if (header > CLONAL__SAFETENSORS_MAX_HEADER_BYTES)
        return damaged(path, "its header is longer than %u bytes", CLONAL__SAFETENSORS_MAX_HEADER_BYTES);
    if (header < 2) return damaged(path, "its header is too short");
    *length = (size_t)header;
    *data_bytes = file_bytes - LENGTH_BYTES - header;
    if (*data_bytes > CLONAL__SAFETENSORS_MAX_DATA_BYTES) return damaged(path, "it is larger than 2^53 bytes");
    CLONAL__TRY(clonal__calloc(*length + 1, 1, text));
    return read_bytes(path, stream, *text, *length);
}

/* The values of all tensors of floats, from the file's bytes. */
static clonal_status decode(const uint8_t *bytes, const extent *extents, clonal__safetensors *file)
{
    size_t all = 0, at = 0;
    for (size_t i = 0; i < file->tensor_count; i++)
        if (file->types[i]->decode) all += clonal__tensor_elements(&file->tensors[i]);
    CLONAL__TRY(clonal__calloc(all + 1, sizeof *file->data, &file->data));
    for (size_t i = 0; i < file->tensor_count; i++) {
        const clonal__tensor_type *type = file->types[i];
        if (!type->decode) continue;
        const uint8_t *from = bytes + extents[i].begin;
        file->tensors[i].values = file->data + at;
        for (const uint8_t *end = bytes + extents[i].end; from < end; from += type->bytes)
            file->data[at++] = type->decode(from);
    }
    return CLONAL_OK;
}

static clonal_status read_file(const char *path, FILE *stream, clonal__safetensors *file)
{
    struct stat about;
    char *text = NULL;
    uint8_t *bytes = NULL;
    extent *extents = NULL;
    size_t length = 0;
    uint64_t data_bytes = 0;
    clonal_status status;
    if (fstat(fileno(stream), &about)) return clonal__fail(CLONAL_E_IO, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return clonal__fail(CLONAL_E_IO, "%s is no regular file: name a safetensors file", path);
    CLONAL__TRY_GOTO(read_header(path, stream, (uint64_t)about.st_size, &text, &length, &data_bytes), done);
    CLONAL__TRY_GOTO(parse_header(path, text, length, data_bytes, file, &extents), done);
    CLONAL__TRY_GOTO(clonal__calloc((size_t)data_bytes + 1, 1, &bytes), done);
    CLONAL__TRY_GOTO(read_bytes(path, stream, bytes, (size_t)data_bytes), done);
    status = decode(bytes, extents, file);
done:
    clonal__free(bytes);
    clonal__free(extents);
    clonal__free(text);
    return status;
}

clonal_status clonal__safetensors_read(const char *path, clonal__safetensors **file)
{
    *file = NULL;
    FILE *stream = fopen(path, "rb");
    if (!stream) return clonal__fail(CLONAL_E_IO, "cannot open %s: %s", path, strerror(errno));
    clonal__safetensors *read = NULL;
    clonal_status status = clonal__calloc(1, sizeof *read, &read);
    if (status == CLONAL_OK) status = read_file(path, stream, read);
    fclose(stream);
    if (status == CLONAL_OK)
        *file = read;
    else
        clonal__safetensors_destroy(read);
    return status;
}

void clonal__safetensors_destroy(clonal__safetensors *file)
{
    if (!file) return;
    clonal__free(file->tensors);
    clonal__free(file->types);
    clonal__free(file->metadata);
    clonal__free(file->data);
    for (size_t i = 0; i < file->owned_count; i++) clonal__free(file->owned[i]);
    clonal__free(file->owned);
    json_decref(file->header);
    clonal__free(file);
}

const clonal__tensor *clonal__safetensors_tensor(const clonal__safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->tensor_count; i++)
        if (!strcmp(file->tensors[i].name, name)) return &file->tensors[i];
    return NULL;
}

const char *clonal__safetensors_metadata(const clonal__safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->metadata_count; i++)
        if (!strcmp(file->metadata[i].key, key)) return file->metadata[i].value;
    return NULL;
}
