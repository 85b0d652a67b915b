/* The operations of cl/CONTRACT.md, section 5, that take one element to one: relu, sigmoid, tanh,
 * gelu, silu, leaky_relu, selu, by their number in the graph. Arrays are of `count` elements;
 * outputs may not overlap inputs. Threads: any. */
#ifndef CLONAL_REF_ACTIVATIONS_H
#define CLONAL_REF_ACTIVATIONS_H

#include "ref_graph.h"

/* Whether the operation is one of these. */
int ref_is_activation(enum ref_op op);

/* Whether its backward rule reads the input x; it reads the output y otherwise. */
int ref_activation_saves_input(enum ref_op op);

/* y of x; attribute is leaky_relu's slope, and not read by the others. */
void ref_activation(enum ref_op op, double attribute, float *y, const float *x, size_t count);

/* dx of dy; saved is x or y, as above. */
void ref_activation_dx(enum ref_op op, double attribute, float *dx, const float *dy,
                       const float *saved, size_t count);

#endif
