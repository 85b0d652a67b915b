/* clonal train: trains a multi-layer perceptron with dropout, or a graph given as text, and leaves a run folder. */
#include "support/device.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/parse.h"
#include "support/perceptron.h"
#include "support/progress.h"
#include "support/run_folder.h"
#include "support/train_report.h"
#include "support/verbs.h"
#include <clonal/profile.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NO_FLAVOR = -1 };

typedef struct train_request {
    clonal_run_settings settings;
    perceptron_request perceptron;
    const char *graph, *betas, *device, *init; /* as given, or NULL */
    const char *live, *board, *profile;        /* likewise */
    uint32_t profile_steps;
    bool explain, quiet;
    int gemm, flavor;
    char *text;                   /* of --graph, or NULL */
    clonal_run_settings recorded; /* of a resumed run, whose graph and layers `settings` borrow */
    char out[4096], data[4096];   /* room for folders that the command line does not name */
    command_line line;
} train_request;

/* A seed of one purpose is its own once it is given. */
static void note_own_seed(clonal_model_options *m, const option *given)
{
    clonal_own_seed *const seeds[] = {&m->initial_seed, &m->dropout_seed, &m->shuffle_seed};
    for (size_t i = 0; given->given && i < sizeof seeds / sizeof *seeds; i++)
        if (given->to == &seeds[i]->value) seeds[i]->given = true;
}

