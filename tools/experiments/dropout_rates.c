/* Exercise 1: the probabilities of both layers varied, and switched. */
#include "experiments/experiment.h"
#include <math.h>

enum { RATES = 3, ARMS = RATES * RATES };

#define ARM(first, second)                                                                                             \
    {                                                                                                                  \
        first " then " second,                                                                                         \
        {                                                                                                              \
            {                                                                                                          \
                "dropout", first "," second                                                                            \
            }                                                                                                          \
        }                                                                                                              \
    }
static const experiment_arm arms[ARMS] = {
    ARM("0.2", "0.2"), ARM("0.2", "0.5"), ARM("0.2", "0.8"), ARM("0.5", "0.2"), ARM("0.5", "0.5"),
    ARM("0.5", "0.8"), ARM("0.8", "0.2"), ARM("0.8", "0.5"), ARM("0.8", "0.8"),
};
static const char *const rates[RATES] = {"0.2", "0.5", "0.8"};

/* What raising one layer's probability from 0.2 to 0.8 does, the mean over the other layer's. */
static void conclude_layer(page *p, const experiment_results *r, bool second)
{
    static const char *const words[] = {"first", "second"};
    double weights[ARMS];
    for (int i = 0; i < ARMS; i++) {
        const int own = second ? i % RATES : i / RATES;
        weights[i] = (own == 2) / 3.0 - (own == 0) / 3.0;
    }
    const clonal_estimate e = figures_contrast(r->sweep, ARMS, experiment_arms, weights, RUN_VAL_ACCURACY, 0.95);
    const verdict found = verdict_of(&e);
    text interval = {0};
    verdict_interval(&interval, verdict_points, &e, 0.95);
    if (found == VERDICT_UNKNOWN)
        page_conclusion(p, "What the %s layer's probability does cannot be told.", words[second]);
    else if (found == VERDICT_OPEN)
        page_conclusion(p,
                        "That the %s layer's probability matters is not shown: from 0.2 to 0.8 the accuracy changes by "
                        "%+.2f points %s.",
                        words[second], 100 * e.mean, text_words(&interval));
    else
        page_conclusion(p, "Raising the %s layer's probability from 0.2 to 0.8 %s the accuracy by %.2f points %s.",
                        words[second], found == VERDICT_HIGHER ? "raises" : "lowers", 100 * fabs(e.mean),
                        text_words(&interval));
    text_free(&interval);
}

static int analyse(page *p, const experiment_results *r)
{
    double means[ARMS];
    for (int i = 0; i < ARMS; i++) means[i] = r->sweep->settings[i].val_accuracy.mean;
    conclude_layer(p, r, false);
    conclude_layer(p, r, true);
    /* three comparisons, so that one in twenty of such pages is wrong, and not one in seven */
    const double confidence = 1 - 0.05 / RATES;
    for (size_t i = 0; i < RATES; i++)
        for (size_t j = i + 1; j < RATES; j++)
            conclude_difference(p, r, RATES * i + j, RATES * j + i, RUN_VAL_ACCURACY, confidence);
    page_figures_begin(p);
    page_figure(p, &(chart){.kind = CHART_HEAT,
                            .title = "Mean validation accuracy, %",
                            .x_label = "p of the second layer",
                            .y_label = "p of the first layer",
                            .column_names = rates,
                            .row_names = rates,
                            .column_count = RATES,
                            .heat_row_count = RATES,
                            .values = means,
                            .unit = 100});
    page_intervals(p, r->sweep, "Accuracy by the two probabilities", "validation accuracy, %", RUN_VAL_ACCURACY, 100,
                   ARMS, experiment_arms);
    page_figures_end(p);
    return 0;
}

const experiment experiment_dropout_rates = {
    .number = 1,
    .name = "rates",
    .title = "Dropout probabilities, varied and switched",
    .asks = "what do other probabilities do, and switching both layers'?",
    .method =
        "The chapter's network is trained with each of 0.2, 0.5 and 0.8 behind its first and its second hidden "
        "layer. " STEADY_RATE " Pairs that are each other's switched are compared seed by seed, at a confidence that "
        "holds for all three together.",
    .base = {STEADY_BASE},
    .arms = arms,
    .arm_count = ARMS,
    .epochs = 10,
    .quick_epochs = 4,
    .seeds = 5,
    .analyse = analyse,
};
