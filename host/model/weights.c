/* weights.c: parameters as safetensors files, and the graph that such a file spells. */
#include "host/model/weights.h"
#include "host/base/float_environment.h"
#include "host/exchange/format.h"
#include "host/model/model.h"
#include "host/model/name_map.h"
#include "host/model/spell.h"
#include "host/model/take.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

clonal_status clonal__model_fetch(const clonal_model *model, clonal__weights *weights)
{
    size_t count = model->shapes.parameter_count;
    *weights = (clonal__weights){0};
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__calloc(count, sizeof *weights->tensors, &weights->tensors), failed);
    CLONAL__TRY_GOTO(clonal__calloc(count, sizeof *weights->values, &weights->values), failed);
    weights->count = count;
    for (size_t i = 0; i < count; i++) {
        const clonal__parameter *p = &model->shapes.parameters[i];
        CLONAL__TRY_GOTO(clonal__calloc(clonal__model_elements(model, i), sizeof(float), &weights->values[i]), failed);
        CLONAL__TRY_GOTO(clonal_model_read_parameter(model, i, weights->values[i]), failed);
        weights->tensors[i] = (clonal__tensor){.name = p->name, .rank = p->rank, .values = weights->values[i]};
        memcpy(weights->tensors[i].shape, p->shape, p->rank * sizeof *p->shape);
    }
    return CLONAL_OK;
failed:
    clonal__weights_free(weights);
    return status;
}

void clonal__weights_free(clonal__weights *weights)
{
    for (size_t i = 0; weights->values && i < weights->count; i++) clonal__free(weights->values[i]);
    clonal__free(weights->values);
    clonal__free(weights->tensors);
    *weights = (clonal__weights){0};
}

clonal_status clonal__weights_digest(const char *graph, size_t count, const clonal__tensor *tensors, char digest[72])
{
    return clonal__weights_write(NULL, graph, count, tensors, digest);
}

static clonal_status save(const clonal_model *model, const char *path, char digest[72])
{
    clonal__weights weights;
    char *graph = NULL;
    CLONAL__TRY(clonal__model_fetch(model, &weights));
    clonal_status status = clonal_graph_print(model->graph, &graph);
    if (status == CLONAL_OK) status = clonal__weights_write(path, graph, weights.count, weights.tensors, digest);
    clonal__free(graph);
    clonal__weights_free(&weights);
    return status;
}

clonal_status clonal_model_save(const clonal_model *model, const char *path, char digest[72])
{
    CLONAL__FLOATS;
    if (digest) digest[0] = '\0';
    CLONAL__NEEDS(model && path);
    return save(model, path, digest);
}

clonal_status clonal__model_digest(const clonal_model *model, char digest[72])
{
    return save(model, NULL, digest);
}

static clonal_status write_taken(clonal_model *model, size_t index, const clonal__taken *taken)
{
    float *values;
    if (!taken->transposed) return clonal_model_write_parameter(model, index, taken->tensor->values);
    CLONAL__TRY(clonal__calloc(clonal__model_elements(model, index), sizeof *values, &values));
    clonal__taken_copy(taken, values);
    const clonal_status status = clonal_model_write_parameter(model, index, values);
    clonal__free(values);
    return status;
}

static clonal_status load(clonal_model *model, const char *path, const char *map)
{
    const size_t count = model->shapes.parameter_count;
    clonal__safetensors *file;
    clonal__taken *taken = NULL;
    CLONAL__TRY(clonal__exchange_read(path, map, &file));
    clonal_status status = clonal__calloc(count + 1, sizeof *taken, &taken);
    if (status == CLONAL_OK) status = clonal__take(path, file, map, count, model->shapes.parameters, taken);
    for (size_t i = 0; i < count && status == CLONAL_OK; i++) status = write_taken(model, i, &taken[i]);
    clonal__free(taken);
    clonal__safetensors_destroy(file);
    return status;
}

clonal_status clonal_model_load(clonal_model *model, const char *path)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(model && path);
    return load(model, path, NULL);
}

clonal_status clonal_model_load_mapped(clonal_model *model, const char *path, const char *map)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(model && path);
    return load(model, path, map);
}

enum { MOST_NODES = 100000 }; /* of a graph that a file's names spell: a wild number makes no millions of nodes */

/* The perceptron that PyTorch's names spell: weights "1.weight", "4.weight", ... by number; ReLU between. The nodes are
 * laid out so that the numbers come out the same: a linear node of number m stands at m+1, with relu and dropout(0) in
 * the gaps. */
static clonal_status add_layer(const char *path, const clonal__safetensors *file, clonal_graph *graph, long number,
                               clonal_node *x)
{
    char name[32];
    snprintf(name, sizeof name, "%ld.weight", number);
    const clonal__tensor *w = clonal__safetensors_tensor(file, name);
    while ((long)clonal_graph_count(graph) < number + 1 && *x != CLONAL_NO_NODE)
        *x = clonal_graph_count(graph) == 1                            ? clonal_flatten(graph, *x)
             : strcmp(clonal_node_operation(graph, *x), "linear") == 0 ? clonal_relu(graph, *x)
                                                                       : clonal_dropout(graph, *x, 0);
    if (w->rank != 2) return clonal__fail(CLONAL_E_FORMAT, "%s: the tensor \"%s\" is no matrix", path, name);
    *x = clonal_linear_sized(graph, *x, w->shape[1], w->shape[0]);
    return clonal_graph_status(graph);
}

