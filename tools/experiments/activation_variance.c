/* Exercise 3: the variance of each hidden layer's activations over time, with and without dropout. */
#include "experiments/experiment.h"
#include "support/message.h"
#include "support/stats_file.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WITH, WITHOUT, ARMS, LAYERS = 2, MOST_EPOCHS = 10000 };

static const experiment_arm arms[ARMS] = {{"with dropout", {{"dropout", "0.5,0.5"}}},
                                          {"without dropout", {{"dropout", "0"}}}};

/* The nodes of the hidden layers' activations, before dropout, by the chapter's graph. */
static const char *const layers[LAYERS] = {"node.3.relu", "node.6.relu"};
static const char *const names[LAYERS] = {"first hidden layer", "second hidden layer"};

/* Variances (ARMS, LAYERS, epochs + 1, seeds) as evaluation has them, masks off. */
typedef struct variances {
    size_t epochs, seeds;
    double *values;
} variances;

static double *place(const variances *v, size_t arm, size_t layer, size_t epoch)
{
    return v->values + ((arm * LAYERS + layer) * (v->epochs + 1) + epoch) * v->seeds;
}

static int read_run(const experiment_results *r, size_t arm, size_t seed, variances *v)
{
    stats_row *rows = NULL;
    size_t count = 0;
    const int code = stats_file_read(r->sweep->runs[arm * v->seeds + seed].folder, &rows, &count);
    for (size_t i = 0; i < count; i++) {
        const stats_row *row = &rows[i];
        for (size_t layer = 0; layer < LAYERS; layer++)
            if (!row->gradient && !row->dropout && row->epoch <= v->epochs && strcmp(row->layer, layers[layer]) == 0)
                place(v, arm, layer, row->epoch)[seed] = row->figures[STATS_VARIANCE];
    }
    free(rows);
    return code;
}

static int read_all(const experiment_results *r, variances *v)
{
    *v = (variances){.epochs = r->sweep->runs[0].epochs, .seeds = r->sweep->seed_count};
    const size_t count = ARMS * LAYERS * (v->epochs + 1) * v->seeds;
    if (v->epochs > MOST_EPOCHS || !(v->values = malloc(count * sizeof *v->values)))
        return fail(CLONAL_E_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) v->values[i] = NAN;
    int code = 0;
    for (size_t arm = 0; arm < ARMS; arm++)
        for (size_t seed = 0; code == 0 && seed < v->seeds; seed++) code = read_run(r, arm, seed, v);
    return code;
}

static clonal_estimate mean_of(const double *values, size_t count)
{
    clonal_estimate e;
    if (clonal_estimate_mean(values, count, 0.95, &e) != CLONAL_OK) e.mean = e.low = e.high = NAN;
    return e;
}

/* The two arms at the last epoch, and how far the variance went in each from the start. */
static void conclude(page *p, const variances *v, size_t layer, double *room)
{
    clonal_estimate first[ARMS], last[ARMS], e = {0, NAN, NAN, NAN, NAN, NAN, NAN};
    for (size_t arm = 0; arm < ARMS; arm++) {
        first[arm] = mean_of(place(v, arm, layer, 0), v->seeds);
        last[arm] = mean_of(place(v, arm, layer, v->epochs), v->seeds);
        memcpy(room + arm * v->seeds, place(v, arm, layer, v->epochs), v->seeds * sizeof *room);
    }
    if (clonal_estimate_contrast(room, ARMS, v->seeds, (const double[]){1, -1}, 0.95, &e) != CLONAL_OK) return;
    text a = {0}, words = {0};
    text_put(&a, "the %s with dropout", names[layer]);
    verdict_difference(&words, text_words(&a), "the same without", "variance of activations at the end", verdict_plain,
                       &e, 0.95);
    page_conclusion(p,
                    "%s From the initial weights to the last epoch it went from %.4f to %.4f with dropout, from %.4f "
                    "to %.4f without.",
                    text_words(&words), first[WITH].mean, last[WITH].mean, first[WITHOUT].mean, last[WITHOUT].mean);
    text_free(&a);
    text_free(&words);
}

static void put_figure(page *p, const variances *v, size_t layer, double *room)
{
    static const char *const arm_names[ARMS] = {"with dropout", "without dropout"};
    const size_t n = v->epochs + 1;
    chart_series series[ARMS];
    text title = {0};
    text_put(&title, "Variance of the %s", names[layer]);
    for (size_t arm = 0; arm < ARMS; arm++) {
        double *x = room + arm * 4 * n, *mean = x + n, *low = mean + n, *high = low + n;
        for (size_t i = 0; i < n; i++) {
            const clonal_estimate e = mean_of(place(v, arm, layer, i), v->seeds);
            x[i] = (double)i;
            mean[i] = e.mean;
            low[i] = e.low;
            high[i] = e.high;
        }
        series[arm] = (chart_series){.name = arm_names[arm],
                                     .count = n,
                                     .x = x,
                                     .y = mean,
                                     .low = low,
                                     .high = high,
                                     .dashed = arm == WITHOUT,
                                     .colour = (int)arm};
    }
    page_figure(p, &(chart){.kind = CHART_LINES,
                            .title = text_words(&title),
                            .x_label = "epoch (0: initial weights)",
                            .y_label = "variance",
                            .series = series,
                            .series_count = ARMS,
                            .from_zero = true});
    text_free(&title);
}

static int analyse(page *p, const experiment_results *r)
{
    variances v;
    int code = read_all(r, &v);
    double *room = code == 0 ? malloc(ARMS * (4 * (v.epochs + 1) + v.seeds) * sizeof *room) : NULL;
    if (code == 0 && !room) code = fail(CLONAL_E_MEMORY, "out of memory");
    for (size_t layer = 0; code == 0 && layer < LAYERS; layer++) conclude(p, &v, layer, room);
    if (code == 0) page_figures_begin(p);
    for (size_t layer = 0; code == 0 && layer < LAYERS; layer++) put_figure(p, &v, layer, room);
    if (code == 0) page_curves(p, r->sweep, "Validation loss", "loss", RUN_VAL_LOSS, ARMS, experiment_arms);
    if (code == 0) page_figures_end(p);
    free(room);
    free(v.values);
    return code;
}

const experiment experiment_activation_variance = {
    .number = 3,
    .name = "variance",
    .title = "The variance of each hidden layer's activations",
    .asks = "how does each layer's variance go, with and without dropout?",
    .method = "Before training and after every epoch the activations of one batch of training samples are looked at, "
              "behind the activation function and before dropout, with dropout off: the variance over all values of "
              "the layer. clonal train --watch records it.",
    .base = {{"watch", "true"}},
    .arms = arms,
    .arm_count = ARMS,
    .epochs = 10,
    .quick_epochs = 6,
    .seeds = 5,
    .analyse = analyse,
};
