/* run.c: training from settings to a finished run folder. */
#include "host/run/training.h"

#include "host/base/clock.h"
#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/model/need.h"
#include "host/model/prepare.h"
#include "host/run/checkpoint.h"
#include "host/run/early_stop.h"
#include "host/run/metrics.h"
#include "host/run/settings.h"
#include "host/runtime/profile.h"

#include <stdio.h>
#include <string.h>

static void run_free(clonal__training *r)
{
    if (r->record) r->recorder->close(r->record);
    clonal_model_destroy(r->model);
    clonal_graph_destroy(r->graph);
    clonal__training_close_data(r);
    clonal__free(r->settings_text);
    clonal__free(r->graph_text);
    clonal__free(r->metrics);
    clonal__stats_free(&r->stats);
    clonal__folder_unlock(r->lock);
}

static clonal_status find_paths(clonal__training *r)
{
    const char *out = r->settings.out;
    CLONAL__TRY(clonal__path_join(out, "run.json", r->manifest_path, CLONAL__RUN_PATH_ROOM));
    CLONAL__TRY(clonal__path_join(out, "metrics.csv", r->metrics_path, CLONAL__RUN_PATH_ROOM));
    CLONAL__TRY(clonal__path_join(out, "checkpoints", r->checkpoints, CLONAL__RUN_PATH_ROOM));
    return clonal__path_join(out, "weights.safetensors", r->weights_path, CLONAL__RUN_PATH_ROOM);
}

/* All that the run takes. */
static clonal_status memory_need(const clonal__training *r, clonal_memory_need *need)
{
    const clonal_model_options *options = &r->settings.model;
    CLONAL__TRY(clonal_model_memory_need(r->context, r->graph, options, r->train, r->validation, need));
    return r->settings.watch ? clonal__need_watch(r->context, r->graph, options, need) : CLONAL_OK;
}

/* It is added up before any of it is allocated. */
static clonal_status check_memory(const clonal__training *r)
{
    clonal_memory_need need;
    CLONAL__TRY(memory_need(r, &need));
    return clonal__need_check(r->context, &need, r->settings.model.batch);
}

static clonal_status make_model(clonal__training *r)
{
    CLONAL__TRY(clonal_graph_print(r->graph, &r->graph_text));
    CLONAL__TRY(clonal__settings_text(&r->settings, &r->settings_text));
    CLONAL__TRY(check_memory(r));
    CLONAL__TRY(clonal_model_create(r->context, r->graph, &r->settings.model, &r->model));
    if (r->shared) CLONAL__TRY(clonal__model_lend_data(r->model, r->shared->train_copy));
    if (r->shared) CLONAL__TRY(clonal__model_lend_data(r->model, r->shared->validation_copy));
    clonal__device_copy *copy;
    /* the validation data's shape: known before an epoch is trained */
    return clonal__model_data(r->model, r->validation, true, &copy);
}

static clonal_status open_record(clonal__training *r)
{
    char path[CLONAL__RUN_PATH_ROOM];
    if (!r->settings.record) return CLONAL_OK;
    CLONAL__TRY(clonal__path_join(r->settings.out, "record.txt", path, sizeof path));
    CLONAL__TRY(r->recorder->open(path, r->model, &r->record));
    r->model->hook = (clonal__step_hook){r->recorder->hook, r->record};
    return CLONAL_OK;
}

/* Takes up stats.csv as far as the epochs done, which a checkpoint stands for. */
static clonal_status open_stats(clonal__training *r)
{
    char path[CLONAL__RUN_PATH_ROOM];
    if (!r->settings.watch) return CLONAL_OK;
    CLONAL__TRY(clonal__path_join(r->settings.out, "stats.csv", path, sizeof path));
    return clonal__stats_open(path, r->epoch, &r->stats);
}

/* Adds the statistics after so many epochs to stats.csv. The listener hears of them by tell_stats. */
static clonal_status watch(clonal__training *r, uint32_t epoch)
{
    if (!r->settings.watch) return CLONAL_OK;
    return clonal__stats_add(&r->stats, epoch, r->model, r->train);
}