/* The largest number that a tensor's name begins with. */
static long last_number(const clonal__safetensors *file)
{
    long last = -1;
    for (size_t i = 0; i < file->tensor_count; i++) {
        char *end;
        const long number = strtol(file->tensors[i].name, &end, 10);
        if (*end == '.' && number > last && number < MOST_NODES) last = number;
    }
    return last;
}

static clonal_status spell_graph(const char *path, const clonal__safetensors *file, clonal_graph *graph)
{
    clonal_node x = CLONAL_NO_NODE;
    char name[32];
    const long last = last_number(file);
    for (long number = 0; number <= last; number++) {
        snprintf(name, sizeof name, "%ld.weight", number);
        const clonal__tensor *w = clonal__safetensors_tensor(file, name);
        if (!w) continue;
        if (x == CLONAL_NO_NODE && w->rank == 2) x = clonal_input(graph, 1, &w->shape[1]);
        CLONAL__TRY(clonal_graph_status(graph));
        if (x == CLONAL_NO_NODE) break;
        CLONAL__TRY(add_layer(path, file, graph, number, &x));
    }
    if (x == CLONAL_NO_NODE)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s names no graph, and its tensors are not those of an nn.Sequential (\"1.weight\", ...)",
                            path);
    clonal_softmax_cross_entropy(graph, x);
    return clonal_graph_status(graph);
}

/* The graph of a file that names none: by the map's names, by the file's own, or by shapes where these are others'. */
static clonal_status spell(const char *path, const clonal__safetensors *file, const char *map, clonal_graph *graph)
{
    clonal__safetensors view = {0};
    clonal__name_map names = {0};
    clonal_status status = CLONAL_OK;
    if (map) {
        status = clonal__name_map_read(map, &names);
        if (status == CLONAL_OK) status = clonal__name_map_view(&names, path, file, &view);
    } else {
        status = clonal__unwrapped(file, &view);
    }
    if (status == CLONAL_OK) {
        status =
            map || view.tensor_count ? spell_graph(path, &view, graph) : clonal__spell_perceptron(path, file, graph);
        if (status != CLONAL_OK) clonal__fail_context("%s", map ? map : path);
    }
    clonal__free(view.tensors);
    clonal__name_map_free(&names);
    return status;
}

/* The graph of a file that has been read: *graph is NULL on failure. */
static clonal_status graph_in(const char *path, const clonal__safetensors *file, const char *map, clonal_graph **graph)
{
    const char *text =
        clonal__safetensors_metadata(file, clonal__is_checkpoint(file) ? "graph" : CLONAL__METADATA_GRAPH);
    clonal_status status = text ? clonal_graph_parse(text, graph) : clonal_graph_create(graph);
    if (status != CLONAL_OK) clonal__fail_context("%s", path);
    if (status == CLONAL_OK && !text) status = spell(path, file, map, *graph);
    if (status != CLONAL_OK) {
        clonal_graph_destroy(*graph);
        *graph = NULL;
    }
    return status;
}

static clonal_status graph_of(const char *path, const char *map, clonal_graph **graph)
{
    clonal__safetensors *file;
    CLONAL__TRY(clonal__exchange_read(path, map, &file));
    const clonal_status status = graph_in(path, file, map, graph);
    clonal__safetensors_destroy(file);
    return status;
}

/* Fills the tensors of a network that has its graph. */
static clonal_status fill_network(const char *path, const clonal__safetensors *file, const char *map,
                                  clonal__network *network)
{
    size_t count;
    clonal__parameter *parameters;
    clonal__taken *taken = NULL;
    CLONAL__TRY(clonal__graph_parameters(network->graph, &count, &parameters));
    clonal_status status = clonal__calloc(count + 1, sizeof *taken, &taken);
    if (status == CLONAL_OK) status = clonal__take(path, file, map, count, parameters, taken);
    for (size_t i = 0; i < count && status == CLONAL_OK; i++) {
        const clonal__parameter *p = &parameters[i];
        float *values;
        status = clonal__network_add(network, p->name, p->rank, p->shape, &values);
        if (status == CLONAL_OK) clonal__taken_copy(&taken[i], values);
    }
    clonal__free(taken);
    clonal__free(parameters);
    return status;
}

static void take_seed(const clonal__safetensors *file, clonal__network *network)
{
    const char *seed = clonal__safetensors_metadata(file, CLONAL__METADATA_SEED);
    network->has_seed = seed != NULL;
    network->seed = seed ? strtoull(seed, NULL, 10) : 0;
}

clonal_status clonal__weights_network(const char *path, const char *map, clonal__network *network)
{
    clonal__safetensors *file;
    *network = (clonal__network){0};
    CLONAL__TRY(clonal__exchange_read(path, map, &file));
    clonal_status status = graph_in(path, file, map, &network->graph);
    if (status == CLONAL_OK && clonal__graph_check(network->graph) != CLONAL_OK)
        status = clonal__fail_context("%s", path);
    if (status == CLONAL_OK) status = fill_network(path, file, map, network);
    if (status == CLONAL_OK) take_seed(file, network);
    if (status != CLONAL_OK) clonal__network_free(network);
    clonal__safetensors_destroy(file);
    return status;
}

clonal_status clonal_graph_from_weights(const char *path, clonal_graph **graph)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(graph);
    *graph = NULL;
    CLONAL__NEEDS(path);
    return graph_of(path, NULL, graph);
}

clonal_status clonal_graph_from_weights_mapped(const char *path, const char *map, clonal_graph **graph)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(graph);
    *graph = NULL;
    CLONAL__NEEDS(path);
    return graph_of(path, map, graph);
}
