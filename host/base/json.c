/* json.c: see json.h. */
#include "host/base/json.h"

#include "host/base/memory.h"
#include <stdint.h>
#include <string.h>

/* The code point that starts at *text, which goes behind it; UINT32_MAX for what is none. */
static uint32_t next_code_point(const unsigned char **text)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char first = *(*text)++;
    const unsigned more = first < 0x80   ? 0
                          : first < 0xc0 ? 4
                          : first < 0xe0 ? 1
                          : first < 0xf0 ? 2
                          : first < 0xf8 ? 3
                                         : 4;
    if (more > 3) return UINT32_MAX;
    uint32_t point = more ? first & (0x3fu >> more) : first;
    for (unsigned i = 0; i < more; i++, (*text)++) {
        if ((**text & 0xc0) != 0x80) return UINT32_MAX;
        point = point << 6 | (**text & 0x3f);
    }
    return point < least[more] || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff ? UINT32_MAX : point;
}

bool clonal__is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at)
        if (next_code_point(&at) == UINT32_MAX) return false;
    return true;
}

bool clonal__is_line(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f) return false;
    return clonal__is_utf8(text);
}

const char *clonal__as_line(const char *text)
{
    return clonal__is_line(text) ? text : "?";
}

void clonal__json_set(json_t **object, const char *key, json_t *value)
{
    if (*object && json_object_set_new(*object, key, value) == 0) return;
    if (!*object) json_decref(value);
    json_decref(*object);
    *object = NULL;
}

void clonal__json_append(json_t **array, json_t *value)
{
    if (*array && json_array_append_new(*array, value) == 0) return;
    if (!*array) json_decref(value);
    json_decref(*array);
    *array = NULL;
}

json_t *clonal__json_text(const char *text)
{
    return clonal__is_utf8(text) ? json_string_nocheck(text) : json_null();
}

typedef struct printed {
    char *text;
    size_t length, room;
    clonal_status status;
} printed;

static int append(const char *bytes, size_t count, void *user)
{
    printed *p = user;
    if (p->status == CLONAL_OK && p->length + count + 1 > p->room) {
        const size_t room = 2 * p->room + count + 1;
        p->status = clonal__grow(&p->text, room, 1);
        if (p->status == CLONAL_OK) p->room = room;
    }
    if (p->status != CLONAL_OK) return -1;
    memcpy(p->text + p->length, bytes, count);
    p->length += count;
    p->text[p->length] = '\0';
    return 0;
}

/* json_dumps goes on where there was no memory for a key, and leaves the key out: here the first failure stays. */
clonal_status clonal__json_print(const json_t *object, size_t flags, char **text)
{
    printed p = {0};
    const int failed = !object || json_dump_callback(object, append, &p, flags);
    *text = NULL;
    if (p.status == CLONAL_OK && failed) p.status = clonal__fail_memory(0);
    if (p.status == CLONAL_OK)
        *text = p.text;
    else
        clonal__free(p.text);
    return p.status;
}

/* Where it cannot allocate, jansson tells of a wrong token, or nothing: what a second reading takes is no fault of the
 * text, and what cannot be read where there is no memory for another text of its length may be none. */
clonal_status clonal__json_read(const char *text, size_t length, json_t **object, json_error_t *error)
{
    char *room;
    *object = NULL;
    for (int i = 0; i < 2 && !*object; i++) *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, error);
    if (*object) return CLONAL_OK;
    CLONAL__TRY(clonal__calloc(length, 1, &room));
    clonal__free(room);
    return error->text[0] ? CLONAL_E_FORMAT : clonal__fail_memory(length);
}
