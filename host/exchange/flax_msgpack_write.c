/* flax_msgpack_write.c: the tree that the tensors' names spell, as MessagePack; see flax_msgpack.h. */
#include "host/exchange/flax_msgpack.h"

#include "host/exchange/output.h"
#include <stdio.h>
#include <string.h>

#define FLOAT32 "float32"

enum { EXTENSION_ARRAY = 1, MOST_HEAD = 9 };

/* The shortest of the forms in which MessagePack writes a length or a number. */
typedef struct length_form {
    uint64_t fixed_limit; /* below it the length is part of the first byte */
    uint8_t fixed, first; /* first: of the form with the smallest number behind it */
    uint8_t smallest;     /* that number's bytes, 1 or 2 */
} length_form;

static const length_form map_form = {16, 0x80, 0xde, 2}, array_form = {16, 0x90, 0xdc, 2},
                         text_form = {32, 0xa0, 0xd9, 1}, binary_form = {0, 0, 0xc4, 1},
                         extension_form = {0, 0, 0xc7, 1}, number_form = {128, 0, 0xcc, 1};

/* How many bytes it takes; into bytes[MOST_HEAD]. */
static size_t make_head(const length_form *form, uint64_t length, uint8_t *bytes)
{
    if (length < form->fixed_limit) {
        bytes[0] = (uint8_t)(form->fixed | length);
        return 1;
    }
    size_t size = form->smallest;
    bytes[0] = form->first;
    while (size < 8 && length >> (8 * size)) size *= 2, bytes[0]++;
    for (size_t i = 0; i < size; i++) bytes[1 + i] = (uint8_t)(length >> (8 * (size - 1 - i)));
    return 1 + size;
}

static clonal_status put_head(clonal__output *output, const length_form *form, uint64_t length)
{
    uint8_t bytes[MOST_HEAD];
    return clonal__output_put(output, bytes, make_head(form, length, bytes));
}

static clonal_status put_text(clonal__output *output, const char *text, size_t length)
{
    CLONAL__TRY(put_head(output, &text_form, length));
    return clonal__output_put(output, text, length);
}

/* The extension's first bytes: lengths of 1, 2, 4, 8 and 16 have forms of their own. */
static clonal_status put_extension_head(clonal__output *output, uint64_t length)
{
    uint8_t bytes[MOST_HEAD + 1];
    size_t size = 1;
    bytes[0] = 0xd4;
    while (bytes[0] < 0xd8 && length >> (bytes[0] - 0xd4) > 1) bytes[0]++;
    if (length != UINT64_C(1) << (bytes[0] - 0xd4)) size = make_head(&extension_form, length, bytes);
    bytes[size] = EXTENSION_ARRAY;
    return clonal__output_put(output, bytes, size + 1);
}

/* An array in one extension. */
static clonal_status put_array(clonal__output *output, size_t rank, const uint32_t *shape, const float *values,
                               size_t elements)
{
    uint8_t head[16 + CLONAL__TENSOR_MAX_RANK * MOST_HEAD], binary[MOST_HEAD];
    size_t size = make_head(&array_form, 3, head);
    size += make_head(&array_form, rank, head + size);
    for (size_t i = 0; i < rank; i++) size += make_head(&number_form, shape[i], head + size);
    const size_t binary_size = make_head(&binary_form, 4 * (uint64_t)elements, binary);
    const size_t type_size = 1 + strlen(FLOAT32);
    CLONAL__TRY(put_extension_head(output, size + type_size + binary_size + 4 * (uint64_t)elements));
    CLONAL__TRY(clonal__output_put(output, head, size));
    CLONAL__TRY(put_text(output, FLOAT32, strlen(FLOAT32)));
    CLONAL__TRY(clonal__output_put(output, binary, binary_size));
    return clonal__output_values(output, values, elements);
}

static clonal_status put_index(clonal__output *output, size_t index)
{
    char text[24];
    const int length = snprintf(text, sizeof text, "%zu", index);
    return put_text(output, text, (size_t)length);
}

