/* clonal graph: the graph of a perceptron as text, for clonal train --graph. */
#include "support/message.h"
#include "support/options.h"
#include "support/parse.h"
#include "support/perceptron.h"
#include "support/verbs.h"
#include <stdio.h>

enum { MOST_RANK = 4 };

static int print_graph(const clonal_perceptron *perceptron, const char *inputs, uint32_t classes)
{
    uint32_t shape[MOST_RANK];
    size_t rank;
    clonal_graph *graph = NULL;
    char *text = NULL;
    if (!parse_u32_list(inputs, MOST_RANK, shape, &rank) || rank == 0)
        return fail(EXIT_USAGE, "--inputs '%s': give 1 to %d sizes of a sample with commas between", inputs, MOST_RANK);
    clonal_status status = clonal_perceptron_graph(perceptron, rank, shape, classes, &graph);
    if (status == CLONAL_OK) status = clonal_graph_print(graph, &text);
    if (status == CLONAL_OK) fputs(text, stdout);
    clonal_free(text);
    clonal_graph_destroy(graph);
    return status == CLONAL_OK ? 0 : fail_status(status);
}

int cmd_graph(int argc, const char **argv)
{
    clonal_run_settings settings;
    perceptron_request request;
    const char *inputs = "28,28";
    uint32_t classes = 10;
    clonal_run_settings_default(&settings);
    perceptron_begin(&request, &settings.perceptron);
    option options[] = {
        PERCEPTRON_OPTIONS(&request),
        VALUE_OPTION(OPTION_TEXT, "inputs", 0, &inputs, "N,...", "the shape of a sample (28,28)"),
        NUMBER_OPTION(OPTION_U32, "classes", 0, &classes, "N", "outputs (10)", 1, 0),
    };
    command_line line = {.verb = "graph",
                         .arguments = "[options]",
                         .summary = "Prints a perceptron's graph as text, a node a line: what 'clonal train --graph'\n"
                                    "takes, to be changed or extended by hand.",
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    code = perceptron_take(&request, &settings.perceptron);
    if (code == 0) code = print_graph(&settings.perceptron, inputs, classes);
    perceptron_free(&request);
    command_line_free(&line);
    return code;
}
