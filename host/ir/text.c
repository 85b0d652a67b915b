/* text.c: a graph as text, one node a line, and back (cl/CONTRACT.md, section 7): operations and attributes as their
 * descriptors tell. */
#include "host/base/float_environment.h"
#include "host/base/number.h"
#include "host/ir/operation.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void append_attribute(clonal__string *text, clonal__attribute_kind kind, const clonal__attribute *value)
{
    char room[CLONAL__NUMBER_ROOM];
    switch (kind) {
    case CLONAL__REAL:
        clonal__string_append(text, " %s", clonal__number_shortest(value->real, room));
        break;
    case CLONAL__SIZE:
    case CLONAL__SIZES:
        for (size_t i = 0; i < value->count; i++) clonal__string_append(text, i ? ",%u" : " %u", value->sizes[i]);
        break;
    }
}

clonal_status clonal_graph_print(const clonal_graph *graph, char **out)
{
    CLONAL__FLOATS;
    if (!out) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_graph_print: text is NULL");
    *out = NULL;
    CLONAL__TRY(clonal_graph_status(graph));
    clonal__string text = {0};
    for (size_t i = 0; i < graph->count; i++) {
        const clonal__node *node = &graph->nodes[i];
        const clonal__operation *operation = node->operation;
        clonal__string_append(&text, "%zu %s", i, operation->name);
        for (size_t k = 0; k < operation->inputs; k++) clonal__string_append(&text, " %d", (int)node->inputs[k]);
        for (size_t k = 0; k < operation->attribute_count; k++)
            append_attribute(&text, operation->attributes[k].kind, &node->attributes[k]);
        clonal__string_append(&text, "\n");
    }
    if (text.status != CLONAL_OK) return text.status;
    *out = text.text;
    return CLONAL_OK;
}

/* Readers of what stands at *at: they move it on, or return false. */

static bool take_space(const char **at)
{
    if (**at != ' ') return false;
    (*at)++;
    return true;
}

static bool take_number(const char **at, uint32_t *value)
{
    char *end;
    if (!isdigit((unsigned char)**at)) return false;
    errno = 0;
    const unsigned long number = strtoul(*at, &end, 10);
    if (errno || number > UINT32_MAX) return false;
    *value = (uint32_t)number;
    *at = end;
    return true;
}

static bool take_sizes(const char **at, size_t most, clonal__attribute *value)
{
    do {
        if (value->count == most) return false;
        if (value->count) (*at)++;
        if (!take_number(at, &value->sizes[value->count++])) return false;
    } while (**at == ',');
    return true;
}

static bool take_attribute(const char **at, clonal__attribute_kind kind, clonal__attribute *value)
{
    switch (kind) {
    case CLONAL__REAL:
        return clonal__number_take(at, &value->real);
    case CLONAL__SIZE:
        return take_sizes(at, 1, value);
    case CLONAL__SIZES:
        return take_sizes(at, CLONAL_MAX_RANK, value);
    }
    return false;
}

static const clonal__operation *take_operation(const char **at, const clonal__operation *const *table)
{
    const size_t length = strcspn(*at, " ");
    for (; *table; table++)
        if (strlen((*table)->name) == length && memcmp((*table)->name, *at, length) == 0) {
            *at += length;
            return *table;
        }
    return NULL;
}

/* Adds the node that a line spells; false when the line is not of the form. */
static bool parse_node(clonal_graph *graph, const char *line, const clonal__operation *const *table)
{
    uint32_t number;
    clonal_node inputs[CLONAL__MOST_INPUTS];
    clonal__attribute attributes[CLONAL__MOST_ATTRIBUTES] = {0};
    if (!take_number(&line, &number) || number != graph->count || !take_space(&line)) return false;
    const clonal__operation *operation = take_operation(&line, table);
    if (!operation) return false;
    for (size_t k = 0; k < operation->inputs; k++) {
        if (!take_space(&line) || !take_number(&line, &number)) return false;
        inputs[k] = (clonal_node)number;
    }
    for (size_t k = 0; k < operation->attribute_count; k++)
        if (!take_space(&line) || !take_attribute(&line, operation->attributes[k].kind, &attributes[k])) return false;
    if (*line) return false;
    clonal__graph_add(graph, operation, inputs, attributes);
    return true;
}

static clonal_status parse_lines(clonal_graph *graph, char *text, const clonal__operation *const *table)
{
    size_t number = 1;
    for (char *line = text, *next; line && *line; line = next, number++) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        if (!parse_node(graph, line, table))
            return clonal__fail(CLONAL_E_FORMAT,
                                "line %zu of the graph, \"%.60s\", is not a node: expected, say, \"%zu relu %zu\"",
                                number, line, graph->count, graph->count ? graph->count - 1 : 0);
        CLONAL__TRY(clonal_graph_status(graph));
    }
    return graph->count ? CLONAL_OK : clonal__fail(CLONAL_E_FORMAT, "the graph's text is empty");
}

clonal_status clonal__graph_parse(const char *text, const clonal__operation *const *table, clonal_graph **graph)
{
    clonal_graph *made = NULL;
    *graph = NULL;
    char *copy = clonal__strdup(text);
    if (!copy) return CLONAL_E_MEMORY;
    clonal_status status = clonal_graph_create(&made);
    if (status == CLONAL_OK) status = parse_lines(made, copy, table);
    clonal__free(copy);
    if (status == CLONAL_OK)
        *graph = made;
    else
        clonal_graph_destroy(made);
    return status;
}
