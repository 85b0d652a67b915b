/* text.h: text that grows. */
#ifndef TOOLS_REPORT_TEXT_H
#define TOOLS_REPORT_TEXT_H

#include "support/message.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Starts as {0}. Once memory has run out the text is lost, and every call does nothing: it is
 * enough to look at `failed` at the end. */
typedef struct text {
    char *bytes; /* NUL-terminated; NULL while empty */
    size_t length, room;
    bool failed;
} text;

/* Appends, as printf does. */
void text_put(text *to, const char *format, ...) PRINTF_LIKE(2, 3);
void text_put_list(text *to, const char *format, va_list arguments);
/* Appends text as XML and HTML want it, in an element or an attribute: & < > " ' are escaped,
 * control characters and bytes that are no UTF-8 become '?'. */
void text_escape(text *to, const char *words);
/* What was put, "" for nothing or where memory ran out. Valid until the next call. */
const char *text_words(const text *from);
void text_free(text *t);

#endif
