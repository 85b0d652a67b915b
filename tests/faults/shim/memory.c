/* memory.c: allocations that fail. The C library's own names are called, since dlsym allocates. */
#include "shim.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

#define FAILS (DUE(FAULT_MEMORY) && (errno = ENOMEM))

void *malloc(size_t size)
{
    return FAILS ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return FAILS ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return FAILS ? NULL : __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    NEXT(posix_memalign);
    return DUE(FAULT_MEMORY) ? ENOMEM : real(memory, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    NEXT(aligned_alloc);
    return FAILS ? NULL : real(alignment, size);
}

/* Of what the C library allocates for its caller. */
#undef strdup
char *strdup(const char *text)
{
    if (FAILS) return NULL;
    const size_t bytes = strlen(text) + 1;
    char *copy = __libc_malloc(bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

char *realpath(const char *path, char *resolved)
{
    NEXT(realpath);
    return FAILS ? NULL : real(path, resolved);
}

DIR *opendir(const char *path)
{
    NEXT(opendir);
    return FAILS ? NULL : real(path);
}

EVP_MD_CTX *EVP_MD_CTX_new(void)
{
    NEXT(EVP_MD_CTX_new);
    return FAILS ? NULL : real();
}
