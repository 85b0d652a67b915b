/* member.c: one run of a sweep. */
#include "host/sweep/sweep.h"

#include "host/base/file.h"
#include "host/run/checkpoint.h"
#include "host/run/manifest.h"
#include "host/run/settings.h"
#include <stdio.h>

typedef struct member {
    const clonal_run_settings *settings;
    int (*part)(double share, void *user);
    void *user;
} member;

/* Removes the checkpoints of the epochs before this one, down to the first that is gone already. */
static void keep_last(const char *folder, uint32_t epoch)
{
    char checkpoints[CLONAL__SWEEP_PATH_ROOM], path[CLONAL__SWEEP_PATH_ROOM];
    if (clonal__path_join(folder, "checkpoints", checkpoints, sizeof checkpoints) != CLONAL_OK) return;
    for (uint32_t e = epoch; e-- > 1;) {
        if (clonal__checkpoint_path(checkpoints, e, 0, path, sizeof path) != CLONAL_OK || remove(path) != 0) return;
    }
}

static int progress(uint32_t epoch, size_t done, size_t total, double loss, void *user)
{
    const member *m = user;
    const double share = total ? (double)done / (double)total : 0;
    (void)loss;
    return m->part((epoch - 1 + share) / m->settings->epochs, m->user);
}

static int epoch_done(const clonal_epoch_metrics *metrics, void *user)
{
    const member *m = user;
    keep_last(m->settings->out, metrics->epoch);
    return m->part((double)metrics->epoch / m->settings->epochs, m->user);
}

static clonal_status train(clonal_context *context, member *m, const clonal__run_data *data)
{
    const clonal_run_listener listener = {.progress = progress, .epoch = epoch_done, .user = m};
    clonal_run_result result;
    CLONAL__TRY(clonal__run_train_on(context, m->settings, NULL, data, &listener, &result));
    keep_last(m->settings->out, result.last.epoch);
    return CLONAL_OK;
}

/* Where the folder holds the run already it goes on. The settings in run.json name the end of both schedules; in all
 * else they must be those that are asked for. */
static clonal_status go_on(clonal_context *context, const clonal_run_settings *settings, member *m,
                           const clonal__run_data *data)
{
    char folder[4096];
    clonal_run_settings recorded, s = *settings;
    CLONAL__TRY(clonal_run_settings_load(settings->out, &recorded, folder));
    if (s.model.schedule.steps == 0) s.model.schedule.steps = recorded.model.schedule.steps;
    if (s.model.dropout_schedule.steps == 0) s.model.dropout_schedule.steps = recorded.model.dropout_schedule.steps;
    s.resume = true;
    m->settings = &s;
    clonal_status status = clonal__settings_compare(&s, &recorded);
    if (status == CLONAL_OK) status = train(context, m, data);
    clonal_run_settings_free(&recorded);
    return status;
}

clonal_status clonal__sweep_train_member(clonal_context *context, const clonal_run_settings *settings, uint64_t seed,
                                         const char *folder, const clonal__run_data *data,
                                         int (*part)(double share, void *user), void *user)
{
    char path[CLONAL__SWEEP_PATH_ROOM];
    clonal_run_settings s = *settings;
    member m = {.settings = &s, .part = part, .user = user};
    s.model.seed = seed;
    s.out = folder;
    CLONAL__TRY(clonal__path_join(folder, "run.json", path, sizeof path));
    return clonal__file_exists(path) ? go_on(context, &s, &m, data) : train(context, &m, data);
}
