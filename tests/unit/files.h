/* files.h: what the tests of file formats share: cmocka, a folder of their own, files of bytes,
 * checks of a failure. */
#ifndef CLONAL_TESTS_UNIT_FILES_H
#define CLONAL_TESTS_UNIT_FILES_H

#include "host/base/memory.h"
#include <clonal/status.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char test_folder[4096];

/* A new, empty folder for each test: give both to cmocka_unit_test_setup_teardown. */
static inline int folder_setup(void **state)
{
    (void)state;
    const char *parent = getenv("TMPDIR");
    snprintf(test_folder, sizeof test_folder, "%s/clonal-test-XXXXXX",
             parent && *parent ? parent : "/tmp");
    return mkdtemp(test_folder) ? 0 : -1;
}

static inline int remove_entry(const char *path, const struct stat *about, int kind,
                               struct FTW *place)
{
    (void)about, (void)kind, (void)place;
    return remove(path);
}

static inline int folder_teardown(void **state)
{
    (void)state;
    clonal__memory_fail_after(0);
    clonal_set_log(NULL, NULL);
    return nftw(test_folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static char usual_cache[4096];

/* Likewise, and what is cached is so below <folder>/cache: for a test that no other process is to
 * disturb, with contexts that it makes after this and ends before the other. */
static inline int cache_setup(void **state)
{
    char cache[4200];
    const char *usual = getenv("XDG_CACHE_HOME");
    if (folder_setup(state)) return -1;
    snprintf(usual_cache, sizeof usual_cache, "%s", usual ? usual : "");
    snprintf(cache, sizeof cache, "%s/cache", test_folder);
    return mkdir(cache, 0777) || setenv("XDG_CACHE_HOME", cache, 1);
}

static inline int cache_teardown(void **state)
{
    if (usual_cache[0])
        setenv("XDG_CACHE_HOME", usual_cache, 1);
    else
        unsetenv("XDG_CACHE_HOME");
    return folder_teardown(state);
}

#define FILE_TEST(function) cmocka_unit_test_setup_teardown(function, folder_setup, folder_teardown)

/* The path of `name` in the test's folder; one of four rooms that take turns. */
static inline const char *in_folder(const char *name)
{
    static char rooms[4][8192];
    static unsigned turn;
    char *room = rooms[turn++ % 4];
    snprintf(room, sizeof rooms[0], "%s/%s", test_folder, name);
    return room;
}

static inline size_t count_files(void)
{
    size_t count = 0;
    DIR *entries = opendir(test_folder);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));) count += entry->d_name[0] != '.';
    closedir(entries);
    return count;
}

static inline void put_file(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* The bytes of a file of less than 1 MiB; free with free. */
static inline uint8_t *get_file(const char *path, size_t *count)
{
    uint8_t *bytes = malloc(1 << 20);
    FILE *file = fopen(path, "rb");
    assert_non_null(bytes);
    assert_non_null(file);
    *count = fread(bytes, 1, 1 << 20, file);
    assert_true(*count < 1 << 20);
    fclose(file);
    return bytes;
}

/* The recorded failure is `status`, in one line that contains `says`. */
static inline void assert_failure(const char *what, clonal_status got, clonal_status status,
                                  const char *says)
{
    const char *message = clonal_last_error()->message;
    if (got != status || (got && (!strstr(message, says) || strpbrk(message, "\n\r\t\033"))))
        fail_msg("%s: status %s (%s), where %s (%s) is expected", what, clonal_status_name(got),
                 got ? message : "", clonal_status_name(status), says);
}

/* Allocations that a header asks for and no file bears out shall fail here. Sanitizers need the
 * address space. */
static inline void limit_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    struct rlimit limit = {512u << 20, 512u << 20};
    setrlimit(RLIMIT_AS, &limit);
#endif
}

/* xorshift64*: the mutations of a fuzz loop, the same in every run. */
static inline uint32_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)(*state * UINT64_C(2685821657736338717) >> 32);
}

/* Mutates a copy of `bytes` in `room` (of 2*count + 64): flips, sets, cuts, doubles. Returns the
 * new count. */
static inline size_t mutate(uint64_t *state, const uint8_t *bytes, size_t count, uint8_t *room)
{
    static const uint8_t values[] = {0,   1,   0x7f, 0x80, 0xff, '"', '{', '}',
                                     '[', ']', ',',  ':',  '0',  '9', '-', ' '};
    memcpy(room, bytes, count);
    for (uint32_t edits = 1 + next_random(state) % 4; edits--;) {
        size_t at = count ? next_random(state) % count : 0,
               length = count ? next_random(state) % (count - at) % 16 : 0;
        switch (next_random(state) % 6) {
        case 0:
            if (count) room[at] ^= (uint8_t)(1u << next_random(state) % 8);
            break;
        case 1:
        case 2:
            if (count) room[at] = values[next_random(state) % sizeof values];
            break;
        case 3: /* take some bytes out */
            memmove(room + at, room + at + length, count - at - length);
            count -= length;
            break;
        case 4: /* double some */
            memmove(room + at + length, room + at, count - at);
            count += length;
            break;
        default:
            if (next_random(state) % 4 == 0) count = at;
        }
    }
    return count;
}

#endif
