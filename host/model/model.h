/* model.h: a model: its parameters on the device, the data sets copied there, and the steps
 * compiled so far. */
#ifndef CLONAL_MODEL_MODEL_H
#define CLONAL_MODEL_MODEL_H

#include "host/compile/step.h"
#include "host/data/device_copy.h"
#include <clonal/model.h>

/* A step compiled for one use. */
typedef struct clonal__compiled {
    const clonal__device_copy *data;
    clonal__mode mode;
    uint64_t seed; /* of masks */
    bool fused;
    uint32_t rows;
    clonal__step *step;
} clonal__compiled;

/* Trains a step in place of the compiled one: for a higher room that looks at every tensor. It
 * computes what that one would. */
typedef struct clonal__step_hook {
    clonal_status (*train)(clonal_model *model, const clonal__device_copy *data, uint32_t rows,
                           uint32_t first, void *user);
    void *user;
} clonal__step_hook;

struct clonal_model {
    clonal_context *context;
    clonal_graph *graph;
    clonal_model_options options;        /* the names in them are the descriptors' own, static */
    clonal__program shapes;              /* the forward program: parameters and output */
    cl_mem *parameters;                  /* by parameter */
    cl_mem *states[CLONAL__MOST_STATES]; /* likewise; NULL where the optimizer keeps none */
    size_t state_count;
    clonal__device_copy **copies;
    size_t copy_count, lent_count; /* the first so many copies are others' */
    clonal__compiled *compiled;
    size_t compiled_count;
    uint64_t step; /* training steps done */
    bool exact;
    bool quiet;             /* no warning when the loss is no finite number */
    clonal__step_hook hook; /* train NULL: none; borrowed */
};

/* model.c: whether a model can be made of these: the errors of clonal_model_create that need no
 * device. */
clonal_status clonal__model_check(const clonal_graph *graph, const clonal_model_options *options);

/* The seed of one purpose. */
static inline uint64_t clonal__seed_of(uint64_t seed, const clonal_own_seed *own)
{
    return own->given ? own->value : seed;
}

/* data.c: the device's copy of a data set, made at first use and kept until the model uses data
 * after the set was destroyed. labelled: the set must have labels or targets that fit. Errors:
 * CLONAL_E_SHAPE, CLONAL_E_ARGUMENT (it does not fit the graph), and those of copying. */
clonal_status clonal__model_data(clonal_model *model, const clonal_dataset *data, bool labelled,
                                 clonal__device_copy **copy);
/* Lends a new model a copy, which is then not made and stays the lender's: it must outlive the
 * model, and no other model may use it while this one trains or is evaluated. */
clonal_status clonal__model_lend_data(clonal_model *model, clonal__device_copy *copy);
/* Frees all copies that are its own. The steps compiled for them go first: clonal__model_forget. */
void clonal__model_data_free(clonal_model *model);

/* compiled.c: the step for `rows` rows of the data, compiled at first use; it belongs to the model.
 */
clonal_status clonal__model_compiled(clonal_model *model, const clonal__device_copy *data,
                                     bool training, uint32_t rows, clonal__step **step);
/* The forward pass with dropout on, by masks of this seed. */
clonal_status clonal__model_sampled(clonal_model *model, const clonal__device_copy *data,
                                    uint64_t seed, uint32_t rows, clonal__step **step);
/* The training step without fusion, whatever the options say: for looking at every value. The bits
 * are the same. */
clonal_status clonal__model_unfused(clonal_model *model, const clonal__device_copy *data,
                                    uint32_t rows, clonal__step **step);
/* What a training step computes but for its updates, with dropout or without it, unfused. */
clonal_status clonal__model_watched(clonal_model *model, const clonal__device_copy *data,
                                    bool dropout, uint32_t rows, clonal__step **step);
/* Frees the steps compiled for a copy; NULL: all. */
void clonal__model_forget(clonal_model *model, const clonal__device_copy *data);

/* parameters.c: makes all parameters and states, with their initial values. */
clonal_status clonal__model_make_parameters(clonal_model *model);
void clonal__model_free_parameters(clonal_model *model);
/* The elements of a parameter. */
size_t clonal__model_elements(const clonal_model *model, size_t parameter);
/* The tensors that the optimizer keeps for each parameter: how many, and `state`'s names. */
size_t clonal__model_state_count(const clonal_model *model);
const clonal__state *clonal__model_state(const clonal_model *model, size_t state);
/* State `state` of a parameter, in host memory; waits. CLONAL_E_ARGUMENT: there is no such state.
 */
clonal_status clonal__model_read_state(const clonal_model *model, size_t state, size_t parameter,
                                       float *values);
clonal_status clonal__model_write_state(clonal_model *model, size_t state, size_t parameter,
                                        const float *values);

/* epoch.c: where an epoch's training stands between two steps. */
typedef struct clonal__epoch_place {
    size_t done; /* samples trained; a multiple of the batch, and not all */
    double sum;  /* binary64 sum of their rows' losses, in order */
} clonal__epoch_place;

/* How an epoch is trained: from where (zeroes: its begin), and who hears of it. */
typedef struct clonal__epoch_course {
    clonal__epoch_place from;
    clonal_progress_fn progress; /* may be NULL */
    /* Called behind each training step whose number, counted over all epochs, is a multiple of
     * `every`, once its work is done, but not at the epoch's end; an error ends the training. */
    uint32_t every; /* 0: never */
    clonal_status (*pause)(const clonal__epoch_place *place, void *user);
    void *user;
} clonal__epoch_course;

/* clonal_model_train_epoch, of what is left of the epoch. The model's parameters and its step must
 * be those of the place. */
clonal_status clonal__model_train_course(clonal_model *model, const clonal_dataset *data,
                                         uint32_t epoch, const clonal__epoch_course *course,
                                         double *loss);
/* Copies the order of an epoch to the device, for its training steps. */
clonal_status clonal__model_order(clonal_model *model, const clonal__device_copy *data,
                                  uint32_t epoch);
/* CLONAL_E_ARGUMENT where the data have fewer samples than a batch. */
clonal_status clonal__model_check_batch(const clonal_model *model, const clonal_dataset *data);
/* Divides a row's loss: 1, or the columns where the loss is a mean over them too. */
double clonal__model_loss_unit(const clonal_model *model);

/* evaluate.c: rows of an evaluation step, but for the last: 256, or the batch where that is more;
 * less than 256 where a row is so wide that they would take much memory. */
uint32_t clonal__evaluation_rows(const clonal_graph *graph, const clonal_model_options *options);

/* compiled.c: what the steps of a graph by these options have in common, fusion included: not mode,
 * rows, feed and buffers; the seed is that of masks in training. All is borrowed. */
clonal__step_spec clonal__step_spec_of(clonal_context *context, const clonal_graph *graph,
                                       const clonal_model_options *options);
/* A feed with one small buffer in the place of all data, for a step that is never launched. */
clonal__feed clonal__feed_of_one(cl_mem buffer);

/* The metadata "format" of a run's checkpoints (host/run/checkpoint.h), which weights are read from
 * too: their graph is the metadata "graph", and behind the parameters stand the optimizer's states.
 */
#define CLONAL__CHECKPOINT_FORMAT "clonal-checkpoint"

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
