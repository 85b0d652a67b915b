/* number.c: see number.h. printf and strtod take the locale's decimal point; here the C locale stands in its place, for
 * the calling thread and the length of a call. */
#include "host/base/number.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

static locale_t c_locale; /* made once, never freed */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_locale(void)
{
    c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
}

/* Returns the locale to go back to. Without memory for one of its own the thread's stays. */
static locale_t enter(void)
{
    pthread_once(&once, make_locale);
    return c_locale != (locale_t)0 ? uselocale(c_locale) : (locale_t)0;
}

static void leave(locale_t before)
{
    if (before != (locale_t)0) uselocale(before);
}

bool clonal__number_take(const char **text, double *value)
{
    char *end;
    if (isspace((unsigned char)**text)) return false;
    const locale_t before = enter();
    *value = strtod(*text, &end);
    leave(before);
    if (end == *text) return false;
    *text = end;
    return true;
}

bool clonal__number_read(const char *text, double *value)
{
    return clonal__number_take(&text, value) && !*text;
}

bool clonal__number_read_plain(const char *text, double *value)
{
    if (text[strspn(text, "0123456789.eE+-")] || !(isdigit((unsigned char)text[0]) || text[0] == '.')) return false;
    if (!clonal__number_read(text, value) || !isfinite(*value)) return false;
    return *value != 0 || !text[strspn(text, "0.")] || strchr("eE", text[strspn(text, "0.")]);
}

bool clonal__whole_read(const char *text, uint64_t *value)
{
    const bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hexadecimal ? text + 2 : text;
    const uint64_t base = hexadecimal ? 16 : 10;
    *value = 0;
    for (const char *at = digits; *at; at++) {
        const int c = tolower((unsigned char)*at);
        if (hexadecimal ? !isxdigit(c) : !isdigit(c)) return false;
        const uint64_t digit = (uint64_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
        if (*value > (UINT64_MAX - digit) / base) return false;
        *value = *value * base + digit;
    }
    return *digits != 0;
}

int clonal__number_format(char *room, size_t size, const char *format, va_list list)
{
    const locale_t before = enter();
    const int length = vsnprintf(room, size, format, list);
    leave(before);
    return length;
}

const char *clonal__number_text(double value, int digits, char room[CLONAL__NUMBER_ROOM])
{
    const locale_t before = enter();
    snprintf(room, CLONAL__NUMBER_ROOM, "%.*g", digits, value);
    leave(before);
    return room;
}

const char *clonal__number_shortest(double value, char room[CLONAL__NUMBER_ROOM])
{
    double back;
    for (int digits = 1; digits <= 17; digits++)
        if (clonal__number_read(clonal__number_text(value, digits, room), &back) && back == value) break;
    return room;
}

const char *clonal__number_shortest_f32(float value, char room[CLONAL__NUMBER_ROOM])
{
    double back;
    for (int digits = 1; digits <= 9; digits++)
        if (clonal__number_read(clonal__number_text((double)value, digits, room), &back) && (float)back == value) break;
    return room;
}
