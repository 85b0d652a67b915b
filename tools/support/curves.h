/* curves.h: the chapter's figure: train loss, validation loss, validation accuracy by epoch. */
#ifndef TOOLS_SUPPORT_CURVES_H
#define TOOLS_SUPPORT_CURVES_H

#include "metrics_file.h"

/* The figures of a run, and what the legend calls it where there are several. */
typedef struct curves {
    const char *name;
    metrics_row *rows;
    size_t count;
} curves;

/* Draws the runs (count, 1 or more, each with a row) into a .svg or .png file, whole or not at all.
 * 0, or an exit code after a message. */
int curves_draw(const curves *runs, size_t count, const char *path);

#endif
