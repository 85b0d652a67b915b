/* step.h: a graph compiled for one number of rows: its program, its buffers and its launch list. */
#ifndef CLONAL_COMPILE_STEP_H
#define CLONAL_COMPILE_STEP_H

#include "host/compile/compile.h"

/* What a step is compiled from. The pointers are borrowed; graph, optimizer and schedules while
 * it is created, the buffers as long as the step lives. */
typedef struct clonal__step_spec {
    clonal_context *context;
    const clonal_graph *graph;
    clonal__mode mode;
    uint64_t seed;                                   /* of masks */
    uint32_t rows;                                   /* of the batch */
    const clonal_optimizer *optimizer;               /* of training: checked */
    const clonal_schedule *schedule;                 /* likewise */
    const clonal_dropout_schedule *dropout_schedule; /* of modes with gradients and masks */
    clonal_gemm gemm;
    bool allow_inexact, fuse;
    const clonal__feed *feed;
    const cl_mem *parameters;                  /* by parameter */
    const cl_mem *states[CLONAL__MOST_STATES]; /* by parameter; NULL where not kept */
} clonal__step_spec;

typedef struct clonal__step {
    clonal__program program;
    clonal__launch_list list;
    clonal__update_form update; /* of training */
    const clonal__optimizer *optimizer;
    clonal_optimizer settings;
    clonal_schedule schedule;
    clonal_dropout_schedule dropout_schedule;
    clonal__mask *masks; /* whose probability changes by step, in the order of their variables */
    size_t mask_count;
    clonal__arg *variables; /* by number: what the launch list takes in the next run */
    cl_mem *slots;
    size_t *slot_bytes, slot_count;
    clonal__mode mode;
    uint32_t rows;
    bool exact;   /* every product keeps the contract */
    char *passes; /* the passes' results as text, where they were asked for */
} clonal__step;

/* What the buffers of such a step's values take together, and the largest of them, without a launch
 * or a buffer: as clonal__step_create would make them where the products are computed by who is
 * expected to (clonal__gemm_expect). feed, parameters and states are not looked at. */
clonal_status clonal__step_bytes(const clonal__step_spec *spec, uint64_t *bytes, uint64_t *largest);

/* Compiles; explain: keeps the passes' texts. Free with clonal__step_destroy. Errors: those of the
 * passes and of building kernels. */
clonal_status clonal__step_create(const clonal__step_spec *spec, bool explain, clonal__step **step);
void clonal__step_destroy(clonal__step *step);

/* Enqueues the step and does not wait: `number` is the training step (0 in evaluation), `first`
 * where in the data the batch begins. */
clonal_status clonal__step_run(const clonal__step *step, uint64_t number, uint32_t first);

/* For what drivers do at a kernel's first launch, and no profile hears of it: the same for the
 * batch at the data's begin or, unless `whole`, a little of each of its kernels
 * (clonal__list_rehearse), which waits; values, parameters and states are no step's then. */
clonal_status clonal__step_rehearse(const clonal__step *step, uint64_t number, bool whole);

/* The buffer that holds a value after the step (in evaluation: the output); NULL: it has none. */
cl_mem clonal__step_buffer(const clonal__step *step, int value);

/* Hears every value (rows, value->columns) after the instruction that makes it, in host memory for
 * the length of the call; NULL for an instruction that makes none. Other than CLONAL_OK stops. */
typedef clonal_status (*clonal__observer)(const clonal__instruction *in, const clonal__value *value,
                                          uint32_t rows, const float *values, void *user);
/* Runs the step one instruction at a time and reads every value back, which waits each time: for
 * digests, and for finding where two runs part. `parameters` are the spec's. */
clonal_status clonal__step_observe(const clonal__step *step, uint64_t number, uint32_t first,
                                   const cl_mem *parameters, clonal__observer observer, void *user);

#endif
