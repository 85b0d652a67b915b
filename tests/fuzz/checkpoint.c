/* checkpoint.c: a checkpoint, as it comes and with the digest that its content has: no mutation hits upon that, and
 * behind it nothing else would be reached. */
#include "tests/fuzz/fuzz.h"

#include "host/base/digest.h"
#include "host/base/encode.h"
#include "host/run/checkpoint.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The digest by the words of checkpoint.h and checkpoint.c, once more. */
static void digest_of(const clonal__safetensors *file, char hex[65])
{
    clonal__digest *sum;
    FUZZ_CHECK(clonal__digest_create(&sum) == CLONAL_OK);
    for (size_t i = 0; i < file->metadata_count; i++) {
        const clonal__metadata *m = &file->metadata[i];
        if (strcmp(m->key, "sha256") == 0) continue;
        clonal__digest_update(sum, m->key, strlen(m->key) + 1);
        clonal__digest_update(sum, m->value, strlen(m->value) + 1);
    }
    for (size_t i = 0; i < file->tensor_count; i++) {
        const clonal__tensor *t = &file->tensors[i];
        const uint32_t rank = (uint32_t)t->rank;
        clonal__digest_update(sum, t->name, strlen(t->name) + 1);
        clonal__digest_u32(sum, &rank, 1);
        clonal__digest_u32(sum, t->shape, rank);
        if (t->values) clonal__digest_f32(sum, t->values, clonal__tensor_elements(t));
    }
    FUZZ_CHECK(clonal__digest_finish(sum, hex) == CLONAL_OK);
    clonal__digest_destroy(sum);
}

static char *find(char *bytes, size_t size, const char *word, size_t length)
{
    for (size_t at = 0; at + length <= size; at++)
        if (memcmp(bytes + at, word, length) == 0) return bytes + at;
    return NULL;
}

/* Puts the right digest in the place of the one that the bytes have, if they are a safetensors file that has one. */
static void mend(char *bytes, size_t size)
{
    clonal__safetensors *file;
    char hex[65];
    if (clonal__safetensors_read(fuzz_path("file"), &file) != CLONAL_OK) return;
    const char *stored = clonal__safetensors_metadata(file, "sha256");
    if (stored && strlen(stored) == 64) {
        char *place = find(bytes, size, stored, 64);
        digest_of(file, hex);
        if (place) memcpy(place, hex, 64);
    }
    clonal__safetensors_destroy(file);
}

static void check(const clonal__checkpoint *c)
{
    FUZZ_CHECK(c->graph && c->settings && c->state_count <= CLONAL__MOST_CHECKPOINT_STATES);
    for (size_t s = 0; s < c->state_count; s++) FUZZ_CHECK(c->state_names[s][0]);
    for (size_t i = 0; i < c->count * (1 + c->state_count); i++) {
        const float *values = i < c->count ? c->parameters[i].values : c->states[i - c->count];
        float sum = 0;
        for (size_t k = clonal__tensor_elements(&c->parameters[i % c->count]); k-- > 0;) sum += values[k];
        FUZZ_CHECK(sum == sum || sum != sum); /* all of them can be read */
    }
}

static void read_one(const char *path)
{
    clonal__checkpoint *read, *again;
    char written[4200];
    const clonal_status status = clonal__checkpoint_read(path, &read);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_FORMAT);
        FUZZ_CHECK(!read);
        return;
    }
    check(read);
    snprintf(written, sizeof written, "%s", fuzz_path("again"));
    FUZZ_CHECK(clonal__checkpoint_write(written, read) == CLONAL_OK);
    FUZZ_CHECK(clonal__checkpoint_read(written, &again) == CLONAL_OK);
    FUZZ_CHECK(again->seed == read->seed && again->step == read->step && again->epoch == read->epoch);
    FUZZ_CHECK(again->count == read->count && again->state_count == read->state_count);
    clonal__checkpoint_destroy(again);
    clonal__checkpoint_destroy(read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = fuzz_text(data, size);
    read_one(fuzz_file("file", data, size));
    mend(bytes, size);
    read_one(fuzz_file("file", bytes, size));
    free(bytes);
    return 0;
}
