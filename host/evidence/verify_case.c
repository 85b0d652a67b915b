/* verify_case.c: trains one golden case, observed and fused, and compares it. */
#include "host/base/safetensors.h"
#include "host/evidence/observe.h"
#include "host/evidence/verify.h"

#include <stdio.h>
#include <string.h>

typedef struct case_run {
    clonal__verifier *v;
    clonal__golden_case c;
    clonal_dataset *data;
    clonal__golden_block golden; /* of the step in work; after the last one, of that */
    clonal__golden_block seen;   /* what the device made in that step */
    const char **at;
} case_run;

static clonal_status seen(const clonal__tensor_seen *tensor, void *user)
{
    case_run *run = user;
    clonal__golden_entry entry;
    size_t i = 0;
    snprintf(entry.name, sizeof entry.name, "%s", tensor->name);
    CLONAL__TRY(clonal__tensor_digest(tensor, entry.digest));
    /* of several gradients the last is the sum */
    while (i < run->seen.count && strcmp(run->seen.entries[i].name, entry.name) != 0) i++;
    if (i == run->seen.count) CLONAL__TRY(clonal__grow(&run->seen.entries, ++run->seen.count, sizeof entry));
    run->seen.entries[i] = entry;
    return CLONAL_OK;
}

static clonal_check check_of(const case_run *run, const char *name)
{
    char loss[48];
    snprintf(loss, sizeof loss, "node.%zu.value", run->c.graph->count - 1);
    if (strcmp(name, loss) == 0) return CLONAL_CHECK_LOSSES;
    if (strstr(name, ".mask")) return CLONAL_CHECK_MASKS;
    if (strstr(name, ".value")) return CLONAL_CHECK_ACTIVATIONS;
    if (strstr(name, ".gradient")) return CLONAL_CHECK_GRADIENTS;
    return CLONAL_CHECK_WEIGHTS;
}

/* A tensor that the device does not make is another one's twin (flatten's value, a gradient that add passes on): that
 * one is in the same step, and the same. */
static bool twin(const case_run *run, const char *digest)
{
    for (size_t i = 0; i < run->seen.count; i++)
        if (strcmp(run->seen.entries[i].digest, digest) == 0) return true;
    return false;
}

static void compare_step(case_run *run, uint64_t step)
{
    for (size_t i = 0; i < run->golden.count; i++) {
        const clonal__golden_entry *wanted = &run->golden.entries[i];
        const char *got = clonal__golden_digest(&run->seen, wanted->name);
        bool equal = got ? strcmp(got, wanted->digest) == 0 : twin(run, wanted->digest);
        clonal__verify_made(run->v, run->c.name, step, wanted->name, got ? got : equal ? wanted->digest : "-");
        clonal__verify_note(run->v, check_of(run, wanted->name), equal, "case %s, step %llu, %s", run->c.name,
                            (unsigned long long)step, wanted->name);
    }
}

/* Reads the line that must come next, and the entries behind it, in first of the last ones. */
static clonal_status read_block(case_run *run, const char *keyword)
{
    char line[CLONAL__GOLDEN_LINE];
    if (!clonal__golden_next(run->at, line) || strcmp(line, keyword) != 0)
        return clonal__fail(CLONAL_E_INTERNAL, "the golden digests of case %s have no '%s'", run->c.name, keyword);
    clonal__free(run->golden.entries);
    return clonal__golden_entries(run->at, &run->golden);
}

static clonal_status observed_step(case_run *run, clonal_model *model, const clonal__device_copy *data, uint32_t rows,
                                   uint32_t first)
{
    char keyword[32];
    snprintf(keyword, sizeof keyword, "step %llu", (unsigned long long)model->step);
    CLONAL__TRY(read_block(run, keyword));
    clonal__free(run->seen.entries);
    run->seen = (clonal__golden_block){0};
    CLONAL__TRY(clonal__model_observe(model, data, rows, first, seen, run));
    compare_step(run, model->step);
    model->step++;
    run->v->result->steps++;
    return CLONAL_OK;
}

static clonal_status train_observed(case_run *run, clonal_model *model)
{
    clonal__device_copy *copy;
    CLONAL__TRY(clonal__model_data(model, run->data, true, &copy));
    for (uint32_t epoch = 0; epoch < run->c.epochs; epoch++) {
        CLONAL__TRY(clonal__model_order(model, copy, epoch));
        for (uint32_t first = 0, rows; first < run->c.samples; first += rows) {
            uint32_t left = run->c.samples - first;
            rows = left < run->c.options.batch ? left : run->c.options.batch;
            CLONAL__TRY(observed_step(run, model, copy, rows, first));
        }
    }
    return CLONAL_OK;
}

static bool same_double(double value, const char *hex)
{
    uint64_t bits;
    char text[17];
    memcpy(&bits, &value, sizeof bits);
    if (value != value) bits = UINT64_C(0x7ff8000000000000);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)bits);
    return hex && strcmp(text, hex) == 0;
}

