/* need.c: see need.h. */
#include "host/model/need.h"

#include "host/base/float_environment.h"
#include "host/model/model.h"
#include "host/runtime/room.h"
#include <stdio.h>

static void widen(uint64_t *largest, uint64_t bytes)
{
    if (bytes > *largest) *largest = bytes;
}

static void add_parameters(const clonal__program *shapes, const clonal_optimizer *optimizer, clonal_memory_need *need)
{
    const size_t states = clonal__optimizer_named(optimizer->name)->state_count(optimizer);
    for (size_t i = 0; i < shapes->parameter_count; i++) {
        const clonal__parameter *p = &shapes->parameters[i];
        const uint64_t bytes = sizeof(float) * (uint64_t)p->rows * p->columns;
        need->parameters += bytes;
        widen(&need->largest, bytes);
    }
    need->optimizer = states * need->parameters;
    need->host = need->parameters + need->optimizer;
}

clonal_status clonal__parameters_check(const clonal_context *context, const clonal__program *shapes,
                                       const clonal_optimizer *optimizer)
{
    clonal_memory_need need = {0};
    add_parameters(shapes, optimizer, &need);
    const clonal__need_part parts[] = {{"parameters", need.parameters, false},
                                       {"optimizer", need.optimizer, false},
                                       {"the initial values of the largest", need.largest, true}};
    return clonal__room_check(context, "the network", 3, parts, need.largest,
                              "give smaller layers, another device, or raise the limit");
}

/* A step for so many rows; none for 0. */
static clonal_status add_step(clonal_context *context, const clonal_graph *graph, const clonal_model_options *o,
                              clonal__mode mode, bool fuse, size_t rows, clonal_memory_need *need)
{
    clonal__step_spec spec = clonal__step_spec_of(context, graph, o);
    spec.mode = mode;
    spec.rows = (uint32_t)rows;
    spec.fuse = fuse;
    uint64_t bytes, largest;
    if (!rows) return CLONAL_OK;
    CLONAL__TRY(clonal__step_bytes(&spec, &bytes, &largest));
    need->activations += bytes;
    widen(&need->largest, largest);
    return CLONAL_OK;
}

/* The data's copy, and the steps over it: `rows` at a time, and the rest. */
static clonal_status add_data(clonal_context *context, const clonal_graph *graph, const clonal_model_options *o,
                              clonal__mode mode, const clonal_dataset *data, size_t rows, clonal_memory_need *need)
{
    const bool fuse = !o->no_fusion;
    uint64_t largest;
    if (!data) return CLONAL_OK;
    need->data += clonal__device_copy_bytes(data, &largest);
    widen(&need->largest, largest);
    if (data->count >= rows) CLONAL__TRY(add_step(context, graph, o, mode, fuse, rows, need));
    return add_step(context, graph, o, mode, fuse, data->count % rows, need);
}

clonal_status clonal_model_memory_need(clonal_context *context, const clonal_graph *graph,
                                       const clonal_model_options *options, const clonal_dataset *train,
                                       const clonal_dataset *test, clonal_memory_need *need)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(need);
    *need = (clonal_memory_need){0};
    CLONAL__NEEDS(context && graph);
    const clonal_model_options o = options ? *options : clonal_model_options_default();
    clonal__program shapes = {0};
    clonal_memory_need sum = {0};
    CLONAL__TRY(clonal__model_check(graph, &o));
    CLONAL__TRY(clonal__differentiate(graph, CLONAL__EVALUATION, o.seed, &shapes));
    add_parameters(&shapes, &o.optimizer, &sum);
    clonal__program_free(&shapes);
    CLONAL__TRY(add_data(context, graph, &o, CLONAL__TRAINING, train, o.batch, &sum));
    CLONAL__TRY(add_data(context, graph, &o, CLONAL__EVALUATION, test, clonal__evaluation_rows(graph, &o), &sum));
    sum.device = sum.parameters + sum.optimizer + sum.activations + sum.data;
    *need = sum;
    return CLONAL_OK;
}

clonal_status clonal__need_watch(clonal_context *context, const clonal_graph *graph,
                                 const clonal_model_options *options, clonal_memory_need *need)
{
    clonal_memory_need sum = *need;
    CLONAL__TRY(add_step(context, graph, options, CLONAL__GRADIENTS, false, options->batch, &sum));
    CLONAL__TRY(add_step(context, graph, options, CLONAL__PLAIN_GRADIENTS, false, options->batch, &sum));
    sum.device += sum.activations - need->activations;
    *need = sum;
    return CLONAL_OK;
}

clonal_status clonal__need_check(const clonal_context *context, const clonal_memory_need *need, uint32_t batch)
{
    char activations[80];
    snprintf(activations, sizeof activations, "activations and gradients of a batch of %u", (unsigned)batch);
    const clonal__need_part parts[] = {{"parameters", need->parameters, false},
                                       {"optimizer", need->optimizer, false},
                                       {activations, need->activations, false},
                                       {"data", need->data, false},
                                       {"a checkpoint's copy of the parameters", need->host, true}};
    return clonal__room_check(context, "training", 5, parts, need->largest,
                              "give a smaller batch (--batch) or smaller layers (--hidden), another device, or raise "
                              "the limit (ulimit -v)");
}
