/* plan.c: making the plan of a sweep. */
#include "host/sweep/plan.h"

#include "host/base/digest.h"
#include "host/base/float_environment.h"
#include "host/base/json.h"
#include "host/base/memory.h"
#include "host/run/settings.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---- named settings ---- */

static void named_free(clonal__named *named)
{
    for (size_t i = 0; i < named->count; i++) {
        clonal__free((char *)named->settings[i].name);
        clonal__free((char *)named->settings[i].value);
    }
    clonal__free(named->settings);
    *named = (clonal__named){0};
}

/* Puts copies behind the others. */
static clonal_status named_append(clonal__named *named, const char *name, const char *value)
{
    CLONAL__TRY(clonal__grow(&named->settings, named->count + 1, sizeof *named->settings));
    const clonal_setting copy = {clonal__strdup(name), clonal__strdup(value)};
    if (!copy.name || !copy.value) {
        clonal__free((char *)copy.name);
        clonal__free((char *)copy.value);
        return CLONAL_E_MEMORY;
    }
    named->settings[named->count++] = copy;
    return CLONAL_OK;
}

static clonal_status named_set(clonal__named *named, const char *name, const char *value)
{
    for (size_t i = 0; i < named->count; i++) {
        if (strcmp(named->settings[i].name, name) != 0) continue;
        char *copy = clonal__strdup(value);
        if (!copy) return CLONAL_E_MEMORY;
        clonal__free((char *)named->settings[i].value);
        named->settings[i].value = copy;
        return CLONAL_OK;
    }
    return named_append(named, name, value);
}

/* Texts go into JSON and CSV. */
static clonal_status check_text(const char *what, const char *text)
{
    bool plain = clonal__is_utf8(text);
    for (const char *at = text; *at; at++) plain = plain && (unsigned char)*at >= ' ';
    return plain ? CLONAL_OK
                 : clonal__fail(CLONAL_E_ARGUMENT, "%s '%.100s' is no line of UTF-8: give another", what, text);
}

static clonal_status check_setting(const char *name, const char *value)
{
    if (strcmp(name, "seed") == 0)
        return clonal__fail(CLONAL_E_ARGUMENT, "'seed' is no setting of a sweep: its seeds are given apart");
    if (!clonal__setting_info(name))
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "there is no setting '%.100s': names are those of the options of 'clonal train'", name);
    CLONAL__TRY(check_text(name, value));
    return value[0] ? CLONAL_OK : clonal__fail(CLONAL_E_ARGUMENT, "%s has an empty value", name);
}

/* ---- the plan ---- */

clonal_status clonal_sweep_plan_seeds(clonal_sweep_plan *plan, size_t count, const uint64_t *seeds)
{
    CLONAL__NEEDS(plan && seeds);
    if (count == 0 || count > CLONAL__MOST_SWEEP_SEEDS)
        return clonal__fail(CLONAL_E_ARGUMENT, "%zu seeds: give 1 to %d", count, CLONAL__MOST_SWEEP_SEEDS);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (seeds[i] == seeds[j])
                return clonal__fail(CLONAL_E_ARGUMENT, "the seed %llu is given twice", (unsigned long long)seeds[i]);
    uint64_t *copy;
    CLONAL__TRY(clonal__calloc(count, sizeof *copy, &copy));
    memcpy(copy, seeds, count * sizeof *copy);
    clonal__free(plan->seeds);
    plan->seeds = copy;
    plan->seed_count = count;
    return CLONAL_OK;
}

clonal_status clonal_sweep_plan_create(clonal_sweep_plan **plan)
{
    static const uint64_t seeds[] = {0, 1, 2, 3, 4};
    CLONAL__NEEDS(plan);
    CLONAL__TRY(clonal__calloc(1, sizeof **plan, plan));
    const clonal_status status = clonal_sweep_plan_seeds(*plan, sizeof seeds / sizeof *seeds, seeds);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal_sweep_plan_destroy(*plan);
    *plan = NULL;
    return status;
}

static void axis_free(clonal__plan_axis *axis)
{
    for (size_t i = 0; axis->values && i < axis->count; i++) clonal__free(axis->values[i]);
    clonal__free(axis->values);
    clonal__free(axis->setting);
}

void clonal_sweep_plan_destroy(clonal_sweep_plan *plan)
{
    if (!plan) return;
    for (size_t i = 0; i < plan->axis_count; i++) axis_free(&plan->axes[i]);
    for (size_t i = 0; i < plan->extra_count; i++) {
        clonal__free(plan->extras[i].label);
        named_free(&plan->extras[i].named);
    }
    clonal__free(plan->axes);
    clonal__free(plan->extras);
    clonal__free(plan->seeds);
    named_free(&plan->base);
    clonal__free(plan);
}

