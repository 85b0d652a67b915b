/* Dropout's relatives of cl/CONTRACT.md, section 5: gaussian_dropout, gaussian_noise,
 * uniform_noise, spatial_dropout, alpha_dropout; and the normal variates of section 1 that they
 * take.
 *
 * Matrices are row-major and packed; outputs may not overlap inputs. Threads: any. */
#ifndef CLONAL_REF_NOISE_H
#define CLONAL_REF_NOISE_H

#include "ref_graph.h"

/* normal32(word). */
float ref_normal32(uint32_t word);

/* alpha_dropout with probability p of a mask that is given, keep (count), and its gradient. */
void ref_alpha_dropout(double p, float *y, const float *x, const uint8_t *keep, size_t count);
void ref_alpha_dropout_dx(double p, float *dx, const float *dy, const uint8_t *keep, size_t count);

/* Whether the operation is one of these. */
int ref_is_noise(enum ref_op op);

/* The columns of the mask that the node makes in training, dropout's too; 0 where it makes none.
 * */
size_t ref_mask_columns(const struct ref_node *node);

/* What a step's words are of: `node` is the number of the node in its graph. */
struct ref_draw {
    uint64_t seed;
    uint32_t node, step;
};

/* y (rows,columns) of x in training. keep (rows, ref_mask_columns) and factors (rows,columns) are
 * left for the backward pass, keep where there is a mask, factors of gaussian_dropout alone. */
void ref_noise(const struct ref_node *node, struct ref_draw draw, float *y, const float *x,
               uint8_t *keep, float *factors, size_t rows);
void ref_noise_dx(const struct ref_node *node, float *dx, const float *dy, const uint8_t *keep,
                  const float *factors, size_t rows);

#endif
