/* test_base.c: the lowest layer: allocation that fails, files that are whole or not there, digests, the error record.
 */
#include "tests/unit/files.h"

#include "host/base/cache_folder.h"
#include "host/base/digest.h"
#include "host/base/file.h"
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void assert_message(clonal_status got, clonal_status wanted, const char *says)
{
    assert_int_equal(got, wanted);
    assert_int_equal(clonal_last_error()->status, wanted);
    if (!strstr(clonal_last_error()->message, says))
        fail_msg("\"%s\" does not say \"%s\"", clonal_last_error()->message, says);
}

static void test_status_table(void **state)
{
    (void)state;
    assert_string_equal(clonal_status_name(CLONAL_OK), "CLONAL_OK");
    assert_string_equal(clonal_status_name(CLONAL_E_CANCELLED), "CLONAL_E_CANCELLED");
    assert_string_equal(clonal_status_text(CLONAL_E_MEMORY), "out of memory");
    assert_string_equal(clonal_status_name((clonal_status)999), "CLONAL_E_UNKNOWN");
    assert_string_equal(clonal_status_text((clonal_status)-1), "unknown status");
    assert_int_equal(clonal_contract_version(), 1);
}

static void test_error_record(void **state)
{
    (void)state;
    assert_message(clonal__fail_call(CLONAL_E_OPENCL, "clFoo", -5, "CL_FOO", "line 1\nline 2", "kernel %s", "k"),
                   CLONAL_E_OPENCL, "kernel k");
    const clonal_error *error = clonal_last_error();
    assert_string_equal(error->call, "clFoo");
    assert_string_equal(error->code_name, "CL_FOO");
    assert_string_equal(error->build_log, "line 1\nline 2");
    assert_int_equal(error->code, -5);
    assert_message(clonal__fail_context("layer %d", 3), CLONAL_E_OPENCL, "layer 3: kernel k");
    assert_string_equal(clonal_last_error()->build_log, "line 1\nline 2");
    /* of the record's own words */
    assert_message(clonal__fail(CLONAL_E_IO, "again: %s", clonal_last_error()->message), CLONAL_E_IO,
                   "again: layer 3: kernel k");
    assert_string_equal(clonal_last_error()->build_log, "");
    assert_int_equal(clonal_last_error()->code, 0);
    /* longer than its room */
    char *huge = malloc(100000);
    assert_non_null(huge);
    memset(huge, 'x', 99999);
    huge[99999] = 0;
    clonal__fail(CLONAL_E_IO, "%s", huge);
    clonal__fail_context("%s", huge);
    clonal__fail_call(CLONAL_E_OPENCL, huge, 1, huge, huge, "%s", huge);
    assert_true(strlen(clonal_last_error()->message) > 1000);
    free(huge);
}

static unsigned heard;
static void hear(clonal_log_level level, const char *message, void *user)
{
    assert_int_equal(level, CLONAL_LOG_WARNING);
    assert_string_equal(message, "three 3");
    assert_ptr_equal(user, &heard);
    heard++;
}

static void test_log(void **state)
{
    (void)state;
    clonal_set_log(hear, &heard);
    clonal__log(CLONAL_LOG_WARNING, "three %d", 3);
    clonal_set_log(NULL, NULL);
    clonal__log(CLONAL_LOG_WARNING, "nobody hears");
    assert_int_equal(heard, 1);
}

static void test_memory(void **state)
{
    (void)state;
    int *numbers = (int *)&numbers;
    assert_message(clonal__calloc(SIZE_MAX / 2, 4, &numbers), CLONAL_E_MEMORY, "out of memory");
    assert_null(numbers);
    assert_int_equal(clonal__calloc(3, sizeof *numbers, &numbers), CLONAL_OK);
    assert_true(numbers[0] == 0 && numbers[2] == 0);
    numbers[2] = 7;
    int *before = numbers;
    clonal__memory_fail_after(1);
    assert_message(clonal__grow(&numbers, 1000, sizeof *numbers), CLONAL_E_MEMORY, "4000 bytes");
    assert_ptr_equal(numbers, before);
    assert_message(clonal__grow(&numbers, SIZE_MAX / 2, sizeof *numbers), CLONAL_E_MEMORY, "out of memory");
    assert_int_equal(clonal__grow(&numbers, 1000, sizeof *numbers), CLONAL_OK);
    assert_int_equal(numbers[2], 7);
    clonal__free(numbers);
    clonal__free(NULL);
    clonal_free(NULL);
    void *nothing;
    assert_int_equal(clonal__calloc(0, 0, &nothing), CLONAL_OK);
    assert_non_null(nothing);
    clonal__free(nothing);
    clonal__memory_fail_after(2);
    char *copy = clonal__strdup("first");
    assert_string_equal(copy, "first");
    assert_null(clonal__strdup("second"));
    clonal__free(copy);
}

