#define _POSIX_C_SOURCE 200809L
#include "ref_settings.h"

#include "ref_locale.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ref_settings_defaults(struct ref_settings *settings)
{
    settings->optimizer = REF_SGD;
    settings->beta1 = 0.9;
    settings->beta2 = 0.999;
    settings->eps = 1e-8;
    settings->initial = REF_FAN_IN_UNIFORM;
    settings->dropout = (struct ref_dropout_schedule){REF_DROPOUT_CONSTANT, 0};
    settings->schedule = (struct ref_schedule){REF_CONSTANT, 0, 0, 1, 0.1};
}

/* The place of a name in a list that ends with NULL, or -1. */
static int find(const char *const *names, const char *name)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) return i;
    }
    return -1;
}

static int read_number(double *to, const char *text)
{
    char *end;
    *to = ref_strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*to) ? 0 : -1;
}

static int read_count(uint64_t *to, const char *text)
{
    char *end;
    if (*text < '0' || *text > '9') return -1;
    errno = 0;
    *to = strtoumax(text, &end, 10);
    return *end == '\0' && errno == 0 ? 0 : -1;
}

static int read_name(int *to, const char *const *names, const char *text)
{
    *to = find(names, text);
    return *to >= 0 ? 0 : -1;
}

int ref_settings_set(struct ref_settings *settings, const char *key, const char *value)
{
    static const char *const keys[] = {
        "optimizer", "schedule",         "beta1",         "beta2", "eps", "gamma", "warmup", "steps", "every",
        "initial",   "dropout_schedule", "dropout_steps", NULL};
    static const char *const optimizers[] = {"sgd", "adam", "adamw", NULL};
    static const char *const initials[] = {"fan-in-uniform", "uniform", "lecun-uniform", "he-uniform",
                                           "glorot-uniform", "normal",  "lecun-normal",  "he-normal",
                                           "glorot-normal",  NULL};
    static const char *const dropout_schedules[] = {"constant", "linear", "exponential", NULL};
    static const char *const schedules[] = {"constant", "step", "cosine", NULL};
    struct ref_schedule *schedule = &settings->schedule;
    int choice, wrong;
    switch (find(keys, key)) {
    case 0:
        wrong = read_name(&choice, optimizers, value);
        if (!wrong) settings->optimizer = (enum ref_optimizer)choice;
        return wrong;
    case 1:
        wrong = read_name(&choice, schedules, value);
        if (!wrong) schedule->kind = (enum ref_schedule_kind)choice;
        return wrong;
    case 2:
        return read_number(&settings->beta1, value);
    case 3:
        return read_number(&settings->beta2, value);
    case 4:
        return read_number(&settings->eps, value);
    case 5:
        return read_number(&schedule->gamma, value);
    case 6:
        return read_count(&schedule->warmup, value);
    case 7:
        return read_count(&schedule->steps, value);
    case 8:
        return read_count(&schedule->every, value);
    case 9:
        wrong = read_name(&choice, initials, value);
        if (!wrong) settings->initial = (enum ref_initial_rule)choice;
        return wrong;
    case 10:
        wrong = read_name(&choice, dropout_schedules, value);
        if (!wrong) settings->dropout.kind = (enum ref_dropout_kind)choice;
        return wrong;
    case 11:
        return read_count(&settings->dropout.steps, value);
    default:
        return -1;
    }
}

int ref_settings_check(const struct ref_settings *settings)
{
    const struct ref_schedule *schedule = &settings->schedule;
    if (settings->optimizer != REF_SGD) {
        if (!(settings->beta1 >= 0.0 && settings->beta1 < 1.0)) return -1;
        if (!(settings->beta2 >= 0.0 && settings->beta2 < 1.0)) return -1;
        if (!(settings->eps >= 0.0)) return -1;
    }
    if (schedule->kind == REF_STEPS && schedule->every == 0) return -1;
    if (schedule->kind == REF_COSINE && schedule->steps <= schedule->warmup) return -1;
    return settings->dropout.kind == REF_DROPOUT_CONSTANT || settings->dropout.steps > 0 ? 0 : -1;
}

int ref_settings_read(struct ref_settings *settings, const char *pairs)
{
    char text[256], *rest = NULL;
    if (strlen(pairs) >= sizeof text) return -1;
    strcpy(text, pairs);
    for (char *key = strtok_r(text, " \n", &rest); key != NULL; key = strtok_r(NULL, " \n", &rest)) {
        const char *value = strtok_r(NULL, " \n", &rest);
        if (value == NULL || ref_settings_set(settings, key, value) != 0) return -1;
    }
    return ref_settings_check(settings);
}
