/* step.h: a graph compiled for one number of rows: its program, its buffers and its launch list. */
#ifndef CLONAL_COMPILE_STEP_H
#define CLONAL_COMPILE_STEP_H

#include "host/ir/program.h"
#include "host/ops/ops.h"

typedef struct clonal__step_spec {
    clonal_context *context;
    const clonal_graph *graph;
    bool training;
    uint64_t seed;
    uint32_t rows;
    clonal__sgd sgd;
    clonal_gemm gemm;
    bool allow_inexact, fuse;
    const clonal__source *source; /* the data; borrowed */
    /* by parameter; borrowed; velocities may be NULL without momentum */
    const cl_mem *weights, *velocities;
} clonal__step_spec;

typedef struct clonal__step {
    clonal__program_ir program;
    clonal__launch_list list;
    cl_mem *slots;
    size_t *slot_bytes, slot_count;
    uint32_t rows;
    bool exact;
    char *passes; /* the passes' results as text, when asked for */
} clonal__step;

/* Compiles; explain: keep the passes' texts. Free with clonal__step_destroy. */
clonal_status clonal__step_create(const clonal__step_spec *spec, bool explain, clonal__step **step);
void clonal__step_destroy(clonal__step *step);
/* Enqueues the step: `number` is the training step, `place` the batch's first row in the data. Does
 * not wait. */
clonal_status clonal__step_run(const clonal__step *step, uint32_t number, uint32_t place);
/* The buffer that holds a value after the step (evaluation: the output); NULL for values without
 * one. */
cl_mem clonal__step_buffer(const clonal__step *step, int value);

/* Hears every value (rows, value->columns) after the instruction that makes it, in host memory;
 * NULL for an instruction that makes none. Other than OK stops. */
typedef clonal_status (*clonal__observer)(const clonal__instruction *in, const clonal__value *value,
                                          uint32_t rows, const float *values, void *user);
/* Runs the step one instruction at a time and reads every value back: for digests and for finding
 * where two runs part. */
clonal_status clonal__step_observe(const clonal__step *step, uint32_t number, uint32_t place,
                                   const cl_mem *weights, clonal__observer observer, void *user);

#endif
