/* schedule.c: the learning rate's factor by step, in binary64 by products, sums and quotients alone: a libm's pow and
 * cos differ between machines in their last bit. Rules: cl/CONTRACT.md, section 5, "Schedules". */
#include "host/optim/optimizer.h"

#include "host/base/cosine.h"
#include <math.h>
#include <string.h>

double clonal__power(double b, uint64_t n)
{
    double r = 1;
    for (; n; n >>= 1) {
        if (n & 1) r = r * b;
        b = b * b;
    }
    return r;
}

static double constant(const clonal_schedule *s, uint64_t step)
{
    (void)s;
    (void)step;
    return 1;
}

static double stairs(const clonal_schedule *s, uint64_t step)
{
    return clonal__power(s->gamma, step / s->every);
}

static double cosine(const clonal_schedule *s, uint64_t step)
{
    const uint64_t length = s->steps - s->warmup;
    if (step >= length) return 0;
    return (1.0 + clonal__cospi((double)step / (double)length)) * 0.5;
}

static clonal_status check_cosine(const clonal_schedule *s)
{
    if (s->steps > s->warmup) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT,
                        "the cosine schedule ends at step %llu, within its warm-up of %llu steps: give more steps, or "
                        "a shorter warm-up",
                        (unsigned long long)s->steps, (unsigned long long)s->warmup);
}

const clonal__number clonal__warmup_number = {
    "warmup", "the warm-up", CLONAL__U64, offsetof(clonal_schedule, warmup), 0, CLONAL__WHOLE_BELOW};

static const clonal__number step_numbers[] = {
    {"every", "the schedule's every", CLONAL__U64, offsetof(clonal_schedule, every), 1, CLONAL__WHOLE_BELOW},
    {"gamma", "the schedule's gamma", CLONAL__F64, offsetof(clonal_schedule, gamma), 0, INFINITY},
};
static const clonal__number cosine_numbers[] = {
    {"steps", "the schedule's steps", CLONAL__U64, offsetof(clonal_schedule, steps), 0, CLONAL__WHOLE_BELOW},
};

static const clonal__schedule schedules[] = {
    {.name = "constant", .factor = constant},
    {.name = "step", .numbers = step_numbers, .number_count = 2, .factor = stairs},
    {.name = "cosine", .numbers = cosine_numbers, .number_count = 1, .check = check_cosine, .factor = cosine},
};
enum { SCHEDULES = sizeof schedules / sizeof *schedules };

clonal_schedule clonal_schedule_default(void)
{
    return (clonal_schedule){.name = schedules[0].name, .every = 1, .gamma = 0.1};
}

const char *const *clonal_schedule_names(void)
{
    static const char *const names[] = {"constant", "step", "cosine", NULL};
    return names;
}

const clonal__schedule *clonal__schedule_named(const char *name)
{
    if (!name) return &schedules[0];
    for (size_t i = 0; i < SCHEDULES; i++)
        if (strcmp(schedules[i].name, name) == 0) return &schedules[i];
    return NULL;
}

bool clonal__schedule_set(clonal_schedule *settings, const char *key, double value)
{
    if (clonal__number_set_named(&clonal__warmup_number, 1, key, settings, value)) return true;
    for (size_t i = 0; i < SCHEDULES; i++)
        if (clonal__number_set_named(schedules[i].numbers, schedules[i].number_count, key, settings, value))
            return true;
    return false;
}

double clonal__schedule_factor(const clonal_schedule *s, uint64_t step)
{
    if (step < s->warmup) return ((double)step + 1.0) / (double)s->warmup;
    return clonal__schedule_named(s->name)->factor(s, step - s->warmup);
}
