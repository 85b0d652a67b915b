/* A full disk, and memory that runs out: what fails leaves nothing half-written.
 * ctest: PLATFORMS pocl rusticl intel LONG_ON rusticl intel */
#include "train_test.h"

#include "host/base/file.h"
#include <clonal/profile.h>
#include <signal.h>

/* Whether the failure that was asked for never came: then it waits for the next allocations. */
static bool failure_is_pending(unsigned long most)
{
    bool pending = false;
    for (unsigned long i = 0; i < most && !pending; i++) {
        char *memory;
        pending = clonal__calloc(1, 1, &memory) != CLONAL_OK;
        clonal__free(memory);
    }
    clonal__memory_fail_after(0);
    return pending;
}

/* Runs that cannot write a byte, in a folder that is there and in folders that are not. */
static void check_starts_that_fail(clonal_run_settings *s)
{
    const char *out = s->out;
    const char *const others[] = {in_folder("empty"), in_folder("new/and/deep//er"), in_folder("new/again/")};
    assert_int_equal(mkdir(others[0], 0777), 0);
    for (size_t i = 0; i < 6; i++) {
        s->out = others[i % 3];
        s->record = i >= 3;
        assert_int_equal(clonal_run_train(device(), s, NULL, NULL), CLONAL_E_IO);
    }
    s->out = out;
    s->record = false;
}

/* A device that is full: files may grow to no more than some bytes. Sooner or later a write fails; room made again, the
 * run goes on. */
static void full_disk(void **state)
{
    static const rlim_t limits[] = {0, 100, 1500, 4000};
    struct rlimit usual, limit;
    char whole[72], path[5000], manifest[5100];
    clonal_run_settings s = settings_of(in_folder("whole"), 5);
    (void)state;
    strcpy(whole, finished(&s).digest);
    getrlimit(RLIMIT_FSIZE, &usual);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        clonal_run_result result;
        snprintf(path, sizeof path, "%s/full-%zu", test_folder, i);
        s = settings_of(path, 5);
        limit = (struct rlimit){limits[i], usual.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        if (limits[i] == 0) check_starts_that_fail(&s);
        clonal_status status = clonal_run_train(device(), &s, NULL, &result);
        char message[512];
        snprintf(message, sizeof message, "%s", clonal_last_error()->message);
        setrlimit(RLIMIT_FSIZE, &usual);
        if (status != CLONAL_E_IO || !strstr(message, path))
            fail_msg("with %d bytes: %s (%s)", (int)limits[i], clonal_status_name(status), message);
        assert_nothing_half_written(path);
        if (limits[i] == 0) { /* not even run.json: nothing is there */
            assert_false(clonal__is_folder(path) || clonal__is_folder(in_folder("new")));
            assert_true(clonal__is_folder(in_folder("empty")));
            assert_int_equal(rmdir(in_folder("empty")), 0);
        }
        snprintf(manifest, sizeof manifest, "%s/run.json", path);
        s.resume = clonal__file_exists(manifest);
        assert_string_equal(finished(&s).digest, whole);
    }
    signal(SIGXFSZ, handler);
}

/* A context, a run of an epoch and an evaluation, with every allocation failing in turn: out of memory, or, where it
 * was for a cache, none the wiser. What is not freed shows in the sanitizers and in the leak checker. */
static void every_allocation_fails(void **state)
{
    char whole[72], path[5000];
    clonal_run_settings s = settings_of(in_folder("whole"), 5);
    unsigned long n, survived = 0, stride = device_is_slow() ? 17 : 3;
    (void)state;
    s.epochs = 1;
    s.perceptron.hidden_count = 1;
    strcpy(whole, finished(&s).digest);
    for (n = 1; n < 100000; n += stride) {
        clonal_context *context;
        clonal_run_result result = {0};
        snprintf(path, sizeof path, "%s/without-%lu", test_folder, n);
        s.out = path;
        clonal__memory_fail_after(n);
        clonal_status status = clonal_context_create(NULL, &context);
        if (status == CLONAL_OK) status = clonal_run_train(context, &s, NULL, &result);
        bool pending = failure_is_pending(n + 1);
        clonal_context_destroy(context);
        if (status != CLONAL_OK && status != CLONAL_E_MEMORY)
            fail_msg("allocation %lu: %s (%s)", n, clonal_status_name(status), clonal_last_error()->message);
        if (status == CLONAL_OK) assert_string_equal(result.digest, whole);
        survived += status == CLONAL_OK;
        assert_nothing_half_written(path);
        if (pending) break;
    }
    printf("allocations: %lu; %lu survived\n", n, survived);
    assert_true(n > 100 && survived < n / stride / 2);
}

/* A profile that fails as it begins, also while the device is measured, can be begun again. Mesa's rusticl keeps no
 * times, so that none begins there. */
static void profile_not_begun(void **state)
{
    const char *platform = getenv("CLONAL_TEST_PLATFORM");
    unsigned failures = 0;
    (void)state;
    if (platform && !strcmp(platform, "rusticl")) skip();
    for (unsigned long n = 1; n < 40 && failures < 4; n += 5) {
        clonal_context *context;
        assert_ok(clonal_context_create(NULL, &context));
        clonal__memory_fail_after(n);
        const clonal_status status = clonal_profile_start(context, 5);
        clonal__memory_fail_after(0);
        if (status != CLONAL_OK) { /* else what failed was a cache, or a span */
            failures++;
            assert_int_equal(status, CLONAL_E_MEMORY);
            assert_fails(clonal_profile_write(context, in_folder("trace")), CLONAL_E_ARGUMENT, "is not profiled");
        }
        printf("profile: allocation %lu: %s\n", n, clonal_status_name(status));
        clonal_context_destroy(context);
    }
    assert_int_equal(failures, 4); /* the first is not of measuring */
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(full_disk), TRAIN_TEST(every_allocation_fails),
                                       TRAIN_TEST(profile_not_begun)};
    return DEVICE_TEST_MAIN(tests);
}
