/* test_driver_cache.c: where drivers keep their kernels, by the environment; and whether a folder can be written. */
#include "host/runtime/driver_cache.h"
#include "tests/unit/files.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

static const char *const variables[] = {
    "POCL_CACHE_DIR",  "MESA_SHADER_CACHE_DIR", "NEO_CACHE_DIR",
    "CUDA_CACHE_PATH", "XDG_CACHE_HOME",        "AMD_COMGR_CACHE_DIR",
};

static void clear(void)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) unsetenv(variables[i]);
    setenv("HOME", "/home/u", 1);
}

static void check(const char *platform, const char *folder, const char *variable, bool chosen)
{
    clonal_driver_cache cache;
    clonal_device_info device = {0};
    snprintf(device.platform, sizeof device.platform, "%s", platform);
    memset(&cache, 0xa5, sizeof cache);
    assert_int_equal(clonal_driver_cache_find(&device, &cache), CLONAL_OK);
    assert_string_equal(cache.folder, folder);
    assert_string_equal(cache.variable, variable);
    assert_int_equal(cache.chosen, chosen);
}

/* As each driver's documentation says. */
static void folders(void **state)
{
    (void)state;
    clear();
    check("Portable Computing Language", "/home/u/.cache/pocl/kcache", "POCL_CACHE_DIR", false);
    check("rusticl", "/home/u/.cache/mesa_shader_cache", "MESA_SHADER_CACHE_DIR", false);
    check("NVIDIA CUDA", "/home/u/.nv/ComputeCache", "CUDA_CACHE_PATH", false);
    check("Intel(R) OpenCL Graphics", "/home/u/.cache/neo_compiler_cache", "NEO_CACHE_DIR", false);
    check("AMD Accelerated Parallel Processing", "/home/u/.cache/comgr", "AMD_COMGR_CACHE_DIR", false);
    check("Intel(R) OpenCL", "", "", false); /* the CPU runtime keeps nothing */
    check("", "", "", false);
    setenv("XDG_CACHE_HOME", "/x", 1);
    check("Portable Computing Language", "/x/pocl/kcache", "POCL_CACHE_DIR", false);
    check("rusticl", "/x/mesa_shader_cache", "MESA_SHADER_CACHE_DIR", false);
    check("NVIDIA CUDA", "/home/u/.nv/ComputeCache", "CUDA_CACHE_PATH", false);
    setenv("POCL_CACHE_DIR", "/p", 1);
    setenv("MESA_SHADER_CACHE_DIR", "/m", 1);
    check("Portable Computing Language", "/p", "POCL_CACHE_DIR", true);
    check("rusticl", "/m/mesa_shader_cache", "MESA_SHADER_CACHE_DIR", true);
    clear();
    unsetenv("HOME");
    check("Portable Computing Language", "", "POCL_CACHE_DIR", false);
}

/* A path that does not fit is not cut: what is removed by it would be another folder. */
static void long_path(void **state)
{
    static char path[1100];
    (void)state;
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    clear();
    setenv("POCL_CACHE_DIR", path, 1);
    check("Portable Computing Language", "", "POCL_CACHE_DIR", true);
    assert_int_equal(clonal__folder_try(path, 1), ENAMETOOLONG);
}

static void trials(void **state)
{
    struct rlimit usual, limit;
    (void)state;
    assert_int_equal(clonal__folder_try(test_folder, 100000), 0);
    assert_int_equal(clonal__folder_try(in_folder("not/yet/there"), 100000), 0);
    assert_int_equal(rmdir(test_folder), 0); /* it is empty still */
    assert_int_equal(mkdir(test_folder, 0777), 0);
    assert_int_not_equal(clonal__folder_try("/proc/self", 1), 0);
    /* No more than the process may write, and without a signal. */
    getrlimit(RLIMIT_FSIZE, &usual);
    limit = (struct rlimit){1000, usual.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(clonal__folder_try(test_folder, 1000), 0);
    assert_int_equal(clonal__folder_try(test_folder, 1001), EFBIG);
    setrlimit(RLIMIT_FSIZE, &usual);
}

/* The remark stands behind the message; code and call stay. */
static void blame(void **state)
{
    (void)state;
    clear();
    setenv("POCL_CACHE_DIR", "/proc/self", 1);
    clonal__fail_call(CLONAL_E_OPENCL, "clBuildProgram", -11, "CL_BUILD_PROGRAM_FAILURE", "its words", "it fails");
    clonal__driver_cache_blame("Portable Computing Language", true);
    const clonal_error *error = clonal_last_error();
    assert_ptr_equal(strstr(error->message, "it fails; the folder where the driver keeps compiled kernels, /proc/self, "
                                            "cannot be written: "),
                     error->message);
    assert_non_null(strstr(error->message, "name another by POCL_CACHE_DIR"));
    assert_int_equal(error->status, CLONAL_E_OPENCL);
    assert_int_equal(error->code, -11);
    assert_string_equal(error->build_log, "its words");
    /* Where all can be written there is nothing to say, but of files that may be damaged. */
    setenv("POCL_CACHE_DIR", test_folder, 1);
    clonal__fail(CLONAL_E_OPENCL, "it fails");
    clonal__driver_cache_blame("Portable Computing Language", false);
    assert_string_equal(clonal_last_error()->message, "it fails");
    clonal__driver_cache_blame("Intel(R) OpenCL", true);
    assert_string_equal(clonal_last_error()->message, "it fails");
    clonal__driver_cache_blame("Portable Computing Language", true);
    assert_non_null(strstr(clonal_last_error()->message, "may be damaged: remove what it keeps in "));
    assert_non_null(strstr(clonal_last_error()->message, test_folder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders),
        cmocka_unit_test(long_path),
        FILE_TEST(trials),
        FILE_TEST(blame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
