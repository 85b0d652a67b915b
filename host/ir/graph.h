/* graph.h: the graph as the user built it: nodes, each of an operation. Behind clonal/graph.h. */
#ifndef CLONAL_IR_GRAPH_H
#define CLONAL_IR_GRAPH_H

#include "host/base/memory.h"
#include "host/runtime/runtime.h"
#include <clonal/graph.h>
#include <stdbool.h>

enum { CLONAL__MOST_INPUTS = 2, CLONAL__MOST_ATTRIBUTES = 2 };

/* The value of an attribute: sizes where the operation takes some, else a real number. */
typedef struct clonal__attribute {
    double real;
    size_t count;
    uint32_t sizes[CLONAL_MAX_RANK];
} clonal__attribute;

typedef struct clonal__node {
    const struct clonal__operation *operation; /* static: host/ir/operation.h */
    clonal_node inputs[CLONAL__MOST_INPUTS];   /* CLONAL_NO_NODE where it takes fewer */
    clonal__attribute attributes[CLONAL__MOST_ATTRIBUTES];
    size_t rank; /* of a sample */
    uint32_t shape[CLONAL_MAX_RANK];
    uint32_t columns; /* the product of shape */
} clonal__node;

struct clonal_graph {
    clonal__node *nodes;
    size_t count;
    clonal_status status; /* the first failure, and its message */
    char message[512];
};

/* Appends a node of `operation` to the graph, checked and with its shape inferred; `inputs` holds
 * as many as the operation takes, `attributes` likewise (NULL: none). Returns its number, or
 * CLONAL_NO_NODE; then the graph keeps why. What the public builders of host/ops call. */
clonal_node clonal__graph_add(clonal_graph *graph, const struct clonal__operation *operation,
                              const clonal_node *inputs, const clonal__attribute *attributes);
/* The same for operations that take one node, and at most one real attribute. */
clonal_node clonal__graph_add_unary(clonal_graph *graph, const struct clonal__operation *operation,
                                    clonal_node x);
clonal_node clonal__graph_add_real(clonal_graph *graph, const struct clonal__operation *operation,
                                   clonal_node x, double value);
/* Makes the graph fail, unless it failed before. Returns CLONAL_NO_NODE. */
clonal_node clonal__graph_fail(clonal_graph *graph, clonal_status status, const char *format, ...)
    CLONAL__PRINTF(3, 4);

/* A copy that the caller owns: clonal_graph_destroy. */
clonal_status clonal__graph_copy(const clonal_graph *graph, clonal_graph **copy);
/* CLONAL_OK when the graph can be compiled: its first node is the input, its last node a loss, and
 * every other node leads to it. */
clonal_status clonal__graph_check(const clonal_graph *graph);
/* Of a graph that was checked: its input, and its loss, which is the last node. */
const clonal__node *clonal__graph_input(const clonal_graph *graph);
const clonal__node *clonal__graph_loss(const clonal_graph *graph);

/* Reads a graph's text, whose operations are those of `table` (NULL behind the last). */
clonal_status clonal__graph_parse(const char *text, const struct clonal__operation *const *table,
                                  clonal_graph **graph);

/* "28x28" into room, which it returns. */
const char *clonal__shape_text(size_t rank, const uint32_t *shape, char room[64]);

#endif
