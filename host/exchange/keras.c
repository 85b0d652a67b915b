/* keras.c: weights as Keras 3 saves and loads them (Model.save_weights, keras/src/saving/saving_lib.py): an HDF5 file
 * whose group layers/dense_1/vars holds the variables of the second Dense layer by number: 0 the kernel (I,O), 1 the
 * bias; layer_normalization has gamma and beta. Layers are numbered by kind, the first without a number. The graph is
 * beside, in a data set that Keras does not look at. */
#include "host/exchange/format.h"
#include "host/exchange/hdf5_catalogue.h"
#include "host/exchange/hdf5_write.h"
#include "host/exchange/layout.h"

#include <stdio.h>
#include <string.h>

#define LAYERS "layers"
#define VARIABLES "/vars/"

static bool name_of(const clonal_graph *graph, const clonal__network_layer *layer, unsigned part,
                    char room[CLONAL__FOREIGN_NAME_ROOM])
{
    (void)graph;
    char number[24] = "";
    const bool linear = strcmp(layer->operation->name, "linear") == 0;
    if (!linear && strcmp(layer->operation->name, "layer_norm") != 0) return false;
    if (layer->number) snprintf(number, sizeof number, "_%zu", layer->number);
    snprintf(room, CLONAL__FOREIGN_NAME_ROOM, LAYERS "/%s%s" VARIABLES "%u", linear ? "dense" : "layer_normalization",
             number, part);
    return true;
}

static const clonal__layout layout = {"Keras", true, name_of};

/* Whether a group's name ends with a number, as "dense_1" does. */
static bool is_numbered(const char *name, size_t length)
{
    size_t digits = 0;
    while (digits < length && name[length - 1 - digits] >= '0' && name[length - 1 - digits] <= '9') digits++;
    return digits && digits < length && name[length - 1 - digits] == '_';
}

/* "layers/dense/vars/0" becomes "dense_0.weight". */
static clonal_status rename_variable(clonal__network *network, size_t index)
{
    const clonal__tensor *tensor = &network->tensors[index];
    const size_t behind = strlen(LAYERS "/"), before = strlen(VARIABLES) - 1;
    char room[CLONAL__HDF5_MOST_NAME + 32];
    if (strncmp(tensor->name, LAYERS "/", behind) != 0) return CLONAL_OK;
    const char *name = tensor->name + behind, *number = strrchr(name, '/');
    if (!number || (size_t)(number - name) < before || strncmp(number - before, VARIABLES, before + 1) != 0)
        return CLONAL_OK; /* no variable, which will be said where a perceptron is looked for */
    const size_t length = (size_t)(number - name) - before;
    const bool first = strcmp(number + 1, "0") == 0, second = strcmp(number + 1, "1") == 0;
    if (first && tensor->rank == 2) CLONAL__TRY(clonal__network_transpose(network, index));
    snprintf(room, sizeof room, "%.*s%s.%s", (int)length, name, is_numbered(name, length) ? "" : "_0",
             first    ? "weight"
             : second ? "bias"
                      : number + 1);
    return clonal__network_rename(network, index, room);
}

static clonal_status take_graph(clonal__reader *reader, const clonal__hdf5_dataset *dataset, clonal__network *network)
{
    char *text;
    CLONAL__TRY(clonal__calloc((size_t)dataset->bytes + 1, 1, &text));
    clonal_status status = clonal__reader_read(reader, text, (size_t)dataset->bytes);
    if (status == CLONAL_OK && clonal_graph_parse(text, &network->graph) != CLONAL_OK)
        status = clonal__fail_context("%s", reader->path);
    clonal__free(text);
    return status;
}

static clonal_status take_dataset(clonal__reader *reader, const clonal__hdf5_dataset *dataset, clonal__network *network)
{
    CLONAL__TRY(clonal__reader_rewind(reader, dataset->offset));
    if (dataset->kind == CLONAL__HDF5_TEXT)
        return strcmp(dataset->name, CLONAL__METADATA_GRAPH) == 0 ? take_graph(reader, dataset, network) : CLONAL_OK;
    if (dataset->kind == CLONAL__HDF5_WHOLE) return CLONAL_OK;
    return clonal__reader_tensor(reader, dataset->name, dataset->rank, dataset->shape,
                                 clonal__tensor_type_named(dataset->type), network);
}

static clonal_status fill(clonal__reader *reader, clonal__network *network)
{
    static const char *const skipped[] = {"optimizer", "seed_generator", NULL};
    clonal__hdf5_catalogue catalogue;
    clonal_status status = clonal__hdf5_catalogue_read(reader, LAYERS, CLONAL__METADATA_GRAPH, skipped, &catalogue);
    for (size_t i = 0; i < catalogue.count && status == CLONAL_OK; i++)
        status = take_dataset(reader, &catalogue.datasets[i], network);
    clonal__hdf5_catalogue_free(&catalogue);
    if (status != CLONAL_OK) return status;
    if (network->graph) return clonal__layout_from(&layout, reader->path, network);
    for (size_t i = 0; i < network->count && status == CLONAL_OK; i++) status = rename_variable(network, i);
    return status;
}

static clonal_status read_file(const char *path, clonal__safetensors **file)
{
    clonal__network network = {0};
    clonal__reader reader;
    clonal_status status = clonal__reader_open(path, "a file of Keras's weights (HDF5)", &reader);
    if (status == CLONAL_OK) status = fill(&reader, &network);
    clonal__reader_close(&reader);
    return clonal__layout_finish(status, &network, file);
}

static clonal_status write_file(const char *path, const clonal__network *network, char digest[72])
{
    clonal__network keras = {0};
    char *graph = NULL;
    clonal_status status = clonal__layout_to(&layout, network, &keras);
    if (status == CLONAL_OK) status = clonal_graph_print(network->graph, &graph);
    if (status == CLONAL_OK)
        status = clonal__hdf5_write(path, keras.count, keras.tensors, CLONAL__METADATA_GRAPH, graph, digest);
    clonal__free(graph);
    clonal__network_free(&keras);
    return status;
}

static bool recognise(const char *path, const uint8_t *head, size_t count)
{
    static const uint8_t signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    (void)path;
    return count >= sizeof signature && memcmp(head, signature, sizeof signature) == 0;
}

const clonal__exchange_format clonal__exchange_format_keras = {
    .about = {.name = "keras", .suffix = ".weights.h5", .words = "Keras 3's weights"},
    .recognise = recognise,
    .renames = true,
    .read = read_file,
    .write = write_file};
