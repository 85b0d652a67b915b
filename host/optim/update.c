/* update.c: see update.h. */
#include "host/optim/update.h"

#include <stdio.h>

clonal__update_form clonal__update_form_of(const clonal_context *context, const clonal__optimizer *optimizer,
                                           const clonal_optimizer *settings)
{
    clonal__update_form form = {.library = optimizer->library,
                                .states = optimizer->state_count(settings),
                                .fuses = optimizer->vector || context->gpu_forms};
    optimizer->options(settings, form.options, sizeof form.options);
    return form;
}

clonal_status clonal__append_update(clonal__launch_list *list, const clonal__update_form *form, uint32_t count,
                                    cl_mem g, cl_mem w, const cl_mem states[CLONAL__MOST_STATES])
{
    enum { SCALARS_ARGUMENT = 5 };
    char program[64], options[128];
    snprintf(program, sizeof program, "update+%.40s", form->library);
    snprintf(options, sizeof options, "-DUPDATE_BY=clonal_%.40s %s", form->library, form->options);
    const clonal__kernel_spec spec = {.program = program,
                                      .options = options,
                                      .kernel = "update",
                                      .label = form->library,
                                      .dimensions = 1,
                                      .global = {clonal__round_up(count, 64)},
                                      .local = {64},
                                      .bindings = {{SCALARS_ARGUMENT, CLONAL__VARIABLE_SCALARS}},
                                      .binding_count = 1};
    const cl_mem first = form->states > 0 ? states[0] : w, second = form->states > 1 ? states[1] : w;
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(g), CLONAL__MEM(w), CLONAL__MEM(first), CLONAL__MEM(second),
                               CLONAL__U32(count), CLONAL__F32X8(0));
}

static clonal_status launch(const clonal__launching *to, const clonal__instruction *in)
{
    cl_mem states[CLONAL__MOST_STATES] = {NULL};
    for (size_t k = 0; k < in->update->states; k++) states[k] = clonal__launching_state(to, in->out, k);
    return clonal__append_update(to->list, in->update, clonal__launching_elements(to, in->out),
                                 clonal__launching_buffer(to, in->in[0]), clonal__launching_buffer(to, in->out),
                                 states);
}

const clonal__code clonal__code_update = {
    .name = "update", .words = "update", .role = CLONAL__ROLE_UPDATE, .launch = launch};
