/* model.c: making and freeing a model, its parameters, and the steps it compiles. */
#include "host/model/model.h"

#include "host/optim/optimizer.h"

#include <math.h>
#include <string.h>

const clonal__node *clonal__model_loss(const clonal_model *model)
{
    return &model->graph->nodes[model->graph->count - 1];
}

clonal_model_options clonal_model_options_default(void)
{
    return (clonal_model_options){
        .batch = 256, .optimizer = clonal_optimizer_default(), .schedule = clonal_schedule_default()};
}

static clonal_status check_options(const clonal_graph *graph, const clonal_model_options *options)
{
    if (options->batch == 0)
        return clonal__fail(CLONAL_E_ARGUMENT, "a batch of 0 samples trains nothing: give 1 or more");
    CLONAL__TRY(clonal__optimizer_check(&options->optimizer));
    CLONAL__TRY(clonal__schedule_check(&options->schedule));
    for (size_t i = 0; i < graph->count; i++)
        if ((uint64_t)graph->nodes[i].columns * options->batch > CLONAL__MOST_ELEMENTS)
            return clonal__fail(
                CLONAL_E_SHAPE, "node %zu (%s) has %u columns, too many for a batch of %u: their product may be 2^30",
                i, clonal__operations[graph->nodes[i].operation].name, graph->nodes[i].columns, options->batch);
    return CLONAL_OK;
}

static clonal_status make_parameters(clonal_model *model)
{
    const clonal__program_ir *shapes = &model->shapes;
    CLONAL__TRY(clonal__calloc(shapes->parameter_count, sizeof(cl_mem), &model->weights));
    if (model->options.optimizer.momentum != 0)
        CLONAL__TRY(clonal__calloc(shapes->parameter_count, sizeof(cl_mem), &model->velocities));
    for (size_t i = 0; i < shapes->parameter_count; i++) {
        const clonal__parameter *parameter = &shapes->parameters[i];
        size_t bytes = sizeof(float) * parameter->rows * parameter->columns;
        float *values;
        uint32_t inputs = model->graph->nodes[model->graph->nodes[parameter->node].inputs[0]].columns;
        CLONAL__TRY(clonal__buffer_create(model->context, CL_MEM_READ_WRITE, bytes, NULL, &model->weights[i]));
        if (model->velocities) {
            CLONAL__TRY(clonal__buffer_create(model->context, CL_MEM_READ_WRITE, bytes, NULL, &model->velocities[i]));
            CLONAL__TRY(clonal__buffer_zero(model->context, model->velocities[i], bytes));
        }
        CLONAL__TRY(clonal__calloc(1, bytes, &values));
        clonal__initial_values(model->options.seed, parameter, inputs, values);
        clonal_status status = clonal__buffer_write(model->context, model->weights[i], 0, bytes, values);
        clonal__free(values);
        CLONAL__TRY(status);
    }
    return CLONAL_OK;
}

/* Plans every product of the full training step: whether they keep the contract is known from the start. */
static clonal_status plan_ahead(clonal_model *model)
{
    clonal__program_ir program = {0};
    const clonal_model_options *o = &model->options;
    bool exact = false;
    CLONAL__TRY(clonal__differentiate(model->graph, true, o->seed, &program));
    clonal_status status = clonal__plan_gemms(&program, model->context, o->batch, o->gemm, o->allow_inexact, &exact);
    clonal__program_free(&program);
    model->exact = exact && model->context->probe.contract;
    return status;
}

clonal_status clonal_model_create(clonal_context *context, const clonal_graph *graph,
                                  const clonal_model_options *options, clonal_model **out)
{
    if (!out) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_model_create: model is NULL");
    *out = NULL;
    if (!context || !graph)
        return clonal__fail(CLONAL_E_ARGUMENT, "clonal_model_create: the context or the graph is NULL");
    clonal_model_options chosen = options ? *options : clonal_model_options_default();
    clonal_node input, loss;
    CLONAL__TRY(clonal__graph_check(graph, &input, &loss));
    CLONAL__TRY(check_options(graph, &chosen));
    clonal_model *model;
    CLONAL__TRY(clonal__calloc(1, sizeof *model, &model));
    model->context = context;
    model->options = chosen;
    clonal_status status = clonal__graph_copy(graph, &model->graph);
    if (status == CLONAL_OK) status = clonal__differentiate(model->graph, false, chosen.seed, &model->shapes);
    if (status == CLONAL_OK) status = plan_ahead(model);
    if (status == CLONAL_OK) status = make_parameters(model);
    if (status == CLONAL_OK)
        *out = model;
    else
        clonal_model_destroy(model);
    return status;
}

void clonal_model_destroy(clonal_model *model)
{
    if (!model) return;
    for (size_t i = 0; i < model->compiled_count; i++) clonal__step_destroy(model->compiled[i].step);
    clonal__free(model->compiled);
    clonal__residents_free(model);
    for (size_t i = 0; i < model->shapes.parameter_count; i++) {
        if (model->weights) clonal__buffer_free(&model->weights[i]);
        if (model->velocities) clonal__buffer_free(&model->velocities[i]);
    }
    clonal__free(model->weights);
    clonal__free(model->velocities);
    clonal__program_free(&model->shapes);
    clonal_graph_destroy(model->graph);
    clonal__free(model);
}

