/* build.h: how operations' rules append instructions to a program (host/compile/differentiate.c
 * calls the rules, node by node). */
#ifndef CLONAL_IR_BUILD_H
#define CLONAL_IR_BUILD_H

#include "host/ir/program.h"

/* What is known of a node while its graph becomes a program. */
typedef struct clonal__build_node {
    int value;    /* set by the forward rule */
    int gradient; /* of the value: the sum of what its readers gave so far, or CLONAL__NO_VALUE */
    bool wanted;  /* a parameter is reached from it backward, or is its own */
    int parameters[CLONAL__MOST_PARAMETERS]; /* as values */
    int kept[2]; /* what the forward rule leaves for the backward rule */
} clonal__build_node;

typedef struct clonal__build {
    const clonal_graph *graph;
    clonal__program *program;
    uint64_t seed;
    clonal__build_node *nodes; /* by node */
} clonal__build;

/* A node, and its k-th input. */
const clonal__node *clonal__build_node_of(const clonal__build *build, clonal_node node);
clonal_node clonal__build_input(const clonal__build *build, clonal_node node, size_t k);
/* The value of a node's k-th input. */
int clonal__build_input_value(const clonal__build *build, clonal_node node, size_t k);

/* Adds a value for the node, (batch * rows, columns), called node.N.<what>. */
clonal_status clonal__build_value(clonal__build *build, clonal_node node, uint32_t rows,
                                  uint32_t columns, const char *what, int *value);
/* Appends an instruction whose output is a new value of the node's own shape, called
 * node.N.<what>. */
clonal_status clonal__build_emit(clonal__build *build, clonal__instruction in, const char *what,
                                 int *value);
/* The same, of the node's value. */
clonal_status clonal__build_emit_value(clonal__build *build, clonal__instruction in);
/* Adds `value` to the gradient of `node`, in the order in which it comes. */
clonal_status clonal__build_contribute(clonal__build *build, clonal_node node, int value);
/* Appends an instruction that makes a gradient of the shape of `node`, and contributes it. */
clonal_status clonal__build_emit_gradient(clonal__build *build, clonal_node node,
                                          clonal__instruction in);
/* Appends an instruction that makes the gradient of the node's parameter `index`. */
clonal_status clonal__build_parameter_gradient(clonal__build *build, clonal_node node,
                                               unsigned index, clonal__instruction in);
/* out = in0 + in1, of one shape: how gradients are summed, and what the operation add is. */
extern const clonal__code clonal__code_sum;
/* Its launch: y = a + b, `count` elements; y may be a or b. */
clonal_status clonal__append_sum(clonal__launch_list *list, uint32_t count, cl_mem a, cl_mem b,
                                 cl_mem y);

#endif
