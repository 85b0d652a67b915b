/* chart.h: figures as SVG, written directly. Their colours are those of a style sheet, which
 * chooses them for a light and a dark page. */
#ifndef TOOLS_REPORT_CHART_H
#define TOOLS_REPORT_CHART_H

#include "text.h"

/* A curve, with a band around it where there are low and high. Points that are no finite numbers
 * are left out. */
typedef struct chart_series {
    const char *name;
    size_t count;
    const double *x, *y, *low, *high; /* low and high: both, or NULL */
    bool dashed;
    int colour; /* 0 to CHART_COLOURS - 1 */
} chart_series;

/* A row of an interval figure: a mean with its interval, and the values that it is made of. */
typedef struct chart_row {
    const char *name;
    double mean, low, high;
    size_t count;
    const double *values;
    int colour;
} chart_row;

typedef enum chart_kind { CHART_LINES, CHART_INTERVALS, CHART_HEAT } chart_kind;

typedef struct chart {
    chart_kind kind;
    const char *title, *x_label, *y_label; /* of intervals x_label alone */
    const chart_series *series;            /* of lines (series_count) */
    size_t series_count;
    bool from_zero;        /* the y axis of lines starts at 0, where all values are above */
    const chart_row *rows; /* of intervals (row_count) */
    size_t row_count;
    bool mark_zero; /* intervals: a line at 0, which then is in the figure */
    /* Heat: names of columns and rows (the first at the bottom), and values (row_count,
     * column_count), NaN where there is none. */
    const char *const *column_names, *const *row_names;
    size_t column_count, heat_row_count;
    const double *values;
    double unit; /* what intervals and heat multiply numbers by to show them: 100 for per cent */
} chart;

enum { CHART_COLOURS = 8 };

/* Appends the figure as one <svg> element. Standalone: with the style sheet inside, for a file of
 * its own. */
void chart_put(text *to, const chart *figure, bool standalone);
/* The style sheet's variables and classes for the figures of a page. */
void chart_style(text *to);

#endif
