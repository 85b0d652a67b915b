#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(text *t, size_t more)
{
    if (t->failed) return false;
    if (t->length + more + 1 <= t->room) return true;
    const size_t room = 2 * (t->length + more + 1) + 256;
    char *grown = realloc(t->bytes, room);
    if (!grown) {
        text_free(t);
        t->failed = true;
        return false;
    }
    t->bytes = grown;
    t->room = room;
    return true;
}

void text_put_list(text *to, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0 || !make_room(to, (size_t)length)) return;
    vsnprintf(to->bytes + to->length, (size_t)length + 1, format, arguments);
    to->length += (size_t)length;
}

void text_put(text *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_put_list(to, format, arguments);
    va_end(arguments);
}

/* The bytes of the UTF-8 character at `words`, or 0 where there is none: RFC 3629's table. */
static size_t utf8_length(const unsigned char *words)
{
    const unsigned char c = words[0];
    const size_t length = c < 0x80                ? 1
                          : c >= 0xc2 && c < 0xe0 ? 2
                          : c >= 0xe0 && c < 0xf0 ? 3
                          : c >= 0xf0 && c < 0xf5 ? 4
                                                  : 0;
    for (size_t i = 1; i < length; i++)
        if ((words[i] & 0xc0) != 0x80) return 0;
    if ((c == 0xe0 && words[1] < 0xa0) || (c == 0xed && words[1] > 0x9f)) return 0;
    if ((c == 0xf0 && words[1] < 0x90) || (c == 0xf4 && words[1] > 0x8f)) return 0;
    return length;
}

void text_escape(text *to, const char *words)
{
    while (*words) {
        const size_t length = utf8_length((const unsigned char *)words);
        const char c = *words;
        if (c == '&')
            text_put(to, "&amp;");
        else if (c == '<')
            text_put(to, "&lt;");
        else if (c == '>')
            text_put(to, "&gt;");
        else if (c == '"')
            text_put(to, "&quot;");
        else if (c == '\'')
            text_put(to, "&#39;");
        else if (length == 0 || (length == 1 && c < ' ' && c != '\n') || c == 0x7f)
            text_put(to, "?");
        else
            text_put(to, "%.*s", (int)length, words);
        words += length ? length : 1;
    }
}

const char *text_words(const text *from)
{
    return from->bytes ? from->bytes : "";
}

void text_free(text *t)
{
    free(t->bytes);
    *t = (text){0};
}
