/* operation.h: what an operation is to the rest of the library. The graph's text, its checks,
 * differentiation, printing, observation and fusion loop over these descriptors; nothing else knows
 * an operation by name. How to add one: host/README.md. */
#ifndef CLONAL_IR_OPERATION_H
#define CLONAL_IR_OPERATION_H

#include "host/ir/build.h"

/* An attribute, as the graph's text spells it. */
typedef enum clonal__attribute_kind {
    CLONAL__SIZES, /* "28,28": 1 to CLONAL_MAX_RANK whole numbers */
    CLONAL__SIZE,  /* "256": one of them */
    CLONAL__REAL   /* "0.5": a binary64 number, in the fewest digits that read back as it */
} clonal__attribute_kind;

typedef struct clonal__attribute_rule {
    const char *name; /* "probability": in messages */
    clonal__attribute_kind kind;
    double least, most; /* of a REAL; it must be finite too */
} clonal__attribute_rule;

/* A parameter that each node of the operation has. `shape` fills rank, shape and fan_in of the
 * parameter of a node whose inputs and attributes are known. */
typedef struct clonal__parameter_rule {
    const char *name; /* "weight": the parameter is called <node - 1>.weight */
    clonal__initial initial;
    void (*shape)(const clonal_graph *graph, const clonal__node *node,
                  clonal__parameter *parameter);
} clonal__parameter_rule;

/* What a loss is beside its kernel. */
typedef struct clonal__loss_rule {
    const char *words;  /* "cross-entropy": in messages */
    bool takes_targets; /* float targets, and not labels alone */
    bool over_columns;  /* its mean is over the columns too */
    /* Appends the launch that makes the rows' losses from the output z (rows,columns) and counts
     * the right answers, into the feed; and where dz is not NULL, the gradient at z. */
    clonal_status (*append)(clonal__launch_list *list, const clonal__feed *feed, uint32_t rows,
                            uint32_t columns, cl_mem z, cl_mem dz);
    /* The same in the launch of the product that makes z; NULL: not there. */
    const clonal__row_loss *by_row;
    /* Appends the launch that makes predictions p of the output z; NULL: z serves as it is. */
    clonal_status (*predict)(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem z,
                             cl_mem p);
} clonal__loss_rule;

typedef struct clonal__operation {
    const char *name; /* as in the graph's text: "relu" */
    size_t inputs;    /* nodes that it takes: 0 to CLONAL__MOST_INPUTS */
    const clonal__attribute_rule *attributes;
    size_t attribute_count;
    const clonal__parameter_rule *parameters;
    size_t parameter_count; /* 0 to CLONAL__MOST_PARAMETERS */
    /* Sets the node's rank and shape from its inputs and attributes; false when they do not fit,
     * having said why by clonal__graph_fail. */
    bool (*shape)(clonal_graph *graph, clonal__node *node);
    /* What the operation is where it is a function of one element alone (host/ops/function.h has
     * the rules for all of these); else NULL. */
    const clonal__function *function;
    /* Appends the instructions that make the node's value, and sets it (host/ir/build.h). */
    clonal_status (*forward)(clonal__build *build, clonal_node node);
    /* Appends those that make what the node gives to its inputs' gradients, from that of its own
     * value, and those of its parameters. It may use inputs and values as well as outputs. */
    clonal_status (*backward)(clonal__build *build, clonal_node node);
    const clonal__loss_rule *loss; /* NULL: it is none */
} clonal__operation;

/* parameter.c: fills `p` for parameter `index` of a node: name, shape and what follows from it; its
 * place in a program is left open. */
void clonal__parameter_describe(const clonal_graph *graph, clonal_node node, unsigned index,
                                clonal__parameter *p);
/* The parameters of a graph in the order of its nodes, which is that of programs and weights files.
 * *parameters: clonal__free. */
clonal_status clonal__graph_parameters(const clonal_graph *graph, size_t *count,
                                       clonal__parameter **parameters);

/* Shape rules that several operations share: the input's own; and the input's, which must have one
 * dimension. */
bool clonal__shape_of_input(clonal_graph *graph, clonal__node *node);
bool clonal__shape_of_flat_input(clonal_graph *graph, clonal__node *node);

#endif
