/* train.c: a sweep from its plan to a folder with results. */
#include "host/sweep/sweep.h"

#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/base/json.h"
#include "host/base/memory.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { MOST_RUNS = 1000000 };

/* A data set that settings name, opened once. */
typedef struct opened {
    const char *data; /* NULL: Fashion-MNIST */
    clonal__splits splits;
} opened;

/* All that a sweep holds while it goes on. Zero-initialise; sweep_free. */
typedef struct sweeping {
    const clonal_sweep_plan *plan;
    size_t context_count;
    clonal_context *const *contexts;
    const char *out;
    clonal__sweep_item *items;
    size_t count; /* of settings */
    opened **data;
    size_t data_count;
    const clonal__splits **splits; /* (count) */
    char (*digests)[13];           /* (count) */
    json_t *json;
    clonal_sweep *sweep;
    int lock;
    size_t folders_there; /* SIZE_MAX: nothing was made */
} sweeping;

static void sweeping_free(sweeping *s)
{
    clonal__plan_items_free(s->items, s->count);
    for (size_t i = 0; i < s->data_count; i++) {
        clonal__splits_close(&s->data[i]->splits);
        clonal__free(s->data[i]);
    }
    clonal__free(s->data);
    clonal__free(s->splits);
    clonal__free(s->digests);
    json_decref(s->json);
    clonal_sweep_destroy(s->sweep);
    clonal__folder_unlock(s->lock);
}

/* ---- what is asked for ---- */

static clonal_status open_once(sweeping *s, const char *data, const clonal__splits **splits)
{
    for (size_t i = 0; i < s->data_count; i++) {
        const char *have = s->data[i]->data;
        if (have == data || (have && data && strcmp(have, data) == 0)) {
            *splits = &s->data[i]->splits;
            return CLONAL_OK;
        }
    }
    opened *new;
    CLONAL__TRY(clonal__grow(&s->data, s->data_count + 1, sizeof *s->data));
    CLONAL__TRY(clonal__calloc(1, sizeof *new, &new));
    new->data = data;
    const clonal_status status = clonal__splits_open(data, &new->splits);
    if (status != CLONAL_OK) {
        clonal__free(new);
        return status;
    }
    s->data[s->data_count++] = new;
    *splits = &new->splits;
    return CLONAL_OK;
}

/* What is wrong with a setting is so with its first seed; where samples are held out by the seed, their number is the
 * same. */
static clonal_status check_item(const sweeping *s, size_t index, clonal__run_data *data)
{
    clonal_run_settings settings = s->items[index].settings;
    settings.model.seed = s->plan->seeds[0];
    settings.out = s->out;
    CLONAL__TRY(clonal__run_data_take(data, s->splits[index], &settings));
    for (size_t i = 0; i < s->context_count; i++) CLONAL__TRY(clonal__run_check(s->contexts[i], &settings, data));
    return CLONAL_OK;
}

static clonal_status check_items(sweeping *s)
{
    clonal__run_data data = {0};
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < s->count && status == CLONAL_OK; i++) {
        status = open_once(s, s->items[i].settings.data, &s->splits[i]);
        if (status == CLONAL_OK) status = check_item(s, i, &data);
        if (status == CLONAL_OK) status = clonal__sweep_digest(&s->items[i].settings, s->splits[i], s->digests[i]);
        if (status != CLONAL_OK && s->count > 1) clonal__fail_context("%s", s->items[i].label);
    }
    clonal__run_data_free(&data);
    return status;
}

static int by_label(const void *a, const void *b)
{
    const clonal_sweep_setting *const *x = a, *const *y = b;
    return strcmp((*x)->label, (*y)->label);
}

static clonal_status check_sorted(const clonal_sweep *sweep, const clonal_sweep_setting **sorted)
{
    for (size_t i = 1; i < sweep->setting_count; i++)
        if (strcmp(sorted[i - 1]->digest, sorted[i]->digest) == 0)
            return clonal__fail(CLONAL_E_ARGUMENT, "the settings '%.200s' and '%.200s' are the same: leave one out",
                                sorted[i - 1]->label, sorted[i]->label);
    qsort(sorted, sweep->setting_count, sizeof *sorted, by_label);
    for (size_t i = 1; i < sweep->setting_count; i++)
        if (strcmp(sorted[i - 1]->label, sorted[i]->label) == 0)
            return clonal__fail(CLONAL_E_ARGUMENT, "two settings have the label '%.200s': give each its own",
                                sorted[i]->label);
    return CLONAL_OK;
}

/* Two settings that are the same would share their runs' folders, two labels could not be told apart. */
static clonal_status check_same(const clonal_sweep *sweep)
{
    const clonal_sweep_setting **sorted;
    CLONAL__TRY(clonal__sweep_sorted(sweep, &sorted));
    const clonal_status status = check_sorted(sweep, sorted);
    clonal__free(sorted);
    return status;
}

static clonal_status prepare(sweeping *s)
{
    char path[CLONAL__SWEEP_PATH_ROOM];
    CLONAL__TRY(clonal__path_join(s->out, "sweep.json", path, sizeof path));
    CLONAL__TRY(clonal__plan_expand(s->plan, &s->items, &s->count));
    if (s->count * s->plan->seed_count > MOST_RUNS)
        return clonal__fail(CLONAL_E_ARGUMENT, "%zu settings of %zu seeds are more than %d runs: give fewer", s->count,
                            s->plan->seed_count, MOST_RUNS);
    CLONAL__TRY(clonal__calloc(s->count, sizeof *s->splits, &s->splits));
    CLONAL__TRY(clonal__calloc(s->count, sizeof *s->digests, &s->digests));
    CLONAL__TRY(check_items(s));
    s->json = clonal__sweep_json(s->plan, s->items, (const char(*)[13])s->digests, s->count);
    if (!s->json) return clonal__fail_memory(0);
    CLONAL__TRY(clonal__sweep_from_json(s->json, path, s->out, &s->sweep));
    return check_same(s->sweep);
}

