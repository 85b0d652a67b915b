/* onnx_values.c: the values of an ONNX graph by name. */
#include "host/exchange/onnx_reader.h"

#include <string.h>

enum { MOST_VALUES = 1 << 17 };

static size_t hash(const char *name)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *name; name++) h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ h >> 32);
}

/* The slot of a name, or the free one that it would take. The table is at most half full. */
static size_t *slot_of(const clonal__onnx_reader *r, const char *name)
{
    for (size_t i = hash(name) % r->slot_count;; i = (i + 1) % r->slot_count)
        if (!r->slots[i] || strcmp(r->values[r->slots[i] - 1].name, name) == 0) return &r->slots[i];
}

static clonal_status make_room(clonal__onnx_reader *r)
{
    if (r->value_count < r->value_room) return CLONAL_OK;
    const size_t room = r->value_room ? 2 * r->value_room : 64;
    size_t *slots;
    if (room > MOST_VALUES)
        return clonal__fail(CLONAL_E_FORMAT, "%s: its graph has more than %d values", r->path, MOST_VALUES);
    CLONAL__TRY(clonal__grow(&r->values, room, sizeof *r->values));
    CLONAL__TRY(clonal__calloc(2 * room, sizeof *slots, &slots));
    clonal__free(r->slots);
    r->slots = slots;
    r->slot_count = 2 * room;
    r->value_room = room;
    for (size_t i = 0; i < r->value_count; i++) *slot_of(r, r->values[i].name) = i + 1;
    return CLONAL_OK;
}

clonal__onnx_value *clonal__onnx_value_named(clonal__onnx_reader *r, const char *name)
{
    size_t *slot = r->slot_count ? slot_of(r, name) : NULL;
    if (slot && *slot) return &r->values[*slot - 1];
    if (make_room(r) != CLONAL_OK) return NULL;
    r->values[r->value_count] = (clonal__onnx_value){.name = name, .x = CLONAL_NO_NODE};
    *slot_of(r, name) = ++r->value_count;
    return &r->values[r->value_count - 1];
}

static clonal_status use(clonal__onnx_reader *r, const char *name, const char *by)
{
    if (!name || !*name) return CLONAL_OK; /* an optional input that is left out */
    clonal__onnx_value *value = clonal__onnx_value_named(r, name);
    if (!value) return clonal_last_error()->status;
    value->uses++;
    value->used_by = by;
    return CLONAL_OK;
}

static clonal_status define_tensor(clonal__onnx_reader *r, const Onnx__TensorProto *tensor)
{
    char room[64];
    clonal__onnx_value *value = clonal__onnx_value_named(r, tensor->name ? tensor->name : "");
    if (!value) return clonal_last_error()->status;
    if (!*value->name || value->kind != CLONAL__ONNX_UNDEFINED)
        return clonal__fail(CLONAL_E_FORMAT, "%s: the name '%s' is that of two tensors, or none", r->path,
                            clonal__printable(value->name, room));
    value->kind = CLONAL__ONNX_TENSOR;
    value->tensor = tensor;
    return CLONAL_OK;
}

clonal_status clonal__onnx_values(clonal__onnx_reader *r)
{
    const Onnx__GraphProto *g = r->proto;
    for (size_t i = 0; i < g->n_initializer; i++) CLONAL__TRY(define_tensor(r, g->initializer[i]));
    for (size_t i = 0; i < g->n_node; i++) {
        const Onnx__NodeProto *node = g->node[i];
        for (size_t k = 0; k < node->n_input; k++)
            CLONAL__TRY(use(r, node->input[k], node->op_type ? node->op_type : ""));
        for (size_t k = 0; k < node->n_output; k++)
            if (!clonal__onnx_value_named(r, node->output[k])) return clonal_last_error()->status;
    }
    for (size_t i = 0; i < g->n_output; i++) CLONAL__TRY(use(r, g->output[i]->name, ""));
    return CLONAL_OK;
}
