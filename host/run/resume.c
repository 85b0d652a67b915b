/* resume.c: what a run's folder holds already, and going on from there. */
#include "host/run/training.h"

#include "host/base/file.h"
#include "host/run/checkpoint.h"
#include "host/run/manifest.h"
#include "host/run/metrics.h"
#include "host/run/restore.h"
#include "host/run/settings.h"

#include <math.h>
#include <string.h>

/* What a run leaves, without its run.json, would be written over. */
static clonal_status check_no_parts(const clonal__training *r)
{
    size_t checkpoints = 0;
    char stats[CLONAL__RUN_PATH_ROOM];
    CLONAL__TRY(clonal__checkpoint_count(r->checkpoints, &checkpoints));
    CLONAL__TRY(clonal__path_join(r->settings.out, "stats.csv", stats, sizeof stats));
    if (!checkpoints && !(r->settings.watch && clonal__file_exists(stats)) && !clonal__file_exists(r->weights_path) &&
        !clonal__file_exists(r->metrics_path))
        return CLONAL_OK;
    return clonal__fail(CLONAL_E_EXISTS, "%s holds parts of a run, but no run.json: give another folder (--out)",
                        r->settings.out);
}

/* Before anything is made: the folder holds no run, or with resume this very one. */
clonal_status clonal__training_check_folder(const clonal__training *r)
{
    const clonal_run_settings *s = &r->settings;
    if (!s->resume && clonal__file_exists(r->manifest_path))
        return clonal__fail(CLONAL_E_EXISTS,
                            "%s holds a run already: resume it (--resume), or give another folder (--out)", s->out);
    if (!s->resume) return check_no_parts(r);
    clonal_run_settings recorded;
    char data[4096];
    CLONAL__TRY(clonal__manifest_settings(s->out, &recorded, data));
    const clonal_status status = clonal__settings_compare(s, &recorded);
    clonal_run_settings_free(&recorded);
    return status;
}

/* The data a run was started with, by contents. */
clonal_status clonal__training_check_data(const clonal__training *r)
{
    clonal__manifest_facts facts;
    if (!r->settings.resume) return CLONAL_OK;
    CLONAL__TRY(clonal__manifest_read(r->settings.out, &facts));
    clonal_status status =
        clonal__manifest_check_data(r->settings.out, &facts, CLONAL_SPLIT_TRAIN, r->settings.data, r->train_digest);
    if (status == CLONAL_OK)
        status =
            clonal__manifest_check_data(r->settings.out, &facts, CLONAL_SPLIT_TEST, r->settings.data, r->test_digest);
    clonal__manifest_facts_free(&facts);
    return status;
}

/* Whether its steps end where a step of this run does. */
static bool is_place(const clonal__training *r, const clonal__checkpoint *c)
{
    const uint64_t batch = r->settings.model.batch, whole = clonal__training_steps(r) * c->epoch;
    return c->samples < r->train->count && c->samples % batch == 0 && c->step == whole + c->samples / batch;
}

static clonal_status check_checkpoint(const clonal__training *r, const char *path, const clonal__checkpoint *c)
{
    if (strcmp(c->settings, r->settings_text) == 0 && strcmp(c->graph, r->graph_text) == 0 &&
        clonal__checkpoint_fits(c, r->model) && is_place(r, c))
        return CLONAL_OK;
    return clonal__fail(
        CLONAL_E_FORMAT,
        "%s was made with other settings, or another graph, than %s and the data give: one of these was changed since",
        path, r->manifest_path);
}

/* A row for each of the checkpoint's epochs; the figures of one that metrics.csv has lost are NaN. */
static clonal_status restore_metrics(clonal__training *r, uint32_t epochs)
{
    clonal_epoch_metrics *rows = NULL;
    size_t count = 0;
    uint32_t lost = epochs;
    if (clonal__file_exists(r->metrics_path)) CLONAL__TRY(clonal__metrics_read(r->metrics_path, &rows, &count));
    for (uint32_t i = 0; i < epochs; i++)
        r->metrics[i] = (clonal_epoch_metrics){.epoch = i + 1, .train_loss = NAN, .val_loss = NAN, .val_accuracy = NAN};
    for (size_t i = 0; i < count && rows[i].epoch <= epochs; i++) {
        r->metrics[rows[i].epoch - 1] = rows[i];
        if (!isnan(rows[i].val_accuracy)) lost--; /* NaN where an earlier resume found it lost */
    }
    r->epochs_done = epochs;
    clonal__free(rows);
    if (lost && r->settings.early_stop)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s lacks the figures of %u of the %u epochs done, by which early stopping judges: put it "
                            "back, or go on without (--early-stop 0)",
                            r->metrics_path, lost, epochs);
    if (lost)
        clonal__log(CLONAL_LOG_WARNING, "%s lacks the figures of %u of the %u epochs done: they are NaN now",
                    r->metrics_path, lost, epochs);
    return CLONAL_OK;
}

