/* program.c: the container of values and instructions. */
#include "host/ir/program.h"

#include "host/base/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void clonal__program_free(clonal__program *program)
{
    clonal__free(program->values);
    clonal__free(program->instructions);
    clonal__free(program->parameters);
    clonal__free(program->nodes);
    memset(program, 0, sizeof *program);
}

int clonal__program_value(clonal__program *program, clonal__value_kind kind, uint32_t rows, uint32_t columns,
                          const char *format, ...)
{
    if (clonal__grow(&program->values, program->value_count + 1, sizeof *program->values) != CLONAL_OK)
        return CLONAL__NO_VALUE;
    clonal__value *value = &program->values[program->value_count];
    *value = (clonal__value){.kind = kind, .rows = rows, .columns = columns, .parameter = -1, .slot = -1};
    va_list list;
    va_start(list, format);
    clonal__number_format(value->name, sizeof value->name, format, list);
    va_end(list);
    return (int)program->value_count++;
}

clonal_status clonal__program_append(clonal__program *program, const clonal__instruction *instruction)
{
    CLONAL__TRY(clonal__grow(&program->instructions, program->instruction_count + 1, sizeof *program->instructions));
    program->instructions[program->instruction_count++] = *instruction;
    return CLONAL_OK;
}

clonal__instruction clonal__instruct(const clonal__code *code, clonal_node node, int out, int in0, int in1)
{
    return (clonal__instruction){.code = code,
                                 .node = node,
                                 .out = out,
                                 .in = {in0, in1, CLONAL__NO_VALUE, CLONAL__NO_VALUE},
                                 .bias = CLONAL__NO_VALUE,
                                 .saved = CLONAL__NO_VALUE,
                                 .bias_parameter = CLONAL__NO_VALUE};
}

uint32_t clonal__value_rows(const clonal__value *value, uint32_t batch)
{
    return value->kind == CLONAL__PER_SAMPLE ? batch * value->rows : value->rows;
}

clonal__gemm_shape clonal__gemm_shape_of(const clonal__program *program, const clonal__instruction *in, uint32_t batch)
{
    const clonal__value *a = &program->values[in->in[0]], *b = &program->values[in->in[1]];
    const uint32_t a_rows = clonal__value_rows(a, batch), b_rows = clonal__value_rows(b, batch);
    return (clonal__gemm_shape){.m = in->ta ? a->columns : a_rows,
                                .n = in->tb ? b_rows : b->columns,
                                .k = in->ta ? a_rows : a->columns,
                                .ta = in->ta,
                                .tb = in->tb,
                                .zeros = in->zeros};
}

bool clonal__instruction_reads(const clonal__instruction *in, int value)
{
    for (size_t k = 0; k < CLONAL__MOST_OPERANDS; k++)
        if (in->in[k] == value) return true;
    return in->bias == value || in->saved == value;
}

size_t clonal__value_uses(const clonal__program *program, int value)
{
    size_t uses = value == program->output && !program->training;
    for (size_t i = 0; i < program->instruction_count; i++) {
        const clonal__instruction *in = &program->instructions[i];
        for (size_t k = 0; k < CLONAL__MOST_OPERANDS; k++) uses += (size_t)(in->in[k] == value);
        uses += (size_t)(in->bias == value) + (size_t)(in->saved == value);
    }
    return uses;
}

cl_mem clonal__launching_buffer(const clonal__launching *to, int value)
{
    if (value == CLONAL__NO_VALUE) return NULL;
    const clonal__value *v = &to->program->values[value];
    if (v->kind == CLONAL__PARAMETER) return to->parameters[v->parameter];
    return v->slot >= 0 ? to->slots[v->slot] : NULL;
}

uint32_t clonal__launching_elements(const clonal__launching *to, int value)
{
    const clonal__value *v = &to->program->values[value];
    return clonal__value_rows(v, to->batch) * v->columns;
}

cl_mem clonal__launching_state(const clonal__launching *to, int value, size_t state)
{
    const cl_mem *all = to->states[state];
    return all ? all[to->program->values[value].parameter] : NULL;
}
