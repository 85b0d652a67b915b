/* build_ahead.h: the programs of a model's steps, built before there is a model or data. */
#ifndef CLONAL_MODEL_BUILD_AHEAD_H
#define CLONAL_MODEL_BUILD_AHEAD_H

#include "host/model/model.h"

typedef struct clonal__step_ahead {
    bool training; /* else an evaluation */
    bool is_float; /* the samples; classes are labels */
    uint32_t rows;
} clonal__step_ahead;

/* Compiles such a step of a graph and lets go of it again: its programs stay in the context, where
 * the model's own step finds them. graph and options must be as clonal__model_check wants them.
 * Errors: those of clonal__step_create. */
clonal_status clonal__build_ahead(clonal_context *context, const clonal_graph *graph,
                                  const clonal_model_options *options,
                                  const clonal__step_ahead *step);

#endif
