/* read.c: a sweep as its sweep.json tells it. */
#include "host/sweep/sweep.h"

#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/base/json.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 28, MOST_RUNS = 10000000, MOST_AXES = 64 };

/* ---- memory ---- */

clonal_status clonal__sweep_calloc(clonal_sweep *sweep, size_t count, size_t size, void *out)
{
    struct clonal__sweep_memory *m = sweep->owned;
    void *block = NULL;
    memcpy(out, &block, sizeof block);
    CLONAL__TRY(clonal__grow(&m->blocks, m->block_count + 1, sizeof *m->blocks));
    CLONAL__TRY(clonal__calloc(count, size, &block));
    m->blocks[m->block_count++] = block;
    memcpy(out, &block, sizeof block);
    return CLONAL_OK;
}

clonal_status clonal__sweep_copy(clonal_sweep *sweep, const char *text, const char **copy)
{
    char *made;
    const size_t size = strlen(text) + 1;
    CLONAL__TRY(clonal__sweep_calloc(sweep, size, 1, &made));
    memcpy(made, text, size);
    *copy = made;
    return CLONAL_OK;
}

void clonal_sweep_destroy(clonal_sweep *sweep)
{
    if (!sweep) return;
    if (sweep->owned) {
        for (size_t i = 0; i < sweep->owned->block_count; i++) clonal__free(sweep->owned->blocks[i]);
        clonal__free(sweep->owned->blocks);
        clonal__free(sweep->owned);
    }
    clonal__free(sweep);
}

/* ---- members ---- */

static clonal_status bad(const char *what)
{
    return clonal__fail(CLONAL_E_FORMAT, "%s is missing or of the wrong kind", what);
}

static clonal_status read_seeds(const json_t *list, clonal_sweep *sweep)
{
    uint64_t *seeds;
    sweep->seed_count = json_array_size(list);
    if (sweep->seed_count == 0 || sweep->seed_count > CLONAL__MOST_SWEEP_SEEDS) return bad("\"seeds\"");
    CLONAL__TRY(clonal__sweep_calloc(sweep, sweep->seed_count, sizeof *seeds, &seeds));
    for (size_t i = 0; i < sweep->seed_count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (!text || !clonal__whole_read(text, &seeds[i])) return bad("a seed");
        for (size_t j = 0; j < i; j++)
            if (seeds[j] == seeds[i]) return clonal__fail(CLONAL_E_FORMAT, "the seed %" PRIu64 " is twice", seeds[i]);
    }
    sweep->seeds = seeds;
    return CLONAL_OK;
}

static clonal_status read_axis(const json_t *object, clonal_sweep *sweep, clonal_sweep_axis *axis)
{
    const json_t *list = json_object_get(object, "values");
    const char *name = json_string_value(json_object_get(object, "name"));
    const char **values;
    if (!name) return bad("an axis' name");
    CLONAL__TRY(clonal__sweep_copy(sweep, name, &axis->name));
    axis->count = json_array_size(list);
    if (axis->count == 0 || axis->count > CLONAL__MOST_SWEEP_VALUES) return bad("an axis' \"values\"");
    CLONAL__TRY(clonal__sweep_calloc(sweep, axis->count, sizeof *values, &values));
    for (size_t i = 0; i < axis->count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (!text) return bad("an axis' value");
        CLONAL__TRY(clonal__sweep_copy(sweep, text, &values[i]));
    }
    axis->values = values;
    return CLONAL_OK;
}

static clonal_status read_axes(const json_t *list, clonal_sweep *sweep)
{
    clonal_sweep_axis *axes;
    const size_t count = json_array_size(list);
    if (!json_is_array(list) || count > MOST_AXES) return bad("\"axes\"");
    CLONAL__TRY(clonal__sweep_calloc(sweep, count, sizeof *axes, &axes));
    sweep->axes = axes;
    sweep->axis_count = count;
    for (size_t i = 0; i < count; i++) CLONAL__TRY(read_axis(json_array_get(list, i), sweep, &axes[i]));
    return CLONAL_OK;
}

static clonal_status read_place(const json_t *list, clonal_sweep *sweep, clonal_sweep_setting *setting)
{
    uint32_t *at;
    if (!list) return CLONAL_OK;
    if (json_array_size(list) != sweep->axis_count) return bad("a setting's \"at\"");
    CLONAL__TRY(clonal__sweep_calloc(sweep, sweep->axis_count, sizeof *at, &at));
    for (size_t i = 0; i < sweep->axis_count; i++) {
        const json_t *place = json_array_get(list, i);
        const json_int_t number = json_integer_value(place);
        if (!json_is_integer(place) || number < 0 || (uint64_t)number >= sweep->axes[i].count)
            return bad("a setting's place on an axis");
        at[i] = (uint32_t)number;
    }
    setting->at = at;
    return CLONAL_OK;
}

