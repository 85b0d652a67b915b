/* alpha_dropout.c: dropout that keeps the mean 0 and the variance 1 that selu gives: what is dropped becomes selu's
 * limit, and all is scaled and shifted (Klambauer et al., Self-normalizing neural networks, 2017); x in evaluation.
 * Kernel: cl/lib/alpha_dropout.cl. */
#include "host/ops/noise.h"

#include <clonal/random.h>
#include <math.h>

#define LIMIT 1.7580993408473766 /* less selu's at -infinity, as PyTorch has it */

static const clonal__code code = {.name = "alpha_dropout",
                                  .words = "alpha dropout",
                                  .role = CLONAL__ROLE_NOISE,
                                  .in_place = true,
                                  .masks = true,
                                  .launch = clonal__noise_launch};

/* What clonal__mask.decide is. Kept elements become x a + b, dropped ones d; of p = 1 all are dropped, to the limit of
 * d, +0. */
static clonal_status numbers(double p, clonal__mask *mask)
{
    float unused;
    mask->scale = mask->shift = mask->dropped = 0;
    CLONAL__TRY(clonal_dropout_parameters(p, &mask->threshold, &unused));
    if (p == 1) return CLONAL_OK;
    const double square = LIMIT * LIMIT, spread = square * p, variance = spread + 1, kept = 1 - p,
                 product = variance * kept, a = 1 / sqrt(product), limit = LIMIT * a, b = limit * p, d = b - limit;
    mask->scale = (float)a;
    mask->shift = (float)b;
    mask->dropped = (float)d;
    return CLONAL_OK;
}

static clonal_status instruct(const clonal__build *b, const clonal__code *by, clonal_node node, clonal_node of, int in0,
                              clonal__instruction *in)
{
    *in = clonal__noise_instruct(b, by, node, of, in0);
    return clonal__mask_set(&in->mask, clonal__noise_attribute(b, node), numbers);
}

static clonal_status values(const clonal__build *b, clonal_node node, clonal_node of, int in0, clonal__instruction *in)
{
    return instruct(b, &code, node, of, in0, in);
}

/* dx = kept ? dy a : +0: dropout's own, by another scale, so that it fuses as that does. */
static clonal_status gradients(const clonal__build *b, clonal_node node, clonal_node of, int in0,
                               clonal__instruction *in)
{
    return instruct(b, &clonal__code_mask, node, of, in0, in);
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    return clonal__noise_forward(b, node, values);
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    return clonal__noise_backward(b, node, gradients);
}

const clonal__operation clonal__operation_alpha_dropout = {.name = "alpha_dropout",
                                                           CLONAL__NOISE_MEMBERS(clonal__probability),
                                                           .shape = clonal__shape_of_input,
                                                           .forward = forward,
                                                           .backward = backward};

clonal_node clonal_alpha_dropout(clonal_graph *graph, clonal_node x, double p)
{
    return clonal__graph_add_real(graph, &clonal__operation_alpha_dropout, x, p);
}
