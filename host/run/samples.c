/* samples.c: the samples of a data set that a run uses, as its settings choose them. */
#include "host/run/run.h"

/* *data becomes its first `most` samples; 0, or more than it has: it stays whole. */
static clonal_status shorten(uint32_t most, clonal_dataset **data)
{
    clonal_dataset *first;
    if (most == 0 || most >= (*data)->count) return CLONAL_OK;
    CLONAL__TRY(clonal_dataset_select(*data, most, NULL, &first));
    clonal_dataset_destroy(*data);
    *data = first;
    return CLONAL_OK;
}

clonal_status clonal__run_samples(const clonal_run_settings *s, clonal_dataset **train, clonal_dataset **validation)
{
    clonal_dataset *rest, *held;
    if (s->limit > (*train)->count)
        return clonal__fail(CLONAL_E_ARGUMENT, "a limit of %u samples is more than the training data have, %zu",
                            s->limit, (*train)->count);
    CLONAL__TRY(shorten(s->limit, train));
    if (validation) CLONAL__TRY(shorten(s->limit, validation));
    if (s->validate == 0) return CLONAL_OK;
    CLONAL__TRY(clonal_dataset_hold_out(*train, s->validate, s->model.seed, &rest, &held));
    clonal_dataset_destroy(*train);
    *train = rest;
    if (validation) {
        clonal_dataset_destroy(*validation);
        *validation = held;
    } else {
        clonal_dataset_destroy(held);
    }
    return CLONAL_OK;
}
