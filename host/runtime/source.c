/* source.c: the kernels' text, embedded by the build, or read from a folder while they are being worked on. */
#include "host/runtime/source.h"

#include "host/base/file.h"
#include "host/runtime/kernel_sources.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 1024, MAX_DEPTH = 16, SOURCE_LIMIT = 1 << 24 };

static clonal_status flatten(const char *folder, const char *name, int depth, clonal__string *text);

/* Whether the line is an `#include "file"`; sets `file` to what it names. */
static bool include_of(const char *line, size_t length, char file[256])
{
    char copy[512];
    if (length >= sizeof copy) return false;
    memcpy(copy, line, length);
    copy[length] = 0;
    return sscanf(copy, " # include \"%255[^\"]\"", file) == 1;
}

/* Appends the lines of one file, and in place of each #include the lines of that file. One that is included twice is
 * there twice: its guards keep that harmless, or are left out on purpose. */
static clonal_status append_lines(const char *folder, const char *bytes, int depth, clonal__string *text)
{
    for (const char *line = bytes; *line;) {
        size_t length = strcspn(line, "\n");
        char file[256];
        if (include_of(line, length, file))
            CLONAL__TRY(flatten(folder, file, depth + 1, text));
        else
            clonal__string_append(text, "%.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    return text->status;
}

static clonal_status flatten(const char *folder, const char *name, int depth, clonal__string *text)
{
    char path[PATH_ROOM], *bytes;
    size_t count;
    if (depth > MAX_DEPTH) return clonal__fail(CLONAL_E_FORMAT, "%s/%s includes itself", folder, name);
    CLONAL__TRY(clonal__path_join(folder, name, path, sizeof path));
    if (!clonal__file_exists(path) && depth) { /* beside its includer: all shared files stand in lib/ */
        char other[300];
        snprintf(other, sizeof other, "lib/%s", name);
        CLONAL__TRY(clonal__path_join(folder, other, path, sizeof path));
    }
    CLONAL__TRY(clonal__file_read(path, SOURCE_LIMIT, &bytes, &count));
    clonal_status status = append_lines(folder, bytes, depth, text);
    clonal__free(bytes);
    return status;
}

static clonal_status load(const char *name, clonal__string *text)
{
    const char *folder = getenv("CLONAL_KERNELS");
    if (folder && *folder) {
        char file[128];
        snprintf(file, sizeof file, "%s.cl", name);
        return flatten(folder, file, 0, text);
    }
    for (size_t i = 0; i < clonal__kernel_source_count; i++) {
        if (strcmp(clonal__kernel_sources[i].name, name)) continue;
        clonal__string_append(text, "%s", clonal__kernel_sources[i].text);
        return text->status;
    }
    return clonal__fail(CLONAL_E_INTERNAL, "the program %s is not among the embedded kernels", name);
}

clonal_status clonal__kernel_source_load(const char *program, clonal__string *text)
{
    const size_t length = strcspn(program, "+");
    char name[64];
    for (const char *part = program + length; *part;) { /* each begins with its plus */
        const size_t size = 1 + strcspn(part + 1, "+");
        snprintf(name, sizeof name, "lib/%.*s", (int)(size - 1), part + 1);
        CLONAL__TRY(load(name, text));
        part += size;
    }
    snprintf(name, sizeof name, "%.*s", (int)length, program);
    return load(name, text);
}
