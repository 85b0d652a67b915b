/* The operations of cl/CONTRACT.md, section 5, forward and backward, each a plain function on
 * matrices.
 *
 * Matrices are row-major and packed. `count` is rows * columns. Outputs may not overlap inputs.
 * Threads: any.
 * */
#ifndef CLONAL_REF_OPS_H
#define CLONAL_REF_OPS_H

#include <stddef.h>
#include <stdint.h>

/* y (rows,O) = x (rows,I) . w (O,I)^T + b (O) */
void ref_linear(float *y, const float *x, const float *w, const float *b, size_t rows,
                size_t inputs, size_t outputs);
/* dx (rows,I) = dy (rows,O) . w; dw (O,I) = dy^T . x; db (O) */
void ref_linear_dx(float *dx, const float *dy, const float *w, size_t rows, size_t inputs,
                   size_t outputs);
void ref_linear_dw(float *dw, const float *dy, const float *x, size_t rows, size_t inputs,
                   size_t outputs);
void ref_linear_db(float *db, const float *dy, size_t rows, size_t outputs);

void ref_relu(float *y, const float *x, size_t count);
void ref_relu_dx(float *dx, const float *dy, const float *y, size_t count);
void ref_sigmoid_forward(float *y, const float *x, size_t count);
void ref_sigmoid_dx(float *dx, const float *dy, const float *y, size_t count);
void ref_tanh_forward(float *y, const float *x, size_t count);
void ref_tanh_dx(float *dx, const float *dy, const float *y, size_t count);
void ref_add(float *y, const float *a, const float *b, size_t count);

/* y = keep ? x * scale : +0. Backward is the same function of dy. */
void ref_dropout(float *y, const float *x, const uint8_t *keep, float scale, size_t count);

/* loss (rows) of z (rows,C); e (rows,C) and s (rows) are left for the backward. labels (rows), each
 * below C.
 * */
void ref_softmax_cross_entropy(float *loss, float *e, float *s, const float *z,
                               const uint32_t *labels, size_t rows, size_t classes);
void ref_softmax_cross_entropy_dz(float *dz, const float *e, const float *s, const uint32_t *labels,
                                  size_t rows, size_t classes);

/* loss (rows) of y (rows,C); d (rows,C) is left for the backward. The target is targets (rows,C),
 * or where that is NULL the labels as 1 and +0. */
void ref_mean_squared_error(float *loss, float *d, const float *y, const uint32_t *labels,
                            const float *targets, size_t rows, size_t columns);
void ref_mean_squared_error_dy(float *dy, const float *d, size_t rows, size_t columns);

/* One update of a parameter of `count` elements; velocity is untouched where momentum is 0. */
void ref_sgd(float *w, float *velocity, const float *gradient, size_t count, float lr,
             float momentum, float weight_decay);

/* The class of a row z (C). */
size_t ref_class(const float *z, size_t classes);

#endif