/* It goes into the names of folders. */
static bool is_digest(const char *text)
{
    return text && strlen(text) == CLONAL__SWEEP_DIGITS && !text[strspn(text, "0123456789abcdef")];
}

static clonal_status read_setting(const json_t *object, clonal_sweep *sweep, size_t index)
{
    clonal_sweep_setting *setting = &sweep->owned->settings[index];
    const char *label = json_string_value(json_object_get(object, "label"));
    const char *digest = json_string_value(json_object_get(object, "digest"));
    const json_int_t epochs = json_integer_value(json_object_get(json_object_get(object, "settings"), "epochs"));
    if (!label) return bad("a setting's label");
    if (!is_digest(digest)) return bad("a setting's digest");
    if (epochs < 1 || epochs > 9999) return bad("a setting's epochs");
    CLONAL__TRY(clonal__sweep_copy(sweep, label, &setting->label));
    memcpy(setting->digest, digest, CLONAL__SWEEP_DIGITS + 1);
    sweep->owned->epochs[index] = (uint32_t)epochs;
    return read_place(json_object_get(object, "at"), sweep, setting);
}

static clonal_status read_settings(const json_t *list, clonal_sweep *sweep)
{
    const size_t count = json_array_size(list);
    if (count == 0 || count > CLONAL__MOST_SWEEP_SETTINGS || count * sweep->seed_count > MOST_RUNS)
        return bad("\"settings\"");
    CLONAL__TRY(clonal__sweep_calloc(sweep, count, sizeof *sweep->owned->settings, &sweep->owned->settings));
    CLONAL__TRY(clonal__sweep_calloc(sweep, count, sizeof *sweep->owned->epochs, &sweep->owned->epochs));
    sweep->settings = sweep->owned->settings;
    sweep->setting_count = count;
    for (size_t i = 0; i < count; i++) CLONAL__TRY(read_setting(json_array_get(list, i), sweep, i));
    return CLONAL_OK;
}

static clonal_status make_runs(clonal_sweep *sweep)
{
    const size_t count = sweep->setting_count * sweep->seed_count;
    CLONAL__TRY(clonal__sweep_calloc(sweep, count, sizeof *sweep->owned->runs, &sweep->owned->runs));
    sweep->runs = sweep->owned->runs;
    for (size_t i = 0; i < count; i++) {
        clonal_sweep_run *run = &sweep->owned->runs[i];
        char name[64], path[CLONAL__SWEEP_PATH_ROOM];
        run->setting = i / sweep->seed_count;
        run->seed = sweep->seeds[i % sweep->seed_count];
        snprintf(name, sizeof name, "runs/%s-seed%" PRIu64, sweep->settings[run->setting].digest, run->seed);
        CLONAL__TRY(clonal__path_join(sweep->folder, name, path, sizeof path));
        CLONAL__TRY(clonal__sweep_copy(sweep, path, &run->folder));
    }
    return CLONAL_OK;
}

/* ---- the whole ---- */

static clonal_status check_versions(const json_t *object)
{
    const char *format = json_string_value(json_object_get(object, "format"));
    const json_int_t version = json_integer_value(json_object_get(object, "version"));
    const json_int_t contract = json_integer_value(json_object_get(object, "contract"));
    if (!format || strcmp(format, "clonal-sweep") != 0)
        return clonal__fail(CLONAL_E_FORMAT, "it does not describe a sweep of Clonal's");
    if (version != CLONAL_SWEEP_VERSION)
        return clonal__fail(CLONAL_E_FORMAT, "its format is version %lld, this Clonal's is version %d",
                            (long long)version, CLONAL_SWEEP_VERSION);
    if (contract != clonal_contract_version())
        return clonal__fail(CLONAL_E_FORMAT,
                            "it is of version %lld of the numeric contract, this Clonal keeps version %d",
                            (long long)contract, clonal_contract_version());
    return CLONAL_OK;
}

static clonal_status read_all(const json_t *object, const char *folder, clonal_sweep *sweep)
{
    CLONAL__TRY(clonal__calloc(1, sizeof *sweep->owned, &sweep->owned));
    CLONAL__TRY(check_versions(object));
    CLONAL__TRY(clonal__sweep_copy(sweep, folder, &sweep->folder));
    CLONAL__TRY(read_seeds(json_object_get(object, "seeds"), sweep));
    CLONAL__TRY(read_axes(json_object_get(object, "axes"), sweep));
    CLONAL__TRY(read_settings(json_object_get(object, "settings"), sweep));
    return make_runs(sweep);
}

