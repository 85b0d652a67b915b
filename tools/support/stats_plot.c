#include "stats_plot.h"
#include "figure.h"
#include "gnuplot.h"
#include "message.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PANEL_WIDTH = 400, PANEL_HEIGHT = 320, KEY_WIDTH = 190, KEY_LINE = 20, MOST_LAYERS = 1000 };

typedef struct plotting {
    const stats_run *runs;
    size_t run_count;
    stats_figure figure;
    bool gradient;
    const char *layer; /* NULL: all but the input */
    FILE *script;
    /* in the order in which the rows name them */
    const char *layers[MOST_LAYERS];
    size_t layer_count;
    double first, last, least, most; /* of epochs and of finite figures */
} plotting;

static bool wanted(const plotting *p, const stats_row *row)
{
    if (row->gradient != p->gradient) return false;
    return p->layer ? strstr(row->layer, p->layer) != NULL : strncmp(row->layer, "node.0.", 7) != 0;
}

static void note_layer(plotting *p, const char *layer)
{
    for (size_t i = 0; i < p->layer_count; i++)
        if (strcmp(p->layers[i], layer) == 0) return;
    if (p->layer_count < MOST_LAYERS) p->layers[p->layer_count++] = layer;
}

static void survey(plotting *p)
{
    p->first = p->least = INFINITY;
    p->last = p->most = -INFINITY;
    for (size_t r = 0; r < p->run_count; r++) {
        for (size_t i = 0; i < p->runs[r].count; i++) {
            const stats_row *row = &p->runs[r].rows[i];
            const double value = row->figures[p->figure];
            if (!wanted(p, row)) continue;
            note_layer(p, row->layer);
            p->first = fmin(p->first, (double)row->epoch);
            p->last = fmax(p->last, (double)row->epoch);
            if (!isfinite(value)) continue;
            p->least = fmin(p->least, value);
            p->most = fmax(p->most, value);
        }
    }
}

static void put_block(const plotting *p, size_t run, size_t layer, bool dropout)
{
    fprintf(p->script, "$r%zu_%zu_%d << EOD\n", run, layer, dropout);
    for (size_t i = 0; i < p->runs[run].count; i++) {
        const stats_row *row = &p->runs[run].rows[i];
        if (!wanted(p, row) || row->dropout != dropout || strcmp(row->layer, p->layers[layer]) != 0) continue;
        figure_number(p->script, (double)row->epoch);
        figure_number(p->script, row->figures[p->figure]);
        fputc('\n', p->script);
    }
    /* a run without the layer: gnuplot takes no empty block */
    fputs(" NaN NaN\nEOD\n", p->script);
}

/* One range for all panels. Figures that are positive and lie far apart have a logarithmic axis. */
static void put_range(const plotting *p)
{
    if (!(p->least <= p->most)) {
        fputs("set yrange [0:1]\n", p->script); /* no figure is a number */
    } else if (p->figure == STATS_ZEROS) {
        fputs("set yrange [0:1]\n", p->script);
    } else if (p->least > 0 && p->most / p->least > 50) {
        fprintf(p->script, "set logscale y\nset format y '10^{%%T}'\nset yrange [%.9g:%.9g]\n", p->least / 1.5,
                p->most * 1.5);
    } else {
        const double low = fmin(p->least, 0), high = fmax(p->most, 0), room = (high - low) / 20;
        fprintf(p->script, "set yrange [%.9g:%.9g]\n", low < 0 ? low - room : 0, high + (room > 0 ? room : 1));
    }
}

static void put_style(const plotting *p, size_t layer)
{
    fprintf(p->script, " linewidth 2 linecolor '%s' dashtype %d", figure_colours[layer % FIGURE_COLOURS],
            1 + (int)(layer / FIGURE_COLOURS % 4));
}

