#include "stats_file.h"
#include "csv_file.h"
#include <stdlib.h>
#include <string.h>

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

static bool parse_row(char *line, void *to)
{
    stats_row *row = to;
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

int stats_file_read(const char *run, stats_row **rows, size_t *count)
{
    static const csv_table table = {.name = "stats.csv",
                                    .header = "epoch,layer,tensor,mode,count,mean,variance,zeros,norm",
                                    .what = "statistics",
                                    .row = "a row of these columns",
                                    .empty = "it holds no row; train with --watch",
                                    .give = "the folder of a run trained with --watch",
                                    .row_size = sizeof **rows,
                                    .parse = parse_row};
    return csv_file_read(&table, run, rows, count);
}