bool clonal_model_is_exact(const clonal_model *model)
{
    return model->exact;
}
uint64_t clonal_model_step(const clonal_model *model)
{
    return model->step;
}
uint32_t clonal_model_outputs(const clonal_model *model)
{
    return clonal__model_loss(model)->columns;
}
size_t clonal_model_parameter_count(const clonal_model *model)
{
    return model->shapes.parameter_count;
}

const char *clonal_model_parameter(const clonal_model *model, size_t index, uint32_t *rows, uint32_t *columns)
{
    if (index >= model->shapes.parameter_count) return NULL;
    const clonal__parameter *parameter = &model->shapes.parameters[index];
    if (rows) *rows = parameter->rows;
    if (columns) *columns = parameter->columns;
    return parameter->name;
}

static clonal_status transfer(const clonal_model *model, cl_mem *buffers, size_t index, float *read, const float *write)
{
    if (index >= model->shapes.parameter_count)
        return clonal__fail(CLONAL_E_ARGUMENT, "there is no parameter %zu: the model has %zu", index,
                            model->shapes.parameter_count);
    if (!buffers) return clonal__fail(CLONAL_E_ARGUMENT, "the model has no momentum");
    const clonal__parameter *parameter = &model->shapes.parameters[index];
    size_t bytes = sizeof(float) * parameter->rows * parameter->columns;
    return read ? clonal__buffer_read(model->context, buffers[index], 0, bytes, read)
                : clonal__buffer_write(model->context, buffers[index], 0, bytes, write);
}

clonal_status clonal_model_read_parameter(const clonal_model *model, size_t index, float *values)
{
    return transfer(model, model->weights, index, values, NULL);
}

clonal_status clonal_model_write_parameter(clonal_model *model, size_t index, const float *values)
{
    return transfer(model, model->weights, index, NULL, values);
}

clonal_status clonal__model_read_velocity(const clonal_model *model, size_t index, float *values)
{
    return transfer(model, model->velocities, index, values, NULL);
}

clonal_status clonal__model_write_velocity(clonal_model *model, size_t index, const float *values)
{
    return transfer(model, model->velocities, index, NULL, values);
}

static clonal__step_spec spec_of(const clonal_model *model, const clonal__source *source, bool training, bool fused,
                                 uint32_t rows)
{
    const clonal_model_options *o = &model->options;
    return (clonal__step_spec){.context = model->context,
                               .graph = model->graph,
                               .training = training,
                               .seed = o->seed,
                               .rows = rows,
                               .sgd = {o->optimizer.learning_rate, o->optimizer.momentum, o->optimizer.weight_decay},
                               .gemm = o->gemm,
                               .allow_inexact = o->allow_inexact,
                               .fuse = fused,
                               .source = source,
                               .weights = model->weights,
                               .velocities = model->velocities};
}

static clonal_status compiled_step(clonal_model *model, const clonal__resident *resident, bool training, bool fused,
                                   uint32_t rows, clonal__step **step)
{
    for (size_t i = 0; i < model->compiled_count; i++) {
        const clonal__compiled *c = &model->compiled[i];
        if (c->resident == resident && c->training == training && c->fused == fused && c->rows == rows) {
            *step = c->step;
            return CLONAL_OK;
        }
    }
    clonal__source source = resident->source;
    source.shuffled = training;
    clonal__step_spec spec = spec_of(model, &source, training, fused, rows);
    CLONAL__TRY(clonal__grow(&model->compiled, model->compiled_count + 1, sizeof *model->compiled));
    CLONAL__TRY(clonal__step_create(&spec, false, step));
    model->exact = model->exact && (*step)->exact;
    model->compiled[model->compiled_count++] = (clonal__compiled){resident, training, fused, rows, *step};
    return CLONAL_OK;
}

clonal_status clonal__model_step(clonal_model *model, const clonal__resident *resident, bool training, uint32_t rows,
                                 clonal__step **step)
{
    return compiled_step(model, resident, training, !model->options.no_fusion, rows, step);
}

clonal_status clonal__model_plain_step(clonal_model *model, const clonal__resident *resident, uint32_t rows,
                                       clonal__step **step)
{
    return compiled_step(model, resident, true, false, rows, step);
}

clonal_status clonal_model_explain(const clonal_model *model, char **text)
{
    *text = NULL;
    uint32_t none = 0;
    cl_mem buffer = NULL;
    clonal__step *step = NULL;
    CLONAL__TRY(clonal__buffer_create(model->context, CL_MEM_READ_WRITE, sizeof none, &none, &buffer));
    const clonal__source source = {buffer, false, buffer, buffer, false, buffer, true, buffer, buffer};
    clonal__step_spec spec = spec_of(model, &source, true, !model->options.no_fusion, model->options.batch);
    clonal_status status = clonal__step_create(&spec, true, &step);
    if (status == CLONAL_OK) {
        *text = step->passes;
        step->passes = NULL;
    }
    clonal__step_destroy(step);
    clonal__buffer_free(&buffer);
    return status;
}
