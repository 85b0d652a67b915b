/* cache_folder.c: see cache_folder.h and clonal/cache.h. */
#define _XOPEN_SOURCE 700
#include "host/base/cache_folder.h"

#include "host/base/file.h"
#include "host/base/memory.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char *named; /* by clonal_cache_set_folder: an absolute path; NULL: the default holds */

/* Whether a file can be made there is tried, since permissions do not tell it for a superuser, a full or a read-only
 * file system. What a process that is killed here leaves behind goes when the next one tries. */
static clonal_status try_to_write(const char *folder)
{
    char path[CLONAL__CACHE_FOLDER_MOST + 32];
    clonal__file_writer *writer;
    CLONAL__TRY(clonal__path_join(folder, ".writable", path, sizeof path));
    CLONAL__TRY(clonal__file_writer_create(path, &writer));
    clonal__file_writer_destroy(writer);
    return CLONAL_OK;
}

static clonal_status make_usable(const char *folder, char **usable)
{
    CLONAL__TRY(clonal__make_folders(folder));
    char *real = realpath(folder, NULL);
    if (!real) return clonal__fail(CLONAL_E_IO, "cannot find the folder %s: %s", folder, strerror(errno));
    clonal_status status = CLONAL_OK;
    if (strlen(real) >= CLONAL__CACHE_FOLDER_MOST)
        status = clonal__fail(CLONAL_E_ARGUMENT, "the path is longer than %d bytes: give a shorter one",
                              CLONAL__CACHE_FOLDER_MOST - 1);
    if (status == CLONAL_OK) status = try_to_write(real);
    if (status == CLONAL_OK && !(*usable = clonal__strdup(real))) status = CLONAL_E_MEMORY;
    free(real);
    return status;
}

clonal_status clonal_cache_set_folder(const char *folder)
{
    char *usable = NULL;
    if (folder && !folder[0])
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "clonal_cache_set_folder: the folder's name is empty; NULL is the default");
    if (folder && make_usable(folder, &usable) != CLONAL_OK)
        return clonal__fail_context("the cache cannot be kept in %s, give a folder that you may write to", folder);
    pthread_mutex_lock(&guard);
    char *before = named;
    named = usable;
    pthread_mutex_unlock(&guard);
    clonal__free(before);
    return CLONAL_OK;
}

/* Copies the folder that was named into the room; false where none was. */
static bool copy_named(char *room, size_t size)
{
    pthread_mutex_lock(&guard);
    const bool any = named != NULL;
    if (any && (size_t)snprintf(room, size, "%s", named) >= size) room[0] = 0;
    pthread_mutex_unlock(&guard);
    return any;
}

void clonal__cache_folder(char *room, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int needed = -1;
    if (copy_named(room, size)) return;
    if (cache && cache[0] == '/') /* the XDG standard says to ignore a relative one */
        needed = snprintf(room, size, "%s/clonal", cache);
    else if (home && home[0] == '/')
        needed = snprintf(room, size, "%s/.cache/clonal", home);
    if (needed < 0 || (size_t)needed >= size) room[0] = 0;
}

clonal_status clonal_cache_folder(char **folder)
{
    char room[4096];
    CLONAL__NEEDS(folder);
    clonal__cache_folder(room, sizeof room);
    *folder = clonal__strdup(room);
    return *folder ? CLONAL_OK : CLONAL_E_MEMORY;
}
