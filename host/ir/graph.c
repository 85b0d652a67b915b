/* graph.c: building a graph: nodes are checked against their operation's descriptor as they are added. */
#include "host/ir/operation.h"

#include "host/base/number.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_COLUMNS (1u << 24) /* of one sample: keeps rows*columns and every byte count far from overflow */

clonal_status clonal_graph_create(clonal_graph **graph)
{
    if (!graph) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_graph_create: graph is NULL");
    return clonal__calloc(1, sizeof **graph, graph);
}

void clonal_graph_destroy(clonal_graph *graph)
{
    if (!graph) return;
    clonal__free(graph->nodes);
    clonal__free(graph);
}

clonal_status clonal_graph_status(const clonal_graph *graph)
{
    if (!graph) return clonal__fail(CLONAL_E_ARGUMENT, "the graph is NULL");
    if (graph->status == CLONAL_OK) return CLONAL_OK;
    return clonal__fail(graph->status, "%s", graph->message);
}

clonal_status clonal__graph_copy(const clonal_graph *graph, clonal_graph **copy)
{
    *copy = NULL;
    clonal_graph *made = NULL;
    CLONAL__TRY(clonal_graph_create(&made));
    *made = *graph;
    made->nodes = NULL;
    clonal_status status = clonal__calloc(graph->count, sizeof *made->nodes, &made->nodes);
    if (status != CLONAL_OK) {
        clonal_graph_destroy(made);
        return status;
    }
    memcpy(made->nodes, graph->nodes, graph->count * sizeof *made->nodes);
    *copy = made;
    return CLONAL_OK;
}

const char *clonal__shape_text(size_t rank, const uint32_t *shape, char room[64])
{
    int used = 0;
    room[0] = '\0';
    for (size_t i = 0; i < rank && used >= 0 && used < 50; i++)
        used += snprintf(room + used, 64 - (size_t)used, i ? "x%u" : "%u", shape[i]);
    return room;
}

clonal_node clonal__graph_fail(clonal_graph *graph, clonal_status status, const char *format, ...)
{
    va_list list;
    if (graph->status != CLONAL_OK) return CLONAL_NO_NODE;
    va_start(list, format);
    clonal__number_format(graph->message, sizeof graph->message, format, list);
    va_end(list);
    graph->status = status;
    clonal_graph_status(graph);
    return CLONAL_NO_NODE;
}

/* Whether a node of `operation` may take x. */
static bool check_input(clonal_graph *graph, const clonal__operation *operation, clonal_node x)
{
    if (x < 0 || (size_t)x >= graph->count) {
        clonal__graph_fail(graph, CLONAL_E_ARGUMENT, "node %zu (%s) takes node %d, which the graph does not have",
                           graph->count, operation->name, (int)x);
        return false;
    }
    const clonal__operation *of = graph->nodes[x].operation;
    if (!of->loss) return true;
    clonal__graph_fail(graph, CLONAL_E_SHAPE, "node %zu (%s) takes node %d (%s), but nothing can follow a loss",
                       graph->count, operation->name, (int)x, of->name);
    return false;
}

static bool check_attribute(clonal_graph *graph, const clonal__operation *operation, const clonal__attribute_rule *rule,
                            const clonal__attribute *value)
{
    if (rule->kind != CLONAL__REAL) return true; /* sizes are the shape rule's */
    if (isfinite(value->real) && value->real >= rule->least && value->real <= rule->most) return true;
    if (isfinite(rule->least) && isfinite(rule->most))
        clonal__graph_fail(graph, CLONAL_E_ARGUMENT, "node %zu (%s): the %s %g is not between %g and %g", graph->count,
                           operation->name, rule->name, value->real, rule->least, rule->most);
    else if (isfinite(rule->least))
        clonal__graph_fail(graph, CLONAL_E_ARGUMENT, "node %zu (%s): the %s %g is not a finite number, %g or more",
                           graph->count, operation->name, rule->name, value->real, rule->least);
    else
        clonal__graph_fail(graph, CLONAL_E_ARGUMENT, "node %zu (%s): the %s %g is not a finite number", graph->count,
                           operation->name, rule->name, value->real);
    return false;
}

/* The product of the shape's sizes, into columns. */
static bool check_shape(clonal_graph *graph, clonal__node *node)
{
    uint64_t columns = 1;
    for (size_t i = 0; i < node->rank; i++) {
        char room[64];
        columns *= node->shape[i];
        if (node->shape[i] != 0 && columns <= MAX_COLUMNS) continue;
        clonal__graph_fail(graph, CLONAL_E_SHAPE,
                           "node %zu (%s) would have the shape %s: every size must be 1 or more, their product at most "
                           "%u",
                           graph->count, node->operation->name, clonal__shape_text(node->rank, node->shape, room),
                           MAX_COLUMNS);
        return false;
    }
    node->columns = (uint32_t)columns;
    return true;
}

/* A graph has one input, its first node, and one loss. */
static bool check_place(clonal_graph *graph, const clonal__operation *operation)
{
    if (operation->inputs == 0 && graph->count) {
        clonal__graph_fail(graph, CLONAL_E_ARGUMENT, "node %zu (%s): a graph has one input, its first node",
                           graph->count, operation->name);
        return false;
    }
    for (size_t i = 0; operation->loss && i < graph->count; i++)
        if (graph->nodes[i].operation->loss) {
            clonal__graph_fail(graph, CLONAL_E_ARGUMENT, "node %zu (%s): the graph has its loss already, node %zu",
                               graph->count, operation->name, i);
            return false;
        }
    return true;
}

