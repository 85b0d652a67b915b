/* print.c: a program as text, for --explain. */
#include "host/ir/program.h"
#include "host/ops/ops.h"

static const char *const opcode_names[] = {
    [CLONAL__LOAD] = "load",
    [CLONAL__GEMM] = "gemm",
    [CLONAL__BIAS] = "bias",
    [CLONAL__FUNCTION] = "function",
    [CLONAL__DERIVATIVE] = "derivative",
    [CLONAL__MASK] = "dropout",
    [CLONAL__SUM] = "add",
    [CLONAL__LOSS] = "loss",
    [CLONAL__COLUMN_SUM] = "column-sum",
    [CLONAL__UPDATE] = "update",
};

static void print_value(const clonal__program_ir *program, int value, uint32_t batch, clonal__string *text)
{
    if (value == CLONAL__NO_VALUE) return;
    const clonal__value *v = &program->values[value];
    clonal__string_append(text, " %s", v->name);
    (void)batch;
}

static void print_epilogue(const clonal__program_ir *program, const clonal__instruction *in, clonal__string *text)
{
    const clonal__epilogue *e = &in->epilogue;
    if (e->bias) clonal__string_append(text, " + bias %s", program->values[in->bias].name);
    if (e->activation != CLONAL__IDENTITY) clonal__string_append(text, " + %s", clonal__function_name(e->activation));
    if (e->dropout) clonal__string_append(text, " + dropout(stream %u)", e->mask.stream);
    if (e->masked_by_saved) clonal__string_append(text, " + relu' and dropout' by %s", program->values[in->saved].name);
    if (e->derivative != CLONAL__IDENTITY)
        clonal__string_append(text, " + %s' of %s", clonal__function_name(e->derivative),
                              program->values[in->saved].name);
    if (e->update) clonal__string_append(text, " + update");
    if (e->bias_update) clonal__string_append(text, " + update of %s", program->values[in->bias_parameter].name);
}

static void print_instruction(const clonal__program_ir *program, const clonal__instruction *in, uint32_t batch,
                              clonal__string *text)
{
    clonal__string_append(text, "  %-10s", opcode_names[in->op]);
    if (in->op == CLONAL__FUNCTION || in->op == CLONAL__DERIVATIVE)
        clonal__string_append(text, " %s%s", clonal__function_name(in->function),
                              in->op == CLONAL__DERIVATIVE ? "'" : "");
    if (in->op == CLONAL__MASK)
        clonal__string_append(text, " threshold %llu scale %.9g stream %u of", (unsigned long long)in->mask.threshold,
                              in->mask.scale, in->mask.stream);
    if (in->op == CLONAL__LOSS) clonal__string_append(text, " %s", clonal__operations[in->loss].name);
    print_value(program, in->in[0], batch, text);
    if (in->op == CLONAL__GEMM) clonal__string_append(text, "%s .", in->ta ? "^T" : "");
    print_value(program, in->in[1], batch, text);
    if (in->op == CLONAL__GEMM) {
        clonal__gemm_shape s = clonal__gemm_shape_of(program, in, batch);
        clonal__string_append(text, "%s [%ux%ux%u]", in->tb ? "^T" : "", s.m, s.n, s.k);
        print_epilogue(program, in, text);
        if (in->choice.seconds > 0)
            clonal__string_append(text, " by %s, variant %d, %.1f us",
                                  in->choice.kind == CLONAL__GEMM_NATIVE ? "native" : "CLBlast", in->choice.variant,
                                  in->choice.seconds * 1e6);
        else
            clonal__string_append(text, " by %s, variant %d",
                                  in->choice.kind == CLONAL__GEMM_NATIVE ? "native" : "CLBlast", in->choice.variant);
    }
    if (in->out != CLONAL__NO_VALUE) {
        const clonal__value *v = &program->values[in->out];
        clonal__string_append(text, " -> %s %ux%u", v->name, clonal__value_rows(v, batch), v->columns);
        if (v->slot >= 0) clonal__string_append(text, " (buffer %d)", v->slot);
    }
    clonal__string_append(text, "\n");
}

clonal_status clonal__program_print(const clonal__program_ir *program, uint32_t batch, const char *title,
                                    clonal__string *text)
{
    clonal__string_append(text, "%s: %zu instructions, batch %u\n", title, program->instruction_count, batch);
    for (size_t i = 0; i < program->instruction_count; i++)
        print_instruction(program, &program->instructions[i], batch, text);
    return text->status;
}
