/* clonal eval: loss and accuracy of a trained network. */
#include "support/conditions.h"
#include "support/device.h"
#include "support/message.h"
#include "support/monte_carlo_report.h"
#include "support/options.h"
#include "support/output.h"
#include "support/per_sample.h"
#include "support/reliability.h"
#include "support/samples.h"
#include "support/verbs.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct eval_request {
    const char *run, *folder, *map, *device, *per_sample, *reliability, *rotate, *noise;
    char data[4096]; /* the name of the data */
    uint64_t seed;   /* of masks */
    uint32_t passes; /* of Monte Carlo dropout; 0: none */
    bool dropout;    /* one pass with it */
    bool json;
    conditions under; /* of the images */
} eval_request;

/* The figures that are asked for; those of one pass are its loss and accuracy alone. */
static clonal_status evaluate(clonal_model *model, const clonal_dataset *data, const eval_request *r,
                              clonal_monte_carlo *m)
{
    memset(m, 0, sizeof *m);
    if (r->passes) return clonal_model_evaluate_monte_carlo(model, data, r->seed, r->passes, m);
    if (r->dropout) return clonal_model_evaluate_pass(model, data, r->seed, 0, &m->loss, &m->accuracy);
    return clonal_model_evaluate(model, data, &m->loss, &m->accuracy);
}

/* The figures under each condition, or of the data as they are: *figures is the caller's (free). */
static clonal_status evaluate_all(clonal_model *model, const clonal_dataset *data, const eval_request *r,
                                  clonal_monte_carlo **figures)
{
    const size_t rows = conditions_count(&r->under);
    clonal_status status = CLONAL_OK;
    *figures = calloc(rows ? rows : 1, sizeof **figures);
    if (!*figures) return CLONAL_E_MEMORY;
    if (!rows) return evaluate(model, data, r, *figures);
    for (size_t row = 0; row < rows && status == CLONAL_OK; row++) {
        clonal_dataset *changed;
        status = conditions_data(&r->under, row, data, r->seed, &changed);
        if (status == CLONAL_OK) status = evaluate(model, changed, r, &(*figures)[row]);
        clonal_dataset_destroy(changed);
    }
    return status;
}

static int print_json(const clonal_context *context, const clonal_model *model, size_t samples, const eval_request *r,
                      const clonal_monte_carlo *m)
{
    const size_t rows = conditions_count(&r->under);
    json_t *object = json_pack("{s:o, s:o, s:s, s:o, s:I}", "run", json_text(r->run), "data", json_text(r->data),
                               "device", clonal_context_device(context)->selector, "device_name",
                               json_text(clonal_context_device(context)->name), "samples", (json_int_t)samples);
    if (!rows) {
        json_object_set_new(object, "loss", json_finite(m->loss));
        json_object_set_new(object, "accuracy", json_real(m->accuracy));
    }
    json_object_set_new(object, "exact", json_boolean(clonal_model_is_exact(model)));
    if (r->passes || r->dropout) json_object_set_new(object, "passes", json_integer(r->passes ? r->passes : 1));
    if (rows) json_object_set_new(object, "conditions", conditions_json(&r->under, m, r->passes > 0));
    if (!rows && r->passes) monte_carlo_json(m, object);
    return output_json(object, JSON_INDENT(2));
}

static void print_text(const clonal_context *context, const clonal_model *model, size_t samples, const eval_request *r,
                       const clonal_monte_carlo *m)
{
    char description[512];
    device_describe(context, r->device, description, sizeof description);
    printf("device %s\n%s on %zu samples of %s", description, r->run, samples, r->data);
    if (r->passes) printf(", %" PRIu32 " passes with dropout", r->passes);
    if (r->dropout) printf(", a pass with dropout");
    printf("%s\n", clonal_model_is_exact(model) ? "" : " (not contract)");
    if (conditions_count(&r->under))
        conditions_print(&r->under, m, r->passes > 0);
    else if (r->passes)
        monte_carlo_print(m);
    else
        printf("loss %.6f  accuracy %.4f\n", m->loss, m->accuracy);
}

