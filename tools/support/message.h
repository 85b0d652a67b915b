/* message.h: what the command says on stderr, and the exit codes it says it with. */
#ifndef TOOLS_SUPPORT_MESSAGE_H
#define TOOLS_SUPPORT_MESSAGE_H

#include <clonal/status.h>

/* Exit codes are the values of clonal_status, and 128 + the signal's number for a run that was
 * interrupted. */
#define EXIT_USAGE CLONAL_E_ARGUMENT

#if defined(__GNUC__)
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#else
#define PRINTF_LIKE(f, a)
#endif

/* Prints "clonal: <message>" on stderr and returns `code`: `return fail(EXIT_USAGE, ...)`. */
int fail(int code, const char *format, ...) PRINTF_LIKE(2, 3);
/* Prints the library's last error (with the OpenCL call and the build log where it has them) and
 * returns `status`. */
int fail_status(clonal_status status);
/* What becomes of what fail() says: an error (the default); the same as a warning, where the work
 * goes on without what failed; nothing. Returns the mode before. */
typedef enum message_mode { MESSAGE_ERROR, MESSAGE_WARNING, MESSAGE_SILENT } message_mode;
message_mode message_set_mode(message_mode mode);
/* Prints "clonal: warning: <message>". */
void warn(const char *format, ...) PRINTF_LIKE(1, 2);

/* Passes the library's log on to stderr: warnings, and more when CLONAL_LOG is info or debug. */
void message_start_log(void);

#endif
