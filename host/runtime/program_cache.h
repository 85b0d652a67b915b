/* program_cache.h: compiled programs on disk. A file is used only when its own digest fits: PoCL
 * and rusticl abort on damaged ones. */
#ifndef CLONAL_RUNTIME_PROGRAM_CACHE_H
#define CLONAL_RUNTIME_PROGRAM_CACHE_H

#include "host/runtime/runtime.h"

enum { CLONAL__CACHE_PATH_ROOM = 1024 };

/* The file that holds the binary of this source with these options on this device; "" when there is
 * no cache folder, or the driver keeps a better cache of its own. */
clonal_status clonal__program_cache_path(const clonal_context *context, const char *name,
                                         const char *source, const char *options,
                                         char path[CLONAL__CACHE_PATH_ROOM]);
/* The binary, or NULL when there is none that is whole. Free with clonal__free. Never fails. */
char *clonal__program_cache_load(const char *path, size_t *count);
/* Stores the program's binary; whatever goes wrong is only logged. */
void clonal__program_cache_store(const char *path, cl_program program);

#endif
