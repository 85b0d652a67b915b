/* source.h: where a program's text comes from. */
#ifndef CLONAL_RUNTIME_SOURCE_H
#define CLONAL_RUNTIME_SOURCE_H

#include "host/base/memory.h"

/* Appends the flattened text of cl/<program>.cl: the embedded one, or, when CLONAL_KERNELS names a
 * folder, the one there. CLONAL_E_INTERNAL (no such program), CLONAL_E_IO. */
clonal_status clonal__kernel_source_load(const char *program, clonal__string *text);

#endif
