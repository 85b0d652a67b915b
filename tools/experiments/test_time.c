/* Exercise 4: dropout at test time, and Monte Carlo dropout beside it. */
#include "experiments/experiment.h"
#include "experiments/measures.h"
#include "support/message.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNTS = 4, MASK_SEED = 0 };
static const uint32_t counts[COUNTS] = {1, 3, 10, 30}; /* passes */

static const experiment_arm arms[] = {{"dropout 0.5", {{"dropout", "0.5,0.5"}}}};

/* Expected calibration error of outputs (count,classes), by the bins of clonal_monte_carlo. */
static double calibration_error(const clonal_dataset *test, size_t count, size_t classes, const float *outputs)
{
    double confidence[CLONAL_CALIBRATION_BINS] = {0}, right[CLONAL_CALIBRATION_BINS] = {0}, error = 0;
    for (size_t i = 0; i < count; i++) {
        const float *row = outputs + i * classes;
        size_t best = 0;
        for (size_t c = 1; c < classes; c++)
            if (row[c] > row[best]) best = c;
        const int bin = (int)fmin(CLONAL_CALIBRATION_BINS * (double)row[best], CLONAL_CALIBRATION_BINS - 1);
        confidence[bin] += row[best];
        right[bin] += clonal_dataset_label(test, i) == best;
    }
    for (int b = 0; b < CLONAL_CALIBRATION_BINS; b++) error += fabs(confidence[b] - right[b]);
    return error / (double)count;
}

/* With dropout off. */
static int measure_off(clonal_model *model, const clonal_dataset *test, size_t setting, uint64_t seed, measures *to)
{
    const size_t count = clonal_dataset_count(test), classes = clonal_dataset_outputs(test);
    double loss, accuracy;
    float *outputs = malloc(count * classes * sizeof *outputs);
    if (!outputs) return fail(CLONAL_E_MEMORY, "out of memory");
    clonal_status status = clonal_model_evaluate(model, test, &loss, &accuracy);
    if (status == CLONAL_OK) status = clonal_model_predict(model, test, 0, count, outputs);
    int code = status == CLONAL_OK ? 0 : fail_status(status);
    if (code == 0 &&
        !(measures_add(to, setting, seed, "off accuracy", accuracy) &&
          measures_add(to, setting, seed, "off loss", loss) &&
          measures_add(to, setting, seed, "off calibration error", calibration_error(test, count, classes, outputs))))
        code = fail(CLONAL_E_MEMORY, "out of memory");
    free(outputs);
    return code;
}

static void name_of(char room[40], uint32_t passes, const char *what)
{
    snprintf(room, 40, "%" PRIu32 " %s", passes, what);
}

/* The mean of some passes with dropout on. */
static int measure_passes(clonal_model *model, const clonal_dataset *test, size_t setting, uint64_t seed,
                          uint32_t passes, measures *to)
{
    clonal_monte_carlo m;
    char names[4][40];
    const clonal_status status = clonal_model_evaluate_monte_carlo(model, test, MASK_SEED, passes, &m);
    if (status != CLONAL_OK) return fail_status(status);
    name_of(names[0], passes, "accuracy");
    name_of(names[1], passes, "loss");
    name_of(names[2], passes, "calibration error");
    name_of(names[3], passes, "accuracy of the surer half");
    const bool added = measures_add(to, setting, seed, names[0], m.accuracy) &&
                       measures_add(to, setting, seed, names[1], m.loss) &&
                       measures_add(to, setting, seed, names[2], m.calibration_error) &&
                       measures_add(to, setting, seed, names[3], m.kept[CLONAL_KEPT_SHARES / 2]);
    return added ? 0 : fail(CLONAL_E_MEMORY, "out of memory");
}

static int measure(clonal_context *context, const clonal_dataset *test, const clonal_sweep *sweep, measures *to)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < sweep->setting_count * sweep->seed_count; i++) {
        const clonal_sweep_run *run = &sweep->runs[i];
        clonal_model *model = NULL;
        const clonal_status status = clonal_run_open(context, run->folder, 0, &model);
        if (status != CLONAL_OK) return fail_status(status);
        code = measure_off(model, test, run->setting, run->seed, to);
        for (int k = 0; code == 0 && k < COUNTS; k++)
            code = measure_passes(model, test, run->setting, run->seed, counts[k], to);
        clonal_model_destroy(model);
    }
    return code;
}

/* All four comparisons hold together at 95 %. */
static const double together = 1 - 0.05 / 4;

