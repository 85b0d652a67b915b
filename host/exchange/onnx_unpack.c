/* onnx_unpack.c: protobuf-c, kept within bounds. */
#include "host/exchange/onnx.h"

enum {
    MOST_DEPTH = 32,       /* of messages in messages: a graph's tensors are at 3 to 6 */
    MOST_VARINT_BYTES = 10 /* of 64 bits, 7 a byte */
};
/* What a message may come to in memory: pointers and members of its structs, several times its bytes where these are
 * many small ones. */
#define ROOM_BYTES ((size_t)1 << 24)
#define ROOM_FACTOR 8

static void *allocate(void *user, size_t size)
{
    clonal__onnx_memory *memory = user;
    void *made = NULL;
    memory->refused = memory->refused || size > memory->left;
    if (memory->refused) return NULL;
    memory->left -= size;
    memory->failed = clonal__calloc(1, size ? size : 1, &made) != CLONAL_OK || memory->failed;
    return made;
}

static void release(void *user, void *block)
{
    (void)user;
    clonal__free(block);
}

typedef struct wire {
    const uint8_t *at, *end;
} wire;

static bool take_varint(wire *w, uint64_t *value)
{
    *value = 0;
    for (int i = 0; i < MOST_VARINT_BYTES && w->at < w->end; i++) {
        const uint8_t byte = *w->at++;
        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) return true;
    }
    return false;
}

static bool skip(wire *w, uint64_t count)
{
    if (count > (uint64_t)(w->end - w->at)) return false;
    w->at += count;
    return true;
}

/* Whether the bytes are fields of a message as protobuf writes them, and no message in it lies too deep. NULL, or what
 * is wrong. */
static const char *check(const ProtobufCMessageDescriptor *message, wire w, unsigned depth)
{
    static const char damaged[] = "its fields are damaged, or it is truncated";
    if (depth > MOST_DEPTH) return "its messages are nested too deeply";
    while (w.at < w.end) {
        uint64_t key, length;
        if (!take_varint(&w, &key) || key >> 3 == 0 || key >> 3 > INT32_MAX) return damaged;
        const unsigned kind = (unsigned)(key & 7);
        if (kind == 0 && take_varint(&w, &length)) continue;
        if (kind == 1 && skip(&w, 8)) continue;
        if (kind == 5 && skip(&w, 4)) continue;
        if (kind != 2 || !take_varint(&w, &length)) return damaged;
        const wire inner = {w.at, w.at + (length <= (uint64_t)(w.end - w.at) ? length : 0)};
        if (!skip(&w, length)) return damaged;
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(message, (unsigned)(key >> 3));
        if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE) continue;
        const char *wrong = check(field->descriptor, inner, depth + 1);
        if (wrong) return wrong;
    }
    return NULL;
}

clonal_status clonal__onnx_unpack(const char *path, const uint8_t *bytes, size_t count, clonal__onnx_memory *memory,
                                  Onnx__ModelProto **model)
{
    *model = NULL;
    *memory = (clonal__onnx_memory){.left = ROOM_BYTES + ROOM_FACTOR * count};
    memory->allocator = (ProtobufCAllocator){.alloc = allocate, .free = release, .allocator_data = memory};
    const char *wrong = check(&onnx__model_proto__descriptor, (wire){bytes, bytes + count}, 0);
    if (!wrong) *model = onnx__model_proto__unpack(&memory->allocator, count, bytes);
    if (*model) return CLONAL_OK;
    if (memory->failed) return clonal__fail_memory(0);
    if (memory->refused) wrong = "it would take many times its size in memory";
    return clonal__fail(CLONAL_E_FORMAT, "%s: %s: not an ONNX file that Clonal can read; write or fetch it again", path,
                        wrong ? wrong : "it is no ONNX message");
}
