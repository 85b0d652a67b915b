/* safetensors.c: Clonal's own weights file, which is PyTorch's too: names, shapes and layout of an nn.Sequential's
 * state_dict (https://huggingface.co/docs/safetensors), and the graph among the metadata. */
#include "host/exchange/format.h"

#include <stdio.h>
#include <string.h>

clonal_status clonal__weights_write(const char *path, const char *graph, size_t count, const clonal__tensor *tensors,
                                    char digest[72])
{
    char hex[65], contract[16];
    snprintf(contract, sizeof contract, "%d", clonal_contract_version());
    const clonal__metadata metadata[] = {
        {"clonal.contract", contract}, {CLONAL__METADATA_GRAPH, graph}, {"format", "pt"}};
    CLONAL__TRY(clonal__safetensors_write(path, count, tensors, 3, metadata, hex));
    if (digest) snprintf(digest, 72, "sha256:%s", hex);
    return CLONAL_OK;
}

static clonal_status write(const char *path, const clonal__network *network, char digest[72])
{
    char *graph = NULL;
    CLONAL__TRY(clonal_graph_print(network->graph, &graph));
    const clonal_status status = clonal__weights_write(path, graph, network->count, network->tensors, digest);
    clonal__free(graph);
    return status;
}

/* Eight bytes of length, then the header, a JSON object. */
static bool recognise(const char *path, const uint8_t *head, size_t count)
{
    (void)path;
    return count > 8 && head[8] == '{';
}

const clonal__exchange_format clonal__exchange_format_safetensors = {
    .about = {.name = "safetensors", .suffix = ".safetensors", .words = "Clonal's weights file, and PyTorch's"},
    .recognise = recognise,
    .read = clonal__safetensors_read,
    .write = write};
