/* status.h: what every function of libclonal returns, and where the details of a failure are kept.
 *
 * Conventions that hold for the whole library:
 *  - A function that can fail returns clonal_status; CLONAL_OK is 0. Results go to out-parameters,
 *    which are set to NULL or zero on failure, so that a failed create leaves nothing to destroy.
 *    destroy(NULL) is legal.
 *  - The library never prints, exits or aborts. The log callback (clonal_set_log) is its only
 *    voice.
 *  - Objects are not locked: use one object from one thread at a time. Different objects may be
 *    used from different threads, from the first call on. The error record below is kept for each
 *    thread.
 *  - A process that has opened a context or listed devices may fork, but its child cannot use
 *    OpenCL, whose drivers' threads stay behind: what needs a device returns CLONAL_E_OPENCL there.
 *    Fork before the first use, or start the child by exec.
 *  - A caller's floating-point environment (rounding mode, FTZ and DAZ) changes no result: each
 *    call computes in the standard one and puts the caller's back. Callbacks run in the standard
 *    one. */
#ifndef CLONAL_STATUS_H
#define CLONAL_STATUS_H

#include <clonal/export.h>

CLONAL_BEGIN

/* X(name, value, text): the one table of status codes. The value is also the exit code of the
 * command `clonal`. */
#define CLONAL_STATUS_MAP(X)                                                                       \
    X(OK, 0, "success")                                                                            \
    X(E_INTERNAL, 1, "internal error")                                                             \
    X(E_ARGUMENT, 2, "invalid argument")                                                           \
    X(E_NO_PLATFORM, 3, "no OpenCL platform is installed")                                         \
    X(E_NO_DEVICE, 4, "the OpenCL platforms have no device")                                       \
    X(E_DRIVER, 5, "an OpenCL driver fails to load")                                               \
    X(E_SELECTOR, 6, "the device selector fits no device, or several")                             \
    X(E_OPENCL, 7, "an OpenCL or CLBlast call failed")                                             \
    X(E_MEMORY, 8, "out of memory")                                                                \
    X(E_IO, 9, "a file could not be read or written")                                              \
    X(E_FORMAT, 10, "a file is damaged or not of the expected format")                             \
    X(E_SHAPE, 11, "shapes do not fit")                                                            \
    X(E_EXISTS, 12, "the output exists already")                                                   \
    X(E_CONTRACT, 13, "the device does not keep the numeric contract")                             \
    X(E_MISMATCH, 14, "results differ")                                                            \
    X(E_CANCELLED, 15, "cancelled by the caller")

typedef enum clonal_status {
#define CLONAL_STATUS_ENUM(name, value, text) CLONAL_##name = value,
    CLONAL_STATUS_MAP(CLONAL_STATUS_ENUM)
#undef CLONAL_STATUS_ENUM
} clonal_status;

/* The name ("CLONAL_E_IO") and the one-line meaning of a status; "CLONAL_E_UNKNOWN" / "unknown
 * status" for other values. */
CLONAL_API const char *clonal_status_name(clonal_status status);
CLONAL_API const char *clonal_status_text(clonal_status status);

/* The calling thread's last failure. Strings are never NULL; they stay valid until the thread's
 * next call into Clonal. */
typedef struct clonal_error {
    clonal_status status;
    const char *message;   /* one line: the cause and what to do */
    const char *call;      /* the OpenCL or CLBlast function that failed, or "" */
    int code;              /* what it returned, or 0 */
    const char *code_name; /* that code's name, as "CL_OUT_OF_RESOURCES", or "" */
    const char *build_log; /* the compiler's words when a kernel failed to build, or "" */
} clonal_error;

CLONAL_API const clonal_error *clonal_last_error(void);

typedef enum clonal_log_level {
    CLONAL_LOG_DEBUG,
    CLONAL_LOG_INFO,
    CLONAL_LOG_WARNING
} clonal_log_level;
typedef void (*clonal_log_fn)(clonal_log_level level, const char *message, void *user);

/* Sets the callback that receives the library's messages (NULL: silence, the default). Set it
 * before other threads use the library; it is called on whichever thread has something to say,
 * never after the call that caused it returned. */
CLONAL_API void clonal_set_log(clonal_log_fn log, void *user);

/* "0.1.0", and the version of the numeric contract (cl/CONTRACT.md) that this library keeps. */
CLONAL_API const char *clonal_version(void);
CLONAL_API int clonal_contract_version(void);

/* Frees memory that the library handed over to the caller. NULL is legal. */
CLONAL_API void clonal_free(void *memory);

CLONAL_END

#endif