static int parse(train_request *r, int argc, const char **argv)
{
    clonal_run_settings *s = &r->settings;
    clonal_model_options *m = &s->model;
    r->gemm = (int)m->gemm;
    r->flavor = NO_FLAVOR;
    r->profile_steps = 100;
    perceptron_begin(&r->perceptron, &s->perceptron);
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "device", 0, &r->device, "S", DEVICE_HELP),
        VALUE_OPTION(OPTION_TEXT, "data", 0, &s->data, "DIR|FILE", "IDX files, or NumPy's .npz (Fashion-MNIST)"),
        VALUE_OPTION(OPTION_TEXT, "out", 'o', &s->out, "DIR",
                     "the run's folder (" RUNS_FOLDER "/<UTC time>-seed<seed>)"),
        FLAG_OPTION("resume", 0, &s->resume, "go on with the run in --out, or the newest in " RUNS_FOLDER "/"),
        VALUE_OPTION(OPTION_SEED, "seed", 0, &m->seed, "N", "64 bits, decimal or 0x hexadecimal (0)"),
        VALUE_OPTION(OPTION_SEED, "seed-init", 0, &m->initial_seed.value, "N", "of the initial weights alone (--seed)"),
        VALUE_OPTION(OPTION_SEED, "seed-dropout", 0, &m->dropout_seed.value, "N", "of the masks alone (--seed)"),
        VALUE_OPTION(OPTION_SEED, "seed-shuffle", 0, &m->shuffle_seed.value, "N",
                     "of the order of the samples alone (--seed)"),
        NUMBER_OPTION(OPTION_U32, "epochs", 0, &s->epochs, "N", "passes over the data (10)", 1, 9999),
        NUMBER_OPTION(OPTION_U32, "batch", 0, &m->batch, "N", "samples a step (256)", 1, 0),
        NUMBER_OPTION(OPTION_U32, "limit", 0, &s->limit, "N", "first samples of each split alone (all)", 1, 0),
        VALUE_OPTION(OPTION_REAL, "validate", 0, &s->validate, "F",
                     "share of the training data that val loss is of (0)"),
        VALUE_OPTION(OPTION_U32, "early-stop", 0, &s->early_stop, "N",
                     "end after N epochs without a lower val loss (never)"),
        VALUE_OPTION(OPTION_U32, "checkpoint-steps", 0, &s->checkpoint_steps, "N",
                     "steps between checkpoints within epochs (none)"),
        VALUE_OPTION(OPTION_REAL32, "lr", 0, &m->optimizer.learning_rate, "F", "learning rate (0.1)"),
        VALUE_OPTION(OPTION_REAL32, "momentum", 0, &m->optimizer.momentum, "F", "of sgd (0)"),
        VALUE_OPTION(OPTION_REAL32, "weight-decay", 0, &m->optimizer.weight_decay, "F",
                     "on the gradient; adamw: on the weights (0)"),
        VALUE_OPTION(OPTION_TEXT, "optimizer", 0, &m->optimizer.name, "NAME", "sgd, adam or adamw (sgd)"),
        VALUE_OPTION(OPTION_TEXT, "beta", 0, &r->betas, "B1,B2", "of adam and adamw (0.9,0.999)"),
        VALUE_OPTION(OPTION_REAL32, "eps", 0, &m->optimizer.epsilon, "F", "of adam and adamw (1e-8)"),
        VALUE_OPTION(OPTION_TEXT, "schedule", 0, &m->schedule.name, "NAME",
                     "of the rate: constant, step or cosine (constant)"),
        VALUE_OPTION(OPTION_U64, "warmup", 0, &m->schedule.warmup, "N", "steps in which the rate rises to --lr (0)"),
        VALUE_OPTION(OPTION_U64, "schedule-steps", 0, &m->schedule.steps, "N", "where cosine ends (the run's last)"),
        VALUE_OPTION(OPTION_U64, "schedule-every", 0, &m->schedule.every, "N", "steps between those of step (1)"),
        VALUE_OPTION(OPTION_REAL, "schedule-gamma", 0, &m->schedule.gamma, "F", "factor of each of step's (0.1)"),
        VALUE_OPTION(OPTION_TEXT, "dropout-schedule", 0, &m->dropout_schedule.name, "NAME",
                     "of p: constant, linear or exponential (constant)"),
        NUMBER_OPTION(OPTION_U64, "dropout-steps", 0, &m->dropout_schedule.steps, "N",
                      "in which it grows from 0 (the run's)", 1, 0),
        VALUE_OPTION(OPTION_TEXT, "graph", 0, &r->graph, "FILE",
                     "the network as text, or -; in the place of the next 6"),
        PERCEPTRON_OPTIONS(&r->perceptron),
        VALUE_OPTION(OPTION_CHOICE, "flavor", 0, &r->flavor, "pytorch|mxnet|flax|keras",
                     "whose initial weights (pytorch)"),
        VALUE_OPTION(OPTION_TEXT, "init", 0, &r->init, "RULE", "of initial weights, as he-normal, by itself"),
        VALUE_OPTION(OPTION_CHOICE, "gemm", 0, &r->gemm, "auto|clblast|native", "who multiplies matrices (auto)"),
        FLAG_OPTION("allow-inexact", 0, &m->allow_inexact, "take a --gemm that breaks the contract; marks the run"),
        FLAG_OPTION("no-fusion", 0, &m->no_fusion, "keep every operation's launch apart; the same bits"),
        FLAG_OPTION("record", 0, &s->record, "write record.txt: digests of every step's tensors"),
        FLAG_OPTION("watch", 0, &s->watch, "write stats.csv: the layers' mean, variance, zeros, ..."),
        VALUE_OPTION(OPTION_TEXT, "live", 0, &r->live, "FILE.svg", "redraw the curves of the run after each epoch"),
        VALUE_OPTION(OPTION_TEXT, "tensorboard", 0, &r->board, "DIR", "write event files for TensorBoard"),
        FLAG_OPTION("explain", 0, &r->explain, "print the compiled step and its memory, train nothing"),
        VALUE_OPTION(OPTION_TEXT, "profile", 0, &r->profile, "FILE.json", "write a trace of host and device, by time"),
        NUMBER_OPTION(OPTION_U32, "profile-steps", 0, &r->profile_steps, "N", "of which first steps (100)", 1, 1000000),
        FLAG_OPTION("quiet", 'q', &r->quiet, "print the last line only"),
    };
    r->line = (command_line){.verb = "train",
                             .arguments = "[options]",
                             .summary = "Trains a network with dropout: same options, same digest, on every device.",
                             OPTIONS(options)};
    int code = command_line_parse(&r->line, argc, argv);
    for (size_t i = 0; i < r->line.option_count; i++) note_own_seed(m, &options[i]);
    r->line.options = NULL; /* gone with this function */
    m->gemm = (clonal_gemm)r->gemm;
    return code;
}