/* ---- its folder ---- */

/* Whether the folder holds nothing, or nothing but a sweep.json that was being written. */
static bool is_free(const char *folder)
{
    DIR *entries = opendir(folder);
    bool free_for_us = true;
    for (struct dirent *entry; entries && free_for_us && (entry = readdir(entries));)
        free_for_us = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                      strncmp(entry->d_name, "sweep.json.", 11) == 0;
    if (entries) closedir(entries);
    return free_for_us;
}

/* The folder is free, or holds a sweep that this one contains. */
static clonal_status check_folder(const sweeping *s)
{
    char path[CLONAL__SWEEP_PATH_ROOM];
    clonal_sweep *old;
    CLONAL__TRY(clonal__path_join(s->out, "sweep.json", path, sizeof path));
    if (!clonal__file_exists(path))
        return is_free(s->out)
                   ? CLONAL_OK
                   : clonal__fail(CLONAL_E_EXISTS, "%s holds other things than a sweep: give another folder", s->out);
    CLONAL__TRY(clonal__sweep_load(s->out, &old));
    const clonal_status status = clonal__sweep_grows(old, s->sweep);
    clonal_sweep_destroy(old);
    return status;
}

static clonal_status write_json(const sweeping *s)
{
    char path[CLONAL__SWEEP_PATH_ROOM], *text;
    CLONAL__TRY(clonal__path_join(s->out, "sweep.json", path, sizeof path));
    CLONAL__TRY(clonal__json_print(s->json, JSON_INDENT(1), &text));
    const size_t length = strlen(text);
    text[length] = '\n'; /* in place of the NUL: the file ends with a line feed */
    const clonal_status status = clonal__file_write(path, text, length + 1);
    clonal__free(text);
    return status;
}

static clonal_status take_folder(sweeping *s)
{
    CLONAL__TRY(check_folder(s));
    s->folders_there = clonal__folders_there(s->out);
    CLONAL__TRY(clonal__make_folders(s->out));
    CLONAL__TRY(clonal__folder_lock(s->out, &s->lock));
    CLONAL__TRY(check_folder(s)); /* again: another process may have been quicker */
    return write_json(s);
}

/* ---- the whole ---- */

static clonal_status collect_all(clonal_sweep *sweep)
{
    for (size_t i = 0; i < sweep->setting_count * sweep->seed_count; i++) CLONAL__TRY(clonal__sweep_collect(sweep, i));
    for (size_t i = 0; i < sweep->setting_count; i++) CLONAL__TRY(clonal__sweep_summarize(sweep, i));
    return CLONAL_OK;
}

static clonal_status train(sweeping *s, const clonal_sweep_listener *listener)
{
    clonal__sweep_work work = {.context_count = s->context_count,
                               .contexts = s->contexts,
                               .items = s->items,
                               .splits = s->splits,
                               .listener = listener,
                               .sweep = s->sweep};
    CLONAL__TRY(collect_all(s->sweep));
    work.progress = (clonal_sweep_progress){.runs = s->sweep->setting_count * s->sweep->seed_count,
                                            .reused = s->sweep->finished,
                                            .done = s->sweep->finished};
    CLONAL__TRY(clonal__sweep_write_tables(s->sweep));
    if (listener && listener->started && listener->started(s->sweep, &work.progress, listener->user))
        return clonal__fail(CLONAL_E_CANCELLED, "cancelled before the first run");
    return clonal__sweep_train_lanes(&work);
}

static clonal_status run(sweeping *s, const clonal_sweep_listener *listener)
{
    CLONAL__TRY(prepare(s));
    const clonal_status status = take_folder(s);
    if (status != CLONAL_OK) {
        clonal__unmake_folders(s->out, s->folders_there);
        return status;
    }
    return train(s, listener);
}

static clonal_status check_contexts(size_t count, clonal_context *const *contexts)
{
    for (size_t i = 0; i < count; i++) {
        if (!contexts[i]) return clonal__fail(CLONAL_E_ARGUMENT, "context %zu of the sweep is NULL", i + 1);
        for (size_t j = 0; j < i; j++)
            if (contexts[i] == contexts[j])
                return clonal__fail(CLONAL_E_ARGUMENT, "contexts %zu and %zu of the sweep are the same", j + 1, i + 1);
    }
    return CLONAL_OK;
}

clonal_status clonal_sweep_train(size_t context_count, clonal_context *const *contexts, const clonal_sweep_plan *plan,
                                 const char *out, const clonal_sweep_listener *listener, clonal_sweep **sweep)
{
    CLONAL__FLOATS;
    if (sweep) *sweep = NULL;
    CLONAL__NEEDS(context_count && contexts && plan && out && out[0]);
    CLONAL__TRY(check_contexts(context_count, contexts));
    sweeping s = {.plan = plan,
                  .context_count = context_count,
                  .contexts = contexts,
                  .out = out,
                  .lock = -1,
                  .folders_there = SIZE_MAX};
    const clonal_status status = run(&s, listener);
    if (status == CLONAL_OK && sweep) {
        *sweep = s.sweep;
        s.sweep = NULL;
    }
    sweeping_free(&s);
    return status;
}
