#include "tensorboard.h"
#include "message.h"
#include "metrics_file.h"
#include "output.h"
#include "stats_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

int tensorboard_check(const char *folder)
{
    return folder ? output_check_folder("--tensorboard", folder) : 0;
}

static double wall_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A failure ends the events, not the run. */
static void take(tensorboard *t, int code)
{
    if (code != 0) tensorboard_end(t);
}

/* ---- what an event holds ---- */

static int put_epoch(const tensorboard *t, double when, const metrics_row *m)
{
    const uint64_t last_step = (uint64_t)m->epoch * t->steps - 1;
    const tfevents_scalar scalars[] = {{"train_loss", m->train_loss},
                                       {"val_loss", m->val_loss},
                                       {"val_accuracy", m->val_accuracy},
                                       {"learning_rate", clonal_model_learning_rate(t->model, last_step)}};
    return tfevents_scalars(t->file, when, (int64_t)m->epoch, scalars, sizeof scalars / sizeof *scalars);
}

/* The rows (count) of one epoch: a scalar for each of their figures. */
static int put_statistics(const tensorboard *t, double when, const stats_row *rows, size_t count)
{
    enum { TAG = 128 };
    const size_t all = STATS_FIGURES * count;
    tfevents_scalar *scalars = calloc(all + 1, sizeof *scalars);
    char(*tags)[TAG] = calloc(all + 1, sizeof *tags);
    int code = scalars && tags ? 0 : fail(CLONAL_E_MEMORY, "out of memory");
    for (size_t i = 0; code == 0 && i < all; i++) {
        const stats_row *row = &rows[i / STATS_FIGURES];
        snprintf(tags[i], TAG, "%s.%s/%s/%s", stats_names[i % STATS_FIGURES], row->gradient ? "gradient" : "activation",
                 row->layer, row->dropout ? "training" : "evaluation");
        scalars[i] = (tfevents_scalar){tags[i], row->figures[i % STATS_FIGURES]};
    }
    if (code == 0 && count) code = tfevents_scalars(t->file, when, (int64_t)rows[0].epoch, scalars, all);
    free(scalars);
    free(tags);
    return code;
}

/* ---- a run that goes on ---- */

/* When an epoch was done, by the seconds of those after it: as if they had followed without a pause. */
static double time_of(const metrics_row *rows, size_t count, unsigned long epoch, double now)
{
    for (size_t i = count; i > 0 && rows[i - 1].epoch > (double)epoch; i--)
        if (rows[i - 1].seconds > 0) now -= rows[i - 1].seconds;
    return now;
}

static int tell_metrics(const tensorboard *t, const metrics_row *rows, size_t count, double now)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++)
        code = put_epoch(t, time_of(rows, count, (unsigned long)rows[i].epoch, now), &rows[i]);
    return code;
}

/* Of the epochs up to `last`. */
static int tell_statistics(const tensorboard *t, const char *run, const metrics_row *metrics, size_t metrics_count,
                           uint32_t last, double now)
{
    char path[4096];
    struct stat there;
    stats_row *rows;
    size_t count, end;
    snprintf(path, sizeof path, "%s/stats.csv", run);
    if (stat(path, &there) != 0) return 0;
    int code = stats_file_read(path, &rows, &count);
    for (size_t at = 0; code == 0 && at < count && rows[at].epoch <= last; at = end) {
        for (end = at; end < count && rows[end].epoch == rows[at].epoch;) end++;
        code = put_statistics(t, time_of(metrics, metrics_count, rows[at].epoch, now), rows + at, end - at);
    }
    free(rows);
    return code;
}

/* `done` epochs; of none there may be the statistics of the initial weights, where a run began and was killed. */
static int tell_again(const tensorboard *t, const char *run, uint32_t done)
{
    metrics_row *rows = NULL;
    size_t count = 0;
    const double now = wall_time();
    int code = done ? metrics_file_read(run, &rows, &count) : 0;
    while (code == 0 && count && rows[count - 1].epoch > done) count--; /* no checkpoint stands for them */
    if (code == 0) code = tell_metrics(t, rows, count, now);
    if (code == 0) code = tell_statistics(t, run, rows, count, done, now);
    free(rows);
    return code;
}

/* ---- the run's events ---- */

static int begin(tensorboard *t, const char *run, uint32_t first_epoch)
{
    int code = output_make_folder(t->folder);
    if (code == 0) code = tfevents_open(t->folder, &t->file);
    if (code == 0) code = tfevents_restart(t->file, wall_time(), 0);
    if (code == 0) code = tell_again(t, run, first_epoch - 1);
    return code;
}

void tensorboard_begin(tensorboard *t, const char *run, const clonal_model *model, uint64_t steps, uint32_t first_epoch)
{
    if (!t->folder) return;
    t->model = model;
    t->steps = steps;
    const message_mode before = message_set_mode(MESSAGE_WARNING);
    take(t, begin(t, run, first_epoch));
    message_set_mode(before);
}

void tensorboard_epoch(tensorboard *t, const clonal_epoch_metrics *m)
{
    const metrics_row row = {m->epoch, m->train_loss, m->val_loss, m->val_accuracy, m->seconds};
    if (!t->file) return;
    const message_mode before = message_set_mode(MESSAGE_WARNING);
    take(t, put_epoch(t, wall_time(), &row));
    message_set_mode(before);
}

void tensorboard_statistics(tensorboard *t, uint32_t epoch, const clonal_layer_statistics *rows, size_t count)
{
    if (!t->file) return;
    const message_mode before = message_set_mode(MESSAGE_WARNING);
    stats_row *copies = calloc(count + 1, sizeof *copies);
    int code = copies ? 0 : fail(CLONAL_E_MEMORY, "out of memory");
    for (size_t i = 0; code == 0 && i < count; i++) {
        const clonal_layer_statistics *r = &rows[i];
        copies[i] = (stats_row){.epoch = epoch,
                                .gradient = r->gradient,
                                .dropout = r->dropout,
                                .figures = {r->mean, r->variance, r->zeros, r->norm}};
        snprintf(copies[i].layer, sizeof copies[i].layer, "%s", r->layer);
    }
    if (code == 0) code = put_statistics(t, wall_time(), copies, count);
    free(copies);
    take(t, code);
    message_set_mode(before);
}

void tensorboard_end(tensorboard *t)
{
    tfevents_close(t->file);
    t->file = NULL;
}
