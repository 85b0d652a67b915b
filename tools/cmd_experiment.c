/* clonal experiment: the exercises of the book's chapter on dropout, as experiments with seeds and intervals. */
#include "experiments/experiment.h"
#include "support/device.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/verbs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int list(void)
{
    size_t count;
    const experiment *const *all = experiment_all(&count);
    for (size_t i = 0; i < count; i++) printf("%d  %-10s %s\n", all[i]->number, all[i]->name, all[i]->asks);
    return 0;
}

/* By number or name. */
static const experiment *find(const char *word)
{
    size_t count;
    const experiment *const *all = experiment_all(&count);
    for (size_t i = 0; i < count; i++) {
        char number[12];
        snprintf(number, sizeof number, "%d", all[i]->number);
        if (strcmp(word, number) == 0 || strcmp(word, all[i]->name) == 0) return all[i];
    }
    return NULL;
}

/* Prints what the experiment came to. */
static int conclude(const char *folder)
{
    opened_experiment opened;
    static page p;
    p = (page){0};
    int code = experiment_open(folder, &opened);
    if (code == 0) code = opened.results.of->analyse(&p, &opened.results);
    if (code == 0 && p.conclusions.failed) code = fail(CLONAL_E_MEMORY, "out of memory");
    if (code == 0)
        printf("%d. %s\n%s%s: clonal report %s -o report.html\n", opened.results.of->number, opened.results.of->title,
               text_words(&p.conclusions), folder, folder);
    page_free(&p);
    experiment_close(&opened);
    return code;
}

int cmd_experiment(int argc, const char **argv)
{
    experiment_request r = {0};
    char out[4096];
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "out", 'o', &r.out, "DIR", "the experiment's folder (experiments/NAME)"),
        FLAG_OPTION("quick", 0, &r.quick, "fewer samples and epochs: a minute"),
        NUMBER_OPTION(OPTION_U32, "seeds", 0, &r.seeds, "N", "seeds of each setting (5 to 10)", 1, 10000),
        NUMBER_OPTION(OPTION_U32, "limit", 0, &r.limit, "N", "first samples of each split alone (all)", 1, 0),
        VALUE_OPTION(OPTION_TEXT, "data", 0, &r.data, "DIR|FILE", "IDX files, or NumPy's .npz (Fashion-MNIST)"),
        VALUE_OPTION(OPTION_TEXT, "device", 0, &r.device, "S", DEVICE_HELP),
        FLAG_OPTION("quiet", 'q', &r.quiet, "show no progress"),
    };
    command_line line = {.verb = "experiment",
                         .arguments = "list|1..7 [options]",
                         .summary = "Runs an exercise of the book's chapter on dropout as an experiment: settings\n"
                                    "compared over several seeds, and what that shows. 'list' tells what each asks.\n"
                                    "Stopped, the same command goes on; 'clonal report' makes a page of its folder.",
                         .least = 1,
                         .most = 1,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    code = 0;
    const char *word = line.positional[0];
    if (strcmp(word, "list") == 0) {
        code = list();
    } else if (!(r.of = find(word))) {
        code = fail(EXIT_USAGE, "'%s' is no experiment; 'clonal experiment list' tells them", word);
    } else {
        snprintf(out, sizeof out, "experiments/%s%s", r.of->name, r.quick ? "-quick" : "");
        if (!r.out) r.out = out;
        code = experiment_run(&r);
        if (code == 0) code = conclude(r.out);
    }
    command_line_free(&line);
    return code;
}
