/* network.c: see network.h. */
#include "host/exchange/network.h"

#include "host/base/tensor_type.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Whoever reads a tensor must not change it; whoever owns it frees it. */
static void free_tensor(const clonal__tensor *tensor)
{
    clonal__free((void *)(uintptr_t)tensor->name);
    clonal__free((void *)(uintptr_t)tensor->values);
}

clonal_status clonal__network_add(clonal__network *network, const char *name, size_t rank, const uint32_t *shape,
                                  float **values)
{
    clonal__tensor tensor = {.rank = rank};
    *values = NULL;
    if (rank > CLONAL__TENSOR_MAX_RANK)
        return clonal__fail(CLONAL_E_FORMAT, "tensor '%.60s' has more than %d dimensions", name,
                            CLONAL__TENSOR_MAX_RANK);
    memcpy(tensor.shape, shape, rank * sizeof *shape);
    CLONAL__TRY(clonal__grow(&network->tensors, network->count + 1, sizeof *network->tensors));
    const size_t elements = clonal__tensor_elements(&tensor);
    CLONAL__TRY(clonal__calloc(elements ? elements : 1, sizeof **values, values));
    tensor.values = *values;
    tensor.name = clonal__strdup(name);
    if (!tensor.name) {
        clonal__free(*values);
        *values = NULL;
        return CLONAL_E_MEMORY;
    }
    network->tensors[network->count++] = tensor;
    return CLONAL_OK;
}

void clonal__network_free(clonal__network *network)
{
    for (size_t i = 0; i < network->count; i++) free_tensor(&network->tensors[i]);
    clonal__free(network->tensors);
    clonal_graph_destroy(network->graph);
    *network = (clonal__network){0};
}

clonal_status clonal__network_layers(const clonal__network *network, size_t *count, clonal__network_layer **layers)
{
    const clonal_graph *graph = network->graph;
    size_t tensor = 0;
    *count = 0;
    CLONAL__TRY(clonal__calloc(graph->count + 1, sizeof **layers, layers));
    for (size_t i = 0; i < graph->count; i++) {
        const clonal__operation *operation = graph->nodes[i].operation;
        if (!operation->parameter_count) continue;
        clonal__network_layer *layer = &(*layers)[*count];
        *layer = (clonal__network_layer){
            .operation = operation, .node = (clonal_node)i, .tensors = &network->tensors[tensor]};
        for (size_t k = 0; k < *count; k++) layer->number += (*layers)[k].operation == operation;
        tensor += operation->parameter_count;
        ++*count;
    }
    return CLONAL_OK;
}

static clonal_status add_metadata(clonal__safetensors *file, const char *key, char *text)
{
    if (!text) return CLONAL_E_MEMORY;
    file->owned[file->owned_count++] = text;
    file->metadata[file->metadata_count++] = (clonal__metadata){key, text};
    return CLONAL_OK;
}

static clonal_status fill(clonal__network *network, clonal__safetensors *file)
{
    enum { MOST_METADATA = 2 };
    const size_t count = network->count;
    char *graph = NULL, seed[24];
    CLONAL__TRY(clonal__calloc(count + 1, sizeof *file->types, &file->types));
    CLONAL__TRY(clonal__calloc(MOST_METADATA, sizeof *file->metadata, &file->metadata));
    CLONAL__TRY(clonal__calloc(2 * count + MOST_METADATA, sizeof *file->owned, &file->owned));
    if (network->graph) {
        CLONAL__TRY(clonal_graph_print(network->graph, &graph));
        CLONAL__TRY(add_metadata(file, CLONAL__METADATA_GRAPH, graph));
    }
    if (network->has_seed) {
        snprintf(seed, sizeof seed, "%" PRIu64, network->seed);
        CLONAL__TRY(add_metadata(file, CLONAL__METADATA_SEED, clonal__strdup(seed)));
    }
    for (size_t i = 0; i < count; i++) {
        file->types[i] = clonal__tensor_type_named("F32");
        file->owned[file->owned_count++] = (void *)(uintptr_t)network->tensors[i].name;
        file->owned[file->owned_count++] = (void *)(uintptr_t)network->tensors[i].values;
    }
    file->tensors = network->tensors;
    file->tensor_count = count;
    network->tensors = NULL;
    network->count = 0;
    return CLONAL_OK;
}

clonal_status clonal__network_file(clonal__network *network, clonal__safetensors **file)
{
    clonal__safetensors *made = NULL;
    *file = NULL;
    clonal_status status = clonal__calloc(1, sizeof *made, &made);
    if (status == CLONAL_OK) status = fill(network, made);
    clonal__network_free(network);
    if (status == CLONAL_OK)
        *file = made;
    else
        clonal__safetensors_destroy(made);
    return status;
}
