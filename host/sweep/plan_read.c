/* plan_read.c: the plan of a sweep from a JSON file. */
#include "host/sweep/plan.h"

#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/base/json.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include "host/run/settings.h"
#include <string.h>

enum { MOST_BYTES = 16 << 20 };

static clonal_status wrong_kind(const char *key, const char *wanted)
{
    return clonal__fail(CLONAL_E_FORMAT, "\"%.100s\": give %s", key, wanted);
}

/* Appends what a text, number or truth value is as an option's text; false: it is none of them. */
static bool append_one(const json_t *value, clonal__string *text)
{
    char room[CLONAL__NUMBER_ROOM];
    if (json_is_string(value))
        clonal__string_append(text, "%s", json_string_value(value));
    else if (json_is_integer(value))
        clonal__string_append(text, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        clonal__string_append(text, "%s", clonal__number_shortest(json_real_value(value), room));
    else if (json_is_boolean(value))
        clonal__string_append(text, "%s", json_is_true(value) ? "true" : "false");
    else
        return false;
    return true;
}

static bool append_list(const json_t *list, clonal__string *text)
{
    const size_t count = json_array_size(list);
    if (count == 0) clonal__string_append(text, "none");
    for (size_t i = 0; i < count; i++) {
        if (i) clonal__string_append(text, ",");
        if (!append_one(json_array_get(list, i), text)) return false;
    }
    return true;
}

/* The value as the option's text; *text: clonal__string_free. */
static clonal_status value_text(const char *key, const json_t *value, clonal__string *text)
{
    *text = (clonal__string){0};
    const bool good = json_is_array(value) ? append_list(value, text) : append_one(value, text);
    if (good) clonal__string_append(text, "%s", ""); /* an empty text has room too */
    if (good && text->status == CLONAL_OK) return CLONAL_OK;
    const clonal_status status = text->status;
    clonal__string_free(text);
    return good ? status : wrong_kind(key, "a text, a number, true, false, or a list of numbers");
}

static clonal_status read_base(const json_t *object, clonal_sweep_plan *plan)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        clonal__string text;
        CLONAL__TRY(value_text(key, value, &text));
        const clonal_status status = clonal_sweep_plan_base(plan, key, text.text);
        clonal__string_free(&text);
        CLONAL__TRY(status);
    }
    return CLONAL_OK;
}

static void free_texts(size_t count, clonal__string *texts)
{
    for (size_t i = 0; texts && i < count; i++) clonal__string_free(&texts[i]);
    clonal__free(texts);
}

/* An axis whose values are a list. */
static clonal_status read_axis(const char *key, const json_t *list, clonal_sweep_plan *plan)
{
    const size_t count = json_array_size(list);
    clonal__string *texts = NULL;
    const char **values = NULL;
    clonal_status status = clonal__calloc(count, sizeof *texts, &texts);
    if (status == CLONAL_OK) status = clonal__calloc(count, sizeof *values, &values);
    for (size_t i = 0; i < count && status == CLONAL_OK; i++) {
        status = value_text(key, json_array_get(list, i), &texts[i]);
        values[i] = texts[i].text;
    }
    if (status == CLONAL_OK) status = clonal_sweep_plan_axis(plan, key, count, values);
    free_texts(count, texts);
    clonal__free(values);
    return status;
}

static clonal_status read_grid(const json_t *object, clonal_sweep_plan *plan)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (!json_is_string(value) && !json_is_array(value))
            return wrong_kind(key, "a list of values, or a text of them with commas between");
        CLONAL__TRY(json_is_array(value) ? read_axis(key, value, plan)
                                         : clonal_sweep_plan_grid(plan, key, json_string_value(value)));
    }
    return CLONAL_OK;
}

/* Settings of their own, from an object with texts (count) to work in. */
static clonal_status read_named(const json_t *object, clonal__string *texts, clonal_setting *named,
                                clonal_sweep_plan *plan)
{
    const char *key, *label = NULL;
    json_t *value;
    size_t count = 0;
    json_object_foreach((json_t *)object, key, value)
    {
        if (strcmp(key, "label") == 0) {
            label = json_string_value(value);
            if (!label) return wrong_kind(key, "a text");
            continue;
        }
        CLONAL__TRY(value_text(key, value, &texts[count]));
        named[count] = (clonal_setting){key, texts[count].text};
        count++;
    }
    return clonal_sweep_plan_add(plan, label, count, named);
}

