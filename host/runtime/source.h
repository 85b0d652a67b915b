/* source.h: where the text of a kernel's program comes from. */
#ifndef CLONAL_RUNTIME_SOURCE_H
#define CLONAL_RUNTIME_SOURCE_H

#include "host/base/memory.h"

/* Appends the text of cl/<program>.cl, its includes resolved, to `text`: the one that the build
 * embedded, or, where the environment variable CLONAL_KERNELS names a folder, the one in that
 * folder. Of "base+part" it is cl/lib/part.cl and then cl/base.cl, and likewise of several parts:
 * how a program takes a part that it does not know. `text` stays the caller's, also after a
 * failure.
 * Errors: CLONAL_E_INTERNAL (there is no such program); with CLONAL_KERNELS CLONAL_E_IO (a file
 * cannot be read) and CLONAL_E_FORMAT (a file includes itself); CLONAL_E_MEMORY. */
clonal_status clonal__kernel_source_load(const char *program, clonal__string *text);

#endif
