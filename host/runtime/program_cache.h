/* program_cache.h: compiled programs on disk.
 *
 * A driver gets to see a file only when the digest in it fits what it holds: PoCL and rusticl abort
 * the process on a damaged binary. Files are written whole, under another name, and renamed, so
 * several processes may share the folder. */
#ifndef CLONAL_RUNTIME_PROGRAM_CACHE_H
#define CLONAL_RUNTIME_PROGRAM_CACHE_H

#include "host/runtime/runtime.h"

enum { CLONAL__CACHE_PATH_ROOM = 1024 };

/* Sets `path` to the file for the binary of this source, built with these options for the context's
 * device, be it there or not; `name` makes it readable. "" where there is no cache folder, or where
 * the driver keeps a better cache of its own. Errors: CLONAL_E_MEMORY; CLONAL_E_ARGUMENT (the
 * folder's path is too long). */
clonal_status clonal__program_cache_path(const clonal_context *context, const char *name,
                                         const char *source, const char *options,
                                         char path[CLONAL__CACHE_PATH_ROOM]);

/* The binary in the file, *count bytes, or NULL where there is none that is whole, for whatever
 * reason: it never fails. Free with clonal__free. */
char *clonal__program_cache_load(const char *path, size_t *count);

/* Writes the binary of a built program to the file and makes its folder; a path of "" does nothing.
 * It is a cache: what goes wrong is only logged. */
void clonal__program_cache_store(const char *path, cl_program program);

#endif
