/* run.c: training from settings to a finished run folder. */
#include "host/run/run.h"

#include "host/base/clock.h"
#include "host/base/file.h"
#include "host/run/checkpoint.h"
#include "host/run/manifest.h"
#include "host/run/metrics.h"
#include "host/run/restore.h"
#include "host/run/settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PATH_ROOM 4096

/* Everything a run holds while it goes on. Freed by run_free. */
typedef struct run {
    clonal_context *context;
    clonal_run_settings settings; /* with the schedule's end, once the data are known */
    const clonal__run_recorder *recorder;
    const clonal_run_listener *listener;
    clonal_dataset *train, *test;
    char train_digest[72], test_digest[72];
    clonal_graph *graph;
    clonal_model *model;
    char *settings_text, *graph_text;
    char manifest_path[PATH_ROOM], metrics_path[PATH_ROOM], checkpoints[PATH_ROOM], weights_path[PATH_ROOM];
    clonal_epoch_metrics *metrics;
    size_t epochs_done;
    uint32_t epoch; /* in work, from 0 */
    void *record;   /* the recorder's; NULL: the run is not recorded */
    int lock;       /* of the folder */
    /* of the path of checkpoints, was there before the run; SIZE_MAX: nothing was made of it */
    size_t folders_there;
} run;

static void run_free(run *r)
{
    if (r->record) r->recorder->close(r->record);
    clonal_model_destroy(r->model);
    clonal_graph_destroy(r->graph);
    clonal_dataset_destroy(r->train);
    clonal_dataset_destroy(r->test);
    clonal__free(r->settings_text);
    clonal__free(r->graph_text);
    clonal__free(r->metrics);
    clonal__folder_unlock(r->lock);
}

static clonal_status find_paths(run *r)
{
    const char *out = r->settings.out;
    CLONAL__TRY(clonal__path_join(out, "run.json", r->manifest_path, PATH_ROOM));
    CLONAL__TRY(clonal__path_join(out, "metrics.csv", r->metrics_path, PATH_ROOM));
    CLONAL__TRY(clonal__path_join(out, "checkpoints", r->checkpoints, PATH_ROOM));
    return clonal__path_join(out, "weights.safetensors", r->weights_path, PATH_ROOM);
}

/* What a run leaves, without its run.json, would be written over. */
static clonal_status check_no_parts(const run *r)
{
    size_t checkpoints = 0;
    CLONAL__TRY(clonal__checkpoint_count(r->checkpoints, &checkpoints));
    if (!checkpoints && !clonal__file_exists(r->weights_path) && !clonal__file_exists(r->metrics_path))
        return CLONAL_OK;
    return clonal__fail(CLONAL_E_EXISTS, "%s holds parts of a run, but no run.json: give another folder (--out)",
                        r->settings.out);
}

/* Before anything is made: the folder holds no run, or with resume this very one. */
static clonal_status check_folder(const run *r)
{
    const clonal_run_settings *s = &r->settings;
    if (!s->resume && clonal__file_exists(r->manifest_path))
        return clonal__fail(CLONAL_E_EXISTS,
                            "%s holds a run already: resume it (--resume), or give another folder (--out)", s->out);
    if (!s->resume) return check_no_parts(r);
    clonal_run_settings recorded;
    char data[4096], *graph;
    CLONAL__TRY(clonal__manifest_settings(s->out, &recorded, data, &graph));
    const clonal_status status = clonal__settings_compare(s, &recorded);
    clonal__free(graph);
    return status;
}

/* The data a run was started with, by contents. */
static clonal_status check_data(const run *r)
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

static clonal_status open_data(run *r)
{
    CLONAL__TRY(clonal_dataset_open(r->settings.data, CLONAL_SPLIT_TRAIN, &r->train));
    CLONAL__TRY(clonal_dataset_open(r->settings.data, CLONAL_SPLIT_TEST, &r->test));
    if (r->settings.model.batch > r->train->count)
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "a batch of %u is larger than the data, %zu samples: give a smaller batch",
                            r->settings.model.batch, r->train->count);
    CLONAL__TRY(clonal_dataset_digest(r->train, r->train_digest));
    CLONAL__TRY(clonal_dataset_digest(r->test, r->test_digest));
    return check_data(r);
}

