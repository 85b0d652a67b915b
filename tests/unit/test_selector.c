/* test_selector.c: selectors against a machine made up for it, and what is said where there is no device. */
#include "host/runtime/devices.h"
#include "tests/unit/files.h"

#include "host/runtime/drivers.h"

static const clonal_device_info machine[] = {
    {.platform_index = 0,
     .device_index = 0,
     .selector = "0:0",
     .platform = "Portable Computing Language",
     .vendor = "GenuineIntel",
     .name = "pthread-skylake-avx512-Intel(R) Xeon(R)",
     .type = CLONAL_DEVICE_CPU,
     .compute_units = 64,
     .clock_mhz = 4000},
    {.platform_index = 1,
     .device_index = 0,
     .selector = "1:0",
     .platform = "Intel(R) OpenCL",
     .vendor = "Intel(R) Corporation",
     .name = "Intel(R) Xeon(R) Processor",
     .type = CLONAL_DEVICE_CPU,
     .compute_units = 64,
     .clock_mhz = 3900},
    {.platform_index = 2,
     .device_index = 0,
     .selector = "2:0",
     .platform = "Intel(R) OpenCL Graphics",
     .vendor = "Intel(R) Corporation",
     .name = "Intel(R) Arc(TM) A770 Graphics",
     .type = CLONAL_DEVICE_GPU,
     .compute_units = 512,
     .clock_mhz = 2400},
    {.platform_index = 3,
     .device_index = 0,
     .selector = "3:0",
     .platform = "NVIDIA CUDA",
     .vendor = "NVIDIA Corporation",
     .name = "NVIDIA GeForce RTX 4090",
     .type = CLONAL_DEVICE_GPU,
     .compute_units = 128,
     .clock_mhz = 2520},
    {.platform_index = 3,
     .device_index = 1,
     .selector = "3:1",
     .platform = "NVIDIA CUDA",
     .vendor = "NVIDIA Corporation",
     .name = "NVIDIA GeForce GTX 1080",
     .type = CLONAL_DEVICE_GPU,
     .compute_units = 20,
     .clock_mhz = 1733},
    {.platform_index = 4,
     .device_index = 0,
     .selector = "4:0",
     .platform = "FPGA",
     .vendor = "Some",
     .name = "Board",
     .type = CLONAL_DEVICE_ACCELERATOR,
     .compute_units = 1,
     .clock_mhz = 300},
};
enum { COUNT = sizeof machine / sizeof *machine };

static void assert_selects(const char *selector, size_t wanted)
{
    size_t index = 99;
    const char *shown = selector ? selector : "";
    if (clonal__select(machine, COUNT, selector, &index)) fail_msg("'%s': %s", shown, clonal_last_error()->message);
    if (index != wanted) fail_msg("'%s' selects %zu, not %zu", shown, index, wanted);
}

static void assert_refused(const char *selector, const char *says, const char *lists, const char *omits)
{
    size_t index;
    assert_int_equal(clonal__select(machine, COUNT, selector, &index), CLONAL_E_SELECTOR);
    const char *message = clonal_last_error()->message;
    if (!strstr(message, says) || !strstr(message, lists)) fail_msg("'%s': %s", selector, message);
    if (omits && strstr(message, omits)) fail_msg("'%s' need not list %s: %s", selector, omits, message);
}

static void test_best(void **state)
{
    (void)state;
    size_t index;
    assert_selects(NULL, 3);
    assert_selects("", 3);
    assert_int_equal(clonal__select(machine, 2, NULL, &index), CLONAL_OK);
    assert_int_equal(index, 0);
    const clonal_device_info few[] = {machine[0], machine[5]};
    assert_int_equal(clonal__select(few, 2, NULL, &index), CLONAL_OK);
    assert_int_equal(index, 1); /* an accelerator before a CPU */
    assert_int_equal(clonal__select(machine, 0, NULL, &index), CLONAL_E_NO_DEVICE);
    /* a laptop: what the processor has within, more units though they are, shares its memory */
    clonal_device_info within = machine[2], own = machine[4];
    within.unified_memory = true;
    within.compute_units = 20000;
    for (int order = 0; order < 2; order++) {
        const clonal_device_info laptop[] = {order ? own : within, order ? within : own};
        assert_int_equal(clonal__select(laptop, 2, NULL, &index), CLONAL_OK);
        assert_int_equal(index, 1 - order);
    }
}

