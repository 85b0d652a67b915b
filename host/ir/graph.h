/* graph.h: the graph as the user built it. Behind include/clonal/graph.h. */
#ifndef CLONAL_IR_GRAPH_H
#define CLONAL_IR_GRAPH_H

#include "host/base/memory.h"
#include <clonal/graph.h>
#include <stdbool.h>

typedef enum clonal__operation_id {
    CLONAL__INPUT,
    CLONAL__FLATTEN,
    CLONAL__LINEAR,
    CLONAL__RELU,
    CLONAL__SIGMOID,
    CLONAL__TANH,
    CLONAL__DROPOUT,
    CLONAL__ADD,
    CLONAL__CROSS_ENTROPY,
    CLONAL__SQUARED_ERROR,
    CLONAL__OPERATION_COUNT
} clonal__operation_id;

typedef struct clonal__node {
    clonal__operation_id operation;
    clonal_node inputs[2];
    size_t rank;
    uint32_t shape[CLONAL_MAX_RANK];
    uint32_t columns; /* product of shape */
    double p;         /* dropout */
} clonal__node;

struct clonal_graph {
    clonal__node *nodes;
    size_t count;
    clonal_status status; /* the first failure, and its message */
    char message[512];
};

/* What an operation is, to the builder and the text form. Its forward and backward rules are in
 * differentiate.c. */
typedef struct clonal__operation {
    const char *name;
    size_t inputs;
    bool is_loss;
} clonal__operation;
extern const clonal__operation clonal__operations[CLONAL__OPERATION_COUNT];

clonal_status clonal__graph_copy(const clonal_graph *graph, clonal_graph **copy);
/* The last node, which must be a loss that every other node leads to; the input's number too. */
clonal_status clonal__graph_check(const clonal_graph *graph, clonal_node *input, clonal_node *loss);
/* "28x28" into room */
const char *clonal__shape_text(size_t rank, const uint32_t *shape, char room[64]);

#endif
