#define _XOPEN_SOURCE 700
#include "driver_caches.h"
#include <clonal/device.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

/* Drivers, and the names of their platforms, by which the library knows where they keep their kernels. */
static const struct {
    const char *driver, *platform;
} known[DRIVER_CACHES] = {
    {"PoCL", "Portable Computing Language"},
    {"Mesa", "rusticl"},
    {"NVIDIA", "NVIDIA CUDA"},
    {"Intel GPU", "Intel(R) OpenCL Graphics"},
    {"AMD", "AMD Accelerated Parallel Processing"},
};

/* nftw hands nothing through to its function. The command has one thread that comes here. */
static driver_cache *counted;

static int count_file(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)path;
    (void)where;
    if (kind == FTW_F && S_ISREG(about->st_mode)) {
        counted->files++;
        counted->bytes += (uint64_t)about->st_size;
    }
    return 0;
}

bool driver_cache_find(size_t i, driver_cache *cache)
{
    struct stat about;
    clonal_driver_cache place;
    clonal_device_info device = {0};
    snprintf(device.platform, sizeof device.platform, "%s", known[i].platform);
    *cache = (driver_cache){.driver = known[i].driver};
    if (clonal_driver_cache_find(&device, &place) != CLONAL_OK) return false;
    cache->moved = place.variable;
    snprintf(cache->path, sizeof cache->path, "%s", place.folder);
    if (!cache->path[0] || stat(cache->path, &about) != 0 || !S_ISDIR(about.st_mode)) return false;
    counted = cache;
    nftw(cache->path, count_file, 16, FTW_PHYS);
    counted = NULL;
    return true;
}
