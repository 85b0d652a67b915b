/* The graph of cl/CONTRACT.md, sections 5 and 7: its nodes, its text, its parameters.
 *
 * A graph here has one input, node 0, and one loss, its last node, reached from every other node.
 * Threads: a graph that nobody changes may be read by many.
 */
#ifndef CLONAL_REF_GRAPH_H
#define CLONAL_REF_GRAPH_H

#include "ref_optim.h"

#include <stddef.h>
#include <stdint.h>

enum ref_op {
    REF_INPUT,
    REF_FLATTEN,
    REF_LINEAR,
    REF_RELU,
    REF_SIGMOID,
    REF_TANH,
    REF_GELU,
    REF_SILU,
    REF_LEAKY_RELU,
    REF_DROPOUT,
    REF_DROP_CONNECT,
    REF_ADD,
    REF_LAYER_NORM,
    REF_SOFTMAX_CROSS_ENTROPY,
    REF_MEAN_SQUARED_ERROR,
    REF_OP_COUNT
};

enum { REF_MAX_NODES = 4096, REF_MAX_RANK = 8, REF_MAX_MESSAGE = 160 };

struct ref_node {
    enum ref_op op;
    size_t inputs[2];           /* numbers of earlier nodes */
    size_t rank;                /* of the sample's shape */
    size_t shape[REF_MAX_RANK]; /* a sample's shape */
    /* its product: the node's value is (rows,columns); 1 for a loss, a value a row */
    size_t columns;
    double attribute;   /* dropout's and drop_connect's p, leaky_relu's slope, layer_norm's eps */
    int needs_gradient; /* a parameter is reached backward from it, or is its own */
};

struct ref_graph {
    size_t count;
    struct ref_node nodes[REF_MAX_NODES];
};

/* A parameter: values (rows,columns). A bias is (1,O) here, a layer_norm's weight and bias (1,L);
 * these are of rank 1 in files. */
struct ref_parameter {
    char name[32];
    size_t node, rank, rows, columns;
    float *value, *gradient;
    float *states[REF_MAX_STATES]; /* the optimizer's */
};

/* Zeroed memory; prints and aborts when there is none. Free with free(). */
void *ref_alloc(size_t count, size_t size);

const char *ref_op_name(enum ref_op op);
size_t ref_op_inputs(enum ref_op op);
int ref_op_is_loss(enum ref_op op);
/* linear or drop_connect: a weight (O,I) and a bias (O). */
int ref_op_is_linear(enum ref_op op);

/* Reads the graph's text. Returns 0, or -1 with one line in message. */
int ref_graph_parse(struct ref_graph *graph, const char *text, char message[REF_MAX_MESSAGE]);

/* The graph's text; the caller frees it. */
char *ref_graph_print(const struct ref_graph *graph);

/* The parameters in the order of files, with the seed's initial values by a rule, gradients and
 * states +0. Returns their count; ref_parameters_destroy frees them. */
size_t ref_parameters_create(const struct ref_graph *graph, uint64_t seed,
                             enum ref_initial_rule initial, struct ref_parameter **parameters);
void ref_parameters_destroy(struct ref_parameter *parameters, size_t count);

/* The length of a layer_norm node's rows: the last dimension of its shape. */
size_t ref_norm_length(const struct ref_node *node);

/* The weight of a linear, drop_connect or layer_norm node, its bias being the next one. */
struct ref_parameter *ref_parameter_of(struct ref_parameter *parameters, size_t count, size_t node);

#endif
