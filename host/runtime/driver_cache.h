/* driver_cache.h: the folder in which a driver keeps the kernels that it compiled, as a cause of
 * failures: drivers say "does not build" where a disk is full or a file of theirs is damaged. */
#ifndef CLONAL_RUNTIME_DRIVER_CACHE_H
#define CLONAL_RUNTIME_DRIVER_CACHE_H

#include "host/runtime/runtime.h"

/* clonal_driver_cache_find by the platform's name. */
void clonal__driver_cache_find(const char *platform, clonal_driver_cache *cache);

/* Puts behind the recorded error why the platform's driver cannot write, and what to do, where it
 * cannot: the folder of its cache and the one of temporary files (TMPDIR, /tmp) are tried with a
 * file of some MiB, which is removed again. Where both can be written nothing changes, unless the
 * caller knows that a file of the cache may be damaged (may_be_damaged): then the message says
 * which folder to clear. */
void clonal__driver_cache_blame(const char *platform, bool may_be_damaged);

/* 0, or why (an errno) `bytes` bytes cannot be written to a file in the folder, or in the one above
 * it that is there; EFBIG also where the process may not write so many (RLIMIT_FSIZE), of which no
 * signal comes. Leaves nothing behind. */
int clonal__folder_try(const char *folder, size_t bytes);

#endif
