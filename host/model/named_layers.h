/* named_layers.h: what the names of tensors tell: which belong to one layer, and which layers are
 * numbered. Of a model's own parameters and of other people's files alike. */
#ifndef CLONAL_MODEL_NAMED_LAYERS_H
#define CLONAL_MODEL_NAMED_LAYERS_H

#include "host/base/memory.h"
#include "host/base/safetensors.h"
#include "host/ir/program.h"
#include <stdbool.h>

/* The tensors whose names are equal up to their last '.': "net.fc1" of "net.fc1.weight" and
 * "net.fc1.bias". What stands behind it is the tensor's kind. */
typedef struct clonal__layer {
    const char *name; /* no NUL behind it */
    size_t length;    /* 0 where the names have no '.' */
    size_t count;     /* of the tensors; those beyond the room are not kept */
    const clonal__tensor *tensors[CLONAL__MOST_PARAMETERS];
} clonal__layer;

typedef struct clonal__layers {
    clonal__layer *layers; /* in the order of their first tensors */
    size_t count;
} clonal__layers;

/* Groups the tensors, which must live as long as the layers do. Free with clonal__layers_free. The
 * time grows with tensors times layers. */
clonal_status clonal__layers_of(size_t count, const clonal__tensor *const *tensors,
                                clonal__layers *layers);
void clonal__layers_free(clonal__layers *layers);

/* Whether both have tensors of the same kinds and shapes, so that one could stand for the other. */
bool clonal__layers_fit(const clonal__layer *a, const clonal__layer *b);
/* The layer's tensor of the kind of `name` ("weight" of "1.weight"), or NULL. */
const clonal__tensor *clonal__layer_tensor(const clonal__layer *layer, const char *name);
/* Whether two names differ in their numbers alone, as fc2 and fc10 do; then *order is below 0 where
 * a's are the lower, the first that differs deciding, and 0 where they are equal ("fc1", "fc01").
 */
bool clonal__layers_numbered(const clonal__layer *a, const clonal__layer *b, int *order);

/* Replaces control characters, line feeds too, which names from a file may have and a message of
 * one line must not. */
void clonal__make_one_line(char *text);
/* Appends "fc1.weight 256x784, fc1.bias 256"; of many tensors the first ones, and how many more
 * there are. */
void clonal__append_tensors(clonal__string *text, size_t count,
                            const clonal__tensor *const *tensors);

#endif
