/* optimizer.c: the table of optimizers, and the numbers that they take. */
#include "host/optim/optimizer.h"

#include "host/optim/table.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DECLARE(name) extern const clonal__optimizer clonal__optimizer_##name;
CLONAL__OPTIMIZERS(DECLARE)
#undef DECLARE

#define ADDRESS(name) &clonal__optimizer_##name,
static const clonal__optimizer *const table[] = {CLONAL__OPTIMIZERS(ADDRESS)};
#undef ADDRESS

#define NAME(name) #name,
static const char *const names[] = {CLONAL__OPTIMIZERS(NAME) NULL};
#undef NAME

const clonal__number clonal__common_numbers[] = {
    {"lr", "the learning rate", CLONAL__F32, offsetof(clonal_optimizer, learning_rate), 0, INFINITY},
    {"weight_decay", "the weight decay", CLONAL__F32, offsetof(clonal_optimizer, weight_decay), 0, INFINITY},
};
const size_t clonal__common_number_count = sizeof clonal__common_numbers / sizeof *clonal__common_numbers;

clonal_optimizer clonal_optimizer_default(void)
{
    return (clonal_optimizer){.name = names[0], .learning_rate = 0.1f, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8f};
}

const char *const *clonal_optimizer_names(void)
{
    return names;
}

const clonal__optimizer *clonal__optimizer_named(const char *name)
{
    if (!name) return table[0];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i]->name, name) == 0) return table[i];
    return NULL;
}

double clonal__number_get(const clonal__number *number, const void *of)
{
    const char *at = (const char *)of + number->offset;
    switch (number->kind) {
    case CLONAL__F32:
        return *(const float *)(const void *)at;
    case CLONAL__F64:
        return *(const double *)(const void *)at;
    case CLONAL__U64:
        return (double)*(const uint64_t *)(const void *)at;
    }
    return NAN;
}

bool clonal__number_holds(const clonal__number *number, double value)
{
    return number->kind != CLONAL__U64 || (value >= 0 && value < CLONAL__WHOLE_BELOW && value == floor(value));
}

void clonal__number_set(const clonal__number *number, void *of, double value)
{
    char *at = (char *)of + number->offset;
    switch (number->kind) {
    case CLONAL__F32:
        *(float *)(void *)at = (float)value;
        break;
    case CLONAL__F64:
        *(double *)(void *)at = value;
        break;
    case CLONAL__U64:
        *(uint64_t *)(void *)at = (uint64_t)value;
        break;
    }
}

bool clonal__number_set_named(const clonal__number *numbers, size_t count, const char *key, void *of, double value)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(numbers[i].key, key) == 0 && clonal__number_holds(&numbers[i], value)) {
            clonal__number_set(&numbers[i], of, value);
            return true;
        }
    return false;
}

bool clonal__optimizer_set(clonal_optimizer *settings, const char *key, double value)
{
    if (clonal__number_set_named(clonal__common_numbers, clonal__common_number_count, key, settings, value))
        return true;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (clonal__number_set_named(table[i]->numbers, table[i]->number_count, key, settings, value)) return true;
    return false;
}

clonal_status clonal__numbers_check(const clonal__number *numbers, size_t count, const void *of)
{
    for (size_t i = 0; i < count; i++) {
        const clonal__number *n = &numbers[i];
        const double value = clonal__number_get(n, of);
        if (!(value >= n->least && isfinite(value)))
            return clonal__fail(CLONAL_E_ARGUMENT, "%s is %g: give a finite number, %g or more", n->words, value,
                                n->least);
        if (!(value < n->below))
            return clonal__fail(CLONAL_E_ARGUMENT, "%s is %g: give a number below %g", n->words, value, n->below);
    }
    return CLONAL_OK;
}

const char *clonal__joined(const char *const *all, char room[200])
{
    size_t length = 0;
    room[0] = '\0';
    for (size_t i = 0; all[i] && length < 200; i++)
        length += (size_t)snprintf(room + length, 200 - length, "%s%s", i ? ", " : "", all[i]);
    return room;
}

clonal_status clonal__optimizer_check(const clonal_optimizer *settings)
{
    char room[200];
    const clonal__optimizer *optimizer = clonal__optimizer_named(settings->name);
    if (!optimizer)
        return clonal__fail(CLONAL_E_ARGUMENT, "there is no optimizer \"%.40s\": give one of %s", settings->name,
                            clonal__joined(names, room));
    CLONAL__TRY(clonal__numbers_check(clonal__common_numbers, clonal__common_number_count, settings));
    return clonal__numbers_check(optimizer->numbers, optimizer->number_count, settings);
}

clonal_status clonal__schedule_check(const clonal_schedule *settings)
{
    char room[200];
    const clonal__schedule *schedule = clonal__schedule_named(settings->name);
    if (!schedule)
        return clonal__fail(CLONAL_E_ARGUMENT, "there is no schedule \"%.40s\": give one of %s", settings->name,
                            clonal__joined(clonal_schedule_names(), room));
    CLONAL__TRY(clonal__numbers_check(&clonal__warmup_number, 1, settings));
    CLONAL__TRY(clonal__numbers_check(schedule->numbers, schedule->number_count, settings));
    return schedule->check ? schedule->check(settings) : CLONAL_OK;
}
