/* sgd.c: stochastic gradient descent with momentum and weight decay. Kernel: cl/lib/sgd.cl. */
#include "host/optim/optimizer.h"

#include <stdio.h>

static const clonal__number numbers[] = {
    {"momentum", "the momentum", CLONAL__F32, offsetof(clonal_optimizer, momentum), 0, 1},
};

static size_t state_count(const clonal_optimizer *s)
{
    return s->momentum != 0;
}

static void options(const clonal_optimizer *s, char *room, size_t size)
{
    snprintf(room, size, "-DWEIGHT_DECAY=%d -DMOMENTUM=%d", s->weight_decay != 0, s->momentum != 0);
}

static void scalars(const clonal_optimizer *s, double rate, uint64_t step, float out[CLONAL__UPDATE_SCALARS])
{
    (void)step;
    out[0] = (float)rate;
    out[1] = s->momentum;
    out[2] = s->weight_decay;
}

const clonal__optimizer clonal__optimizer_sgd = {
    .name = "sgd",
    .library = "sgd",
    .numbers = numbers,
    .number_count = sizeof numbers / sizeof *numbers,
    .vector = true,
    .states = {{"velocity", "momentum"}},
    .state_count = state_count,
    .options = options,
    .scalars = scalars,
};
