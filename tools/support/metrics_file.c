#include "metrics_file.h"
#include "csv_file.h"
#include <stdlib.h>

static bool parse_row(char *line, void *to)
{
    metrics_row *row = to;
    double *const fields[] = {&row->epoch, &row->train_loss, &row->val_loss, &row->val_accuracy, &row->seconds};
    for (size_t i = 0; i < 5; i++) {
        char *end;
        *fields[i] = strtod(line, &end);
        if (end == line || *end != (i < 4 ? ',' : 0)) return false;
        line = end + 1;
    }
    return true;
}

int metrics_file_read(const char *run, metrics_row **rows, size_t *count)
{
    static const csv_table table = {.name = "metrics.csv",
                                    .header = "epoch,train_loss,val_loss,val_accuracy,seconds",
                                    .what = "metrics",
                                    .row = "five numbers with commas between",
                                    .empty = "no epoch is finished; train first",
                                    .give = "a run's folder",
                                    .row_size = sizeof **rows,
                                    .parse = parse_row};
    return csv_file_read(&table, run, rows, count);
}
