/* safetensors_write.c: the header as jansson prints it, then the tensors' bytes. */
#include "host/base/safetensors.h"

#include "host/base/digest.h"
#include "host/base/encode.h"
#include "host/base/file.h"
#include "host/base/json.h"
#include "host/base/memory.h"
#include <jansson.h>
#include <string.h>

#define LENGTH_BYTES 8 /* the header's length, in front of it */
#define METADATA_KEY "__metadata__"

static clonal_status refuse(const char *what, const char *name)
{
    return clonal__fail(CLONAL_E_ARGUMENT, "%s '%.60s' cannot be written to a safetensors file", what, name);
}

static clonal_status add_metadata(json_t *header, size_t count, const clonal__metadata *metadata)
{
    if (!count) return CLONAL_OK;
    json_t *object = json_object();
    if (json_object_set_new(header, METADATA_KEY, object)) return clonal__fail_memory(0);
    for (size_t i = 0; i < count; i++) {
        if (json_object_get(object, metadata[i].key)) return refuse("a second metadata key", metadata[i].key);
        if (!clonal__is_utf8(metadata[i].key) || !clonal__is_utf8(metadata[i].value))
            return refuse("metadata that is not UTF-8 under", metadata[i].key);
        if (json_object_set_new(object, metadata[i].key, json_string(metadata[i].value))) return clonal__fail_memory(0);
    }
    return CLONAL_OK;
}

static clonal_status add_tensor(json_t *header, const clonal__tensor *tensor, uint64_t *end)
{
    if (!strcmp(tensor->name, METADATA_KEY) || json_object_get(header, tensor->name))
        return refuse("a second tensor", tensor->name);
    if (tensor->rank > CLONAL__TENSOR_MAX_RANK) return refuse("the rank of tensor", tensor->name);
    size_t elements = clonal__tensor_elements(tensor);
    if (elements > (CLONAL__SAFETENSORS_MAX_DATA_BYTES - *end) / 4) return refuse("the size of tensor", tensor->name);
    if (!clonal__is_utf8(tensor->name)) return refuse("a name that is not UTF-8,", tensor->name);
    json_t *shape = json_array(), *offsets = json_array(), *entry = json_object();
    for (size_t i = 0; i < tensor->rank; i++) clonal__json_append(&shape, json_integer(tensor->shape[i]));
    clonal__json_append(&offsets, json_integer((json_int_t)*end));
    *end += 4 * (uint64_t)elements;
    clonal__json_append(&offsets, json_integer((json_int_t)*end));
    clonal__json_set(&entry, "dtype", json_string("F32"));
    clonal__json_set(&entry, "shape", shape);
    clonal__json_set(&entry, "data_offsets", offsets);
    return json_object_set_new(header, tensor->name, entry) ? clonal__fail_memory(0) : CLONAL_OK;
}

/* The header's text, unpadded; *text is freed with clonal__free. */
static clonal_status header_text(size_t tensor_count, const clonal__tensor *tensors, size_t metadata_count,
                                 const clonal__metadata *metadata, char **text)
{
    json_t *header = json_object();
    if (!header) return clonal__fail_memory(0);
    uint64_t end = 0;
    clonal_status status = add_metadata(header, metadata_count, metadata);
    for (size_t i = 0; i < tensor_count && status == CLONAL_OK; i++) status = add_tensor(header, &tensors[i], &end);
    if (status == CLONAL_OK) status = clonal__json_print(header, JSON_COMPACT | JSON_PRESERVE_ORDER, text);
    if (status == CLONAL_OK && strlen(*text) + 8 > CLONAL__SAFETENSORS_MAX_HEADER_BYTES) {
        clonal__free(*text);
        status = clonal__fail(CLONAL_E_ARGUMENT,
                              "a safetensors header larger than %u bytes: fewer tensors or a shorter text",
                              CLONAL__SAFETENSORS_MAX_HEADER_BYTES);
    }
    json_decref(header);
    return status;
}

/* Where a file's bytes go: to the disk (writer may be NULL) and into its digest. */
typedef struct output {
    clonal__file_writer *writer;
    clonal__digest *digest;
} output;

static clonal_status put(output *out, const void *bytes, size_t count)
{
    clonal__digest_update(out->digest, bytes, count);
    return out->writer ? clonal__file_writer_write(out->writer, bytes, count) : CLONAL_OK;
}

static clonal_status put_header(output *out, const char *text)
{
    size_t length = strlen(text), padding = (8 - length % 8) % 8;
    uint64_t padded = length + padding;
    uint8_t bytes[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++) bytes[i] = (uint8_t)(padded >> (8 * i));
    CLONAL__TRY(put(out, bytes, sizeof bytes));
    CLONAL__TRY(put(out, text, length));
    return put(out, "        ", padding);
}

static clonal_status put_values(output *out, const clonal__tensor *tensor)
{
    enum { CHUNK = 8192 };
    uint8_t bytes[4 * CHUNK];
    size_t elements = clonal__tensor_elements(tensor);
    for (size_t i = 0; i < elements; i += CHUNK) {
        size_t n = elements - i < CHUNK ? elements - i : CHUNK;
        clonal__encode_f32(tensor->values + i, n, bytes);
        CLONAL__TRY(put(out, bytes, 4 * n));
    }
    return CLONAL_OK;
}

clonal_status clonal__safetensors_write(const char *path, size_t tensor_count, const clonal__tensor *tensors,
                                        size_t metadata_count, const clonal__metadata *metadata, char hex[65])
{
    output out = {NULL, NULL};
    char *text = NULL, digest[65];
    if (hex) hex[0] = 0;
    clonal_status status = header_text(tensor_count, tensors, metadata_count, metadata, &text);
    if (status != CLONAL_OK) return status;
    CLONAL__TRY_GOTO(clonal__digest_create(&out.digest), done);
    if (path) CLONAL__TRY_GOTO(clonal__file_writer_create(path, &out.writer), done);
    CLONAL__TRY_GOTO(put_header(&out, text), done);
    for (size_t i = 0; i < tensor_count; i++) CLONAL__TRY_GOTO(put_values(&out, &tensors[i]), done);
    CLONAL__TRY_GOTO(clonal__digest_finish(out.digest, digest), done);
    if (path) CLONAL__TRY_GOTO(clonal__file_writer_commit(&out.writer), done);
    if (hex) memcpy(hex, digest, sizeof digest);
done:
    clonal__file_writer_destroy(out.writer);
    clonal__digest_destroy(out.digest);
    clonal__free(text);
    return status;
}
