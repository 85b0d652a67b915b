/* clonal reproduce: trains a run again, here, and tells whether it gives the same bits. */
#include "support/device.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/progress.h"
#include "support/train_report.h"
#include "support/verbs.h"
#include <clonal/verify.h>
#include <inttypes.h>
#include <stdio.h>

typedef struct reproduce_request {
    const char *device, *data, *out;
    bool quiet;
} reproduce_request;

/* What the listener reports to: the report first, whose own functions take it alone. */
typedef struct reproduce_report {
    train_report report;
    clonal_run_settings settings;
    clonal_reproduction result;
} reproduce_report;

/* Without the line of the new run's folder, which is gone when it can be read. */
static void started(const clonal_context *context, const clonal_model *model, size_t samples, uint32_t first_epoch,
                    void *user)
{
    reproduce_report *r = user;
    train_report *report = &r->report;
    char device[512];
    (void)model;
    device_describe(context, report->selector, device, sizeof device);
    if (!report->quiet) printf("device %s\n", device);
    report->samples = samples;
    r->settings.epochs = r->result.epochs; /* a run may have been stopped */
    if (!report->quiet) progress_start(first_epoch, r->settings.epochs, samples);
}

static int verdict(const char *run, const clonal_reproduction *r)
{
    if (r->same) {
        printf("same digest: %s%s\n", r->recorded, r->recorded_exact && r->exact ? "" : " (not contract)");
        return 0;
    }
    if (r->parted)
        printf("parted in epoch %" PRIu32 " of %s: its weights after that epoch are other ones\n", r->parted, run);
    else
        printf("parted: %s, not %s\n", r->made, r->recorded);
    if (!r->recorded_exact) printf("the run is marked: it does not keep the contract\n");
    printf("'clonal diff' of the two runs' folders finds the operation (reproduce --out keeps this one's)\n");
    return CLONAL_E_MISMATCH;
}

static int reproduce(clonal_context *context, const char *run, const reproduce_request *request)
{
    reproduce_report r = {.report = {.selector = request->device, .quiet = request->quiet}};
    char data[4096];
    clonal_status status = clonal_run_settings_load(run, &r.settings, data);
    if (status != CLONAL_OK) return fail_status(status);
    r.report.settings = &r.settings;
    clonal_run_listener listener = train_report_listener(&r.report);
    listener.started = started;
    listener.user = &r;
    status = clonal_run_reproduce(context, run, request->data, request->out, &listener, &r.result);
    clonal_run_settings_free(&r.settings);
    progress_stop();
    if (r.report.output_lost) return r.report.output_lost;
    return status == CLONAL_OK ? verdict(run, &r.result) : fail_status(status);
}

int cmd_reproduce(int argc, const char **argv)
{
    static reproduce_request request;
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "device", 0, &request.device, "S", DEVICE_HELP),
        VALUE_OPTION(OPTION_TEXT, "data", 0, &request.data, "DIR|FILE",
                     "the run's data, where they are here (as run.json says)"),
        VALUE_OPTION(OPTION_TEXT, "out", 'o', &request.out, "DIR", "keep the new run there; else it is not kept"),
        FLAG_OPTION("quiet", 'q', &request.quiet, "print the verdict only"),
    };
    command_line line = {.verb = "reproduce",
                         .arguments = "RUN [options]",
                         .summary = "Trains a run again from its folder's run.json, which may be of any machine, and\n"
                                    "compares the weights after each epoch.",
                         .notes = "Exit code 0: the same digest; 14: not. Without --out it stops where they part.",
                         .least = 1,
                         .most = 1,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    clonal_context *context = NULL;
    if (code == CARRY_ON) {
        interrupt_watch();
        code = device_open(request.device, &context);
    }
    if (code == 0 && context) code = reproduce(context, line.positional[0], &request);
    clonal_context_destroy(context);
    command_line_free(&line);
    return code;
}
