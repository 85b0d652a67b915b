/* noise.h: what operations have in common that put random numbers on each element of a value, as
 * dropout does (dropout.c): kernel cl/noise.cl with the operation's own file, cl/lib/NAME.cl, in
 * front of it. In evaluation each is the value itself. */
#ifndef CLONAL_OPS_NOISE_H
#define CLONAL_OPS_NOISE_H

#include "host/ops/ops.h"

/* The code of the operation NAME, whose kernel's file is cl/lib/NAME.cl: in.mask holds its numbers
 * (the file says which), its seed and its stream. */
#define CLONAL__NOISE_CODE(name_, words_)                                                          \
    {                                                                                              \
        .name = (name_), .words = (words_), .role = CLONAL__ROLE_NOISE, .in_place = true,          \
        .launch = clonal__noise_launch                                                             \
    }
clonal_status clonal__noise_launch(const clonal__launching *to, const clonal__instruction *in);

/* An instruction that puts random numbers of `node` on the value in0; it belongs to `of`. Its
 * mask's numbers are the caller's to set. */
clonal__instruction clonal__noise_instruct(const clonal__build *build, const clonal__code *code,
                                           clonal_node node, clonal_node of, int in0);
/* The forward rule: in evaluation the input, else what `in` makes of it. */
clonal_status clonal__noise_forward(clonal__build *build, clonal_node node,
                                    const clonal__instruction *in);
/* The node's only attribute. */
double clonal__noise_attribute(const clonal__build *build, clonal_node node);
/* The backward rule of what is added: the gradient itself. */
clonal_status clonal__noise_backward_of_sum(clonal__build *build, clonal_node node);

#endif