static int report(const clonal_context *context, clonal_model *model, const clonal_dataset *data, const eval_request *r)
{
    clonal_monte_carlo *figures;
    const size_t samples = clonal_dataset_count(data);
    const clonal_status status = evaluate_all(model, data, r, &figures);
    int code = 0;
    if (!figures)
        code = fail(CLONAL_E_MEMORY, "out of memory");
    else if (status != CLONAL_OK)
        code = fail_status(status);
    if (code == 0 && r->reliability) code = reliability_draw(figures, r->reliability);
    if (code == 0 && r->json) code = print_json(context, model, samples, r, figures);
    if (code == 0 && !r->json) print_text(context, model, samples, r, figures);
    free(figures);
    return code;
}

/* What does not go together. 0, or the exit code of the error. */
static int check(eval_request *r)
{
    int code = conditions_read(&r->under, r->rotate, r->noise);
    const size_t rows = conditions_count(&r->under);
    if (code == 0 && r->dropout && r->passes)
        code = fail(EXIT_USAGE, "--mc is of passes with dropout: leave out --dropout");
    if (code == 0 && r->per_sample && (r->dropout || r->passes || rows))
        code =
            fail(EXIT_USAGE, "--per-sample is of a plain evaluation: leave out --dropout, --mc, --rotate and --noise");
    if (code == 0 && r->reliability && !r->passes)
        code = fail(EXIT_USAGE, "--reliability is drawn of --mc N: give that too");
    if (code == 0 && r->reliability && rows > 1)
        code = fail(EXIT_USAGE, "--reliability is one figure: give one angle and one noise");
    if (code == 0 && r->reliability) code = reliability_check(r->reliability);
    return code;
}

int cmd_eval(int argc, const char **argv)
{
    static eval_request r;
    int split = 0;
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "data", 0, &r.folder, "DIR|FILE", "IDX files, or NumPy's .npz (the run's own)"),
        VALUE_OPTION(OPTION_CHOICE, "split", 0, &split, "test|train", "which part of the data (test)"),
        FLAG_OPTION("dropout", 0, &r.dropout, "one pass with dropout on, as in training"),
        NUMBER_OPTION(OPTION_U32, "mc", 0, &r.passes, "N", "Monte Carlo dropout: the mean of N such passes", 1, 0),
        VALUE_OPTION(OPTION_SEED, "seed", 0, &r.seed, "N", "of their masks, and of --noise (0)"),
        VALUE_OPTION(OPTION_TEXT, "reliability", 0, &r.reliability, "FILE.svg", "draw accuracy by confidence, of --mc"),
        VALUE_OPTION(OPTION_TEXT, "rotate", 0, &r.rotate, "A,...", "the images rotated by A degrees; a row each"),
        VALUE_OPTION(OPTION_TEXT, "noise", 0, &r.noise, "S,...", "normal noise of deviation S on pixels of 0 to 1"),
        VALUE_OPTION(OPTION_TEXT, "per-sample", 0, &r.per_sample, "FILE.npy", "each sample's loss, class and outputs"),
        VALUE_OPTION(OPTION_TEXT, "map", 0, &r.map, "FILE", MAP_HELP),
        VALUE_OPTION(OPTION_TEXT, "device", 0, &r.device, "S", DEVICE_HELP),
        FLAG_OPTION("json", 0, &r.json, "print JSON"),
    };
    command_line line = {.verb = "eval",
                         .arguments = "RUN|FILE [options]",
                         .summary = "Mean loss and share of right classes, dropout off, of a run's folder or a file\n"
                                    "of weights (safetensors, PyTorch's too); the same figures on every device.",
                         .notes = "A map has a line \"OURS = THEIRS\" for each parameter (1.weight = a.weight), with\n"
                                  "\"transposed\" behind a matrix that is stored as (inputs, outputs); # comments.\n"
                                  "Without one, other names than ours are matched where there is only one way.",
                         .least = 1,
                         .most = 1,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    clonal_dataset *data = NULL;
    clonal_context *context = NULL;
    clonal_model *model = NULL;
    r.run = line.positional[0];
    code = check(&r);
    if (code == 0)
        code = samples_open(r.run, r.folder, split == 0 ? CLONAL_SPLIT_TEST : CLONAL_SPLIT_TRAIN, r.data, &data);
    if (code == 0) code = trained_open(r.run, r.map, r.device, &context, &model);
    if (code == 0 && r.per_sample) code = per_sample_write(r.per_sample, model, data);
    if (code == 0) code = report(context, model, data, &r);
    clonal_model_destroy(model);
    clonal_context_destroy(context);
    clonal_dataset_destroy(data);
    command_line_free(&line);
    return code;
}
