/* What the system still gives a process, from files of /proc and /sys as kernels write them. */
#include "files.h"

#include "host/base/host_room.h"
#include <sys/resource.h>

static void put_text(const char *name, const char *text)
{
    put_file(in_folder(name), (const uint8_t *)text, strlen(text));
}

static void put_folders(const char *const *names)
{
    for (; *names; names++) assert_int_equal(mkdir(in_folder(*names), 0777), 0);
}

static const char *const proc[] = {"proc", "proc/self", "sys", "sys/fs", "sys/fs/cgroup", NULL};

static void put_machine(void)
{
    put_folders(proc);
    put_text("proc/meminfo", "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    3000000 kB\n"
                             "Buffers:          100000 kB\nCached:          4000000 kB\nSwapCached:            7 kB\n"
                             "Shmem:            500000 kB\nSReclaimable:     400000 kB\nSwapTotal:       2000000 kB\n"
                             "SwapFree:         1500000 kB\n");
}

static void expect(uint64_t bytes, const char *of)
{
    const clonal__room room = clonal__host_room(test_folder);
    assert_int_equal(room.bytes, bytes);
    assert_string_equal(room.of, of);
}

static void nothing_is_known(void **state)
{
    (void)state;
    assert_true(clonal__host_room(in_folder("nowhere")).bytes == UINT64_MAX);
    assert_int_equal(clonal__host_swap(in_folder("nowhere")), 0);
}

/* Free, buffers, cache and slabs less what is shared, and free swap: 1000000 + 100000 + 4000000 + 400000 - 500000 +
 * 1500000. More than MemAvailable with the swap. */
static void machine(void **state)
{
    (void)state;
    put_machine();
    expect(UINT64_C(6500000) * 1024, "the machine's memory and swap");
    assert_int_equal(clonal__host_swap(test_folder), UINT64_C(2000000) * 1024);
    const char *const zfs[] = {"proc/spl", "proc/spl/kstat", "proc/spl/kstat/zfs", NULL};
    put_folders(zfs);
    put_text("proc/spl/kstat/zfs/arcstats", "its cache is not in meminfo");
    assert_true(clonal__host_room(test_folder).bytes == UINT64_MAX);
}

/* Version 2: the group's parent is the tighter one; its cache counts as free, and swap as far as it may be used. */
static void group_2(void **state)
{
    (void)state;
    static const char *const folders[] = {"sys/fs/cgroup/a", "sys/fs/cgroup/a/b", NULL};
    put_machine();
    put_folders(folders);
    put_text("proc/self/cgroup", "0::/a/b\n");
    put_text("sys/fs/cgroup/a/b/memory.max", "max\n");
    put_text("sys/fs/cgroup/a/b/memory.current", "900\n");
    expect(UINT64_C(6500000) * 1024, "the machine's memory and swap");
    put_text("sys/fs/cgroup/a/memory.max", "1073741824\n");
    put_text("sys/fs/cgroup/a/memory.current", "1000000000\n");
    put_text("sys/fs/cgroup/a/memory.stat",
             "anon 5\nfile 7\ninactive_file 2000\nactive_file 300\nslab_reclaimable 40\n");
    put_text("sys/fs/cgroup/a/memory.swap.max", "5000000\n");
    put_text("sys/fs/cgroup/a/memory.swap.current", "1000000\n");
    expect(1073741824 - 1000000000 + 2340 + 4000000, "the control group's memory");
    put_text("sys/fs/cgroup/a/memory.current", "2000000000\n");
    expect(0, "the control group's memory");
}

/* Version 1, in a container: the path is the host's, the mount's root is the group. */
static void group_1(void **state)
{
    (void)state;
    static const char *const folders[] = {"sys/fs/cgroup/memory", NULL};
    put_machine();
    put_folders(folders);
    put_text("proc/self/cgroup", "9:name=systemd:/\n4:memory:/docker/0123\n0::/\n");
    put_text("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put_text("sys/fs/cgroup/memory/memory.usage_in_bytes", "3000\n");
    expect(UINT64_C(6500000) * 1024, "the machine's memory and swap");
    put_text("sys/fs/cgroup/memory/memory.limit_in_bytes", "100000\n");
    put_text("sys/fs/cgroup/memory/memory.stat", "cache 8\ntotal_inactive_file 10\ntotal_active_file 20\n");
    expect(100000 - 3000 + 30 + UINT64_C(1500000) * 1024, "the control group's memory");
}

/* setrlimit's bytes less the pages of /proc/self/statm. */
static void limits(void **state)
{
    (void)state;
    struct rlimit before;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    put_machine();
    put_text("proc/self/statm", "1000 200 100 1 0 300 0\n");
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    const struct rlimit tight = {.rlim_cur = UINT64_C(4) << 30, .rlim_max = before.rlim_max};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* a sanitizer's shadow takes more */
#endif
    assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
    const clonal__room room = clonal__host_room(test_folder);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(room.bytes, (UINT64_C(4) << 30) - 1000 * page);
    assert_string_equal(room.of, "the address space (ulimit -v)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(nothing_is_known), FILE_TEST(machine), FILE_TEST(group_2), FILE_TEST(group_1), FILE_TEST(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
