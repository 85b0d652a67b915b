/* graph.c: building a graph: shape inference and its errors. */
#include "host/ir/graph.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const clonal__operation clonal__operations[CLONAL__OPERATION_COUNT] = {
    [CLONAL__INPUT] = {"input", 0, false},
    [CLONAL__FLATTEN] = {"flatten", 1, false},
    [CLONAL__LINEAR] = {"linear", 1, false},
    [CLONAL__RELU] = {"relu", 1, false},
    [CLONAL__SIGMOID] = {"sigmoid", 1, false},
    [CLONAL__TANH] = {"tanh", 1, false},
    [CLONAL__DROPOUT] = {"dropout", 1, false},
    [CLONAL__ADD] = {"add", 2, false},
    [CLONAL__CROSS_ENTROPY] = {"softmax_cross_entropy", 1, true},
    [CLONAL__SQUARED_ERROR] = {"mean_squared_error", 1, true},
};

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

static clonal_node fail(clonal_graph *graph, clonal_status status, const char *format, ...) CLONAL__PRINTF(3, 4);
static clonal_node fail(clonal_graph *graph, clonal_status status, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(graph->message, sizeof graph->message, format, list);
    va_end(list);
    graph->status = status;
    clonal_graph_status(graph);
    return CLONAL_NO_NODE;
}

static bool usable(clonal_graph *graph, const char *operation, clonal_node x)
{
    if (!graph || graph->status != CLONAL_OK) return false;
    if (x >= 0 && (size_t)x < graph->count && !clonal__operations[graph->nodes[x].operation].is_loss) return true;
    if (x >= 0 && (size_t)x < graph->count)
        fail(graph, CLONAL_E_SHAPE, "node %zu (%s) takes node %d (%s), but nothing can follow a loss", graph->count,
             operation, (int)x, clonal__operations[graph->nodes[x].operation].name);
    else
        fail(graph, CLONAL_E_ARGUMENT, "node %zu (%s) takes node %d, which the graph does not have", graph->count,
             operation, (int)x);
    return false;
}

static clonal_node append(clonal_graph *graph, const clonal__node *node)
{
    uint64_t columns = 1;
    const char *name = clonal__operations[node->operation].name;
    for (size_t i = 0; i < node->rank; i++) {
        columns *= node->shape[i];
        if (node->shape[i] == 0 || columns > MAX_COLUMNS) {
            char room[64];
            return fail(graph, CLONAL_E_SHAPE,
                        "node %zu (%s) would have the shape %s: every size must be 1 or more, their product at most %u",
                        graph->count, name, clonal__shape_text(node->rank, node->shape, room), MAX_COLUMNS);
        }
    }
    if (graph->count >= 0xffffff || clonal__grow(&graph->nodes, graph->count + 1, sizeof *graph->nodes) != CLONAL_OK)
        return fail(graph, CLONAL_E_MEMORY, "node %zu (%s): out of memory", graph->count, name);
    graph->nodes[graph->count] = *node;
    graph->nodes[graph->count].columns = (uint32_t)columns;
    return (clonal_node)graph->count++;
}

clonal_node clonal_input(clonal_graph *graph, size_t rank, const uint32_t *shape)
{
    if (!graph || graph->status != CLONAL_OK) return CLONAL_NO_NODE;
    if (graph->count)
        return fail(graph, CLONAL_E_ARGUMENT, "node %zu (input): a graph has one input, its first node", graph->count);
    if (!shape || rank == 0 || rank > CLONAL_MAX_RANK)
        return fail(graph, CLONAL_E_ARGUMENT, "node 0 (input): a sample has 1 to %d dimensions, not %zu",
                    CLONAL_MAX_RANK, rank);
    clonal__node node = {.operation = CLONAL__INPUT, .inputs = {CLONAL_NO_NODE, CLONAL_NO_NODE}, .rank = rank};
    memcpy(node.shape, shape, rank * sizeof *shape);
    return append(graph, &node);
}

