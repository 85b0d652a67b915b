/* program.c: the container of values and instructions. */
#include "host/ir/program.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void clonal__program_free(clonal__program_ir *program)
{
    clonal__free(program->values);
    clonal__free(program->instructions);
    clonal__free(program->parameters);
    memset(program, 0, sizeof *program);
}

int clonal__program_value(clonal__program_ir *program, clonal__value_kind kind, uint32_t rows, uint32_t columns,
                          const char *format, ...)
{
    if (clonal__grow(&program->values, program->value_count + 1, sizeof *program->values) != CLONAL_OK)
        return CLONAL__NO_VALUE;
    clonal__value *value = &program->values[program->value_count];
    *value = (clonal__value){.kind = kind, .rows = rows, .columns = columns, .parameter = -1, .slot = -1};
    va_list list;
    va_start(list, format);
    vsnprintf(value->name, sizeof value->name, format, list);
    va_end(list);
    return (int)program->value_count++;
}

clonal_status clonal__program_append(clonal__program_ir *program, const clonal__instruction *instruction)
{
    CLONAL__TRY(clonal__grow(&program->instructions, program->instruction_count + 1, sizeof *program->instructions));
    program->instructions[program->instruction_count++] = *instruction;
    return CLONAL_OK;
}

clonal__instruction clonal__instruct(clonal__opcode op, clonal_node node, int out, int in0, int in1)
{
    return (clonal__instruction){.op = op,
                                 .node = node,
                                 .out = out,
                                 .in = {in0, in1},
                                 .bias = CLONAL__NO_VALUE,
                                 .bias_parameter = CLONAL__NO_VALUE,
                                 .saved = CLONAL__NO_VALUE};
}

uint32_t clonal__value_rows(const clonal__value *value, uint32_t batch)
{
    return value->kind == CLONAL__BATCH ? batch : value->rows;
}

clonal__gemm_shape clonal__gemm_shape_of(const clonal__program_ir *program, const clonal__instruction *in,
                                         uint32_t batch)
{
    const clonal__value *a = &program->values[in->in[0]], *b = &program->values[in->in[1]];
    uint32_t a_rows = clonal__value_rows(a, batch), b_rows = clonal__value_rows(b, batch);
    return (clonal__gemm_shape){.m = in->ta ? a->columns : a_rows,
                                .n = in->tb ? b_rows : b->columns,
                                .k = in->ta ? a_rows : a->columns,
                                .ta = in->ta,
                                .tb = in->tb};
}

size_t clonal__value_uses(const clonal__program_ir *program, int value)
{
    size_t uses = value == program->output && !program->training;
    for (size_t i = 0; i < program->instruction_count; i++) {
        const clonal__instruction *in = &program->instructions[i];
        uses += (size_t)(in->in[0] == value) + (size_t)(in->in[1] == value) + (size_t)(in->bias == value) +
                (size_t)(in->saved == value);
    }
    return uses;
}
