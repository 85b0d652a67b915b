#include "sweep_plot.h"
#include "figure.h"
#include "gnuplot.h"
#include "message.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool sweep_plot_takes(const char *path)
{
    char file[4096];
    struct stat there;
    snprintf(file, sizeof file, "%s/sweep.json", path);
    return stat(file, &there) == 0;
}

const clonal_estimate *sweep_estimate(const clonal_sweep_setting *s, sweep_metric metric)
{
    return metric == SWEEP_VAL_ACCURACY ? &s->val_accuracy : metric == SWEEP_VAL_LOSS ? &s->val_loss : &s->train_loss;
}

const char *sweep_metric_name(sweep_metric metric)
{
    static const char *const names[] = {"val accuracy", "val loss", "train loss"};
    return names[metric];
}

/* ---- which settings ---- */

/* Orders settings by a figure, the best first; what is no number comes last. */
static double badness(const clonal_sweep_setting *s, sweep_metric metric)
{
    const double mean = sweep_estimate(s, metric)->mean;
    if (isnan(mean)) return INFINITY;
    return metric == SWEEP_VAL_ACCURACY ? -mean : mean;
}

/* Chooses the curves: all with a finished run, or the best of them, in the sweep's order. */
static size_t choose(const clonal_sweep *sweep, sweep_metric metric, size_t chosen[SWEEP_CURVES_MOST], size_t *of)
{
    size_t count = 0;
    *of = 0;
    for (size_t i = 0; i < sweep->setting_count; i++) {
        if (sweep->settings[i].val_accuracy.count == 0) continue;
        ++*of;
        if (count < SWEEP_CURVES_MOST) {
            chosen[count++] = i;
            continue;
        }
        size_t worst = 0;
        for (size_t j = 1; j < count; j++)
            if (badness(&sweep->settings[chosen[j]], metric) >= badness(&sweep->settings[chosen[worst]], metric))
                worst = j;
        if (badness(&sweep->settings[i], metric) >= badness(&sweep->settings[chosen[worst]], metric)) continue;
        memmove(chosen + worst, chosen + worst + 1, (count - 1 - worst) * sizeof *chosen);
        chosen[count - 1] = i;
    }
    return count;
}

/* ---- the curves ---- */

static double metric_of(const clonal_epoch_metrics *m, sweep_metric metric)
{
    return metric == SWEEP_VAL_ACCURACY ? m->val_accuracy : metric == SWEEP_VAL_LOSS ? m->val_loss : m->train_loss;
}

/* The figures of epoch `epoch` (from 0) of a setting's runs, as many as have got there, into values (seed_count). */
static size_t gather(const clonal_sweep *sweep, size_t setting, size_t epoch, sweep_metric metric, double *values)
{
    size_t count = 0;
    for (size_t i = 0; i < sweep->seed_count; i++) {
        const clonal_sweep_run *run = &sweep->runs[setting * sweep->seed_count + i];
        if (run->finished && epoch < run->epochs) values[count++] = metric_of(&run->metrics[epoch], metric);
    }
    return count;
}

/* A row an epoch: epoch, mean, low, high. */
static int put_setting(FILE *script, const clonal_sweep *sweep, size_t setting, const sweep_figure *figure,
                       double *values)
{
    for (size_t epoch = 0;; epoch++) {
        const size_t count = gather(sweep, setting, epoch, figure->metric, values);
        clonal_estimate e;
        if (count == 0) break;
        if (clonal_estimate_mean(values, count, 0.95, &e) != CLONAL_OK) return fail_status(clonal_last_error()->status);
        const bool deviation = figure->band == SWEEP_DEVIATION;
        figure_number(script, (double)(epoch + 1));
        figure_number(script, e.mean);
        figure_number(script, deviation ? e.mean - e.deviation : e.low);
        figure_number(script, deviation ? e.mean + e.deviation : e.high);
        fputc('\n', script);
    }
    return 0;
}

static int put_data(FILE *script, const clonal_sweep *sweep, const size_t *chosen, size_t count,
                    const sweep_figure *figure)
{
    double *values = calloc(sweep->seed_count, sizeof *values);
    int code = values ? 0 : fail(CLONAL_E_MEMORY, "out of memory");
    for (size_t i = 0; code == 0 && i < count; i++) {
        fprintf(script, "$setting%zu << EOD\n", i);
        code = put_setting(script, sweep, chosen[i], figure, values);
        fputs("EOD\n", script);
    }
    free(values);
    return code;
}

