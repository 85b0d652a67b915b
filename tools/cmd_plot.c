/* clonal plot: the chapter's figure (train loss, validation loss, validation accuracy by epoch) of one or more runs, or
 * the means of a sweep. */
#include "support/gnuplot.h"
#include "support/message.h"
#include "support/metrics_file.h"
#include "support/options.h"
#include "support/sweep_plot.h"
#include "support/verbs.h"
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_RUNS = 16, MARKED_EPOCHS = 30 };

typedef struct curves {
    const char *name;
    metrics_row *rows;
    size_t count;
} curves;

/* Colours that stay apart for colour-blind eyes (Okabe and Ito). */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#7f7f7f", "#000000"};
enum { COLOURS = sizeof colours / sizeof *colours };
static const struct {
    const char *title, *dash;
    int column;
} metrics[] = {{"train loss", "1", 2}, {"val loss", "(12,6)", 3}, {"val accuracy", "(12,5,3,5)", 4}};
enum { METRICS = 3 };

/* Text as gnuplot's single-quoted string. */
static void put_string(FILE *script, const char *text)
{
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'') fputc('\'', script);
        fputc((unsigned char)*text < ' ' ? '?' : *text, script);
    }
    fputc('\'', script);
}

static void put_number(FILE *script, double value)
{
    if (isfinite(value))
        fprintf(script, " %.9g", value);
    else
        fputs(" NaN", script);
}

static void put_data(FILE *script, const curves *runs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(script, "$run%zu << EOD\n", i);
        for (size_t j = 0; j < runs[i].count; j++) {
            const metrics_row *row = &runs[i].rows[j];
            put_number(script, row->epoch);
            put_number(script, row->train_loss);
            put_number(script, row->val_loss);
            put_number(script, row->val_accuracy);
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

static void put_axes(FILE *script, const curves *runs, size_t count, bool svg)
{
    double first = INFINITY, last = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < runs[i].count; j++) {
            first = fmin(first, runs[i].rows[j].epoch);
            last = fmax(last, runs[i].rows[j].epoch);
        }
    }
    int height = 480 + (count > 1 ? 22 * (int)key_rows(count) : 0);
    if (svg)
        fprintf(script, "set terminal svg size 720,%d dynamic enhanced font 'sans,14' background '#ffffff'\n", height);
    else
        fprintf(script,
                "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) { set terminal pngcairo size 1440,%d fontscale 1 "
                "linewidth 2 font 'sans,24' background '#ffffff' } else { set terminal png size 1440,%d }\n",
                2 * height, 2 * height);
    fputs("set encoding utf8\n"
          "set border 3 linecolor '#555555'\n"
          "set tics nomirror out scale 0.5 textcolor '#333333'\n"
          "set grid ytics linetype 1 linecolor '#e4e4e4' linewidth 1\n"
          "set xlabel 'epoch' offset 0,0.2 textcolor '#333333'\n"
          "set format x '%.0f'\n"
          "set format y '%g'\n"
          "set yrange [0:*]\n"
          "set key noenhanced samplen 3 spacing 1.1 textcolor '#333333'\n",
          script);
    if (count == 1)
        fputs("set key top right\n", script);
    else
        fprintf(script, "set key outside below center vertical Left reverse maxrows %zu width 2\n", key_rows(count));
    if (first == last)
        fprintf(script, "set xrange [%g:%g]\nset xtics 1\n", first - 0.5, last + 0.5);
    else
        fprintf(script, "set xrange [%g:%g]\n%s", first, last, last - first <= 20 ? "set xtics 1\n" : "");
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
            put_line(script, m, colours[(count == 1 ? (size_t)m : i) % COLOURS], runs[i].count <= MARKED_EPOCHS);
            if (count == 1) {
                fprintf(script, " title '%s'", metrics[m].title);
            } else if (m == 0) {
                fputs(" title ", script);
                put_string(script, runs[i].name);
            } else {
                fputs(" notitle", script);
            }
        }
    }
    fputc('\n', script);
}

static int draw(const curves *runs, size_t count, const char *path, bool svg)
{
    FILE *script = tmpfile();
    if (!script) return fail(CLONAL_E_IO, "a temporary file cannot be made: %s", strerror(errno));
    put_axes(script, runs, count, svg);
    put_data(script, runs, count);
    put_plot(script, runs, count);
    int code = gnuplot_run(script, path);
    fclose(script);
    return code;
}

