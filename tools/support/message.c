#include "message.h"
#include "interrupt.h"
#include "progress.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const char *kind, const char *format, va_list arguments)
{
    progress_hold();
    fflush(stdout); /* so that the two streams keep their order where they share a terminal or a file */
    fprintf(stderr, "clonal: %s", kind);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    progress_release();
}

static message_mode mode;

message_mode message_set_mode(message_mode wanted)
{
    const message_mode before = mode;
    mode = wanted;
    return before;
}

int fail(int code, const char *format, ...)
{
    va_list arguments;
    if (mode == MESSAGE_SILENT) return code;
    va_start(arguments, format);
    say(mode == MESSAGE_WARNING ? "warning: " : "", format, arguments);
    va_end(arguments);
    return code;
}

void warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("warning: ", format, arguments);
    va_end(arguments);
}

int fail_status(clonal_status status)
{
    const clonal_error *error = clonal_last_error();
    /* A compiler that the driver starts takes the same Ctrl-C and fails, which is not what the user wants to hear. */
    if (interrupt_signal()) return fail(interrupt_exit_code(), "interrupted");
    const char *message = error->message[0] ? error->message : clonal_status_text(status);
    if (error->call[0] && !strstr(message, error->call))
        fail(status, "%s (%s gave %s, %d)", message, error->call, error->code_name, error->code);
    else
        fail(status, "%s", message);
    if (error->build_log[0]) fprintf(stderr, "%s\n", error->build_log);
    return status;
}

/* The library warns of a broken driver whenever it lists the devices; a user is told once. */
static bool warned_before(const char *message)
{
    static char *warned[16];
    size_t i = 0;
    progress_hold();
    while (i < sizeof warned / sizeof *warned && warned[i] && strcmp(warned[i], message) != 0) i++;
    const bool before = i < sizeof warned / sizeof *warned && warned[i];
    if (i < sizeof warned / sizeof *warned && !before) warned[i] = strdup(message);
    progress_release();
    return before;
}

static void pass_on(clonal_log_level level, const char *message, void *user)
{
    const clonal_log_level *least = user;
    if (level < *least) return;
    if (level != CLONAL_LOG_WARNING)
        fail(0, "%s", message);
    else if (!warned_before(message))
        warn("%s", message);
}

void message_start_log(void)
{
    static clonal_log_level least = CLONAL_LOG_WARNING;
    const char *wanted = getenv("CLONAL_LOG");
    if (wanted && strcmp(wanted, "debug") == 0)
        least = CLONAL_LOG_DEBUG;
    else if (wanted && strcmp(wanted, "info") == 0)
        least = CLONAL_LOG_INFO;
    clonal_set_log(pass_on, &least);
}
