/* error.c: the thread's error record, the log callback, and the names of the status codes. */
#include "host/base/error.h"

#include "host/base/number.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_ROOM = 6144, NAME_ROOM = 96, BUILD_LOG_ROOM = 8192 };

/* Fixed room: recording "out of memory" must not allocate. */
static _Thread_local struct record {
    clonal_error public;
    char message[MESSAGE_ROOM], call[NAME_ROOM], code_name[NAME_ROOM], build_log[BUILD_LOG_ROOM];
} record;

static clonal_log_fn log_callback;
static void *log_user;

static void copy_text(char *room, size_t size, const char *text)
{
    snprintf(room, size, "%s", text ? text : "");
}

static void publish(clonal_status status, int code)
{
    record.public = (clonal_error){status, record.message, record.call, code, record.code_name, record.build_log};
}

/* What comes out of files must not steer a terminal. Line feeds stay: a list of devices has them. */
static void defuse(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' && *text != '\n') *text = '?';
}

/* Through a copy, since the arguments may point into the record itself. */
static void set_message(const char *format, va_list list)
{
    char message[MESSAGE_ROOM];
    clonal__number_format(message, sizeof message, format, list);
    defuse(message);
    memcpy(record.message, message, sizeof message);
}

clonal_status clonal__fail(clonal_status status, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    set_message(format, list);
    va_end(list);
    record.call[0] = record.code_name[0] = record.build_log[0] = 0;
    publish(status, 0);
    return status;
}

clonal_status clonal__fail_memory(size_t bytes)
{
    return clonal__fail(CLONAL_E_MEMORY, "out of memory: %zu bytes were asked for", bytes);
}

clonal_status clonal__fail_call(clonal_status status, const char *call, int code, const char *code_name,
                                const char *build_log, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    set_message(format, list);
    va_end(list);
    copy_text(record.call, sizeof record.call, call);
    copy_text(record.code_name, sizeof record.code_name, code_name);
    copy_text(record.build_log, sizeof record.build_log, build_log);
    publish(status, code);
    return status;
}

clonal_status clonal__fail_context(const char *format, ...)
{
    char before[MESSAGE_ROOM], message[MESSAGE_ROOM];
    va_list list;
    va_start(list, format);
    clonal__number_format(before, sizeof before, format, list);
    va_end(list);
    memcpy(message, record.message, sizeof message);
    size_t length = strlen(before);
    copy_text(record.message, sizeof record.message, before);
    copy_text(record.message + length, sizeof record.message - length, ": ");
    if (length + 2 < sizeof record.message)
        copy_text(record.message + length + 2, sizeof record.message - length - 2, message);
    publish(record.public.status, record.public.code);
    return record.public.status;
}

void clonal__fail_remark(const char *format, ...)
{
    char remark[2048] = "; ";
    va_list list;
    va_start(list, format);
    clonal__number_format(remark + 2, sizeof remark - 2, format, list);
    va_end(list);
    defuse(remark);
    const size_t length = strlen(record.message);
    copy_text(record.message + length, sizeof record.message - length, remark);
}

const clonal_error *clonal_last_error(void)
{
    publish(record.public.status, record.public.code); /* so that a thread that never failed sees "", not NULL */
    return &record.public;
}

void clonal_set_log(clonal_log_fn log, void *user)
{
    log_callback = log;
    log_user = user;
}

void clonal__log(clonal_log_level level, const char *format, ...)
{
    if (!log_callback) return;
    char message[2048];
    va_list list;
    va_start(list, format);
    clonal__number_format(message, sizeof message, format, list);
    va_end(list);
    log_callback(level, message, log_user);
}

const char *clonal_status_name(clonal_status status)
{
    switch (status) {
#define CASE(name, value, text)                                                                                        \
    case CLONAL_##name:                                                                                                \
        return "CLONAL_" #name;
        CLONAL_STATUS_MAP(CASE)
#undef CASE
    }
    return "CLONAL_E_UNKNOWN";
}

const char *clonal_status_text(clonal_status status)
{
    switch (status) {
#define CASE(name, value, text)                                                                                        \
    case CLONAL_##name:                                                                                                \
        return text;
        CLONAL_STATUS_MAP(CASE)
#undef CASE
    }
    return "unknown status";
}

const char *clonal__printable(const char *name, char room[64])
{
    size_t n = 0;
    for (; name[n] && n < 60; n++) room[n] = (unsigned char)name[n] < 0x20 || name[n] == 0x7f ? '?' : name[n];
    strcpy(room + n, name[n] ? "..." : "");
    return room;
}
