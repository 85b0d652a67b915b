/* digest.c: by what a finished run is known again. */
#include "host/sweep/sweep.h"

#include "host/base/digest.h"
#include "host/base/memory.h"
#include "host/run/settings.h"
#include <inttypes.h>
#include <stdio.h>

static void print_own_seed(clonal__string *text, const char *of, const clonal_own_seed *seed)
{
    if (seed->given) clonal__string_append(text, "%s %" PRIu64 "\n", of, seed->value);
}

/* The settings' text leaves out a purpose's seed that is the run's own, which differs from run to run: here such seeds
 * stand apart. */
static clonal_status print_settings(const clonal_run_settings *settings, clonal__string *text)
{
    const clonal_model_options *o = &settings->model;
    clonal_run_settings s = *settings;
    char *core;
    s.model.seed = 0;
    s.model.initial_seed = s.model.dropout_seed = s.model.shuffle_seed = (clonal_own_seed){0};
    CLONAL__TRY(clonal__settings_text(&s, &core));
    clonal__string_append(text, "%s\n", core);
    clonal__free(core);
    print_own_seed(text, "initial", &o->initial_seed);
    print_own_seed(text, "dropout", &o->dropout_seed);
    print_own_seed(text, "shuffle", &o->shuffle_seed);
    clonal__string_append(text, "epochs %" PRIu32 "\n", s.epochs);
    if (s.early_stop) clonal__string_append(text, "early_stop %" PRIu32 "\n", s.early_stop);
    if (o->allow_inexact) clonal__string_append(text, "inexact %s\n", clonal__gemm_names[o->gemm]);
    if (s.graph) clonal__string_append(text, "graph\n%s\n", s.graph);
    return text->status;
}

clonal_status clonal__sweep_digest(const clonal_run_settings *settings, const clonal__splits *splits, char digest[13])
{
    clonal__string text = {0};
    char hex[65];
    clonal__string_append(&text, "contract %d\n%s\n%s\n", clonal_contract_version(), splits->train_digest,
                          splits->test_digest);
    clonal_status status = text.status;
    if (status == CLONAL_OK) status = print_settings(settings, &text);
    if (status == CLONAL_OK) status = clonal__digest_bytes(text.text, text.length, hex);
    if (status == CLONAL_OK) snprintf(digest, CLONAL__SWEEP_DIGITS + 1, "%.12s", hex);
    clonal__string_free(&text);
    return status;
}
