/* npz.c: an archive of NumPy's: which of its members are a split's arrays, and these. */
#include "tests/fuzz/fuzz.h"

#include "host/base/memory.h"
#include "host/data/npz.h"

static void read_one(const clonal__npz *npz, const char *split, const char *kind)
{
    char name[256];
    clonal__npy npy;
    const clonal_status status = clonal__npz_read(npz, split, kind, name, sizeof name, &npy);
    if (status != CLONAL_OK) fuzz_failed(status, CLONAL_E_IO);
    FUZZ_CHECK((npy.values != NULL) == (status == CLONAL_OK) && (npy.count > 0) == (status == CLONAL_OK));
    clonal__free(npy.values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal__npz *npz;
    const clonal_status status = clonal__npz_open_bytes("archive", data, size, &npz);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_IO);
        FUZZ_CHECK(!npz);
        return 0;
    }
    for (int i = 0; i < 4; i++) read_one(npz, i & 1 ? "train" : "t10k", i & 2 ? "images" : "labels");
    clonal__npz_close(npz);
    return 0;
}
