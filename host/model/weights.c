/* weights.c: parameters as safetensors files, and the graph that such a file spells. */
#include "host/base/float_environment.h"
#include "host/base/safetensors.h"
#include "host/base/tensor_type.h"
#include "host/model/model.h"
#include "host/model/name_map.h"
#include "host/model/spell.h"

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

/* The weights file; with path NULL its digest alone. */
static clonal_status write_file(const char *path, const char *graph, size_t count, const clonal__tensor *tensors,
                                char digest[72])
{
    char hex[65], contract[16];
    snprintf(contract, sizeof contract, "%d", clonal_contract_version());
    const clonal__metadata metadata[] = {{"clonal.contract", contract}, {"clonal.graph", graph}, {"format", "pt"}};
    CLONAL__TRY(clonal__safetensors_write(path, count, tensors, 3, metadata, hex));
    if (digest) snprintf(digest, 72, "sha256:%s", hex);
    return CLONAL_OK;
}

clonal_status clonal__weights_digest(const char *graph, size_t count, const clonal__tensor *tensors, char digest[72])
{
    return write_file(NULL, graph, count, tensors, digest);
}

static clonal_status save(const clonal_model *model, const char *path, char digest[72])
{
    clonal__weights weights;
    char *graph = NULL;
    CLONAL__TRY(clonal__model_fetch(model, &weights));
    clonal_status status = clonal_graph_print(model->graph, &graph);
    if (status == CLONAL_OK) status = write_file(path, graph, weights.count, weights.tensors, digest);
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

static clonal_status check_tensor(const char *path, const clonal__safetensors *file, const clonal__parameter *p,
                                  const clonal__taken *taken)
{
    const clonal__tensor *t = taken->tensor;
    char room[64], wanted[64], name[201];
    snprintf(name, sizeof name, "%s", t->name);
    clonal__make_one_line(name);
    if (!t->values)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s: the tensor \"%s\" is of type %s, where the graph needs floats: F32, F64, "
                            "F16 or BF16",
                            path, name, file->types[t - file->tensors]->name);
    if (taken->transposed) return CLONAL_OK; /* the map's shapes have been looked at */
    if (t->rank == p->rank && memcmp(t->shape, p->shape, p->rank * sizeof *p->shape) == 0) return CLONAL_OK;
    return clonal__fail(CLONAL_E_SHAPE, "%s: the tensor \"%s\" has the shape %s, the graph's is %s", path, name,
                        clonal__shape_text(t->rank, t->shape, room), clonal__shape_text(p->rank, p->shape, wanted));
}

static bool is_checkpoint(const clonal__safetensors *file)
{
    const char *format = clonal__safetensors_metadata(file, "format");
    return format && strcmp(format, CLONAL__CHECKPOINT_FORMAT) == 0;
}

/* A file may hold what is no parameter, as whole numbers (a count of batches, say); floats that no parameter takes are
 * of another network. */
static clonal_status check_others(const char *path, const clonal__safetensors *file, size_t parameters)
{
    size_t floats = 0;
    for (size_t i = 0; i < file->tensor_count; i++) floats += file->types[i]->floats;
    if (is_checkpoint(file)) return CLONAL_OK; /* the others are the optimizer's */
    if (floats != parameters)
        return clonal__fail(CLONAL_E_SHAPE,
                            "%s has %zu tensors of floats, the graph %zu parameters: is it of another "
                            "network?",
                            path, floats, parameters);
    if (file->tensor_count > parameters)
        clonal__log(CLONAL_LOG_WARNING, "%s: %zu tensors of whole numbers are passed over", path,
                    file->tensor_count - parameters);
    return CLONAL_OK;
}

/* Which tensor each parameter takes, by the map or, where that is NULL, by name or order and shape. */
static clonal_status take(const clonal_model *model, const char *path, const clonal__safetensors *file, const char *map,
                          clonal__taken *taken)
{
    const size_t count = model->shapes.parameter_count;
    const clonal__parameter *parameters = model->shapes.parameters;
    clonal_status status;
    if (map) {
        clonal__name_map names;
        status = clonal__name_map_read(map, &names);
        if (status == CLONAL_OK) status = clonal__name_map_take(&names, path, file, count, parameters, taken);
        clonal__name_map_free(&names);
    } else {
        status = clonal__match(path, file, count, parameters, taken);
    }
    for (size_t i = 0; i < count && status == CLONAL_OK; i++)
        status = check_tensor(path, file, &parameters[i], &taken[i]);
    return status == CLONAL_OK && !map ? check_others(path, file, count) : status;
}

static clonal_status write_transposed(clonal_model *model, size_t index, const clonal__tensor *tensor)
{
    const size_t inputs = tensor->shape[0], outputs = tensor->shape[1];
    float *values;
    CLONAL__TRY(clonal__calloc(inputs * outputs, sizeof *values, &values));
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < inputs; i++) values[o * inputs + i] = tensor->values[i * outputs + o];
    const clonal_status status = clonal_model_write_parameter(model, index, values);
    clonal__free(values);
    return status;
}

static clonal_status load(clonal_model *model, const char *path, const char *map)
{
    clonal__safetensors *file;
    clonal__taken *taken = NULL;
    CLONAL__TRY(clonal__safetensors_read(path, &file));
    clonal_status status = clonal__calloc(model->shapes.parameter_count + 1, sizeof *taken, &taken);
    if (status == CLONAL_OK) status = take(model, path, file, map, taken);
    for (size_t i = 0; i < model->shapes.parameter_count && status == CLONAL_OK; i++)
        status = taken[i].transposed ? write_transposed(model, i, taken[i].tensor)
                                     : clonal_model_write_parameter(model, i, taken[i].tensor->values);
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

static clonal_status graph_of(const char *path, const char *map, clonal_graph **graph)
{
    clonal__safetensors *file;
    CLONAL__TRY(clonal__safetensors_read(path, &file));
    const char *text = clonal__safetensors_metadata(file, is_checkpoint(file) ? "graph" : "clonal.graph");
    clonal_status status = text ? clonal_graph_parse(text, graph) : clonal_graph_create(graph);
    if (status != CLONAL_OK) clonal__fail_context("%s", path);
    if (status == CLONAL_OK && !text) status = spell(path, file, map, *graph);
    if (status != CLONAL_OK) {
        clonal_graph_destroy(*graph);
        *graph = NULL;
    }
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
