/* graph.c: a graph as text; one that is taken is printed, read again as the same, and differentiated. */
#include "tests/fuzz/fuzz.h"

#include "host/base/memory.h"
#include "host/compile/compile.h"
#include <clonal/graph.h>
#include <stdlib.h>
#include <string.h>

/* Most of an input's bytes are numbers of a few digits: more nodes than this take differentiation too long. */
enum { MOST_NODES = 200 };

static void print_and_parse(const clonal_graph *graph)
{
    char *text, *text_again;
    clonal_graph *again;
    FUZZ_CHECK(clonal_graph_print(graph, &text) == CLONAL_OK);
    FUZZ_CHECK(clonal_graph_parse(text, &again) == CLONAL_OK);
    FUZZ_CHECK(clonal_graph_print(again, &text_again) == CLONAL_OK);
    FUZZ_CHECK(strcmp(text, text_again) == 0);
    clonal_free(text);
    clonal_free(text_again);
    clonal_graph_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal_graph *graph;
    char *text = fuzz_text(data, size);
    clonal_status status = clonal_graph_parse(text, &graph);
    free(text);
    if (status != CLONAL_OK) {
        fuzz_failed(status, status == CLONAL_E_SHAPE ? status : CLONAL_E_ARGUMENT);
        FUZZ_CHECK(!graph);
        return 0;
    }
    print_and_parse(graph);
    for (int training = 0; training < 2 && graph->count <= MOST_NODES; training++) {
        clonal__program program = {0};
        status = clonal__differentiate(graph, training ? CLONAL__TRAINING : CLONAL__EVALUATION, 1, &program);
        if (status != CLONAL_OK) fuzz_failed(status, CLONAL_E_ARGUMENT);
        if (status == CLONAL_OK) clonal__program_free(&program);
    }
    clonal_graph_destroy(graph);
    return 0;
}
