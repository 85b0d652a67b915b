/* updates.c: each parameter's update, behind the instruction that makes its gradient and behind the last one that reads
 * the old parameter: as early as can be, since until then the gradient takes memory. */
#include "host/compile/compile.h"

#include <string.h>

/* Where the update of a parameter may stand. */
static size_t earliest(const clonal__program *program, const clonal__parameter *p)
{
    size_t at = 0;
    for (size_t i = 0; i < program->instruction_count; i++) {
        const clonal__instruction *in = &program->instructions[i];
        if (in->out == p->gradient || clonal__instruction_reads(in, p->value)) at = i + 1;
    }
    return at;
}

static clonal_status insert(clonal__program *program, size_t at, const clonal__instruction *in)
{
    CLONAL__TRY(clonal__program_append(program, in));
    clonal__instruction *place = &program->instructions[at];
    memmove(place + 1, place, (program->instruction_count - 1 - at) * sizeof *place);
    *place = *in;
    return CLONAL_OK;
}

clonal_status clonal__insert_updates(clonal__program *program, const clonal__update_form *form)
{
    for (size_t i = 0; i < program->parameter_count; i++) {
        const clonal__parameter *p = &program->parameters[i];
        if (p->gradient == CLONAL__NO_VALUE) continue;
        clonal__instruction in =
            clonal__instruct(&clonal__code_update, p->node, p->value, p->gradient, CLONAL__NO_VALUE);
        in.update = form;
        CLONAL__TRY(insert(program, earliest(program, p), &in));
    }
    return CLONAL_OK;
}
