/* updates.c: each parameter's update, behind the instruction that makes its gradient and behind the last one that reads
 * the old parameter: as early as can be, since until then the gradient takes memory. */
#include "host/compile/compile.h"

/* Sets at[i] to where the update of parameter i may stand: behind so many instructions. 0: it has no gradient. */
static void find_places(const clonal__program *program, const int *parameter_of, size_t *at)
{
    for (size_t i = 0; i < program->instruction_count; i++) {
        const clonal__instruction *in = &program->instructions[i];
        const int named[] = {in->out, in->bias, in->saved, in->in[0], in->in[1], in->in[2], in->in[3]};
        _Static_assert(CLONAL__MOST_OPERANDS == 4, "all operands stand above");
        for (size_t k = 0; k < sizeof named / sizeof *named; k++) {
            const int value = named[k];
            if (value == CLONAL__NO_VALUE || parameter_of[value] < 0) continue;
            const bool gradient = program->values[value].kind != CLONAL__PARAMETER;
            if (gradient == (k == 0)) at[parameter_of[value]] = i + 1; /* its gradient is made, or it is read */
        }
    }
}

/* By value: the parameter that it is, or whose gradient it is; -1: neither. */
static void name_values(const clonal__program *program, int *parameter_of)
{
    for (size_t v = 0; v < program->value_count; v++) parameter_of[v] = -1;
    for (size_t i = 0; i < program->parameter_count; i++) {
        const clonal__parameter *p = &program->parameters[i];
        if (p->gradient == CLONAL__NO_VALUE) continue;
        parameter_of[p->value] = (int)i;
        parameter_of[p->gradient] = (int)i;
    }
}

/* Copies the instructions to `to`, with the updates in their places; of several in one place the last parameter's
 * stands first. Returns how many there are. by_place[n] is 1 + the first parameter behind n instructions, next[i] 1 +
 * the next one. */
static size_t merge(const clonal__program *program, const clonal__update_form *form, const size_t *by_place,
                    const size_t *next, clonal__instruction *to)
{
    size_t count = 0;
    for (size_t n = 0; n <= program->instruction_count; n++) {
        for (size_t i = by_place[n]; i; i = next[i - 1]) {
            const clonal__parameter *p = &program->parameters[i - 1];
            to[count] = clonal__instruct(&clonal__code_update, p->node, p->value, p->gradient, CLONAL__NO_VALUE);
            to[count++].update = form;
        }
        if (n < program->instruction_count) to[count++] = program->instructions[n];
    }
    return count;
}

static clonal_status insert(clonal__program *program, const clonal__update_form *form, const size_t *at,
                            size_t *by_place, size_t *next)
{
    clonal__instruction *merged;
    for (size_t i = 0; i < program->parameter_count; i++) { /* each in front of those before it */
        if (!at[i]) continue;
        next[i] = by_place[at[i]];
        by_place[at[i]] = i + 1;
    }
    CLONAL__TRY(clonal__calloc(program->instruction_count + program->parameter_count, sizeof *merged, &merged));
    program->instruction_count = merge(program, form, by_place, next, merged);
    clonal__free(program->instructions);
    program->instructions = merged;
    return CLONAL_OK;
}

clonal_status clonal__insert_updates(clonal__program *program, const clonal__update_form *form)
{
    int *parameter_of = NULL;
    size_t *at = NULL, *by_place = NULL, *next = NULL;
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__calloc(program->value_count, sizeof *parameter_of, &parameter_of), done);
    CLONAL__TRY_GOTO(clonal__calloc(program->parameter_count, sizeof *at, &at), done);
    CLONAL__TRY_GOTO(clonal__calloc(program->instruction_count + 1, sizeof *by_place, &by_place), done);
    CLONAL__TRY_GOTO(clonal__calloc(program->parameter_count, sizeof *next, &next), done);
    name_values(program, parameter_of);
    find_places(program, parameter_of, at);
    status = insert(program, form, at, by_place, next);
done:
    clonal__free(parameter_of);
    clonal__free(at);
    clonal__free(by_place);
    clonal__free(next);
    return status;
}
