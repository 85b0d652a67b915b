/* updates.c: the updates of all parameters, behind the backward pass that reads the old ones. */
#include "host/compile/compile.h"

clonal_status clonal__append_updates(clonal__program *program, const clonal__update_form *form)
{
    for (size_t i = 0; i < program->parameter_count; i++) {
        const clonal__parameter *p = &program->parameters[i];
        if (p->gradient == CLONAL__NO_VALUE) continue;
        clonal__instruction in =
            clonal__instruct(&clonal__code_update, p->node, p->value, p->gradient, CLONAL__NO_VALUE);
        in.update = form;
        CLONAL__TRY(clonal__program_append(program, &in));
    }
    return CLONAL_OK;
}
