/* idx.c: an IDX file, plain or gzipped, as samples and as labels. */
#include "tests/fuzz/fuzz.h"

#include "host/base/memory.h"
#include "host/data/idx.h"

static void check(const clonal__idx *idx, size_t least, size_t most)
{
    uint64_t count = 1;
    FUZZ_CHECK(idx->rank >= least && idx->rank <= most && idx->values);
    for (size_t i = 0; i < idx->rank; i++) count *= idx->shape[i];
    FUZZ_CHECK(count == idx->count && count > 0 && idx->bytes % count == 0);
}

static void read_as(const char *path, size_t least, size_t most)
{
    clonal__idx idx;
    float *values;
    uint32_t *labels;
    clonal_status status = clonal__idx_read(path, least, most, &idx);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_FORMAT);
        FUZZ_CHECK(!idx.values && !idx.count);
        return;
    }
    check(&idx, least, most);
    FUZZ_CHECK(clonal__idx_floats(&idx, &values) == CLONAL_OK);
    clonal__free(values);
    status = clonal__idx_labels(&idx, path, &labels);
    if (status != CLONAL_OK) fuzz_failed(status, CLONAL_E_FORMAT);
    FUZZ_CHECK((labels != NULL) == (status == CLONAL_OK));
    clonal__free(labels);
    clonal__free(idx.values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("data", data, size);
    read_as(path, 1, 1);
    read_as(path, 2, CLONAL__IDX_MAX_RANK);
    return 0;
}
