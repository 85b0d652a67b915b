/* mxnet_list.c: a list of arrays of MXNet's; one that is taken is written, and read again as the same. */
#include "tests/fuzz/_network.h"

#include "host/exchange/mxnet_list.h"

/* An array without dimensions stands for none where it is written, since Clonal writes MXNet's own sense of shapes. */
static bool all_have_dimensions(const clonal__network *network)
{
    for (size_t i = 0; i < network->count; i++)
        if (network->tensors[i].rank == 0) return false;
    return true;
}

static void write_and_read(const clonal__network *network)
{
    clonal__network again = {0};
    const char *path = fuzz_path("again");
    FUZZ_CHECK(clonal__mxnet_list_write(path, network->count, network->tensors, NULL) == CLONAL_OK);
    FUZZ_CHECK(clonal__mxnet_list_read(path, &again) == CLONAL_OK);
    fuzz_same_network(network, &again);
    clonal__network_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal__network network = {0};
    const clonal_status status = clonal__mxnet_list_read(fuzz_file("file", data, size), &network);
    if (status != CLONAL_OK)
        fuzz_failed(status, CLONAL_E_FORMAT);
    else if (all_have_dimensions(&network))
        write_and_read(&network);
    clonal__network_free(&network);
    return 0;
}
