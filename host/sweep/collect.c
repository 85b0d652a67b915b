/* collect.c: what the runs of a sweep came to, from their folders. */
#include "host/sweep/sweep.h"

#include "host/base/file.h"
#include "host/base/memory.h"
#include "host/run/early_stop.h"
#include "host/run/manifest.h"
#include "host/run/metrics.h"
#include <stdio.h>
#include <string.h>

/* The weights stand with the run; without them it is not finished, and goes on to them. */
static clonal_status is_finished(const char *folder, const clonal__manifest_facts *facts, bool *finished)
{
    char path[CLONAL__SWEEP_PATH_ROOM];
    *finished = false;
    if (!facts->weights_digest[0]) return CLONAL_OK;
    CLONAL__TRY(clonal__path_join(folder, "weights.safetensors", path, sizeof path));
    if (!clonal__file_exists(path)) return CLONAL_OK;
    *finished = true;
    return clonal__manifest_check_weights(folder, facts);
}

static clonal_status check_epochs(const clonal_sweep_run *run, const clonal__manifest_facts *facts, uint32_t epochs,
                                  size_t rows)
{
    if (facts->settings.epochs != epochs || facts->epochs_done > epochs)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s was gone on with to epoch %u, where the sweep trains %u: move it away, and the sweep "
                            "trains it anew",
                            run->folder, facts->settings.epochs, epochs);
    if (facts->epochs_done != rows || rows == 0)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s is damaged: run.json tells of %u epochs, metrics.csv of %zu: move it away, and the "
                            "sweep trains it anew",
                            run->folder, facts->epochs_done, rows);
    return CLONAL_OK;
}

/* Takes over the figures of a finished run; `rows` has as many as epochs were done. */
static clonal_status take(clonal_sweep *sweep, clonal_sweep_run *run, const clonal__manifest_facts *facts,
                          const clonal_epoch_metrics *rows)
{
    clonal_epoch_metrics *metrics;
    CLONAL__TRY(clonal__sweep_calloc(sweep, facts->epochs_done, sizeof *metrics, &metrics));
    for (uint32_t i = 0; i < facts->epochs_done; i++) {
        metrics[i] = rows[i];
        memcpy(metrics[i].digest, facts->epochs[i], sizeof metrics[i].digest);
    }
    run->finished = true;
    run->exact = facts->exact;
    memcpy(run->digest, facts->weights_digest, sizeof run->digest);
    run->best_epoch = clonal__best_epoch(facts->epochs_done, metrics);
    run->epochs = facts->epochs_done;
    run->metrics = metrics;
    sweep->finished++;
    return CLONAL_OK;
}

static clonal_status collect(clonal_sweep *sweep, clonal_sweep_run *run, const clonal__manifest_facts *facts)
{
    char path[CLONAL__SWEEP_PATH_ROOM];
    clonal_epoch_metrics *rows = NULL;
    size_t count = 0;
    bool finished;
    CLONAL__TRY(is_finished(run->folder, facts, &finished));
    if (!finished) return CLONAL_OK;
    CLONAL__TRY(clonal__path_join(run->folder, "metrics.csv", path, sizeof path));
    CLONAL__TRY(clonal__metrics_read(path, &rows, &count));
    clonal_status status = check_epochs(run, facts, sweep->owned->epochs[run->setting], count);
    if (status == CLONAL_OK) status = take(sweep, run, facts, rows);
    clonal__free(rows);
    return status;
}

clonal_status clonal__sweep_collect(clonal_sweep *sweep, size_t index)
{
    clonal_sweep_run *run = &sweep->owned->runs[index];
    char path[CLONAL__SWEEP_PATH_ROOM];
    clonal__manifest_facts facts;
    if (run->finished) return CLONAL_OK;
    CLONAL__TRY(clonal__path_join(run->folder, "run.json", path, sizeof path));
    if (!clonal__file_exists(path)) return CLONAL_OK;
    CLONAL__TRY(clonal__manifest_read(run->folder, &facts));
    const clonal_status status = collect(sweep, run, &facts);
    clonal__manifest_facts_free(&facts);
    return status;
}

/* The last epochs' figures of a setting's finished runs, in the order of the seeds: three rows of seed_count. */
static size_t gather(const clonal_sweep *sweep, size_t setting, double *values)
{
    const size_t room = sweep->seed_count;
    size_t count = 0;
    for (size_t i = 0; i < room; i++) {
        const clonal_sweep_run *run = &sweep->runs[setting * room + i];
        if (!run->finished) continue;
        const clonal_epoch_metrics *last = &run->metrics[run->epochs - 1];
        values[count] = last->val_accuracy;
        values[room + count] = last->val_loss;
        values[2 * room + count] = last->train_loss;
        count++;
    }
    return count;
}

clonal_status clonal__sweep_summarize(clonal_sweep *sweep, size_t setting)
{
    clonal_sweep_setting *s = &sweep->owned->settings[setting];
    clonal_estimate *const to[] = {&s->val_accuracy, &s->val_loss, &s->train_loss};
    double *values;
    CLONAL__TRY(clonal__calloc(3 * sweep->seed_count, sizeof *values, &values));
    const size_t count = gather(sweep, setting, values);
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < 3 && count && status == CLONAL_OK; i++)
        status = clonal_estimate_mean(values + i * sweep->seed_count, count, 0.95, to[i]);
    clonal__free(values);
    return status;
}
