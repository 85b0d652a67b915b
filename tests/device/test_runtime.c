/* test_runtime.c: contexts, buffers, launches; programs from source and from the disk's cache, whole or damaged; build
 * failures; the probe. ctest: PLATFORMS pocl rusticl intel oclgrind */
#include "device_test.h"
#include "tests/unit/files.h"

#include "host/base/file.h"
#include "host/runtime/launch.h"
#include "host/runtime/probe.h"
#include <sys/stat.h>

static char kernels[4096], cache[4096];

/* An own cache and an own folder of kernels for each test. */
static int own_folders(void **state)
{
    if (cache_setup(state)) return -1;
    snprintf(kernels, sizeof kernels, "%.4000s/kernels", test_folder);
    snprintf(cache, sizeof cache, "%.4000s/cache", test_folder);
    return mkdir(kernels, 0777);
}

static int usual_folders(void **state)
{
    unsetenv("CLONAL_KERNELS");
    return cache_teardown(state);
}

/* cl/<name>.cl of the test's own. */
static void put_kernel(const char *name, const char *text)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", kernels, name);
    put_file(path, text, strlen(text));
    setenv("CLONAL_KERNELS", kernels, 1);
}

/* Another context on the device under test, so that nothing is built yet. The probe runs on the embedded kernels. */
static clonal_context *fresh(void)
{
    clonal_context *context;
    char *folder = getenv("CLONAL_KERNELS") ? strdup(getenv("CLONAL_KERNELS")) : NULL;
    unsetenv("CLONAL_KERNELS");
    assert_ok(clonal_context_create(clonal_context_device(device())->selector, &context));
    if (folder) setenv("CLONAL_KERNELS", folder, 1);
    free(folder);
    return context;
}

/* out[i] = what the kernel `made` of program `made` writes for i = 0..63 */
static clonal_status run_made(clonal_context *context, const char *options, uint32_t out[64])
{
    clonal__launch launch = {.dimensions = 1, .global = {64}, .local = {16}};
    cl_mem buffer;
    memset(out, 0xee, 64 * 4);
    CLONAL__TRY(clonal__kernel_create(context, "made", options, "made", &launch.kernel));
    assert_ok(clonal__buffer_create(context, CL_MEM_READ_WRITE, 64 * 4, NULL, &buffer));
    assert_ok(CLONAL__SET_ARGS(launch.kernel, 0, CLONAL__MEM(buffer), CLONAL__U32(1000)));
    assert_ok(clonal__launch_enqueue(context, &launch));
    assert_ok(clonal__buffer_read(context, buffer, 0, 64 * 4, out));
    clonal__buffer_free(&buffer);
    clReleaseKernel(launch.kernel);
    return CLONAL_OK;
}

static const char good_kernel[] = "#include \"lib/half.cl\"\n"
                                  "#ifndef EXTRA\n#define EXTRA 0\n#endif\n"
                                  "kernel void made(global uint *out, uint n) { size_t i = get_global_id(0); out[i] = "
                                  "half_of(n) + (uint)i + EXTRA; }\n";

static void put_good_kernel(void)
{
    char folder[8192];
    snprintf(folder, sizeof folder, "%s/lib", kernels);
    mkdir(folder, 0777);
    put_kernel("lib/half.cl", "inline uint half_of(uint x);\ninline uint half_of(uint x) { return x / 2u; }\n");
    put_kernel("made.cl", good_kernel);
}

static void assert_made(const char *options, uint32_t first)
{
    uint32_t out[64];
    clonal_context *context = fresh();
    assert_ok(run_made(context, options, out));
    for (uint32_t i = 0; i < 64; i++) assert_int_equal(out[i], first + i);
    clonal_context_destroy(context);
}

/* The one program file in the cache that is of `made`, and how many there are. */
static size_t cached(char path[8192])
{
    char folder[4200];
    size_t count = 0;
    snprintf(folder, sizeof folder, "%s/clonal/programs", cache);
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (strncmp(entry->d_name, "made-", 5)) continue;
        snprintf(path, 8192, "%s/%s", folder, entry->d_name);
        count++;
    }
    if (entries) closedir(entries);
    return count;
}

static bool built;
static void hear_builds(clonal_log_level level, const char *message, void *user)
{
    (void)level, (void)user;
    if (strstr(message, "building made")) built = true;
}

