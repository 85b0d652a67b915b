/* function.h: the rules of operations that are a function of one element, for their descriptors. */
#ifndef CLONAL_OPS_FUNCTION_H
#define CLONAL_OPS_FUNCTION_H

#include "host/ir/operation.h"

/* y = f(x), f being the operation's function, its argument the node's first attribute. */
clonal_status clonal__function_forward(clonal__build *build, clonal_node node);
/* dx = dy f'(x). */
clonal_status clonal__function_backward(clonal__build *build, clonal_node node);

/* The members of a descriptor that are the same for all of them; function_ is a clonal__function.
 */
#define CLONAL__FUNCTION_RULES(function_)                                                          \
    .inputs = 1, .shape = clonal__shape_of_input, .function = &(function_),                        \
    .forward = clonal__function_forward, .backward = clonal__function_backward

#endif
