/* prepare.c: all that an epoch would otherwise do once at its first steps, done before it. */
#include "host/model/prepare.h"

#include "host/base/memory.h"

/* Of all parameters. */
static size_t sum_elements(const clonal_model *model)
{
    size_t sum = 0;
    for (size_t p = 0; p < model->shapes.parameter_count; p++) sum += clonal__model_elements(model, p);
    return sum;
}

/* Copies a buffer to the host, or from it. */
typedef clonal_status (*transfer)(clonal_context *context, cl_mem buffer, size_t bytes, float *values);

static clonal_status take(clonal_context *context, cl_mem buffer, size_t bytes, float *values)
{
    return clonal__buffer_read(context, buffer, 0, bytes, values);
}

static clonal_status give_back(clonal_context *context, cl_mem buffer, size_t bytes, float *values)
{
    return clonal__buffer_write(context, buffer, 0, bytes, values);
}

static clonal_status transfer_all(const clonal_model *model, transfer one, float *values)
{
    for (size_t s = 0; s <= model->state_count; s++) {
        const cl_mem *buffers = s ? model->states[s - 1] : model->parameters;
        for (size_t p = 0; p < model->shapes.parameter_count; p++) {
            const size_t elements = clonal__model_elements(model, p);
            CLONAL__TRY(one(model->context, buffers[p], elements * sizeof *values, values));
            values += elements;
        }
    }
    return CLONAL_OK;
}

/* Whether a step of so many rows is over in no time: then the first touch of its buffers is not left to the epoch. */
static bool is_short(const clonal_model *model, uint32_t rows)
{
    const uint64_t few = UINT64_C(1) << 28; /* multiplications, about, of a pass forward */
    return (uint64_t)sum_elements(model) * rows <= few;
}

/* Launches training steps, or a little of them, and puts back what that changed. `short_step` may be NULL. */
static clonal_status rehearse(const clonal_model *model, const clonal__step *step, const clonal__step *short_step)
{
    float *values;
    const size_t changed = sum_elements(model) * (1 + model->state_count); /* parameters, and as much for each state */
    CLONAL__TRY(clonal__calloc(changed, sizeof *values, &values));
    clonal_status status = transfer_all(model, take, values);
    if (status == CLONAL_OK) {
        const bool whole = is_short(model, step->rows);
        status = clonal__step_rehearse(step, model->step, whole);
        if (status == CLONAL_OK && short_step) status = clonal__step_rehearse(short_step, model->step, whole);
        const clonal_status back = transfer_all(model, give_back, values); /* waits for the steps */
        if (status == CLONAL_OK) status = back;
    }
    clonal__free(values);
    return status;
}

/* A training step, as the epoch will run it: looked at by a hook, no step is fused. */
static clonal_status training_step(clonal_model *model, const clonal__device_copy *data, uint32_t rows,
                                   clonal__step **step)
{
    return model->hook.train ? clonal__model_unfused(model, data, rows, step)
                             : clonal__model_compiled(model, data, true, rows, step);
}

static clonal_status prepare_training(clonal_model *model, const clonal__device_copy *data)
{
    const uint32_t batch = model->options.batch, left = (uint32_t)(data->count % batch);
    clonal__step *step, *short_step = NULL;
    CLONAL__TRY(training_step(model, data, batch, &step));
    if (left) CLONAL__TRY(training_step(model, data, left, &short_step));
    CLONAL__TRY_SPAN(model->context, rehearse(model, step, short_step), "rehearse training steps");
    return CLONAL_OK;
}

static clonal_status prepare_evaluation(clonal_model *model, const clonal__device_copy *data)
{
    const uint32_t rows = clonal__evaluation_rows(model->graph, &model->options);
    const uint32_t each[] = {data->count < rows ? 0 : rows, (uint32_t)(data->count % rows)};
    for (size_t i = 0; i < 2; i++) {
        clonal__step *step;
        if (!each[i]) continue;
        CLONAL__TRY(clonal__model_compiled(model, data, false, each[i], &step));
        CLONAL__TRY_SPAN(model->context, clonal__step_rehearse(step, 0, is_short(model, each[i])),
                         "rehearse the evaluation");
    }
    return CLONAL_OK;
}

static clonal_status prepare_watching(clonal_model *model, const clonal__device_copy *data)
{
    clonal__step *step;
    CLONAL__TRY(clonal__model_watched(model, data, true, model->options.batch, &step));
    return clonal__model_watched(model, data, false, model->options.batch, &step);
}

clonal_status clonal__model_prepare(clonal_model *model, const clonal_dataset *train, const clonal_dataset *validation,
                                    bool watched)
{
    clonal__device_copy *data, *held_out;
    CLONAL__TRY(clonal__model_check_batch(model, train));
    CLONAL__TRY(clonal__model_data(model, train, true, &data));
    CLONAL__TRY(clonal__model_data(model, validation, true, &held_out));
    CLONAL__TRY(prepare_training(model, data));
    CLONAL__TRY(prepare_evaluation(model, held_out));
    if (watched) CLONAL__TRY(prepare_watching(model, data));
    return clonal_context_finish(model->context);
}