/* That so many passes differ from no dropout in one number. */
static void conclude(page *p, const experiment_results *r, uint32_t passes, const char *what, verdict_unit unit)
{
    char on[40], off[40], a[60];
    text words = {0};
    name_of(on, passes, what);
    snprintf(off, sizeof off, "off %s", what);
    if (passes == 1)
        snprintf(a, sizeof a, "one pass with dropout");
    else
        snprintf(a, sizeof a, "the mean of %" PRIu32 " passes with dropout", passes);
    const clonal_estimate e = measures_estimate(r->measured, r->sweep, 0, on, 1, off, -1, together);
    verdict_difference(&words, a, "evaluation without it", what, unit, &e, together);
    page_conclusion(p, "%s", text_words(&words));
    text_free(&words);
}

static void put_curve(page *p, const experiment_results *r, const char *title, const char *what, double scale)
{
    double x[COUNTS], mean[2][COUNTS], low[2][COUNTS], high[2][COUNTS];
    char name[40];
    for (int k = 0; k < COUNTS; k++) {
        for (int off = 0; off < 2; off++) {
            if (off)
                snprintf(name, sizeof name, "off %s", what);
            else
                name_of(name, counts[k], what);
            const clonal_estimate e = measures_estimate(r->measured, r->sweep, 0, name, scale, NULL, 0, 0.95);
            mean[off][k] = e.mean;
            low[off][k] = e.low;
            high[off][k] = e.high;
        }
        x[k] = counts[k];
    }
    const chart_series series[] = {
        {.name = "mean of the passes", .count = COUNTS, .x = x, .y = mean[0], .low = low[0], .high = high[0]},
        {.name = "dropout off",
         .count = COUNTS,
         .x = x,
         .y = mean[1],
         .low = low[1],
         .high = high[1],
         .dashed = true,
         .colour = 1}};
    page_figure(p, &(chart){.kind = CHART_LINES,
                            .title = title,
                            .x_label = "passes with dropout",
                            .y_label = what,
                            .series = series,
                            .series_count = 2});
}

static void put_table(page *p, const experiment_results *r)
{
    static const char *const names[] = {"evaluation", "accuracy, %", "loss", "calibration error"};
    static const char *const whats[] = {"accuracy", "loss", "calibration error"};
    page_table(p, "Means over the seeds, with intervals of 95 %", 4, names);
    for (int k = -1; k < COUNTS; k++) {
        if (k < 0)
            page_cell(p, "dropout off");
        else
            page_cell(p, "mean of %" PRIu32 "%s", counts[k], counts[k] == 1 ? " pass" : " passes");
        for (int w = 0; w < 3; w++) {
            char name[40];
            text words = {0};
            if (k < 0)
                snprintf(name, sizeof name, "off %s", whats[w]);
            else
                name_of(name, counts[k], whats[w]);
            const clonal_estimate e = measures_estimate(r->measured, r->sweep, 0, name, 1, NULL, 0, 0.95);
            verdict_mean(&words, w == 0 ? verdict_points : verdict_plain, &e);
            page_cell(p, "%s", text_words(&words));
            text_free(&words);
        }
    }
    page_table_end(p);
}

static int analyse(page *p, const experiment_results *r)
{
    conclude(p, r, 1, "accuracy", verdict_points);
    conclude(p, r, counts[COUNTS - 1], "accuracy", verdict_points);
    conclude(p, r, counts[COUNTS - 1], "loss", verdict_plain);
    conclude(p, r, counts[COUNTS - 1], "calibration error", verdict_plain);
    page_figures_begin(p);
    put_curve(p, r, "Accuracy by the number of passes", "accuracy", 1);
    put_curve(p, r, "Loss by the number of passes", "loss", 1);
    put_curve(p, r, "Calibration error by the number of passes", "calibration error", 1);
    page_figures_end(p);
    put_table(p, r);
    return 0;
}

const experiment experiment_test_time = {
    .number = 4,
    .name = "test-time",
    .title = "Dropout at test time",
    .asks = "why is it not used at test time? Monte Carlo beside it",
    .method = "Networks trained with dropout 0.5 are evaluated on the test data without dropout, with one stochastic "
              "pass, and by the mean probabilities of several passes with masks of their own. The calibration error is "
              "the distance of confidence and accuracy over 15 bins. The four comparisons hold together at 95 %.",
    .arms = arms,
    .arm_count = 1,
    .epochs = 10,
    .quick_epochs = 6,
    .seeds = 8,
    .measure = measure,
    .analyse = analyse,
};