/* Whether the library has the name that an option gives; NULL is its default. 0, or the exit code of the error. */
static int check_name(const char *given_by, const char *name, const char *const *names)
{
    char all[200] = "";
    for (size_t i = 0; name && names[i]; i++) {
        if (strcmp(names[i], name) == 0) return 0;
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", names[i]);
    }
    return name ? fail(EXIT_USAGE, "%s '%s': give one of %s", given_by, name, all) : 0;
}

/* Takes --beta over what the settings hold, and refuses numbers that the optimizer would pass over. */
static int take_optimizer(train_request *r)
{
    clonal_optimizer *o = &r->settings.model.optimizer;
    const bool sgd = !o->name || strcmp(o->name, "sgd") == 0;
    double betas[2];
    size_t count;
    int code = check_name("--optimizer", o->name, clonal_optimizer_names());
    if (code == 0) code = check_name("--schedule", r->settings.model.schedule.name, clonal_schedule_names());
    if (code != 0) return code;
    if (sgd && r->betas) return fail(EXIT_USAGE, "--beta: sgd takes --momentum; --optimizer adam takes betas");
    if (!sgd && o->momentum != 0) return fail(EXIT_USAGE, "--momentum: %s takes --beta B1,B2", o->name);
    if (!r->betas) return 0;
    if (!parse_real_list(r->betas, 2, betas, &count) || count != 2)
        return fail(EXIT_USAGE, "--beta '%s': give two numbers with a comma between, from 0 to below 1", r->betas);
    o->beta1 = betas[0];
    o->beta2 = betas[1];
    return 0;
}

static int take_dropout_schedule(const clonal_dropout_schedule *s)
{
    const int code = check_name("--dropout-schedule", s->name, clonal_dropout_schedule_names());
    if (code != 0 || !s->steps || (s->name && strcmp(s->name, clonal_dropout_schedule_names()[0]) != 0)) return code;
    return fail(EXIT_USAGE, "--dropout-steps: the constant schedule has none; give --dropout-schedule, too");
}

/* Takes --flavor or --init over what the settings hold. */
static int take_initial(train_request *r)
{
    static const char *const flavors[] = {"fan-in-uniform", "uniform", "lecun-normal", "glorot-uniform"};
    const bool flavor = r->flavor != NO_FLAVOR;
    if (flavor && r->init)
        return fail(EXIT_USAGE, "--flavor chooses the rule of the initial weights: leave out --init");
    const char *rule = flavor ? flavors[r->flavor] : r->init;
    const int code = check_name("--init", rule, clonal_initial_names());
    if (code == 0 && rule) r->settings.model.initial = rule;
    return code;
}

#define MOST_GRAPH ((size_t)1 << 24) /* bytes of a graph's text */

/* All of a file into *text, with a NUL behind it: free. */
static int read_text(FILE *file, const char *name, char **text)
{
    size_t length = 0, room = 0;
    do {
        room = room ? 2 * room : 4096;
        char *grown = room <= MOST_GRAPH ? realloc(*text, room) : NULL;
        if (!grown) return fail(EXIT_FAILURE, "--graph '%s' is larger than the text of a graph may be", name);
        *text = grown;
        length += fread(*text + length, 1, room - 1 - length, file);
    } while (length == room - 1);
    (*text)[length] = '\0';
    if (ferror(file)) return fail(EXIT_FAILURE, "cannot read --graph '%s': %s", name, strerror(errno));
    if (strlen(*text) != length) return fail(EXIT_USAGE, "--graph '%s' is no text: it holds a NUL byte", name);
    return 0;
}

/* Takes --graph over what the settings hold. */
static int take_graph(train_request *r)
{
    const bool graph = r->graph || r->settings.graph;
    if (graph && perceptron_given(&r->perceptron, &r->settings.perceptron))
        return fail(
            EXIT_USAGE,
            "--hidden, --dropout, --dropout-kind, --activation, --loss and --input-noise describe a perceptron; the "
            "graph given as text has its own");
    if (!r->graph) return 0;
    const bool standard = strcmp(r->graph, "-") == 0;
    FILE *file = standard ? stdin : fopen(r->graph, "r");
    if (!file) return fail(EXIT_FAILURE, "cannot open --graph '%s': %s", r->graph, strerror(errno));
    const int code = read_text(file, r->graph, &r->text);
    if (!standard) fclose(file);
    r->settings.graph = r->text;
    return code;
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
    clonal_status status = clonal_run_settings_load(r->out, &r->recorded, r->data);
    if (status != CLONAL_OK) return fail_status(status);
    r->settings = r->recorded;
    return parse(r, argc, argv);
}

