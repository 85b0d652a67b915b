/* step.c: compiling a graph: differentiate, plan the GEMMs, fuse, plan memory, make the launches; and running the
 * result. */
#include "host/compile/step.h"

#include <string.h>

typedef struct compiler {
    const clonal__step_spec *spec;
    clonal__step *step;
} compiler;

static cl_mem buffer_of(const clonal__step *step, const clonal__step_spec *spec, int value)
{
    if (value == CLONAL__NO_VALUE) return NULL;
    const clonal__value *v = &step->program.values[value];
    if (v->kind == CLONAL__PARAMETER) return spec->weights[v->parameter];
    return v->slot >= 0 ? step->slots[v->slot] : NULL;
}

cl_mem clonal__step_buffer(const clonal__step *step, int value)
{
    const clonal__value *v = &step->program.values[value];
    return v->slot >= 0 ? step->slots[v->slot] : NULL;
}

clonal_status clonal__plan_gemms(clonal__program_ir *program, clonal_context *context, uint32_t batch,
                                 clonal_gemm wanted, bool allow_inexact, bool *exact)
{
    *exact = true;
    for (size_t i = 0; i < program->instruction_count; i++) {
        clonal__instruction *in = &program->instructions[i];
        if (in->op != CLONAL__GEMM) continue;
        clonal__gemm_shape shape = clonal__gemm_shape_of(program, in, batch);
        CLONAL__TRY(clonal__gemm_plan(context, &shape, wanted, allow_inexact, &in->choice));
        *exact = *exact && in->choice.exact;
    }
    return CLONAL_OK;
}

static clonal_status launch_gemm(const compiler *c, const clonal__instruction *in)
{
    clonal__step *step = c->step;
    clonal__gemm_shape shape = clonal__gemm_shape_of(&step->program, in, step->rows);
    clonal__gemm_buffers buffers = {.a = buffer_of(step, c->spec, in->in[0]),
                                    .b = buffer_of(step, c->spec, in->in[1]),
                                    .c = buffer_of(step, c->spec, in->out),
                                    .bias = buffer_of(step, c->spec, in->bias),
                                    .saved = buffer_of(step, c->spec, in->saved)};
    if (in->epilogue.update) {
        int parameter = step->program.values[in->out].parameter;
        buffers.w = buffers.c;
        buffers.v = c->spec->velocities ? c->spec->velocities[parameter] : NULL;
    }
    if (in->epilogue.bias_update) {
        int parameter = step->program.values[in->bias_parameter].parameter;
        buffers.bias_w = c->spec->weights[parameter];
        buffers.bias_v = c->spec->velocities ? c->spec->velocities[parameter] : NULL;
    }
    return clonal__gemm_append(&step->list, &shape, &in->choice, &buffers, &in->epilogue);
}

static clonal_status launch_update(const compiler *c, const clonal__instruction *in)
{
    const clonal__value *w = &c->step->program.values[in->out];
    cl_mem weight = c->spec->weights[w->parameter];
    cl_mem velocity = c->spec->velocities ? c->spec->velocities[w->parameter] : weight;
    return clonal__op_update(&c->step->list, &c->spec->sgd, w->rows * w->columns,
                             buffer_of(c->step, c->spec, in->in[0]), weight, velocity);
}

static clonal_status launch(const compiler *c, const clonal__instruction *in)
{
    clonal__step *step = c->step;
    clonal__launch_list *list = &step->list;
    cl_mem in0 = buffer_of(step, c->spec, in->in[0]), in1 = buffer_of(step, c->spec, in->in[1]),
           out = buffer_of(step, c->spec, in->out);
    const clonal__value *shaped = &step->program.values[in->out != CLONAL__NO_VALUE ? in->out : in->in[0]];
    uint32_t rows = step->rows, columns = shaped->columns;
    switch (in->op) {
    case CLONAL__LOAD:
        return clonal__op_load(list, c->spec->source, rows, columns, out);
    case CLONAL__GEMM:
        return launch_gemm(c, in);
    case CLONAL__BIAS:
        return clonal__op_bias(list, rows, columns, in0, in1, out);
    case CLONAL__FUNCTION:
        return clonal__op_function(list, in->function, rows, columns, in0, out);
    case CLONAL__DERIVATIVE:
        return clonal__op_derivative(list, in->function, rows, columns, in0, in1, out);
    case CLONAL__MASK:
        return clonal__op_dropout(list, &in->mask, rows, columns, in0, out);
    case CLONAL__SUM:
        return clonal__op_add(list, rows, columns, in0, in1, out);
    case CLONAL__COLUMN_SUM:
        return clonal__op_column_sum(list, rows, columns, in0, out);
    case CLONAL__UPDATE:
        return launch_update(c, in);
    case CLONAL__LOSS: {
        bool gradient = in->out != CLONAL__NO_VALUE;
        cl_mem dz = gradient ? out : in0;
        return in->loss == CLONAL__CROSS_ENTROPY
                   ? clonal__op_cross_entropy(list, c->spec->source, rows, columns, in0, gradient, dz)
                   : clonal__op_squared_error(list, c->spec->source, rows, columns, in0, gradient, dz);
    }
    }
    return clonal__fail(CLONAL_E_INTERNAL, "an instruction has no launch");
}

