/* model.h: a model: parameters on the device, the data sets copied there, and the steps compiled so
 * far. */
#ifndef CLONAL_MODEL_MODEL_H
#define CLONAL_MODEL_MODEL_H

#include "host/compile/step.h"
#include "host/data/dataset.h"
#include <clonal/model.h>

/* A data set's copy on the device. */
typedef struct clonal__resident {
    const clonal_dataset *data; /* whose copy it is: compared, not read */
    clonal__source source;
    size_t count;
} clonal__resident;

/* A step compiled for one use. */
typedef struct clonal__compiled {
    const clonal__resident *resident;
    bool training, fused;
    uint32_t rows;
    clonal__step *step;
} clonal__compiled;

struct clonal_model {
    clonal_context *context;
    clonal_graph *graph;
    clonal_model_options options;
    clonal__program_ir shapes; /* the forward program: parameters and output */
    cl_mem *weights, *velocities;
    clonal__resident **residents;
    size_t resident_count;
    clonal__compiled *compiled;
    size_t compiled_count;
    uint64_t step;
    bool exact;
    bool quiet; /* no warning when the loss is no finite number */
    /* NULL, or where training steps are recorded (record.h); borrowed */
    struct clonal__record *record;
};

/* residents.c: the device's copy of a data set, made at first use. labelled: the data set must have
 * labels or targets that fit. */
clonal_status clonal__model_resident(clonal_model *model, const clonal_dataset *data, bool labelled,
                                     clonal__resident **resident);
void clonal__residents_free(clonal_model *model);
/* model.c: the step for `rows` rows, compiled at first use; it belongs to the model. */
clonal_status clonal__model_step(clonal_model *model, const clonal__resident *resident,
                                 bool training, uint32_t rows, clonal__step **step);
/* The training step without fusion, whatever the options say: for observing every value. The bits
 * are the same. */
clonal_status clonal__model_plain_step(clonal_model *model, const clonal__resident *resident,
                                       uint32_t rows, clonal__step **step);
/* Momentum buffers, as parameters are read and written; an error without momentum. */
clonal_status clonal__model_read_velocity(const clonal_model *model, size_t index, float *values);
clonal_status clonal__model_write_velocity(clonal_model *model, size_t index, const float *values);
/* A batch's elements of one value at most: what kernels count in 32 bits, and more than drivers
 * make in a launch, stays far off. */
#define CLONAL__MOST_ELEMENTS (1u << 30)
/* epoch.c: rows of an evaluation step, but for the last: 256, or the batch, or as many as make
 * MOST_ELEMENTS. */
uint32_t clonal__evaluation_rows(const clonal_graph *graph, const clonal_model_options *options);
/* The graph's number of classes or outputs: columns of the loss node's input. */
const clonal__node *clonal__model_loss(const clonal_model *model);

/* initial.c: initial parameters by the contract, into host memory. */
void clonal__initial_values(uint64_t seed, const clonal__parameter *parameter, uint32_t inputs,
                            float *values);

/* epoch.c: copies the order of an epoch to the device, for its training steps. */
clonal_status clonal__model_order(clonal_model *model, const clonal__resident *resident,
                                  uint32_t epoch);

/* shuffle.c: the order of an epoch (cl/CONTRACT.md, section 4); order has room for count. */
void clonal__shuffle(uint64_t seed, uint32_t epoch, size_t count, uint32_t *order);

/* weights.c: parameters as tensors in host memory. Free with clonal__weights_free. */
typedef struct clonal__weights {
    struct clonal__tensor *tensors;
    float **values;
    size_t count;
} clonal__weights;
clonal_status clonal__model_fetch(const clonal_model *model, clonal__weights *weights);
void clonal__weights_free(clonal__weights *weights);
/* "sha256:<hex>" of the weights file of these parameters and this graph (as text). */
clonal_status clonal__weights_digest(const char *graph, size_t count,
                                     const struct clonal__tensor *tensors, char digest[72]);
/* The same of the weights file that would be written now. */
clonal_status clonal__model_digest(const clonal_model *model, char digest[72]);

#endif