static clonal_status make_model(run *r)
{
    uint32_t classes = clonal_dataset_classes(r->train), test = clonal_dataset_classes(r->test);
    CLONAL__TRY(
        clonal_run_graph(&r->settings, r->train->rank, r->train->shape, classes > test ? classes : test, &r->graph));
    CLONAL__TRY(clonal_graph_print(r->graph, &r->graph_text));
    CLONAL__TRY(clonal__settings_text(&r->settings, &r->settings_text));
    CLONAL__TRY(clonal_model_create(r->context, r->graph, &r->settings.model, &r->model));
    clonal__device_copy *copy;
    /* the test data's shape: known before an epoch is trained */
    return clonal__model_data(r->model, r->test, true, &copy);
}

static clonal_status check_checkpoint(const run *r, const char *path, const clonal__checkpoint *c)
{
    if (strcmp(c->settings, r->settings_text) == 0 && strcmp(c->graph, r->graph_text) == 0 &&
        clonal__checkpoint_fits(c, r->model))
        return CLONAL_OK;
    return clonal__fail(
        CLONAL_E_FORMAT,
        "%s was made with other settings, or another graph, than %s and the data give: one of these was changed since",
        path, r->manifest_path);
}

/* A row for each of the checkpoint's epochs; the figures of one that metrics.csv has lost are NaN. */
static clonal_status restore_metrics(run *r, uint32_t epochs)
{
    clonal_epoch_metrics *rows = NULL;
    size_t count = 0;
    uint32_t lost = epochs;
    if (clonal__file_exists(r->metrics_path)) CLONAL__TRY(clonal__metrics_read(r->metrics_path, &rows, &count));
    for (uint32_t i = 0; i < epochs; i++)
        r->metrics[i] = (clonal_epoch_metrics){.epoch = i + 1, .train_loss = NAN, .val_loss = NAN, .val_accuracy = NAN};
    for (size_t i = 0; i < count && rows[i].epoch <= epochs; i++, lost--) r->metrics[rows[i].epoch - 1] = rows[i];
    r->epochs_done = epochs;
    clonal__free(rows);
    if (lost)
        clonal__log(CLONAL_LOG_WARNING, "%s lacks the figures of %u of the %u epochs done: they are NaN now",
                    r->metrics_path, lost, epochs);
    return CLONAL_OK;
}

/* The digests of the epochs that the checkpoint has, from run.json and the checkpoints; of the last one it can be made
 * again. */
static clonal_status restore_digests(run *r, const clonal__manifest_facts *facts, uint32_t epochs)
{
    for (uint32_t i = 0; i < epochs && i < facts->epochs_done; i++)
        memcpy(r->metrics[i].digest, facts->epochs[i], sizeof r->metrics[i].digest);
    return epochs && !r->metrics[epochs - 1].digest[0] ? clonal__model_digest(r->model, r->metrics[epochs - 1].digest)
                                                       : CLONAL_OK;
}

/* A run that has been killed between its first epoch's figures and its checkpoint begins again; one that had more has
 * lost them. */
static clonal_status check_lost(const run *r, const clonal__manifest_facts *facts)
{
    if (facts->epochs_done <= 1) return CLONAL_OK;
    return clonal__fail(
        CLONAL_E_FORMAT,
        "%s has trained %u epochs, but holds no checkpoint to go on from: put its checkpoints back, or start again in "
        "another folder (clonal reproduce %s --out ...)",
        r->settings.out, facts->epochs_done, r->settings.out);
}

static clonal_status open_record(run *r)
{
    char path[PATH_ROOM];
    if (!r->settings.record) return CLONAL_OK;
    CLONAL__TRY(clonal__path_join(r->settings.out, "record.txt", path, sizeof path));
    CLONAL__TRY(r->recorder->open(path, r->model, &r->record));
    r->model->hook = (clonal__step_hook){r->recorder->hook, r->record};
    return CLONAL_OK;
}

/* Weights that an inexact step made stay inexact. */
static clonal_status restore_from(run *r, const clonal__checkpoint *c, const clonal__manifest_facts *facts)
{
    if (c->epoch > r->settings.epochs)
        return clonal__fail(CLONAL_E_ARGUMENT, "%s has trained %u epochs already, more than the %u asked for",
                            r->settings.out, c->epoch, r->settings.epochs);
    CLONAL__TRY(clonal__checkpoint_load(c, r->model));
    CLONAL__TRY(restore_metrics(r, c->epoch));
    CLONAL__TRY(restore_digests(r, facts, c->epoch));
    r->model->exact = r->model->exact && facts->exact;
    r->model->step = c->step;
    r->epoch = c->epoch;
    return CLONAL_OK;
}

