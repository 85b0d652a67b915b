/* chart_compare.c: figures that compare: means with their intervals, and heat maps of two axes. */
#include "chart_parts.h"
#include <math.h>

enum { ROW = 30, TOP = 34 };

static chart_range interval_range(const chart *c)
{
    chart_range range = {0};
    for (size_t k = 0; k < c->row_count; k++) {
        const chart_row *row = &c->rows[k];
        chart_take(&range, c->unit * row->mean);
        chart_take(&range, c->unit * row->low);
        chart_take(&range, c->unit * row->high);
        for (size_t i = 0; i < row->count; i++) chart_take(&range, c->unit * row->values[i]);
    }
    if (c->mark_zero) chart_take(&range, 0);
    const double room = 0.04 * (range.high - range.low);
    range.low -= room;
    range.high += room;
    chart_ticks(&range, 5, false);
    return range;
}

/* Each row: its values as small dots, its mean as a large one, its interval as a line through it. */
static void put_row(text *to, const chart *c, const chart_range *range, const chart_row *row, double y, double left,
                    double right)
{
    chart_words(to, left - 10, y + 4, "end", "ink", row->name);
    for (size_t i = 0; i < row->count; i++) {
        const double value = c->unit * row->values[i];
        if (chart_shows(value))
            text_put(to, "<circle class=\"f%d\" opacity=\".35\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", row->colour,
                     chart_place(range, value, left, right), y);
    }
    if (chart_shows(c->unit * row->low) && chart_shows(c->unit * row->high)) {
        const double from = chart_place(range, c->unit * row->low, left, right);
        const double end = chart_place(range, c->unit * row->high, left, right);
        text_put(to, "<path class=\"l%d\" d=\"M%.1f %.1fH%.1fM%.1f %.1fv10M%.1f %.1fv10\"/>", row->colour, from, y, end,
                 from, y - 5, end, y - 5);
    }
    if (chart_shows(c->unit * row->mean))
        text_put(to, "<circle class=\"f%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>", row->colour,
                 chart_place(range, c->unit * row->mean, left, right), y);
    text_put(to, "\n");
}

void chart_put_intervals(text *to, const chart *c, bool standalone)
{
    const chart_range range = interval_range(c);
    double left = 60;
    for (size_t k = 0; k < c->row_count; k++) left = fmax(left, chart_text_width(c->rows[k].name) + 22);
    left = fmin(left, CHART_WIDTH * 0.55);
    const double right = CHART_WIDTH - 24, bottom = TOP + ROW * (double)c->row_count;
    chart_begin(to, c, bottom + 48, standalone);
    double value;
    char label[32];
    for (int i = 0; chart_tick(&range, i, &value, label); i++) {
        const double x = chart_place(&range, value, left, right);
        const bool zero = c->mark_zero && value == 0;
        text_put(to, "<path class=\"%s\" d=\"M%.1f %dV%.1f\"/>", zero ? "axis" : "rule", x, TOP, bottom);
        chart_words(to, x, bottom + 18, "middle", "", label);
    }
    chart_words(to, (left + right) / 2, bottom + 38, "middle", "", c->x_label);
    for (size_t k = 0; k < c->row_count; k++)
        put_row(to, c, &range, &c->rows[k], TOP + ROW * ((double)k + 0.5), left, right);
    text_put(to, "</svg>\n");
}

static void put_heat_cell(text *to, const chart *c, const chart_range *range, size_t at, const double box[4])
{
    const double value = c->values[at];
    if (!chart_shows(value)) return;
    const double share = range->high > range->low ? (value - range->low) / (range->high - range->low) : 1;
    char label[32];
    snprintf(label, sizeof label, "%.2f", c->unit * value);
    text_put(
        to,
        "<rect class=\"heat\" fill-opacity=\"%.2f\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"4\"/>",
        0.06 + 0.5 * share, box[0], box[1], box[2], box[3]);
    chart_words(to, box[0] + box[2] / 2, box[1] + box[3] / 2 + 5, "middle", "ink", label);
}

void chart_put_heat(text *to, const chart *c, bool standalone)
{
    chart_range range = {0};
    for (size_t i = 0; i < c->column_count * c->heat_row_count; i++) chart_take(&range, c->values[i]);
    double left = 60;
    for (size_t r = 0; r < c->heat_row_count; r++) left = fmax(left, chart_text_width(c->row_names[r]) + 36);
    const double width = (CHART_WIDTH - 12 - left) / (double)c->column_count, height = 44;
    const double bottom = TOP + height * (double)c->heat_row_count;
    chart_begin(to, c, bottom + 46, standalone);
    for (size_t r = 0; r < c->heat_row_count; r++) {
        const double y = bottom - height * (double)(r + 1);
        chart_words(to, left - 8, y + height / 2 + 5, "end", "", c->row_names[r]);
        for (size_t k = 0; k < c->column_count; k++)
            put_heat_cell(to, c, &range, r * c->column_count + k,
                          (const double[4]){left + width * (double)k, y, width, height});
    }
    for (size_t k = 0; k < c->column_count; k++)
        chart_words(to, left + width * ((double)k + 0.5), bottom + 18, "middle", "", c->column_names[k]);
    chart_words(to, (left + CHART_WIDTH - 12) / 2, bottom + 38, "middle", "", c->x_label);
    text_put(to, "<text transform=\"translate(14 %.1f) rotate(-90)\" text-anchor=\"middle\">", (TOP + bottom) / 2);
    text_escape(to, c->y_label);
    text_put(to, "</text>\n</svg>\n");
}
