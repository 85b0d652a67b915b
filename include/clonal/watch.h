/* watch.h: how a model's activations and gradients are distributed, layer by layer, with
 * dropout and without it. What `clonal train --watch` writes of every epoch. */
#ifndef CLONAL_WATCH_H
#define CLONAL_WATCH_H

#include <clonal/model.h>

CLONAL_BEGIN

/* Of one tensor: figures in binary64, summed in the order of the elements. One that holds a NaN, or
 * an infinity where they are subtracted, has NaN for a figure. */
typedef struct clonal_layer_statistics {
    /* "node.3.relu": the node by its number and its operation; "1.weight": the parameter */
    char layer[64];
    bool gradient; /* of the batch's mean loss at the node's value; else the value itself */
    bool dropout;  /* as a training step computes it, with masks; else without any */
    uint64_t count;
    double mean;
    double variance; /* the mean of the squared distances from the mean: divided by count */
    double zeros;    /* the share of elements that are 0 */
    double norm;     /* the square root of the sum of squares */
} clonal_layer_statistics;

/* The statistics of a batch at the model's present parameters: the first `batch` samples in the
 * order of the first epoch, which stay the same while the model trains, with the masks of the next
 * training step and without any. *rows (*count of them; clonal_free) are in the order of the
 * graph's nodes: the activation of each that makes a value of its own, with dropout and without;
 * the gradient at it, likewise, where a parameter lies at the node or before it; then the gradients
 * of the node's parameters. Neither the parameters nor what later steps compute change; but do not
 * call it from the progress function of clonal_model_train_epoch: the rest of that epoch would take
 * its samples in the first epoch's order. Takes the memory of two unfused training steps, until the
 * model is destroyed, and waits for the device. Errors: those of clonal_model_train_epoch; *rows is
 * then NULL. */
CLONAL_API clonal_status clonal_model_watch(clonal_model *model, const clonal_dataset *data,
                                            clonal_layer_statistics **rows, size_t *count);

CLONAL_END

#endif