clonal_node clonal__graph_add(clonal_graph *graph, const clonal__operation *operation, const clonal_node *inputs,
                              const clonal__attribute *attributes)
{
    if (!graph || graph->status != CLONAL_OK) return CLONAL_NO_NODE;
    clonal__node node = {.operation = operation, .inputs = {CLONAL_NO_NODE, CLONAL_NO_NODE}};
    for (size_t k = 0; k < operation->inputs; k++) {
        if (!check_input(graph, operation, inputs[k])) return CLONAL_NO_NODE;
        node.inputs[k] = inputs[k];
    }
    for (size_t k = 0; k < operation->attribute_count; k++) {
        if (!check_attribute(graph, operation, &operation->attributes[k], &attributes[k])) return CLONAL_NO_NODE;
        node.attributes[k] = attributes[k];
        node.attributes[k].real += 0.0; /* -0 becomes 0 */
    }
    if (!operation->shape || !operation->shape(graph, &node) || !check_place(graph, operation) ||
        !check_shape(graph, &node))
        return clonal__graph_fail(graph, CLONAL_E_INTERNAL, "node %zu (%s) has no shape rule", graph->count,
                                  operation->name);
    if (graph->count >= 0xffffff || clonal__grow(&graph->nodes, graph->count + 1, sizeof *graph->nodes) != CLONAL_OK)
        return clonal__graph_fail(graph, CLONAL_E_MEMORY, "node %zu (%s): out of memory", graph->count,
                                  operation->name);
    graph->nodes[graph->count] = node;
    return (clonal_node)graph->count++;
}

clonal_node clonal__graph_add_unary(clonal_graph *graph, const clonal__operation *operation, clonal_node x)
{
    return clonal__graph_add(graph, operation, &x, NULL);
}

clonal_node clonal__graph_add_real(clonal_graph *graph, const clonal__operation *operation, clonal_node x, double value)
{
    const clonal__attribute attribute = {.real = value};
    return clonal__graph_add(graph, operation, &x, &attribute);
}

bool clonal__shape_of_input(clonal_graph *graph, clonal__node *node)
{
    const clonal__node *x = &graph->nodes[node->inputs[0]];
    node->rank = x->rank;
    memcpy(node->shape, x->shape, sizeof node->shape);
    return true;
}

bool clonal__shape_of_flat_input(clonal_graph *graph, clonal__node *node)
{
    const clonal__node *x = &graph->nodes[node->inputs[0]];
    char room[64];
    if (x->rank == 1) return clonal__shape_of_input(graph, node);
    clonal__graph_fail(graph, CLONAL_E_SHAPE,
                       "node %zu (%s) takes samples of one dimension, node %d (%s) has the shape %s: put a flatten "
                       "between",
                       graph->count, node->operation->name, (int)node->inputs[0], x->operation->name,
                       clonal__shape_text(x->rank, x->shape, room));
    return false;
}

size_t clonal_graph_count(const clonal_graph *graph)
{
    return graph ? graph->count : 0;
}

const char *clonal_node_operation(const clonal_graph *graph, clonal_node node)
{
    if (!graph || node < 0 || (size_t)node >= graph->count) return NULL;
    return graph->nodes[node].operation->name;
}

size_t clonal_node_shape(const clonal_graph *graph, clonal_node node, uint32_t shape[CLONAL_MAX_RANK])
{
    if (!graph || node < 0 || (size_t)node >= graph->count) return 0;
    if (shape) memcpy(shape, graph->nodes[node].shape, sizeof graph->nodes[node].shape);
    return graph->nodes[node].rank;
}

static bool taken_by_later(const clonal_graph *graph, size_t node)
{
    for (size_t j = node + 1; j < graph->count; j++)
        for (size_t k = 0; k < graph->nodes[j].operation->inputs; k++)
            if (graph->nodes[j].inputs[k] == (clonal_node)node) return true;
    return false;
}

clonal_status clonal__graph_check(const clonal_graph *graph)
{
    CLONAL__TRY(clonal_graph_status(graph));
    if (graph->count == 0) return clonal__fail(CLONAL_E_ARGUMENT, "the graph has no input node");
    const clonal__node *last = clonal__graph_loss(graph);
    if (!last->operation->loss)
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "the graph's last node, %zu (%s), is not a loss: end it with a loss node", graph->count - 1,
                            last->operation->name);
    for (size_t i = 0; i + 1 < graph->count; i++)
        if (!taken_by_later(graph, i))
            return clonal__fail(CLONAL_E_ARGUMENT, "node %zu (%s) leads nowhere: no other node takes it", i,
                                graph->nodes[i].operation->name);
    return CLONAL_OK;
}

const clonal__node *clonal__graph_input(const clonal_graph *graph)
{
    size_t i = 0;
    while (i + 1 < graph->count && graph->nodes[i].operation->inputs > 0) i++;
    return &graph->nodes[i];
}

const clonal__node *clonal__graph_loss(const clonal_graph *graph)
{
    return &graph->nodes[graph->count - 1];
}
