/* shim.h: a library that is preloaded into `clonal` and makes a chosen call of Clonal's own fail.
 *
 * A point is one call of an allocation, of a function that changes files, or of OpenCL, whose
 * return address lies in the program `clonal` or in libclonal; allocations of the libraries that
 * work for it alone (jansson, popt, zlib) are points too. What a driver, CLBlast or the C library
 * does for itself never is.
 *
 * Environment:
 *   CLONAL_FAULT_KIND  memory, file or opencl; without it the shim does nothing
 *   CLONAL_FAULT_AT    the number of the point that fails, from 1; without it none does
 *   CLONAL_FAULT_ON    if set, those behind it fail too: memory is used up, the disk full, the
 *                      device lost
 *   CLONAL_FAULT_LOG   gets a line `number function place` for each point, or, with
 *                      CLONAL_FAULT_AT, for the first that failed. The place is the call and its
 *                      callers inside Clonal, innermost first, as module+offset, with a comma
 *                      between */
#ifndef CLONAL_TEST_FAULT_SHIM_H
#define CLONAL_TEST_FAULT_SHIM_H

#include <dlfcn.h>

/* FAULT_FILE_ONCE: a point of FAULT_FILE that does not fail where faults go on, since a full disk
 * lets files be removed and closed. */
typedef enum fault_kind {
    FAULT_NONE,
    FAULT_MEMORY,
    FAULT_FILE,
    FAULT_FILE_ONCE,
    FAULT_OPENCL
} fault_kind;

/* The number of this point if it must fail, else 0. */
unsigned long fault_is_due(fault_kind kind, const char *function, const void *caller);

/* Whether what fails goes on failing. */
int fault_goes_on(void);

#define DUE(kind) fault_is_due(kind, __func__, __builtin_return_address(0))

/* The function that the wrapper of this name stands before: `real`, found once; a race on it is
 * harmless. */
void *fault_next(const char *name);
#define NEXT(name)                                                                                 \
    static __typeof__(&name) real;                                                                 \
    if (!real) *(void **)&real = fault_next(#name)

#endif
