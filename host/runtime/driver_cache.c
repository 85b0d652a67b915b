/* driver_cache.c: see driver_cache.h. Where drivers keep their caches is what their documentation says and, for PoCL,
 * Mesa and Intel, what was seen. */
#include "host/runtime/driver_cache.h"

#include "host/base/file.h"
#include "host/base/float_environment.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TRIED_BYTES = 4 << 20, PIECE = 1 << 14 };

typedef struct place {
    const char *platform; /* a part of the platform's name */
    const char *variable; /* names the folder, with `below` under it */
    const char *below;
    const char *cache, *home; /* under XDG_CACHE_HOME (NULL: not asked) and under HOME otherwise */
} place;

static const place places[] = {
    {"Portable Computing Language", "POCL_CACHE_DIR", "", "/pocl/kcache", "/.cache/pocl/kcache"},
    {"rusticl", "MESA_SHADER_CACHE_DIR", "/mesa_shader_cache", "/mesa_shader_cache", "/.cache/mesa_shader_cache"},
    {"Clover", "MESA_SHADER_CACHE_DIR", "/mesa_shader_cache", "/mesa_shader_cache", "/.cache/mesa_shader_cache"},
    {"Intel(R) OpenCL Graphics", "NEO_CACHE_DIR", "", "/neo_compiler_cache", "/.cache/neo_compiler_cache"},
    {"NVIDIA CUDA", "CUDA_CACHE_PATH", "", NULL, "/.nv/ComputeCache"},
    {"AMD Accelerated Parallel", "AMD_COMGR_CACHE_DIR", "", "/comgr", "/.cache/comgr"},
};

/* Takes the folder that the variable names, with `below` under it, if it is set. */
static bool take(clonal_driver_cache *cache, const char *variable, const char *below)
{
    const char *value = getenv(variable);
    if (!value || !*value) return false;
    const int length = snprintf(cache->folder, sizeof cache->folder, "%s%s", value, below);
    if (length < 0 || (size_t)length >= sizeof cache->folder) cache->folder[0] = 0;
    return true;
}

void clonal__driver_cache_find(const char *platform, clonal_driver_cache *cache)
{
    *cache = (clonal_driver_cache){.variable = ""};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const place *p = &places[i];
        if (!strstr(platform, p->platform)) continue;
        cache->variable = p->variable;
        cache->chosen = take(cache, p->variable, p->below);
        if (!cache->chosen && !(p->cache && take(cache, "XDG_CACHE_HOME", p->cache))) take(cache, "HOME", p->home);
        return;
    }
}

clonal_status clonal_driver_cache_find(const clonal_device_info *device, clonal_driver_cache *cache)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(cache);
    *cache = (clonal_driver_cache){.variable = ""};
    CLONAL__NEEDS(device);
    clonal__driver_cache_find(device->platform, cache);
    return CLONAL_OK;
}

static int write_bytes(int file, size_t bytes)
{
    /* Not zeros, which some file systems keep for nothing. */
    char piece[PIECE];
    memset(piece, 0xa5, sizeof piece);
    while (bytes) {
        const ssize_t written = write(file, piece, bytes < sizeof piece ? bytes : sizeof piece);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written ? errno : ENOSPC;
        bytes -= (size_t)written;
    }
    return 0;
}

int clonal__folder_try(const char *folder, size_t bytes)
{
    static const char name[] = "/clonal-trial-XXXXXX";
    char path[1024 + sizeof name];
    struct rlimit limit;
    if (strlen(folder) >= 1024) return ENAMETOOLONG;
    strcpy(path, folder);
    /* To try more than the process may write would bring SIGXFSZ. */
    const bool limited = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes;
    if (limited) bytes = (size_t)limit.rlim_cur;
    for (char *slash; !clonal__is_folder(path) && (slash = strrchr(path, '/')) && slash != path;) *slash = 0;
    strcat(path, name);
    const int file = mkstemp(path);
    if (file < 0) return errno;
    unlink(path);
    const int code = write_bytes(file, bytes);
    close(file);
    return code || !limited ? code : EFBIG;
}

static const char *remedy_of(int code)
{
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return "make room there";
    case EFBIG:
        return "allow larger files (ulimit -f)";
    default:
        return "make it a folder that you may write to";
    }
}

/* Whether some MiB cannot be written there; then the recorded error says so. */
static bool blame_folder(const char *what, const char *folder, const char *variable)
{
    const int code = folder[0] ? clonal__folder_try(folder, TRIED_BYTES) : 0;
    if (!code) return false;
    clonal__fail_remark("%s, %s, cannot be written: %s; %s, or name another by %s", what, folder, strerror(code),
                        remedy_of(code), variable);
    return true;
}

void clonal__driver_cache_blame(const char *platform, bool may_be_damaged)
{
    clonal_driver_cache cache;
    const char *temporary = getenv("TMPDIR");
    clonal__driver_cache_find(platform, &cache);
    if (blame_folder("the folder where the driver keeps compiled kernels", cache.folder, cache.variable)) return;
    if (blame_folder("the folder of temporary files", temporary && *temporary ? temporary : "/tmp", "TMPDIR")) return;
    if (!may_be_damaged || !cache.folder[0]) return;
    clonal__fail_remark(
        "the files in which the driver keeps compiled kernels may be damaged: remove %s%s, and it makes "
        "them anew",
        cache.chosen ? "what it keeps in " : "", cache.folder);
}
