/* The command `clonal`: finds the verb and runs it. Uses the library's public headers only. */
#include "support/crash.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/suggest.h"
#include "support/verbs.h"
#include <clonal/clonal.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct verb {
    const char *name;
    int (*run)(int argc, const char **argv);
    const char *summary;
} verb;

static const verb verbs[] = {
    {"train", cmd_train, "train a dropout network; by default the chapter's on Fashion-MNIST"},
    {"eval", cmd_eval, "loss and accuracy of a trained network"},
    {"predict", cmd_predict, "classes and probabilities for images"},
    {"export", cmd_export, "a trained network as another framework's file"},
    {"import", cmd_import, "another framework's file as Clonal's weights"},
    {"sweep", cmd_sweep, "many runs as one: settings times seeds, with means and intervals"},
    {"plot", cmd_plot, "the curves of one or more runs, or of a sweep, as SVG or PNG"},
    {"experiment", cmd_experiment, "the chapter's exercises, as experiments over several seeds"},
    {"report", cmd_report, "a run, a sweep or experiments as one page of HTML"},
    {"devices", cmd_devices, "list the OpenCL devices"},
    {"verify", cmd_verify, "whether devices keep the contract, bit for bit"},
    {"reproduce", cmd_reproduce, "train a run again and compare"},
    {"diff", cmd_diff, "where two runs part: step, operation, element"},
    {"graph", cmd_graph, "a perceptron's graph as text, for train --graph"},
    {"tune", cmd_tune, "plan a network's matrix products ahead"},
    {"bench", cmd_bench, "figures of this machine, beside the peers'"},
    {"rng", cmd_rng, "random words of Philox4x32-10"},
    {"mask", cmd_mask, "a dropout mask"},
    {"dropout", cmd_dropout, "the chapter's demonstration: an array through dropout"},
    {"cache", cmd_cache, "what is kept on disk, in ~/.cache/clonal or --cache DIR"},
};
enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

static int help(void)
{
    puts("Usage: clonal VERB [options]\n"
         "Trains dropout networks on any OpenCL device, with the same bits on every one.\n");
    for (size_t i = 0; i < VERB_COUNT; i++) printf("  %-11s %s\n", verbs[i].name, verbs[i].summary);
    puts("\n  -h, --help       this text; 'clonal VERB --help' tells a verb's options\n"
         "  --version        versions of the command and of the numeric contract\n"
         "  help exit-codes  what the exit codes mean\n\n"
         "'clonal train' alone trains the chapter's network on the best device found.");
    return 0;
}

static int version(void)
{
    printf("clonal %s\nnumeric contract %d\n", clonal_version(), clonal_contract_version());
    return 0;
}

static int exit_codes(void)
{
#define PRINT_CODE(name, value, text) printf("%3d  %s\n", value, text);
    CLONAL_STATUS_MAP(PRINT_CODE)
#undef PRINT_CODE
    printf("%3d  an OpenCL driver ended the process\n", EXIT_DRIVER_DIED);
    puts("130  interrupted (Ctrl-C); 128 + the signal's number in general");
    return 0;
}

static const verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(verbs[i].name, name) == 0) return &verbs[i];
    }
    return NULL;
}

static int unknown(const char *word)
{
    const char *names[VERB_COUNT + 4];
    size_t count = 0;
    for (; count < VERB_COUNT; count++) names[count] = verbs[count].name;
    names[count++] = "help";
    if (word[0] == '-') {
        names[count++] = "--help";
        names[count++] = "--version";
        names[count++] = "--cache";
    }
    const char *near = suggest(word, names, count);
    const char *what = word[0] == '-' ? "option" : "verb";
    if (near) return fail(EXIT_USAGE, "unknown %s '%s'; did you mean '%s'?", what, word, near);
    return fail(EXIT_USAGE, "unknown %s '%s'; see 'clonal --help'", what, word);
}

/* The folder of a --cache that stands at *argc, *argv, which are moved to its last word; CARRY_ON, or an exit code. */
static int take_cache(int *argc, const char ***argv)
{
    static const char name[] = "--cache";
    const char *word = (*argv)[1];
    const bool joined = word[sizeof name - 1] == '=';
    if (!joined && *argc < 3) return fail(EXIT_USAGE, "'--cache' needs a value; see 'clonal --help'");
    const char *folder = joined ? word + sizeof name : (*argv)[2];
    *argc -= joined ? 1 : 2;
    *argv += joined ? 1 : 2;
    return command_line_cache(folder);
}

static int run(int argc, const char **argv)
{
    while (argc > 1 && strncmp(argv[1], "--cache", 7) == 0 && (!argv[1][7] || argv[1][7] == '=')) {
        const int code = take_cache(&argc, &argv);
        if (code != CARRY_ON) return code;
    }
    if (argc < 2) return fail(EXIT_USAGE, "a verb is missing, as in 'clonal train'; see 'clonal --help'");
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return help();
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) return version();
    if (strcmp(word, "help") == 0) {
        if (argc == 2) return help();
        if (strcmp(argv[2], "exit-codes") == 0) return exit_codes();
        const char *request[] = {argv[2], "--help", NULL};
        const verb *asked = find_verb(argv[2]);
        return asked ? asked->run(2, request) : unknown(argv[2]);
    }
    const verb *found = find_verb(word);
    return found ? found->run(argc - 1, argv + 1) : unknown(word);
}

int main(int argc, char **argv)
{
    output_guard_streams();
    output_keep_from_sigpipe();
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow (ulimit -f) is a failed write, which is reported */
    crash_watch();
    message_start_log();
    int code = run(argc, (const char **)argv);
    int lost = output_flush();
    crash_done();
    return output_exit_code(code ? code : lost);
}
