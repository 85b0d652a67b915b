/* onnx.c: an ONNX file; one that is taken is written, and what was written is read as the same network and written as
 * the same file. */
#include "tests/fuzz/fuzz.h"

#include "host/base/file.h"
#include "host/base/memory.h"
#include "host/exchange/format.h"
#include "host/model/weights.h"
#include <stdio.h>
#include <string.h>

static void check_same(const clonal__tensor *a, const clonal__tensor *b)
{
    FUZZ_CHECK(strcmp(a->name, b->name) == 0 && a->rank == b->rank);
    FUZZ_CHECK(memcmp(a->shape, b->shape, a->rank * sizeof *a->shape) == 0);
    for (size_t i = clonal__tensor_elements(a); i-- > 0;)
        FUZZ_CHECK(memcmp(&a->values[i], &b->values[i], sizeof(float)) == 0 ||
                   (a->values[i] != a->values[i] && b->values[i] != b->values[i]));
}

static void check_network(const clonal__network *network)
{
    size_t count;
    clonal__parameter *parameters;
    FUZZ_CHECK(network->graph && clonal__graph_check(network->graph) == CLONAL_OK);
    FUZZ_CHECK(clonal__graph_parameters(network->graph, &count, &parameters) == CLONAL_OK);
    FUZZ_CHECK(count == network->count);
    for (size_t i = 0; i < count; i++) {
        const clonal__tensor *tensor = &network->tensors[i];
        FUZZ_CHECK(strcmp(tensor->name, parameters[i].name) == 0 && tensor->rank == parameters[i].rank);
        FUZZ_CHECK(memcmp(tensor->shape, parameters[i].shape, tensor->rank * sizeof *tensor->shape) == 0);
    }
    clonal__free(parameters);
}

static void write_and_read(const clonal__network *network)
{
    char path[4200], again[4200], digest[72], digest_again[72];
    clonal__network other;
    const clonal__exchange_format *onnx;
    FUZZ_CHECK(clonal__exchange_format_of("onnx", "", &onnx) == CLONAL_OK);
    snprintf(path, sizeof path, "%s", fuzz_path("written.onnx"));
    snprintf(again, sizeof again, "%s", fuzz_path("again.onnx"));
    const clonal_status status = onnx->write(path, network, digest);
    if (status != CLONAL_OK) { /* a dropout of all */
        fuzz_failed(status, CLONAL_E_ARGUMENT);
        return;
    }
    FUZZ_CHECK(clonal__weights_network(path, NULL, &other) == CLONAL_OK);
    check_network(&other);
    FUZZ_CHECK(other.count == network->count && other.has_seed == network->has_seed && other.seed == network->seed);
    for (size_t i = 0; i < other.count; i++) check_same(&network->tensors[i], &other.tensors[i]);
    FUZZ_CHECK(onnx->write(again, &other, digest_again) == CLONAL_OK);
    FUZZ_CHECK(strcmp(digest, digest_again) == 0);
    clonal__network_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal__network network;
    const clonal_status status = clonal__weights_network(fuzz_file("file.onnx", data, size), NULL, &network);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_SHAPE);
        FUZZ_CHECK(!network.graph && !network.count);
        return 0;
    }
    check_network(&network);
    write_and_read(&network);
    clonal__network_free(&network);
    return 0;
}