/* Puts the model back to the newest sound checkpoint, if there is one. */
static clonal_status restore(run *r)
{
    char path[PATH_ROOM];
    clonal__checkpoint *c;
    clonal__manifest_facts facts;
    CLONAL__TRY(clonal__checkpoint_latest(r->checkpoints, path, sizeof path, &c));
    clonal_status status = clonal__manifest_complete(r->settings.out, &facts);
    if (status == CLONAL_OK) {
        status = c ? check_checkpoint(r, path, c) : check_lost(r, &facts);
        if (status == CLONAL_OK && c) status = restore_from(r, c, &facts);
        clonal__manifest_facts_free(&facts);
    }
    clonal__checkpoint_destroy(c);
    return status;
}

static clonal_status write_manifest(const run *r, const char *weights_digest)
{
    const clonal__manifest manifest = {.settings = &r->settings,
                                       .model = r->model,
                                       .train_digest = r->train_digest,
                                       .test_digest = r->test_digest,
                                       .weights_digest = weights_digest,
                                       .metrics = r->metrics,
                                       .epochs_done = r->epochs_done};
    return clonal__manifest_write(r->manifest_path, &manifest);
}

/* What the optimizer keeps of each parameter, into the checkpoint; *states: free_states. */
static clonal_status fetch_states(const run *r, clonal__checkpoint *c, float ***states)
{
    const size_t count = r->model->shapes.parameter_count, kept = clonal__model_state_count(r->model);
    if (!kept) return CLONAL_OK;
    CLONAL__TRY(clonal__calloc(kept * count, sizeof **states, states));
    for (size_t i = 0; i < kept * count; i++) {
        CLONAL__TRY(clonal__calloc(clonal__model_elements(r->model, i % count), sizeof(float), &(*states)[i]));
        CLONAL__TRY(clonal__model_read_state(r->model, i / count, i % count, (*states)[i]));
        c->state_names[i / count] = clonal__model_state(r->model, i / count)->prefix;
    }
    c->state_count = kept;
    c->states = (const float *const *)*states;
    return CLONAL_OK;
}

static void free_states(const run *r, float **states)
{
    const size_t count = r->model->shapes.parameter_count * clonal__model_state_count(r->model);
    for (size_t i = 0; states && i < count; i++) clonal__free(states[i]);
    clonal__free(states);
}

static clonal_status write_checkpoint(const run *r)
{
    char path[PATH_ROOM];
    clonal__weights weights;
    float **states = NULL;
    CLONAL__TRY(clonal__checkpoint_path(r->checkpoints, r->epoch + 1, path, sizeof path));
    CLONAL__TRY(clonal__model_fetch(r->model, &weights));
    clonal__checkpoint c = {.seed = r->settings.model.seed,
                            .step = r->model->step,
                            .epoch = r->epoch + 1,
                            .graph = r->graph_text,
                            .settings = r->settings_text,
                            .count = weights.count,
                            .parameters = weights.tensors};
    clonal_status status = fetch_states(r, &c, &states);
    if (status == CLONAL_OK) status = clonal__checkpoint_write(path, &c);
    free_states(r, states);
    clonal__weights_free(&weights);
    return status;
}

static int progress(size_t done, size_t total, double loss, void *user)
{
    const run *r = user;
    return r->listener->progress(r->epoch + 1, done, total, loss, r->listener->user);
}

/* One epoch with its figures and its checkpoint. The metrics go first: on resume, rows past the checkpoint are dropped.
 */