static clonal_status read_run(const json_t *object, clonal_sweep_plan *plan)
{
    const size_t room = json_object_size(object);
    clonal__string *texts = NULL;
    clonal_setting *named = NULL;
    if (!json_is_object(object)) return wrong_kind("runs", "a list of objects, each with settings by name");
    clonal_status status = clonal__calloc(room, sizeof *texts, &texts);
    if (status == CLONAL_OK) status = clonal__calloc(room, sizeof *named, &named);
    if (status == CLONAL_OK) status = read_named(object, texts, named, plan);
    free_texts(room, texts);
    clonal__free(named);
    return status;
}

static clonal_status read_runs(const json_t *list, clonal_sweep_plan *plan)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (read_run(json_array_get(list, i), plan) != CLONAL_OK) return clonal__fail_context("run %zu", i + 1);
    return CLONAL_OK;
}

static bool read_seed(const json_t *value, uint64_t *seed)
{
    if (json_is_string(value)) return clonal__seed_read(json_string_value(value), seed);
    *seed = (uint64_t)json_integer_value(value);
    return json_is_integer(value);
}

static clonal_status read_seeds(const json_t *value, clonal_sweep_plan *plan)
{
    const json_int_t number = json_integer_value(value);
    const size_t count = json_is_array(value) ? json_array_size(value) : number > 0 ? (size_t)number : 0;
    uint64_t *seeds;
    if (count == 0 || count > CLONAL__MOST_SWEEP_SEEDS)
        return wrong_kind("seeds", "how many, from 1 to 10000, or a list of them");
    CLONAL__TRY(clonal__calloc(count, sizeof *seeds, &seeds));
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        seeds[i] = i;
        if (json_is_array(value)) good = read_seed(json_array_get(value, i), &seeds[i]);
    }
    const clonal_status status = good ? clonal_sweep_plan_seeds(plan, count, seeds)
                                      : wrong_kind("seeds", "whole numbers, as texts where they are 2^63 or more");
    clonal__free(seeds);
    return status;
}

/* What the key of a plan holds; NULL of `object`: the key is not of a plan. */
static clonal_status read_member(const char *key, const json_t *value, clonal_sweep_plan *plan)
{
    if (strcmp(key, "seeds") == 0) return read_seeds(value, plan);
    if (strcmp(key, "runs") == 0)
        return json_is_array(value) ? read_runs(value, plan) : wrong_kind(key, "a list of objects");
    const bool base = strcmp(key, "base") == 0;
    if (!base && strcmp(key, "grid") != 0)
        return clonal__fail(CLONAL_E_FORMAT, "there is no key \"%.100s\" in a sweep: it has base, grid, runs, seeds",
                            key);
    if (!json_is_object(value)) return wrong_kind(key, "an object with settings by name");
    return base ? read_base(value, plan) : read_grid(value, plan);
}

static clonal_status read_plan(const json_t *object, clonal_sweep_plan *plan)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) CLONAL__TRY(read_member(key, value, plan));
    return CLONAL_OK;
}

static clonal_status load(const char *path, json_t **object)
{
    char *text;
    size_t size;
    json_error_t error;
    CLONAL__TRY(clonal__file_read(path, MOST_BYTES, &text, &size));
    clonal_status status = clonal__json_read(text, size, object, &error);
    clonal__free(text);
    if (status == CLONAL_E_FORMAT) status = clonal__fail(status, "%s, line %d: %s", path, error.line, error.text);
    if (status == CLONAL_OK && !json_is_object(*object)) {
        json_decref(*object);
        status = clonal__fail(CLONAL_E_FORMAT, "%s: a sweep is an object: {\"grid\": {...}, ...}", path);
    }
    return status;
}

clonal_status clonal_sweep_plan_read(const char *path, clonal_sweep_plan **plan)
{
    CLONAL__FLOATS;
    json_t *object;
    if (plan) *plan = NULL;
    CLONAL__NEEDS(path && plan);
    CLONAL__TRY(load(path, &object));
    clonal_status status = clonal_sweep_plan_create(plan);
    if (status == CLONAL_OK && read_plan(object, *plan) != CLONAL_OK) status = clonal__fail_context("%s", path);
    json_decref(object);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal_sweep_plan_destroy(*plan);
    *plan = NULL;
    return status;
}
