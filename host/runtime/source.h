/* source.h: where a program's text comes from. */
#ifndef CLONAL_RUNTIME_SOURCE_H
#define CLONAL_RUNTIME_SOURCE_H

#include "host/base/memory.h"

/* Appends a program's source to text: cl/<program>.cl with its includes resolved, the embedded one
 * or, where CLONAL_KERNELS names a folder, the one in that folder. Of "gemm_native+relu" it is
 * cl/lib/relu.cl and then cl/gemm_native.cl: how a program takes a function or an optimizer that it
 * does not know. Errors: CLONAL_E_INTERNAL (no such program), CLONAL_E_IO, CLONAL_E_MEMORY. */
clonal_status clonal__kernel_source_load(const char *program, clonal__string *text);

#endif
