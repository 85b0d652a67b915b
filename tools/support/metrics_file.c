#include "metrics_file.h"
#include "message.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char header[] = "epoch,train_loss,val_loss,val_accuracy,seconds";

static int parse_row(const char *line, metrics_row *row)
{
    double *const fields[] = {&row->epoch, &row->train_loss, &row->val_loss, &row->val_accuracy, &row->seconds};
    for (size_t i = 0; i < 5; i++) {
        char *end;
        *fields[i] = strtod(line, &end);
        if (end == line || *end != (i < 4 ? ',' : 0)) return 0;
        line = end + 1;
    }
    return 1;
}

static int read_rows(FILE *file, const char *path, metrics_row **rows, size_t *count)
{
    char line[512];
    size_t room = 0;
    for (unsigned long number = 1; fgets(line, sizeof line, file); number++) {
        line[strcspn(line, "\r\n")] = 0;
        if (number == 1) {
            if (strcmp(line, header) != 0)
                return fail(CLONAL_E_FORMAT, "%s: not a run's metrics: its first line is not '%s'", path, header);
            continue;
        }
        if (*count == room) {
            room = room ? 2 * room : 64;
            metrics_row *grown = realloc(*rows, room * sizeof *grown);
            if (!grown) return fail(CLONAL_E_MEMORY, "out of memory");
            *rows = grown;
        }
        if (!parse_row(line, &(*rows)[*count]))
            return fail(CLONAL_E_FORMAT, "%s: line %lu is not five numbers with commas between", path, number);
        ++*count;
    }
    if (ferror(file)) return fail(CLONAL_E_IO, "%s: cannot be read: %s", path, strerror(errno));
    if (*count == 0) return fail(CLONAL_E_FORMAT, "%s: no epoch is finished; train first", path);
    return 0;
}

int metrics_file_read(const char *run, metrics_row **rows, size_t *count)
{
    char path[4096];
    struct stat there;
    int folder = stat(run, &there) == 0 && S_ISDIR(there.st_mode);
    snprintf(path, sizeof path, "%s%s", run, folder ? "/metrics.csv" : "");
    *rows = NULL;
    *count = 0;
    FILE *file = fopen(path, "r");
    if (!file) return fail(CLONAL_E_IO, "%s: cannot be read: %s; give a run's folder", path, strerror(errno));
    int code = read_rows(file, path, rows, count);
    fclose(file);
    if (code != 0) {
        free(*rows);
        *rows = NULL;
    }
    return code;
}
