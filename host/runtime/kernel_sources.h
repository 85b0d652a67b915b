/* kernel_sources.h: the OpenCL programs of cl/, embedded by the build (cmake/embed.cmake). All
 * of it is constant, and may be read by any thread. */
#ifndef CLONAL__KERNEL_SOURCES_H
#define CLONAL__KERNEL_SOURCES_H

#include <stddef.h>

/* One program: cl/NAME.cl with its includes resolved, ready for clCreateProgramWithSource. */
typedef struct clonal__kernel_source {
    const char *name;   /* "rounds" for cl/rounds.cl */
    const char *text;   /* NUL-terminated */
    size_t length;      /* of text, in bytes, without the NUL */
    const char *sha256; /* of text, 64 lower-case hex digits */
} clonal__kernel_source;

/* Sorted by name; a row of zeros follows the last one. */
extern const clonal__kernel_source clonal__kernel_sources[];
extern const size_t clonal__kernel_source_count;

/* The files cl/NAME.txt as they are, likewise; `name` keeps its ending. */
extern const clonal__kernel_source clonal__texts[];
extern const size_t clonal__text_count;

#endif
