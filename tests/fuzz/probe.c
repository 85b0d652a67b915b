/* probe.c: the file in which a probe's result is kept. What writes it is private to probe.c, since all else there needs
 * a device: so that file is part of this one. */
#include "tests/fuzz/fuzz.h"

#include "host/runtime/probe.c" /* NOLINT */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static clonal_context context = {.info = {.platform = "none", .name = "none", .driver = "1"}};
    clonal_probe again;
    char path[CLONAL__CACHE_PATH_ROOM];
    if (!recall(fuzz_file("probe", data, size), &context.probe)) return 0;
    /* Nothing that breaks the contract is believed, and what is believed is remembered as it was. */
    FUZZ_CHECK(context.probe.contract && context.probe.failed[0] == '\0');
    snprintf(path, sizeof path, "%s", fuzz_path("again"));
    remember(&context, path);
    FUZZ_CHECK(recall(path, &again) && memcmp(&context.probe, &again, sizeof again) == 0);
    return 0;
}
