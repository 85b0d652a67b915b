/* npy_header.c: the dictionary at the head of an .npy file:
 * {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }. */
#include "host/data/npy.h"

#include <string.h>

enum { TEXT_ROOM = 32, MOST_DIMENSIONS = 64 };

typedef struct cursor {
    const char *at, *end;
} cursor;

typedef struct dictionary {
    char type[TEXT_ROOM]; /* "<f4"; "" for a description that is no text, as records have */
    bool fortran;
    uint64_t shape[MOST_DIMENSIONS]; /* UINT64_MAX: that or more */
    size_t rank;
    bool has_type, has_order, has_shape;
} dictionary;

static void skip_space(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r')) c->at++;
}

/* Takes `word` off the text, and space before it; false, and only space taken, where it does not begin so. */
static bool take(cursor *c, const char *word)
{
    const size_t length = strlen(word);
    skip_space(c);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0) return false;
    c->at += length;
    return true;
}

/* A text in quotes, of printable ASCII without escapes. */
static bool take_text(cursor *c, char text[TEXT_ROOM])
{
    size_t length = 0;
    skip_space(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"')) return false;
    const char quote = *c->at++;
    for (; c->at < c->end && *c->at != quote; c->at++) {
        if (*c->at < ' ' || *c->at > '~' || *c->at == '\\' || length == TEXT_ROOM - 1) return false;
        text[length++] = *c->at;
    }
    text[length] = 0;
    return c->at++ < c->end;
}

/* Digits, with Python 2's L behind them; a number of 2^64 or more becomes the largest. */
static bool take_whole(cursor *c, uint64_t *value)
{
    skip_space(c);
    const char *first = c->at;
    *value = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        const uint64_t digit = (uint64_t)(*c->at - '0');
        *value = *value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *value * 10 + digit;
    }
    if (c->at == first) return false;
    if (c->at < c->end && *c->at == 'L') c->at++;
    return true;
}

/* (), (5,) or (5, 3): without the comma (5) is no tuple. */
static bool take_shape(cursor *c, dictionary *d)
{
    bool comma = true;
    if (!take(c, "(")) return false;
    for (d->rank = 0; !take(c, ")"); d->rank++) {
        if (!comma || d->rank == MOST_DIMENSIONS || !take_whole(c, &d->shape[d->rank])) return false;
        comma = take(c, ",");
    }
    return comma || d->rank > 1;
}

/* False also for a key that is there twice. */
static bool take_entry(cursor *c, dictionary *d)
{
    char key[TEXT_ROOM];
    if (!take_text(c, key) || !take(c, ":")) return false;
    if (strcmp(key, "descr") == 0 && !d->has_type) {
        d->has_type = true;
        return take_text(c, d->type);
    }
    if (strcmp(key, "fortran_order") == 0 && !d->has_order) {
        d->has_order = true;
        d->fortran = take(c, "True");
        return d->fortran || take(c, "False");
    }
    if (strcmp(key, "shape") == 0 && !d->has_shape) {
        d->has_shape = true;
        return take_shape(c, d);
    }
    return false;
}

static bool take_dictionary(cursor *c, dictionary *d)
{
    bool comma = true;
    if (!take(c, "{")) return false;
    while (!take(c, "}")) {
        if (!comma || !take_entry(c, d)) return false;
        comma = take(c, ",");
    }
    skip_space(c);
    return c->at == c->end && d->has_type && d->has_order && d->has_shape;
}

/* Whether the dictionary tells of records: a descr that is a list, or a tuple. */
static bool describes_records(const char *text, size_t length)
{
    cursor c = {text, text + length};
    char key[TEXT_ROOM];
    if (!take(&c, "{") || !take_text(&c, key) || strcmp(key, "descr") != 0 || !take(&c, ":")) return false;
    return take(&c, "[") || take(&c, "(");
}

static clonal_status fail_type(const char *name, const char *what, const char *type)
{
    return clonal__fail(CLONAL_E_FORMAT,
                        "%s holds %s%s%s%s, where whole numbers, floats of up to 64 bits and truth values are read: "
                        "save it as one of these, as by x.astype(\"float32\")",
                        name, what, *type ? " (" : "", type, *type ? ")" : "");
}

static const char *words_of(char kind)
{
    switch (kind) {
    case 'O':
        return "Python objects, a pickle that Clonal never opens";
    case 'V':
        return "records or raw bytes";
    case 'S':
    case 'U':
    case 'a':
        return "texts";
    case 'c':
        return "complex numbers";
    case 'M':
    case 'm':
        return "times";
    case 'f':
        return "floats of another size";
    default:
        return "elements of an unknown type";
    }
}

/* "<f4": byte order, kind, bytes. */
static clonal_status check_type(const char *name, const char *type, clonal__npy *npy)
{
    static const char *const known[] = {"b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"};
    const bool ordered = type[0] && strchr("<>|", type[0]);
    const char *rest = type + (ordered ? 1 : 0);
    for (size_t i = 0; ordered && i < sizeof known / sizeof *known; i++) {
        if (strcmp(rest, known[i]) != 0 || (type[0] == '|' && rest[1] != '1')) continue;
        npy->kind = rest[0];
        npy->size = (size_t)(rest[1] - '0');
        npy->big_endian = type[0] == '>';
        return CLONAL_OK;
    }
    return fail_type(name, words_of(*rest), type);
}

static clonal_status check_shape(const char *name, const dictionary *d, clonal__npy *npy)
{
    uint64_t count = 1;
    if (d->rank < 1 || d->rank > CLONAL__NPY_MAX_RANK)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s has %zu dimensions, where samples have 2 to 5 and labels 1: reshape it", name, d->rank);
    for (size_t i = 0; i < d->rank; i++) {
        if (d->shape[i] == 0) return clonal__npy_damaged(name, "holds nothing: its dimension %zu is 0", i);
        if (d->shape[i] > CLONAL__NPY_MAX_ELEMENTS / count)
            return clonal__npy_damaged(name, "promises 2^32 elements or more, which Clonal does not read");
        count *= d->shape[i];
        npy->shape[i] = (uint32_t)d->shape[i];
    }
    npy->rank = d->rank;
    npy->count = (size_t)count;
    return CLONAL_OK;
}

clonal_status clonal__npy_header(const char *name, const char *text, size_t length, clonal__npy *npy, bool *fortran)
{
    cursor c = {text, text + length};
    dictionary d = {0};
    *npy = (clonal__npy){0};
    if (describes_records(text, length)) return fail_type(name, "records (a structured array)", "");
    if (!take_dictionary(&c, &d))
        return clonal__npy_damaged(name, "has a header that does not tell descr, fortran_order and shape, once each");
    CLONAL__TRY(check_type(name, d.type, npy));
    CLONAL__TRY(check_shape(name, &d, npy));
    *fortran = d.fortran && d.rank > 1;
    return CLONAL_OK;
}
