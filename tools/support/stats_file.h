/* stats_file.h: reading the stats.csv of a run that was trained with --watch. */
#ifndef TOOLS_SUPPORT_STATS_FILE_H
#define TOOLS_SUPPORT_STATS_FILE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum stats_figure {
    STATS_MEAN,
    STATS_VARIANCE,
    STATS_ZEROS,
    STATS_NORM,
    STATS_FIGURES
} stats_figure;
/* By stats_figure: the file's columns. */
extern const char *const stats_names[STATS_FIGURES];

/* A row, as clonal_layer_statistics has it. */
typedef struct stats_row {
    unsigned long epoch;
    char layer[64];
    bool gradient, dropout;
    double figures[STATS_FIGURES];
} stats_row;

/* Reads the statistics of a run's folder, or of a stats.csv named itself; *rows is freed by free().
 * 0, or an exit code after a message. A run that was not watched is an error. */
int stats_file_read(const char *run, stats_row **rows, size_t *count);

#endif
