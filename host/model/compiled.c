/* compiled.c: the steps that a model compiles, each at its first use. */
#include "host/model/model.h"

#include "host/base/float_environment.h"

clonal__step_spec clonal__step_spec_of(clonal_context *context, const clonal_graph *graph,
                                       const clonal_model_options *o)
{
    return (clonal__step_spec){.context = context,
                               .graph = graph,
                               .seed = clonal__seed_of(o->seed, &o->dropout_seed),
                               .optimizer = &o->optimizer,
                               .schedule = &o->schedule,
                               .dropout_schedule = &o->dropout_schedule,
                               .gemm = o->gemm,
                               .allow_inexact = o->allow_inexact,
                               .fuse = !o->no_fusion};
}

clonal__feed clonal__feed_of_one(cl_mem buffer)
{
    return (clonal__feed){
        .samples = buffer, .labels = buffer, .targets = buffer, .order = buffer, .row_loss = buffer, .correct = buffer};
}

static clonal__step_spec spec_of(const clonal_model *model, const clonal__feed *feed, clonal__mode mode, uint64_t seed,
                                 bool fused, uint32_t rows)
{
    clonal__step_spec spec = clonal__step_spec_of(model->context, model->graph, &model->options);
    spec.mode = mode;
    spec.seed = seed;
    spec.rows = rows;
    spec.fuse = fused;
    spec.feed = feed;
    spec.parameters = model->parameters;
    for (size_t i = 0; i < CLONAL__MOST_STATES; i++) spec.states[i] = model->states[i];
    return spec;
}

static clonal_status compiled_step(clonal_model *model, const clonal__device_copy *data, clonal__mode mode,
                                   uint64_t seed, bool fused, uint32_t rows, clonal__step **step)
{
    for (size_t i = 0; i < model->compiled_count; i++) {
        const clonal__compiled *c = &model->compiled[i];
        if (c->data == data && c->mode == mode && c->seed == seed && c->fused == fused && c->rows == rows) {
            *step = c->step;
            return CLONAL_OK;
        }
    }
    clonal__feed feed = data->feed;
    feed.shuffled = clonal__mode_trains(mode);
    const clonal__step_spec spec = spec_of(model, &feed, mode, seed, fused, rows);
    CLONAL__TRY(clonal__grow(&model->compiled, model->compiled_count + 1, sizeof *model->compiled));
    CLONAL__TRY(clonal__step_create(&spec, false, step));
    model->exact = model->exact && (*step)->exact;
    model->compiled[model->compiled_count++] = (clonal__compiled){data, mode, seed, fused, rows, *step};
    return CLONAL_OK;
}

/* Of the masks in training. */
static uint64_t mask_seed(const clonal_model *model)
{
    return clonal__seed_of(model->options.seed, &model->options.dropout_seed);
}

clonal_status clonal__model_compiled(clonal_model *model, const clonal__device_copy *data, bool training, uint32_t rows,
                                     clonal__step **step)
{
    const clonal__mode mode = training ? CLONAL__TRAINING : CLONAL__EVALUATION;
    return compiled_step(model, data, mode, mask_seed(model), !model->options.no_fusion, rows, step);
}

clonal_status clonal__model_sampled(clonal_model *model, const clonal__device_copy *data, uint64_t seed, uint32_t rows,
                                    clonal__step **step)
{
    return compiled_step(model, data, CLONAL__SAMPLING, seed, !model->options.no_fusion, rows, step);
}

clonal_status clonal__model_unfused(clonal_model *model, const clonal__device_copy *data, uint32_t rows,
                                    clonal__step **step)
{
    return compiled_step(model, data, CLONAL__TRAINING, mask_seed(model), false, rows, step);
}

clonal_status clonal__model_watched(clonal_model *model, const clonal__device_copy *data, bool dropout, uint32_t rows,
                                    clonal__step **step)
{
    const clonal__mode mode = dropout ? CLONAL__GRADIENTS : CLONAL__PLAIN_GRADIENTS;
    return compiled_step(model, data, mode, mask_seed(model), false, rows, step);
}

void clonal__model_forget(clonal_model *model, const clonal__device_copy *data)
{
    size_t kept = 0;
    for (size_t i = 0; i < model->compiled_count; i++) {
        if (data && model->compiled[i].data != data)
            model->compiled[kept++] = model->compiled[i];
        else
            clonal__step_destroy(model->compiled[i].step);
    }
    model->compiled_count = kept;
}

clonal_status clonal_model_explain(const clonal_model *model, char **text)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(text);
    *text = NULL;
    CLONAL__NEEDS(model);
    uint32_t none = 0;
    cl_mem buffer = NULL;
    clonal__step *step = NULL;
    CLONAL__TRY(clonal__buffer_create(model->context, CL_MEM_READ_WRITE, sizeof none, &none, &buffer));
    clonal__feed feed = clonal__feed_of_one(buffer);
    feed.shuffled = true;
    const clonal__step_spec spec =
        spec_of(model, &feed, CLONAL__TRAINING, mask_seed(model), !model->options.no_fusion, model->options.batch);
    const clonal_status status = clonal__step_create(&spec, true, &step);
    if (status == CLONAL_OK) {
        *text = step->passes;
        step->passes = NULL;
    }
    clonal__step_destroy(step);
    clonal__buffer_free(&buffer);
    return status;
}