/* The last part of a path, unless another run has the same. */
static const char *short_name(const char *const *paths, size_t count, size_t index)
{
    const char *bases[MOST_RUNS];
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(paths[i]);
        while (length > 1 && paths[i][length - 1] == '/') length--;
        while (length > 0 && paths[i][length - 1] != '/') length--;
        bases[i] = paths[i] + length;
    }
    for (size_t i = 0; i < count; i++) {
        if (i != index && strcmp(bases[i], bases[index]) == 0) return paths[index];
    }
    return bases[index];
}

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length > end_length && strcasecmp(text + length - end_length, end) == 0;
}

enum { NOT_GIVEN = -1 };

/* What the options say of a sweep's figure; numbers of choices, or NOT_GIVEN. */
typedef struct sweep_choices {
    int metric, band, kind;
} sweep_choices;

static bool is_sweep(const command_line *line)
{
    return line->positional_count == 1 && sweep_plot_takes(line->positional[0]);
}

static int check_choices(const command_line *line, const sweep_choices *c)
{
    const char *given = c->metric != NOT_GIVEN ? "metric" : c->band != NOT_GIVEN ? "band" : "kind";
    if (is_sweep(line) || (c->metric == NOT_GIVEN && c->band == NOT_GIVEN && c->kind == NOT_GIVEN)) return 0;
    return fail(EXIT_USAGE, "--%s is of a sweep's figure: name one sweep's folder", given);
}

static int plot_sweep(const char *folder, const sweep_choices *c, const char *output)
{
    const sweep_figure figure = {.metric = c->metric == NOT_GIVEN ? SWEEP_VAL_ACCURACY : (sweep_metric)c->metric,
                                 .band = c->band == NOT_GIVEN ? SWEEP_INTERVAL : (sweep_band)c->band,
                                 .kind = (sweep_kind)(c->kind + 1)};
    return sweep_plot(folder, &figure, output);
}

int cmd_plot(int argc, const char **argv)
{
    const char *output = NULL;
    sweep_choices choices = {NOT_GIVEN, NOT_GIVEN, NOT_GIVEN};
    option options[] = {
        {.name = "output",
         .letter = 'o',
         .kind = OPTION_TEXT,
         .to = &output,
         .label = "FILE",
         .required = true,
         .help = "the figure: FILE.svg or FILE.png"},
        VALUE_OPTION(OPTION_CHOICE, "metric", 0, &choices.metric, "accuracy|val-loss|train-loss",
                     "of a sweep (accuracy)"),
        VALUE_OPTION(OPTION_CHOICE, "band", 0, &choices.band, "interval|deviation",
                     "what is around its means (interval)"),
        VALUE_OPTION(OPTION_CHOICE, "kind", 0, &choices.kind, "curves|map",
                     "by epoch, or by two axes (map where there are two)"),
    };
    command_line line = {.verb = "plot",
                         .arguments = "RUN...|SWEEP -o FILE.svg|FILE.png",
                         .summary = "Draws train loss, validation loss and validation accuracy by epoch, of the runs\n"
                                    "in the given folders (or of metrics.csv files), with gnuplot; or, of a sweep's\n"
                                    "folder, means over its seeds: curves by epoch, or a map of two axes.",
                         .least = 1,
                         .most = MOST_RUNS,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    code = 0;
    curves runs[MOST_RUNS] = {0};
    size_t count = line.positional_count;
    bool svg = ends_in(output, ".svg");
    if (!svg && !ends_in(output, ".png"))
        code = fail(EXIT_USAGE, "--output '%s': the name must end in .svg or .png", output);
    if (code == 0) code = check_choices(&line, &choices);
    if (is_sweep(&line)) {
        if (code == 0) code = plot_sweep(line.positional[0], &choices, output);
        command_line_free(&line);
        return code;
    }
    for (size_t i = 0; code == 0 && i < count; i++) {
        runs[i].name = short_name(line.positional, count, i);
        code = metrics_file_read(line.positional[i], &runs[i].rows, &runs[i].count);
    }
    if (code == 0) code = draw(runs, count, output, svg);
    for (size_t i = 0; i < count; i++) free(runs[i].rows);
    command_line_free(&line);
    return code;
}