/* The digests of the epochs that the checkpoint has, from run.json and the checkpoints; of the last one it can be made
 * again. */
static clonal_status restore_digests(clonal__training *r, const clonal__manifest_facts *facts, uint32_t epochs)
{
    for (uint32_t i = 0; i < epochs && i < facts->epochs_done; i++)
        memcpy(r->metrics[i].digest, facts->epochs[i], sizeof r->metrics[i].digest);
    return epochs && !r->metrics[epochs - 1].digest[0] ? clonal__model_digest(r->model, r->metrics[epochs - 1].digest)
                                                       : CLONAL_OK;
}

/* A run that has been killed between its first epoch's figures and its checkpoint begins again; one that had more has
 * lost them. */
static clonal_status check_lost(const clonal__training *r, const clonal__manifest_facts *facts)
{
    if (facts->epochs_done <= 1) return CLONAL_OK;
    return clonal__fail(
        CLONAL_E_FORMAT,
        "%s has trained %u epochs, but holds no checkpoint to go on from: put its checkpoints back, or start again in "
        "another folder (clonal reproduce %s --out ...)",
        r->settings.out, facts->epochs_done, r->settings.out);
}

/* The run's epochs so far, before any state is loaded. */
static clonal_status restore_epochs(clonal__training *r, const char *path, const clonal__checkpoint *c)
{
    CLONAL__TRY(check_checkpoint(r, path, c));
    if (c->epoch > r->settings.epochs)
        return clonal__fail(CLONAL_E_ARGUMENT, "%s has trained %u epochs already, more than the %u asked for",
                            r->settings.out, c->epoch, r->settings.epochs);
    r->epoch = c->epoch;
    return restore_metrics(r, c->epoch);
}

/* Where no more epochs are to be trained, by fewer --epochs or by early stopping, the run ends with its last whole
 * epoch: *c becomes the checkpoint of that. */
static clonal_status back_to_whole_epoch(clonal__training *r, char *path, size_t size, clonal__checkpoint **c)
{
    if (!(*c)->samples || clonal__training_goes_on(r)) return CLONAL_OK;
    r->back = true;
    clonal__checkpoint_destroy(*c);
    *c = NULL;
    CLONAL__TRY(clonal__checkpoint_path(r->checkpoints, r->epoch, 0, path, size));
    if (!clonal__file_exists(path))
        return clonal__fail(
            CLONAL_E_FORMAT,
            "%s is to end with epoch %u, but %s is gone: put it back, or ask for more epochs (--epochs)",
            r->settings.out, r->epoch, path);
    CLONAL__TRY(clonal__checkpoint_read(path, c));
    return check_checkpoint(r, path, *c);
}

/* Weights that an inexact step made stay inexact. */
static clonal_status restore_from(clonal__training *r, const clonal__checkpoint *c, const clonal__manifest_facts *facts)
{
    CLONAL__TRY(clonal__checkpoint_load(c, r->model));
    CLONAL__TRY(restore_digests(r, facts, c->epoch));
    r->model->exact = r->model->exact && facts->exact;
    r->model->step = c->step;
    r->from = (clonal__epoch_place){.done = (size_t)c->samples, .sum = c->loss_sum};
    return CLONAL_OK;
}

/* Puts the model back to the newest sound checkpoint, if there is one. */
clonal_status clonal__training_restore(clonal__training *r)
{
    char path[CLONAL__RUN_PATH_ROOM];
    clonal__checkpoint *c;
    clonal__manifest_facts facts;
    CLONAL__TRY(clonal__checkpoint_latest(r->checkpoints, path, sizeof path, &c));
    clonal_status status = clonal__manifest_complete(r->settings.out, &facts);
    if (status == CLONAL_OK) {
        status = c ? restore_epochs(r, path, c) : check_lost(r, &facts);
        if (status == CLONAL_OK && c) status = back_to_whole_epoch(r, path, sizeof path, &c);
        if (status == CLONAL_OK && c) status = restore_from(r, c, &facts);
        clonal__manifest_facts_free(&facts);
    }
    clonal__checkpoint_destroy(c);
    return status;
}
