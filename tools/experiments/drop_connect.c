/* Exercise 6: noise on the weights instead of the activations: DropConnect. */
#include "experiments/experiment.h"

enum { NEITHER, DROPOUT_5, CONNECT_5, DROPOUT_2, CONNECT_2, ARMS };

static const experiment_arm arms[ARMS] = {
    {"neither", {{"dropout", "0"}}},
    {"dropout 0.5", {{"dropout", "0.5"}}},
    {"DropConnect 0.5", {{"dropout", "0.5"}, {"dropout-kind", "connect"}}},
    {"dropout 0.2", {{"dropout", "0.2"}}},
    {"DropConnect 0.2", {{"dropout", "0.2"}, {"dropout-kind", "connect"}}},
};

static int analyse(page *p, const experiment_results *r)
{
    conclude_difference(p, r, CONNECT_5, DROPOUT_5, RUN_VAL_ACCURACY, 0.975);
    conclude_difference(p, r, CONNECT_2, DROPOUT_2, RUN_VAL_ACCURACY, 0.975);
    conclude_difference(p, r, CONNECT_5, NEITHER, RUN_VAL_ACCURACY, 0.95);
    conclude_difference(p, r, CONNECT_5, NEITHER, RUN_VAL_LOSS, 0.95);
    put_figures(p, r);
    return 0;
}

const experiment experiment_drop_connect = {
    .number = 6,
    .name = "connect",
    .title = "DropConnect: noise on the weights",
    .asks = "what if weights are dropped, not activations (DropConnect)?",
    .method = "DropConnect drops each weight of the hidden layers with a mask of its own a step, where dropout drops "
              "activations. Both are trained with two probabilities, and the network with neither beside them. The "
              "two comparisons of one with the other hold together at 95 %. " STEADY_RATE,
    .base = {STEADY_BASE},
    .arms = arms,
    .arm_count = ARMS,
    .epochs = 10,
    .quick_epochs = 6,
    .seeds = 6,
    .analyse = analyse,
};
