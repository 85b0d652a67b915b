/* stats_plot.h: a figure of a run's statistics: a curve a layer, beside each other with dropout and
 * without it. */
#ifndef TOOLS_SUPPORT_STATS_PLOT_H
#define TOOLS_SUPPORT_STATS_PLOT_H

#include "stats_file.h"

/* The rows (count) of a run, and its name. */
typedef struct stats_run {
    const char *name;
    stats_row *rows;
    size_t count;
} stats_run;

/* Draws a figure of the runs' activations, or their gradients, into a .svg or .png file, whole or
 * not at all. layer: those layers alone whose name has it; NULL: all but the input. 0, or an exit
 * code after a message, which says so where there is no such layer. */
int stats_plot(const stats_run *runs, size_t count, stats_figure figure, bool gradient,
               const char *layer, const char *path);

#endif
