/* open_data.c: the data of a run, its own or shared ones. */
#include "host/run/data_ahead.h"
#include "host/run/training.h"

#include <string.h>

static clonal_status check_sizes(const clonal__training *r)
{
    const clonal_run_settings *s = &r->settings;
    const bool whole = s->validate == 0;
    if (s->model.batch <= r->train->count) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT, "a batch of %u is larger than the data, %zu samples%s: give a smaller batch",
                        s->model.batch, r->train->count, whole ? "" : " without those that are held out");
}

/* Of the data that are read ahead, NULL where they are not the run's. */
static clonal_data_ahead *ahead_of(const clonal__training *r)
{
    clonal_data_ahead *ahead = r->settings.ahead;
    return ahead && clonal__data_ahead_is_of(ahead, r->settings.data) ? ahead : NULL;
}

/* Whether the digests must be there before the data are used: to be compared, or since the data are cut and freed. */
static bool needs_digests(const clonal_run_settings *s)
{
    return s->resume || s->limit || s->validate != 0;
}

static clonal_status open_own(clonal__training *r)
{
    clonal_data_ahead *ahead = ahead_of(r);
    CLONAL__TRY(ahead ? clonal__data_ahead_take(ahead, &r->own) : clonal__splits_open(r->settings.data, &r->own));
    r->train = r->own.train;
    r->validation = r->own.test;
    r->outputs = r->own.outputs;
    if (needs_digests(&r->settings)) CLONAL__TRY(clonal__training_digests(r));
    CLONAL__TRY(clonal__training_check_data(r));
    return clonal__run_samples(&r->settings, &r->train, &r->validation);
}

static clonal_status open_shared(clonal__training *r)
{
    const clonal__splits *splits = r->shared->splits;
    r->train = r->shared->train;
    r->validation = r->shared->validation;
    memcpy(r->train_digest, splits->train_digest, sizeof r->train_digest);
    memcpy(r->test_digest, splits->test_digest, sizeof r->test_digest);
    r->outputs = splits->outputs;
    return clonal__training_check_data(r);
}

clonal_status clonal__training_open_data(clonal__training *r)
{
    CLONAL__TRY(r->shared ? open_shared(r) : open_own(r));
    return check_sizes(r);
}

clonal_status clonal__training_digests(clonal__training *r)
{
    if (r->shared || r->train_digest[0]) return CLONAL_OK;
    clonal_data_ahead *ahead = ahead_of(r);
    if (ahead) CLONAL__TRY(clonal__data_ahead_digests(ahead, &r->own));
    memcpy(r->train_digest, r->own.train_digest, sizeof r->train_digest);
    memcpy(r->test_digest, r->own.test_digest, sizeof r->test_digest);
    return CLONAL_OK;
}

void clonal__training_close_data(clonal__training *r)
{
    if (r->shared) return;
    if (r->train) clonal__training_digests(r); /* the thread that computes them reads the data */
    clonal_dataset_destroy(r->train);
    clonal_dataset_destroy(r->validation);
}
