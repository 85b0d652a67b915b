/* samples.c: the samples of a data set that a run uses, as its settings choose them. */
#include "host/run/samples.h"

/* *first: the first `most` samples; NULL where that is all of them (0, or more than there are). */
static clonal_status shorten(uint32_t most, const clonal_dataset *data, clonal_dataset **first)
{
    *first = NULL;
    return most == 0 || most >= data->count ? CLONAL_OK : clonal_dataset_select(data, most, NULL, first);
}

/* With `validate`: *train parted in two, which take the places of both. */
static clonal_status hold_out(const clonal_run_settings *s, const clonal_dataset *whole, clonal_dataset **train,
                              clonal_dataset **validation)
{
    clonal_dataset *rest, *held;
    CLONAL__TRY(clonal_dataset_hold_out(*train ? *train : whole, s->validate, s->model.seed, &rest, &held));
    clonal_dataset_destroy(*train);
    *train = rest;
    if (validation)
        *validation = held;
    else
        clonal_dataset_destroy(held);
    return CLONAL_OK;
}

clonal_status clonal__run_cut(const clonal_run_settings *s, const clonal_dataset *train, const clonal_dataset *test,
                              clonal_dataset **train_cut, clonal_dataset **validation_cut)
{
    *train_cut = NULL;
    if (validation_cut) *validation_cut = NULL;
    if (s->limit > train->count)
        return clonal__fail(CLONAL_E_ARGUMENT, "a limit of %u samples is more than the training data have, %zu",
                            s->limit, train->count);
    clonal_status status = shorten(s->limit, train, train_cut);
    if (status == CLONAL_OK && s->validate != 0)
        status = hold_out(s, train, train_cut, validation_cut);
    else if (status == CLONAL_OK && validation_cut)
        status = shorten(s->limit, test, validation_cut);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal_dataset_destroy(*train_cut);
    *train_cut = NULL;
    return status;
}

/* Puts what was cut in the place of the whole. */
static void replace(clonal_dataset **data, clonal_dataset *cut)
{
    if (!cut) return;
    clonal_dataset_destroy(*data);
    *data = cut;
}

clonal_status clonal__run_samples(const clonal_run_settings *s, clonal_dataset **train, clonal_dataset **validation)
{
    clonal_dataset *train_cut, *validation_cut = NULL;
    CLONAL__TRY(
        clonal__run_cut(s, *train, validation ? *validation : NULL, &train_cut, validation ? &validation_cut : NULL));
    replace(train, train_cut);
    if (validation) replace(validation, validation_cut);
    return CLONAL_OK;
}
