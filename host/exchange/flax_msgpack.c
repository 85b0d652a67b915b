/* flax_msgpack.c: reading; see flax_msgpack.h. */
#include "host/exchange/flax_msgpack.h"

#include "host/exchange/reader.h"
#include <stdio.h>
#include <string.h>

enum {
    MOST_DEPTH = 64,
    EXTENSION_ARRAY = 1, /* Flax's; 2 is a complex number */
    EXTENSION_SCALAR = 3 /* as an array without dimensions */
};

#define CHUNKED "__msgpack_chunked_array__"

typedef enum item_kind { MAP, ARRAY, TEXT, BINARY, EXTENSION, NUMBER, OTHER } item_kind;

typedef struct mp_item {
    item_kind kind;
    uint64_t length; /* entries, or bytes */
    uint64_t number; /* one that is not below zero */
    uint8_t extension;
} mp_item;

/* A file on its way: `name` is that of the place in the tree. */
typedef struct parse {
    clonal__reader reader;
    clonal__network *network;
    char name[CLONAL__MOST_NAME_BYTES + 1];
    size_t name_length;
} parse;

/* The first bytes 0xc0 .. 0xdf: how long a number follows, and what it is. */
static const struct {
    uint8_t kind, size, fixed; /* fixed: a length that is not in the file */
} heads[32] = {
    [0x00] = {OTHER, 0, 0},     [0x02] = {OTHER, 0, 0},     [0x03] = {OTHER, 0, 0},     [0x04] = {BINARY, 1, 0},
    [0x05] = {BINARY, 2, 0},    [0x06] = {BINARY, 4, 0},    [0x07] = {EXTENSION, 1, 0}, [0x08] = {EXTENSION, 2, 0},
    [0x09] = {EXTENSION, 4, 0}, [0x0a] = {OTHER, 4, 0},     [0x0b] = {OTHER, 8, 0},     [0x0c] = {NUMBER, 1, 0},
    [0x0d] = {NUMBER, 2, 0},    [0x0e] = {NUMBER, 4, 0},    [0x0f] = {NUMBER, 8, 0},    [0x10] = {OTHER, 1, 0},
    [0x11] = {OTHER, 2, 0},     [0x12] = {OTHER, 4, 0},     [0x13] = {OTHER, 8, 0},     [0x14] = {EXTENSION, 0, 1},
    [0x15] = {EXTENSION, 0, 2}, [0x16] = {EXTENSION, 0, 4}, [0x17] = {EXTENSION, 0, 8}, [0x18] = {EXTENSION, 0, 16},
    [0x19] = {TEXT, 1, 0},      [0x1a] = {TEXT, 2, 0},      [0x1b] = {TEXT, 4, 0},      [0x1c] = {ARRAY, 2, 0},
    [0x1d] = {ARRAY, 4, 0},     [0x1e] = {MAP, 2, 0},       [0x1f] = {MAP, 4, 0},
};

/* Reads what stands in front of an item's bytes or entries; of a number all of it. */
static clonal_status read_item(clonal__reader *reader, mp_item *item)
{
    uint64_t first, number = 0, extension = 0;
    *item = (mp_item){.kind = OTHER};
    CLONAL__TRY(clonal__reader_number(reader, 1, true, &first));
    if (first < 0x80 || first >= 0xe0) {
        item->kind = first < 0x80 ? NUMBER : OTHER; /* a small number; one below zero */
        item->number = first;
    } else if (first < 0xc0) {
        item->kind = first < 0x90 ? MAP : first < 0xa0 ? ARRAY : TEXT;
        item->length = first & (item->kind == TEXT ? 31 : 15);
    } else {
        if (first == 0xc1)
            return clonal__reader_damaged(reader, "byte %llu is none of MessagePack",
                                          (unsigned long long)reader->at - 1);
        item->kind = heads[first & 31].kind;
        if (heads[first & 31].size) CLONAL__TRY(clonal__reader_number(reader, heads[first & 31].size, true, &number));
        item->number = number;
        item->length = heads[first & 31].fixed ? heads[first & 31].fixed : number;
        if (item->kind == EXTENSION) CLONAL__TRY(clonal__reader_number(reader, 1, true, &extension));
        item->extension = (uint8_t)extension;
    }
    /* An entry has a byte at least. */
    return item->kind < NUMBER ? clonal__reader_needs(reader, item->length) : CLONAL_OK;
}

