/* formats.c: the table of formats, and finding the one of a name or of a file. */
#include "host/exchange/format.h"

#include "host/base/digest.h"
#include "host/base/file.h"
#include "host/exchange/table.h"
#include <stdio.h>
#include <string.h>

#define DECLARE(name) extern const clonal__exchange_format clonal__exchange_format_##name;
CLONAL__EXCHANGE_FORMATS(DECLARE)
#undef DECLARE
#define ROW(name) &clonal__exchange_format_##name,
const clonal__exchange_format *const clonal__exchange_formats[] = {CLONAL__EXCHANGE_FORMATS(ROW) NULL};
#undef ROW

const clonal_format *clonal_format_at(size_t index)
{
    for (size_t i = 0; clonal__exchange_formats[i]; i++)
        if (i == index) return &clonal__exchange_formats[i]->about;
    return NULL;
}

static clonal_status refuse(const char *name, const char *path)
{
    clonal__string known = {0};
    for (const clonal__exchange_format *const *f = clonal__exchange_formats; *f; f++)
        clonal__string_append(&known, "%s%s (%s)", known.length ? ", " : "", (*f)->about.name, (*f)->about.suffix);
    const char *all = known.text ? known.text : "?";
    const clonal_status status =
        name ? clonal__fail(CLONAL_E_ARGUMENT, "there is no format \"%.40s\": give one of %s", name, all)
             : clonal__fail(CLONAL_E_ARGUMENT, "the name %.400s does not tell a format: give one of %s", path, all);
    clonal__string_free(&known);
    return status;
}

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text), tail = strlen(suffix);
    return length > tail && strcmp(text + length - tail, suffix) == 0;
}

clonal_status clonal__exchange_format_of(const char *name, const char *path, const clonal__exchange_format **format)
{
    size_t longest = 0;
    *format = NULL;
    for (const clonal__exchange_format *const *f = clonal__exchange_formats; *f; f++) {
        const size_t length = strlen((*f)->about.suffix);
        if (name ? strcmp((*f)->about.name, name) != 0 : !ends_with(path, (*f)->about.suffix) || length <= longest)
            continue;
        longest = length;
        *format = *f;
    }
    return *format ? CLONAL_OK : refuse(name, path);
}

clonal_status clonal__exchange_read(const char *path, bool mapped, clonal__safetensors **file)
{
    uint8_t head[CLONAL__RECOGNISED_BYTES];
    FILE *stream = fopen(path, "rb");
    const size_t count = stream ? fread(head, 1, sizeof head, stream) : 0;
    const clonal__exchange_format *other = NULL; /* that would be, were there no map */
    *file = NULL;
    if (stream) fclose(stream);
    for (const clonal__exchange_format *const *f = clonal__exchange_formats; *f && count; f++) {
        if (!(*f)->recognise(path, head, count)) continue;
        if (!mapped || !(*f)->renames) return (*f)->read(path, file);
        other = *f;
    }
    if (other)
        return clonal__fail(CLONAL_E_ARGUMENT, "%s: a map is not for a file of the format %s, which names its layers",
                            path, other->about.name);
    return clonal__safetensors_read(path, file);
}

clonal_status clonal__exchange_write(const char *path, const void *bytes, size_t count, char digest[72])
{
    char hex[65];
    CLONAL__TRY(clonal__digest_bytes(bytes, count, hex));
    CLONAL__TRY(clonal__file_write(path, bytes, count));
    if (digest) snprintf(digest, 72, "sha256:%s", hex);
    return CLONAL_OK;
}