static void test_string(void **state)
{
    (void)state;
    clonal__string text = {0};
    for (int i = 0; i < 500; i++) clonal__string_append(&text, "%d,", i);
    assert_int_equal(text.status, CLONAL_OK);
    assert_int_equal(text.length, strlen(text.text));
    assert_string_equal(text.text + text.length - 8, "498,499,");
    clonal__string_free(&text);
    assert_null(text.text);
    for (unsigned long n = 1; n <= 4; n++) { /* fails somewhere, stays failed, leaks nothing */
        clonal__memory_fail_after(n);
        for (int i = 0; i < 500; i++) clonal__string_append(&text, "%d,", i);
        clonal__memory_fail_after(0);
        clonal__string_append(&text, "more");
        assert_int_equal(text.status, CLONAL_E_MEMORY);
        assert_null(text.text);
        clonal__string_free(&text);
    }
}

static void test_digest(void **state)
{
    (void)state;
    char hex[65], again[65], *million = malloc(1000000);
    assert_non_null(million);
    /* FIPS 180-4's examples (NIST, SHA256.pdf), and the empty message */
    assert_int_equal(clonal__digest_bytes("", 0, hex), CLONAL_OK);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(clonal__digest_bytes("abc", 3, hex), CLONAL_OK);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_int_equal(clonal__digest_bytes(two_blocks, 56, hex), CLONAL_OK);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(million, 'a', 1000000);
    assert_int_equal(clonal__digest_bytes(million, 1000000, hex), CLONAL_OK);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    clonal__digest *digest;
    assert_int_equal(clonal__digest_create(&digest), CLONAL_OK);
    for (size_t at = 0, part = 1; at < 1000000; at += part, part = part * 3 % 1009) {
        if (part > 1000000 - at) part = 1000000 - at;
        clonal__digest_update(digest, million + at, part);
    }
    assert_int_equal(clonal__digest_finish(digest, again), CLONAL_OK);
    assert_string_equal(again, hex);
    clonal__digest_destroy(digest);
    clonal__digest_destroy(NULL);
    free(million);
}

static void test_file_round_trip(void **state)
{
    (void)state;
    char *bytes;
    size_t count;
    assert_int_equal(clonal__file_write(in_folder("f"), "old and longer", 14), CLONAL_OK);
    assert_int_equal(clonal__file_write(in_folder("f"), "n\0w", 3), CLONAL_OK);
    assert_int_equal(clonal__file_read(in_folder("f"), 3, &bytes, &count), CLONAL_OK);
    assert_int_equal(count, 3);
    assert_memory_equal(bytes, "n\0w", 4);
    clonal__free(bytes);
    assert_int_equal(count_files(), 1);
    assert_message(clonal__file_read(in_folder("f"), 2, &bytes, &count), CLONAL_E_FORMAT, "larger than");
    assert_null(bytes);
    assert_message(clonal__file_read(in_folder("none"), 10, &bytes, &count), CLONAL_E_IO, "No such file");
    assert_message(clonal__file_read(test_folder, 10, &bytes, &count), CLONAL_E_IO, "directory");
    assert_int_equal(clonal__file_read("/dev/null", 10, &bytes, &count), CLONAL_OK);
    assert_int_equal(count, 0);
    clonal__free(bytes);
    assert_message(clonal__file_read("/dev/zero", 5000, &bytes, &count), CLONAL_E_FORMAT, "larger than");
}

static void test_file_link(void **state)
{
    (void)state;
    size_t count;
    put_file(in_folder("target"), "a", 1);
    assert_int_equal(symlink("target", in_folder("link")), 0);
    assert_int_equal(clonal__file_write(in_folder("link"), "bc", 2), CLONAL_OK);
    uint8_t *bytes = get_file(in_folder("target"), &count);
    assert_int_equal(count, 2);
    free(bytes);
    assert_int_equal(count_files(), 2);
}

static void test_file_abandoned(void **state)
{
    (void)state;
    clonal__file_writer *writer;
    put_file(in_folder("f"), "kept", 4);
    assert_int_equal(clonal__file_writer_create(in_folder("f"), &writer), CLONAL_OK);
    assert_int_equal(clonal__file_writer_write(writer, "lost", 4), CLONAL_OK);
    assert_int_equal(count_files(), 2);
    clonal__file_writer_destroy(writer);
    clonal__file_writer_destroy(NULL);
    size_t count;
    uint8_t *bytes = get_file(in_folder("f"), &count);
    assert_memory_equal(bytes, "kept", 4);
    free(bytes);
    assert_int_equal(count_files(), 1);
}

/* What a killed writer leaves goes when the file is next written; what one that lives is writing stays. */
static void test_file_killed(void **state)
{
    (void)state;
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        clonal__file_writer *writer;
        if (clonal__file_writer_create(in_folder("f"), &writer) || clonal__file_writer_write(writer, "half", 4))
            _exit(1);
        if (write(ready[1], "r", 1) == 1) pause();
        _exit(1);
    }
    assert_true(child > 0);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    assert_int_equal(count_files(), 1);
    assert_int_equal(clonal__file_write(in_folder("f"), "a", 1), CLONAL_OK);
    assert_int_equal(count_files(), 2);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(clonal__file_write(in_folder("g"), "b", 1), CLONAL_OK);
    assert_int_equal(count_files(), 3);
    assert_int_equal(clonal__file_write(in_folder("f"), "c", 1), CLONAL_OK);
    assert_int_equal(count_files(), 2);
}

