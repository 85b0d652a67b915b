/* driver_caches.h: what OpenCL drivers keep of compiled kernels, which Clonal only looks at. */
#ifndef TOOLS_SUPPORT_DRIVER_CACHES_H
#define TOOLS_SUPPORT_DRIVER_CACHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DRIVER_CACHE_PATH = 4096 };

typedef struct driver_cache {
    const char *driver; /* "PoCL" */
    const char *moved;  /* the environment variable that names another place */
    char path[DRIVER_CACHE_PATH];
    uint64_t files, bytes; /* what the folder holds, its own folders' files too */
} driver_cache;

/* Fills *cache with number `i`, from 0 on, where its folder is there; false: it is not. How many
 * there can be: */
enum { DRIVER_CACHES = 5 };
bool driver_cache_find(size_t i, driver_cache *cache);

#endif