clonal_status clonal_sweep_plan_base(clonal_sweep_plan *plan, const char *name, const char *value)
{
    CLONAL__NEEDS(plan && name && value);
    CLONAL__TRY(check_setting(name, value));
    return named_set(&plan->base, name, value);
}

void clonal__plan_axis_name(const clonal__plan_axis *axis, char *room, size_t size)
{
    if (axis->parts > 1)
        snprintf(room, size, "%s %zu", axis->setting, axis->part + 1);
    else
        snprintf(room, size, "%s", axis->setting);
}

/* ---- axes ---- */

/* Appends a copy of `length` bytes of a value. */
static clonal_status add_value(clonal__plan_axis *axis, const char *value, size_t length)
{
    char *copy;
    CLONAL__TRY(clonal__calloc(length + 1, 1, &copy));
    memcpy(copy, value, length);
    clonal_status status = check_setting(axis->setting, copy);
    for (size_t i = 0; i < axis->count && status == CLONAL_OK; i++)
        if (strcmp(axis->values[i], copy) == 0)
            status = clonal__fail(CLONAL_E_ARGUMENT, "the grid of %s has the value %.100s twice", axis->setting, copy);
    if (status == CLONAL_OK && axis->count == CLONAL__MOST_SWEEP_VALUES)
        status = clonal__fail(CLONAL_E_ARGUMENT, "the grid of %s has more than %d values", axis->setting,
                              CLONAL__MOST_SWEEP_VALUES);
    if (status == CLONAL_OK) status = clonal__grow(&axis->values, axis->count + 1, sizeof *axis->values);
    if (status != CLONAL_OK) {
        clonal__free(copy);
        return status;
    }
    axis->values[axis->count++] = copy;
    return CLONAL_OK;
}

/* The values of a text, up to its end or to a ':' that parts it. */
static clonal_status add_values(clonal__plan_axis *axis, const char *text, const char *ends)
{
    for (const char *at = text;; at++) {
        const size_t length = strcspn(at, ends);
        CLONAL__TRY(add_value(axis, at, length));
        at += length;
        if (*at != ',') return CLONAL_OK;
    }
}

/* A new axis behind the others, without values. */
static clonal_status begin_axis(clonal_sweep_plan *plan, const char *name, size_t part, size_t parts)
{
    CLONAL__TRY(clonal__grow(&plan->axes, plan->axis_count + 1, sizeof *plan->axes));
    clonal__plan_axis *axis = &plan->axes[plan->axis_count];
    *axis = (clonal__plan_axis){.setting = clonal__strdup(name), .part = part, .parts = parts};
    if (!axis->setting) return CLONAL_E_MEMORY;
    plan->axis_count++;
    return CLONAL_OK;
}

static clonal_status check_size(const clonal_sweep_plan *plan)
{
    size_t settings = 1;
    for (size_t i = 0; i < plan->axis_count; i++) {
        settings *= plan->axes[i].count;
        if (settings > CLONAL__MOST_SWEEP_SETTINGS)
            return clonal__fail(CLONAL_E_ARGUMENT, "the grid comes to more than %d settings: give fewer values",
                                CLONAL__MOST_SWEEP_SETTINGS);
    }
    return CLONAL_OK;
}

/* Takes back the axes from `count` on. */
static void drop_axes(clonal_sweep_plan *plan, size_t count)
{
    while (plan->axis_count > count) axis_free(&plan->axes[--plan->axis_count]);
}

static clonal_status check_new_axis(const clonal_sweep_plan *plan, const char *name)
{
    CLONAL__TRY(check_setting(name, "a value"));
    for (size_t i = 0; i < plan->axis_count; i++)
        if (strcmp(plan->axes[i].setting, name) == 0)
            return clonal__fail(CLONAL_E_ARGUMENT, "the grid has %s twice: give all its values at once", name);
    return CLONAL_OK;
}

static clonal_status add_parts(clonal_sweep_plan *plan, const char *name, const char *values)
{
    const bool list = clonal__setting_info(name)->list;
    size_t parts = list ? 1 : 0;
    for (const char *at = values; list && *at; at++) parts += *at == ':';
    if (parts == 1) parts = 0;
    size_t part = 0;
    do {
        CLONAL__TRY(begin_axis(plan, name, part, parts));
        CLONAL__TRY(add_values(&plan->axes[plan->axis_count - 1], values, list ? ",:" : ","));
        values += list ? strcspn(values, ":") : strlen(values);
        values += *values == ':';
    } while (++part < parts);
    return check_size(plan);
}