static clonal_status tell_stats(clonal__training *r, uint32_t epoch)
{
    const clonal_run_listener *l = r->listener;
    if (!r->settings.watch || !l || !l->statistics) return CLONAL_OK;
    if (!l->statistics(epoch, r->stats.rows, r->stats.count, l->user)) return CLONAL_OK;
    return clonal__fail(CLONAL_E_CANCELLED, "cancelled after epoch %u; --resume goes on from there", epoch);
}

/* Before the first epoch, and where a run is watched from a later one on. Within an epoch the model is between. */
static clonal_status watch_start(clonal__training *r)
{
    if (!r->settings.watch || r->from.done || clonal__stats_has(&r->stats, r->epoch)) return CLONAL_OK;
    CLONAL__TRY(watch(r, r->epoch));
    return tell_stats(r, r->epoch);
}

static int progress(size_t done, size_t total, double loss, void *user)
{
    const clonal__training *r = user;
    return r->listener->progress(r->epoch + 1, done, total, loss, r->listener->user);
}

/* Within an epoch: what was recorded of its steps is on the disk before the checkpoint is. */
static clonal_status checkpoint_steps(const clonal__epoch_place *place, void *user)
{
    clonal__training *r = user;
    if (r->record) CLONAL__TRY(r->recorder->flush(r->record));
    CLONAL__TRY_SPAN(r->context, clonal__training_write_checkpoint(r, place), "checkpoint within epoch %u",
                     r->epoch + 1);
    return CLONAL_OK;
}

/* Trains what is left of the epoch in work. */
static clonal_status train_epoch(clonal__training *r, double *loss)
{
    const bool heard = r->listener && r->listener->progress;
    const clonal__epoch_course course = {.from = r->from,
                                         .progress = heard ? progress : NULL,
                                         .every = r->settings.checkpoint_steps,
                                         .pause = checkpoint_steps,
                                         .user = r};
    CLONAL__TRY(clonal__model_train_course(r->model, r->train, r->epoch, &course, loss));
    r->from = (clonal__epoch_place){0};
    return CLONAL_OK;
}

/* One epoch with its figures and its checkpoint. Statistics and metrics go first: on resume, rows past the checkpoint
 * are dropped. */
static clonal_status one_epoch(clonal__training *r)
{
    clonal_epoch_metrics *m = &r->metrics[r->epochs_done];
    double start = clonal__now_seconds();
    CLONAL__TRY_SPAN(r->context, train_epoch(r, &m->train_loss), "epoch %u", r->epoch + 1);
    m->seconds = clonal__now_seconds() - start;
    m->epoch = r->epoch + 1;
    CLONAL__TRY(clonal__model_digest(r->model, m->digest));
    CLONAL__TRY_SPAN(r->context, clonal_model_evaluate(r->model, r->validation, &m->val_loss, &m->val_accuracy),
                     "evaluation after epoch %u", r->epoch + 1);
    CLONAL__TRY(watch(r, m->epoch));
    r->epochs_done++;
    CLONAL__TRY(clonal__metrics_write(r->metrics_path, r->epochs_done, r->metrics));
    CLONAL__TRY(clonal__training_write_manifest(r, "")); /* before the weights that it speaks of */
    if (r->record) CLONAL__TRY(r->recorder->flush(r->record));
    CLONAL__TRY_SPAN(r->context, clonal__training_write_checkpoint(r, NULL), "checkpoint after epoch %u", r->epoch + 1);
    r->epoch++;
    CLONAL__TRY(tell_stats(r, r->epoch));
    if (r->listener && r->listener->epoch && r->listener->epoch(m, r->listener->user))
        return clonal__fail(CLONAL_E_CANCELLED, "cancelled after epoch %u; --resume goes on from there", r->epoch);
    return CLONAL_OK;
}

