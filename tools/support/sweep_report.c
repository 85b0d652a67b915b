#include "sweep_report.h"
#include "crash.h"
#include "interrupt.h"
#include "message.h"
#include "output.h"
#include "progress.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDEST_LABEL = 44 };

static int started(const clonal_sweep *sweep, const clonal_sweep_progress *p, void *user)
{
    sweep_report *report = user;
    crash_doing("training on");
    progress_clear();
    if (report->quiet) return interrupt_signal() != 0;
    printf("%zu setting%s, %zu seed%s: %zu runs -> %s", sweep->setting_count, sweep->setting_count == 1 ? "" : "s",
           sweep->seed_count, sweep->seed_count == 1 ? "" : "s", p->runs, sweep->folder);
    if (p->reused) printf(", %zu of them there already", p->reused);
    putchar('\n');
    report->output_lost = output_flush();
    if (p->done < p->runs) progress_start_runs(p->runs);
    return report->output_lost || interrupt_signal() != 0;
}

static int progress(const clonal_sweep_progress *p, void *user)
{
    const sweep_report *report = user;
    if (!report->quiet) progress_update_runs(p->done, p->parts);
    return report->output_lost || interrupt_signal() != 0;
}

static int run_done(const clonal_sweep *sweep, size_t index, size_t context, const clonal_sweep_progress *p, void *user)
{
    sweep_report *report = user;
    const clonal_sweep_run *run = &sweep->runs[index];
    const clonal_epoch_metrics *last = &run->metrics[run->epochs - 1];
    if (report->quiet) return interrupt_signal() != 0;
    progress_clear();
    printf("run %*zu/%zu  %s, seed %" PRIu64 "  train loss %.4f  val loss %.4f  accuracy %.4f",
           snprintf(NULL, 0, "%zu", p->runs), p->done, p->runs, sweep->settings[run->setting].label, run->seed,
           last->train_loss, last->val_loss, last->val_accuracy);
    if (report->device_count > 1) printf("  on %s", report->devices[context]);
    putchar('\n');
    report->output_lost = output_flush();
    return report->output_lost || interrupt_signal() != 0;
}

clonal_sweep_listener sweep_report_listener(sweep_report *report)
{
    return (clonal_sweep_listener){.started = started, .progress = progress, .run = run_done, .user = report};
}

/* "0.8801", or "-" where too few runs tell it. */
static const char *figure(double value, char room[32])
{
    snprintf(room, 32, isnan(value) ? "-" : "%.4f", value);
    return room;
}

static void print_row(const char *label, int width, const clonal_estimate *e)
{
    char mean[32], deviation[32], low[32], high[32];
    const bool none = e->count == 0;
    printf("%-*.*s %5zu %9s %9s  ", width, width, label, e->count, figure(none ? NAN : e->mean, mean),
           figure(none ? NAN : e->deviation, deviation));
    if (none || isnan(e->low))
        puts("-");
    else
        printf("%s to %s\n", figure(e->low, low), figure(e->high, high));
}

static int label_width(const clonal_sweep *sweep)
{
    size_t width = sizeof "val accuracy" - 1;
    for (size_t i = 0; i < sweep->setting_count; i++) {
        const size_t length = strlen(sweep->settings[i].label);
        if (length > width) width = length;
    }
    return width > WIDEST_LABEL ? WIDEST_LABEL : (int)width;
}

void sweep_report_tables(const clonal_sweep *sweep)
{
    static const char *const names[] = {"val accuracy", "val loss", "train loss"};
    const int width = label_width(sweep);
    size_t inexact = 0;
    for (size_t i = 0; i < sweep->setting_count * sweep->seed_count; i++)
        inexact += sweep->runs[i].finished && !sweep->runs[i].exact;
    for (size_t figure_of = 0; figure_of < 3; figure_of++) {
        printf("%s%-*s %5s %9s %9s  %s\n", figure_of ? "\n" : "", width, names[figure_of], "runs", "mean", "deviation",
               "95 % interval");
        for (size_t i = 0; i < sweep->setting_count; i++) {
            const clonal_sweep_setting *s = &sweep->settings[i];
            const clonal_estimate *const of[] = {&s->val_accuracy, &s->val_loss, &s->train_loss};
            print_row(s->label, width, of[figure_of]);
        }
    }
    if (inexact) warn("%zu runs do not keep the numeric contract: other devices may give others", inexact);
}
