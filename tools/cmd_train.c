/* clonal train: trains a multi-layer perceptron with dropout and leaves a run folder. */
#include "support/device.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/parse.h"
#include "support/progress.h"
#include "support/run_folder.h"
#include "support/train_report.h"
#include "support/verbs.h"
#include <stdio.h>
#include <string.h>

#define DEFAULT_DROPOUT 0.5

typedef struct train_request {
    clonal_run_settings settings;
    const char *hidden, *dropout, *device; /* as given, or NULL */
    bool explain, quiet;
    int gemm, activation, loss;
    char out[4096], data[4096]; /* room for folders that the command line does not name */
    command_line line;
} train_request;

static int parse(train_request *r, int argc, const char **argv)
{
    clonal_run_settings *s = &r->settings;
    clonal_model_options *m = &s->model;
    r->gemm = (int)m->gemm;
    r->activation = (int)s->activation;
    r->loss = (int)s->loss;
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "device", 0, &r->device, "S", DEVICE_HELP),
        VALUE_OPTION(OPTION_TEXT, "data", 0, &s->data, "DIR", "IDX files of the MNIST family (Fashion-MNIST)"),
        VALUE_OPTION(OPTION_TEXT, "out", 'o', &s->out, "DIR",
                     "the run's folder (" RUNS_FOLDER "/<UTC time>-seed<seed>)"),
        FLAG_OPTION("resume", 0, &s->resume, "go on with the run in --out, or the newest in " RUNS_FOLDER "/"),
        VALUE_OPTION(OPTION_U64, "seed", 0, &m->seed, "N", "64 bits, decimal or 0x hexadecimal (0)"),
        NUMBER_OPTION(OPTION_U32, "epochs", 0, &s->epochs, "N", "passes over the data (10)", 1, 9999),
        NUMBER_OPTION(OPTION_U32, "batch", 0, &m->batch, "N", "samples a step (256)", 1, 0),
        VALUE_OPTION(OPTION_REAL32, "lr", 0, &m->optimizer.learning_rate, "F", "learning rate (0.1)"),
        VALUE_OPTION(OPTION_REAL32, "momentum", 0, &m->optimizer.momentum, "F", "of SGD (0)"),
        VALUE_OPTION(OPTION_REAL32, "weight-decay", 0, &m->optimizer.weight_decay, "F", "of SGD (0)"),
        VALUE_OPTION(OPTION_TEXT, "hidden", 0, &r->hidden, "N,...", "widths of the hidden layers, or none (256,256)"),
        VALUE_OPTION(OPTION_TEXT, "dropout", 0, &r->dropout, "P,...", "dropout after each, or one for all (0.5,0.5)"),
        VALUE_OPTION(OPTION_CHOICE, "activation", 0, &r->activation, "relu|sigmoid|tanh",
                     "of the hidden layers (relu)"),
        VALUE_OPTION(OPTION_CHOICE, "loss", 0, &r->loss, "cross-entropy|mse", "(cross-entropy)"),
        VALUE_OPTION(OPTION_CHOICE, "gemm", 0, &r->gemm, "auto|clblast|native", "who multiplies matrices (auto)"),
        FLAG_OPTION("allow-inexact", 0, &m->allow_inexact, "take a --gemm that breaks the contract; marks the run"),
        FLAG_OPTION("no-fusion", 0, &m->no_fusion, "keep every operation's launch apart; the same bits"),
        FLAG_OPTION("record", 0, &s->record, "write record.txt: digests of every step's tensors"),
        FLAG_OPTION("explain", 0, &r->explain, "print the compiled step and train nothing"),
        FLAG_OPTION("quiet", 'q', &r->quiet, "print the last line only"),
    };
    r->line = (command_line){.verb = "train",
                             .arguments = "[options]",
                             .summary = "Trains a network with dropout: same options, same digest, on every device.",
                             OPTIONS(options)};
    int code = command_line_parse(&r->line, argc, argv);
    r->line.options = NULL; /* gone with this function */
    m->gemm = (clonal_gemm)r->gemm;
    s->activation = (clonal_activation)r->activation;
    s->loss = (clonal_loss)r->loss;
    return code;
}

