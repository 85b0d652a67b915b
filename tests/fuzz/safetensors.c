/* safetensors.c: a safetensors file; one that is taken is written, and read again as the same. */
#include "tests/fuzz/fuzz.h"

#include "host/base/memory.h"
#include "host/base/safetensors.h"
#include "host/base/tensor_type.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool same_number(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

static void check_same(const clonal__tensor *a, const clonal__tensor *b)
{
    FUZZ_CHECK(strcmp(a->name, b->name) == 0 && a->rank == b->rank);
    FUZZ_CHECK(memcmp(a->shape, b->shape, a->rank * sizeof *a->shape) == 0);
    for (size_t i = clonal__tensor_elements(a); i-- > 0;) FUZZ_CHECK(same_number(a->values[i], b->values[i]));
}

static void write_and_read(const clonal__safetensors *file, size_t count, const clonal__tensor *tensors)
{
    char path[4200];
    clonal__safetensors *again;
    snprintf(path, sizeof path, "%s", fuzz_path("again"));
    clonal_status status = clonal__safetensors_write(path, count, tensors, file->metadata_count, file->metadata, NULL);
    if (status != CLONAL_OK) { /* a header of more than it writes */
        fuzz_failed(status, CLONAL_E_ARGUMENT);
        return;
    }
    FUZZ_CHECK(clonal__safetensors_read(path, &again) == CLONAL_OK);
    FUZZ_CHECK(again->tensor_count == count && again->metadata_count == file->metadata_count);
    for (size_t i = 0; i < count; i++) check_same(&tensors[i], &again->tensors[i]);
    for (size_t i = 0; i < file->metadata_count; i++)
        FUZZ_CHECK(strcmp(file->metadata[i].key, again->metadata[i].key) == 0 &&
                   strcmp(file->metadata[i].value, again->metadata[i].value) == 0);
    clonal__safetensors_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal__safetensors *file;
    clonal__tensor *floats;
    size_t count = 0;
    const clonal_status status = clonal__safetensors_read(fuzz_file("file", data, size), &file);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_FORMAT);
        FUZZ_CHECK(!file);
        return 0;
    }
    FUZZ_CHECK(clonal__calloc(file->tensor_count, sizeof *floats, &floats) == CLONAL_OK);
    for (size_t i = 0; i < file->tensor_count; i++) {
        FUZZ_CHECK(clonal__safetensors_tensor(file, file->tensors[i].name) == &file->tensors[i]);
        FUZZ_CHECK((file->tensors[i].values != NULL) == (file->types[i]->decode != NULL));
        if (file->tensors[i].values) floats[count++] = file->tensors[i];
    }
    write_and_read(file, count, floats);
    clonal__free(floats);
    clonal__safetensors_destroy(file);
    return 0;
}
