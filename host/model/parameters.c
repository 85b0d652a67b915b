/* parameters.c: parameters and the optimizer's states on the device, to and from host memory. */
#include "host/model/model.h"

#include "host/base/float_environment.h"
#include "host/model/initial.h"

static const clonal__optimizer *optimizer_of(const clonal_model *model)
{
    return clonal__optimizer_named(model->options.optimizer.name);
}

size_t clonal__model_elements(const clonal_model *model, size_t parameter)
{
    const clonal__parameter *p = &model->shapes.parameters[parameter];
    return (size_t)p->rows * p->columns;
}

static clonal_status make_states(clonal_model *model)
{
    const size_t count = model->shapes.parameter_count;
    model->state_count = optimizer_of(model)->state_count(&model->options.optimizer);
    for (size_t k = 0; k < model->state_count; k++) {
        CLONAL__TRY(clonal__calloc(count, sizeof(cl_mem), &model->states[k]));
        for (size_t i = 0; i < count; i++) {
            const size_t bytes = sizeof(float) * clonal__model_elements(model, i);
            CLONAL__TRY(clonal__buffer_create(model->context, CL_MEM_READ_WRITE, bytes, NULL, &model->states[k][i]));
            CLONAL__TRY(clonal__buffer_zero(model->context, model->states[k][i], bytes));
        }
    }
    return CLONAL_OK;
}

clonal_status clonal__model_make_parameters(clonal_model *model)
{
    const size_t count = model->shapes.parameter_count;
    const clonal__initial_rule *rule = clonal__initial_named(model->options.initial);
    const uint64_t seed = clonal__seed_of(model->options.seed, &model->options.initial_seed);
    CLONAL__TRY(clonal__calloc(count, sizeof(cl_mem), &model->parameters));
    for (size_t i = 0; i < count; i++) {
        const size_t bytes = sizeof(float) * clonal__model_elements(model, i);
        float *values;
        CLONAL__TRY(clonal__buffer_create(model->context, CL_MEM_READ_WRITE, bytes, NULL, &model->parameters[i]));
        CLONAL__TRY(clonal__calloc(1, bytes, &values));
        clonal__initial_values(rule, seed, &model->shapes.parameters[i], values);
        const clonal_status status = clonal__buffer_write(model->context, model->parameters[i], 0, bytes, values);
        clonal__free(values);
        CLONAL__TRY(status);
    }
    return make_states(model);
}

static void free_buffers(cl_mem *buffers, size_t count)
{
    for (size_t i = 0; buffers && i < count; i++) clonal__buffer_free(&buffers[i]);
    clonal__free(buffers);
}

void clonal__model_free_parameters(clonal_model *model)
{
    free_buffers(model->parameters, model->shapes.parameter_count);
    for (size_t k = 0; k < CLONAL__MOST_STATES; k++) free_buffers(model->states[k], model->shapes.parameter_count);
}

size_t clonal_model_parameter_count(const clonal_model *model)
{
    return model ? model->shapes.parameter_count : 0;
}

const char *clonal_model_parameter(const clonal_model *model, size_t index, uint32_t *rows, uint32_t *columns)
{
    if (!model || index >= model->shapes.parameter_count) return NULL;
    const clonal__parameter *parameter = &model->shapes.parameters[index];
    if (rows) *rows = parameter->rows;
    if (columns) *columns = parameter->columns;
    return parameter->name;
}

/* Either reads or writes; the other is NULL. */
static clonal_status transfer(const clonal_model *model, cl_mem *buffers, size_t index, float *read, const float *write)
{
    if (index >= model->shapes.parameter_count)
        return clonal__fail(CLONAL_E_ARGUMENT, "there is no parameter %zu: the model has %zu", index,
                            model->shapes.parameter_count);
    const size_t bytes = sizeof(float) * clonal__model_elements(model, index);
    return read ? clonal__buffer_read(model->context, buffers[index], 0, bytes, read)
                : clonal__buffer_write(model->context, buffers[index], 0, bytes, write);
}

clonal_status clonal_model_read_parameter(const clonal_model *model, size_t index, float *values)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(model && values);
    return transfer(model, model->parameters, index, values, NULL);
}

clonal_status clonal_model_write_parameter(clonal_model *model, size_t index, const float *values)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(model && values);
    return transfer(model, model->parameters, index, NULL, values);
}

size_t clonal__model_state_count(const clonal_model *model)
{
    return model->state_count;
}

const clonal__state *clonal__model_state(const clonal_model *model, size_t state)
{
    return &optimizer_of(model)->states[state];
}

static clonal_status check_state(const clonal_model *model, size_t state)
{
    if (state < model->state_count) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT, "there is no state %zu: the optimizer %s keeps %zu", state,
                        model->options.optimizer.name, model->state_count);
}

clonal_status clonal__model_read_state(const clonal_model *model, size_t state, size_t parameter, float *values)
{
    CLONAL__TRY(check_state(model, state));
    return transfer(model, model->states[state], parameter, values, NULL);
}

clonal_status clonal__model_write_state(clonal_model *model, size_t state, size_t parameter, const float *values)
{
    CLONAL__TRY(check_state(model, state));
    return transfer(model, model->states[state], parameter, NULL, values);
}