static clonal_status finish(clonal__training *r, clonal_run_result *result)
{
    char digest[72];
    CLONAL__TRY_SPAN(r->context, clonal_model_save(r->model, r->weights_path, digest), "write the weights");
    CLONAL__TRY(clonal__training_write_manifest(r, digest));
    if (!result) return CLONAL_OK;
    snprintf(result->digest, sizeof result->digest, "%s", digest);
    snprintf(result->weights, sizeof result->weights, "%s", r->weights_path);
    result->exact = clonal_model_is_exact(r->model);
    if (r->epochs_done) result->last = r->metrics[r->epochs_done - 1];
    result->best_epoch = clonal__best_epoch(r->epochs_done, r->metrics);
    return CLONAL_OK;
}

/* A schedule that takes the whole run and names no end of it ends with the run. A resumed run keeps the end that its
 * run.json names. */
static void end_schedules(clonal__training *r)
{
    clonal_run_settings *s = &r->settings;
    if (s->model.batch == 0) return; /* refused with the model */
    const uint64_t steps = s->epochs * clonal__training_steps(r);
    if (s->model.schedule.steps == 0) s->model.schedule.steps = steps;
    if (s->model.dropout_schedule.steps == 0) s->model.dropout_schedule.steps = steps;
}

/* Of a run that was started for fewer epochs: its schedule's end stays where it was. */
static void warn_of_no_rate(const clonal__training *r)
{
    const clonal_schedule *s = &r->settings.model.schedule;
    const uint64_t steps = r->settings.epochs * clonal__training_steps(r);
    if (!r->settings.resume || s->steps >= steps || !clonal__training_goes_on(r)) return;
    if (clonal__schedule_factor(s, steps - 1) != 0) return;
    clonal__log(CLONAL_LOG_WARNING,
                "the %s schedule ends at step %llu of %llu: from there on the learning rate is 0, and nothing is "
                "learned; for a longer schedule start a run in another folder",
                s->name, (unsigned long long)s->steps, (unsigned long long)steps);
}

uint64_t clonal__training_steps(const clonal__training *r)
{
    const size_t batch = r->settings.model.batch;
    return (r->train->count + batch - 1) / batch;
}

bool clonal__training_goes_on(const clonal__training *r)
{
    return r->epoch < r->settings.epochs && !clonal__stops_early(r->settings.early_stop, r->epochs_done, r->metrics);
}

/* What is trained, and on what. */
static clonal_status prepare(clonal__training *r)
{
    CLONAL__TRY_SPAN(r->context, clonal__training_open_data(r), "read the data");
    end_schedules(r);
    return clonal_run_graph(&r->settings, r->train->rank, r->train->shape, r->outputs, &r->graph);
}

/* Before the first epoch that is trained, whose seconds then are those of training alone. */
static clonal_status get_ready(clonal__training *r, double start)
{
    if (!clonal__training_goes_on(r)) return CLONAL_OK;
    CLONAL__TRY_SPAN(r->context, clonal__model_prepare(r->model, r->train, r->validation, r->settings.watch),
                     "prepare the epochs");
    if (r->listener && r->listener->prepared) r->listener->prepared(clonal__now_seconds() - start, r->listener->user);
    return CLONAL_OK;
}

static clonal_status train(clonal__training *r, clonal_run_result *result)
{
    const double start = clonal__now_seconds();
    CLONAL__TRY(clonal__settings_check(&r->settings));
    CLONAL__TRY(find_paths(r));
    CLONAL__TRY(clonal__training_check_folder(r));
    clonal__training_meanwhile(r);
    CLONAL__TRY(prepare(r));
    CLONAL__TRY_SPAN(r->context, make_model(r), "make the model");
    CLONAL__TRY(clonal__training_digests(r));
    CLONAL__TRY(clonal__calloc(r->settings.epochs, sizeof *r->metrics, &r->metrics));
    if (r->settings.resume) CLONAL__TRY(clonal__training_restore(r));
    warn_of_no_rate(r);
    r->folders_there = clonal__folders_there(r->checkpoints);
    CLONAL__TRY(clonal__make_folders(r->checkpoints));
    clonal_status status = clonal__folder_lock(r->settings.out, &r->lock);
    if (status == CLONAL_OK)
        status = clonal__training_check_folder(r); /* again: another process may have been quicker */
    if (status != CLONAL_OK) {
        r->folders_there = SIZE_MAX; /* they are the other's */
        return status;
    }
    /* what goes on from here records the steps behind it anew */
    if (r->back) clonal__checkpoint_remove_within(r->checkpoints, r->epoch, 0);
    CLONAL__TRY(open_record(r));
    CLONAL__TRY(open_stats(r));
    CLONAL__TRY(clonal__training_write_manifest(r, ""));
    if (r->listener && r->listener->started)
        r->listener->started(r->context, r->model, r->train->count, r->epoch + 1, r->listener->user);
    CLONAL__TRY(get_ready(r, start));
    CLONAL__TRY(watch_start(r));
    while (clonal__training_goes_on(r)) CLONAL__TRY(one_epoch(r));
    return finish(r, result);
}

