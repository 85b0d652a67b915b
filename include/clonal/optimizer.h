/* optimizer.h: how parameters move: optimizers with their numbers, and schedules of the learning
 * rate and of dropout.
 *
 * All are plain structs of values; start from clonal_optimizer_default and clonal_schedule_default
 * and change what differs, so that members of later versions keep their defaults. Rules, to the
 * last bit: cl/CONTRACT.md, section 5, "Update". */
#ifndef CLONAL_OPTIMIZER_H
#define CLONAL_OPTIMIZER_H

#include <clonal/status.h>
#include <stdint.h>

CLONAL_BEGIN

/* An optimizer by name, and the numbers that it takes; it passes over those of the others.
 *   sgd    momentum (Sutskever et al., ICML 2013, as PyTorch's SGD); weight_decay is added to the
 *          gradient
 *   adam   beta1, beta2, epsilon (Kingma and Ba, ICLR 2015); weight_decay is added to the gradient
 *   adamw  the same, but weight_decay shrinks the weights themselves (Loshchilov and Hutter, ICLR
 *          2019) */
typedef struct clonal_optimizer {
    const char *name;    /* "sgd"; read when a model is created, not kept */
    float learning_rate; /* 0.1; finite, 0 or more */
    float weight_decay;  /* 0; likewise */
    float momentum;      /* 0; 0 <= momentum < 1 */
    double beta1, beta2; /* 0.9, 0.999; 0 <= beta < 1 */
    float epsilon;       /* 1e-8; finite, 0 or more */
} clonal_optimizer;

/* A schedule by name: the factor of the learning rate at each training step, a pure function of the
 * step's number.
 *   constant  1
 *   step      gamma to the power of the number of whole `every` steps done
 *   cosine    (1 + cos(pi u)) / 2, u going from 0 to 1 until step `steps`, and 0 from there on
 *             (Loshchilov and Hutter, ICLR 2017, without restarts)
 * Before any of them the rate rises linearly over the first `warmup` steps; the schedule then
 * counts its steps from there on. */
typedef struct clonal_schedule {
    const char *name; /* "constant"; read when a model is created, not kept */
    uint64_t warmup;  /* 0; steps; this and the two below it: less than 2^53 */
    uint64_t steps;   /* 0; cosine: where it ends, counted from step 0; above warmup */
    uint64_t every;   /* 1; steps, 1 or more */
    double gamma;     /* 0.1; finite, 0 or more */
} clonal_schedule;

/* How the probability of dropout grows with the training steps: a pure function of the step's
 * number, and the same for every node that has a probability p, which it ends with: dropout,
 * drop_connect and dropout's relatives (curriculum dropout: Morerio et al., ICCV 2017).
 *   constant     p in every step
 *   linear       p t / steps until step `steps`, and p from there on
 *   exponential  p (1 - exp(-10 t / steps)): all but 5e-5 of p at step `steps`
 * Evaluation is not concerned, nor is sampling (clonal/monte_carlo.h), which takes p. All zeros is
 * the constant one. */
typedef struct clonal_dropout_schedule {
    const char *name; /* NULL: "constant"; read when a model is created, not kept */
    uint64_t steps;   /* of the others: 1 or more, less than 2^53 */
} clonal_dropout_schedule;

/* SGD with the learning rate 0.1, nothing else; the constant schedule. */
CLONAL_API clonal_optimizer clonal_optimizer_default(void);
CLONAL_API clonal_schedule clonal_schedule_default(void);

/* The names of all optimizers and of all schedules, static, and NULL behind the last. */
CLONAL_API const char *const *clonal_dropout_schedule_names(void);
CLONAL_API const char *const *clonal_optimizer_names(void);
CLONAL_API const char *const *clonal_schedule_names(void);

CLONAL_END

#endif
