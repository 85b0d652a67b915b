/* flax_msgpack.c: a tree of Flax's; one that is taken is written, and read again as the same. */
#include "tests/fuzz/_network.h"

#include "host/exchange/flax_msgpack.h"

/* Whole, and in chunks of four elements. Names that make no tree in this order are refused. */
static void write_and_read(const clonal__network *network, size_t chunk_bytes)
{
    clonal__network again = {0};
    const char *path = fuzz_path("again");
    const clonal_status status = clonal__flax_msgpack_write(path, network->count, network->tensors, chunk_bytes, NULL);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_ARGUMENT);
        return;
    }
    FUZZ_CHECK(clonal__flax_msgpack_read(path, &again) == CLONAL_OK);
    fuzz_same_network(network, &again);
    clonal__network_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal__network network = {0};
    const clonal_status status = clonal__flax_msgpack_read(fuzz_file("file", data, size), &network);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_FORMAT);
    } else {
        write_and_read(&network, CLONAL__FLAX_CHUNK_BYTES);
        write_and_read(&network, 16);
    }
    clonal__network_free(&network);
    return 0;
}
