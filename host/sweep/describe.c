/* describe.c: a plan as sweep.json. */
#include "host/sweep/sweep.h"

#include "host/base/json.h"
#include "host/run/settings.h"
#include <inttypes.h>
#include <stdio.h>

static json_t *seeds_json(const clonal_sweep_plan *plan)
{
    json_t *seeds = json_array();
    for (size_t i = 0; i < plan->seed_count; i++) {
        char text[24];
        snprintf(text, sizeof text, "%" PRIu64, plan->seeds[i]);
        clonal__json_append(&seeds, json_string(text));
    }
    return seeds;
}

static json_t *axis_json(const clonal__plan_axis *axis)
{
    char name[64];
    json_t *values = json_array(), *object = json_object();
    for (size_t i = 0; i < axis->count; i++) clonal__json_append(&values, json_string(axis->values[i]));
    clonal__plan_axis_name(axis, name, sizeof name);
    clonal__json_set(&object, "name", json_string(name));
    clonal__json_set(&object, "values", values);
    return object;
}

static json_t *setting_json(const clonal_sweep_plan *plan, const clonal__sweep_item *item, const char *digest)
{
    json_t *object = json_object(), *settings = clonal__settings_json(&item->settings);
    if (settings) json_object_del(settings, "seed");
    clonal__json_set(&object, "label", json_string(item->label));
    clonal__json_set(&object, "digest", json_string(digest));
    if (item->at) {
        json_t *at = json_array();
        for (size_t i = 0; i < plan->axis_count; i++) clonal__json_append(&at, json_integer(item->at[i]));
        clonal__json_set(&object, "at", at);
    }
    clonal__json_set(&object, "settings", settings);
    return object;
}

json_t *clonal__sweep_json(const clonal_sweep_plan *plan, const clonal__sweep_item *items, const char (*digests)[13],
                           size_t count)
{
    json_t *object = json_object(), *axes = json_array(), *settings = json_array();
    for (size_t i = 0; i < plan->axis_count; i++) clonal__json_append(&axes, axis_json(&plan->axes[i]));
    for (size_t i = 0; i < count; i++) clonal__json_append(&settings, setting_json(plan, &items[i], digests[i]));
    clonal__json_set(&object, "format", json_string("clonal-sweep"));
    clonal__json_set(&object, "version", json_integer(CLONAL_SWEEP_VERSION));
    clonal__json_set(&object, "contract", json_integer(clonal_contract_version()));
    clonal__json_set(&object, "seeds", seeds_json(plan));
    clonal__json_set(&object, "axes", axes);
    clonal__json_set(&object, "settings", settings);
    return object;
}