static void test_program_cache(void **state)
{
    (void)state;
    char path[8192];
    put_good_kernel();
    clonal_set_log(hear_builds, NULL);
    built = false;
    assert_made(NULL, 500);
    assert_true(built);
    if (cached(path) == 0) skip(); /* PoCL's own cache serves there */
    assert_int_equal(cached(path), 1);
    built = false;
    assert_made(NULL, 500);
    assert_false(built); /* from the disk */
    assert_made("-DEXTRA=7", 507);
    assert_true(built);
    assert_int_equal(cached(path), 2);
    built = false;
    put_kernel("lib/half.cl", "inline uint half_of(uint x);\ninline uint half_of(uint x) { return x / 4u; }\n");
    assert_made(NULL, 250); /* an included file's change is seen */
    assert_true(built);
}

/* Drivers abort on some of these: none may reach one. */
static void test_damaged_binaries(void **state)
{
    (void)state;
    char path[8192];
    size_t count;
    put_good_kernel();
    assert_made(NULL, 500);
    if (cached(path) == 0) skip(); /* as above */
    uint8_t *whole = get_file(path, &count), *damaged = malloc(count + 1);
    assert_non_null(damaged);
    clonal_set_log(hear_builds, NULL);
    for (int kind = 0; kind < 9; kind++) {
        size_t length = count;
        memcpy(damaged, whole, count);
        damaged[count] = 0;
        switch (kind) {
        case 0:
            length = 0;
            break;
        case 1:
            length = count / 2;
            break;
        case 2:
            length = count - 1;
            break;
        case 3:
            length = count + 1;
            break;
        case 4:
            damaged[count / 2] ^= 1;
            break;
        case 5:
            damaged[count - 1] ^= 0x80;
            break;
        case 6:
            damaged[20] = damaged[20] == '0' ? '1' : '0';
            break; /* in the digest */
        case 7:
            length = 40;
            break; /* in the header */
        default:
            memset(damaged, '\n', count);
            break;
        }
        put_file(path, damaged, length);
        built = false;
        assert_made(NULL, 500);
        assert_true(built);
        free(damaged);
        damaged = get_file(path, &length); /* made whole again */
        assert_true(length > 100);
        damaged = realloc(damaged, count + 1);
        assert_non_null(damaged);
    }
    free(whole);
    free(damaged);
}

/* No cache, or one that cannot be written: slower, no failure. */
static void test_no_cache(void **state)
{
    (void)state;
    char path[8192];
    put_good_kernel();
    char *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
    put_file(in_folder("file"), "", 0);
    setenv("XDG_CACHE_HOME", in_folder("file"), 1);
    assert_made(NULL, 500);
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    assert_made(NULL, 500);
    if (home) setenv("HOME", home, 1);
    free(home);
    setenv("XDG_CACHE_HOME", cache, 1);
    assert_int_equal(cached(path), 0);
}

static void test_build_failure(void **state)
{
    (void)state;
    uint32_t out[64];
    clonal_context *context = fresh();
    put_kernel("made.cl", "kernel void made(global uint *out, uint n) { out[get_global_id(0)] = undeclared_thing; }\n");
    assert_fails(run_made(context, NULL, out), CLONAL_E_OPENCL, "program made does not build");
    const clonal_error *error = clonal_last_error();
    assert_string_equal(error->call, "clBuildProgram");
    assert_true(error->code < 0 && !strncmp(error->code_name, "CL_", 3));
    if (!strstr(error->build_log, "undeclared_thing")) fail_msg("the build log is \"%s\"", error->build_log);
    /* again: nothing of it was kept; and mended, it builds in the same context */
    assert_fails(run_made(context, NULL, out), CLONAL_E_OPENCL, "program made does not build");
    put_good_kernel();
    assert_ok(run_made(context, NULL, out));
    assert_int_equal(out[63], 563);

    cl_kernel kernel = (cl_kernel)&kernel;
    assert_fails(clonal__kernel_create(context, "made", NULL, "no_such_kernel", &kernel), CLONAL_E_OPENCL,
                 "no_such_kernel");
    assert_null(kernel);
    assert_fails(clonal__kernel_create(context, "no_such_program", NULL, "k", &kernel), CLONAL_E_IO,
                 "no_such_program.cl");
    put_kernel("made.cl", "#include \"made.cl\"\n");
    assert_fails(clonal__kernel_create(context, "made", "-DAGAIN", "made", &kernel), CLONAL_E_FORMAT,
                 "includes itself");
    unsetenv("CLONAL_KERNELS");
    assert_fails(clonal__kernel_create(context, "no_such_program", NULL, "k", &kernel), CLONAL_E_INTERNAL,
                 "no_such_program");
    clonal_context_destroy(context);
}

