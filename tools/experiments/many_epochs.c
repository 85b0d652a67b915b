/* Exercise 2: more epochs, with and without dropout. */
#include "experiments/experiment.h"

enum { WITH, WITHOUT, ARMS };

static const experiment_arm arms[ARMS] = {{"with dropout", {{"dropout", "0.5,0.5"}}},
                                          {"without dropout", {{"dropout", "0"}}}};

/* All three comparisons hold together at 95 %. */
static const double confidence = 1 - 0.05 / 3;

/* How far the validation loss rose from its lowest value, which tells of overfitting. */
static void conclude_rise(page *p, const experiment_results *r)
{
    clonal_estimate rise[ARMS];
    for (size_t i = 0; i < ARMS; i++)
        rise[i] = figures_contrast(r->sweep, 1, &i, (const double[]){1}, RUN_VAL_LOSS_RISE, 0.95);
    const clonal_estimate e = figures_difference(r->sweep, WITHOUT, WITH, RUN_VAL_LOSS_RISE, confidence);
    const verdict found = verdict_of(&e);
    text interval = {0};
    verdict_interval(&interval, verdict_plain, &e, confidence);
    if (found == VERDICT_UNKNOWN)
        page_conclusion(p, "Whether one of them overfits more cannot be told.");
    else
        page_conclusion(
            p,
            "At the end the validation loss is %.4f above its lowest value without dropout, and %.4f with it: "
            "%s %s.",
            rise[WITHOUT].mean, rise[WITH].mean,
            found == VERDICT_HIGHER  ? "without dropout it rose more"
            : found == VERDICT_LOWER ? "with dropout it rose more"
                                     : "that they differ is not shown",
            text_words(&interval));
    text_free(&interval);
}

static int analyse(page *p, const experiment_results *r)
{
    conclude_difference(p, r, WITH, WITHOUT, RUN_VAL_ACCURACY, confidence);
    conclude_rise(p, r);
    conclude_difference(p, r, WITH, WITHOUT, RUN_TRAIN_LOSS, confidence);
    page_figures_begin(p);
    page_curves(p, r->sweep, "Validation accuracy", "share of right classes", RUN_VAL_ACCURACY, ARMS, experiment_arms);
    page_curves(p, r->sweep, "Validation loss", "loss", RUN_VAL_LOSS, ARMS, experiment_arms);
    page_curves(p, r->sweep, "Train loss", "loss", RUN_TRAIN_LOSS, ARMS, experiment_arms);
    page_figures_end(p);
    return 0;
}

const experiment experiment_many_epochs = {
    .number = 2,
    .name = "epochs",
    .title = "More epochs, with and without dropout",
    .asks = "how do the two compare over many more epochs?",
    .method = "The chapter's network is trained for five times its epochs, with dropout 0.5 behind both layers and "
              "without. Train loss is measured as it is trained, with dropout on where there is any, so that only its "
              "course and not its level tells of the fit. The three comparisons hold together at 95 %.",
    .arms = arms,
    .arm_count = ARMS,
    .epochs = 50,
    .quick_epochs = 30,
    .seeds = 5,
    .analyse = analyse,
};
