/* expand.c: the settings that a plan comes to: the grid's, crossed, and those of their own. */
#include "host/sweep/plan.h"

#include "host/base/memory.h"
#include <stdbool.h>
#include <string.h>

/* Settings by name that borrow their texts, and a text of those that are put together. */
typedef struct gathering {
    clonal_setting *settings;
    size_t count;
    char **made;
    size_t made_count;
    clonal__string label;
} gathering;

static void gathering_free(gathering *g)
{
    for (size_t i = 0; i < g->made_count; i++) clonal__free(g->made[i]);
    clonal__free(g->made);
    clonal__free(g->settings);
    clonal__string_free(&g->label);
}

static bool has(const gathering *g, const char *name)
{
    for (size_t i = 0; i < g->count; i++)
        if (strcmp(g->settings[i].name, name) == 0) return true;
    return false;
}

static clonal_status gather(gathering *g, const char *name, const char *value)
{
    CLONAL__TRY(clonal__grow(&g->settings, g->count + 1, sizeof *g->settings));
    g->settings[g->count++] = (clonal_setting){name, value};
    return CLONAL_OK;
}

/* One that differs from setting to setting. */
static clonal_status gather_own(gathering *g, const char *name, const char *value)
{
    clonal__string_append(&g->label, "%s%s %s", g->label.length ? " " : "", name, value);
    return gather(g, name, value);
}

/* The base's, where nothing else was given. */
static clonal_status gather_base(gathering *g, const clonal_sweep_plan *plan)
{
    for (size_t i = 0; i < plan->base.count; i++) {
        const clonal_setting *s = &plan->base.settings[i];
        if (!has(g, s->name)) CLONAL__TRY(gather(g, s->name, s->value));
    }
    return CLONAL_OK;
}

/* The value of a list whose parts are the axes from `first` on, at their places. */
static clonal_status join_parts(gathering *g, const clonal__plan_axis *first, const uint32_t *at, const char **value)
{
    clonal__string text = {0};
    for (size_t i = 0; i < first->parts; i++)
        clonal__string_append(&text, "%s%s", i ? "," : "", first[i].values[at[i]]);
    clonal_status status = text.status;
    if (status == CLONAL_OK) status = clonal__grow(&g->made, g->made_count + 1, sizeof *g->made);
    if (status != CLONAL_OK) {
        clonal__string_free(&text);
        return status;
    }
    *value = g->made[g->made_count++] = text.text;
    return CLONAL_OK;
}

static clonal_status gather_axes(gathering *g, const clonal_sweep_plan *plan, const uint32_t *at)
{
    for (size_t i = 0; i < plan->axis_count;) {
        const clonal__plan_axis *axis = &plan->axes[i];
        const char *value = axis->values[at[i]];
        if (axis->parts) CLONAL__TRY(join_parts(g, axis, &at[i], &value));
        CLONAL__TRY(gather_own(g, axis->setting, value));
        i += axis->parts ? axis->parts : 1;
    }
    return CLONAL_OK;
}

/* The item of what was gathered; `label` NULL: made. */
static clonal_status finish(gathering *g, const clonal_sweep_plan *plan, const char *label, clonal__sweep_item *item)
{
    CLONAL__TRY(gather_base(g, plan));
    CLONAL__TRY(g->label.status);
    item->label = clonal__strdup(label ? label : g->label.length ? g->label.text : "base");
    if (!item->label) return CLONAL_E_MEMORY;
    if (clonal_run_settings_named(g->count, g->settings, &item->settings) == CLONAL_OK) return CLONAL_OK;
    return g->label.length || label ? clonal__fail_context("%s", item->label) : clonal_last_error()->status;
}

static clonal_status make_of_grid(const clonal_sweep_plan *plan, size_t index, clonal__sweep_item *item)
{
    gathering g = {0};
    clonal_status status = CLONAL_OK;
    if (plan->axis_count) status = clonal__calloc(plan->axis_count, sizeof *item->at, &item->at);
    for (size_t i = plan->axis_count; i-- > 0 && status == CLONAL_OK; index /= plan->axes[i].count)
        item->at[i] = (uint32_t)(index % plan->axes[i].count);
    if (status == CLONAL_OK) status = gather_axes(&g, plan, item->at);
    if (status == CLONAL_OK) status = finish(&g, plan, NULL, item);
    gathering_free(&g);
    return status;
}

static clonal_status make_of_extra(const clonal_sweep_plan *plan, const clonal__plan_extra *extra,
                                   clonal__sweep_item *item)
{
    gathering g = {0};
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < extra->named.count && status == CLONAL_OK; i++)
        status = gather_own(&g, extra->named.settings[i].name, extra->named.settings[i].value);
    if (status == CLONAL_OK) status = finish(&g, plan, extra->label, item);
    gathering_free(&g);
    return status;
}

static size_t grid_count(const clonal_sweep_plan *plan)
{
    size_t count = 1;
    for (size_t i = 0; i < plan->axis_count; i++) count *= plan->axes[i].count;
    return plan->axis_count || plan->extra_count == 0 ? count : 0;
}

void clonal__plan_items_free(clonal__sweep_item *items, size_t count)
{
    for (size_t i = 0; items && i < count; i++) {
        clonal__free(items[i].label);
        clonal__free(items[i].at);
        clonal_run_settings_free(&items[i].settings);
    }
    clonal__free(items);
}

clonal_status clonal__plan_expand(const clonal_sweep_plan *plan, clonal__sweep_item **items, size_t *count)
{
    const size_t grid = grid_count(plan), all = grid + plan->extra_count;
    *count = 0;
    *items = NULL;
    if (all > CLONAL__MOST_SWEEP_SETTINGS)
        return clonal__fail(CLONAL_E_ARGUMENT, "a sweep has at most %d settings", CLONAL__MOST_SWEEP_SETTINGS);
    CLONAL__TRY(clonal__calloc(all, sizeof **items, items));
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < all && status == CLONAL_OK; i++)
        status =
            i < grid ? make_of_grid(plan, i, &(*items)[i]) : make_of_extra(plan, &plan->extras[i - grid], &(*items)[i]);
    if (status == CLONAL_OK) {
        *count = all;
        return CLONAL_OK;
    }
    clonal__plan_items_free(*items, all);
    *items = NULL;
    return status;
}
