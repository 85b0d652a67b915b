/* host_room.h: how much memory the system still gives this process. */
#ifndef CLONAL_BASE_HOST_ROOM_H
#define CLONAL_BASE_HOST_ROOM_H

#include <stdint.h>

typedef struct clonal__room {
    uint64_t bytes; /* UINT64_MAX: not known */
    const char *of; /* whose they are, in words: "the address space (ulimit -v)" */
} clonal__room;

/* The least of what is left: of the address space and of the data segment (setrlimit), of the
 * machine's memory and swap, and of what the process's control groups (versions 1 and 2) may take.
 * What could be had by writing back and dropping the file cache counts as left, and where it cannot
 * be told the limit is passed over: the answer may be too large, never too small. `root` is put in
 * front of /proc and /sys: "", or a folder of a test's own. */
clonal__room clonal__host_room(const char *root);
/* Swap space of the machine, used or not; 0 where it is not known. */
uint64_t clonal__host_swap(const char *root);

#endif