static void test_launch_errors(void **state)
{
    (void)state;
    clonal__launch launch = {.dimensions = 1, .global = {0}, .local = {64}};
    assert_ok(clonal__kernel_create(device(), "philox", NULL, "philox", &launch.kernel));
    assert_ok(clonal__launch_enqueue(device(), &launch)); /* nothing to do, arguments or not */
    assert_fails(clonal__set_args(launch.kernel, 99, 1, &CLONAL__U32(1)), CLONAL_E_OPENCL,
                 "argument 99 of kernel philox");
    assert_string_equal(clonal_last_error()->code_name, "CL_INVALID_ARG_INDEX");
    launch.local[0] = clonal_context_device(device())->max_group_size * 2;
    launch.global[0] = launch.local[0];
    guarded words = guarded_create(64, NULL);
    assert_ok(CLONAL__SET_ARGS(launch.kernel, 0, CLONAL__MEM(words.mem), CLONAL__U32(0), CLONAL__U32X4(0, 0, 0, 0),
                               CLONAL__U32X2(0, 0)));
    assert_fails(clonal__launch_enqueue(device(), &launch), CLONAL_E_OPENCL, "kernel philox");
    assert_string_equal(clonal_last_error()->call, "clEnqueueNDRangeKernel");
    guarded_free(&words);
    clReleaseKernel(launch.kernel);
}

static void test_buffers(void **state)
{
    (void)state;
    uint8_t from[1000], to[1000];
    cl_mem a, b, empty = NULL;
    for (int i = 0; i < 1000; i++) from[i] = (uint8_t)(i * 7);
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_WRITE, 1000, from, &a));
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_WRITE, 1000, NULL, &b));
    assert_ok(clonal__buffer_copy(device(), a, b, 1000));
    assert_ok(clonal__buffer_read(device(), b, 0, 1000, to));
    assert_memory_equal(from, to, 1000);
    assert_ok(clonal__buffer_zero(device(), b, 7));
    assert_ok(clonal__buffer_write(device(), b, 990, 10, from));
    assert_ok(clonal__buffer_read(device(), b, 5, 995, to));
    assert_true(to[0] == 0 && to[1] == 0);
    assert_memory_equal(to + 2, from + 7, 983);
    assert_memory_equal(to + 985, from, 10);
    assert_ok(clonal__buffer_zero(device(), a, 1000));
    assert_ok(clonal__buffer_read(device(), a, 0, 1000, to));
    for (int i = 0; i < 1000; i++) assert_int_equal(to[i], 0);
    clonal__buffer_free(&a);
    clonal__buffer_free(&b);
    assert_null(b);
    clonal__buffer_free(&b);
    /* nothing is legal everywhere */
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_WRITE, 0, from, &empty));
    assert_non_null(empty);
    assert_ok(clonal__buffer_zero(device(), empty, 0));
    assert_ok(clonal__buffer_write(device(), empty, 0, 0, NULL));
    assert_ok(clonal__buffer_read(device(), empty, 0, 0, NULL));
    assert_ok(clonal__buffer_copy(device(), empty, empty, 0));
    clonal__buffer_free(&empty);
    assert_fails(clonal__buffer_create(device(), CL_MEM_READ_WRITE, (size_t)1 << 60, NULL, &a), CLONAL_E_MEMORY,
                 "1152921504606846976 bytes");
    assert_null(a);
    assert_int_equal(clonal__round_up(0, 64), 0);
    assert_int_equal(clonal__round_up(65, 64), 128);
}

/* Whether the system was asked for huge pages behind an address: "hg" in VmFlags of its mapping. */
static bool is_advised(const void *address)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool here = false, advised = false;
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        unsigned long begin, end;
        if (sscanf(line, "%lx-%lx ", &begin, &end) == 2)
            here = (unsigned long)(uintptr_t)address >= begin && (unsigned long)(uintptr_t)address < end;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            advised = strstr(line, " hg") != NULL;
    }
    fclose(maps);
    return advised;
}

