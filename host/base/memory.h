/* memory.h: allocation. All of the library's host memory comes from here, so that tests can make it
 * fail. */
#ifndef CLONAL_BASE_MEMORY_H
#define CLONAL_BASE_MEMORY_H

#include "host/base/error.h"
#include <stddef.h>

/* count*size bytes, zeroed; CLONAL_E_MEMORY (also when the product overflows). Free with
 * clonal__free. *out is a T**. */
clonal_status clonal__calloc(size_t count, size_t size, void *out);
/* Grows *memory (a T**) to hold count elements; on failure it stays as it was. */
clonal_status clonal__grow(void *memory, size_t count, size_t size);
void clonal__free(void *memory);
char *clonal__strdup(const char *text); /* NULL and the recorded error when out of memory */

/* For tests: allocation number n from now on fails (1 = the next); 0: none does. Not thread-safe.
 */
void clonal__memory_fail_after(unsigned long n);

/* A growing string. Zero-initialise. Once an append fails, it stays failed and text is NULL. */
typedef struct clonal__string {
    char *text;
    size_t length, room;
    clonal_status status;
} clonal__string;
void clonal__string_append(clonal__string *string, const char *format, ...) CLONAL__PRINTF(2, 3);
void clonal__string_free(clonal__string *string);

#endif
