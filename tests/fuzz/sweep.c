/* sweep.c: a plan of a sweep, as a user writes it, and a sweep.json, as a folder holds it: the same bytes as each.
 * A plan that is taken becomes a sweep.json, which is read again. */
#include "tests/fuzz/fuzz.h"

#include "host/base/memory.h"
#include "host/sweep/sweep.h"
#include <stdlib.h>
#include <string.h>

/* Larger plans are sound, but take long to be gone through. */
enum { MOST_SETTINGS = 200, MOST_RUNS = 20000 };

static void check_sweep(const clonal_sweep *sweep)
{
    FUZZ_CHECK(sweep->seed_count && sweep->setting_count && sweep->runs && sweep->finished == 0);
    for (size_t i = 0; i < sweep->setting_count; i++) {
        const clonal_sweep_setting *s = &sweep->settings[i];
        FUZZ_CHECK(s->label && strlen(s->digest) == 12 && !s->digest[strspn(s->digest, "0123456789abcdef")]);
        for (size_t j = 0; s->at && j < sweep->axis_count; j++) FUZZ_CHECK(s->at[j] < sweep->axes[j].count);
    }
    const size_t runs = sweep->setting_count * sweep->seed_count;
    for (size_t i = 0; i < runs && runs <= MOST_RUNS; i++) {
        const clonal_sweep_run *run = &sweep->runs[i];
        FUZZ_CHECK(run->setting == i / sweep->seed_count && !run->finished && !run->metrics);
        FUZZ_CHECK(strstr(run->folder, sweep->settings[run->setting].digest));
        FUZZ_CHECK(!strstr(run->folder + strlen(sweep->folder), ".."));
    }
}

static void check_folder(void)
{
    clonal_sweep *sweep;
    const clonal_status status = clonal_sweep_open(fuzz_folder(), &sweep);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_FORMAT);
        FUZZ_CHECK(!sweep);
        return;
    }
    check_sweep(sweep);
    FUZZ_CHECK(clonal__sweep_grows(sweep, sweep) == CLONAL_OK);
    clonal_sweep_destroy(sweep);
}

/* As sweep.json, and back. */
static void check_again(const clonal_sweep_plan *plan, const clonal__sweep_item *items, size_t count)
{
    char(*digests)[13] = calloc(count, sizeof *digests);
    clonal_sweep *sweep;
    FUZZ_CHECK(digests);
    for (size_t i = 0; i < count; i++) memcpy(digests[i], "0123456789ab", 13);
    json_t *json = clonal__sweep_json(plan, items, (const char(*)[13])digests, count);
    FUZZ_CHECK(json);
    FUZZ_CHECK(clonal__sweep_from_json(json, "sweep.json", "folder", &sweep) == CLONAL_OK);
    FUZZ_CHECK(sweep->setting_count == count && sweep->axis_count == plan->axis_count);
    for (size_t i = 0; i < count; i++) FUZZ_CHECK(strcmp(sweep->settings[i].label, items[i].label) == 0);
    check_sweep(sweep);
    clonal_sweep_destroy(sweep);
    json_decref(json);
    free(digests);
}

/* A graph is a file of any name: none is opened here. */
static bool is_small(const clonal_sweep_plan *plan)
{
    size_t settings = 1 + plan->extra_count;
    for (size_t i = 0; i < plan->axis_count && settings <= MOST_SETTINGS; i++) {
        settings *= plan->axes[i].count;
        if (strcmp(plan->axes[i].setting, "graph") == 0) return false;
    }
    for (size_t i = 0; i < plan->base.count; i++)
        if (strcmp(plan->base.settings[i].name, "graph") == 0) return false;
    for (size_t i = 0; i < plan->extra_count; i++)
        for (size_t j = 0; j < plan->extras[i].named.count; j++)
            if (strcmp(plan->extras[i].named.settings[j].name, "graph") == 0) return false;
    return settings <= MOST_SETTINGS && plan->seed_count <= MOST_SETTINGS;
}

static void check_plan(const char *path)
{
    clonal_sweep_plan *plan;
    clonal__sweep_item *items;
    size_t count;
    char digest[13], again[13];
    clonal_status status = clonal_sweep_plan_read(path, &plan);
    if (status != CLONAL_OK) {
        fuzz_failed(status, status == CLONAL_E_ARGUMENT ? status : CLONAL_E_FORMAT);
        FUZZ_CHECK(!plan);
        return;
    }
    FUZZ_CHECK(clonal_sweep_plan_digest(plan, digest) == CLONAL_OK &&
               clonal_sweep_plan_digest(plan, again) == CLONAL_OK);
    FUZZ_CHECK(strcmp(digest, again) == 0 && strlen(digest) == 12);
    if (is_small(plan)) {
        status = clonal__plan_expand(plan, &items, &count);
        if (status != CLONAL_OK) {
            fuzz_failed(status, CLONAL_E_ARGUMENT);
            FUZZ_CHECK(!items && !count);
        } else {
            FUZZ_CHECK(count > 0);
            check_again(plan, items, count);
        }
        clonal__plan_items_free(items, count);
    }
    clonal_sweep_plan_destroy(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_plan(fuzz_file("plan.json", data, size));
    fuzz_file("sweep.json", data, size);
    check_folder();
    return 0;
}
