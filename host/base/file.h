/* file.h: whole files, read and written. A file that is written is never seen half-written. */
#ifndef CLONAL_BASE_FILE_H
#define CLONAL_BASE_FILE_H

#include "host/base/error.h"
#include <stdbool.h>
#include <stddef.h>

/* Reads a whole file of at most `limit` bytes; *bytes (NUL-terminated past its end) is freed by
 * clonal__free. CLONAL_E_IO: cannot be opened or read. CLONAL_E_FORMAT: larger than limit. */
clonal_status clonal__file_read(const char *path, size_t limit, char **bytes, size_t *count);

/* A file written under a temporary name in the same folder and renamed to `path` by commit, after
 * fsync. Without commit (destroy) nothing is left behind, and what a killed process left behind
 * goes when `path` is next written. */
typedef struct clonal__file_writer clonal__file_writer;
clonal_status clonal__file_writer_create(const char *path, clonal__file_writer **writer);
clonal_status clonal__file_writer_write(clonal__file_writer *writer, const void *bytes,
                                        size_t count);
/* destroys it in any case; *writer is NULL after */
clonal_status clonal__file_writer_commit(clonal__file_writer **writer);
void clonal__file_writer_destroy(clonal__file_writer *writer);
/* the three at once */
clonal_status clonal__file_write(const char *path, const void *bytes, size_t count);

/* What stands behind the file's own name in a temporary one: this, a process and a counter. Whether
 * `behind` is such an end. */
#define CLONAL__FILE_TEMPORARY ".tmp-"
bool clonal__file_is_temporary(const char *behind);

/* Takes a folder for this process alone until it closes *lock (a descriptor; -1 where the file
 * system has no locks) or ends. CLONAL_E_EXISTS: another process has it. */
clonal_status clonal__folder_lock(const char *path, int *lock);
void clonal__folder_unlock(int lock);

bool clonal__file_exists(const char *path);
bool clonal__is_folder(const char *path);
clonal_status clonal__make_folders(const char *path); /* mkdir -p */
/* How much of a path is folders that are there: a length, or SIZE_MAX without memory. After
 * clonal__make_folders on it, clonal__unmake_folders removes the others again, as far as they are
 * empty. */
size_t clonal__folders_there(const char *path);
void clonal__unmake_folders(const char *path, size_t there);
/* Joins folder and name into room[size]; CLONAL_E_ARGUMENT when too long. */
clonal_status clonal__path_join(const char *folder, const char *name, char *room, size_t size);

#endif
