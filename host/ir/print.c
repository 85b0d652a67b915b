/* print.c: a program as text, for --explain. */
#include "host/ir/operation.h"

static void print_epilogue(const clonal__program *program, const clonal__instruction *in, clonal__string *text)
{
    const clonal__epilogue *e = &in->epilogue;
    if (e->bias) clonal__string_append(text, " + bias %s", program->values[in->bias].name);
    if (e->activation) clonal__string_append(text, " + %s", e->activation->name);
    if (e->dropout) clonal__string_append(text, " + dropout(stream %u)", e->mask.stream);
    if (e->gated) clonal__string_append(text, " + gate and dropout' by %s", program->values[in->saved].name);
    if (e->derivative)
        clonal__string_append(text, " + %s' of %s", e->derivative->name, program->values[in->saved].name);
    if (e->loss) clonal__string_append(text, " + %s and its gradient", e->loss->library);
    if (e->update) clonal__string_append(text, " + %s", e->update->library);
    if (e->bias_update) clonal__string_append(text, " + the same of %s", program->values[in->bias_parameter].name);
}

static void print_product(const clonal__program *program, const clonal__instruction *in, uint32_t batch,
                          clonal__string *text)
{
    const clonal__gemm_shape s = clonal__gemm_shape_of(program, in, batch);
    clonal__string_append(text, " %s%s%s . %s%s%s [%ux%ux%u%s]", program->values[in->in[0]].name, in->ta ? "^T" : "",
                          in->gathered == 1 ? ", gathered" : "", program->values[in->in[1]].name, in->tb ? "^T" : "",
                          in->gathered == 2 ? ", gathered" : "", s.m, s.n, s.k,
                          in->zeros == 0   ? ""
                          : in->zeros == 2 ? ", half zeros"
                                           : ", mostly zeros");
    print_epilogue(program, in, text);
    clonal__string_append(text, " by %s, variant %d", in->choice.kind == CLONAL__GEMM_NATIVE ? "native" : "CLBlast",
                          in->choice.variant);
    if (in->choice.seconds > 0) clonal__string_append(text, ", %.1f us", in->choice.seconds * 1e6);
    if (in->one_launch)
        clonal__string_append(text, ", in one launch with the %s",
                              in->pairing == CLONAL__FIRST_OF_PAIR ? "next" : "last");
}

static void print_details(const clonal__instruction *in, clonal__string *text)
{
    switch (in->code->role) {
    case CLONAL__ROLE_FUNCTION:
        clonal__string_append(text, " %s", in->function->name);
        break;
    case CLONAL__ROLE_DERIVATIVE:
        clonal__string_append(text, " %s'", in->function->name);
        break;
    case CLONAL__ROLE_UPDATE:
        clonal__string_append(text, " %s", in->update->library);
        break;
    case CLONAL__ROLE_MASK:
        if (in->mask.variable)
            clonal__string_append(text, " of p to %.9g by step, stream %u of", in->mask.p, in->mask.stream);
        else
            clonal__string_append(text, " threshold %llu scale %.9g stream %u of",
                                  (unsigned long long)in->mask.threshold, in->mask.scale, in->mask.stream);
        break;
    case CLONAL__ROLE_NOISE:
        clonal__string_append(text, " stream %u of", in->mask.stream);
        break;
    default:
        break;
    }
}

void clonal__instruction_print(const clonal__program *program, const clonal__instruction *in, uint32_t batch,
                               clonal__string *text)
{
    clonal__string_append(text, "%-10s", in->code->name);
    if (in->code->role == CLONAL__ROLE_PRODUCT) {
        print_product(program, in, batch, text);
    } else {
        print_details(in, text);
        for (size_t k = 0; k < CLONAL__MOST_OPERANDS; k++)
            if (in->in[k] != CLONAL__NO_VALUE) clonal__string_append(text, " %s", program->values[in->in[k]].name);
    }
    if (in->out != CLONAL__NO_VALUE) {
        const clonal__value *v = &program->values[in->out];
        clonal__string_append(text, " -> %s %ux%u", v->name, clonal__value_rows(v, batch), v->columns);
        if (v->slot >= 0) clonal__string_append(text, " (buffer %d)", v->slot);
    }
}

clonal_status clonal__program_print(const clonal__program *program, uint32_t batch, const char *title,
                                    clonal__string *text)
{
    clonal__string_append(text, "%s: %zu instructions, batch %u\n", title, program->instruction_count, batch);
    for (size_t i = 0; i < program->instruction_count; i++) {
        clonal__string_append(text, "  ");
        clonal__instruction_print(program, &program->instructions[i], batch, text);
        clonal__string_append(text, "\n");
    }
    return text->status;
}
