/* dropout_schedule.c: the probability of dropout by step, in binary64 by products, sums and quotients alone, as the
 * learning rate's schedules are. Rules: cl/CONTRACT.md, section 5, "Dropout's schedule". */
#include "host/optim/optimizer.h"

#include <math.h>
#include <string.h>

/* e^x for -40 <= x <= 0: 2^k e^r with |r| <= ln 2 / 2, and the Taylor series of e^r up to r^13, whose rest is below
 * 2^-57. */
static double exponential_of(double x)
{
    static const double factorials[] = {6227020800, 479001600, 39916800, 3628800, 362880, 40320, 5040,
                                        720,        120,       24,       6,       2,      1,     1};
    const double shifted = x * 0x1.71547652b82fep+0, k = floor(shifted + 0.5); /* 1 / ln 2 */
    const double upper = k * 0x1.62e42feep-1, lower = k * 0x1.a39ef35793c76p-33;
    double r = x - upper; /* exact: k is small, and so is ln 2's upper part */
    r = r - lower;
    double y = 1.0 / factorials[0];
    for (size_t i = 1; i < sizeof factorials / sizeof *factorials; i++) {
        const double product = y * r;
        y = product + 1.0 / factorials[i];
    }
    return ldexp(y, (int)k);
}

static double linear(double p, double done)
{
    return done < 1 ? p * done : p;
}

/* 1 - theta(t) of Morerio et al., equation 3, with gamma = 10 / T. */
static double exponential(double p, double done)
{
    const double u = done * 10.0;
    if (u > 40) return p; /* the share that is missing is below 2^-57 */
    const double share = 1.0 - exponential_of(-u);
    return p * share;
}

static const clonal__dropout_schedule schedules[] = {
    {.name = "constant"},
    {.name = "linear", .probability = linear},
    {.name = "exponential", .probability = exponential},
};
enum { SCHEDULES = sizeof schedules / sizeof *schedules };

const clonal__number clonal__dropout_steps_number = {
    "dropout_steps",    "the dropout schedule's steps", CLONAL__U64, offsetof(clonal_dropout_schedule, steps), 1,
    CLONAL__WHOLE_BELOW};

const char *const *clonal_dropout_schedule_names(void)
{
    static const char *const names[] = {"constant", "linear", "exponential", NULL};
    return names;
}

const clonal__dropout_schedule *clonal__dropout_schedule_named(const char *name)
{
    if (!name) return &schedules[0];
    for (size_t i = 0; i < SCHEDULES; i++)
        if (strcmp(schedules[i].name, name) == 0) return &schedules[i];
    return NULL;
}

bool clonal__dropout_varies(const clonal_dropout_schedule *settings)
{
    return clonal__dropout_schedule_named(settings->name)->probability;
}

clonal_status clonal__dropout_schedule_check(const clonal_dropout_schedule *settings)
{
    char room[200];
    const clonal__dropout_schedule *schedule = clonal__dropout_schedule_named(settings->name);
    if (!schedule)
        return clonal__fail(CLONAL_E_ARGUMENT, "there is no dropout schedule \"%.40s\": give one of %s", settings->name,
                            clonal__joined(clonal_dropout_schedule_names(), room));
    return schedule->probability ? clonal__numbers_check(&clonal__dropout_steps_number, 1, settings) : CLONAL_OK;
}

double clonal__dropout_probability(const clonal_dropout_schedule *settings, double p, uint64_t step)
{
    const clonal__dropout_schedule *schedule = clonal__dropout_schedule_named(settings->name);
    if (!schedule->probability) return p;
    return schedule->probability(p, (double)step / (double)settings->steps);
}
