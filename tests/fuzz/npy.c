/* npy.c: an array of NumPy's, as samples and as labels. */
#include "tests/fuzz/fuzz.h"

#include "host/base/memory.h"
#include "host/data/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal__npy npy;
    float *values;
    uint32_t *labels;
    uint64_t count = 1;
    clonal_status status = clonal__npy_read_bytes("array", data, size, &npy);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_FORMAT);
        FUZZ_CHECK(!npy.values && !npy.count);
        return 0;
    }
    FUZZ_CHECK(npy.rank >= 1 && npy.rank <= CLONAL__NPY_MAX_RANK && npy.values);
    for (size_t i = 0; i < npy.rank; i++) count *= npy.shape[i];
    FUZZ_CHECK(count == npy.count && count > 0 && count * npy.size <= size);
    FUZZ_CHECK(clonal__npy_floats(&npy, &values) == CLONAL_OK);
    clonal__free(values);
    if (npy.kind != 'f') {
        status = clonal__npy_labels(&npy, "array", &labels);
        if (status != CLONAL_OK) fuzz_failed(status, CLONAL_E_FORMAT);
        FUZZ_CHECK((labels != NULL) == (status == CLONAL_OK));
        clonal__free(labels);
    }
    clonal__free(npy.values);
    return 0;
}
