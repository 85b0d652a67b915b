/* chart.c: what the figures share, and curves. */
#include "chart.h"
#include "chart_parts.h"
#include <math.h>
#include <string.h>

#define LIGHT                                                                                                          \
    "--ink:#1f2328;--soft:#59636e;--rule:#d8dee4;--paper:#ffffff;--panel:#f6f8fa;--heat:#0072b2;"                      \
    "--c0:#0072b2;--c1:#d55e00;--c2:#007a5a;--c3:#b0498a;--c4:#a67400;--c5:#2f8fc4;--c6:#6e7781;--c7:#1f2328;"
#define DARK                                                                                                           \
    "--ink:#e6edf3;--soft:#9da7b3;--rule:#3d444d;--paper:#0d1117;--panel:#151b23;--heat:#3b9ede;"                      \
    "--c0:#56b4e9;--c1:#f0883e;--c2:#2fc99b;--c3:#e08fc0;--c4:#e6b422;--c5:#8fd0f5;--c6:#9da7b3;--c7:#e6edf3;"

void chart_style(text *to)
{
    text_put(to,
             ":root{color-scheme:light dark;" LIGHT "}\n"
             "@media (prefers-color-scheme:dark){:root{" DARK "}}\n"
             "svg.chart{display:block;width:100%%;height:auto;font:13px system-ui,sans-serif}\n"
             ".chart text{fill:var(--soft)}.chart .title{fill:var(--ink);font-weight:600}.chart .ink{fill:var(--ink)}\n"
             ".chart .rule{stroke:var(--rule);fill:none}.chart .axis{stroke:var(--soft);fill:none}\n"
             ".chart .heat{fill:var(--heat);stroke:var(--paper);stroke-width:2}.chart .back{fill:var(--paper)}\n");
    for (int i = 0; i < CHART_COLOURS; i++)
        text_put(to,
                 ".chart .l%d{stroke:var(--c%d);fill:none;stroke-width:2}.chart .f%d{fill:var(--c%d)}"
                 ".chart .b%d{fill:var(--c%d);opacity:.18}\n",
                 i, i, i, i, i, i);
}

void chart_words(text *to, double x, double y, const char *anchor, const char *class, const char *words)
{
    text_put(to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s%s%s>", x, y, anchor, *class ? " class=\"" : "",
             class, *class ? "\"" : "");
    text_escape(to, words);
    text_put(to, "</text>\n");
}

void chart_begin(text *to, const chart *figure, double height, bool standalone)
{
    text_put(to, "<svg%s class=\"chart\" viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"",
             standalone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "", CHART_WIDTH, height);
    text_escape(to, figure->title);
    text_put(to, "\">\n");
    if (standalone) {
        text_put(to, "<style>\n");
        chart_style(to);
        text_put(to, "</style>\n<rect class=\"back\" width=\"%d\" height=\"%.0f\"/>\n", CHART_WIDTH, height);
    }
    chart_words(to, 8, 20, "start", "title", figure->title);
}

