/* stats.c: a stats.csv that a run goes on with: what is kept of it is taken again whole, and kept byte for byte. */
#include "tests/fuzz/fuzz.h"

#include "host/base/file.h"
#include "host/base/memory.h"
#include "host/run/stats.h"
#include <stdio.h>
#include <string.h>

enum { EPOCHS_DONE = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal__stats stats = {0}, again = {0};
    char path[4200];
    const clonal_status status = clonal__stats_open(fuzz_file("stats.csv", data, size), EPOCHS_DONE, &stats);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_FORMAT);
        clonal__stats_free(&stats);
        return 0;
    }
    FUZZ_CHECK(!stats.any || stats.last <= EPOCHS_DONE);
    FUZZ_CHECK(size == 0 || (stats.text.length <= size && memcmp(stats.text.text, data, stats.text.length) == 0));
    snprintf(path, sizeof path, "%s", fuzz_path("again"));
    FUZZ_CHECK(clonal__file_write(path, stats.text.text, stats.text.length) == CLONAL_OK);
    FUZZ_CHECK(clonal__stats_open(path, EPOCHS_DONE, &again) == CLONAL_OK);
    FUZZ_CHECK(again.any == stats.any && again.last == stats.last && again.text.length == stats.text.length);
    clonal__stats_free(&stats);
    clonal__stats_free(&again);
    return 0;
}
