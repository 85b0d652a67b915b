/* selector.c: a device selector, on a machine made up for it. */
#include "tests/fuzz/fuzz.h"

#include "host/runtime/devices.h"
#include <stdlib.h>

static const clonal_device_info machine[] = {
    {.selector = "0:0",
     .platform = "Portable Computing Language",
     .vendor = "GenuineIntel",
     .name = "pthread-skylake-avx512-Intel(R) Xeon(R)",
     .type = CLONAL_DEVICE_CPU},
    {.platform_index = 1,
     .selector = "1:0",
     .platform = "Intel(R) OpenCL Graphics",
     .vendor = "Intel(R) Corporation",
     .name = "Intel(R) Arc(TM) A770 Graphics",
     .type = CLONAL_DEVICE_GPU},
    {.platform_index = 1,
     .device_index = 1,
     .selector = "1:1",
     .platform = "Intel(R) OpenCL Graphics",
     .vendor = "Intel(R) Corporation",
     .name = "",
     .type = CLONAL_DEVICE_ACCELERATOR},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    for (size_t count = 0; count <= 3; count++) {
        size_t index = 9;
        const clonal_status status = clonal__select(machine, count, text, &index);
        if (status != CLONAL_OK) fuzz_failed(status, count ? CLONAL_E_SELECTOR : CLONAL_E_NO_DEVICE);
        FUZZ_CHECK(status == CLONAL_OK ? index < count : index == 0);
    }
    free(text);
    return 0;
}
