/* metrics.c: a metrics.csv; one that is taken is written and read again. */
#include "tests/fuzz/fuzz.h"

#include "host/base/memory.h"
#include "host/run/metrics.h"
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal_epoch_metrics *rows, *again;
    size_t count, count_again;
    char path[4200];
    const clonal_status status = clonal__metrics_read(fuzz_file("metrics.csv", data, size), &rows, &count);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_FORMAT);
        FUZZ_CHECK(!rows && !count);
        return 0;
    }
    snprintf(path, sizeof path, "%s", fuzz_path("again"));
    FUZZ_CHECK(clonal__metrics_write(path, count, rows) == CLONAL_OK);
    FUZZ_CHECK(clonal__metrics_read(path, &again, &count_again) == CLONAL_OK);
    FUZZ_CHECK(count == count_again);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(rows[i].epoch == again[i].epoch && rows[i].epoch > (i ? rows[i - 1].epoch : 0));
        FUZZ_CHECK((rows[i].train_loss != rows[i].train_loss) == (again[i].train_loss != again[i].train_loss));
    }
    clonal__free(rows);
    clonal__free(again);
    return 0;
}