/* Takes --hidden and --dropout over what the settings hold. */
static int take_layers(train_request *r)
{
    clonal_run_settings *s = &r->settings;
    if (r->hidden) {
        size_t before = s->hidden_count;
        bool good = parse_u32_list(r->hidden, CLONAL_MAX_HIDDEN, s->hidden, &s->hidden_count);
        for (size_t i = 0; good && i < s->hidden_count; i++) good = s->hidden[i] > 0;
        if (!good)
            return fail(EXIT_USAGE, "--hidden '%s': give up to %d widths from 1 with commas between, or none",
                        r->hidden, CLONAL_MAX_HIDDEN);
        for (size_t i = before; i < s->hidden_count; i++) s->dropout[i] = DEFAULT_DROPOUT;
    }
    if (!r->dropout) return 0;
    double p[CLONAL_MAX_HIDDEN];
    size_t count;
    bool good = parse_real_list(r->dropout, CLONAL_MAX_HIDDEN, p, &count) && count > 0;
    for (size_t i = 0; good && i < count; i++) good = p[i] <= 1;
    if (!good) return fail(EXIT_USAGE, "--dropout '%s': give numbers from 0 to 1 with commas between", r->dropout);
    if (count != 1 && count != s->hidden_count)
        return fail(EXIT_USAGE,
                    "--dropout '%s' has %zu numbers for %zu hidden layers; give one for each, or one for all",
                    r->dropout, count, s->hidden_count);
    for (size_t i = 0; i < s->hidden_count; i++) s->dropout[i] = p[count == 1 ? 0 : i];
    return 0;
}

/* A resumed run's settings are its own; options on the command line are laid over them, and the library refuses those
 * that would change its numbers. */
static int load_resumed(train_request *r, int argc, const char **argv)
{
    int code = 0;
    if (r->settings.out)
        snprintf(r->out, sizeof r->out, "%s", r->settings.out);
    else
        code = run_folder_newest(r->out, sizeof r->out);
    command_line_free(&r->line);
    if (code != 0) return code;
    clonal_status status = clonal_run_settings_load(r->out, &r->settings, r->data);
    if (status != CLONAL_OK) return fail_status(status);
    return parse(r, argc, argv);
}

static int explain(clonal_context *context, const clonal_run_settings *s)
{
    clonal_dataset *data = NULL;
    clonal_graph *graph = NULL;
    clonal_model *model = NULL;
    char *text = NULL;
    uint32_t shape[4];
    size_t rank;
    clonal_status status = clonal_dataset_open(s->data, CLONAL_SPLIT_TRAIN, &data);
    if (status == CLONAL_OK) {
        clonal_dataset_shape(data, &rank, shape);
        status = clonal_run_graph(s, rank, shape, clonal_dataset_classes(data), &graph);
    }
    if (status == CLONAL_OK) status = clonal_model_create(context, graph, &s->model, &model);
    if (status == CLONAL_OK) status = clonal_model_explain(model, &text);
    int code = status == CLONAL_OK ? 0 : fail_status(status);
    if (code == 0) fputs(text, stdout);
    clonal_free(text);
    clonal_model_destroy(model);
    clonal_graph_destroy(graph);
    clonal_dataset_destroy(data);
    return code;
}

static int train(clonal_context *context, train_request *r)
{
    train_report report = {.settings = &r->settings, .selector = r->device, .quiet = r->quiet};
    clonal_run_listener listener = train_report_listener(&report);
    clonal_run_result result;
    if (!r->quiet) progress_say("reading the data, compiling kernels, planning matrix products ...");
    clonal_status status = clonal_run_train(context, &r->settings, &listener, &result);
    progress_stop();
    if (status == CLONAL_OK) {
        train_report_result(&result);
        return 0;
    }
    if (report.output_lost) return output_flush();
    if (interrupt_signal())
        return fail(interrupt_exit_code(),
                    "interrupted; 'clonal train --resume --out %s' goes on from the last checkpoint", r->settings.out);
    return fail_status(status);
}

int cmd_train(int argc, const char **argv)
{
    static train_request r;
    memset(&r, 0, sizeof r);
    clonal_run_settings_default(&r.settings);
    int code = parse(&r, argc, argv);
    if (code != CARRY_ON) return code;
    if (r.settings.resume) code = load_resumed(&r, argc, argv);
    code = code == CARRY_ON ? take_layers(&r) : code;
    clonal_context *context = NULL;
    if (code == 0 && !r.settings.out) {
        run_folder_fresh(r.settings.model.seed, r.out, sizeof r.out);
        r.settings.out = r.out;
    }
    if (code == 0) interrupt_watch();
    if (code == 0) code = device_open(r.device, &context);
    if (code == 0) code = r.explain ? explain(context, &r.settings) : train(context, &r);
    clonal_context_destroy(context);
    command_line_free(&r.line);
    return code;
}
