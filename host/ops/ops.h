/* ops.h: the launches of operations' kernels: each function appends one to a list. Matrices are
 * dense, row-major, of the shapes given; buffers are borrowed and must live as long as the list.
 * None waits. Errors: those of clonal__list_kernel. Rules: cl/CONTRACT.md, sections 4 to 6. */
#ifndef CLONAL_OPS_OPS_H
#define CLONAL_OPS_OPS_H

#include "host/ir/operation.h"

/* x (rows,columns) = the batch's samples */
clonal_status clonal__op_load(clonal__launch_list *list, const clonal__feed *feed, uint32_t rows,
                              uint32_t columns, cl_mem x);
/* y = x + b (columns) in every row */
clonal_status clonal__op_bias(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem x,
                              cl_mem b, cl_mem y);
/* Whether a result of so many elements is stored around the caches: larger than a share of the last
 * one, it would leave them before somebody reads it. */
static inline bool clonal__streams(uint64_t elements)
{
    return elements > UINT64_C(1) << 22;
}
/* For measurements, what memory alone allows: y = factor x, `count` elements, in the form that
 * suits the device; and the driver's own copy, y = x. y is not x. */
clonal_status clonal__op_scale(clonal__launch_list *list, uint32_t count, float factor, cl_mem x,
                               cl_mem y);
clonal_status clonal__op_copy(clonal__launch_list *list, uint32_t count, cl_mem x, cl_mem y);
/* y = f(x), `count` elements; `argument` is f's */
clonal_status clonal__op_function(clonal__launch_list *list, const clonal__function *f,
                                  float argument, uint32_t count, cl_mem x, cl_mem y);
/* dx = dy f'(x), from saved: y = f(x), or x where f reads its input */
clonal_status clonal__op_derivative(clonal__launch_list *list, const clonal__function *f,
                                    float argument, uint32_t count, cl_mem dy, cl_mem saved,
                                    cl_mem dx);
/* y = mask(x) */
clonal_status clonal__op_dropout(clonal__launch_list *list, const clonal__mask *mask, uint32_t rows,
                                 uint32_t columns, cl_mem x, cl_mem y);
/* y = a random function of x, "gaussian_noise" say, of cl/lib/<name>.cl (host/ops/noise.h); its
 * numbers are the mask's */
clonal_status clonal__op_noise(clonal__launch_list *list, const char *name,
                               const clonal__mask *mask, uint32_t rows, uint32_t columns, cl_mem x,
                               cl_mem y);
/* y (rows,channels,elements) = mask(x), the mask one of (rows,channels) */
clonal_status clonal__op_spatial_dropout(clonal__launch_list *list, const clonal__mask *mask,
                                         uint32_t rows, uint32_t channels, uint32_t elements,
                                         cl_mem x, cl_mem y);
/* y (columns) = the sum over rows of x; of a b */
clonal_status clonal__op_column_sum(clonal__launch_list *list, uint32_t rows, uint32_t columns,
                                    cl_mem x, cl_mem y);
clonal_status clonal__op_column_dot(clonal__launch_list *list, uint32_t rows, uint32_t columns,
                                    cl_mem a, cl_mem b, cl_mem y);
/* Rows' losses and right answers into the feed's arrays; the gradient into dz unless it is NULL. */
clonal_status clonal__op_cross_entropy(clonal__launch_list *list, const clonal__feed *feed,
                                       uint32_t rows, uint32_t columns, cl_mem z, cl_mem dz);
clonal_status clonal__op_squared_error(clonal__launch_list *list, const clonal__feed *feed,
                                       uint32_t rows, uint32_t columns, cl_mem y, cl_mem dy);
/* p = softmax of each row of z; p may not be z */
clonal_status clonal__op_softmax(clonal__launch_list *list, uint32_t rows, uint32_t columns,
                                 cl_mem z, cl_mem p);

/* Instructions that several operations emit. */
extern const clonal__code clonal__code_bias;
extern const clonal__code clonal__code_mask; /* dropout, by in.mask */
extern const clonal__code clonal__code_product;
extern const clonal__code clonal__code_mask; /* out = mask(in0), both of one shape: dropout.c */
extern const clonal__code clonal__code_column_sum;
extern const clonal__code clonal__code_column_dot;

/* dropout.c: sets what of a mask a probability decides, now and where a schedule changes it:
 * clonal__mask_decide is dropout's rule, threshold and scale. */
clonal_status clonal__mask_set(clonal__mask *mask, double p,
                               clonal_status (*decide)(double p, clonal__mask *mask));
clonal_status clonal__mask_decide(double p, clonal__mask *mask);
/* Sets a mask by that rule, of the build's seed. */
clonal_status clonal__mask_make(const clonal__build *build, uint32_t stream, double p,
                                clonal__mask *mask);
/* Binds a kernel's argument `step`; and where the mask's probability follows a schedule also those
 * behind it: threshold, keep_any and its numbers, up to CLONAL__MASK_SCALE or another `last`. */
void clonal__mask_bind(const clonal__mask *mask, cl_uint step_argument, unsigned last,
                       clonal__kernel_spec *spec);

/* loss.c: what every loss node is: its rules, by its descriptor's loss rule. */
clonal_status clonal__loss_forward(clonal__build *build, clonal_node node);
clonal_status clonal__loss_backward(clonal__build *build, clonal_node node);

#endif
