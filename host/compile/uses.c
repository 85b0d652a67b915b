/* uses.c: see uses.h. */
#include "host/compile/uses.h"

#include <string.h>

static const clonal__code blank = {.name = "none", .words = "nothing"};

static void add_operand(clonal__uses *u, int value, size_t operand)
{
    u->next[operand] = u->first[value];
    u->first[value] = operand;
}

/* From the last instruction to the first, so that each list goes up. */
static void fill(clonal__uses *u)
{
    clonal__program *p = u->program;
    for (size_t v = 0; v < p->value_count; v++) u->maker[v] = SIZE_MAX;
    for (size_t i = p->instruction_count; i-- > 0;) {
        const clonal__instruction *in = &p->instructions[i];
        if (in->out != CLONAL__NO_VALUE) u->maker[in->out] = i;
        if (in->bias != CLONAL__NO_VALUE) u->count[in->bias]++;
        if (in->saved != CLONAL__NO_VALUE) u->count[in->saved]++;
        for (size_t k = CLONAL__MOST_OPERANDS; k-- > 0;) {
            if (in->in[k] == CLONAL__NO_VALUE) continue;
            u->count[in->in[k]]++;
            add_operand(u, in->in[k], 1 + i * CLONAL__MOST_OPERANDS + k);
        }
    }
    if (p->output != CLONAL__NO_VALUE && !p->training) u->count[p->output]++;
}

clonal_status clonal__uses_create(clonal__program *program, clonal__uses *u)
{
    *u = (clonal__uses){.program = program};
    CLONAL__TRY(clonal__calloc(program->value_count, sizeof *u->count, &u->count));
    CLONAL__TRY(clonal__calloc(program->value_count, sizeof *u->before, &u->before));
    CLONAL__TRY(clonal__calloc(program->value_count, sizeof *u->maker, &u->maker));
    CLONAL__TRY(clonal__calloc(program->value_count, sizeof *u->first, &u->first));
    CLONAL__TRY(clonal__calloc(1 + program->instruction_count * CLONAL__MOST_OPERANDS, sizeof *u->next, &u->next));
    fill(u);
    return CLONAL_OK;
}

void clonal__uses_free(clonal__uses *u)
{
    clonal__free(u->count);
    clonal__free(u->before);
    clonal__free(u->maker);
    clonal__free(u->first);
    clonal__free(u->next);
    *u = (clonal__uses){0};
}

int clonal__uses_reader(const clonal__uses *u, size_t from, int value, clonal__role role)
{
    for (size_t operand = u->first[value]; operand; operand = u->next[operand]) {
        const size_t i = (operand - 1) / CLONAL__MOST_OPERANDS, k = (operand - 1) % CLONAL__MOST_OPERANDS;
        const clonal__instruction *in = &u->program->instructions[i];
        if (i >= from && in->in[k] == value && (role == CLONAL__ROLE_COUNT || in->code->role == role)) return (int)i;
    }
    return -1;
}

size_t clonal__uses_by(const clonal__instruction *in, int value)
{
    size_t uses = (size_t)(in->bias == value) + (size_t)(in->saved == value);
    for (size_t k = 0; k < CLONAL__MOST_OPERANDS; k++) uses += (size_t)(in->in[k] == value);
    return uses;
}

static void pass_value(clonal__uses *u, int value)
{
    if (value != CLONAL__NO_VALUE) u->before[value]++;
}

void clonal__uses_pass(clonal__uses *u, size_t at)
{
    const clonal__instruction *in = &u->program->instructions[at];
    for (size_t k = 0; k < CLONAL__MOST_OPERANDS; k++) pass_value(u, in->in[k]);
    pass_value(u, in->bias);
    pass_value(u, in->saved);
}

void clonal__uses_restart(clonal__uses *u)
{
    if (u->program->value_count) memset(u->before, 0, u->program->value_count * sizeof *u->before);
}

void clonal__uses_blank(clonal__uses *u, size_t at)
{
    u->program->instructions[at] =
        clonal__instruct(&blank, CLONAL_NO_NODE, CLONAL__NO_VALUE, CLONAL__NO_VALUE, CLONAL__NO_VALUE);
}

void clonal__uses_compact(clonal__uses *u)
{
    clonal__program *p = u->program;
    size_t kept = 0;
    for (size_t i = 0; i < p->instruction_count; i++)
        if (p->instructions[i].code != &blank) {
            if (kept != i) p->instructions[kept] = p->instructions[i];
            kept++;
        }
    p->instruction_count = kept;
}
