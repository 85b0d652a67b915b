/* manifest.c: a run.json; settings that would be trained are the same when they are written and read again. */
#include "tests/fuzz/fuzz.h"

#include "host/base/memory.h"
#include "host/optim/optimizer.h"
#include "host/run/manifest.h"
#include "host/run/settings.h"
#include <stdlib.h>
#include <string.h>

/* Whole numbers up to here are the same as binary64. */
static const uint64_t MOST_STEPS = UINT64_C(1) << 53;

static void check_settings(const clonal_run_settings *settings)
{
    clonal_run_settings again;
    clonal__settings_difference difference;
    char data[4096], *text;
    bool differ;
    if (clonal__settings_check(settings) != CLONAL_OK ||
        clonal__optimizer_check(&settings->model.optimizer) != CLONAL_OK ||
        clonal__schedule_check(&settings->model.schedule) != CLONAL_OK ||
        clonal__dropout_schedule_check(&settings->model.dropout_schedule) != CLONAL_OK)
        return;
    FUZZ_CHECK(settings->model.dropout_schedule.steps <= MOST_STEPS);
    FUZZ_CHECK(settings->model.schedule.warmup <= MOST_STEPS && settings->model.schedule.steps <= MOST_STEPS);
    json_t *object = clonal__settings_json(settings);
    FUZZ_CHECK(object);
    FUZZ_CHECK(clonal__settings_from_json(object, &again, data) == CLONAL_OK);
    again.graph = settings->graph;
    FUZZ_CHECK(clonal__settings_differ(settings, &again, &differ, &difference) == CLONAL_OK && !differ);
    clonal_run_settings_free(&again);
    json_decref(object);
    FUZZ_CHECK(clonal__settings_text(settings, &text) == CLONAL_OK);
    clonal__free(text);
}

static void check_facts(const char *run)
{
    clonal__manifest_facts facts;
    const clonal_status status = clonal__manifest_read(run, &facts);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_FORMAT);
        FUZZ_CHECK(!facts.epochs && !facts.graph);
        return;
    }
    for (uint32_t i = 0; i < facts.epochs_done; i++) FUZZ_CHECK(strlen(facts.epochs[i]) < 72);
    FUZZ_CHECK(facts.settings.data == facts.data);
    check_settings(&facts.settings);
    (void)clonal__manifest_check_data(run, &facts, CLONAL_SPLIT_TEST, NULL, "sha256:0");
    clonal__manifest_facts_free(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal_run_settings settings;
    char folder[4096];
    const char *run = fuzz_folder();
    fuzz_file("run.json", data, size);
    check_facts(run);
    const clonal_status status = clonal_run_settings_load(run, &settings, folder);
    if (status != CLONAL_OK)
        fuzz_failed(status, CLONAL_E_FORMAT);
    else
        clonal_run_settings_free(&settings);
    return 0;
}
