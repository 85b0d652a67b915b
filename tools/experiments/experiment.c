/* experiment.c: the experiments there are, and what their analyses share. */
#include "experiments/experiment.h"

#define X(name) extern const experiment experiment_##name;
#include "experiments/table.h"
#undef X

static const experiment *const all[] = {
#define X(name) &experiment_##name,
#include "experiments/table.h"
#undef X
};

const size_t experiment_arms[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

const experiment *const *experiment_all(size_t *count)
{
    *count = sizeof all / sizeof *all;
    return all;
}

void conclude_difference(page *p, const experiment_results *r, size_t a, size_t b, run_figure which, double confidence)
{
    static const char *const names[] = {[RUN_VAL_ACCURACY] = "validation accuracy",
                                        [RUN_VAL_LOSS] = "validation loss",
                                        [RUN_TRAIN_LOSS] = "train loss",
                                        [RUN_LEAST_VAL_LOSS] = "lowest validation loss",
                                        [RUN_MOST_VAL_ACCURACY] = "highest validation accuracy",
                                        [RUN_VAL_LOSS_RISE] = "rise of the validation loss"};
    const clonal_estimate e = figures_difference(r->sweep, a, b, which, confidence);
    const bool share = which == RUN_VAL_ACCURACY || which == RUN_MOST_VAL_ACCURACY;
    text words = {0};
    verdict_difference(&words, r->sweep->settings[a].label, r->sweep->settings[b].label, names[which],
                       share ? verdict_points : verdict_plain, &e, confidence);
    page_conclusion(p, "%s", text_words(&words));
    text_free(&words);
}

void put_figures(page *p, const experiment_results *r)
{
    const clonal_sweep *sweep = r->sweep;
    const size_t count = sweep->setting_count;
    page_figures_begin(p);
    page_intervals(p, sweep, "Accuracy", "validation accuracy, %", RUN_VAL_ACCURACY, 100, count, experiment_arms);
    page_intervals(p, sweep, "Loss", "validation loss", RUN_VAL_LOSS, 1, count, experiment_arms);
    page_curves(p, sweep, "Validation loss by epoch", "loss", RUN_VAL_LOSS, count, experiment_arms);
    page_curves(p, sweep, "Train loss by epoch", "loss", RUN_TRAIN_LOSS, count, experiment_arms);
    page_figures_end(p);
}