/* PoCL's and Intel's buffers on a CPU are the memory that they map. */
static void huge_pages_are_asked_for(void **state)
{
    enum { BYTES = 16 << 20 };
    const char *platform = clonal_context_device(device())->platform;
    cl_mem large, sparse;
    cl_int code;
    (void)state;
    if (access("/sys/kernel/mm/transparent_hugepage/enabled", R_OK) != 0) skip();
    if (!strstr(platform, "Portable Computing Language") && !strstr(platform, "Intel")) skip();
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_WRITE, BYTES, NULL, &large));
    assert_ok(clonal__buffer_create_sparse(device(), BYTES, &sparse));
    cl_mem buffers[] = {large, sparse};
    for (int i = 0; i < 2; i++) {
        char *memory =
            clEnqueueMapBuffer(device()->queue, buffers[i], CL_TRUE, CL_MAP_READ, 0, BYTES, 0, NULL, NULL, &code);
        assert_int_equal(code, CL_SUCCESS);
        assert_int_equal(is_advised(memory + BYTES / 2), i == 0);
        assert_int_equal(clEnqueueUnmapMemObject(device()->queue, buffers[i], memory, 0, NULL, NULL), CL_SUCCESS);
    }
    assert_ok(clonal_context_finish(device()));
    clonal__buffer_free(&large);
    clonal__buffer_free(&sparse);
}

/* Those that a CPU's memory holds in huge pages: what is in them, and what is not, is as in others. */
static void test_large_buffers(void **state)
{
    enum { BYTES = (9 << 20) + 3 };
    uint8_t *from = malloc(BYTES), *to = malloc(BYTES);
    cl_mem a, b;
    (void)state;
    assert_true(from && to);
    for (size_t i = 0; i < BYTES; i++) from[i] = (uint8_t)(i * 7 + (i >> 12));
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_ONLY, BYTES, from, &a));
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_WRITE, BYTES, NULL, &b));
    assert_ok(clonal__buffer_copy(device(), a, b, BYTES));
    assert_ok(clonal__buffer_write(device(), b, BYTES - 5, 5, from));
    assert_ok(clonal__buffer_read(device(), b, 0, BYTES, to));
    assert_memory_equal(to, from, BYTES - 5);
    assert_memory_equal(to + BYTES - 5, from, 5);
    clonal__buffer_free(&a);
    clonal__buffer_free(&b);
    free(from);
    free(to);
}

/* How many of the first `count` elements `made` wrote, which are 500 + i where it did. */
static size_t written(clonal_context *context, cl_mem buffer, size_t count)
{
    uint32_t *out = malloc(count * sizeof *out);
    size_t first = 0;
    assert_non_null(out);
    assert_ok(clonal__buffer_read(context, buffer, 0, count * sizeof *out, out));
    while (first < count && out[first] == 500 + first) first++;
    for (size_t i = first; i < count; i++) assert_int_equal(out[i], 0);
    free(out);
    return first;
}

/* One group of a launch; of one as wide as 2^16 as many as are no less wide. */
static void test_rehearsal(void **state)
{
    static const size_t sizes[] = {64, 192, 65472, 65536, 65600, 200000 / 64 * 64};
    (void)state;
    put_good_kernel();
    clonal_context *context = fresh();
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        const size_t size = sizes[n];
        clonal__launch_list list = {.context = context};
        cl_mem buffer;
        assert_ok(clonal__buffer_create(context, CL_MEM_READ_WRITE, size * 4, NULL, &buffer));
        assert_ok(clonal__buffer_zero(context, buffer, size * 4));
        const clonal__kernel_spec spec = {
            .program = "made", .kernel = "made", .dimensions = 1, .global = {size}, .local = {64}};
        assert_ok(CLONAL__LIST_KERNEL(&list, &spec, CLONAL__MEM(buffer), CLONAL__U32(1000)));
        assert_ok(clonal__list_rehearse(&list, NULL));
        assert_int_equal(written(context, buffer, size), size < 65535 ? 64 : 65536);
        assert_ok(clonal__list_run(&list, NULL));
        assert_int_equal(written(context, buffer, size), size);
        clonal__list_clear(&list);
        clonal__buffer_free(&buffer);
    }
    clonal_context_destroy(context);
}

/* Without work, and again. */
static void test_finish(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) assert_ok(clonal_context_finish(device()));
}