/* On the right of all panels, of lines and labels: gnuplot's own legend takes no more rows than a panel is high. */
static void put_legend(const plotting *p, double width, double height)
{
    const double left = (2.0 * PANEL_WIDTH + 4) / width;
    for (size_t i = 0; i < p->layer_count; i++) {
        const double y = 1 - (44 + (double)i * KEY_LINE) / height;
        fprintf(p->script, "set arrow from screen %.4f,%.4f to screen %.4f,%.4f nohead", left, y, left + 36 / width, y);
        put_style(p, i);
        fputs("\nset label ", p->script);
        figure_string(p->script, p->layers[i]);
        fprintf(p->script, " at screen %.4f,%.4f left noenhanced textcolor '#333333'\n", left + 46 / width, y);
    }
}

static void put_layout(const plotting *p, const char *path)
{
    const int panels = (int)p->run_count * PANEL_HEIGHT, keys = (int)p->layer_count * KEY_LINE + 60;
    const double width = 2 * PANEL_WIDTH + KEY_WIDTH, height = panels > keys ? panels : keys;
    figure_style(p->script, path, (int)width, (int)height);
    fprintf(p->script,
            "set multiplot layout %zu,2 margins screen %.4f,%.4f,%.4f,%.4f spacing screen %.4f,%.4f\nunset key\n",
            p->run_count, 72 / width, (2.0 * PANEL_WIDTH - 12) / width, 56 / height, 1 - 40 / height, 64 / width,
            72 / height);
    put_legend(p, width, height);
}

static void put_panel(const plotting *p, size_t run, bool dropout)
{
    const bool marked = p->last - p->first < FIGURE_MARKED_EPOCHS;
    char title[512];
    snprintf(title, sizeof title, "%.400s%s%s %s", p->run_count > 1 ? p->runs[run].name : "",
             p->run_count > 1 ? ": " : "", stats_names[p->figure], dropout ? "with dropout" : "without dropout");
    fputs("set title ", p->script);
    figure_string(p->script, title);
    fprintf(p->script, " noenhanced textcolor '#333333'\nset xlabel '%s'\nplot",
            run + 1 == p->run_count ? "epoch" : "");
    for (size_t i = 0; i < p->layer_count; i++) {
        fprintf(p->script, "%s $r%zu_%zu_%d using 1:2 with %s", i ? "," : "", run, i, dropout,
                marked ? "linespoints" : "lines");
        put_style(p, i);
        if (marked) fputs(" pointtype 7 pointsize 0.4", p->script);
    }
    fputs("\nunset label\nunset arrow\n", p->script); /* the legend, which stands on the first panel's page */
}

static void put_figure(const plotting *p, const char *path)
{
    put_layout(p, path);
    figure_epochs(p->script, p->first, p->last);
    put_range(p);
    for (size_t r = 0; r < p->run_count; r++)
        for (size_t i = 0; i < 2 * p->layer_count; i++) put_block(p, r, i / 2, i % 2);
    for (size_t r = 0; r < p->run_count; r++) {
        put_panel(p, r, true);
        put_panel(p, r, false);
    }
    fputs("unset multiplot\n", p->script);
}

int stats_plot(const stats_run *runs, size_t count, stats_figure figure, bool gradient, const char *layer,
               const char *path)
{
    plotting *p = calloc(1, sizeof *p);
    if (!p) return fail(CLONAL_E_MEMORY, "out of memory");
    *p = (plotting){.runs = runs, .run_count = count, .figure = figure, .gradient = gradient, .layer = layer};
    int code = 0;
    survey(p);
    if (p->layer_count == 0)
        code = fail(EXIT_USAGE, "%s: no layer has '%s' in its name; its stats.csv names them", runs[0].name,
                    layer ? layer : "node");
    if (code == 0 && !(p->script = figure_begin())) code = CLONAL_E_IO;
    if (code == 0) {
        put_figure(p, path);
        code = gnuplot_run(p->script, path);
    }
    if (p->script) fclose(p->script);
    free(p);
    return code;
}
