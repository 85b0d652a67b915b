/* error.h: how a failure is recorded. Sets the calling thread's clonal_last_error(). */
#ifndef CLONAL_BASE_ERROR_H
#define CLONAL_BASE_ERROR_H

#include <clonal/status.h>
#include <stddef.h>

#if defined(__GNUC__)
#define CLONAL__PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define CLONAL__PRINTF(f, a)
#endif

/* Records `status` with a one-line message (cause, and what to do) and returns it: `return
 * clonal__fail(CLONAL_E_IO, ...)`. */
clonal_status clonal__fail(clonal_status status, const char *format, ...) CLONAL__PRINTF(2, 3);
/* Out of memory, with the size asked for in bytes. */
clonal_status clonal__fail_memory(size_t bytes);
/* A failure of an OpenCL or CLBlast call; build_log may be NULL. */
clonal_status clonal__fail_call(clonal_status status, const char *call, int code,
                                const char *code_name, const char *build_log, const char *format,
                                ...) CLONAL__PRINTF(6, 7);
/* Puts `format` and ": " in front of the recorded message ("epoch 3 of runs/x"); returns the
 * recorded status. */
clonal_status clonal__fail_context(const char *format, ...) CLONAL__PRINTF(1, 2);
/* Puts "; " and `format` behind the recorded message; status and the rest of the record stay. */
void clonal__fail_remark(const char *format, ...) CLONAL__PRINTF(1, 2);

/* A name from a file as it may stand in a one-line message: its first 60 bytes, with '?' for
 * control characters; into room, which it returns. */
const char *clonal__printable(const char *name, char room[64]);

void clonal__log(clonal_log_level level, const char *format, ...) CLONAL__PRINTF(2, 3);

/* At the head of a public function: CLONAL_E_ARGUMENT, by the function's name, unless the pointers
 * that it needs are there. */
#define CLONAL__NEEDS(pointers)                                                                    \
    do {                                                                                           \
        if (!(pointers))                                                                           \
            return clonal__fail(CLONAL_E_ARGUMENT,                                                 \
                                "%s: an argument is NULL that must be there: %s", __func__,        \
                                #pointers);                                                        \
    } while (0)

/* Returns the status of `expression` from the calling function when it is not CLONAL_OK. */
#define CLONAL__TRY(expression)                                                                    \
    do {                                                                                           \
        clonal_status clonal__s = (expression);                                                    \
        if (clonal__s != CLONAL_OK) return clonal__s;                                              \
    } while (0)
/* The same, to a label: `status` must be a variable of the function. */
#define CLONAL__TRY_GOTO(expression, label)                                                        \
    do {                                                                                           \
        status = (expression);                                                                     \
        if (status != CLONAL_OK) goto label;                                                       \
    } while (0)

#endif