clonal_status clonal__sweep_from_json(const json_t *object, const char *path, const char *folder, clonal_sweep **sweep)
{
    CLONAL__TRY(clonal__calloc(1, sizeof **sweep, sweep));
    clonal_status status = read_all(object, folder, *sweep);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal_sweep_destroy(*sweep);
    *sweep = NULL;
    return clonal__fail_context("%s", path);
}

clonal_status clonal__sweep_load(const char *folder, clonal_sweep **sweep)
{
    char path[CLONAL__SWEEP_PATH_ROOM], *text;
    size_t size;
    json_error_t error;
    json_t *object;
    *sweep = NULL;
    CLONAL__TRY(clonal__path_join(folder, "sweep.json", path, sizeof path));
    if (!clonal__file_exists(path))
        return clonal__fail(CLONAL_E_IO, "%s holds no sweep: there is no sweep.json in it", folder);
    CLONAL__TRY(clonal__file_read(path, MOST_BYTES, &text, &size));
    clonal_status status = clonal__json_read(text, size, &object, &error);
    clonal__free(text);
    if (status == CLONAL_E_FORMAT) return clonal__fail(status, "%s, line %d: %s", path, error.line, error.text);
    CLONAL__TRY(status);
    status = clonal__sweep_from_json(object, path, folder, sweep);
    json_decref(object);
    return status;
}

static bool has_seed(const clonal_sweep *sweep, uint64_t seed)
{
    for (size_t i = 0; i < sweep->seed_count; i++)
        if (sweep->seeds[i] == seed) return true;
    return false;
}

static int by_digest(const void *a, const void *b)
{
    const clonal_sweep_setting *const *x = a, *const *y = b;
    return strcmp((*x)->digest, (*y)->digest);
}

clonal_status clonal__sweep_sorted(const clonal_sweep *sweep, const clonal_sweep_setting ***sorted)
{
    CLONAL__TRY(clonal__calloc(sweep->setting_count, sizeof **sorted, sorted));
    for (size_t i = 0; i < sweep->setting_count; i++) (*sorted)[i] = &sweep->settings[i];
    qsort(*sorted, sweep->setting_count, sizeof **sorted, by_digest);
    return CLONAL_OK;
}

static clonal_status settings_grow(const clonal_sweep *old, const clonal_sweep *new,
                                   const clonal_sweep_setting *const *sorted)
{
    for (size_t i = 0; i < old->setting_count; i++) {
        const clonal_sweep_setting *wanted = &old->settings[i];
        if (!bsearch(&wanted, sorted, new->setting_count, sizeof *sorted, by_digest))
            return clonal__fail(CLONAL_E_ARGUMENT,
                                "%s holds another sweep: its setting '%.200s' is none of those asked for: give another "
                                "folder, or ask for it too",
                                old->folder, wanted->label);
    }
    return CLONAL_OK;
}

clonal_status clonal__sweep_grows(const clonal_sweep *old, const clonal_sweep *new)
{
    const clonal_sweep_setting **sorted;
    CLONAL__TRY(clonal__sweep_sorted(new, &sorted));
    const clonal_status status = settings_grow(old, new, sorted);
    clonal__free(sorted);
    CLONAL__TRY(status);
    for (size_t i = 0; i < old->seed_count; i++)
        if (!has_seed(new, old->seeds[i]))
            return clonal__fail(CLONAL_E_ARGUMENT,
                                "%s holds another sweep: its seed %" PRIu64
                                " is none of those asked for: give another folder, or ask for it too",
                                old->folder, old->seeds[i]);
    return CLONAL_OK;
}

clonal_status clonal_sweep_open(const char *folder, clonal_sweep **sweep)
{
    CLONAL__FLOATS;
    if (sweep) *sweep = NULL;
    CLONAL__NEEDS(folder && sweep);
    CLONAL__TRY(clonal__sweep_load(folder, sweep));
    const size_t count = (*sweep)->setting_count * (*sweep)->seed_count;
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < count && status == CLONAL_OK; i++) status = clonal__sweep_collect(*sweep, i);
    for (size_t i = 0; i < (*sweep)->setting_count && status == CLONAL_OK; i++)
        status = clonal__sweep_summarize(*sweep, i);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal_sweep_destroy(*sweep);
    *sweep = NULL;
    return status;
}
