/* room.h: whether what is about to be allocated fits: said before, with figures, where a driver for
 * CPUs would end the process. */
#ifndef CLONAL_RUNTIME_ROOM_H
#define CLONAL_RUNTIME_ROOM_H

#include "host/runtime/runtime.h"

/* A part of what is needed, beyond what is allocated already. */
typedef struct clonal__need_part {
    const char *what; /* "parameters" */
    uint64_t bytes;
    bool host; /* in host memory; else in buffers of the device */
} clonal__need_part;

/* CLONAL_E_MEMORY where the parts surely do not fit: their buffers are more than the device has or,
 * on a CPU, one is larger than it allows, or all are more than the host still gives
 * (host/base/host_room.h). The message names
 * `doing`, the need, the room, the parts and the `remedy`. What drivers and compilers take
 * besides is not known, so that what is let through may fail yet. `largest` is the largest
 * buffer's bytes, or 0. */
clonal_status clonal__room_check(const clonal_context *context, const char *doing, size_t count,
                                 const clonal__need_part *parts, uint64_t largest,
                                 const char *remedy);
/* "1.2 GiB", "340 MiB" or "12 KiB". */
const char *clonal__bytes_text(uint64_t bytes, char room[24]);

#endif
