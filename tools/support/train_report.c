#include "train_report.h"
#include "crash.h"
#include "device.h"
#include "interrupt.h"
#include "message.h"
#include "output.h"
#include "parse.h"
#include "progress.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MOST_NAMED = 32 }; /* layers that are named one by one */

/* "784-256-256-10": the inputs, then the outputs of each linear node. */
static void print_widths(const clonal_model *model)
{
    size_t count = clonal_model_parameter_count(model), printed = 0, last = 0;
    uint32_t rows = 0, columns;
    for (size_t i = 0; i < count; i++) {
        const char *name = clonal_model_parameter(model, i, &rows, &columns);
        if (!name || !strstr(name, ".weight")) continue;
        if (printed++ == 0) printf("%" PRIu32, columns);
        if (printed <= MOST_NAMED) printf("-%" PRIu32, rows);
        last = i;
    }
    if (printed <= MOST_NAMED) return;
    clonal_model_parameter(model, last, &rows, &columns);
    printf("-...-%" PRIu32 " (%zu layers)", rows, printed);
}

/* "0.5,0.2" or, of many layers that have all the same, "0.5 after each". */
static void print_dropout(const clonal_perceptron *p)
{
    char room[REAL_TEXT];
    bool same = p->hidden_count > MOST_NAMED;
    for (size_t i = 1; i < p->hidden_count; i++) same = same && p->dropout[i] == p->dropout[0];
    const size_t named = same ? 1 : p->hidden_count < MOST_NAMED ? p->hidden_count : MOST_NAMED;
    for (size_t i = 0; i < named; i++) printf("%s%s", i ? "," : "", real_text(p->dropout[i], room));
    if (named < p->hidden_count) printf(same ? " after each" : ",...");
}

static void print_dropout_schedule(const clonal_dropout_schedule *s)
{
    if (s->name && strcmp(s->name, clonal_dropout_schedule_names()[0]) != 0) printf("%s dropout, ", s->name);
}

/* " selu, alpha dropout 0.5,0.2", and what is added to the samples. */
static void print_layers(const clonal_perceptron *p)
{
    static const char *const kinds[] = {"", "gaussian ", "alpha ", "spatial ", "weight "};
    static const char *const noises[] = {"", "gaussian", "uniform"};
    char room[REAL_TEXT];
    if (p->hidden_count) printf(" %s, %sdropout ", p->activation, kinds[p->dropout_kind]);
    if (p->hidden_count) print_dropout(p);
    if (p->input_noise != CLONAL_INPUT_NOISE_NONE)
        printf(", %s noise %s on the input", noises[p->input_noise], real_text(p->input_noise_size, room));
}

static void print_own_seed(const char *of, const clonal_own_seed *seed)
{
    if (seed->given) printf(", of %s %" PRIu64, of, seed->value);
}

/* Behind the seed: where weights, masks or orders do not come from it alone, or weights by another rule. */
static void print_start(const clonal_model_options *o)
{
    print_own_seed("initial weights", &o->initial_seed);
    print_own_seed("masks", &o->dropout_seed);
    print_own_seed("the order", &o->shuffle_seed);
    if (o->initial && strcmp(o->initial, clonal_initial_names()[0]) != 0) printf("; %s", o->initial);
}

static void print_settings(const clonal_model *model, const clonal_run_settings *s)
{
    static const char *const losses[] = {"cross-entropy", "mse"};
    const clonal_perceptron *p = &s->perceptron;
    char room[REAL_TEXT];
    print_widths(model);
    if (!s->graph) print_layers(p);
    printf(", %s; ", s->graph ? "by --graph" : losses[p->loss]);
    print_dropout_schedule(&s->model.dropout_schedule);
    if (s->model.optimizer.name && strcmp(s->model.optimizer.name, "sgd") != 0) printf("%s, ", s->model.optimizer.name);
    printf("lr %s", real32_text(s->model.optimizer.learning_rate, room));
    if (s->model.schedule.name && strcmp(s->model.schedule.name, "constant") != 0)
        printf(" %s", s->model.schedule.name);
    if (s->model.schedule.warmup) printf(", warm-up %" PRIu64, s->model.schedule.warmup);
    if (s->model.optimizer.momentum != 0) printf(", momentum %s", real32_text(s->model.optimizer.momentum, room));
    if (s->model.optimizer.weight_decay != 0)
        printf(", weight decay %s", real32_text(s->model.optimizer.weight_decay, room));
    printf(", batch %" PRIu32 ", seed %" PRIu64, s->model.batch, s->model.seed);
    print_start(&s->model);
    putchar('\n');
}