/* 1, 2 or 5 times a power of ten: some `count` steps of it make `span`. */
static double nice_step(double span, int count)
{
    const double raw = span / count, power = pow(10, floor(log10(raw))), digit = raw / power;
    return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

bool chart_shows(double value)
{
    return fabs(value) <= 1e100; /* NaN is not */
}

void chart_take(chart_range *range, double value)
{
    if (!chart_shows(value)) return;
    if (!range->any || value < range->low) range->low = value;
    if (!range->any || value > range->high) range->high = value;
    range->any = true;
}

void chart_ticks(chart_range *range, int count, bool whole)
{
    if (!range->any) range->low = 0, range->high = 1;
    if (range->high - range->low <= 1e-12 * fmax(1, fabs(range->high))) {
        const double room = range->high == 0 ? 1 : 0.1 * fabs(range->high);
        range->low -= room;
        range->high += room;
    }
    range->step = nice_step(range->high - range->low, count);
    if (whole && range->step < 1) range->step = 1;
    range->digits = (int)fmax(0, -floor(log10(range->step) + 1e-9));
}

void chart_round_out(chart_range *range)
{
    range->low = floor(range->low / range->step + 1e-9) * range->step;
    range->high = ceil(range->high / range->step - 1e-9) * range->step;
}

double chart_place(const chart_range *range, double value, double from, double to)
{
    return from + (value - range->low) / (range->high - range->low) * (to - from);
}

/* The value of tick i, from the first in the range on; false past the last. */
bool chart_tick(const chart_range *range, int i, double *value, char label[32])
{
    *value = (ceil(range->low / range->step - 1e-9) + i) * range->step;
    if (!(*value <= range->high + 1e-9 * range->step)) return false;
    if (fabs(*value) < 1e-9 * range->step) *value = 0;
    if (range->step < 1e9)
        snprintf(label, 32, "%.*f", range->digits, *value);
    else
        snprintf(label, 32, "%.7g", *value);
    return true;
}

/* Columns that text of the sheet's font takes, by a guess that is wide enough. */
double chart_text_width(const char *words)
{
    size_t count = 0;
    for (; *words; words++) count += ((unsigned char)*words & 0xc0) != 0x80;
    return 6.9 * (double)count;
}

enum { PLOT_TOP = 34, PLOT_HEIGHT = 220, LEGEND_ROW = 20 };

typedef struct frame {
    chart_range x, y;
    double left, right, top, bottom;
} frame;

static frame measure(const chart *c)
{
    frame f = {.left = 58, .right = CHART_WIDTH - 14, .top = PLOT_TOP, .bottom = PLOT_TOP + PLOT_HEIGHT};
    for (size_t k = 0; k < c->series_count; k++) {
        const chart_series *s = &c->series[k];
        for (size_t i = 0; i < s->count; i++) {
            chart_take(&f.x, s->x[i]);
            chart_take(&f.y, s->y[i]);
            if (s->low) chart_take(&f.y, s->low[i]);
            if (s->high) chart_take(&f.y, s->high[i]);
        }
    }
    if (c->from_zero && f.y.any && f.y.low > 0) f.y.low = 0;
    chart_ticks(&f.x, 8, true);
    chart_ticks(&f.y, 5, false);
    chart_round_out(&f.y);
    return f;
}

static void put_axes(text *to, const chart *c, const frame *f)
{
    double value;
    char label[32];
    for (int i = 0; chart_tick(&f->y, i, &value, label); i++) {
        const double y = chart_place(&f->y, value, f->bottom, f->top);
        text_put(to, "<path class=\"rule\" d=\"M%.1f %.1fH%.1f\"/>", f->left, y, f->right);
        chart_words(to, f->left - 6, y + 4, "end", "", label);
    }
    for (int i = 0; chart_tick(&f->x, i, &value, label); i++) {
        const double x = chart_place(&f->x, value, f->left, f->right);
        text_put(to, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>", x, f->bottom);
        chart_words(to, x, f->bottom + 18, "middle", "", label);
    }
    text_put(to, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>\n", f->left, f->bottom, f->right);
    chart_words(to, (f->left + f->right) / 2, f->bottom + 36, "middle", "", c->x_label);
    text_put(to, "<text transform=\"translate(14 %.1f) rotate(-90)\" text-anchor=\"middle\">",
             (f->top + f->bottom) / 2);
    text_escape(to, c->y_label);
    text_put(to, "</text>\n");
}

static void put_point(text *to, const frame *f, char command, double x, double y)
{
    text_put(to, "%c%.1f %.1f", command, chart_place(&f->x, x, f->left, f->right),
             chart_place(&f->y, y, f->bottom, f->top));
}

static bool has_band(const chart_series *s, size_t i)
{
    return s->low && s->high && chart_shows(s->x[i]) && chart_shows(s->low[i]) && chart_shows(s->high[i]);
}

/* The band around the points from `first` on that have one; returns the point behind its end. */
static size_t put_band(text *to, const frame *f, const chart_series *s, size_t first)
{
    size_t end = first;
    while (end < s->count && has_band(s, end)) end++;
    if (end - first < 2) return end + 1;
    text_put(to, "<path class=\"b%d\" d=\"", s->colour);
    for (size_t i = first; i < end; i++) put_point(to, f, i == first ? 'M' : 'L', s->x[i], s->high[i]);
    for (size_t i = end; i-- > first;) put_point(to, f, 'L', s->x[i], s->low[i]);
    text_put(to, "Z\"/>\n");
    return end + 1;
}

static void put_curve(text *to, const frame *f, const chart_series *s)
{
    bool drawn = false;
    text_put(to, "<path class=\"l%d\"%s d=\"", s->colour, s->dashed ? " stroke-dasharray=\"6 4\"" : "");
    for (size_t i = 0; i < s->count; i++) {
        const bool here = chart_shows(s->x[i]) && chart_shows(s->y[i]);
        if (here) put_point(to, f, drawn ? 'L' : 'M', s->x[i], s->y[i]);
        drawn = here;
    }
    text_put(to, "\"/>\n");
    for (size_t i = 0; s->count <= 30 && i < s->count; i++) {
        if (!chart_shows(s->x[i]) || !chart_shows(s->y[i])) continue;
        text_put(to, "<circle class=\"f%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>", s->colour,
                 chart_place(&f->x, s->x[i], f->left, f->right), chart_place(&f->y, s->y[i], f->bottom, f->top));
    }
    text_put(to, "\n");
}

/* Lays the legend out below the axis, or only measures it (to NULL): its rows. */
static int legend(text *to, const chart *c, double top)
{
    int row = 0;
    double x = 14;
    for (size_t k = 0; k < c->series_count; k++) {
        const chart_series *s = &c->series[k];
        const double width = 34 + chart_text_width(s->name) + 14;
        if (x > 14 && x + width > CHART_WIDTH) {
            x = 14;
            row++;
        }
        if (to) {
            const double y = top + LEGEND_ROW * row;
            text_put(to, "<path class=\"l%d\"%s d=\"M%.1f %.1fh26\"/>", s->colour,
                     s->dashed ? " stroke-dasharray=\"6 4\"" : "", x, y - 4);
            chart_words(to, x + 32, y, "start", "ink", s->name);
        }
        x += width;
    }
    return row + 1;
}

static void put_lines(text *to, const chart *c, bool standalone)
{
    const frame f = measure(c);
    const double legend_top = f.bottom + 60;
    chart_begin(to, c, legend_top + LEGEND_ROW * legend(NULL, c, 0) - 8, standalone);
    put_axes(to, c, &f);
    for (size_t k = 0; k < c->series_count; k++)
        for (size_t i = 0; i < c->series[k].count;) i = put_band(to, &f, &c->series[k], i);
    for (size_t k = 0; k < c->series_count; k++) put_curve(to, &f, &c->series[k]);
    legend(to, c, legend_top);
    text_put(to, "</svg>\n");
}

void chart_put(text *to, const chart *figure, bool standalone)
{
    if (figure->kind == CHART_LINES)
        put_lines(to, figure, standalone);
    else if (figure->kind == CHART_INTERVALS)
        chart_put_intervals(to, figure, standalone);
    else
        chart_put_heat(to, figure, standalone);
}