/* The parameters, against the last step's; then the figures. */
static clonal_status compare_fused(case_run *run, clonal_model *model, double loss, const char *how,
                                   const clonal__golden_block *figures)
{
    clonal__weights weights;
    double evaluated, accuracy;
    const char *name = run->c.name;
    clonal__verifier *v = run->v;
    CLONAL__TRY(clonal__model_fetch(model, &weights));
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < weights.count && status == CLONAL_OK; i++) {
        char digest[CLONAL__SHORT_DIGEST];
        const char *wanted = clonal__golden_digest(&run->golden, weights.tensors[i].name);
        const clonal__parameter *p = &model->shapes.parameters[i];
        status = clonal__floats_digest(weights.values[i], (size_t)p->rows * p->columns, digest);
        clonal__verify_note(v, CLONAL_CHECK_FUSED, wanted && strcmp(wanted, digest) == 0,
                            "case %s%s, %s after the last step", name, how, p->name);
    }
    clonal__weights_free(&weights);
    if (status == CLONAL_OK) status = clonal_model_evaluate(model, run->data, &evaluated, &accuracy);
    if (status != CLONAL_OK) return status;
    clonal__verify_note(v, CLONAL_CHECK_FUSED, same_double(loss, clonal__golden_digest(figures, "train_loss")),
                        "case %s%s, training loss", name, how);
    clonal__verify_note(v, CLONAL_CHECK_FUSED, same_double(evaluated, clonal__golden_digest(figures, "val_loss")),
                        "case %s%s, loss in evaluation", name, how);
    clonal__verify_note(v, CLONAL_CHECK_FUSED, same_double(accuracy, clonal__golden_digest(figures, "val_accuracy")),
                        "case %s%s, accuracy", name, how);
    return CLONAL_OK;
}

/* Whether the plan passed over a native GEMM that there is: then that one's epilogues are still to be seen. */
static bool native_passed_over(const clonal_model *model)
{
    for (size_t s = 0; s < model->compiled_count; s++) {
        const clonal__step *step = model->compiled[s].step;
        for (size_t i = 0; i < step->program.instruction_count; i++) {
            const clonal__instruction *in = &step->program.instructions[i];
            if (in->code->role != CLONAL__ROLE_PRODUCT || in->choice.kind == CLONAL__GEMM_NATIVE) continue;
            int variant;
            clonal__gemm_shape shape = clonal__gemm_shape_of(&step->program, in, step->rows);
            if (clonal__native_variants(model->context, &shape, &variant, 1) > 0) return true;
        }
    }
    return false;
}

static clonal_status train_fused(case_run *run, clonal_gemm gemm, const clonal__golden_block *figures,
                                 bool *passed_over)
{
    clonal_model_options options = run->c.options;
    clonal_model *model;
    double loss = 0;
    options.gemm = gemm;
    CLONAL__TRY(clonal_model_create(run->v->context, run->c.graph, &options, &model));
    model->step = run->c.first_step;
    model->quiet = true; /* some cases are made to overflow */
    clonal_status status = CLONAL_OK;
    for (uint32_t epoch = 0; epoch < run->c.epochs && status == CLONAL_OK; epoch++)
        status = clonal_model_train_epoch(model, run->data, epoch, NULL, NULL, &loss);
    if (status == CLONAL_OK) *passed_over = native_passed_over(model);
    if (status == CLONAL_OK)
        status = compare_fused(run, model, loss, gemm == CLONAL_GEMM_NATIVE ? ", --gemm native" : "", figures);
    clonal_model_destroy(model);
    return status;
}

static clonal_status run_case(case_run *run)
{
    clonal_model *model;
    clonal__golden_block last;
    bool passed_over = false;
    CLONAL__TRY(clonal__golden_data(&run->c, &run->data));
    CLONAL__TRY(clonal_model_create(run->v->context, run->c.graph, &run->c.options, &model));
    model->step = run->c.first_step;
    clonal_status status = train_observed(run, model);
    clonal_model_destroy(model);
    CLONAL__TRY(status);
    last = run->golden;
    run->golden = (clonal__golden_block){0};
    status = read_block(run, "result");
    clonal__golden_block figures = run->golden;
    run->golden = last;
    if (status == CLONAL_OK) status = train_fused(run, CLONAL_GEMM_AUTO, &figures, &passed_over);
    if (status == CLONAL_OK && passed_over) status = train_fused(run, CLONAL_GEMM_NATIVE, &figures, &passed_over);
    clonal__free(figures.entries);
    return status;
}

clonal_status clonal__verify_case(clonal__verifier *v, const char *line, const char **at)
{
    case_run run = {.v = v, .at = at};
    clonal_status status = clonal__golden_case_read(line, at, &run.c);
    if (status == CLONAL_OK) status = clonal__verify_progress(v, "case %s", run.c.name);
    if (status == CLONAL_OK) status = run_case(&run);
    if (status == CLONAL_OK) v->result->cases++;
    clonal_dataset_destroy(run.data);
    clonal_graph_destroy(run.c.graph);
    clonal__free(run.golden.entries);
    clonal__free(run.seen.entries);
    return status;
}
