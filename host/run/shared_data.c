/* shared_data.c: data that several runs share: see samples.h. */
#include "host/run/samples.h"

#include <string.h>

void clonal__splits_close(clonal__splits *splits)
{
    clonal_dataset_destroy(splits->train);
    clonal_dataset_destroy(splits->test);
    memset(splits, 0, sizeof *splits);
}

uint32_t clonal__splits_outputs(const clonal__splits *s)
{
    const uint32_t train = clonal_dataset_outputs(s->train), test = clonal_dataset_outputs(s->test);
    return train > test ? train : test;
}

static clonal_status open_both(const char *data, clonal__splits *s)
{
    CLONAL__TRY(clonal_dataset_open(data, CLONAL_SPLIT_TRAIN, &s->train));
    CLONAL__TRY(clonal_dataset_open(data, CLONAL_SPLIT_TEST, &s->test));
    CLONAL__TRY(clonal_dataset_digest(s->train, s->train_digest));
    CLONAL__TRY(clonal_dataset_digest(s->test, s->test_digest));
    s->outputs = clonal__splits_outputs(s);
    return CLONAL_OK;
}

clonal_status clonal__splits_open(const char *data, clonal__splits *splits)
{
    memset(splits, 0, sizeof *splits);
    const clonal_status status = open_both(data, splits);
    if (status != CLONAL_OK) clonal__splits_close(splits);
    return status;
}

void clonal__run_data_free(clonal__run_data *data)
{
    clonal__device_copy_destroy(data->train_copy);
    clonal__device_copy_destroy(data->validation_copy);
    clonal_dataset_destroy(data->train_cut);
    clonal_dataset_destroy(data->validation_cut);
    memset(data, 0, sizeof *data);
}

clonal_status clonal__run_data_take(clonal__run_data *d, const clonal__splits *splits, const clonal_run_settings *s)
{
    const uint64_t seed = s->validate != 0 ? s->model.seed : 0;
    if (d->train && d->splits == splits && d->limit == s->limit && d->validate == s->validate && d->seed == seed)
        return CLONAL_OK;
    clonal__run_data_free(d);
    CLONAL__TRY(clonal__run_cut(s, splits->train, splits->test, &d->train_cut, &d->validation_cut));
    d->splits = splits;
    d->limit = s->limit;
    d->validate = s->validate;
    d->seed = seed;
    d->train = d->train_cut ? d->train_cut : splits->train;
    d->validation = d->validation_cut ? d->validation_cut : splits->test;
    return CLONAL_OK;
}

clonal_status clonal__run_data_copy(clonal__run_data *d, clonal_context *context)
{
    if (d->context == context && d->train_copy && d->validation_copy) return CLONAL_OK;
    clonal__device_copy_destroy(d->train_copy);
    clonal__device_copy_destroy(d->validation_copy);
    d->train_copy = d->validation_copy = NULL;
    d->context = context;
    CLONAL__TRY(clonal__device_copy_create(context, d->train, &d->train_copy));
    return clonal__device_copy_create(context, d->validation, &d->validation_copy);
}
