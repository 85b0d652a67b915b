/* clonal plot: the chapter's figure (train loss, validation loss, validation accuracy by epoch) of one or more runs, or
 * how their layers' activations and gradients are distributed. */
#include "support/curves.h"
#include "support/figure.h"
#include "support/message.h"
#include "support/options.h"
#include "support/stats_plot.h"
#include "support/verbs.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 16, NO_STATS = -1 };

typedef struct plot_request {
    const char *output, *layer; /* layer NULL: not given */
    int stats;                  /* stats_figure, or NO_STATS */
    bool gradients;
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

int cmd_plot(int argc, const char **argv)
{
    plot_request r = {.stats = NO_STATS};
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
    };
    command_line line = {.verb = "plot",
                         .arguments = "RUN... -o FILE.svg|FILE.png",
                         .summary = "Draws train loss, validation loss and validation accuracy by epoch, of the runs\n"
                                    "in the given folders (or of metrics.csv files), with gnuplot; or, of runs that\n"
                                    "were trained with --watch, how their layers' values are distributed.",
                         .least = 1,
                         .most = MOST_RUNS,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    code = figure_check_name("--output", r.output);
    if (code == 0 && r.stats == NO_STATS && (r.gradients || r.layer))
        code = fail(EXIT_USAGE, "%s: tell what to draw of them (--stats)", r.layer ? "--layer" : "--gradients");
    if (code == 0)
        code = r.stats == NO_STATS ? plot_curves(line.positional, line.positional_count, r.output)
                                   : plot_stats(line.positional, line.positional_count, &r);
    command_line_free(&line);
    return code;
}