/* A node of the shape of its input. */
static clonal__node like(const clonal_graph *graph, clonal__operation_id operation, clonal_node x)
{
    clonal__node node = graph->nodes[x];
    node.operation = operation;
    node.inputs[0] = x;
    node.inputs[1] = CLONAL_NO_NODE;
    node.p = 0;
    return node;
}

static clonal_node unary(clonal_graph *graph, clonal__operation_id operation, clonal_node x)
{
    if (!usable(graph, clonal__operations[operation].name, x)) return CLONAL_NO_NODE;
    clonal__node node = like(graph, operation, x);
    return append(graph, &node);
}

clonal_node clonal_flatten(clonal_graph *graph, clonal_node x)
{
    if (!usable(graph, "flatten", x)) return CLONAL_NO_NODE;
    clonal__node node = like(graph, CLONAL__FLATTEN, x);
    node.rank = 1;
    node.shape[0] = node.columns;
    return append(graph, &node);
}

/* Operations on rows (linear, the losses) take flat samples only. */
static bool flat(clonal_graph *graph, clonal__operation_id operation, clonal_node x)
{
    const clonal__node *in = &graph->nodes[x];
    char room[64];
    if (in->rank == 1) return true;
    fail(graph, CLONAL_E_SHAPE,
         "node %zu (%s) takes samples of one dimension, node %d (%s) has the shape %s: put a flatten between",
         graph->count, clonal__operations[operation].name, (int)x, clonal__operations[in->operation].name,
         clonal__shape_text(in->rank, in->shape, room));
    return false;
}

clonal_node clonal_linear(clonal_graph *graph, clonal_node x, uint32_t outputs)
{
    if (!usable(graph, "linear", x) || !flat(graph, CLONAL__LINEAR, x)) return CLONAL_NO_NODE;
    if (outputs && (uint64_t)graph->nodes[x].columns * outputs > (1u << 28))
        return fail(graph, CLONAL_E_SHAPE, "node %zu (linear) would have %u x %u weights, more than 2^28", graph->count,
                    outputs, graph->nodes[x].columns);
    clonal__node node = like(graph, CLONAL__LINEAR, x);
    node.shape[0] = outputs;
    return append(graph, &node);
}

clonal_node clonal_linear_sized(clonal_graph *graph, clonal_node x, uint32_t inputs, uint32_t outputs)
{
    if (!usable(graph, "linear", x) || !flat(graph, CLONAL__LINEAR, x)) return CLONAL_NO_NODE;
    if (graph->nodes[x].columns != inputs)
        return fail(graph, CLONAL_E_SHAPE,
                    "node %zu (linear) takes samples of the shape %u, node %d (%s) has the shape %u", graph->count,
                    inputs, (int)x, clonal__operations[graph->nodes[x].operation].name, graph->nodes[x].columns);
    return clonal_linear(graph, x, outputs);
}

clonal_node clonal_relu(clonal_graph *graph, clonal_node x)
{
    return unary(graph, CLONAL__RELU, x);
}
clonal_node clonal_sigmoid(clonal_graph *graph, clonal_node x)
{
    return unary(graph, CLONAL__SIGMOID, x);
}
clonal_node clonal_tanh(clonal_graph *graph, clonal_node x)
{
    return unary(graph, CLONAL__TANH, x);
}

clonal_node clonal_dropout(clonal_graph *graph, clonal_node x, double p)
{
    if (!usable(graph, "dropout", x)) return CLONAL_NO_NODE;
    if (!(p >= 0 && p <= 1))
        return fail(graph, CLONAL_E_ARGUMENT, "node %zu (dropout): the probability %g is not between 0 and 1",
                    graph->count, p);
    clonal__node node = like(graph, CLONAL__DROPOUT, x);
    node.p = p + 0.0; /* -0 becomes 0 */
    return append(graph, &node);
}

