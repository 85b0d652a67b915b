/* flax.c: Flax's parameters (https://flax.readthedocs.io): in safetensors, as safetensors.flax.save_file writes them of
 * a tree that traverse_util.flatten_dict has flattened with '/', and in MessagePack, as serialization.to_bytes does.
 * A Dense layer is kernel (I,O) and bias, a LayerNorm scale and bias; layers are numbered by kind from 0. */
#include "host/exchange/flax_msgpack.h"
#include "host/exchange/format.h"
#include "host/exchange/layout.h"
#include "host/exchange/reader.h"

#include "host/base/tensor_type.h"
#include <stdio.h>
#include <string.h>

#define PARAMS "params/" /* the collection of what is trained */
#define KERNEL_IN_JSON "/kernel\""

static bool name_of(const clonal_graph *graph, const clonal__network_layer *layer, unsigned part,
                    char room[CLONAL__FOREIGN_NAME_ROOM])
{
    (void)graph;
    const bool linear = strcmp(layer->operation->name, "linear") == 0;
    if (!linear && strcmp(layer->operation->name, "layer_norm") != 0) return false;
    snprintf(room, CLONAL__FOREIGN_NAME_ROOM, PARAMS "%s_%zu/%s", linear ? "Dense" : "LayerNorm", layer->number,
             part     ? "bias"
             : linear ? "kernel"
                      : "scale");
    return true;
}

static const clonal__layout layout = {"Flax", true, name_of};

static bool is_trained(const clonal__tensor *tensor)
{
    return strncmp(tensor->name, PARAMS, strlen(PARAMS)) == 0;
}

/* "params/Dense_0/kernel" becomes "Dense_0.weight". */
static clonal_status rename_tensor(clonal__network *network, size_t index)
{
    const clonal__tensor *tensor = &network->tensors[index];
    const char *name = tensor->name, *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    char room[CLONAL__MOST_NAME_BYTES + 8];
    const bool kernel = strcmp(last, "kernel") == 0;
    if (kernel && tensor->rank == 2) CLONAL__TRY(clonal__network_transpose(network, index));
    if (kernel || strcmp(last, "scale") == 0) last = "weight";
    while (slash && strncmp(name, PARAMS, strlen(PARAMS)) == 0 && name + strlen(PARAMS) <= slash)
        name += strlen(PARAMS);
    const int layer = slash ? (int)(slash - name) : 0;
    if (snprintf(room, sizeof room, "%.*s%s%s", layer, name, slash ? "." : "", last) >= (int)sizeof room)
        return clonal__fail(CLONAL_E_FORMAT, "a name of %zu bytes is longer than Clonal takes", strlen(name));
    return clonal__network_rename(network, index, room);
}

/* Makes tensors of Flax's what Clonal takes. With a state of training (optimizer, statistics) only the parameters. */
static clonal_status from_flax(const char *path, clonal__network *network)
{
    if (network->graph) return clonal__layout_from(&layout, path, network);
    bool trained = false;
    for (size_t i = 0; i < network->count && !trained; i++) trained = is_trained(&network->tensors[i]);
    if (trained) clonal__network_keep(network, is_trained);
    for (size_t i = 0; i < network->count; i++)
        if (rename_tensor(network, i) != CLONAL_OK) return clonal__fail_context("%s", path);
    return CLONAL_OK;
}

/* A network's tensors from those of a safetensors file, whose graph, if it names one, is the network's. */
static clonal_status take_file(const char *path, const clonal__safetensors *file, clonal__network *network)
{
    const char *text = clonal__safetensors_metadata(file, CLONAL__METADATA_GRAPH);
    if (text && clonal_graph_parse(text, &network->graph) != CLONAL_OK) return clonal__fail_context("%s", path);
    for (size_t i = 0; i < file->tensor_count; i++) {
        const clonal__tensor *tensor = &file->tensors[i];
        float *values;
        if (!file->types[i]->floats) continue;
        if (!tensor->values)
            return clonal__fail(CLONAL_E_FORMAT, "%s: the tensor \"%.200s\" is of type %s, which Clonal does not read",
                                path, tensor->name, file->types[i]->name);
        CLONAL__TRY(clonal__network_add(network, tensor->name, tensor->rank, tensor->shape, &values));
        memcpy(values, tensor->values, clonal__tensor_elements(tensor) * sizeof *values);
    }
    return from_flax(path, network);
}

