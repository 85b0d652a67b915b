/* record_run.c: runs whose steps may be recorded. */
#include "host/base/float_environment.h"
#include "host/evidence/record.h"
#include "host/run/run.h"

static clonal_status record_open(const char *path, const clonal_model *model, void **record)
{
    clonal__record *opened = NULL;
    const clonal_status status = clonal__record_open(path, model->step, &opened);
    *record = opened;
    return status;
}

static clonal_status record_flush(void *record)
{
    return clonal__record_flush(record);
}

static void record_close(void *record)
{
    clonal__record_close(record);
}

clonal_status clonal_run_train(clonal_context *context, const clonal_run_settings *settings,
                               const clonal_run_listener *listener, clonal_run_result *result)
{
    CLONAL__FLOATS;
    static const clonal__run_recorder recorder = {record_open, clonal__record_hook, record_flush, record_close};
    return clonal__run_train(context, settings, &recorder, listener, result);
}
