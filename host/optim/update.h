/* update.h: an optimizer's step as an instruction and as a launch: cl/update.cl, with the
 * optimizer's own file in front of it. */
#ifndef CLONAL_OPTIM_UPDATE_H
#define CLONAL_OPTIM_UPDATE_H

#include "host/ir/program.h"
#include "host/optim/optimizer.h"

/* out, a parameter, stepped by its gradient in0; the instruction's `update` says how. */
extern const clonal__code clonal__code_update;

/* How `optimizer` updates an element with these settings: for instructions, and for the GEMM's
 * epilogue. */
clonal__update_form clonal__update_form_of(const clonal_context *context,
                                           const clonal__optimizer *optimizer,
                                           const clonal_optimizer *settings);

/* Appends the step of a parameter of `count` elements: w and its states, by its gradient g. The
 * scalars are CLONAL__VARIABLE_SCALARS of the list's run. Buffers are borrowed. */
clonal_status clonal__append_update(clonal__launch_list *list, const clonal__update_form *form,
                                    uint32_t count, cl_mem g, cl_mem w,
                                    const cl_mem states[CLONAL__MOST_STATES]);

#endif
