/* test_cache.c: the cache's folder as a program sets it, from any thread, and the visit of its files. */
#include "tests/unit/files.h"

#include "host/base/cache_folder.h"
#include <clonal/cache.h>
#include <pthread.h>
#include <sys/stat.h>

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SOUND "clonal-probe 3 1 0 0 1 1 1 1 1 end\ndevice Chip (Maker), driver 1\n"

static int teardown(void **state)
{
    assert_int_equal(clonal_cache_set_folder(NULL), CLONAL_OK);
    return folder_teardown(state);
}

#define CACHE_TEST(function) cmocka_unit_test_setup_teardown(function, folder_setup, teardown)

static void assert_folder(const char *expected)
{
    char *folder, room[4096];
    assert_int_equal(clonal_cache_folder(&folder), CLONAL_OK);
    assert_string_equal(folder, expected);
    clonal_free(folder);
    clonal__cache_folder(room, sizeof room);
    assert_string_equal(room, expected);
}

static void test_set_folder(void **state)
{
    (void)state;
    char real[8192], long_name[1200], small[4];
    setenv("XDG_CACHE_HOME", "/x", 1);
    assert_folder("/x/clonal");
    assert_int_equal(clonal_cache_set_folder(in_folder("a/b")), CLONAL_OK);
    assert_non_null(realpath(in_folder("a/b"), real));
    assert_folder(real);
    assert_int_equal(chdir(in_folder("a")), 0);
    assert_int_equal(clonal_cache_set_folder("../c"), CLONAL_OK); /* from here, wherever the process goes */
    assert_int_equal(chdir("/"), 0);
    assert_non_null(realpath(in_folder("c"), real));
    assert_folder(real);
    clonal__cache_folder(small, sizeof small);
    assert_string_equal(small, "");

    /* what fails leaves the folder as it was */
    put_file(in_folder("file"), "", 0);
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    for (size_t at = 200; at < sizeof long_name - 1; at += 200) long_name[at] = '/';
    assert_failure("empty", clonal_cache_set_folder(""), CLONAL_E_ARGUMENT, "is empty");
    assert_failure("a file", clonal_cache_set_folder(in_folder("file")), CLONAL_E_IO, "file");
    assert_failure("in a file", clonal_cache_set_folder(in_folder("file/a")), CLONAL_E_IO, "give a folder");
    assert_failure("long", clonal_cache_set_folder(in_folder(long_name)), CLONAL_E_ARGUMENT, "longer than 699 bytes");
    if (access("/proc/self", X_OK) == 0)
        assert_failure("proc", clonal_cache_set_folder("/proc/self"), CLONAL_E_IO, "/proc/self");
    assert_folder(real);
    for (unsigned long n = 1; n < 100; n++) {
        clonal__memory_fail_after(n);
        const clonal_status status = clonal_cache_set_folder(in_folder("d"));
        clonal__memory_fail_after(0);
        if (status == CLONAL_OK) break;
        assert_int_equal(status, CLONAL_E_MEMORY);
        assert_folder(real);
    }
    assert_non_null(realpath(in_folder("d"), real));
    assert_folder(real);
    assert_int_equal(clonal_cache_set_folder(NULL), CLONAL_OK);
    assert_folder("/x/clonal");
}

/* Sets and asks by turns: what is asked is always one of the two, whole. */
static void *set_and_ask(void *user)
{
    const char *const *folders = user;
    for (int i = 0; i < 300; i++) {
        char *folder;
        if (clonal_cache_set_folder(folders[i % 2]) != CLONAL_OK || clonal_cache_folder(&folder) != CLONAL_OK)
            return user;
        const bool whole = strcmp(folder, folders[0]) == 0 || strcmp(folder, folders[1]) == 0;
        clonal_free(folder);
        if (!whole) return user;
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    char first[8192], second[8192];
    const char *folders[] = {first, second};
    pthread_t threads[4];
    assert_int_equal(mkdir(in_folder("one"), 0777) | mkdir(in_folder("two"), 0777), 0);
    assert_non_null(realpath(in_folder("one"), first));
    assert_non_null(realpath(in_folder("two"), second));
    assert_int_equal(clonal_cache_set_folder(first), CLONAL_OK);
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, set_and_ask, folders), 0);
    for (size_t i = 0; i < 4; i++) {
        void *wrong;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
}

typedef struct visited {
    size_t count, damaged;
    clonal_cache_wish wish;
    char device[64];
} visited;

static clonal_cache_wish look(const clonal_cache_file *file, void *user)
{
    visited *v = user;
    v->count++;
    v->damaged += file->damage != NULL;
    snprintf(v->device, sizeof v->device, "%s", file->device);
    assert_int_equal(file->kind, CLONAL_CACHE_PROBE);
    assert_int_equal(file->bytes, file->damage ? 3 : strlen(SOUND));
    assert_int_equal(access(file->path, F_OK), 0);
    return v->wish;
}

/* Replaces the file while it is visited, as another process may, and then wants it removed. */
static clonal_cache_wish replace(const clonal_cache_file *file, void *user)
{
    (void)user;
    put_file(in_folder("new"), SOUND, strlen(SOUND));
    assert_int_equal(rename(in_folder("new"), file->path), 0);
    return CLONAL_CACHE_REMOVE;
}

static void test_visit(void **state)
{
    (void)state;
    visited v = {0};
    assert_int_equal(clonal_cache_set_folder(test_folder), CLONAL_OK);
    assert_int_equal(clonal_cache_visit(look, &v), CLONAL_OK); /* an empty cache */
    assert_int_equal(v.count, 0);
    assert_int_equal(mkdir(in_folder("probes"), 0777), 0);
    put_file(in_folder("probes/" DIGITS), SOUND, strlen(SOUND));
    assert_int_equal(clonal_cache_visit(look, &v), CLONAL_OK);
    assert_int_equal(v.count, 1);
    assert_int_equal(v.damaged, 0);
    assert_string_equal(v.device, "Chip (Maker), driver 1");

    v = (visited){.wish = CLONAL_CACHE_STOP};
    put_file(in_folder("probes/a" DIGITS), "xyz", 3); /* not a name of Clonal's */
    assert_failure("stop", clonal_cache_visit(look, &v), CLONAL_E_CANCELLED, DIGITS);
    assert_int_equal(v.count, 1);

    put_file(in_folder("probes/" DIGITS), "xyz", 3);
    assert_int_equal(clonal_cache_visit(replace, NULL), CLONAL_OK);
    v = (visited){.wish = CLONAL_CACHE_KEEP};
    assert_int_equal(clonal_cache_visit(look, &v), CLONAL_OK);
    assert_int_equal(v.count, 1);
    assert_int_equal(v.damaged, 0);

    put_file(in_folder("probes/" DIGITS), "xyz", 3);
    v = (visited){.wish = CLONAL_CACHE_REMOVE};
    assert_int_equal(clonal_cache_visit(look, &v), CLONAL_OK);
    assert_int_equal(v.damaged, 1);
    assert_int_not_equal(access(in_folder("probes/" DIGITS), F_OK), 0);
    assert_int_equal(access(in_folder("probes/a" DIGITS), F_OK), 0);
    assert_failure("no function", clonal_cache_visit(NULL, NULL), CLONAL_E_ARGUMENT, "clonal_cache_visit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {CACHE_TEST(test_set_folder), CACHE_TEST(test_threads), CACHE_TEST(test_visit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