static clonal_status read_safetensors(const char *path, clonal__safetensors **file)
{
    clonal__safetensors *flax;
    clonal__network network = {0};
    *file = NULL;
    CLONAL__TRY(clonal__safetensors_read(path, &flax));
    clonal_status status = take_file(path, flax, &network);
    clonal__safetensors_destroy(flax);
    return clonal__layout_finish(status, &network, file);
}

static clonal_status read_msgpack(const char *path, clonal__safetensors **file)
{
    clonal__network network = {0};
    clonal_status status = clonal__flax_msgpack_read(path, &network);
    if (status == CLONAL_OK) status = from_flax(path, &network);
    return clonal__layout_finish(status, &network, file);
}

static clonal_status write_safetensors(const char *path, const clonal__network *network, char digest[72])
{
    clonal__network flax = {0};
    char *graph = NULL, hex[65];
    clonal_status status = clonal__layout_to(&layout, network, &flax);
    if (status == CLONAL_OK) status = clonal_graph_print(network->graph, &graph);
    if (status == CLONAL_OK) {
        const clonal__metadata metadata[] = {{"format", "flax"}, {CLONAL__METADATA_GRAPH, graph}};
        status = clonal__safetensors_write(path, flax.count, flax.tensors, 2, metadata, hex);
    }
    if (status == CLONAL_OK && digest) snprintf(digest, 72, "sha256:%s", hex);
    clonal__free(graph);
    clonal__network_free(&flax);
    return status;
}

static clonal_status write_msgpack(const char *path, const clonal__network *network, char digest[72])
{
    clonal__network flax = {0};
    clonal_status status = clonal__layout_to(&layout, network, &flax);
    if (status == CLONAL_OK)
        status = clonal__flax_msgpack_write(path, flax.count, flax.tensors, CLONAL__FLAX_CHUNK_BYTES, digest);
    clonal__network_free(&flax);
    return status;
}

static bool contains(const uint8_t *bytes, size_t count, const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i + length <= count; i++)
        if (memcmp(bytes + i, text, length) == 0) return true;
    return false;
}

/* A header of safetensors in which a kernel is named, however far behind its metadata. */
static bool recognise_safetensors(const char *path, const uint8_t *head, size_t count)
{
    const size_t overlap = strlen(KERNEL_IN_JSON);
    uint8_t bytes[CLONAL__RECOGNISED_BYTES];
    uint64_t length = 0, done = count;
    if (count <= 8 || head[8] != '{') return false;
    for (int i = 0; i < 8; i++) length |= (uint64_t)head[i] << (8 * i);
    if (length > CLONAL__SAFETENSORS_MAX_HEADER_BYTES) return false;
    if (contains(head, count < 8 + length ? count : 8 + (size_t)length, KERNEL_IN_JSON)) return true;
    FILE *stream = done < 8 + length ? fopen(path, "rb") : NULL;
    bool found = false;
    while (stream && !found && done < 8 + length && fseeko(stream, (off_t)(done - overlap), SEEK_SET) == 0) {
        const uint64_t left = 8 + length - (done - overlap);
        const size_t n = fread(bytes, 1, left < sizeof bytes ? (size_t)left : sizeof bytes, stream);
        if (n <= overlap) break;
        found = contains(bytes, n, KERNEL_IN_JSON);
        done += n - overlap;
    }
    if (stream) fclose(stream);
    return found;
}

/* A map, and a text as the first key. */
static bool recognise_msgpack(const char *path, const uint8_t *head, size_t count)
{
    (void)path;
    const size_t key = head[0] == 0xde ? 3 : head[0] == 0xdf ? 5 : 1;
    if (count <= key || ((head[0] & 0xf0) != 0x80 && key == 1)) return false;
    return (head[key] & 0xe0) == 0xa0 || (head[key] >= 0xd9 && head[key] <= 0xdb);
}

const clonal__exchange_format clonal__exchange_format_flax = {
    .about = {.name = "flax", .suffix = ".flax.safetensors", .words = "Flax's names in safetensors"},
    .recognise = recognise_safetensors,
    .renames = true,
    .read = read_safetensors,
    .write = write_safetensors};

const clonal__exchange_format clonal__exchange_format_msgpack = {
    .about = {.name = "msgpack", .suffix = ".msgpack", .words = "Flax's to_bytes, without the graph"},
    .recognise = recognise_msgpack,
    .renames = true,
    .read = read_msgpack,
    .write = write_msgpack};
