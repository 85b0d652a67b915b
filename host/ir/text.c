/* text.c: a graph as text, one node a line, and back (cl/CONTRACT.md, section 7). */
#include "host/ir/graph.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append_shortest(clonal__string *text, double p)
{
    char room[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(room, sizeof room, "%.*g", digits, p);
        if (strtod(room, NULL) == p) break;
    }
    clonal__string_append(text, " %s", room);
}

clonal_status clonal_graph_print(const clonal_graph *graph, char **out)
{
    *out = NULL;
    CLONAL__TRY(clonal_graph_status(graph));
    clonal__string text = {0};
    for (size_t i = 0; i < graph->count; i++) {
        const clonal__node *node = &graph->nodes[i];
        const clonal__operation *operation = &clonal__operations[node->operation];
        clonal__string_append(&text, "%zu %s", i, operation->name);
        for (size_t k = 0; k < operation->inputs; k++) clonal__string_append(&text, " %d", (int)node->inputs[k]);
        if (node->operation == CLONAL__INPUT)
            for (size_t k = 0; k < node->rank; k++) clonal__string_append(&text, k ? ",%u" : " %u", node->shape[k]);
        if (node->operation == CLONAL__LINEAR) clonal__string_append(&text, " %u", node->shape[0]);
        if (node->operation == CLONAL__DROPOUT) append_shortest(&text, node->p);
        clonal__string_append(&text, "\n");
    }
    if (text.status != CLONAL_OK) return text.status;
    *out = text.text;
    return CLONAL_OK;
}

/* A reader of one line: each step moves on, or sets bad. */
typedef struct cursor {
    const char *at;
    int bad;
} cursor;

static unsigned long number(cursor *line, char after_allowed)
{
    char *end = NULL;
    if (*line->at == ' ') line->at++;
    if (!isdigit((unsigned char)*line->at)) {
        line->bad = 1;
        return 0;
    }
    errno = 0;
    unsigned long value = strtoul(line->at, &end, 10);
    if (errno || value > UINT32_MAX || (*end && *end != ' ' && *end != after_allowed)) line->bad = 1;
    line->at = end;
    return value;
}

static double probability(cursor *line)
{
    char *end = NULL;
    if (*line->at != ' ') {
        line->bad = 1;
        return 0;
    }
    double value = strtod(++line->at, &end);
    if (end == line->at || *end) line->bad = 1;
    line->at = end;
    return value;
}

static int operation_named(const char *name)
{
    for (int i = 0; i < CLONAL__OPERATION_COUNT; i++)
        if (strcmp(clonal__operations[i].name, name) == 0) return i;
    return -1;
}

/* Adds the node that `line` spells; false when the line is not of the form. */
static bool parse_node(clonal_graph *graph, const char *text)
{
    cursor line = {text, 0};
    char name[32];
    int used = 0;
    if (number(&line, 0) != graph->count || line.bad || sscanf(line.at, " %31s%n", name, &used) != 1) return false;
    line.at += used;
    int id = operation_named(name);
    if (id < 0) return false;
    clonal_node in[2] = {CLONAL_NO_NODE, CLONAL_NO_NODE};
    for (size_t k = 0; k < clonal__operations[id].inputs; k++) in[k] = (clonal_node)number(&line, 0);
    uint32_t shape[CLONAL_MAX_RANK] = {0}, outputs = 0;
    size_t rank = 0;
    double p = 0;
    if (id == CLONAL__INPUT) do {
            if (rank == CLONAL_MAX_RANK) return false;
            if (rank) line.at++;
            shape[rank++] = (uint32_t)number(&line, ',');
        } while (!line.bad && *line.at == ',');
    if (id == CLONAL__LINEAR) outputs = (uint32_t)number(&line, 0);
    if (id == CLONAL__DROPOUT) p = probability(&line);
    if (line.bad || *line.at) return false;
    switch ((clonal__operation_id)id) {
    case CLONAL__INPUT:
        clonal_input(graph, rank, shape);
        break;
    case CLONAL__FLATTEN:
        clonal_flatten(graph, in[0]);
        break;
    case CLONAL__LINEAR:
        clonal_linear(graph, in[0], outputs);
        break;
    case CLONAL__RELU:
        clonal_relu(graph, in[0]);
        break;
    case CLONAL__SIGMOID:
        clonal_sigmoid(graph, in[0]);
        break;
    case CLONAL__TANH:
        clonal_tanh(graph, in[0]);
        break;
    case CLONAL__DROPOUT:
        clonal_dropout(graph, in[0], p);
        break;
    case CLONAL__ADD:
        clonal_add(graph, in[0], in[1]);
        break;
    case CLONAL__CROSS_ENTROPY:
        clonal_softmax_cross_entropy(graph, in[0]);
        break;
    case CLONAL__SQUARED_ERROR:
        clonal_mean_squared_error(graph, in[0]);
        break;
    case CLONAL__OPERATION_COUNT:
        return false;
    }
    return true;
}

clonal_status clonal_graph_parse(const char *text, clonal_graph **graph)
{
    *graph = NULL;
    char *copy = clonal__strdup(text);
    if (!copy) return CLONAL_E_MEMORY;
    clonal_graph *made = NULL;
    clonal_status status = clonal_graph_create(&made);
    size_t number_of_line = 0;
    for (char *line = copy, *next; status == CLONAL_OK && line && *line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        number_of_line++;
        if (!parse_node(made, line))
            status = clonal__fail(CLONAL_E_FORMAT,
                                  "line %zu of the graph, \"%.60s\", is not a node: expected, say, \"%zu relu %zu\"",
                                  number_of_line, line, made->count, made->count ? made->count - 1 : 0);
        else
            status = clonal_graph_status(made);
    }
    if (status == CLONAL_OK && made->count == 0) status = clonal__fail(CLONAL_E_FORMAT, "the graph's text is empty");
    clonal__free(copy);
    if (status == CLONAL_OK)
        *graph = made;
    else
        clonal_graph_destroy(made);
    return status;
}
