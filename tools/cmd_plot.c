/* clonal plot: the chapter's figure (train loss, validation loss, validation accuracy by epoch) of one or more runs,
 * how their layers' activations and gradients are distributed, or the means of a sweep. */
#include "support/curves.h"
#include "support/figure.h"
#include "support/message.h"
#include "support/options.h"
#include "support/stats_plot.h"
#include "support/sweep_plot.h"
#include "support/verbs.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 16, NOT_GIVEN = -1 };

/* What the options say of a sweep's figure; numbers of choices, or NOT_GIVEN. */
typedef struct sweep_choices {
    int metric, band, kind;
} sweep_choices;

typedef struct plot_request {
    const char *output, *layer; /* layer NULL: not given */
    int stats;                  /* stats_figure, or NOT_GIVEN */
    bool gradients;
    sweep_choices sweep;
} plot_request;

/* The last part of a path, unless another run has the same. */
static const char *short_name(const char *const *paths, size_t count, size_t index)
{
    const char *bases[MOST_RUNS] = {0};
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

static int plot_curves(const char *const *paths, size_t count, const char *output)
{
    curves runs[MOST_RUNS] = {0};
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++) {
        runs[i].name = short_name(paths, count, i);
        code = metrics_file_read(paths[i], &runs[i].rows, &runs[i].count);
    }
    if (code == 0) code = curves_draw(runs, count, output);
    for (size_t i = 0; i < count; i++) free(runs[i].rows);
    return code;
}

static int plot_stats(const char *const *paths, size_t count, const plot_request *r)
{
    stats_run runs[MOST_RUNS] = {0};
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++) {
        runs[i].name = short_name(paths, count, i);
        code = stats_file_read(paths[i], &runs[i].rows, &runs[i].count);
    }
    if (code == 0) code = stats_plot(runs, count, (stats_figure)r->stats, r->gradients, r->layer, r->output);
    for (size_t i = 0; i < count; i++) free(runs[i].rows);
    return code;
}

static bool is_sweep(const command_line *line)
{
    return line->positional_count == 1 && sweep_plot_takes(line->positional[0]);
}

/* What does not go together, or is of another figure. */
static int check(const command_line *line, const plot_request *r)
{
    const sweep_choices *c = &r->sweep;
    const char *of_sweep = c->metric != NOT_GIVEN ? "metric" : c->band != NOT_GIVEN ? "band" : "kind";
    const bool chosen = c->metric != NOT_GIVEN || c->band != NOT_GIVEN || c->kind != NOT_GIVEN;
    if (r->stats == NOT_GIVEN && (r->gradients || r->layer))
        return fail(EXIT_USAGE, "%s: tell what to draw of them (--stats)", r->layer ? "--layer" : "--gradients");
    if (r->stats != NOT_GIVEN && is_sweep(line))
        return fail(EXIT_USAGE, "--stats is of runs that were trained with --watch: name some, not a sweep");
    if (chosen && !is_sweep(line))
        return fail(EXIT_USAGE, "--%s is of a sweep's figure: name one sweep's folder", of_sweep);
    return 0;
}

static int plot_sweep(const char *folder, const sweep_choices *c, const char *output)
{
    const sweep_figure figure = {.metric = c->metric == NOT_GIVEN ? SWEEP_VAL_ACCURACY : (sweep_metric)c->metric,
                                 .band = c->band == NOT_GIVEN ? SWEEP_INTERVAL : (sweep_band)c->band,
                                 .kind = (sweep_kind)(c->kind + 1)};
    return sweep_plot(folder, &figure, output);
}

static int plot(const command_line *line, const plot_request *r)
{
    if (is_sweep(line)) return plot_sweep(line->positional[0], &r->sweep, r->output);
    if (r->stats != NOT_GIVEN) return plot_stats(line->positional, line->positional_count, r);
    return plot_curves(line->positional, line->positional_count, r->output);
}

int cmd_plot(int argc, const char **argv)
{
    plot_request r = {.stats = NOT_GIVEN, .sweep = {NOT_GIVEN, NOT_GIVEN, NOT_GIVEN}};
    option options[] = {
        {.name = "output",
         .letter = 'o',
         .kind = OPTION_TEXT,
         .to = &r.output,
         .label = "FILE",
         .required = true,
         .help = "the figure: FILE.svg or FILE.png"},
        VALUE_OPTION(OPTION_CHOICE, "stats", 0, &r.stats, "mean|variance|zeros|norm", "of the layers of watched runs"),
        FLAG_OPTION("gradients", 0, &r.gradients, "with --stats: of gradients, not of activations"),
        VALUE_OPTION(OPTION_TEXT, "layer", 0, &r.layer, "TEXT", "with --stats: layers that have it in their name"),
        VALUE_OPTION(OPTION_CHOICE, "metric", 0, &r.sweep.metric, "accuracy|val-loss|train-loss",
                     "of a sweep (accuracy)"),
        VALUE_OPTION(OPTION_CHOICE, "band", 0, &r.sweep.band, "interval|deviation",
                     "what is around its means (interval)"),
        VALUE_OPTION(OPTION_CHOICE, "kind", 0, &r.sweep.kind, "curves|map",
                     "by epoch, or by two axes (map where there are two)"),
    };
    command_line line = {.verb = "plot",
                         .arguments = "RUN...|SWEEP -o FILE.svg|FILE.png",
                         .summary = "Draws train loss, validation loss and validation accuracy by epoch, of the runs\n"
                                    "in the given folders (or of metrics.csv files), with gnuplot; of runs that were\n"
                                    "trained with --watch, how their layers' values are distributed; or, of a\n"
                                    "sweep's folder, means over its seeds: by epoch, or a map of two axes.",
                         .least = 1,
                         .most = MOST_RUNS,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    code = figure_check_name("--output", r.output);
    if (code == 0) code = check(&line, &r);
    if (code == 0) code = plot(&line, &r);
    command_line_free(&line);
    return code;
}
