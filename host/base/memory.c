/* memory.c: allocation, with faults on demand, and the growing string. */
#include "host/base/memory.h"

#include "host/base/number.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long fail_after; /* 0: never; n: allocation n from now on fails */

static int injected_failure(void)
{
    return fail_after && --fail_after == 0;
}

void clonal__memory_fail_after(unsigned long n)
{
    fail_after = n;
}

clonal_status clonal__calloc(size_t count, size_t size, void *out)
{
    void *memory = NULL;
    memcpy(out, &memory, sizeof memory);
    if (size && count > SIZE_MAX / size)
        return clonal__fail(CLONAL_E_MEMORY, "out of memory: %zu x %zu bytes were asked for", count, size);
    size_t bytes = count * size;
    if (!injected_failure()) memory = calloc(1, bytes ? bytes : 1);
    if (!memory) return clonal__fail_memory(bytes);
    memcpy(out, &memory, sizeof memory);
    return CLONAL_OK;
}

clonal_status clonal__grow(void *memory, size_t count, size_t size)
{
    void *old, *grown = NULL;
    memcpy(&old, memory, sizeof old);
    if (size && count > SIZE_MAX / size)
        return clonal__fail(CLONAL_E_MEMORY, "out of memory: %zu x %zu bytes were asked for", count, size);
    size_t bytes = count * size;
    if (!injected_failure()) grown = realloc(old, bytes ? bytes : 1);
    if (!grown) return clonal__fail_memory(bytes);
    memcpy(memory, &grown, sizeof grown);
    return CLONAL_OK;
}

void clonal__free(void *memory)
{
    free(memory);
}

void clonal_free(void *memory)
{
    clonal__free(memory);
}

char *clonal__strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy;
    if (clonal__calloc(bytes, 1, &copy)) return NULL;
    memcpy(copy, text, bytes);
    return copy;
}

void clonal__string_append(clonal__string *string, const char *format, ...)
{
    if (string->status) return;
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int added = clonal__number_format(NULL, 0, format, list);
    va_end(list);
    if (added < 0) {
        string->status = clonal__fail(CLONAL_E_INTERNAL, "a text could not be formatted");
    } else if (string->length + (size_t)added + 1 > string->room) {
        size_t room = 2 * string->room + (size_t)added + 64;
        string->status = clonal__grow(&string->text, room, 1);
        if (!string->status) string->room = room;
    }
    if (string->status) {
        clonal_status status = string->status;
        clonal__string_free(string);
        string->status = status;
    } else {
        clonal__number_format(string->text + string->length, (size_t)added + 1, format, again);
        string->length += (size_t)added;
    }
    va_end(again);
}

void clonal__string_free(clonal__string *string)
{
    clonal__free(string->text);
    *string = (clonal__string){0};
}
