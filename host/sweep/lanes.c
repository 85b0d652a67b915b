/* lanes.c: the runs of a sweep, dealt out over contexts: a thread for each, which takes the next run when it has ended
 * one. All that they share is behind one lock, and listeners are called within it. */
#include "host/sweep/sweep.h"

#include "host/base/error.h"
#include "host/base/float_environment.h"
#include "host/base/memory.h"
#include <pthread.h>
#include <stdio.h>

typedef struct lane lane;

typedef struct dealing {
    clonal__sweep_work *work;
    lane *lanes;
    pthread_mutex_t lock;
    size_t next; /* by seed, then by setting */
    bool stop;   /* no run is begun any more */
} dealing;

struct lane {
    dealing *of;
    size_t number;
    clonal__run_data data;
    size_t run;  /* in work, by its place in sweep->runs */
    double part; /* of it that is done; 0 between runs */
    clonal_status status;
    clonal_error error; /* of the failure; its texts are owned */
    char *texts[4];
    pthread_t thread;
    bool started;
};

static void lock(dealing *d)
{
    pthread_mutex_lock(&d->lock);
}

static void unlock(dealing *d)
{
    pthread_mutex_unlock(&d->lock);
}

/* Within the lock. */
static void sum_parts(dealing *d)
{
    d->work->progress.parts = 0;
    for (size_t i = 0; i < d->work->context_count; i++) d->work->progress.parts += d->lanes[i].part;
}

static int part_done(double share, void *user)
{
    lane *l = user;
    dealing *d = l->of;
    const clonal_sweep_listener *listener = d->work->listener;
    lock(d);
    l->part = share;
    sum_parts(d);
    if (listener && listener->progress && listener->progress(&d->work->progress, listener->user)) d->stop = true;
    const bool stop = d->stop;
    unlock(d);
    return stop;
}

/* The lane's next run that is not finished; false: there is none. Each seed of all settings comes before the next. */
static bool take_next(lane *l)
{
    dealing *d = l->of;
    const clonal_sweep *sweep = d->work->sweep;
    const size_t count = sweep->setting_count * sweep->seed_count;
    bool found = false;
    lock(d);
    while (!d->stop && !found && d->next < count) {
        l->run = d->next % sweep->setting_count * sweep->seed_count + d->next / sweep->setting_count;
        d->next++;
        found = !sweep->runs[l->run].finished;
    }
    unlock(d);
    return found;
}

/* Within the lock: the results so far, in the folder and to the listener. */
static clonal_status note_finished(lane *l)
{
    clonal__sweep_work *w = l->of->work;
    const clonal_sweep_listener *listener = w->listener;
    l->part = 0;
    sum_parts(l->of);
    CLONAL__TRY(clonal__sweep_collect(w->sweep, l->run));
    CLONAL__TRY(clonal__sweep_summarize(w->sweep, w->sweep->runs[l->run].setting));
    CLONAL__TRY(clonal__sweep_write_tables(w->sweep));
    w->progress.done = w->sweep->finished;
    if (listener && listener->run && listener->run(w->sweep, l->run, l->number, &w->progress, listener->user))
        l->of->stop = true;
    return CLONAL_OK;
}

static clonal_status train_one(lane *l)
{
    const clonal__sweep_work *w = l->of->work;
    const clonal_sweep_run *run = &w->sweep->runs[l->run];
    clonal_context *context = w->contexts[l->number];
    clonal_run_settings settings = w->items[run->setting].settings;
    settings.model.seed = run->seed; /* chooses what is held out, too */
    CLONAL__TRY(clonal__run_data_take(&l->data, w->splits[run->setting], &settings));
    CLONAL__TRY(clonal__run_data_copy(&l->data, context));
    CLONAL__TRY(clonal__sweep_train_member(context, &settings, run->seed, run->folder, &l->data, part_done, l));
    lock(l->of);
    const clonal_status status = note_finished(l);
    unlock(l->of);
    return status;
}

/* The record of a failure is its thread's: the lane keeps a copy. */
static void keep_error(lane *l)
{
    const clonal_error *e = clonal_last_error();
    const char *const texts[] = {e->message, e->call, e->code_name, e->build_log};
    for (size_t i = 0; i < 4; i++) l->texts[i] = clonal__strdup(texts[i]);
    l->error.code = e->code;
}

static void *run_lane(void *user)
{
    CLONAL__FLOATS;
    lane *l = user;
    while (l->status == CLONAL_OK && take_next(l)) {
        l->status = train_one(l);
        if (l->status == CLONAL_OK) continue;
        if (l->status != CLONAL_E_CANCELLED) {
            const clonal_sweep_run *run = &l->of->work->sweep->runs[l->run];
            clonal__fail_context("%s, seed %llu", l->of->work->sweep->settings[run->setting].label,
                                 (unsigned long long)run->seed);
        }
        keep_error(l);
        lock(l->of);
        l->of->stop = true;
        unlock(l->of);
    }
    clonal__run_data_free(&l->data);
    return NULL;
}

static const char *text_of(const lane *l, size_t i)
{
    return l->texts[i] ? l->texts[i] : "";
}

/* The failure that stopped the others, as this thread's; those that were stopped are cancelled. */
static clonal_status result_of(const dealing *d)
{
    const lane *cause = NULL;
    for (size_t i = 0; i < d->work->context_count; i++) {
        const lane *l = &d->lanes[i];
        if (l->status == CLONAL_OK) continue;
        if (!cause || cause->status == CLONAL_E_CANCELLED) cause = l;
    }
    if (!cause && !d->stop) return CLONAL_OK;
    if (!cause || cause->status == CLONAL_E_CANCELLED)
        return clonal__fail(CLONAL_E_CANCELLED, "cancelled with %zu of %zu runs finished; the same call goes on",
                            d->work->progress.done, d->work->progress.runs);
    return clonal__fail_call(cause->status, text_of(cause, 1), cause->error.code, text_of(cause, 2), text_of(cause, 3),
                             "%s", text_of(cause, 0));
}

static void run_all(dealing *d)
{
    const size_t count = d->work->context_count;
    for (size_t i = 1; i < count; i++)
        d->lanes[i].started = pthread_create(&d->lanes[i].thread, NULL, run_lane, &d->lanes[i]) == 0;
    run_lane(&d->lanes[0]); /* which takes what a thread that was not started leaves */
    for (size_t i = 1; i < count; i++)
        if (d->lanes[i].started) pthread_join(d->lanes[i].thread, NULL);
}

clonal_status clonal__sweep_train_lanes(clonal__sweep_work *work)
{
    dealing d = {.work = work};
    CLONAL__TRY(clonal__calloc(work->context_count, sizeof *d.lanes, &d.lanes));
    if (pthread_mutex_init(&d.lock, NULL) != 0) {
        clonal__free(d.lanes);
        return clonal__fail_memory(sizeof d.lock);
    }
    for (size_t i = 0; i < work->context_count; i++) d.lanes[i] = (lane){.of = &d, .number = i};
    run_all(&d);
    const clonal_status status = result_of(&d);
    for (size_t i = 0; i < work->context_count; i++)
        for (size_t j = 0; j < 4; j++) clonal__free(d.lanes[i].texts[j]);
    pthread_mutex_destroy(&d.lock);
    clonal__free(d.lanes);
    return status;
}
