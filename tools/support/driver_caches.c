#define _XOPEN_SOURCE 700
#include "driver_caches.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where a driver looks: the first variable that is set, and what it puts behind its value. From the drivers' documents:
 * PoCL's env_variables, Mesa's envvars, CUDA's programming guide ("CUDA Environment Variables"), compute-runtime's
 * FAQ. */
typedef struct place {
    const char *variable, *below;
} place;

static const struct {
    const char *driver, *moved;
    place places[3];
} known[DRIVER_CACHES] = {
    {"PoCL", "POCL_CACHE_DIR", {{"POCL_CACHE_DIR", ""}, {"XDG_CACHE_HOME", "/pocl"}, {"HOME", "/.cache/pocl"}}},
    {"Mesa",
     "MESA_SHADER_CACHE_DIR",
     {{"MESA_SHADER_CACHE_DIR", "/mesa_shader_cache"},
      {"XDG_CACHE_HOME", "/mesa_shader_cache"},
      {"HOME", "/.cache/mesa_shader_cache"}}},
    {"Mesa",
     "MESA_SHADER_CACHE_DIR",
     {{"MESA_SHADER_CACHE_DIR", "/mesa_shader_cache_db"},
      {"XDG_CACHE_HOME", "/mesa_shader_cache_db"},
      {"HOME", "/.cache/mesa_shader_cache_db"}}},
    {"NVIDIA", "CUDA_CACHE_PATH", {{"CUDA_CACHE_PATH", ""}, {"HOME", "/.nv/ComputeCache"}}},
    {"Intel GPU",
     "NEO_CACHE_DIR",
     {{"NEO_CACHE_DIR", ""}, {"XDG_CACHE_HOME", "/neo_compiler_cache"}, {"HOME", "/.cache/neo_compiler_cache"}}},
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
    memset(cache, 0, sizeof *cache);
    cache->driver = known[i].driver;
    cache->moved = known[i].moved;
    for (size_t p = 0; p < 3 && known[i].places[p].variable && !cache->path[0]; p++) {
        const char *value = getenv(known[i].places[p].variable);
        if (value && value[0]) snprintf(cache->path, sizeof cache->path, "%s%s", value, known[i].places[p].below);
    }
    if (!cache->path[0] || stat(cache->path, &about) != 0 || !S_ISDIR(about.st_mode)) return false;
    counted = cache;
    nftw(cache->path, count_file, 16, FTW_PHYS);
    counted = NULL;
    return true;
}
