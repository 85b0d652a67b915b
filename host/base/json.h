/* json.h: JSON objects that are whole or not there. jansson's own functions return an error for
 * each member, which nobody looks at; where memory runs out, an object so made lacks members. */
#ifndef CLONAL_BASE_JSON_H
#define CLONAL_BASE_JSON_H

#include "host/base/error.h"
#include <jansson.h>
#include <stdbool.h>

/* Whether jansson takes the text. */
bool clonal__is_utf8(const char *text);

/* Whether it is UTF-8 without control characters: a label, or a name in a message of one line. */
bool clonal__is_line(const char *text);
/* The text, or "?" where it is no line. */
const char *clonal__as_line(const char *text);

/* Takes the value over as (*object)[key], or as the last of (*array). Where the value or *object
 * is NULL, or memory runs out, both are freed and *object becomes NULL and stays it: it is enough
 * to look at the end. */
void clonal__json_set(json_t **object, const char *key, json_t *value);
void clonal__json_append(json_t **array, json_t *value);

/* The text as a JSON string, or null where it is not UTF-8, as a driver's names may be. NULL: out
 * of memory. */
json_t *clonal__json_text(const char *text);

/* The object as text, printed by jansson's flags; *text: clonal__free. CLONAL_E_MEMORY, also where
 * object is NULL. */
clonal_status clonal__json_print(const json_t *object, size_t flags, char **text);

/* Reads a JSON object, in which no key may stand twice: *object is the caller's (json_decref).
 * CLONAL_E_MEMORY; and CLONAL_E_FORMAT without a message of its own, for which *error has line and
 * cause. */
clonal_status clonal__json_read(const char *text, size_t length, json_t **object,
                                json_error_t *error);

#endif