/* An item that must be of one kind: `what` says what stands there. */
static clonal_status read_kind(parse *p, item_kind kind, const char *what, mp_item *item)
{
    CLONAL__TRY(read_item(&p->reader, item));
    if (item->kind == kind) return CLONAL_OK;
    return clonal__reader_damaged(&p->reader, "%s of the array '%s' is not what Flax writes", what, p->name);
}

/* By NumPy's names. */
static const clonal__tensor_type *type_of(const char *name)
{
    static const char *const names[][2] = {
        {"float32", "F32"},
        {"float16", "F16"},
        {"bfloat16", "BF16"},
        {"float64", "F64"},
        {"bool", "BOOL"},
        {"complex64", "C64"},
        {"int8", "I8"},
        {"int16", "I16"},
        {"int32", "I32"},
        {"int64", "I64"},
        {"uint8", "U8"},
        {"uint16", "U16"},
        {"uint32", "U32"},
        {"float8_e4m3fn", "F8_E4M3"},
        {"float8_e5m2", "F8_E5M2"},
        {"uint64", "U64"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], name) == 0) return clonal__tensor_type_named(names[i][1]);
    return NULL;
}

static clonal_status refuse_type(const parse *p, const char *type)
{
    return clonal__reader_damaged(&p->reader, "the array '%s' is of type %.40s, which Clonal does not read", p->name,
                                  type);
}

typedef struct array_head {
    size_t rank;
    uint32_t shape[CLONAL__TENSOR_MAX_RANK];
    const clonal__tensor_type *type;
} array_head;

/* A size of a shape, 0 .. 2^32 - 1. */
static clonal_status read_size(parse *p, uint32_t *size)
{
    mp_item item;
    CLONAL__TRY(read_kind(p, NUMBER, "the shape", &item));
    if (item.number > UINT32_MAX)
        return clonal__reader_damaged(&p->reader, "the shape of the array '%s' is too large", p->name);
    *size = (uint32_t)item.number;
    return CLONAL_OK;
}

/* An array's extension, of which the head has been read, up to its elements, which must fill the rest of it. */
static clonal_status read_array_head(parse *p, const mp_item *extension, array_head *array)
{
    char name[CLONAL__MOST_NAME_BYTES + 1];
    const uint64_t end = p->reader.at + extension->length;
    mp_item item;
    CLONAL__TRY(read_kind(p, ARRAY, "the content", &item));
    if (item.length != 3) return clonal__reader_damaged(&p->reader, "the array '%s' has no three parts", p->name);
    CLONAL__TRY(read_kind(p, ARRAY, "the shape", &item));
    if (item.length > CLONAL__TENSOR_MAX_RANK)
        return clonal__reader_damaged(&p->reader, "the array '%s' has more than %d dimensions", p->name,
                                      CLONAL__TENSOR_MAX_RANK);
    array->rank = (size_t)item.length;
    for (size_t i = 0; i < array->rank; i++) CLONAL__TRY(read_size(p, &array->shape[i]));
    CLONAL__TRY(read_kind(p, TEXT, "the type", &item));
    CLONAL__TRY(clonal__reader_text(&p->reader, item.length, name));
    array->type = type_of(name);
    if (!array->type) return refuse_type(p, name);
    CLONAL__TRY(read_kind(p, BINARY, "the elements", &item));
    size_t elements;
    CLONAL__TRY(clonal__reader_elements(&p->reader, p->name, array->rank, array->shape, array->type, &elements));
    if (item.length != (uint64_t)elements * array->type->bytes || p->reader.at + item.length != end)
        return clonal__reader_damaged(&p->reader, "the elements of the array '%s' do not fit its shape", p->name);
    return CLONAL_OK;
}

