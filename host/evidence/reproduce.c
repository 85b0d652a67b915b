/* reproduce.c: trains a run again and compares it, epoch by epoch. */
#define _POSIX_C_SOURCE 200809L
#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/run/checkpoint.h"
#include "host/run/manifest.h"
#include <clonal/verify.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_ROOM 4096

typedef struct reproduction {
    clonal__manifest_facts facts; /* of the run that is trained again */
    const clonal_run_listener *listener;
    clonal_reproduction *result;
    bool stop; /* at the first epoch that differs */
    bool stopped;
} reproduction;

static void started(const clonal_context *context, const clonal_model *model, size_t samples, uint32_t first_epoch,
                    void *user)
{
    const reproduction *r = user;
    if (r->listener && r->listener->started)
        r->listener->started(context, model, samples, first_epoch, r->listener->user);
}

static int progress(uint32_t epoch, size_t done, size_t total, double loss, void *user)
{
    const reproduction *r = user;
    return r->listener && r->listener->progress ? r->listener->progress(epoch, done, total, loss, r->listener->user)
                                                : 0;
}

static int epoch_done(const clonal_epoch_metrics *metrics, void *user)
{
    reproduction *r = user;
    const char *wanted = metrics->epoch <= r->facts.epochs_done ? r->facts.epochs[metrics->epoch - 1] : "";
    if (wanted[0]) {
        r->result->compared++;
        if (strcmp(wanted, metrics->digest) != 0 && !r->result->parted) r->result->parted = metrics->epoch;
    }
    int cancelled = r->listener && r->listener->epoch ? r->listener->epoch(metrics, r->listener->user) : 0;
    r->stopped = !cancelled && r->stop && r->result->parted;
    return cancelled || r->stopped;
}

/* A folder of our own under $TMPDIR. */
static clonal_status make_temporary(char *path, size_t size)
{
    const char *base = getenv("TMPDIR");
    CLONAL__TRY(clonal__path_join(base && base[0] ? base : "/tmp", "clonal-reproduce-XXXXXX", path, size));
    if (mkdtemp(path)) return CLONAL_OK;
    return clonal__fail(CLONAL_E_IO, "cannot make the folder %s: %s", path, strerror(errno));
}

/* Removes a run folder of our own: the files in it and in its checkpoints, nothing deeper. */
static void remove_folder(const char *path, int depth)
{
    DIR *entries = opendir(path);
    if (!entries) entries = opendir(path); /* it takes memory, which may be there again */
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char inner[PATH_ROOM];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (clonal__path_join(path, entry->d_name, inner, sizeof inner) != CLONAL_OK) continue;
        if (depth > 0 && clonal__is_folder(inner))
            remove_folder(inner, depth - 1);
        else
            unlink(inner);
    }
    if (entries) closedir(entries);
    if (rmdir(path) != 0)
        clonal__log(CLONAL_LOG_WARNING, "the folder %s cannot be removed: %s; remove it", path, strerror(errno));
}

/* The test data decide no weight, but with the training data how many classes there are. */
static clonal_status check_data(const char *run, const clonal__manifest_facts *facts, const char *folder,
                                clonal_split split)
{
    clonal_dataset *set;
    char digest[72];
    CLONAL__TRY(clonal_dataset_open(folder, split, &set));
    clonal_status status = clonal_dataset_digest(set, digest);
    clonal_dataset_destroy(set);
    CLONAL__TRY(status);
    return clonal__manifest_check_data(run, facts, split, folder, digest);
}

static clonal_status train_again(clonal_context *context, reproduction *r, const char *run, const char *data,
                                 const char *out)
{
    clonal_run_settings settings = r->facts.settings;
    clonal_run_result made;
    if (data) settings.data = data;
    settings.out = out;
    settings.resume = settings.record = settings.watch = false;
    settings.epochs = r->facts.epochs_done;
    settings.early_stop = settings.checkpoint_steps = 0;
    CLONAL__TRY(check_data(run, &r->facts, settings.data, CLONAL_SPLIT_TRAIN));
    CLONAL__TRY(check_data(run, &r->facts, settings.data, CLONAL_SPLIT_TEST));
    const clonal_run_listener listener = {.started = started, .progress = progress, .epoch = epoch_done, .user = r};
    clonal_status status = clonal_run_train(context, &settings, &listener, &made);
    if (status == CLONAL_E_CANCELLED && r->stopped) return CLONAL_OK;
    CLONAL__TRY(status);
    snprintf(r->result->made, sizeof r->result->made, "%s", made.digest);
    r->result->exact = made.exact;
    return CLONAL_OK;
}

clonal_status clonal_run_reproduce(clonal_context *context, const char *run, const char *data, const char *out,
                                   const clonal_run_listener *listener, clonal_reproduction *result)
{
    CLONAL__FLOATS;
    char temporary[PATH_ROOM];
    if (result) memset(result, 0, sizeof *result);
    CLONAL__NEEDS(context && run && result);
    reproduction r = {.listener = listener, .result = result, .stop = !out};
    CLONAL__TRY(clonal__manifest_complete(run, &r.facts));
    clonal_status status = CLONAL_OK;
    if (r.facts.epochs_done == 0)
        status = clonal__fail(CLONAL_E_ARGUMENT, "%s has no finished epoch: there is nothing to reproduce", run);
    if (status == CLONAL_OK && !out) status = make_temporary(temporary, sizeof temporary);
    if (status == CLONAL_OK) {
        result->epochs = r.facts.epochs_done;
        result->recorded_exact = r.facts.exact;
        snprintf(result->recorded, sizeof result->recorded, "%s", r.facts.epochs[r.facts.epochs_done - 1]);
        status = train_again(context, &r, run, data, out ? out : temporary);
        if (!out) remove_folder(temporary, 1);
    }
    if (status == CLONAL_OK && !result->recorded[0])
        status = clonal__fail(CLONAL_E_FORMAT, "%s names no digest to compare with", run);
    result->same = status == CLONAL_OK && !result->parted && strcmp(result->recorded, result->made) == 0;
    clonal__manifest_facts_free(&r.facts);
    return status;
}
