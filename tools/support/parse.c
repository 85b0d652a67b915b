#include "parse.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool parse_u64(const char *text, uint64_t *value)
{
    int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
    const char *digits = base == 16 ? text + 2 : text;
    /* strtoull takes blanks and signs, and wraps negative numbers round. */
    if (base == 16 ? !isxdigit((unsigned char)digits[0]) : !isdigit((unsigned char)digits[0])) return false;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(digits, &end, base);
    if (errno || *end || number > UINT64_MAX) return false;
    *value = number;
    return true;
}

bool parse_seed(const char *text, uint64_t *value)
{
    uint64_t magnitude;
    if (text[0] != '-') return parse_u64(text, value);
    /* -0x1 might be meant as the bits 0x1 or their complement: it is refused. */
    if (text[1] == '0' && (text[2] == 'x' || text[2] == 'X')) return false;
    if (!parse_u64(text + 1, &magnitude) || magnitude > (uint64_t)1 << 63) return false;
    *value = 0 - magnitude;
    return true;
}

bool parse_u32(const char *text, uint32_t *value)
{
    uint64_t wide;
    if (!parse_u64(text, &wide) || wide > UINT32_MAX) return false;
    *value = (uint32_t)wide;
    return true;
}

bool parse_real(const char *text, double *value)
{
    /* Keeps strtod from blanks, signs, "nan", "inf" and hexadecimal. */
    if (text[strspn(text, "0123456789.eE+-")] || !(isdigit((unsigned char)text[0]) || text[0] == '.')) return false;
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !isfinite(number)) return false;
    if (number == 0 && text[strspn(text, "0.+-")] && !strchr("eE", text[strspn(text, "0.+-")])) return false;
    *value = number;
    return true;
}

bool parse_real32(const char *text, float *value)
{
    double wide;
    if (!parse_real(text, &wide) || !isfinite((float)wide) || ((float)wide == 0 && wide != 0)) return false;
    *value = (float)wide;
    return true;
}

const char *real_text(double value, char room[REAL_TEXT])
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(room, REAL_TEXT, "%.*g", digits, value);
        if (strtod(room, NULL) == value) break;
    }
    return room;
}

const char *real32_text(float value, char room[REAL_TEXT])
{
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(room, REAL_TEXT, "%.*g", digits, (double)value);
        if ((float)strtod(room, NULL) == value) break;
    }
    return room;
}

/* Calls parse for each part; `values` is an array of elements of `size` bytes. */
static bool parse_list(const char *text, size_t room, char *values, size_t size, size_t *count,
                       bool (*parse)(const char *, void *))
{
    *count = 0;
    if (strcmp(text, "none") == 0) return true;
    for (const char *at = text;;) {
        size_t length = strcspn(at, ",");
        char part[64];
        if (length >= sizeof part || *count == room) return false;
        memcpy(part, at, length);
        part[length] = 0;
        if (!parse(part, values + *count * size)) return false;
        ++*count;
        if (!at[length]) return true;
        at += length + 1;
    }
}

size_t parse_list_room(const char *text)
{
    size_t room = 1;
    for (; *text; text++) room += *text == ',';
    return room;
}

static bool parse_one_u32(const char *text, void *value)
{
    return parse_u32(text, value);
}

static bool parse_one_real(const char *text, void *value)
{
    return parse_real(text, value);
}

static bool parse_signed_real(const char *text, void *value)
{
    double *number = value;
    const bool minus = text[0] == '-';
    if (!parse_real(text + minus, number)) return false;
    if (minus) *number = -*number;
    return true;
}

bool parse_u32_list(const char *text, size_t room, uint32_t *values, size_t *count)
{
    return parse_list(text, room, (char *)values, sizeof *values, count, parse_one_u32);
}

bool parse_real_list(const char *text, size_t room, double *values, size_t *count)
{
    return parse_list(text, room, (char *)values, sizeof *values, count, parse_one_real);
}

bool parse_signed_real_list(const char *text, size_t room, double *values, size_t *count)
{
    return parse_list(text, room, (char *)values, sizeof *values, count, parse_signed_real);
}
