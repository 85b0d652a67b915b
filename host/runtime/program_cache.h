/* program_cache.h: compiled programs on disk.
 *
 * A driver gets to see a file only when the digest in it fits what it holds: PoCL and rusticl abort
 * the process on a damaged binary. Files are written whole, under another name, and renamed, so
 * several processes may share the folder. */
#ifndef CLONAL_RUNTIME_PROGRAM_CACHE_H
#define CLONAL_RUNTIME_PROGRAM_CACHE_H

#include "host/runtime/runtime.h"

enum { CLONAL__CACHE_PATH_ROOM = 1024, CLONAL__PROGRAM_CACHE_MOST = 1 << 28 };

/* What a cached file tells people of its device: "NAME (PLATFORM), driver DRIVER", one line. */
enum { CLONAL__DEVICE_LABEL_ROOM = 420 };
void clonal__device_label(const clonal_context *context, char label[CLONAL__DEVICE_LABEL_ROOM]);
/* The label that stands in `length` bytes of a file, up to the first control character. */
void clonal__label_copy(const char *text, size_t length, char label[CLONAL__DEVICE_LABEL_ROOM]);

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

/* Whether a file's bytes are whole: how many of them stand before the binary, or 0. `bytes` has a
 * NUL past its end. Sets `label` to what the file tells of its device, or "". */
size_t clonal__program_cache_check(const char *bytes, size_t count,
                                   char label[CLONAL__DEVICE_LABEL_ROOM]);

/* Writes the binary of a built program to the file and makes its folder; a path of "" does nothing.
 * It is a cache: what goes wrong is only logged. */
void clonal__program_cache_store(const clonal_context *context, const char *path,
                                 cl_program program);

#endif
