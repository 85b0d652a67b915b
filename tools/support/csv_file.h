/* csv_file.h: reading the tables in a run's folder. */
#ifndef TOOLS_SUPPORT_CSV_FILE_H
#define TOOLS_SUPPORT_CSV_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* A table, and the words for what is wrong with a file that should be one. */
typedef struct csv_table {
    const char *name;   /* "metrics.csv" */
    const char *header; /* its first line */
    const char *what;   /* "metrics" */
    const char *row;    /* what a line is not: "five numbers with commas between" */
    const char *empty;  /* where it has no row: "no epoch is finished; train first" */
    const char *give;   /* what to give in its place: "a run's folder" */
    size_t row_size;
    /* Fills a row from a line, which it may change; false where it is none. */
    bool (*parse)(char *line, void *row);
} csv_table;

/* Reads the table in a run's folder, or one named itself; *rows (count; a pointer to rows of
 * row_size) is freed by free(). 0, or an exit code after a message; *rows is then NULL. One without
 * a row is an error. */
int csv_file_read(const csv_table *table, const char *run, void *rows, size_t *count);

#endif
