/* crash_maps.h: what a crashing process can learn of itself by calls that POSIX allows in a
 * handler of signals: open, read, write, close, unlink. One thread at a time. */
#ifndef TOOLS_SUPPORT_CRASH_MAPS_H
#define TOOLS_SUPPORT_CRASH_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CRASH_PATH = 1024 };

/* An address, and the file that is mapped there: "" where there is none, or none is known. */
typedef struct crash_place {
    uintptr_t address;
    char file[CRASH_PATH];
} crash_place;

/* Finds the files of `count` addresses in /proc/self/maps; without one all stay "". */
void crash_places_find(crash_place *places, size_t count);
/* MiB that Linux thinks can still be had, or SIZE_MAX where it does not say. */
size_t crash_memory_left(void);
/* 0, or why (an errno) some MiB cannot be written to a file in the folder. Nothing is left. */
int crash_folder_try(const char *folder);

#endif