static clonal_status read_extension(parse *p, const mp_item *extension)
{
    array_head array;
    if (extension->extension != EXTENSION_ARRAY && extension->extension != EXTENSION_SCALAR)
        return clonal__reader_skip(&p->reader, extension->length);
    CLONAL__TRY(read_array_head(p, extension, &array));
    return clonal__reader_tensor(&p->reader, p->name, array.rank, array.shape, array.type, p->network);
}

/* The entry `number` of a map that stands for a tuple: its key. */
static clonal_status read_index(parse *p, uint64_t number)
{
    char key[CLONAL__MOST_NAME_BYTES + 1], expected[24];
    mp_item item;
    snprintf(expected, sizeof expected, "%llu", (unsigned long long)number);
    CLONAL__TRY(read_kind(p, TEXT, "a part", &item));
    CLONAL__TRY(clonal__reader_text(&p->reader, item.length, key));
    if (strcmp(key, expected) == 0) return CLONAL_OK;
    return clonal__reader_damaged(&p->reader, "the parts of the array '%s' are not in their order", p->name);
}

static clonal_status read_chunked_shape(parse *p, array_head *array)
{
    mp_item map;
    CLONAL__TRY(read_kind(p, MAP, "the shape", &map));
    if (map.length > CLONAL__TENSOR_MAX_RANK)
        return clonal__reader_damaged(&p->reader, "the array '%s' has more than %d dimensions", p->name,
                                      CLONAL__TENSOR_MAX_RANK);
    array->rank = (size_t)map.length;
    for (size_t i = 0; i < array->rank; i++) {
        CLONAL__TRY(read_index(p, i));
        CLONAL__TRY(read_size(p, &array->shape[i]));
    }
    return CLONAL_OK;
}

/* One chunk into the whole, of which *done elements are there. The first decides the type. */
static clonal_status read_chunk(parse *p, array_head *whole, float **values, size_t *elements, size_t *done)
{
    array_head chunk;
    mp_item extension;
    CLONAL__TRY(read_kind(p, EXTENSION, "a chunk", &extension));
    CLONAL__TRY(read_array_head(p, &extension, &chunk));
    if (!whole->type) {
        whole->type = chunk.type;
        CLONAL__TRY(clonal__reader_elements(&p->reader, p->name, whole->rank, whole->shape, whole->type, elements));
        if (whole->type->decode)
            CLONAL__TRY(clonal__network_add(p->network, p->name, whole->rank, whole->shape, values));
        else if (whole->type->floats)
            return refuse_type(p, whole->type->name);
    }
    if (extension.extension != EXTENSION_ARRAY || chunk.rank != 1 || chunk.type != whole->type ||
        chunk.shape[0] > *elements - *done)
        return clonal__reader_damaged(&p->reader, "the chunks of the array '%s' do not fit it", p->name);
    if (*values)
        CLONAL__TRY(clonal__reader_values(&p->reader, chunk.type, chunk.shape[0], *values + *done));
    else
        CLONAL__TRY(clonal__reader_skip(&p->reader, (uint64_t)chunk.shape[0] * chunk.type->bytes));
    *done += chunk.shape[0];
    return CLONAL_OK;
}

/* A chunked array, behind its mark, of which two entries are left: shape and chunks. */
static clonal_status read_chunked(parse *p)
{
    array_head whole = {0};
    float *values = NULL;
    size_t elements = 0, done = 0;
    for (int part = 0; part < 2; part++) {
        char key[CLONAL__MOST_NAME_BYTES + 1];
        mp_item item;
        CLONAL__TRY(read_kind(p, TEXT, "a part", &item));
        CLONAL__TRY(clonal__reader_text(&p->reader, item.length, key));
        if (strcmp(key, part ? "chunks" : "shape") != 0)
            return clonal__reader_damaged(&p->reader, "the array '%s' has '%.60s' where its %s should be", p->name, key,
                                          part ? "chunks" : "shape");
        if (!part) {
            CLONAL__TRY(read_chunked_shape(p, &whole));
            continue;
        }
        CLONAL__TRY(read_kind(p, MAP, "the list of chunks", &item));
        for (uint64_t i = 0; i < item.length; i++) {
            CLONAL__TRY(read_index(p, i));
            CLONAL__TRY(read_chunk(p, &whole, &values, &elements, &done));
        }
    }
    if (whole.type && done == elements) return CLONAL_OK;
    return clonal__reader_damaged(&p->reader, "the chunks of the array '%s' do not fill it", p->name);
}

