/* need.h: what a model takes of memory, and whether it fits, before any of it is allocated. */
#ifndef CLONAL_MODEL_NEED_H
#define CLONAL_MODEL_NEED_H

#include "host/compile/step.h"
#include <clonal/model.h>

/* CLONAL_E_MEMORY where a program's parameters, what the optimizer keeps of them and the initial
 * values of the largest, in host memory, surely do not fit. */
clonal_status clonal__parameters_check(const clonal_context *context, const clonal__program *shapes,
                                       const clonal_optimizer *optimizer);
/* Adds to what training takes (clonal_model_memory_need of the same) the two steps of
 * clonal_model_watch; where it fails *need stays as it was. */
clonal_status clonal__need_watch(clonal_context *context, const clonal_graph *graph,
                                 const clonal_model_options *options, clonal_memory_need *need);
/* CLONAL_E_MEMORY where all that a run takes, a checkpoint's copies with it, surely does not fit.
 */
clonal_status clonal__need_check(const clonal_context *context, const clonal_memory_need *need,
                                 uint32_t batch);

#endif
