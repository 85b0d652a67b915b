#include "curves.h"
#include "figure.h"
#include "gnuplot.h"
#include "message.h"
#include <math.h>

static const struct {
    const char *title, *dash;
    int column;
} metrics[] = {{"train loss", "1", 2}, {"val loss", "(12,6)", 3}, {"val accuracy", "(12,5,3,5)", 4}};
enum { METRICS = 3 };

static void put_data(FILE *script, const curves *runs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(script, "$run%zu << EOD\n", i);
        for (size_t j = 0; j < runs[i].count; j++) {
            const metrics_row *row = &runs[i].rows[j];
            figure_number(script, row->epoch);
            figure_number(script, row->train_loss);
            figure_number(script, row->val_loss);
            figure_number(script, row->val_accuracy);
            fputc('\n', script);
        }
        fputs("EOD\n", script);
    }
}

/* The legend of several runs has the metrics in its first column, the runs in the second. */
static size_t key_rows(size_t runs)
{
    return runs > METRICS ? runs : METRICS;
}

static void put_axes(FILE *script, const curves *runs, size_t count, const char *path)
{
    double first = INFINITY, last = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < runs[i].count; j++) {
            first = fmin(first, runs[i].rows[j].epoch);
            last = fmax(last, runs[i].rows[j].epoch);
        }
    }
    figure_style(script, path, 720, 480 + (count > 1 ? 22 * (int)key_rows(count) : 0));
    fputs("set yrange [0:*]\n", script);
    if (count == 1)
        fputs("set key top right\n", script);
    else
        fprintf(script, "set key outside below center vertical Left reverse maxrows %zu width 2\n", key_rows(count));
    figure_epochs(script, first, last);
}

static void put_line(FILE *script, int metric, const char *colour, bool marked)
{
    fprintf(script, " with %s linewidth 2 linecolor '%s' dashtype %s", marked ? "linespoints" : "lines", colour,
            metrics[metric].dash);
    if (marked) fputs(" pointtype 7 pointsize 0.4", script);
}

/* The legend's first column: the metrics by their dashes, then blanks down to the runs' last row. */
static void put_key_column(FILE *script, size_t count)
{
    for (int m = 0; m < METRICS; m++) {
        fputs(" NaN", script);
        put_line(script, m, "#333333", false);
        fprintf(script, " title '%s',", metrics[m].title);
    }
    for (size_t i = METRICS; i < key_rows(count); i++) fputs(" NaN with lines linecolor '#ffffff' title ' ',", script);
}

/* One run: a colour for each metric. Several: a colour for each run, a dash for each metric. */
static void put_plot(FILE *script, const curves *runs, size_t count)
{
    fputs("plot", script);
    if (count > 1) put_key_column(script, count);
    for (size_t i = 0; i < count; i++) {
        for (int m = 0; m < METRICS; m++) {
            fprintf(script, "%s $run%zu using 1:%d", i || m ? "," : "", i, metrics[m].column);
            put_line(script, m, figure_colours[(count == 1 ? (size_t)m : i) % FIGURE_COLOURS],
                     runs[i].count <= FIGURE_MARKED_EPOCHS);
            if (count == 1) {
                fprintf(script, " title '%s'", metrics[m].title);
            } else if (m == 0) {
                fputs(" title ", script);
                figure_string(script, runs[i].name);
            } else {
                fputs(" notitle", script);
            }
        }
    }
    fputc('\n', script);
}

int curves_draw(const curves *runs, size_t count, const char *path)
{
    FILE *script = figure_begin();
    if (!script) return CLONAL_E_IO;
    put_axes(script, runs, count, path);
    put_data(script, runs, count);
    put_plot(script, runs, count);
    const int code = gnuplot_run(script, path);
    fclose(script);
    return code;
}
