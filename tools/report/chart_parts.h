/* chart_parts.h: what the kinds of figures share; for tools/report/chart*.c alone. */
#ifndef TOOLS_REPORT_CHART_PARTS_H
#define TOOLS_REPORT_CHART_PARTS_H

#include "chart.h"
#include <stdio.h>

enum { CHART_WIDTH = 420 }; /* units of a figure's own; text is 13 high */

/* What an axis spans, and its ticks: multiples of `step`, printed with so many digits. */
typedef struct chart_range {
    double low, high, step;
    int digits;
    bool any; /* a value was taken */
} chart_range;

/* Whether a value is a number that a figure has room for: up to 10^100, beyond which differences
 * would overflow. */
bool chart_shows(double value);
/* Widens the range to hold a value, if it is one that is shown. */
void chart_take(chart_range *range, double value);
/* Chooses some `count` ticks, at whole numbers alone if asked for; a range of no length gets one.
 */
void chart_ticks(chart_range *range, int count, bool whole);
/* Widens the range to ticks. */
void chart_round_out(chart_range *range);
double chart_place(const chart_range *range, double value, double from, double to);
/* Tick i, from 0; false past the last. */
bool chart_tick(const chart_range *range, int i, double *value, char label[32]);

/* Opens the element, with the title. */
void chart_begin(text *to, const chart *figure, double height, bool standalone);
/* anchor: start, middle or end; class "" for none. */
void chart_words(text *to, double x, double y, const char *anchor, const char *class,
                 const char *words);
double chart_text_width(const char *words);

void chart_put_intervals(text *to, const chart *figure, bool standalone);
void chart_put_heat(text *to, const chart *figure, bool standalone);

#endif
