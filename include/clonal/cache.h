/* cache.h: what Clonal keeps on disk between processes: compiled programs, what the probe found of
 * a device, and who computes which matrix product.
 *
 * It makes later starts faster and changes no result: every file can be deleted at any time, also
 * while other processes use the folder. What is kept is found again under device, driver and
 * versions, and checked before it is used. Drivers keep caches of their own elsewhere (PoCL in
 * $POCL_CACHE_DIR or ~/.cache/pocl), which nothing here touches. */
#ifndef CLONAL_CACHE_H
#define CLONAL_CACHE_H

#include <clonal/status.h>
#include <stdint.h>

CLONAL_BEGIN

/* Sets the folder for the whole process: `folder`, made where it is missing, its parents too, or,
 * by NULL, again the default: $XDG_CACHE_HOME/clonal, else ~/.cache/clonal, else none, and nothing
 * is kept. A relative path is taken from the folder that the process is in now. The string is
 * copied.
 *
 * Any thread may call it at any time; call it before contexts are created, since one that is open
 * keeps what it has read and writes to the new folder. Errors, after which the folder is as it was:
 * CLONAL_E_ARGUMENT ("", or the path is longer than 699 bytes), CLONAL_E_IO (it cannot be made or
 * written, which of the default folder only costs time), CLONAL_E_MEMORY. */
CLONAL_API clonal_status clonal_cache_set_folder(const char *folder);

/* Sets *folder to the folder's path, be it there or not, or to "" where there is none. Free with
 * clonal_free. Errors: CLONAL_E_MEMORY. */
CLONAL_API clonal_status clonal_cache_folder(char **folder);

typedef enum clonal_cache_kind {
    CLONAL_CACHE_PROGRAM, /* a compiled program; of drivers that keep none themselves */
    CLONAL_CACHE_PROBE,   /* a device that keeps the contract, and its body of fma */
    CLONAL_CACHE_PLAN,    /* decisions of a device: see clonal_tune */
    CLONAL_CACHE_LEFTOVER /* half a file, whose writer was killed; a later write removes it */
} clonal_cache_kind;
#define CLONAL_CACHE_KINDS 4

/* One file of the cache. The strings are valid during the call that gets it. */
typedef struct clonal_cache_file {
    clonal_cache_kind kind;
    const char *path;
    const char *device; /* "NAME (PLATFORM), driver VERSION", or "" where the file does not tell */
    uint64_t bytes;
    const char *damage; /* why Clonal would not use all of it, or NULL: it is sound */
} clonal_cache_file;

/* What becomes of a file. */
typedef enum clonal_cache_wish {
    CLONAL_CACHE_KEEP,
    CLONAL_CACHE_REMOVE, /* remove it, and go on */
    CLONAL_CACHE_STOP    /* keep it, and visit no more */
} clonal_cache_wish;
typedef clonal_cache_wish (*clonal_cache_fn)(const clonal_cache_file *file, void *user);

/* Visits every file of the cache, in no order, each read and checked as Clonal does before it uses
 * it. Visited are regular files alone, with the names that Clonal gives, in the folders programs,
 * probes and plans: no link is followed there, nothing else is touched, and no folder is removed.
 * Other processes may use the cache meanwhile: a file that goes is passed over, one that came anew
 * since it was visited stays, and one that is being written is not visited. A folder that is not
 * there is an empty cache.
 *
 * Errors: CLONAL_E_IO (a folder cannot be read, or a file not be removed), CLONAL_E_MEMORY, after
 * which no more are visited; CLONAL_E_CANCELLED after CLONAL_CACHE_STOP. */
CLONAL_API clonal_status clonal_cache_visit(clonal_cache_fn visit, void *user);

CLONAL_END

#endif
