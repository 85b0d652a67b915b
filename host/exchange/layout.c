/* layout.c: see layout.h. */
#include "host/exchange/layout.h"

#include "host/base/memory.h"
#include <string.h>

/* out (columns,rows) = in (rows,columns), transposed. */
static void transpose(const float *in, size_t rows, size_t columns, float *out)
{
    if (columns == 0) return;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) out[c * rows + r] = in[r * columns + c];
}

static clonal_status put(const clonal__layout *layout, const clonal__tensor *tensor, const char *name,
                         clonal__network *foreign)
{
    const bool turned = layout->transposed && tensor->rank == 2;
    uint32_t shape[CLONAL__TENSOR_MAX_RANK];
    float *values;
    memcpy(shape, tensor->shape, sizeof shape);
    if (turned) shape[0] = tensor->shape[1], shape[1] = tensor->shape[0];
    CLONAL__TRY(clonal__network_add(foreign, name, tensor->rank, shape, &values));
    if (turned)
        transpose(tensor->values, tensor->shape[0], tensor->shape[1], values);
    else
        memcpy(values, tensor->values, clonal__tensor_elements(tensor) * sizeof *values);
    return CLONAL_OK;
}

clonal_status clonal__layout_to(const clonal__layout *layout, const clonal__network *network, clonal__network *foreign)
{
    size_t count;
    clonal__network_layer *layers;
    CLONAL__TRY(clonal__network_layers(network, &count, &layers));
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < count; i++)
        for (unsigned part = 0; part < layers[i].operation->parameter_count && status == CLONAL_OK; part++) {
            char name[CLONAL__FOREIGN_NAME_ROOM];
            status = layout->name(network->graph, &layers[i], part, name)
                         ? put(layout, &layers[i].tensors[part], name, foreign)
                         : clonal__fail(CLONAL_E_ARGUMENT,
                                        "a file of %s cannot hold a layer of the kind %s: export it as safetensors",
                                        layout->framework, layers[i].operation->name);
        }
    clonal__free(layers);
    return status;
}

clonal_status clonal__network_rename(clonal__network *network, size_t index, const char *name)
{
    char *copy = clonal__strdup(name);
    if (!copy) return CLONAL_E_MEMORY;
    clonal__free((void *)(uintptr_t)network->tensors[index].name);
    network->tensors[index].name = copy;
    return CLONAL_OK;
}

clonal_status clonal__network_transpose(clonal__network *network, size_t index)
{
    clonal__tensor *tensor = &network->tensors[index];
    const uint32_t rows = tensor->shape[0], columns = tensor->shape[1];
    float *values;
    CLONAL__TRY(clonal__calloc(clonal__tensor_elements(tensor) + 1, sizeof *values, &values));
    transpose(tensor->values, rows, columns, values);
    clonal__free((void *)(uintptr_t)tensor->values);
    tensor->values = values;
    tensor->shape[0] = columns;
    tensor->shape[1] = rows;
    return CLONAL_OK;
}

static void free_tensor(const clonal__tensor *tensor)
{
    clonal__free((void *)(uintptr_t)tensor->name);
    clonal__free((void *)(uintptr_t)tensor->values);
}

void clonal__network_keep(clonal__network *network, bool (*keep)(const clonal__tensor *tensor))
{
    size_t kept = 0;
    for (size_t i = 0; i < network->count; i++)
        if (keep(&network->tensors[i]))
            network->tensors[kept++] = network->tensors[i];
        else
            free_tensor(&network->tensors[i]);
    network->count = kept;
}

clonal_status clonal__layout_finish(clonal_status status, clonal__network *network, clonal__safetensors **file)
{
    *file = NULL;
    if (status == CLONAL_OK) return clonal__network_file(network, file);
    clonal__network_free(network);
    return status;
}

/* Finds the tensor and brings it to place `at`, in front of which the parameters before it stand. */
static clonal_status take(const clonal__layout *layout, const char *path, clonal__network *network, size_t at,
                          const char *name)
{
    size_t i = at;
    while (i < network->count && strcmp(network->tensors[i].name, name) != 0) i++;
    if (i == network->count)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s: it has a graph that needs the tensor \"%s\", which is not there; write it again", path,
                            name);
    const clonal__tensor taken = network->tensors[i];
    network->tensors[i] = network->tensors[at];
    network->tensors[at] = taken;
    return layout->transposed && taken.rank == 2 ? clonal__network_transpose(network, at) : CLONAL_OK;
}

clonal_status clonal__layout_from(const clonal__layout *layout, const char *path, clonal__network *network)
{
    size_t count, at = 0;
    clonal__network_layer *layers;
    clonal__parameter *parameters = NULL;
    CLONAL__TRY(clonal__network_layers(network, &count, &layers));
    size_t parameter_count = 0;
    clonal_status status = clonal__graph_parameters(network->graph, &parameter_count, &parameters);
    for (size_t i = 0; i < count && status == CLONAL_OK; i++)
        for (unsigned part = 0; part < layers[i].operation->parameter_count && status == CLONAL_OK; part++, at++) {
            char name[CLONAL__FOREIGN_NAME_ROOM];
            status = layout->name(network->graph, &layers[i], part, name)
                         ? take(layout, path, network, at, name)
                         : clonal__fail(CLONAL_E_FORMAT, "%s: its graph has a layer of the kind %s, which %s has not",
                                        path, layers[i].operation->name, layout->framework);
            if (status == CLONAL_OK) status = clonal__network_rename(network, at, parameters[at].name);
        }
    while (status == CLONAL_OK && network->count > parameter_count) free_tensor(&network->tensors[--network->count]);
    clonal__free(parameters);
    clonal__free(layers);
    return status;
}