/* Appends "/KEY" to the name; "KEY" at the root. A key may be empty. */
static clonal_status enter(parse *p, const char *key, size_t depth)
{
    const size_t length = strlen(key), slash = depth > 0;
    if (p->name_length + slash + length > CLONAL__MOST_NAME_BYTES)
        return clonal__reader_damaged(&p->reader, "a name in it is longer than %d bytes: '%.40s...'",
                                      CLONAL__MOST_NAME_BYTES, p->name);
    if (slash) p->name[p->name_length++] = '/';
    memcpy(p->name + p->name_length, key, length + 1);
    p->name_length += length;
    return CLONAL_OK;
}

static void leave(parse *p, size_t length)
{
    p->name_length = length;
    p->name[length] = 0;
}

/* Entry `number` of a map (its key) or of a list. */
static clonal_status read_key(parse *p, bool map, uint64_t number, char key[CLONAL__MOST_NAME_BYTES + 1])
{
    mp_item item = {.kind = NUMBER, .number = number};
    if (map) CLONAL__TRY(read_item(&p->reader, &item));
    if (item.kind == TEXT) return clonal__reader_text(&p->reader, item.length, key);
    if (item.kind != NUMBER)
        return clonal__reader_damaged(&p->reader, "a key below '%s' is neither a text nor a number", p->name);
    snprintf(key, CLONAL__MOST_NAME_BYTES, "%llu", (unsigned long long)item.number);
    return CLONAL_OK;
}

static clonal_status walk(parse *p, const mp_item *at, size_t depth);

static clonal_status walk_entries(parse *p, const mp_item *container, size_t depth)
{
    const size_t length = p->name_length;
    char key[CLONAL__MOST_NAME_BYTES + 1];
    if (depth == MOST_DEPTH) return clonal__reader_damaged(&p->reader, "it is nested more than %d deep", MOST_DEPTH);
    for (uint64_t i = 0; i < container->length; i++) {
        mp_item item;
        CLONAL__TRY(read_key(p, container->kind == MAP, i, key));
        CLONAL__TRY(read_item(&p->reader, &item));
        if (i == 0 && container->kind == MAP && container->length == 3 && item.kind == OTHER &&
            strcmp(key, CHUNKED) == 0)
            return read_chunked(p);
        CLONAL__TRY(enter(p, key, depth));
        CLONAL__TRY(walk(p, &item, depth + 1));
        leave(p, length);
    }
    return CLONAL_OK;
}

static clonal_status walk(parse *p, const mp_item *at, size_t depth)
{
    switch (at->kind) {
    case MAP:
    case ARRAY:
        return walk_entries(p, at, depth);
    case TEXT:
    case BINARY:
        return clonal__reader_skip(&p->reader, at->length);
    case EXTENSION:
        return read_extension(p, at);
    default:
        return CLONAL_OK;
    }
}

clonal_status clonal__flax_msgpack_read(const char *path, clonal__network *network)
{
    parse p = {.network = network};
    mp_item root;
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__reader_open(path, "a file of Flax's (MessagePack)", &p.reader), done);
    CLONAL__TRY_GOTO(read_item(&p.reader, &root), done);
    status = root.kind == MAP ? walk(&p, &root, 0) : clonal__reader_damaged(&p.reader, "it does not start with a map");
    if (status == CLONAL_OK) status = clonal__reader_finish(&p.reader, network);
done:
    clonal__reader_close(&p.reader);
    return status;
}