static void print_size(const char *before, uint64_t bytes)
{
    char room[24];
    format_bytes(bytes, room);
    printf("%s %s", before, room);
}

static void print_need(const clonal_memory_need *n)
{
    print_size("memory:", n->device);
    print_size(" on the device: parameters", n->parameters);
    print_size(", optimizer", n->optimizer);
    print_size(", activations and gradients", n->activations);
    print_size(", data", n->data);
    print_size("; the largest buffer", n->largest);
    print_size("; in host memory, for a checkpoint,", n->host);
    putchar('\n');
}

static int explain(clonal_context *context, const clonal_run_settings *s)
{
    clonal_memory_need need;
    char *text = NULL;
    const clonal_status status = clonal_run_explain(context, s, &text, &need);
    if (status != CLONAL_OK) return fail_status(status);
    fputs(text, stdout);
    print_need(&need);
    clonal_free(text);
    return 0;
}

/* What does not go with a profile, and whether it can be written: known before anything is trained. */
static int check_profile(const train_request *r)
{
    if (!r->profile) return 0;
    if (r->settings.record || r->explain)
        return fail(EXIT_USAGE, "--profile is of the compiled steps: leave out --record and --explain");
    return output_check("--profile", r->profile);
}

/* Shows what takes a while before the first step, and where the bar stands still for a short batch or an evaluation. */
static void show_activity(const char *what, void *user)
{
    (void)user;
    progress_say(what);
}

static int train(clonal_context *context, train_request *r)
{
    train_report report = {.settings = &r->settings,
                           .selector = r->device,
                           .quiet = r->quiet,
                           .live = {.path = r->live},
                           .board = {.folder = r->board}};
    clonal_run_listener listener = train_report_listener(&report);
    clonal_run_result result;
    if (!r->quiet) progress_say("reading the data, compiling kernels, planning matrix products ...");
    if (!r->quiet) clonal_context_on_activity(context, show_activity, NULL);
    clonal_status status = r->profile ? clonal_profile_start(context, r->profile_steps) : CLONAL_OK;
    if (status == CLONAL_OK) status = clonal_run_train(context, &r->settings, &listener, &result);
    progress_stop();
    tensorboard_end(&report.board);
    if (r->profile && status == CLONAL_OK) status = clonal_profile_write(context, r->profile);
    if (r->profile && interrupt_signal()) clonal_profile_write(context, r->profile); /* of what there was */
    if (status == CLONAL_OK) {
        train_report_result(&report, &result);
        return 0;
    }
    if (report.output_lost) return report.output_lost;
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
    code = code == CARRY_ON ? take_graph(&r) : code;
    if (code == 0) code = perceptron_take(&r.perceptron, &r.settings.perceptron);
    if (code == 0) code = take_optimizer(&r);
    if (code == 0) code = take_dropout_schedule(&r.settings.model.dropout_schedule);
    if (code == 0) code = take_initial(&r);
    if (code == 0) code = live_check(r.live);
    if (code == 0) code = tensorboard_check(r.board);
    if (code == 0) code = check_profile(&r);
    clonal_context *context = NULL;
    clonal_data_ahead *ahead = NULL;
    const bool fresh = code == 0 && !r.settings.out && !r.explain;
    if (fresh) {
        run_folder_fresh(r.settings.model.seed, r.out, sizeof r.out);
        r.settings.out = r.out;
    }
    if (code == 0) interrupt_watch();
    if (code == 0 && clonal_data_ahead_begin(r.settings.data, &ahead) == CLONAL_OK) r.settings.ahead = ahead;
    if (code == 0) code = device_open(r.device, &context);
    if (code == 0) code = r.explain ? explain(context, &r.settings) : train(context, &r);
    if (fresh) run_folder_release(r.out);
    clonal_context_destroy(context);
    clonal_data_ahead_end(ahead);
    command_line_free(&r.line);
    clonal_run_settings_free(&r.recorded);
    perceptron_free(&r.perceptron);
    free(r.text);
    return code;
}