clonal_node clonal_add(clonal_graph *graph, clonal_node a, clonal_node b)
{
    if (!usable(graph, "add", a) || !usable(graph, "add", b)) return CLONAL_NO_NODE;
    const clonal__node *x = &graph->nodes[a], *y = &graph->nodes[b];
    if (x->rank != y->rank || memcmp(x->shape, y->shape, x->rank * sizeof *x->shape) != 0) {
        char first[64], second[64];
        return fail(graph, CLONAL_E_SHAPE,
                    "node %zu (add) takes two nodes of one shape, node %d (%s) has %s and node %d (%s) has %s",
                    graph->count, (int)a, clonal__operations[x->operation].name,
                    clonal__shape_text(x->rank, x->shape, first), (int)b, clonal__operations[y->operation].name,
                    clonal__shape_text(y->rank, y->shape, second));
    }
    clonal__node node = like(graph, CLONAL__ADD, a);
    node.inputs[1] = b;
    return append(graph, &node);
}

static clonal_node loss(clonal_graph *graph, clonal__operation_id operation, clonal_node x)
{
    if (!usable(graph, clonal__operations[operation].name, x) || !flat(graph, operation, x)) return CLONAL_NO_NODE;
    for (size_t i = 0; i < graph->count; i++)
        if (clonal__operations[graph->nodes[i].operation].is_loss)
            return fail(graph, CLONAL_E_ARGUMENT, "node %zu (%s): the graph has its loss already, node %zu",
                        graph->count, clonal__operations[operation].name, i);
    return unary(graph, operation, x);
}

clonal_node clonal_softmax_cross_entropy(clonal_graph *graph, clonal_node x)
{
    return loss(graph, CLONAL__CROSS_ENTROPY, x);
}
clonal_node clonal_mean_squared_error(clonal_graph *graph, clonal_node x)
{
    return loss(graph, CLONAL__SQUARED_ERROR, x);
}

size_t clonal_graph_count(const clonal_graph *graph)
{
    return graph ? graph->count : 0;
}

const char *clonal_node_operation(const clonal_graph *graph, clonal_node node)
{
    if (!graph || node < 0 || (size_t)node >= graph->count) return NULL;
    return clonal__operations[graph->nodes[node].operation].name;
}

size_t clonal_node_shape(const clonal_graph *graph, clonal_node node, uint32_t shape[CLONAL_MAX_RANK])
{
    if (!graph || node < 0 || (size_t)node >= graph->count) return 0;
    memcpy(shape, graph->nodes[node].shape, sizeof graph->nodes[node].shape);
    return graph->nodes[node].rank;
}

clonal_status clonal__graph_check(const clonal_graph *graph, clonal_node *input, clonal_node *loss_node)
{
    CLONAL__TRY(clonal_graph_status(graph));
    if (graph->count == 0 || graph->nodes[0].operation != CLONAL__INPUT)
        return clonal__fail(CLONAL_E_ARGUMENT, "the graph has no input node");
    const clonal__node *last = &graph->nodes[graph->count - 1];
    if (!clonal__operations[last->operation].is_loss)
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "the graph's last node, %zu (%s), is not a loss: end it with a loss node", graph->count - 1,
                            clonal__operations[last->operation].name);
    for (size_t i = 0; i + 1 < graph->count; i++) {
        bool taken = false;
        for (size_t j = i + 1; j < graph->count; j++)
            taken = taken || graph->nodes[j].inputs[0] == (clonal_node)i || graph->nodes[j].inputs[1] == (clonal_node)i;
        if (!taken)
            return clonal__fail(CLONAL_E_ARGUMENT, "node %zu (%s) leads nowhere: no other node takes it", i,
                                clonal__operations[graph->nodes[i].operation].name);
    }
    *input = 0;
    *loss_node = (clonal_node)(graph->count - 1);
    return CLONAL_OK;
}
