/* model.c: making and freeing a model. */
#include "host/model/model.h"
#include "host/model/need.h"

#include "host/base/float_environment.h"
#include "host/model/initial.h"

#include <string.h>

clonal_model_options clonal_model_options_default(void)
{
    return (clonal_model_options){
        .batch = 256, .optimizer = clonal_optimizer_default(), .schedule = clonal_schedule_default()};
}

static clonal_status check_options(const clonal_graph *graph, const clonal_model_options *options)
{
    if (options->batch == 0)
        return clonal__fail(CLONAL_E_ARGUMENT, "a batch of 0 samples trains nothing: give 1 or more");
    CLONAL__TRY(clonal__gemm_check(options->gemm));
    CLONAL__TRY(clonal__optimizer_check(&options->optimizer));
    CLONAL__TRY(clonal__schedule_check(&options->schedule));
    CLONAL__TRY(clonal__dropout_schedule_check(&options->dropout_schedule));
    CLONAL__TRY(clonal__initial_check(options->initial));
    for (size_t i = 0; i < graph->count; i++)
        if ((uint64_t)graph->nodes[i].columns * options->batch > CLONAL__MOST_ELEMENTS)
            return clonal__fail(CLONAL_E_SHAPE,
                                "node %zu (%s) has %u columns, too many for a batch of %u: their product may be %u; "
                                "give a smaller batch",
                                i, graph->nodes[i].operation->name, graph->nodes[i].columns, options->batch,
                                CLONAL__MOST_ELEMENTS);
    return CLONAL_OK;
}

clonal_status clonal__model_check(const clonal_graph *graph, const clonal_model_options *options)
{
    CLONAL__TRY(clonal__graph_check(graph));
    return check_options(graph, options);
}

/* A schedule of what is not there would be a mistake that nobody sees. */
static clonal_status check_masks(const clonal__program *program, const clonal_dropout_schedule *schedule)
{
    if (!clonal__dropout_varies(schedule)) return CLONAL_OK;
    for (size_t i = 0; i < program->instruction_count; i++)
        if (program->instructions[i].mask.p > 0) return CLONAL_OK;
    return clonal__fail(
        CLONAL_E_ARGUMENT,
        "the dropout schedule \"%s\" has nothing to do: no node of the network drops with a probability "
        "above 0; give one, or the constant schedule",
        schedule->name);
}

/* Plans every product of the full training step: whether they keep the contract is known from the start. */
static clonal_status plan_ahead(clonal_model *model)
{
    clonal__program program = {0};
    const clonal_model_options *o = &model->options;
    bool exact = false;
    CLONAL__TRY(
        clonal__differentiate(model->graph, CLONAL__TRAINING, clonal__seed_of(o->seed, &o->dropout_seed), &program));
    clonal_status status = check_masks(&program, &o->dropout_schedule);
    if (status == CLONAL_OK) status = clonal__find_sparse(&program, NULL);
    if (status == CLONAL_OK)
        status = clonal__plan_gemms(&program, model->context, o->batch, o->gemm, o->allow_inexact, &exact);
    clonal__program_free(&program);
    model->exact = exact && model->context->probe.contract;
    return status;
}

static clonal_status fill(clonal_model *model, const clonal_graph *graph)
{
    clonal_model_options *o = &model->options;
    o->optimizer.name = clonal__optimizer_named(o->optimizer.name)->name;
    o->schedule.name = clonal__schedule_named(o->schedule.name)->name;
    o->dropout_schedule.name = clonal__dropout_schedule_named(o->dropout_schedule.name)->name;
    o->initial = clonal__initial_name(clonal__initial_named(o->initial));
    CLONAL__TRY(clonal__graph_copy(graph, &model->graph));
    CLONAL__TRY(clonal__differentiate(model->graph, CLONAL__EVALUATION, 0, &model->shapes));
    CLONAL__TRY(clonal__parameters_check(model->context, &model->shapes, &o->optimizer));
    CLONAL__TRY(plan_ahead(model));
    return clonal__model_make_parameters(model);
}

clonal_status clonal_model_create(clonal_context *context, const clonal_graph *graph,
                                  const clonal_model_options *options, clonal_model **out)
{
    CLONAL__FLOATS;
    if (!out) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_model_create: model is NULL");
    *out = NULL;
    if (!context || !graph)
        return clonal__fail(CLONAL_E_ARGUMENT, "clonal_model_create: the context or the graph is NULL");
    const clonal_model_options chosen = options ? *options : clonal_model_options_default();
    CLONAL__TRY(clonal__model_check(graph, &chosen));
    clonal_model *model;
    CLONAL__TRY(clonal__calloc(1, sizeof *model, &model));
    model->context = context;
    model->options = chosen;
    const clonal_status status = fill(model, graph);
    if (status == CLONAL_OK)
        *out = model;
    else
        clonal_model_destroy(model);
    return status;
}

void clonal_model_destroy(clonal_model *model)
{
    if (!model) return;
    clonal__model_forget(model, NULL);
    clonal__free(model->compiled);
    clonal__model_data_free(model);
    clonal__model_free_parameters(model);
    clonal__program_free(&model->shapes);
    clonal_graph_destroy(model->graph);
    clonal__free(model);
}

bool clonal_model_is_exact(const clonal_model *model)
{
    return model && model->exact;
}

uint64_t clonal_model_step(const clonal_model *model)
{
    return model ? model->step : 0;
}

double clonal_model_learning_rate(const clonal_model *model, uint64_t step)
{
    CLONAL__FLOATS;
    if (!model) return 0;
    const clonal_model_options *o = &model->options;
    return (double)o->optimizer.learning_rate * clonal__schedule_factor(&o->schedule, step);
}

uint32_t clonal_model_outputs(const clonal_model *model)
{
    return model ? clonal__graph_loss(model->graph)->columns : 0;
}
