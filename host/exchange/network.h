/* network.h: a network between two files: a graph and the values of its parameters, whatever the
 * format. A format's reader fills one, its writer is given one. */
#ifndef CLONAL_EXCHANGE_NETWORK_H
#define CLONAL_EXCHANGE_NETWORK_H

#include "host/base/safetensors.h"
#include "host/ir/operation.h"
#include <stdbool.h>

/* With a graph, the tensors are its parameters: all, in its order, by the names ("1.weight") and
 * shapes, weights (O,I), that clonal__graph_parameters gives them. Without one they are what the
 * file has, under names whose last part, behind a '.', is "weight" or "bias" ("Dense_0.weight"), in
 * the same layout: graph and parameters are then found by shapes and the numbers in the names
 * (host/model/spell.h, match.h). */
typedef struct clonal__network {
    clonal_graph *graph; /* owned; NULL: the file tells none */
    size_t count;
    clonal__tensor *tensors; /* owned, names and values too */
    bool has_seed;
    uint64_t seed; /* of dropout's masks, where a file or a run tells it */
} clonal__network;

/* Appends a tensor, of zeros, and gives its values to fill; they stay where they are. The name is
 * copied. Errors: CLONAL_E_MEMORY. */
clonal_status clonal__network_add(clonal__network *network, const char *name, size_t rank,
                                  const uint32_t *shape, float **values);
/* Frees what it holds, and leaves it empty. */
void clonal__network_free(clonal__network *network);

/* A node that has parameters, for formats that name layers by their kinds: "Dense_0", "Dense_1". */
typedef struct clonal__network_layer {
    const clonal__operation *operation; /* "linear", "layer_norm", ... */
    clonal_node node;
    size_t number; /* from 0, among the layers of the same operation */
    /* By the operation's parameters: of a linear node weight (O,I) and bias (O) */
    const clonal__tensor *tensors;
} clonal__network_layer;
/* The layers of a network that has a graph, in its order. *layers: clonal__free; tensors are the
 * network's. Errors: CLONAL_E_MEMORY. */
clonal_status clonal__network_layers(const clonal__network *network, size_t *count,
                                     clonal__network_layer **layers);

/* Metadata of what clonal__network_file makes: the graph as text, as weights files have it, and the
 * seed, in decimal digits, which they do not have. */
#define CLONAL__METADATA_GRAPH "clonal.graph"
#define CLONAL__METADATA_SEED "clonal.dropout_seed"
/* Turns a network into what a safetensors file of it would be read as. What it holds moves there;
 * the network is empty afterwards, also after a failure. Errors: CLONAL_E_MEMORY. */
clonal_status clonal__network_file(clonal__network *network, clonal__safetensors **file);

#endif
