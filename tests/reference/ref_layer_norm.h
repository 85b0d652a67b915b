/* layer_norm of cl/CONTRACT.md, section 5, on R rows of L elements each. Matrices are row-major and
 * packed; outputs may not overlap inputs. Threads: any. */
#ifndef CLONAL_REF_LAYER_NORM_H
#define CLONAL_REF_LAYER_NORM_H

#include <stddef.h>

/* y (R,L) of x (R,L), w (L), b (L). normalized (R,L), the n of the contract, and r (R) are left for
 * the backward. */
void ref_layer_norm(float *y, float *normalized, float *r, const float *x, const float *w,
                    const float *b, float eps, size_t rows, size_t length);

/* dx (R,L), and dw (L) and db (L), of dy (R,L). */
void ref_layer_norm_dx(float *dx, const float *dy, const float *normalized, const float *r,
                       const float *w, size_t rows, size_t length);
void ref_layer_norm_dw(float *dw, const float *dy, const float *normalized, size_t rows,
                       size_t length);
void ref_layer_norm_db(float *db, const float *dy, size_t rows, size_t length);

#endif
