/* mxnet.c: parameters as Gluon's save_parameters writes them ("0.weight" (O,I), "0.bias", "1.gamma", "1.beta"), in the
 * lists of arrays of mxnet_list.h; names of older ways of saving ("dense0_weight", "arg:fc1_weight") are read too. */
#include "host/exchange/format.h"
#include "host/exchange/layout.h"
#include "host/exchange/mxnet_list.h"
#include "host/exchange/reader.h"

#include <stdio.h>
#include <string.h>

/* The activations that nn.Dense(activation=...) has itself. */
static bool is_dense_activation(const char *operation)
{
    return strcmp(operation, "relu") == 0 || strcmp(operation, "sigmoid") == 0 || strcmp(operation, "tanh") == 0;
}

/* Whether a node is a block of its own in the nn.Sequential that a reader of the file would write: Dense flattens its
 * input and has the activation behind it. */
static bool is_block(const clonal_graph *graph, size_t node)
{
    const clonal__node *n = &graph->nodes[node];
    const char *operation = n->operation->name;
    if (strcmp(operation, "input") == 0 || strcmp(operation, "flatten") == 0) return false;
    return !is_dense_activation(operation) || strcmp(graph->nodes[n->inputs[0]].operation->name, "linear") != 0;
}

static bool name_of(const clonal_graph *graph, const clonal__network_layer *layer, unsigned part,
                    char room[CLONAL__FOREIGN_NAME_ROOM])
{
    static const char *const linear[] = {"weight", "bias"}, *const layer_norm[] = {"gamma", "beta"};
    const bool is_linear = strcmp(layer->operation->name, "linear") == 0;
    size_t number = 0;
    if (!is_linear && strcmp(layer->operation->name, "layer_norm") != 0) return false;
    for (size_t i = 0; i < (size_t)layer->node; i++) number += is_block(graph, i);
    snprintf(room, CLONAL__FOREIGN_NAME_ROOM, "%zu.%s", number, (is_linear ? linear : layer_norm)[part]);
    return true;
}

static const clonal__layout layout = {"MXNet", false, name_of};

/* "dense0_weight", "0.gamma" -> a layer's length and "weight" or "bias"; false: the name ends otherwise. */
static bool split(const char *name, int *length, const char **kind)
{
    static const char *const kinds[][2] = {
        {"weight", "weight"}, {"bias", "bias"}, {"gamma", "weight"}, {"beta", "bias"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t all = strlen(name), tail = strlen(kinds[i][0]);
        if (all < tail + 2 || strcmp(name + all - tail, kinds[i][0]) != 0) continue;
        if (name[all - tail - 1] != '.' && name[all - tail - 1] != '_') continue;
        *length = (int)(all - tail - 1);
        *kind = kinds[i][1];
        return true;
    }
    return false;
}

/* A list without names: each matrix begins a layer. */
static clonal_status name_by_order(clonal__network *network)
{
    size_t layer = 0;
    for (size_t i = 0; i < network->count; i++) {
        char name[40];
        const bool matrix = network->tensors[i].rank == 2;
        layer += matrix;
        snprintf(name, sizeof name, "layer%zu.%s", layer, matrix ? "weight" : "bias");
        CLONAL__TRY(clonal__network_rename(network, i, name));
    }
    return CLONAL_OK;
}

static bool is_number(const char *name)
{
    return name[strspn(name, "0123456789")] == 0;
}

static clonal_status from_mxnet(clonal__network *network)
{
    if (network->count && is_number(network->tensors[0].name)) return name_by_order(network);
    for (size_t i = 0; i < network->count; i++) {
        const char *name = network->tensors[i].name, *kind;
        char room[CLONAL__MOST_NAME_BYTES + 16];
        int length;
        if (strncmp(name, "arg:", 4) == 0 || strncmp(name, "aux:", 4) == 0) name += 4;
        if (!split(name, &length, &kind)) continue;
        /* A bare number is that of a block, and not a PyTorch module's, which counts activations too. */
        const char *word = strspn(name, "0123456789") == (size_t)length ? "block" : "";
        snprintf(room, sizeof room, "%s%.*s.%s", word, length, name, kind);
        CLONAL__TRY(clonal__network_rename(network, i, room));
    }
    return CLONAL_OK;
}

static clonal_status read_file(const char *path, clonal__safetensors **file)
{
    clonal__network network = {0};
    clonal_status status = clonal__mxnet_list_read(path, &network);
    if (status == CLONAL_OK) status = from_mxnet(&network);
    return clonal__layout_finish(status, &network, file);
}

static clonal_status write_file(const char *path, const clonal__network *network, char digest[72])
{
    clonal__network mxnet = {0};
    clonal_status status = clonal__layout_to(&layout, network, &mxnet);
    if (status == CLONAL_OK) status = clonal__mxnet_list_write(path, mxnet.count, mxnet.tensors, digest);
    clonal__network_free(&mxnet);
    return status;
}

static bool recognise(const char *path, const uint8_t *head, size_t count)
{
    static const uint8_t magic[] = {0x12, 1, 0, 0, 0, 0, 0, 0};
    (void)path;
    return count >= sizeof magic && memcmp(head, magic, sizeof magic) == 0;
}

const clonal__exchange_format clonal__exchange_format_mxnet = {
    .about = {.name = "mxnet", .suffix = ".params", .words = "MXNet's Gluon, without the graph"},
    .recognise = recognise,
    .renames = true,
    .read = read_file,
    .write = write_file};