/* A full disk, by a limit on the size of files; and /dev/full, written as it is. */
static void test_file_full(void **state)
{
    (void)state;
    static char block[1 << 16];
    struct rlimit old, small;
    assert_message(clonal__file_write("/dev/full", block, sizeof block), CLONAL_E_IO, "No space left");
    put_file(in_folder("f"), "kept", 4);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 1000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    clonal_status status = clonal__file_write(in_folder("f"), block, sizeof block);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_message(status, CLONAL_E_IO, "cannot write");
    size_t count;
    uint8_t *bytes = get_file(in_folder("f"), &count);
    assert_int_equal(count, 4);
    free(bytes);
    assert_int_equal(count_files(), 1);
}

static void test_file_unwritable(void **state)
{
    (void)state;
    clonal__file_writer *writer;
    assert_message(clonal__file_writer_create(in_folder("no/such/f"), &writer), CLONAL_E_IO, "No such file");
    assert_null(writer);
    assert_message(clonal__file_writer_create(test_folder, &writer), CLONAL_E_IO, "directory");
    put_file(in_folder("f"), "", 0);
    assert_message(clonal__file_write(in_folder("f/g"), "x", 1), CLONAL_E_IO, "Not a directory");
    assert_message(clonal__make_folders(in_folder("f/g")), CLONAL_E_IO, "cannot make the folder");
    if (geteuid() == 0) return; /* root writes everywhere */
    assert_int_equal(chmod(test_folder, 0500), 0);
    clonal_status status = clonal__file_write(in_folder("g"), "x", 1);
    assert_int_equal(chmod(test_folder, 0700), 0);
    assert_message(status, CLONAL_E_IO, "Permission denied");
}

/* Every allocation on the way fails once: an error, nothing left behind. */
static void test_file_memory(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 10; n++) {
        char *bytes;
        size_t count;
        clonal__memory_fail_after(n);
        clonal_status status = clonal__file_write(in_folder("f"), "xyz", 3);
        if (status == CLONAL_OK) status = clonal__file_read(in_folder("f"), 10, &bytes, &count);
        if (status == CLONAL_OK) {
            clonal__free(bytes);
            assert_true(n > 3);
            break;
        }
        assert_int_equal(status, CLONAL_E_MEMORY);
        assert_true(count_files() <= 1);
    }
}

static void test_folders(void **state)
{
    (void)state;
    char room[16];
    assert_int_equal(clonal__make_folders(in_folder("a/b//c/")), CLONAL_OK);
    assert_int_equal(clonal__make_folders(in_folder("a/b/c")), CLONAL_OK);
    assert_true(clonal__is_folder(in_folder("a/b/c")));
    assert_false(clonal__is_folder(in_folder("a/b/d")));
    assert_false(clonal__file_exists(in_folder("a/b/d")));
    assert_int_equal(clonal__path_join("a", "b", room, sizeof room), CLONAL_OK);
    assert_string_equal(room, "a/b");
    assert_int_equal(clonal__path_join("a/", "b", room, sizeof room), CLONAL_OK);
    assert_string_equal(room, "a/b");
    assert_int_equal(clonal__path_join("", "b", room, sizeof room), CLONAL_OK);
    assert_string_equal(room, "b");
    assert_message(clonal__path_join("123456789", "123456", room, sizeof room), CLONAL_E_ARGUMENT, "too long");
    assert_string_equal(room, "");
}

static void test_cache_folder(void **state)
{
    (void)state;
    char room[64];
    setenv("XDG_CACHE_HOME", "/x", 1);
    setenv("HOME", "/h", 1);
    clonal__cache_folder(room, sizeof room);
    assert_string_equal(room, "/x/clonal");
    setenv("XDG_CACHE_HOME", "relative", 1);
    clonal__cache_folder(room, sizeof room);
    assert_string_equal(room, "/h/.cache/clonal");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    clonal__cache_folder(room, sizeof room);
    assert_string_equal(room, "");
    setenv("HOME", "/a/very/long/home/that/does/not/fit/in/the/room/that/is/given/to/it", 1);
    clonal__cache_folder(room, sizeof room);
    assert_string_equal(room, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_table), cmocka_unit_test(test_error_record),
        cmocka_unit_test(test_log),          cmocka_unit_test(test_memory),
        cmocka_unit_test(test_string),       cmocka_unit_test(test_digest),
        FILE_TEST(test_file_round_trip),     FILE_TEST(test_file_link),
        FILE_TEST(test_file_abandoned),      FILE_TEST(test_file_killed),
        FILE_TEST(test_file_full),           FILE_TEST(test_file_unwritable),
        FILE_TEST(test_file_memory),         FILE_TEST(test_folders),
        cmocka_unit_test(test_cache_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
