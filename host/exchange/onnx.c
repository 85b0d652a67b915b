/* onnx.c: the format ONNX: recognised, and read by way of protobuf-c. */
#include "host/exchange/onnx.h"

#include "host/base/file.h"
#include "host/exchange/format.h"
#include <string.h>

/* Protobuf's own limit for a message. */
#define MOST_BYTES ((size_t)INT32_MAX)

static bool is_named(const char *path)
{
    const size_t length = strlen(path);
    return length > 5 && strcmp(path + length - 5, ".onnx") == 0;
}

/* A message has no mark. Every writer starts with the IR version, key 0x08, and goes on with the producer's name, a
 * version, the graph or the opsets; a safetensors file that starts so has a { behind eight bytes of length. */
static bool recognise(const char *path, const uint8_t *head, size_t count)
{
    static const uint8_t next[] = {0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42};
    if (count > 8 && head[8] == '{' && memcmp(head + 4, "\0\0\0\0", 4) == 0) return false;
    if (is_named(path)) return true;
    return count > 2 && head[0] == 0x08 && head[1] >= 1 && head[1] < 0x80 && memchr(next, head[2], sizeof next);
}

static clonal_status read(const char *path, clonal__safetensors **file)
{
    char *bytes;
    size_t count;
    clonal__onnx_memory memory;
    Onnx__ModelProto *model;
    clonal__network network = {0};
    *file = NULL;
    CLONAL__TRY(clonal__file_read(path, MOST_BYTES, &bytes, &count));
    clonal_status status = clonal__onnx_unpack(path, (const uint8_t *)bytes, count, &memory, &model);
    clonal__free(bytes);
    if (status != CLONAL_OK) return status;
    status = clonal__onnx_network(path, model, &network);
    onnx__model_proto__free_unpacked(model, &memory.allocator);
    if (status == CLONAL_OK) return clonal__network_file(&network, file);
    clonal__network_free(&network);
    return status;
}

const clonal__exchange_format clonal__exchange_format_onnx = {
    .about = {.name = "onnx", .suffix = ".onnx", .words = "ONNX: graph and weights, as for onnxruntime"},
    .recognise = recognise,
    .renames = true,
    .read = read,
    .write = clonal__onnx_write};
