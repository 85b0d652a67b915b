/* plan.h: what a sweep is asked for, and the settings that it comes to. */
#ifndef CLONAL_SWEEP_PLAN_H
#define CLONAL_SWEEP_PLAN_H

#include <clonal/sweep.h>

enum {
    CLONAL__MOST_SWEEP_SETTINGS = 100000,
    CLONAL__MOST_SWEEP_SEEDS = 10000,
    CLONAL__MOST_SWEEP_VALUES = 10000
};

/* Settings by name, each text a copy of its own. */
typedef struct clonal__named {
    size_t count;
    clonal_setting *settings;
} clonal__named;

typedef struct clonal__plan_axis {
    char *setting;
    size_t part, parts; /* which element of a list; parts is 0 where it is the whole value */
    size_t count;
    char **values;
} clonal__plan_axis;

/* Settings of their own. */
typedef struct clonal__plan_extra {
    char *label; /* NULL: made of them */
    clonal__named named;
} clonal__plan_extra;

/* The axes of one list's parts stand together, in the order of the parts. */
struct clonal_sweep_plan {
    clonal__named base;
    size_t axis_count, extra_count, seed_count;
    clonal__plan_axis *axes;
    clonal__plan_extra *extras;
    uint64_t *seeds;
};

/* "lr", or "dropout 2" for the second part of a list. */
void clonal__plan_axis_name(const clonal__plan_axis *axis, char *room, size_t size);

/* expand.c: one of a plan's settings. */
typedef struct clonal__sweep_item {
    char *label;
    uint32_t *at; /* (axis_count); NULL: not of the grid */
    clonal_run_settings settings;
} clonal__sweep_item;
/* All of them, in their order; *items: clonal__plan_items_free. Errors: CLONAL_E_ARGUMENT, with the
 * label of what is wrong. */
clonal_status clonal__plan_expand(const clonal_sweep_plan *plan, clonal__sweep_item **items,
                                  size_t *count);
void clonal__plan_items_free(clonal__sweep_item *items, size_t count);

#endif