static void started(const clonal_context *context, const clonal_model *model, size_t samples, uint32_t first_epoch,
                    void *user)
{
    train_report *report = user;
    const clonal_run_settings *s = report->settings;
    const uint64_t batch = s->model.batch, steps = (samples + batch - 1) / batch;
    const uint64_t within = clonal_model_step(model) - steps * (first_epoch - 1);
    report->samples = samples;
    report->first_epoch = first_epoch;
    report->skipped = (size_t)(within * batch);
    crash_doing("training on");
    progress_clear();
    tensorboard_begin(&report->board, s->out, model, steps, first_epoch);
    if (first_epoch > 1) live_draw(&report->live, s->out);
    if (!clonal_model_is_exact(model)) {
        const char *failed = clonal_context_probe(context)->failed;
        warn("this run does not keep the numeric contract%s%s; its digest is marked",
             failed[0] ? ": the device fails " : "", failed);
    }
    if (report->quiet) return;
    char description[512], room[REAL_TEXT];
    device_describe(context, report->selector, description, sizeof description);
    printf("device %s\n", description);
    print_settings(model, s);
    printf("%zu samples of %s", samples, s->data ? s->data : CLONAL_FASHION_MNIST);
    if (s->validate != 0) printf(", a share of %s held out", real_text(s->validate, room));
    printf(" -> %s", s->out);
    if (within)
        printf(", resumed after step %" PRIu64 " of epoch %" PRIu32, within, first_epoch);
    else if (first_epoch > 1)
        printf(", resumed after epoch %" PRIu32, first_epoch - 1);
    putchar('\n');
    report->output_lost = output_flush();
    if (first_epoch > s->epochs) return;
    progress_start(first_epoch, s->epochs, samples);
    progress_say("compiling kernels, planning matrix products ...");
}

static void prepared(double seconds, void *user)
{
    train_report *report = user;
    if (report->quiet || report->output_lost) return;
    progress_clear();
    printf("ready after %.1f s\n", seconds);
    report->output_lost = output_flush();
}

static int progress(uint32_t epoch, size_t done, size_t total, double loss, void *user)
{
    const train_report *report = user;
    (void)total;
    if (!report->quiet) progress_update(epoch, done, loss);
    return report->output_lost || interrupt_signal() != 0;
}

static int statistics(uint32_t epoch, const clonal_layer_statistics *rows, size_t count, void *user)
{
    train_report *report = user;
    tensorboard_statistics(&report->board, epoch, rows, count);
    return 0; /* `epoch`, which is called next, or `progress` stops a run */
}

static void print_epoch(train_report *report, const clonal_epoch_metrics *m)
{
    char rate[24];
    const size_t trained = report->samples - (m->epoch == report->first_epoch ? report->skipped : 0);
    format_rate((double)trained / m->seconds, rate);
    progress_clear();
    printf("epoch %*" PRIu32 "/%" PRIu32 "  train loss %.4f  val loss %.4f  accuracy %.4f  %.1f s  %s samples/s\n",
           snprintf(NULL, 0, "%" PRIu32, report->settings->epochs), m->epoch, report->settings->epochs, m->train_loss,
           m->val_loss, m->val_accuracy, m->seconds, rate);
    report->output_lost = output_flush();
}

static int epoch_done(const clonal_epoch_metrics *m, void *user)
{
    train_report *report = user;
    if (!report->quiet) print_epoch(report, m);
    tensorboard_epoch(&report->board, m);
    live_draw(&report->live, report->settings->out);
    return report->output_lost || interrupt_signal() != 0;
}

clonal_run_listener train_report_listener(train_report *report)
{
    return (clonal_run_listener){.started = started,
                                 .prepared = prepared,
                                 .progress = progress,
                                 .epoch = epoch_done,
                                 .statistics = statistics,
                                 .user = report};
}

/* Where its best weights are, since those at the end are not. */
static void print_early_end(const clonal_run_settings *s, const clonal_run_result *result)
{
    printf("ended early: ");
    if (result->best_epoch)
        printf("val loss was lowest after epoch %" PRIu32 ", %s/checkpoints/epoch-%04" PRIu32 ".safetensors\n",
               result->best_epoch, s->out, result->best_epoch);
    else
        printf("val loss was never a number\n");
}

void train_report_result(const train_report *report, const clonal_run_result *result)
{
    if (!report->quiet && result->last.epoch < report->settings->epochs) print_early_end(report->settings, result);
    printf("digest %s  %s%s\n", result->digest, result->weights, result->exact ? "" : " (not contract)");
}
