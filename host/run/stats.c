/* stats.c: stats.csv, written in the C locale whatever the program's. */
#include "host/run/stats.h"

#include "host/base/file.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define HEADER "epoch,layer,tensor,mode,count,mean,variance,zeros,norm"
enum { MAX_BYTES = 1 << 30, DIGITS = 9, COMMAS = 8 };

/* ---- taking up a file ---- */

static clonal_status garbage(const clonal__stats *stats, size_t line, const char *cause)
{
    return clonal__fail(CLONAL_E_FORMAT, "%s, line %zu: %s: mend the line, or delete the file", stats->path, line,
                        cause);
}

/* The epoch that a row begins with; false where the line is no row. */
static bool row_epoch(const char *line, size_t length, uint32_t *epoch)
{
    uint64_t number = 0;
    size_t commas = 0, digits = strspn(line, "0123456789");
    for (size_t i = 0; i < length; i++) commas += line[i] == ',';
    if (commas != COMMAS || digits == 0 || digits > 9 || line[digits] != ',') return false;
    for (size_t i = 0; i < digits; i++) number = 10 * number + (uint64_t)(line[i] - '0');
    *epoch = (uint32_t)number;
    return true;
}

/* Keeps the lines up to those of a later epoch. What is kept stays byte for byte. */
static clonal_status take_lines(clonal__stats *stats, const char *text, uint32_t most)
{
    size_t number = 0;
    for (const char *line = text; *line; number++) {
        const char *end = strchr(line, '\n');
        uint32_t epoch = 0;
        if (!end) return garbage(stats, number + 1, "it has no end");
        const size_t length = (size_t)(end - line);
        if (number == 0 && (length != strlen(HEADER) || strncmp(line, HEADER, length) != 0))
            return garbage(stats, 1, "it is not the header " HEADER);
        if (number > 0 && !row_epoch(line, length, &epoch))
            return garbage(stats, number + 1, "it is no row of 9 columns");
        if (number > 0 && stats->any && epoch < stats->last)
            return garbage(stats, number + 1, "its epoch comes before the one of the line before");
        if (number > 0 && epoch > most) break;
        if (number > 0) stats->last = epoch;
        stats->any = number > 0;
        clonal__string_append(&stats->text, "%.*s\n", (int)length, line);
        line = end + 1;
    }
    return stats->text.status;
}

clonal_status clonal__stats_open(const char *path, uint32_t epoch, clonal__stats *stats)
{
    char *text;
    size_t length;
    stats->path = clonal__strdup(path);
    if (!stats->path) return CLONAL_E_MEMORY;
    if (clonal__file_exists(path)) {
        CLONAL__TRY(clonal__file_read(path, MAX_BYTES, &text, &length));
        const clonal_status status =
            memchr(text, 0, length) ? garbage(stats, 1, "the file holds a zero byte") : take_lines(stats, text, epoch);
        clonal__free(text);
        CLONAL__TRY(status);
    }
    if (stats->text.length == 0) clonal__string_append(&stats->text, "%s\n", HEADER);
    return stats->text.status;
}

bool clonal__stats_has(const clonal__stats *stats, uint32_t epoch)
{
    return stats->any && stats->last == epoch;
}

/* ---- writing ---- */

/* A NaN has no sign here: which one it got differs between machines. */
static void append_number(clonal__string *text, double number)
{
    char room[CLONAL__NUMBER_ROOM];
    clonal__string_append(text, ",%s", isnan(number) ? "nan" : clonal__number_text(number, DIGITS, room));
}

static void append_row(clonal__string *text, uint32_t epoch, const clonal_layer_statistics *row)
{
    clonal__string_append(text, "%" PRIu32 ",%s,%s,%s,%" PRIu64, epoch, row->layer,
                          row->gradient ? "gradient" : "activation", row->dropout ? "training" : "evaluation",
                          row->count);
    append_number(text, row->mean);
    append_number(text, row->variance);
    append_number(text, row->zeros);
    append_number(text, row->norm);
    clonal__string_append(text, "\n");
}

clonal_status clonal__stats_add(clonal__stats *stats, uint32_t epoch, clonal_model *model, const clonal_dataset *data)
{
    clonal_free(stats->rows);
    CLONAL__TRY(clonal_model_watch(model, data, &stats->rows, &stats->count));
    for (size_t i = 0; i < stats->count; i++) append_row(&stats->text, epoch, &stats->rows[i]);
    CLONAL__TRY(stats->text.status);
    stats->any = true;
    stats->last = epoch;
    return clonal__file_write(stats->path, stats->text.text, stats->text.length);
}

void clonal__stats_free(clonal__stats *stats)
{
    clonal__free(stats->path);
    clonal__string_free(&stats->text);
    clonal_free(stats->rows);
    *stats = (clonal__stats){0};
}
