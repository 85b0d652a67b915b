/* Training by cl/CONTRACT.md, sections 4 to 6: forward, backward, update, epochs, evaluation.
 *
 * Threads: a trainer belongs to one thread at a time.
 */
#ifndef CLONAL_REF_TRAIN_H
#define CLONAL_REF_TRAIN_H

#include "ref_graph.h"

/* Samples x (count,columns), with labels (count) or targets (count,C); borrowed. */
struct ref_data {
    size_t count, columns;
    const float *x;
    const uint32_t *labels;
    const float *targets;
};

/* A tensor of a step: values (rows,columns), or for a mask keep (rows,columns), the other being
 * NULL. */
struct ref_named {
    const char *name;
    size_t rows, columns;
    const float *values;
    const uint8_t *keep;
};

/* Called within ref_step, for step t, with (N a node's number, P a parameter's name):
 *   forward, nodes ascending:    node.N.mask (dropout, drop_connect), node.N.value (a loss: its
 *                                rows' losses)
 *   backward, nodes descending:  node.N.gradient, then of a node with parameters P.gradient,
 *                                weight before bias
 *   update, in files' order:     the optimizer's states of P (see ref_state_name), P
 * The tensor lives for the call. */
typedef void ref_observer(void *user, uint64_t t, const struct ref_named *tensor);

struct ref_trainer {
    struct ref_graph graph;
    struct ref_settings settings;
    struct ref_parameter *parameters;
    size_t parameter_count;
    uint64_t t;                      /* the step number */
    float *values[REF_MAX_NODES];    /* (batch,columns) */
    float *gradients[REF_MAX_NODES]; /* (batch,columns), NULL where there is none */
    /* (batch, ref_mask_columns) of a node that drops, in training, 1 kept; of a drop_connect node
     * (O,I) */
    uint8_t *masks[REF_MAX_NODES];
    float *masked[REF_MAX_NODES];     /* (O,I) of a drop_connect: its weight under the mask */
    float *factors[REF_MAX_NODES];    /* (batch,columns) of a gaussian_dropout node */
    float *normalized[REF_MAX_NODES]; /* (batch,columns) of a layer_norm, its n */
    float *deviations[REF_MAX_NODES]; /* (batch * columns / L) of a layer_norm, its r */
    float *loss_elements, *loss_sums; /* e, s of softmax cross-entropy, or d */
    float *contribution;              /* what one consumer gives */
    float *x;                         /* the batch gathered, with its labels and targets */
    uint32_t *labels;
    float *targets;
    ref_observer *observer; /* or NULL */
    void *observer_user;
};

/* A trainer with the seed's initial parameters; ref_trainer_destroy frees it. batch > 0. */
struct ref_trainer *ref_trainer_create(const struct ref_graph *graph,
                                       const struct ref_settings *settings);
void ref_trainer_destroy(struct ref_trainer *trainer);

/* The number of the node whose value goes into the loss, and its columns, C. */
size_t ref_output_node(const struct ref_trainer *trainer);
size_t ref_classes(const struct ref_trainer *trainer);

/* Values and row losses of rows <= batch samples x (rows,columns); targets is NULL with labels,
 * labels with targets. */
void ref_forward(struct ref_trainer *trainer, const float *x, const uint32_t *labels,
                 const float *targets, size_t rows, int training);
/* Gradients of the last forward, in training, with the same arguments. */
void ref_backward(struct ref_trainer *trainer, const uint32_t *labels, size_t rows);
void ref_update(struct ref_trainer *trainer);

/* Forward, backward, update, t + 1. The rows' losses are the value of the last node. */
void ref_step(struct ref_trainer *trainer, const float *x, const uint32_t *labels,
              const float *targets, size_t rows);

/* Epoch `epoch` of data, ended early after max_steps steps. Returns the training loss, over the
 * rows trained.
 * */
double ref_epoch(struct ref_trainer *trainer, const struct ref_data *data, uint32_t epoch,
                 uint64_t max_steps);

/* Loss and accuracy over data, in evaluation. Accuracy is 0 where there are no labels. */
void ref_evaluate(struct ref_trainer *trainer, const struct ref_data *data, double *loss,
                  double *accuracy);

#endif
