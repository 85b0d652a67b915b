/* host_room.c: see host_room.h. */
#include "host/base/host_room.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

static FILE *open_under(const char *root, const char *folder, const char *name)
{
    char path[PATH_ROOM];
    const int length = snprintf(path, sizeof path, "%s%s%s", root, folder, name);
    return length > 0 && length < PATH_ROOM ? fopen(path, "r") : NULL;
}

/* The number that a file holds; false: there is no file, or a word ("max") in it. */
static bool read_number(const char *root, const char *folder, const char *name, uint64_t *number)
{
    unsigned long long read;
    FILE *file = open_under(root, folder, name);
    const bool good = file && fscanf(file, "%llu", &read) == 1;
    if (file) fclose(file);
    if (good) *number = read;
    return good;
}

/* The sum of what a file's lines "<key> <number>" say of some keys (NULL behind the last); missing ones are 0. */
static uint64_t read_keys(const char *root, const char *folder, const char *name, const char *const *keys)
{
    char line[256], key[64];
    unsigned long long number;
    uint64_t sum = 0;
    FILE *file = open_under(root, folder, name);
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%63s %llu", key, &number) != 2) continue;
        for (const char *const *k = keys; *k; k++)
            if (strcmp(key, *k) == 0) sum += number;
    }
    if (file) fclose(file);
    return sum;
}

static uint64_t meminfo(const char *root, const char *const *keys)
{
    return 1024 * read_keys(root, "/proc", "/meminfo", keys);
}

static uint64_t less(uint64_t from, uint64_t what)
{
    return from > what ? from - what : 0;
}

static void take(clonal__room *room, uint64_t bytes, const char *of)
{
    if (bytes < room->bytes) *room = (clonal__room){bytes, of};
}

/* What setrlimit leaves, of which /proc/self/statm tells what is used, in pages. */
static void take_limits(const char *root, clonal__room *room)
{
    unsigned long long size, data;
    struct rlimit limit;
    FILE *file = open_under(root, "/proc/self", "/statm");
    const bool good = file && fscanf(file, "%llu %*u %*u %*u %*u %llu", &size, &data) == 2;
    if (file) fclose(file);
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), stack = 1 << 20; /* stands among the data, is not limited */
    if (!good) return;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        take(room, less(limit.rlim_cur, size * page), "the address space (ulimit -v)");
    if (getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        take(room, less(limit.rlim_cur + stack, data * page), "the data segment (ulimit -d)");
}

/* What is free, and what the file cache may give up; MemAvailable may be less, since it keeps half of the cache. ZFS
 * has a cache of its own that nothing here tells of. */
static void take_machine(const char *root, clonal__room *room)
{
    static const char *const available[] = {"MemAvailable:", NULL}, *const swap[] = {"SwapFree:", NULL},
                             *const loose[] = {"MemFree:", "Buffers:", "Cached:", "SReclaimable:", NULL},
                             *const shared[] = {"Shmem:", NULL};
    FILE *zfs = open_under(root, "/proc/spl/kstat/zfs", "/arcstats");
    if (zfs) {
        fclose(zfs);
        return;
    }
    const uint64_t one = meminfo(root, available), other = less(meminfo(root, loose), meminfo(root, shared));
    if (one) take(room, (one > other ? one : other) + meminfo(root, swap), "the machine's memory and swap");
}

/* The files of a control group. */
typedef struct group_files {
    const char *mount, *limit, *usage, *swap_limit, *swap_usage;
    const char *cache[4]; /* keys of memory.stat: what it could give up */
} group_files;

static const group_files version_2 = {.mount = "/sys/fs/cgroup",
                                      .limit = "/memory.max",
                                      .usage = "/memory.current",
                                      .swap_limit = "/memory.swap.max",
                                      .swap_usage = "/memory.swap.current",
                                      .cache = {"inactive_file", "active_file", "slab_reclaimable", NULL}};
/* Its swap has no limit apart from the memory's. */
static const group_files version_1 = {.mount = "/sys/fs/cgroup/memory",
                                      .limit = "/memory.limit_in_bytes",
                                      .usage = "/memory.usage_in_bytes",
                                      .swap_limit = "/none",
                                      .swap_usage = "/none",
                                      .cache = {"total_inactive_file", "total_active_file", NULL}};

static void take_group(const char *root, const group_files *files, const char *folder, clonal__room *room)
{
    static const char *const swap_key[] = {"SwapFree:", NULL};
    uint64_t limit, usage, swap_limit, swap_usage, swap = meminfo(root, swap_key);
    if (!read_number(root, folder, files->limit, &limit) || !read_number(root, folder, files->usage, &usage)) return;
    if (read_number(root, folder, files->swap_limit, &swap_limit) &&
        read_number(root, folder, files->swap_usage, &swap_usage) && less(swap_limit, swap_usage) < swap)
        swap = less(swap_limit, swap_usage);
    const uint64_t cache = read_keys(root, folder, "/memory.stat", files->cache);
    if (limit > UINT64_MAX / 2) return; /* version 1 says so that there is none */
    take(room, less(limit + cache + swap, usage), "the control group's memory");
}

/* The group of that path below the mount, and those above it. In a container the path may be the host's: the mount's
 * root is then the container's group. */
static void take_groups(const char *root, const group_files *files, const char *path, clonal__room *room)
{
    char folder[PATH_ROOM];
    const size_t mount = strlen(files->mount);
    if (snprintf(folder, sizeof folder, "%s%s", files->mount, path) >= PATH_ROOM) return;
    while (strlen(folder) > mount) {
        take_group(root, files, folder, room);
        *strrchr(folder, '/') = '\0';
    }
    take_group(root, files, files->mount, room);
}

/* /proc/self/cgroup: lines <number>:<controllers>:<path>; version 2's have no controllers. */
static void take_all_groups(const char *root, clonal__room *room)
{
    char line[PATH_ROOM];
    FILE *file = open_under(root, "/proc/self", "/cgroup");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path || path[1] != '/') continue;
        *path++ = '\0';
        if (!controllers[1]) take_groups(root, &version_2, path, room);
        if (strstr(controllers, "memory")) take_groups(root, &version_1, path, room);
    }
    if (file) fclose(file);
}

clonal__room clonal__host_room(const char *root)
{
    clonal__room room = {UINT64_MAX, "memory"};
    take_limits(root, &room);
    take_machine(root, &room);
    take_all_groups(root, &room);
    return room;
}

uint64_t clonal__host_swap(const char *root)
{
    static const char *const total[] = {"SwapTotal:", NULL};
    return meminfo(root, total);
}
