#include "csv_file.h"
#include "message.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int read_rows(const csv_table *table, FILE *file, const char *path, char **rows, size_t *count)
{
    char line[512];
    size_t room = 0;
    for (unsigned long number = 1; fgets(line, sizeof line, file); number++) {
        line[strcspn(line, "\r\n")] = 0;
        if (number == 1) {
            if (strcmp(line, table->header) != 0)
                return fail(CLONAL_E_FORMAT, "%s: not a run's %s: its first line is not '%s'", path, table->what,
                            table->header);
            continue;
        }
        if (*count == room) {
            room = room ? 2 * room : 64;
            char *grown = realloc(*rows, room * table->row_size);
            if (!grown) return fail(CLONAL_E_MEMORY, "out of memory");
            *rows = grown;
        }
        if (!table->parse(line, *rows + *count * table->row_size))
            return fail(CLONAL_E_FORMAT, "%s: line %lu is not %s", path, number, table->row);
        ++*count;
    }
    if (ferror(file)) return fail(CLONAL_E_IO, "%s: cannot be read: %s", path, strerror(errno));
    if (*count == 0) return fail(CLONAL_E_FORMAT, "%s: %s", path, table->empty);
    return 0;
}

int csv_file_read(const csv_table *table, const char *run, void *out, size_t *count)
{
    char path[4096], *rows = NULL;
    struct stat there;
    const bool folder = stat(run, &there) == 0 && S_ISDIR(there.st_mode);
    snprintf(path, sizeof path, "%s%s%s", run, folder ? "/" : "", folder ? table->name : "");
    *count = 0;
    memcpy(out, &rows, sizeof rows);
    FILE *file = fopen(path, "r");
    if (!file) return fail(CLONAL_E_IO, "%s: cannot be read: %s; give %s", path, strerror(errno), table->give);
    const int code = read_rows(table, file, path, &rows, count);
    fclose(file);
    if (code == 0)
        memcpy(out, &rows, sizeof rows);
    else
        free(rows);
    return code;
}