static clonal_status make_slots(const compiler *c)
{
    clonal__step *step = c->step;
    CLONAL__TRY(clonal__plan_memory(&step->program, step->rows, &step->slot_bytes, &step->slot_count));
    CLONAL__TRY(clonal__calloc(step->slot_count, sizeof *step->slots, &step->slots));
    for (size_t i = 0; i < step->slot_count; i++)
        CLONAL__TRY(
            clonal__buffer_create(c->spec->context, CL_MEM_READ_WRITE, step->slot_bytes[i], NULL, &step->slots[i]));
    return CLONAL_OK;
}

static clonal_status compile(compiler *c, clonal__string *text)
{
    const clonal__step_spec *spec = c->spec;
    clonal__step *step = c->step;
    CLONAL__TRY(clonal__differentiate(spec->graph, spec->training, spec->seed, &step->program));
    CLONAL__TRY(
        clonal__plan_gemms(&step->program, spec->context, spec->rows, spec->gemm, spec->allow_inexact, &step->exact));
    if (text)
        CLONAL__TRY(
            clonal__program_print(&step->program, spec->rows, spec->training ? "differentiated" : "forward", text));
    if (spec->fuse) CLONAL__TRY(clonal__fuse(&step->program, spec->rows, &spec->sgd));
    CLONAL__TRY(make_slots(c));
    if (text)
        CLONAL__TRY(clonal__program_print(&step->program, spec->rows,
                                          spec->fuse ? "fused, with memory planned" : "memory planned", text));
    for (size_t i = 0; i < step->program.instruction_count; i++) {
        step->list.tag = (int)i;
        CLONAL__TRY(launch(c, &step->program.instructions[i]));
    }
    if (!text) return CLONAL_OK;
    size_t bytes = 0;
    for (size_t i = 0; i < step->slot_count; i++) bytes += step->slot_bytes[i];
    clonal__string_append(text, "buffers: %zu, %zu bytes; launches: %zu\n", step->slot_count, bytes, step->list.count);
    return text->status;
}

clonal_status clonal__step_create(const clonal__step_spec *spec, bool explain, clonal__step **out)
{
    *out = NULL;
    clonal__step *step;
    clonal__string text = {0};
    CLONAL__TRY(clonal__calloc(1, sizeof *step, &step));
    step->list.context = spec->context;
    step->rows = spec->rows;
    compiler c = {spec, step};
    clonal_status status = compile(&c, explain ? &text : NULL);
    step->passes = text.text;
    if (status == CLONAL_OK)
        *out = step;
    else
        clonal__step_destroy(step);
    return status;
}

void clonal__step_destroy(clonal__step *step)
{
    if (!step) return;
    clonal__list_clear(&step->list);
    for (size_t i = 0; step->slots && i < step->slot_count; i++) clonal__buffer_free(&step->slots[i]);
    clonal__free(step->slots);
    clonal__free(step->slot_bytes);
    clonal__free(step->passes);
    clonal__program_free(&step->program);
    clonal__free(step);
}

clonal_status clonal__step_run(const clonal__step *step, uint32_t number, uint32_t place)
{
    return clonal__list_run(&step->list, number, place);
}

static clonal_status observe(const clonal__step *step, const clonal__instruction *in, const cl_mem *weights,
                             clonal__observer observer, void *user)
{
    if (in->out == CLONAL__NO_VALUE) return observer(in, NULL, step->rows, NULL, user);
    const clonal__value *value = &step->program.values[in->out];
    uint32_t rows = clonal__value_rows(value, step->rows);
    size_t bytes = sizeof(float) * rows * value->columns;
    cl_mem buffer = value->parameter >= 0 ? weights[value->parameter] : step->slots[value->slot];
    float *values;
    CLONAL__TRY(clonal__calloc(1, bytes, &values));
    clonal_status status = clonal__buffer_read(step->list.context, buffer, 0, bytes, values);
    if (status == CLONAL_OK) status = observer(in, value, rows, values, user);
    clonal__free(values);
    return status;
}

clonal_status clonal__step_observe(const clonal__step *step, uint32_t number, uint32_t place, const cl_mem *weights,
                                   clonal__observer observer, void *user)
{
    size_t entry = 0;
    for (size_t i = 0; i < step->program.instruction_count; i++) {
        size_t first = entry;
        while (entry < step->list.count && step->list.entries[entry].tag == (int)i) entry++;
        CLONAL__TRY(clonal__list_run_part(&step->list, first, entry - first, number, place));
        CLONAL__TRY(observe(step, &step->program.instructions[i], weights, observer, user));
    }
    return CLONAL_OK;
}
