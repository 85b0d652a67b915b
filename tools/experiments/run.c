/* run.c: an experiment is trained as a sweep, and what it trained is measured. */
#include "experiments/experiment.h"
#include "experiments/folder.h"
#include "experiments/measures.h"
#include "support/device.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/progress.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct training {
    const experiment_request *request;
    experiment_note note;
    int code; /* of a file that could not be written, or 0 */
} training;

static clonal_status add_arm(clonal_sweep_plan *plan, const experiment_arm *arm)
{
    size_t count = 0;
    while (count < EXPERIMENT_MOST_SETTINGS && arm->settings[count].name) count++;
    return clonal_sweep_plan_add(plan, arm->label, count, arm->settings);
}

static clonal_status set_base(clonal_sweep_plan *plan, const experiment_request *r)
{
    const experiment *e = r->of;
    char epochs[16], limit[16];
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; status == CLONAL_OK && i < EXPERIMENT_MOST_SETTINGS && e->base[i].name; i++)
        status = clonal_sweep_plan_base(plan, e->base[i].name, e->base[i].value);
    snprintf(epochs, sizeof epochs, "%u", (unsigned)(r->quick ? e->quick_epochs : e->epochs));
    snprintf(limit, sizeof limit, "%u", (unsigned)r->limit);
    if (status == CLONAL_OK) status = clonal_sweep_plan_base(plan, "epochs", epochs);
    if (status == CLONAL_OK && r->limit) status = clonal_sweep_plan_base(plan, "limit", limit);
    if (status == CLONAL_OK && r->data) status = clonal_sweep_plan_base(plan, "data", r->data);
    return status;
}

static clonal_status set_seeds(clonal_sweep_plan *plan, const experiment_request *r)
{
    const size_t count = r->seeds ? r->seeds : r->of->seeds;
    uint64_t *seeds = malloc(count * sizeof *seeds);
    if (!seeds) return CLONAL_E_MEMORY;
    for (size_t i = 0; i < count; i++) seeds[i] = r->of->first_seed + i;
    const clonal_status status = clonal_sweep_plan_seeds(plan, count, seeds);
    free(seeds);
    return status;
}

static clonal_status make_plan(const experiment_request *r, clonal_sweep_plan **plan)
{
    clonal_status status = clonal_sweep_plan_create(plan);
    if (status == CLONAL_OK) status = set_base(*plan, r);
    for (size_t i = 0; status == CLONAL_OK && i < r->of->arm_count; i++) status = add_arm(*plan, &r->of->arms[i]);
    if (status == CLONAL_OK) status = set_seeds(*plan, r);
    return status;
}

static int say(const training *t, const clonal_sweep_progress *progress)
{
    char line[128];
    snprintf(line, sizeof line, "experiment %d: %zu of %zu runs, %.0f %%", t->request->of->number, progress->done,
             progress->runs, 100 * ((double)progress->done + progress->parts) / (double)progress->runs);
    if (!t->request->quiet) progress_say(line);
    return t->code || interrupt_signal() != 0;
}

/* All is checked: the folder becomes the experiment's. */
static int started(const clonal_sweep *sweep, const clonal_sweep_progress *progress, void *user)
{
    training *t = user;
    (void)sweep;
    t->code = experiment_note_write(t->request->out, &t->note);
    return say(t, progress);
}

static int going_on(const clonal_sweep_progress *progress, void *user)
{
    return say(user, progress);
}

static int train(clonal_context *context, training *t, clonal_sweep **sweep)
{
    char path[4200];
    clonal_sweep_plan *plan = NULL;
    const clonal_sweep_listener listener = {.started = started, .progress = going_on, .user = t};
    snprintf(path, sizeof path, "%s/sweep", t->request->out);
    clonal_status status = make_plan(t->request, &plan);
    if (status == CLONAL_OK) status = clonal_sweep_train(1, &context, plan, path, &listener, sweep);
    progress_stop();
    clonal_sweep_plan_destroy(plan);
    if (t->code) return t->code;
    if (interrupt_signal())
        return fail(interrupt_exit_code(), "interrupted; the same command goes on from where it was");
    return status == CLONAL_OK ? 0 : fail_status(status);
}

/* The samples that the runs were evaluated on. */
static int open_test(const experiment_request *r, clonal_dataset **test)
{
    clonal_dataset *all = NULL, *part = NULL;
    clonal_status status = clonal_dataset_open(r->data, CLONAL_SPLIT_TEST, &all);
    if (status == CLONAL_OK && r->limit && r->limit < clonal_dataset_count(all)) {
        status = clonal_dataset_select(all, r->limit, NULL, &part);
        clonal_dataset_destroy(all);
        all = part;
    }
    *test = all;
    return status == CLONAL_OK ? 0 : fail_status(status);
}

static int measure(clonal_context *context, const experiment_request *r, const clonal_sweep *sweep)
{
    char path[4200];
    clonal_dataset *test = NULL;
    snprintf(path, sizeof path, "%s/measures.csv", r->out);
    measures *to = measures_create();
    int code = to ? open_test(r, &test) : fail(CLONAL_E_MEMORY, "out of memory");
    if (code == 0 && !r->quiet) progress_say("measuring the trained networks ...");
    if (code == 0) code = r->of->measure(context, test, sweep, to);
    progress_stop();
    if (code == 0) code = measures_write(to, path);
    measures_free(to);
    clonal_dataset_destroy(test);
    return code;
}

/* Whether the folder is free, or of the same experiment. */
static int check_folder(const experiment_request *r)
{
    experiment_note note;
    if (!experiment_holds(r->out, "experiment.json"))
        return experiment_holds(r->out, "run.json") || experiment_holds(r->out, "sweep.json")
                   ? fail(CLONAL_E_EXISTS, "%s holds something else; give another --out", r->out)
                   : 0;
    const int code = experiment_note_read(r->out, &note);
    if (code != 0) return code;
    if (note.of == r->of && note.quick == r->quick && note.limit == r->limit) return 0;
    return fail(CLONAL_E_EXISTS, "%s holds experiment %d%s, of other options; give another --out", r->out,
                note.of->number, note.quick ? ", --quick" : "");
}

int experiment_run(const experiment_request *request)
{
    experiment_request r = *request;
    clonal_context *context = NULL;
    clonal_sweep *sweep = NULL;
    if (r.quick && !r.limit) r.limit = QUICK_LIMIT;
    training t = {.request = &r, .note = {r.of, r.quick, r.limit}};
    int code = check_folder(&r);
    if (code == 0) interrupt_watch();
    if (code == 0) code = device_open(r.device, &context);
    if (code == 0 && !r.quiet) progress_say("reading the data, compiling kernels, planning matrix products ...");
    if (code == 0) code = train(context, &t, &sweep);
    if (code == 0 && r.of->measure) code = measure(context, &r, sweep);
    clonal_sweep_destroy(sweep);
    clonal_context_destroy(context);
    return code;
}
