/* noise.h: what operations have in common that put random numbers on each element of a value, as
 * dropout does (dropout.c): kernel cl/noise.cl with the operation's own file, cl/lib/NAME.cl, in
 * front of it. In evaluation each is the value itself. */
#ifndef CLONAL_OPS_NOISE_H
#define CLONAL_OPS_NOISE_H

#include "host/ops/ops.h"
#include <float.h>

/* The code of the operation NAME, whose kernel's file is cl/lib/NAME.cl: in.mask holds its numbers
 * (the file says which), its seed and its stream. */
#define CLONAL__NOISE_CODE(name_, words_)                                                          \
    {                                                                                              \
        .name = (name_), .words = (words_), .role = CLONAL__ROLE_NOISE, .in_place = true,          \
        .launch = clonal__noise_launch                                                             \
    }
/* The members of a descriptor that are the same for all of them; attribute_ is the rule of the
 * only attribute. */
#define CLONAL__NOISE_MEMBERS(attribute_)                                                          \
    .inputs = 1, .attributes = &(attribute_), .attribute_count = 1
/* "probability", from 0 to 1; and a size that is finite in binary32, 0 or more, is */
extern const clonal__attribute_rule clonal__probability;
#define CLONAL__NOISE_SIZE(name_)                                                                  \
    {                                                                                              \
        .name = (name_), .kind = CLONAL__REAL, .least = 0, .most = FLT_MAX                         \
    }
clonal_status clonal__noise_launch(const clonal__launching *to, const clonal__instruction *in);

/* An instruction that puts random numbers of `node` on the value in0; it belongs to `of`. Its
 * mask's numbers are the caller's to set. */
clonal__instruction clonal__noise_instruct(const clonal__build *build, const clonal__code *code,
                                           clonal_node node, clonal_node of, int in0);
/* Makes the instruction that puts the random numbers of `node` on the value in0; it belongs to
 * `of`. */
typedef clonal_status (*clonal__noise_rule)(const clonal__build *build, clonal_node node,
                                            clonal_node of, int in0, clonal__instruction *in);
/* The forward and the backward rule of all of them: what the rule's instruction makes of the input,
 * or of the gradient; where a program has no dropout, these themselves. */
clonal_status clonal__noise_forward(clonal__build *build, clonal_node node,
                                    clonal__noise_rule rule);
clonal_status clonal__noise_backward(clonal__build *build, clonal_node node,
                                     clonal__noise_rule rule);
/* The node's only attribute. */
double clonal__noise_attribute(const clonal__build *build, clonal_node node);
/* A rule, but for its code, of what is added: mask.scale is the attribute, a size. And the backward
 * rule: the gradient itself. */
clonal_status clonal__noise_sum(const clonal__build *build, const clonal__code *code,
                                clonal_node node, clonal_node of, int in0, clonal__instruction *in);
clonal_status clonal__noise_backward_of_sum(clonal__build *build, clonal_node node);

#endif