static clonal_status one_epoch(run *r)
{
    clonal_epoch_metrics *m = &r->metrics[r->epochs_done];
    double start = clonal__now_seconds();
    bool heard = r->listener && r->listener->progress;
    CLONAL__TRY(clonal_model_train_epoch(r->model, r->train, r->epoch, heard ? progress : NULL, r, &m->train_loss));
    m->seconds = clonal__now_seconds() - start;
    m->epoch = r->epoch + 1;
    CLONAL__TRY(clonal__model_digest(r->model, m->digest));
    CLONAL__TRY(clonal_model_evaluate(r->model, r->test, &m->val_loss, &m->val_accuracy));
    r->epochs_done++;
    CLONAL__TRY(clonal__metrics_write(r->metrics_path, r->epochs_done, r->metrics));
    CLONAL__TRY(write_manifest(r, "")); /* before the weights that it speaks of */
    if (r->record) CLONAL__TRY(r->recorder->flush(r->record));
    CLONAL__TRY(write_checkpoint(r));
    r->epoch++;
    if (r->listener && r->listener->epoch && r->listener->epoch(m, r->listener->user))
        return clonal__fail(CLONAL_E_CANCELLED, "cancelled after epoch %u; --resume goes on from there", r->epoch);
    return CLONAL_OK;
}

static clonal_status finish(run *r, clonal_run_result *result)
{
    char digest[72];
    CLONAL__TRY(clonal_model_save(r->model, r->weights_path, digest));
    CLONAL__TRY(write_manifest(r, digest));
    if (!result) return CLONAL_OK;
    snprintf(result->digest, sizeof result->digest, "%s", digest);
    snprintf(result->weights, sizeof result->weights, "%s", r->weights_path);
    result->exact = clonal_model_is_exact(r->model);
    if (r->epochs_done) result->last = r->metrics[r->epochs_done - 1];
    return CLONAL_OK;
}

/* A schedule that takes the whole run and names no end of it ends with the run. A resumed run keeps the end that its
 * run.json names. */
static void end_schedule(run *r)
{
    clonal_run_settings *s = &r->settings;
    if (s->model.schedule.steps != 0 || s->model.batch == 0) return; /* a batch of 0 is refused with the model */
    s->model.schedule.steps = s->epochs * ((r->train->count + s->model.batch - 1) / s->model.batch);
}

static clonal_status train(run *r, clonal_run_result *result)
{
    CLONAL__TRY(clonal__settings_check(&r->settings));
    CLONAL__TRY(find_paths(r));
    CLONAL__TRY(check_folder(r));
    CLONAL__TRY(open_data(r));
    end_schedule(r);
    CLONAL__TRY(make_model(r));
    CLONAL__TRY(clonal__calloc(r->settings.epochs, sizeof *r->metrics, &r->metrics));
    if (r->settings.resume) CLONAL__TRY(restore(r));
    r->folders_there = clonal__folders_there(r->checkpoints);
    CLONAL__TRY(clonal__make_folders(r->checkpoints));
    clonal_status status = clonal__folder_lock(r->settings.out, &r->lock);
    if (status == CLONAL_OK) status = check_folder(r); /* again: another process may have been quicker */
    if (status != CLONAL_OK) {
        r->folders_there = SIZE_MAX; /* they are the other's */
        return status;
    }
    CLONAL__TRY(open_record(r));
    CLONAL__TRY(write_manifest(r, ""));
    if (r->listener && r->listener->started)
        r->listener->started(r->context, r->model, r->train->count, r->epoch + 1, r->listener->user);
    while (r->epoch < r->settings.epochs) CLONAL__TRY(one_epoch(r));
    return finish(r, result);
}

/* Leaves nothing of a start that failed before run.json was there: the record that it began, and folders. */
static void unmake(run *r)
{
    char path[PATH_ROOM];
    if (r->record) {
        r->recorder->close(r->record);
        r->record = NULL;
        if (clonal__path_join(r->settings.out, "record.txt", path, sizeof path) == CLONAL_OK) remove(path);
    }
    clonal__unmake_folders(r->checkpoints, r->folders_there);
}

clonal_status clonal__run_train(clonal_context *context, const clonal_run_settings *settings,
                                const clonal__run_recorder *recorder, const clonal_run_listener *listener,
                                clonal_run_result *result)
{
    if (result) memset(result, 0, sizeof *result);
    if (!context || !settings || !settings->out || !settings->out[0])
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "clonal_run_train: the context, the settings or their folder (out) is missing");
    run r = {.context = context,
             .settings = *settings,
             .recorder = recorder,
             .listener = listener,
             .lock = -1,
             .folders_there = SIZE_MAX};
    clonal_status status = train(&r, result);
    if (status != CLONAL_OK && r.folders_there != SIZE_MAX && !clonal__file_exists(r.manifest_path)) unmake(&r);
    run_free(&r);
    return status;
}
