/* linear.h: what the operations have in common whose nodes hold a weight (O,I) and a bias (O). */
#ifndef CLONAL_OPS_LINEAR_H
#define CLONAL_OPS_LINEAR_H

#include "host/ops/ops.h"

enum { CLONAL__LINEAR_WEIGHT, CLONAL__LINEAR_BIAS, CLONAL__LINEAR_PARAMETERS };
extern const clonal__parameter_rule clonal__linear_parameters[CLONAL__LINEAR_PARAMETERS];
/* O, the first attribute of such a node. */
#define CLONAL__LINEAR_OUTPUTS                                                                     \
    {                                                                                              \
        .name = "number of outputs", .kind = CLONAL__SIZE                                          \
    }
/* The shape rule: (I) -> (O). */
bool clonal__linear_shape(clonal_graph *graph, clonal__node *node);

/* Appends y = x w^T + b, the node's value. `weight` is the value that holds w: the node's parameter
 * itself, or what was made of it. */
clonal_status clonal__linear_forward(clonal__build *build, clonal_node node, int weight);
/* Appends dx = dy w, where the input wants a gradient. */
clonal_status clonal__linear_backward_input(clonal__build *build, clonal_node node, int weight);
/* The product dy^T x, whose output is not set yet. */
clonal__instruction clonal__linear_weight_product(const clonal__build *build, clonal_node node);
/* Appends db, the sum of dy's rows. */
clonal_status clonal__linear_backward_bias(clonal__build *build, clonal_node node);

#endif