static size_t longest(const clonal_sweep *sweep)
{
    size_t epochs = 1;
    for (size_t i = 0; i < sweep->setting_count * sweep->seed_count; i++)
        if (sweep->runs[i].epochs > epochs) epochs = sweep->runs[i].epochs;
    return epochs;
}

static void put_title(FILE *script, const clonal_sweep *sweep, size_t count, size_t of, const sweep_figure *figure)
{
    char title[160];
    int at = snprintf(title, sizeof title, "mean of up to %zu seeds, band: %s", sweep->seed_count,
                      figure->band == SWEEP_DEVIATION ? "deviation" : "95 % interval of the mean");
    if (count < of) snprintf(title + at, sizeof title - (size_t)at, "; the %zu best of %zu settings", count, of);
    fputs("set title ", script);
    figure_string(script, title);
    fputs(" noenhanced textcolor '#333333'\nset ylabel ", script);
    figure_string(script, sweep_metric_name(figure->metric));
    fputs(" textcolor '#333333'\n", script);
}

/* The bands first, so that no curve is under another's. */
static void put_plot(FILE *script, const clonal_sweep *sweep, const size_t *chosen, size_t count, bool marked)
{
    fputs("plot", script);
    for (size_t i = 0; i < count; i++)
        fprintf(script,
                "%s $setting%zu using 1:3:4 with filledcurves linecolor '%s' fillstyle transparent solid 0.18 noborder "
                "notitle",
                i ? "," : "", i, figure_colours[i % FIGURE_COLOURS]);
    for (size_t i = 0; i < count; i++) {
        fprintf(script, ", $setting%zu using 1:2 with %s linewidth 2 linecolor '%s'%s title ", i,
                marked ? "linespoints" : "lines", figure_colours[i % FIGURE_COLOURS],
                marked ? " pointtype 7 pointsize 0.4" : "");
        figure_string(script, sweep->settings[chosen[i]].label);
    }
    fputc('\n', script);
}

static int draw_curves(const clonal_sweep *sweep, const sweep_figure *figure, const char *output)
{
    size_t chosen[SWEEP_CURVES_MOST], of;
    const size_t count = choose(sweep, figure->metric, chosen, &of), epochs = longest(sweep);
    if (count == 0) return fail(CLONAL_E_FORMAT, "%s: no run is finished; go on with the sweep first", sweep->folder);
    FILE *script = figure_begin();
    if (!script) return CLONAL_E_IO;
    figure_style(script, output, 720, 480 + 22 * (int)count);
    figure_epochs(script, 1, (double)epochs);
    put_title(script, sweep, count, of, figure);
    fputs("set key outside below center vertical Left reverse maxcols 1\n", script);
    int code = put_data(script, sweep, chosen, count, figure);
    put_plot(script, sweep, chosen, count, epochs <= FIGURE_MARKED_EPOCHS);
    if (code == 0) code = gnuplot_run(script, output);
    fclose(script);
    return code;
}

/* Whether it is a grid of two axes alone. */
static bool is_map(const clonal_sweep *sweep, size_t axes[2])
{
    bool grid = sweep_map_axes(sweep, axes);
    for (size_t i = 0; i < sweep->setting_count; i++) grid = grid && sweep->settings[i].at;
    return grid;
}

int sweep_plot(const char *folder, const sweep_figure *figure, const char *output)
{
    clonal_sweep *sweep;
    size_t axes[2];
    const clonal_status status = clonal_sweep_open(folder, &sweep);
    if (status != CLONAL_OK) return fail_status(status);
    int code;
    if (figure->kind == SWEEP_MAP && !sweep_map_axes(sweep, axes))
        code =
            fail(EXIT_USAGE, "--kind map: %s does not have two axes with several values each; draw its curves", folder);
    else if (figure->kind == SWEEP_MAP || (figure->kind == SWEEP_ANY && is_map(sweep, axes)))
        code = sweep_map_draw(sweep, axes, figure, output);
    else
        code = draw_curves(sweep, figure, output);
    clonal_sweep_destroy(sweep);
    return code;
}
