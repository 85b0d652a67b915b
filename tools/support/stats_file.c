#include "stats_file.h"
#include "message.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char header[] = "epoch,layer,tensor,mode,count,mean,variance,zeros,norm";
const char *const stats_names[STATS_FIGURES] = {"mean", "variance", "zeros", "norm"};

/* Cuts `line` at its commas into so many parts; false where it has more or fewer. */
static bool split(char *line, char *parts[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        parts[i] = line;
        line += strcspn(line, ",");
        if ((*line == ',') != (i + 1 < count)) return false;
        *line++ = 0;
    }
    return true;
}

static bool parse_number(const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return end != text && !*end;
}

/* Which of two words it is: 0 or 1; -1: neither. */
static int word_of(const char *text, const char *first, const char *second)
{
    return strcmp(text, first) == 0 ? 0 : strcmp(text, second) == 0 ? 1 : -1;
}

static bool parse_row(char *line, stats_row *row)
{
    enum { COLUMNS = 9, COUNT = 4, FIRST_FIGURE = 5 };
    char *parts[COLUMNS];
    double epoch, count;
    if (!split(line, parts, COLUMNS) || !parse_number(parts[0], &epoch) || !(epoch >= 0 && epoch < 1e9)) return false;
    const int tensor = word_of(parts[2], "activation", "gradient"), mode = word_of(parts[3], "evaluation", "training");
    if (tensor < 0 || mode < 0 || strlen(parts[1]) >= sizeof row->layer || !parse_number(parts[COUNT], &count))
        return false;
    row->epoch = (unsigned long)epoch;
    row->gradient = tensor;
    row->dropout = mode;
    strcpy(row->layer, parts[1]);
    for (size_t i = 0; i < STATS_FIGURES; i++)
        if (!parse_number(parts[FIRST_FIGURE + i], &row->figures[i])) return false;
    return true;
}

static int read_rows(FILE *file, const char *path, stats_row **rows, size_t *count)
{
    char line[512];
    size_t room = 0;
    for (unsigned long number = 1; fgets(line, sizeof line, file); number++) {
        line[strcspn(line, "\r\n")] = 0;
        if (number == 1) {
            if (strcmp(line, header) != 0)
                return fail(CLONAL_E_FORMAT, "%s: not a run's statistics: its first line is not '%s'", path, header);
            continue;
        }
        if (*count == room) {
            room = room ? 2 * room : 256;
            stats_row *grown = realloc(*rows, room * sizeof *grown);
            if (!grown) return fail(CLONAL_E_MEMORY, "out of memory");
            *rows = grown;
        }
        if (!parse_row(line, &(*rows)[*count]))
            return fail(CLONAL_E_FORMAT, "%s: line %lu is no row of these columns", path, number);
        ++*count;
    }
    if (ferror(file)) return fail(CLONAL_E_IO, "%s: cannot be read: %s", path, strerror(errno));
    if (*count == 0) return fail(CLONAL_E_FORMAT, "%s: it holds no row; train with --watch", path);
    return 0;
}

int stats_file_read(const char *run, stats_row **rows, size_t *count)
{
    char path[4096];
    struct stat there;
    int folder = stat(run, &there) == 0 && S_ISDIR(there.st_mode);
    snprintf(path, sizeof path, "%s%s", run, folder ? "/stats.csv" : "");
    *rows = NULL;
    *count = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return fail(CLONAL_E_IO, "%s: cannot be read: %s; give the folder of a run trained with --watch", path,
                    strerror(errno));
    int code = read_rows(file, path, rows, count);
    fclose(file);
    if (code != 0) {
        free(*rows);
        *rows = NULL;
    }
    return code;
}