static void test_indices(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) assert_selects(machine[i].selector, i);
    assert_selects("0", 0); /* among all devices */
    assert_selects("4", 4);
    assert_refused("9:0", "fits no device", "\n  3:1", NULL);
    assert_refused("3:2", "fits no device", "\n  3:1", NULL);
    assert_refused("99", "fits no device", "\n  0:0", NULL);
    assert_refused("77", "fits no device", "\n  0:0", NULL); /* two digits are an index, though a name has them */
    assert_refused("1:2:3", "more than two numbers", "", NULL);
}

static void test_names(void **state)
{
    (void)state;
    assert_selects("portable", 0);
    assert_selects("PORTABLE:0", 0);
    assert_selects("portable:cpu", 0);
    assert_selects("intel:gpu", 2);
    assert_selects("gpu:intel", 2);
    assert_selects("Arc", 2);
    assert_selects("nvidia:0", 3);
    assert_selects("nvidia:1", 4);
    assert_selects("gpu:1", 3);
    assert_selects("rtx", 3);
    assert_selects("4090", 3); /* no index here, so a piece of a name */
    assert_selects("nvidia:1080", 4);
    assert_selects("accelerator", 5);
    assert_selects("nvidia:3:1", 4);
    assert_selects("pocl", 0); /* what PoCL calls itself is long */
}

static void test_refusals(void **state)
{
    (void)state;
    assert_refused("amd", "fits no device; there is:", "\n  4:0   accelerator, Board (FPGA)", NULL);
    assert_refused("cpu", "fits several devices", "\n  1:0", "2:0");
    assert_refused("nvidia", "fits several devices", "\n  3:1", "0:0");
    assert_refused("nvidia:3:7", "fits no device", "\n  3:1", NULL);
    assert_refused("nvidia:cpu", "fits no device", "\n  3:1", NULL);
    assert_refused("intel:", "empty", "", NULL);
    assert_refused(":", "empty", "", NULL);
    assert_refused("a:b:c:d:e:f:g:h:i", "too many", "", NULL);
    char selector[400];
    memset(selector, 'x', sizeof selector - 1);
    selector[sizeof selector - 1] = 0;
    assert_refused(selector, "too long", "", NULL);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    size_t index;
    for (unsigned long n = 1; n <= 2; n++) {
        clonal__memory_fail_after(n);
        assert_int_equal(clonal__select(machine, COUNT, "intel", &index), CLONAL_E_MEMORY);
    }
    clonal__memory_fail_after(0);
}

/* The three ways to have nothing, by a folder of .icd files. The loader reads its folder once a process: hence the
 * examination alone. */
static void test_drivers(void **state)
{
    (void)state;
    clonal__drivers drivers;
    unsetenv("OCL_ICD_FILENAMES");
    setenv("OCL_ICD_VENDORS", test_folder, 1);
    assert_int_equal(clonal__drivers_examine(&drivers), CLONAL_OK);
    assert_true(drivers.found == 0 && drivers.failed == 0);
    assert_string_equal(drivers.place, test_folder);
    clonal__drivers_free(&drivers);

    put_file(in_folder("a.icd"), "/nonexistent/libdriver.so\n", 26);
    put_file(in_folder("b.icd"), "\n", 1);
    put_file(in_folder("c.icd"), "libm.so.6", 9);
    put_file(in_folder("notes.txt"), "x", 1);
    assert_int_equal(clonal__drivers_examine(&drivers), CLONAL_OK);
    assert_true(drivers.found == 3 && drivers.failed == 3);
    assert_non_null(strstr(drivers.broken.text, "a.icd names /nonexistent/libdriver.so: "));
    assert_non_null(strstr(drivers.broken.text, "cannot open shared object"));
    assert_non_null(strstr(drivers.broken.text, "b.icd names no library"));
    assert_non_null(strstr(drivers.broken.text, "no OpenCL driver"));
    assert_null(strstr(drivers.broken.text, "notes"));
    clonal__drivers_free(&drivers);

    for (unsigned long n = 1; n < 4; n++) {
        clonal__memory_fail_after(n);
        assert_true(clonal__drivers_examine(&drivers) == CLONAL_E_MEMORY || n > 1);
        clonal__memory_fail_after(0);
        clonal__drivers_free(&drivers);
    }
    setenv("OCL_ICD_VENDORS", in_folder("a.icd"), 1);
    assert_int_equal(clonal__drivers_examine(&drivers), CLONAL_OK);
    assert_true(drivers.found == 1 && drivers.failed == 1);
    clonal__drivers_free(&drivers);
    unsetenv("OCL_ICD_VENDORS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best),     cmocka_unit_test(test_indices),       cmocka_unit_test(test_names),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_out_of_memory), FILE_TEST(test_drivers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