static void test_context(void **state)
{
    (void)state;
    clonal_context *context = (clonal_context *)&context;
    assert_int_equal(clonal_context_create("no such device", &context), CLONAL_E_SELECTOR);
    assert_non_null(strstr(clonal_last_error()->message, clonal_context_device(device())->name));
    assert_null(context);
    clonal_context_destroy(NULL);
    clonal_device_list_destroy(NULL);
    /* the environment's selector, and the parameter before it */
    setenv("CLONAL_DEVICE", "no such device", 1);
    assert_int_equal(clonal_context_create(NULL, &context), CLONAL_E_SELECTOR);
    assert_ok(clonal_context_create(clonal_context_device(device())->selector, &context));
    unsetenv("CLONAL_DEVICE");
    clonal_context_destroy(context);
    const clonal_device_info *info = clonal_context_device(device());
    assert_true(info->name[0] && info->platform[0] && info->version[0] && info->compute_units > 0);
    assert_true(info->global_memory_bytes > 0 && info->max_allocation_bytes > 0 && info->max_group_size > 0);
}

/* Each allocation on the way to a context fails once. */
static void test_out_of_memory(void **state)
{
    (void)state;
    unsigned long n = 1;
    for (; n < 300; n++) {
        clonal_context *context;
        clonal__memory_fail_after(n);
        clonal_status status = clonal_context_create(clonal_context_device(device())->selector, &context);
        clonal__memory_fail_after(0);
        if (status == CLONAL_OK) {
            clonal_context_destroy(context);
            if (n > 40) break; /* where a cache is lost, no more: later ones still fail */
            continue;
        }
        assert_null(context);
        assert_int_equal(status, CLONAL_E_MEMORY);
    }
    assert_true(n < 300);
}

static void test_probe(void **state)
{
    (void)state;
    clonal_context *first = fresh(), *second = fresh(); /* probed, remembered */
    const clonal_probe *p = clonal_context_probe(first);
    assert_memory_equal(p, clonal_context_probe(second), sizeof *p);
    if (!p->contract) fail_msg("the contract does not hold here: %s", p->failed);
    assert_string_equal(p->failed, "");
    assert_true(p->no_contraction && p->subnormals && p->rounding && p->mul_hi && p->conversions);
    assert_true(p->fma == CLONAL_FMA_BUILTIN  ? p->builtin_fma
                : p->fma == CLONAL_FMA_DOUBLE ? p->double_fma
                                              : p->integer_fma);
    clonal_context_destroy(first);
    clonal_context_destroy(second);
}

/* A remembered probe that is damaged, or does not hold any more, is asked again. */
static void test_probe_record(void **state)
{
    (void)state;
    char folder[4200], path[8192] = "";
    clonal_context *first = fresh();
    const clonal_fma_body right = clonal_context_probe(first)->fma;
    clonal_context_destroy(first);
    snprintf(folder, sizeof folder, "%s/clonal/probes", cache);
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));)
        if (entry->d_name[0] != '.') snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    closedir(entries);
    assert_true(path[0]);
    static const char *const damaged[] = {"",
                                          "clonal-probe",
                                          "clonal-probe 1 1 1 1 1 1 1 1 1 end\n",
                                          "clonal-probe 3 0 0 0 0 0 0 0 0 en",
                                          "clonal-probe 3 0 0 0 0 0 0 0 0 end\n",
                                          "clonal-probe 3 1 1 1 1 1 1 1 1 end\n", /* no device has all three bodies */
                                          "clonal-probe 3 0 0 1 1 0 0 1 0 end\n",
                                          "\xff\xff"};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        put_file(path, damaged[i], strlen(damaged[i]));
        clonal_context *context = fresh();
        const clonal_probe *p = clonal_context_probe(context);
        assert_true(p->contract && p->subnormals && p->rounding && p->conversions && p->fma == right);
        clonal_context_destroy(context);
    }
}

#define OWN(function) cmocka_unit_test_setup_teardown(function, own_folders, usual_folders)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OWN(test_program_cache),
        OWN(test_damaged_binaries),
        OWN(test_no_cache),
        OWN(test_build_failure),
        OWN(test_launch_errors),
        OWN(test_probe),
        OWN(test_probe_record),
        OWN(test_out_of_memory),
        cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_finish),
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_large_buffers),
        cmocka_unit_test(huge_pages_are_asked_for),
        OWN(test_rehearsal),
    };
    return DEVICE_TEST_MAIN(tests);
}
