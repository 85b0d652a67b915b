/* sweep_map.c: a figure by two axes: a cell a setting, darker where it is better, with mean and band. */
#include "figure.h"
#include "gnuplot.h"
#include "message.h"
#include "sweep_plot.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_CELLS_A_SIDE = 40, CELL_WIDTH = 84, CELL_HEIGHT = 56 };

bool sweep_map_axes(const clonal_sweep *sweep, size_t axes[2])
{
    size_t found = 0;
    for (size_t i = 0; i < sweep->axis_count; i++) {
        if (sweep->axes[i].count < 2) continue;
        if (found < 2) axes[found] = i;
        found++;
    }
    return found == 2;
}

/* The setting of a cell, or NULL. */
static const clonal_sweep_setting *cell(const clonal_sweep *sweep, const size_t axes[2], size_t x, size_t y)
{
    for (size_t i = 0; i < sweep->setting_count; i++) {
        const clonal_sweep_setting *s = &sweep->settings[i];
        if (s->at && s->at[axes[0]] == y && s->at[axes[1]] == x) return s;
    }
    return NULL;
}

typedef struct range {
    double least, most;
} range;

static range range_of(const clonal_sweep *sweep, sweep_metric metric)
{
    range r = {INFINITY, -INFINITY};
    for (size_t i = 0; i < sweep->setting_count; i++) {
        const clonal_estimate *e = sweep_estimate(&sweep->settings[i], metric);
        if (!sweep->settings[i].at || e->count == 0 || !isfinite(e->mean)) continue;
        r.least = fmin(r.least, e->mean);
        r.most = fmax(r.most, e->mean);
    }
    return r;
}

/* Text on the darker half is white. */
static bool is_dark(double mean, range r, sweep_metric metric)
{
    const double share = r.most > r.least ? (mean - r.least) / (r.most - r.least) : 0;
    return (metric == SWEEP_VAL_ACCURACY ? share : 1 - share) > 0.55;
}

static void put_label(FILE *script, const clonal_estimate *e, const sweep_figure *figure)
{
    const double reach = figure->band == SWEEP_DEVIATION ? e->deviation : e->high - e->mean;
    char text[80];
    int at = snprintf(text, sizeof text, "\"%.4f", e->mean);
    if (isfinite(reach)) at += snprintf(text + at, sizeof text - (size_t)at, "\\n±%.4f", reach);
    snprintf(text + at, sizeof text - (size_t)at, "\"");
    fputs(text, script);
}

/* x, y, mean: every cell, row by row, as an image needs them. */
static void put_cells(FILE *script, const clonal_sweep *sweep, const size_t axes[2], sweep_metric metric)
{
    fputs("$cells << EOD\n", script);
    for (size_t y = 0; y < sweep->axes[axes[0]].count; y++) {
        for (size_t x = 0; x < sweep->axes[axes[1]].count; x++) {
            const clonal_sweep_setting *s = cell(sweep, axes, x, y);
            const clonal_estimate *e = s ? sweep_estimate(s, metric) : NULL;
            fprintf(script, "%zu %zu", x, y);
            figure_number(script, e && e->count ? e->mean : NAN);
            fputc('\n', script);
        }
    }
    fputs("EOD\n", script);
}

/* The texts of the cells that are dark, or of the others. Returns how many there are. */
static size_t put_labels(FILE *script, const clonal_sweep *sweep, const size_t axes[2], const sweep_figure *figure,
                         bool dark)
{
    const range r = range_of(sweep, figure->metric);
    size_t count = 0;
    fprintf(script, "$%s << EOD\n", dark ? "dark" : "light");
    for (size_t i = 0; i < sweep->setting_count; i++) {
        const clonal_sweep_setting *s = &sweep->settings[i];
        const clonal_estimate *e = sweep_estimate(s, figure->metric);
        if (!s->at || e->count == 0 || !isfinite(e->mean) || is_dark(e->mean, r, figure->metric) != dark) continue;
        fprintf(script, "%u %u ", s->at[axes[1]], s->at[axes[0]]);
        put_label(script, e, figure);
        fputc('\n', script);
        count++;
    }
    fputs("EOD\n", script);
    return count;
}

static void put_tics(FILE *script, const char *which, const clonal_sweep_axis *axis)
{
    fprintf(script, "set %slabel ", which);
    figure_string(script, axis->name);
    fprintf(script, " noenhanced textcolor '#333333'\nset %stics (", which);
    for (size_t i = 0; i < axis->count; i++) {
        fputs(i ? ", " : "", script);
        figure_string(script, axis->values[i]);
        fprintf(script, " %zu", i);
    }
    fprintf(script, ") noenhanced scale 0\nset %srange [-0.5:%zu.5]\n", which, axis->count - 1);
}

static void put_colours(FILE *script, const clonal_sweep *sweep, const sweep_figure *figure)
{
    const range r = range_of(sweep, figure->metric);
    const bool up = figure->metric == SWEEP_VAL_ACCURACY;
    fprintf(script, "set palette defined (0 '%s', 0.5 '#6baed6', 1 '%s')\n", up ? "#eff3ff" : "#084594",
            up ? "#084594" : "#eff3ff");
    if (r.most > r.least)
        fprintf(script, "set cbrange [%.9g:%.9g]\n", r.least, r.most);
    else if (isfinite(r.least))
        fprintf(script, "set cbrange [%.9g:%.9g]\n", r.least - 0.01, r.least + 0.01);
    fputs("unset grid\nset border 0\nunset key\nset format cb '%.3f'\nset title ", script);
    char title[160];
    snprintf(title, sizeof title, "%s, mean of up to %zu seeds ± %s", sweep_metric_name(figure->metric),
             sweep->seed_count, figure->band == SWEEP_DEVIATION ? "deviation" : "half its 95 % interval");
    figure_string(script, title);
    fputs(" noenhanced textcolor '#333333'\n", script);
}

int sweep_map_draw(const clonal_sweep *sweep, const size_t axes[2], const sweep_figure *figure, const char *output)
{
    const clonal_sweep_axis *rows = &sweep->axes[axes[0]], *columns = &sweep->axes[axes[1]];
    if (!isfinite(range_of(sweep, figure->metric).least))
        return fail(CLONAL_E_FORMAT, "%s: no run of the grid is finished with a number; go on with the sweep first",
                    sweep->folder);
    if (rows->count > MOST_CELLS_A_SIDE || columns->count > MOST_CELLS_A_SIDE)
        return fail(EXIT_USAGE, "a map has at most %d values a side; draw the curves (--kind curves)",
                    MOST_CELLS_A_SIDE);
    FILE *script = figure_begin();
    if (!script) return CLONAL_E_IO;
    const int width = 260 + CELL_WIDTH * (int)columns->count, height = 160 + CELL_HEIGHT * (int)rows->count;
    figure_style(script, output, width < 560 ? 560 : width, height < 360 ? 360 : height);
    put_tics(script, "x", columns);
    put_tics(script, "y", rows);
    put_colours(script, sweep, figure);
    put_cells(script, sweep, axes, figure->metric);
    const size_t light = put_labels(script, sweep, axes, figure, false);
    const size_t dark = put_labels(script, sweep, axes, figure, true);
    fputs("plot $cells using 1:2:3 with image pixels", script);
    if (light) fputs(", $light using 1:2:3 with labels textcolor '#111111'", script);
    if (dark) fputs(", $dark using 1:2:3 with labels textcolor '#ffffff'", script);
    fputc('\n', script);
    const int code = gnuplot_run(script, output);
    fclose(script);
    return code;
}
