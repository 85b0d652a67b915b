/* sample.c: stochastic forward passes (clonal/monte_carlo.h). */
#include "host/model/evaluate.h"
#include <clonal/monte_carlo.h>

#include "host/base/float_environment.h"
#include "host/model/pace.h"
#include <string.h>

/* Samples whose masks are of one step: a number of the contract's, and not of how evaluation is cut. */
enum { GROUP = 256 };

typedef struct pass {
    clonal_model *model;
    const clonal__device_copy *data;
    uint64_t seed;
    uint32_t number;
} pass;

/* Enqueues one group's forward pass; *step is the one that ran. */
static clonal_status run_group(const pass *p, size_t group, clonal__step **step)
{
    const size_t n = p->data->count, groups = (n + GROUP - 1) / GROUP, first = group * GROUP;
    const uint32_t rows = (uint32_t)(n - first < GROUP ? n - first : GROUP);
    CLONAL__TRY(clonal__model_sampled(p->model, p->data, p->seed, rows, step));
    return clonal__step_run(*step, (uint64_t)p->number * groups + group, (uint32_t)first);
}

/* The part of a group's outputs that lies in first .. first+count-1. room: (GROUP,C). */
static clonal_status take_group(const pass *p, size_t group, size_t first, size_t count, float *room, float *outputs)
{
    clonal__step *step;
    const size_t columns = clonal_model_outputs(p->model), start = group * GROUP;
    CLONAL__TRY(run_group(p, group, &step));
    CLONAL__TRY(clonal__model_outputs(p->model, step, room));
    const size_t from = first > start ? first : start, last = first + count, end = start + step->rows;
    const size_t to = last < end ? last : end;
    memcpy(outputs + (from - first) * columns, room + (from - start) * columns, (to - from) * columns * sizeof *room);
    return CLONAL_OK;
}

clonal_status clonal_model_predict_pass(clonal_model *model, const clonal_dataset *data, size_t first, size_t count,
                                        uint64_t seed, uint32_t number, float *outputs)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(model && data && outputs);
    CLONAL__TRY(clonal__range_check(data, first, count));
    pass p = {.model = model, .seed = seed, .number = number};
    clonal__device_copy *copy;
    float *room;
    CLONAL__TRY(clonal__model_data(model, data, false, &copy));
    CLONAL__TRY(clonal__calloc(GROUP, clonal_model_outputs(model) * sizeof *room, &room));
    p.data = copy;
    clonal_status status = CLONAL_OK;
    for (size_t group = first / GROUP; group * GROUP < first + count && status == CLONAL_OK; group++)
        status = take_group(&p, group, first, count, room, outputs);
    clonal__free(room);
    return status;
}

clonal_status clonal_model_evaluate_pass(clonal_model *model, const clonal_dataset *data, uint64_t seed,
                                         uint32_t number, double *loss, double *accuracy)
{
    CLONAL__FLOATS;
    if (accuracy) *accuracy = 0;
    if (loss) *loss = 0;
    CLONAL__NEEDS(model && data && loss);
    pass p = {.model = model, .seed = seed, .number = number};
    clonal__device_copy *copy;
    CLONAL__TRY(clonal__model_data(model, data, true, &copy));
    p.data = copy;
    clonal__pace pace = clonal__pace_begin();
    for (size_t group = 0; group * GROUP < copy->count; group++) {
        clonal__step *step;
        CLONAL__TRY(run_group(&p, group, &step));
        if (clonal__pace_step(&pace)) CLONAL__TRY(clonal__pace_wait(&pace, model->context));
    }
    return clonal__model_figures(model, copy, loss, accuracy);
}
