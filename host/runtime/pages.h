/* pages.h: advice to the operating system on the memory behind a CPU's buffers. */
#ifndef CLONAL_RUNTIME_PAGES_H
#define CLONAL_RUNTIME_PAGES_H

#include "host/runtime/runtime.h"

/* Whether a buffer of the context's device is in the host's memory, and so large that it holds huge
 * pages, on a system that takes advice on them. */
bool clonal__pages_suit(const clonal_context *context, size_t bytes);

/* Asks for huge pages (Linux's transparent ones, 2 MiB on x86-64) behind a buffer that suits: the
 * processor misses fewer of them in its tables, and fewer are made when the buffer is first
 * touched. To be called before that. The system may not heed it, which nobody notices. Waits for
 * the device. Errors: those of mapping, where drivers allocate what they put off: CLONAL_E_MEMORY,
 * CLONAL_E_OPENCL. */
clonal_status clonal__pages_enlarge(clonal_context *context, cl_mem buffer, size_t bytes);

#endif