static clonal_status put_chunked(clonal__output *output, const clonal__tensor *tensor, size_t elements,
                                 size_t chunk_elements)
{
    static const char mark[] = "__msgpack_chunked_array__", shape[] = "shape", chunks[] = "chunks";
    static const uint8_t truth = 0xc3;
    CLONAL__TRY(put_head(output, &map_form, 3));
    CLONAL__TRY(put_text(output, mark, sizeof mark - 1));
    CLONAL__TRY(clonal__output_put(output, &truth, 1));
    CLONAL__TRY(put_text(output, shape, sizeof shape - 1));
    CLONAL__TRY(put_head(output, &map_form, tensor->rank));
    for (size_t i = 0; i < tensor->rank; i++) {
        CLONAL__TRY(put_index(output, i));
        CLONAL__TRY(put_head(output, &number_form, tensor->shape[i]));
    }
    CLONAL__TRY(put_text(output, chunks, sizeof chunks - 1));
    CLONAL__TRY(put_head(output, &map_form, (elements + chunk_elements - 1) / chunk_elements));
    for (size_t i = 0; i * chunk_elements < elements; i++) {
        const size_t begin = i * chunk_elements, left = elements - begin;
        const uint32_t size = (uint32_t)(left < chunk_elements ? left : chunk_elements);
        CLONAL__TRY(put_index(output, i));
        CLONAL__TRY(put_array(output, 1, &size, tensor->values + begin, size));
    }
    return CLONAL_OK;
}

typedef struct tree {
    clonal__output output;
    const clonal__tensor *tensors;
    size_t chunk_bytes;
} tree;

static clonal_status put_tensor(tree *t, const clonal__tensor *tensor)
{
    const size_t elements = clonal__tensor_elements(tensor);
    if (elements > t->chunk_bytes / 4) return put_chunked(&t->output, tensor, elements, t->chunk_bytes / 4);
    return put_array(&t->output, tensor->rank, tensor->shape, tensor->values, elements);
}

/* How many of the tensors begin .. end have the word that stands at `offset` in the name of the first; *leaf: it is the
 * last word of that name. */
static size_t group_size(const tree *t, size_t begin, size_t end, size_t offset, size_t *length, bool *leaf)
{
    const char *word = t->tensors[begin].name + offset;
    size_t count = 1;
    *length = strcspn(word, "/");
    *leaf = word[*length] == 0;
    while (begin + count < end && !*leaf && strncmp(t->tensors[begin + count].name + offset, word, *length + 1) == 0)
        count++;
    return count;
}

static clonal_status check_word_once(const tree *t, size_t begin, size_t at, size_t offset, size_t length)
{
    const char *word = t->tensors[at].name + offset;
    for (size_t i = begin; i < at; i++) {
        const char *other = t->tensors[i].name + offset;
        if (strcspn(other, "/") == length && strncmp(other, word, length) == 0)
            return clonal__fail(CLONAL_E_ARGUMENT, "the names '%.200s' and '%.200s' do not make a tree in this order",
                                t->tensors[i].name, t->tensors[at].name);
    }
    return CLONAL_OK;
}

/* The map of the tensors begin .. end, whose names are equal up to `offset`. */
static clonal_status put_tree(tree *t, size_t begin, size_t end, size_t offset)
{
    size_t groups = 0, length;
    bool leaf;
    for (size_t i = begin; i < end; groups++) {
        const size_t count = group_size(t, i, end, offset, &length, &leaf);
        CLONAL__TRY(check_word_once(t, begin, i, offset, length));
        i += count;
    }
    CLONAL__TRY(put_head(&t->output, &map_form, groups));
    for (size_t i = begin; i < end;) {
        const size_t count = group_size(t, i, end, offset, &length, &leaf);
        CLONAL__TRY(put_text(&t->output, t->tensors[i].name + offset, length));
        CLONAL__TRY(leaf ? put_tensor(t, &t->tensors[i]) : put_tree(t, i, i + count, offset + length + 1));
        i += count;
    }
    return CLONAL_OK;
}

clonal_status clonal__flax_msgpack_write(const char *path, size_t count, const clonal__tensor *tensors,
                                         size_t chunk_bytes, char digest[72])
{
    tree t = {.tensors = tensors, .chunk_bytes = chunk_bytes};
    clonal_status status = clonal__output_create(path, &t.output);
    if (status == CLONAL_OK) status = put_tree(&t, 0, count, 0);
    return clonal__output_finish(&t.output, status, digest);
}