/* Leaves nothing of a start that failed before run.json was there: the record that it began, and folders. */
static void unmake(clonal__training *r)
{
    char path[CLONAL__RUN_PATH_ROOM];
    if (r->record) {
        r->recorder->close(r->record);
        r->record = NULL;
        if (clonal__path_join(r->settings.out, "record.txt", path, sizeof path) == CLONAL_OK) remove(path);
    }
    clonal__unmake_folders(r->checkpoints, r->folders_there);
}

clonal_status clonal__run_train_on(clonal_context *context, const clonal_run_settings *settings,
                                   const clonal__run_recorder *recorder, const clonal__run_data *data,
                                   const clonal_run_listener *listener, clonal_run_result *result)
{
    if (result) memset(result, 0, sizeof *result);
    if (!context || !settings || !settings->out || !settings->out[0])
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "clonal_run_train: the context, the settings or their folder (out) is missing");
    clonal__training r = {.context = context,
                          .settings = *settings,
                          .recorder = recorder,
                          .listener = listener,
                          .shared = data,
                          .lock = -1,
                          .folders_there = SIZE_MAX};
    clonal_status status = train(&r, result);
    if (status != CLONAL_OK && r.folders_there != SIZE_MAX && !clonal__file_exists(r.manifest_path)) unmake(&r);
    run_free(&r);
    return status;
}

clonal_status clonal__run_train(clonal_context *context, const clonal_run_settings *settings,
                                const clonal__run_recorder *recorder, const clonal_run_listener *listener,
                                clonal_run_result *result)
{
    return clonal__run_train_on(context, settings, recorder, NULL, listener, result);
}

static clonal_status check(clonal__training *r)
{
    CLONAL__TRY(clonal__settings_check(&r->settings));
    CLONAL__TRY(prepare(r));
    CLONAL__TRY(clonal__model_check(r->graph, &r->settings.model));
    return check_memory(r);
}

clonal_status clonal__run_check(clonal_context *context, const clonal_run_settings *settings,
                                const clonal__run_data *data)
{
    clonal__training r = {
        .context = context, .settings = *settings, .shared = data, .lock = -1, .folders_there = SIZE_MAX};
    r.settings.resume = false; /* no folder is looked at */
    const clonal_status status = check(&r);
    run_free(&r);
    return status;
}

static clonal_status explain(clonal__training *r, char **text, clonal_memory_need *need)
{
    CLONAL__TRY(clonal__settings_check(&r->settings));
    CLONAL__TRY(prepare(r));
    const clonal_model_options *options = &r->settings.model;
    CLONAL__TRY(memory_need(r, need));
    CLONAL__TRY(clonal_model_create(r->context, r->graph, options, &r->model));
    return clonal_model_explain(r->model, text);
}

clonal_status clonal_run_explain(clonal_context *context, const clonal_run_settings *settings, char **text,
                                 clonal_memory_need *need)
{
    CLONAL__FLOATS;
    if (text) *text = NULL;
    if (need) memset(need, 0, sizeof *need);
    CLONAL__NEEDS(context && settings && text && need);
    clonal__training r = {.context = context, .settings = *settings, .lock = -1, .folders_there = SIZE_MAX};
    r.settings.resume = false; /* no folder is looked at */
    const clonal_status status = explain(&r, text, need);
    run_free(&r);
    return status;
}
