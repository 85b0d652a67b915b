/* Exercise 5: weight decay and dropout, alone and together: do their effects add up? */
#include "experiments/experiment.h"

#define DECAY "0.0005"

/* The order of an interaction's weights: both, the two alone, neither. */
enum { BOTH, DECAY_ALONE, DROPOUT_ALONE, NEITHER, ARMS };

static const experiment_arm arms[ARMS] = {
    {"dropout and weight decay", {{"dropout", "0.5,0.5"}, {"weight-decay", DECAY}}},
    {"weight decay", {{"dropout", "0"}, {"weight-decay", DECAY}}},
    {"dropout", {{"dropout", "0.5,0.5"}}},
    {"neither", {{"dropout", "0"}}},
};

static void conclude_interaction(page *p, const experiment_results *r, run_figure which, verdict_unit unit,
                                 const char *what)
{
    static const double weights[ARMS] = {1, -1, -1, 1};
    const clonal_estimate e = figures_contrast(r->sweep, ARMS, experiment_arms, weights, which, 0.95);
    const clonal_estimate decay = figures_difference(r->sweep, DECAY_ALONE, NEITHER, which, 0.95);
    const clonal_estimate dropout = figures_difference(r->sweep, DROPOUT_ALONE, NEITHER, which, 0.95);
    const clonal_estimate both = figures_difference(r->sweep, BOTH, NEITHER, which, 0.95);
    const verdict found = verdict_of(&e);
    if (found == VERDICT_UNKNOWN) {
        page_conclusion(p, "Whether the effects on %s add up cannot be told.", what);
        return;
    }
    text interval = {0};
    verdict_interval(&interval, unit, &e, 0.95);
    page_conclusion(
        p,
        "%s: weight decay alone changes it by %+.*f%s, dropout alone by %+.*f, both by %+.*f where %+.*f would be "
        "their sum: %s; interaction %+.*f %s.",
        what, unit.digits, unit.scale * decay.mean, unit.name, unit.digits, unit.scale * dropout.mean, unit.digits,
        unit.scale * both.mean, unit.digits, unit.scale * (decay.mean + dropout.mean),
        found == VERDICT_OPEN     ? "that they do not simply add up is not shown"
        : found == VERDICT_HIGHER ? "they do not simply add up, together it is higher than that"
                                  : "they do not simply add up, together it is lower than that",
        unit.digits, unit.scale * e.mean, text_words(&interval));
    text_free(&interval);
}

static int analyse(page *p, const experiment_results *r)
{
    conclude_interaction(p, r, RUN_VAL_ACCURACY, verdict_points, "Validation accuracy");
    conclude_interaction(p, r, RUN_VAL_LOSS, verdict_plain, "Validation loss");
    conclude_difference(p, r, BOTH, NEITHER, RUN_VAL_ACCURACY, 0.95);
    put_figures(p, r);
    return 0;
}

const experiment experiment_weight_decay = {
    .number = 5,
    .name = "decay",
    .title = "Weight decay and dropout",
    .asks = "weight decay and dropout, alone and together: do they add up?",
    .method = "A two by two design: dropout 0.5 or none, weight decay " DECAY " or none. The interaction is what both "
              "do together less the sum of what each does alone, seed by seed, and is 0 where the effects add "
              "up. " STEADY_RATE,
    .base = {STEADY_BASE},
    .arms = arms,
    .arm_count = ARMS,
    .epochs = 15,
    .quick_epochs = 15,
    .seeds = 8,
    .analyse = analyse,
};