clonal_status clonal_sweep_plan_grid(clonal_sweep_plan *plan, const char *name, const char *values)
{
    CLONAL__NEEDS(plan && name && values);
    CLONAL__TRY(check_new_axis(plan, name));
    const size_t before = plan->axis_count;
    const clonal_status status = add_parts(plan, name, values);
    if (status != CLONAL_OK) drop_axes(plan, before);
    return status;
}

static clonal_status add_whole(clonal_sweep_plan *plan, const char *name, size_t count, const char *const *values)
{
    CLONAL__TRY(begin_axis(plan, name, 0, 0));
    for (size_t i = 0; i < count; i++) {
        if (!values[i]) return clonal__fail(CLONAL_E_ARGUMENT, "value %zu of the grid of %s is NULL", i + 1, name);
        CLONAL__TRY(add_value(&plan->axes[plan->axis_count - 1], values[i], strlen(values[i])));
    }
    return check_size(plan);
}

clonal_status clonal_sweep_plan_axis(clonal_sweep_plan *plan, const char *name, size_t count, const char *const *values)
{
    CLONAL__NEEDS(plan && name && values);
    CLONAL__TRY(check_new_axis(plan, name));
    if (count == 0) return clonal__fail(CLONAL_E_ARGUMENT, "the grid of %s has no values: give one or more", name);
    const size_t before = plan->axis_count;
    const clonal_status status = add_whole(plan, name, count, values);
    if (status != CLONAL_OK) drop_axes(plan, before);
    return status;
}

/* ---- settings of their own ---- */

static clonal_status fill_extra(clonal__plan_extra *extra, const char *label, size_t count, const clonal_setting *named)
{
    if (label) {
        CLONAL__TRY(check_text("the label", label));
        if (!label[0]) return clonal__fail(CLONAL_E_ARGUMENT, "a label is empty: give a word, or none");
        extra->label = clonal__strdup(label);
        if (!extra->label) return CLONAL_E_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        if (!named[i].name || !named[i].value)
            return clonal__fail(CLONAL_E_ARGUMENT, "setting %zu has no name, or no value", i + 1);
        CLONAL__TRY(check_setting(named[i].name, named[i].value));
        CLONAL__TRY(named_append(&extra->named, named[i].name, named[i].value));
    }
    return CLONAL_OK;
}

clonal_status clonal_sweep_plan_add(clonal_sweep_plan *plan, const char *label, size_t count,
                                    const clonal_setting *named)
{
    CLONAL__NEEDS(plan && (named || count == 0));
    if (plan->extra_count >= CLONAL__MOST_SWEEP_SETTINGS)
        return clonal__fail(CLONAL_E_ARGUMENT, "a sweep has at most %d settings", CLONAL__MOST_SWEEP_SETTINGS);
    CLONAL__TRY(clonal__grow(&plan->extras, plan->extra_count + 1, sizeof *plan->extras));
    clonal__plan_extra *extra = &plan->extras[plan->extra_count];
    *extra = (clonal__plan_extra){0};
    const clonal_status status = fill_extra(extra, label, count, named);
    if (status == CLONAL_OK) {
        plan->extra_count++;
    } else {
        clonal__free(extra->label);
        named_free(&extra->named);
    }
    return status;
}

/* ---- its digest ---- */

static void print_named(clonal__string *text, const clonal__named *named)
{
    for (size_t i = 0; i < named->count; i++)
        clonal__string_append(text, "%s=%s\n", named->settings[i].name, named->settings[i].value);
}

clonal_status clonal_sweep_plan_digest(const clonal_sweep_plan *plan, char digest[13])
{
    if (digest) digest[0] = '\0';
    CLONAL__NEEDS(plan && digest);
    clonal__string text = {0};
    char hex[65];
    print_named(&text, &plan->base);
    for (size_t i = 0; i < plan->axis_count; i++) {
        const clonal__plan_axis *axis = &plan->axes[i];
        clonal__string_append(&text, "grid %s %zu/%zu\n", axis->setting, axis->part, axis->parts);
        for (size_t j = 0; j < axis->count; j++) clonal__string_append(&text, "%s\n", axis->values[j]);
    }
    for (size_t i = 0; i < plan->extra_count; i++) {
        clonal__string_append(&text, "run\n");
        print_named(&text, &plan->extras[i].named);
    }
    clonal_status status = text.status;
    if (status == CLONAL_OK) status = clonal__digest_bytes(text.text ? text.text : "", text.length, hex);
    if (status == CLONAL_OK) snprintf(digest, 13, "%.12s", hex);
    clonal__string_free(&text);
    return status;
}
