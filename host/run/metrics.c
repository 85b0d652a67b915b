/* metrics.c: metrics.csv, written and read in the C locale whatever the program's. */
#include "host/run/metrics.h"

#include "host/base/file.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define HEADER "epoch,train_loss,val_loss,val_accuracy,seconds"
enum { MAX_BYTES = 1 << 24, COLUMNS = 5, DIGITS = 9 };

/* A NaN has no sign here: which one it got differs between machines. */
static void append_number(clonal__string *text, double number)
{
    char room[CLONAL__NUMBER_ROOM];
    clonal__string_append(text, ",%s", isnan(number) ? "nan" : clonal__number_text(number, DIGITS, room));
}

clonal_status clonal__metrics_write(const char *path, size_t count, const clonal_epoch_metrics *rows)
{
    clonal__string text = {0};
    clonal__string_append(&text, "%s\n", HEADER);
    for (size_t i = 0; i < count; i++) {
        clonal__string_append(&text, "%" PRIu32, rows[i].epoch);
        append_number(&text, rows[i].train_loss);
        append_number(&text, rows[i].val_loss);
        append_number(&text, rows[i].val_accuracy);
        append_number(&text, rows[i].seconds);
        clonal__string_append(&text, "\n");
    }
    clonal_status status = text.status;
    if (status == CLONAL_OK) status = clonal__file_write(path, text.text, text.length);
    clonal__string_free(&text);
    return status;
}

/* ---- reading ---- */

double clonal__metrics_rounded(double figure)
{
    char room[CLONAL__NUMBER_ROOM];
    double rounded;
    return clonal__number_read(clonal__number_text(figure, DIGITS, room), &rounded) ? rounded : figure;
}

static clonal_status garbage(const char *path, size_t line, const char *cause)
{
    return clonal__fail(CLONAL_E_FORMAT, "%s, line %zu: %s: mend the line, or delete the file", path, line, cause);
}

/* Cuts blanks (and the CR of CR LF) off both ends. */
static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1])) text[--length] = 0;
    return text;
}

/* Cuts `line` at its commas; how many parts there are (COLUMNS + 1: too many). */
static size_t split(char *line, char *parts[COLUMNS])
{
    size_t count = 0;
    for (char *part = line; part; count++) {
        char *comma = strchr(part, ',');
        if (count == COLUMNS) return COLUMNS + 1;
        if (comma) *comma = 0;
        parts[count] = trim(part);
        part = comma ? comma + 1 : NULL;
    }
    return count;
}

/* NULL, or what is wrong with the line. */
static const char *parse_row(char *line, uint32_t last_epoch, clonal_epoch_metrics *row)
{
    char *parts[COLUMNS];
    double epoch;
    if (split(line, parts) != COLUMNS) return "it does not have 5 columns";
    if (!clonal__number_read(parts[0], &epoch) || !clonal__number_read(parts[1], &row->train_loss) ||
        !clonal__number_read(parts[2], &row->val_loss) || !clonal__number_read(parts[3], &row->val_accuracy) ||
        !clonal__number_read(parts[4], &row->seconds))
        return "a column is no number";
    if (!(epoch >= 1 && epoch <= UINT32_MAX) || epoch != floor(epoch)) return "the epoch is no whole number from 1";
    row->epoch = (uint32_t)epoch;
    row->digest[0] = '\0'; /* which the file does not have */
    return row->epoch > last_epoch ? NULL : "its epoch does not come after the one before";
}

static clonal_status parse_lines(const char *path, char *text, clonal_epoch_metrics **rows, size_t *count)
{
    size_t number = 0, room = 0;
    int seen_header = 0;
    for (char *line = text, *next; line; line = next) {
        number++;
        next = strchr(line, '\n');
        if (next) *next++ = 0;
        line = trim(line);
        if (!*line) continue;
        if (!seen_header) {
            if (strcmp(line, HEADER)) return garbage(path, number, "it is not the header " HEADER);
            seen_header = 1;
            continue;
        }
        if (*count == room) {
            room = 2 * room + 16;
            CLONAL__TRY(clonal__grow(rows, room, sizeof **rows));
        }
        const char *wrong = parse_row(line, *count ? (*rows)[*count - 1].epoch : 0, &(*rows)[*count]);
        if (wrong) return garbage(path, number, wrong);
        (*count)++;
    }
    return seen_header ? CLONAL_OK : garbage(path, 1, "it is not the header " HEADER);
}

clonal_status clonal__metrics_read(const char *path, clonal_epoch_metrics **rows, size_t *count)
{
    char *text;
    size_t length;
    *rows = NULL;
    *count = 0;
    CLONAL__TRY(clonal__file_read(path, MAX_BYTES, &text, &length));
    clonal_status status =
        memchr(text, 0, length) ? garbage(path, 1, "the file holds a zero byte") : parse_lines(path, text, rows, count);
    clonal__free(text);
    if (status != CLONAL_OK) {
        clonal__free(*rows);
        *rows = NULL;
        *count = 0;
    }
    return status;
}
