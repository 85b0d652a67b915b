/* adam.c: Adam and AdamW, which differ in what weight decay does. Kernel: cl/lib/adam.cl. */
#include "host/optim/optimizer.h"

#include <math.h>
#include <stdio.h>

static const clonal__number numbers[] = {
    {"beta1", "beta 1", CLONAL__F64, offsetof(clonal_optimizer, beta1), 0, 1},
    {"beta2", "beta 2", CLONAL__F64, offsetof(clonal_optimizer, beta2), 0, 1},
    {"eps", "epsilon", CLONAL__F32, offsetof(clonal_optimizer, epsilon), 0, INFINITY},
};

static size_t state_count(const clonal_optimizer *s)
{
    (void)s;
    return 2;
}

static void options_adam(const clonal_optimizer *s, char *room, size_t size)
{
    snprintf(room, size, "-DWEIGHT_DECAY=%d -DDECOUPLED=0", s->weight_decay != 0);
}

static void options_adamw(const clonal_optimizer *s, char *room, size_t size)
{
    snprintf(room, size, "-DWEIGHT_DECAY=%d -DDECOUPLED=1", s->weight_decay != 0);
}

/* The corrections of both moments' bias are made here, in binary64: the kernel has no power. */
static void scalars_adam(const clonal_optimizer *s, double rate, uint64_t step, float out[CLONAL__UPDATE_SCALARS])
{
    const double first = 1.0 - clonal__power(s->beta1, step + 1), second = 1.0 - clonal__power(s->beta2, step + 1);
    out[0] = (float)(rate / first);
    out[1] = (float)(1.0 - s->beta1);
    out[2] = (float)s->beta2;
    out[3] = (float)(1.0 - s->beta2);
    out[4] = (float)(1.0 / sqrt(second));
    out[5] = s->epsilon;
    out[6] = s->weight_decay;
}

static void scalars_adamw(const clonal_optimizer *s, double rate, uint64_t step, float out[CLONAL__UPDATE_SCALARS])
{
    const double decay = rate * (double)s->weight_decay;
    scalars_adam(s, rate, step, out);
    out[6] = (float)(1.0 - decay);
}

#define MOMENTS                                                                                                        \
    {                                                                                                                  \
        {"first_moment", "first_moment"},                                                                              \
        {                                                                                                              \
            "second_moment", "second_moment"                                                                           \
        }                                                                                                              \
    }

const clonal__optimizer clonal__optimizer_adam = {
    .name = "adam",
    .library = "adam",
    .numbers = numbers,
    .number_count = sizeof numbers / sizeof *numbers,
    .states = MOMENTS,
    .state_count = state_count,
    .options = options_adam,
    .scalars = scalars_adam,
};

const clonal__optimizer clonal__optimizer_adamw = {
    .name = "adamw",
    .library = "adam",
    .numbers = numbers,
    .number_count = sizeof numbers / sizeof *numbers,
    .states = MOMENTS,
    .state_count = state_count,
    .options = options_adamw,
    .scalars = scalars_adamw,
};
