/* cache_folder.h: where Clonal keeps what makes later processes faster. Any thread may ask. */
#ifndef CLONAL_BASE_CACHE_FOLDER_H
#define CLONAL_BASE_CACHE_FOLDER_H

#include <clonal/cache.h>
#include <stddef.h>

/* A folder that clonal_cache_set_folder takes is shorter than this, so that every file's path in it
 * fits the rooms that its users have. */
enum { CLONAL__CACHE_FOLDER_MOST = 700 };

/* The folder of clonal_cache_set_folder, or $XDG_CACHE_HOME/clonal, or ~/.cache/clonal, or "" when
 * there is none of these or it does not fit (then nothing is kept). */
void clonal__cache_folder(char *room, size_t size);

#endif
