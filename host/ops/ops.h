/* ops.h: one function an operation: appends its launches to a list. Matrices are dense, row-major,
 * of the shapes given; buffers belong to the caller and must live as long as the list. Rules:
 * cl/CONTRACT.md, sections 4 to 6. */
#ifndef CLONAL_OPS_OPS_H
#define CLONAL_OPS_OPS_H

#include "host/runtime/launch.h"

/* A data set on the device, for load and the losses. */
typedef struct clonal__source {
    cl_mem samples; /* (N,columns) uint8 or float */
    bool is_float;
    cl_mem labels;  /* (N) uint32 */
    cl_mem targets; /* (N,C) float; used when has_targets */
    bool has_targets;
    cl_mem order; /* (N) uint32: the shuffle; used when shuffled */
    bool shuffled;
    cl_mem row_loss; /* (N) float, in the order trained */
    cl_mem right;    /* (N) uint8 */
} clonal__source;

/* x (rows,columns) = the batch's samples; the place is set at each run */
clonal_status clonal__op_load(clonal__launch_list *list, const clonal__source *source,
                              uint32_t rows, uint32_t columns, cl_mem x);
/* y = x + b (columns) in every row */
clonal_status clonal__op_bias(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem x,
                              cl_mem b, cl_mem y);
clonal_status clonal__op_add(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem a,
                             cl_mem b, cl_mem y);
/* y = factor x: what memory alone allows, for measurements */
clonal_status clonal__op_scale(clonal__launch_list *list, uint32_t rows, uint32_t columns,
                               float factor, cl_mem x, cl_mem y);
/* y = f(x) */
clonal_status clonal__op_function(clonal__launch_list *list, clonal__function function,
                                  uint32_t rows, uint32_t columns, cl_mem x, cl_mem y);
/* dx = dy f'(x), from y = f(x) */
clonal_status clonal__op_derivative(clonal__launch_list *list, clonal__function function,
                                    uint32_t rows, uint32_t columns, cl_mem dy, cl_mem y,
                                    cl_mem dx);
/* y = mask(x); the step is set at each run */
clonal_status clonal__op_dropout(clonal__launch_list *list, const clonal__dropout *mask,
                                 uint32_t rows, uint32_t columns, cl_mem x, cl_mem y);
/* y (columns) = sum over rows of x */
clonal_status clonal__op_column_sum(clonal__launch_list *list, uint32_t rows, uint32_t columns,
                                    cl_mem x, cl_mem y);
/* Row losses and right answers into the source's arrays; the gradient into dz when gradient. */
clonal_status clonal__op_cross_entropy(clonal__launch_list *list, const clonal__source *source,
                                       uint32_t rows, uint32_t columns, cl_mem z, bool gradient,
                                       cl_mem dz);
clonal_status clonal__op_squared_error(clonal__launch_list *list, const clonal__source *source,
                                       uint32_t rows, uint32_t columns, cl_mem y, bool gradient,
                                       cl_mem dy);
clonal_status clonal__op_softmax(clonal__launch_list *list, uint32_t rows, uint32_t columns,
                                 cl_mem z, cl_mem p);
/* w, v = SGD(g); v may be any buffer when momentum is 0 */
clonal_status clonal__op_update(clonal__launch_list *list, const clonal__sgd *sgd, uint32_t count,
                                cl_mem g, cl_mem w, cl_mem v);

/* Names for --explain: "relu" */
const char *clonal__function_name(clonal__function function);

#endif
