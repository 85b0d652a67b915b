/* settings.c: see settings.h. */
#include "host/run/settings.h"

#include "host/base/float_environment.h"
#include "host/base/json.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include "host/model/initial.h"
#include "host/optim/optimizer.h"
#include "host/run/perceptron.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const clonal__loss_names[2] = {"cross-entropy", "mse"};
const char *const clonal__gemm_names[3] = {"auto", "clblast", "native"};
const char *const clonal__dropout_kind_names[CLONAL__DROPOUT_KINDS] = {"dropout", "gaussian", "alpha", "spatial",
                                                                       "connect"};
const char *const clonal__input_noise_names[3] = {"none", "gaussian", "uniform"};

void clonal_run_settings_default(clonal_run_settings *settings)
{
    static const uint32_t hidden[] = {256, 256};
    static const double dropout[] = {0.5, 0.5};
    if (!settings) return;
    *settings = (clonal_run_settings){
        .model = clonal_model_options_default(),
        .epochs = 10,
        .perceptron = {.hidden = hidden, .dropout = dropout, .hidden_count = 2, .activation = "relu"}};
}

void clonal_run_settings_free(clonal_run_settings *settings)
{
    if (!settings) return;
    if (settings->owned) {
        clonal__free(settings->owned->hidden);
        clonal__free(settings->owned->dropout);
        clonal__free(settings->owned->graph);
        clonal__free(settings->owned->data);
        clonal__free(settings->owned);
    }
    memset(settings, 0, sizeof *settings);
}

/* Where the data are (NULL: Fashion-MNIST), from any folder; null where the name is no UTF-8. NULL: out of memory. */
static json_t *data_json(const char *folder)
{
    if (!folder) folder = CLONAL_FASHION_MNIST;
    errno = 0;
    char *whole = realpath(folder, NULL);
    if (!whole && errno == ENOMEM) return NULL;
    json_t *text = clonal__json_text(whole && clonal__is_utf8(whole) ? whole : folder);
    free(whole);
    return text;
}

static clonal_status check_validation(const clonal_run_settings *s)
{
    if (!(s->validate >= 0 && s->validate < 1))
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "validate is %g: give the share of the training data to hold out, from 0 to below 1",
                            s->validate);
    if (!s->early_stop || s->validate > 0) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT,
                        "early_stop without validate would choose by the test data: hold out a part of the training "
                        "data (validate, as 0.1)");
}

clonal_status clonal__settings_check(const clonal_run_settings *s)
{
    if (s->epochs == 0) return clonal__fail(CLONAL_E_ARGUMENT, "0 epochs train nothing: give 1 or more");
    if (s->epochs > 9999) return clonal__fail(CLONAL_E_ARGUMENT, "%u epochs are more than 9999", s->epochs);
    CLONAL__TRY(check_validation(s));
    json_t *data = data_json(s->data);
    if (!data) return clonal__fail_memory(0);
    const bool named = json_is_string(data);
    json_decref(data);
    if (!named)
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "the name of the data's folder is no UTF-8, which run.json needs: give it another name, or "
                            "a link to it");
    return s->graph ? CLONAL_OK : clonal__perceptron_check(&s->perceptron);
}

clonal_status clonal_run_graph(const clonal_run_settings *s, size_t rank, const uint32_t *shape, uint32_t classes,
                               clonal_graph **graph)
{
    CLONAL__FLOATS;
    if (!graph) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_run_graph: graph is NULL");
    *graph = NULL;
    if (!s) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_run_graph: settings is NULL");
    return s->graph ? clonal_graph_parse(s->graph, graph)
                    : clonal_perceptron_graph(&s->perceptron, rank, shape, classes, graph);
}

/* null for what JSON has no word for, and the model refuses: with a NULL the text would fail for want of memory. */
static json_t *real_json(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* A number as the shortest decimal that reads back as it: 0.1, not 0.100000001490116. */
static json_t *number_json(const clonal__number *number, const void *of)
{
    char room[CLONAL__NUMBER_ROOM];
    double shortest;
    const double value = clonal__number_get(number, of);
    if (number->kind == CLONAL__U64) return json_integer((json_int_t)value);
    if (number->kind == CLONAL__F64) return real_json(value);
    clonal__number_read(clonal__number_shortest_f32((float)value, room), &shortest);
    return real_json(shortest);
}

static void set_numbers(json_t **object, const clonal__number *numbers, size_t count, const void *of)
{
    for (size_t i = 0; i < count; i++) clonal__json_set(object, numbers[i].key, number_json(&numbers[i], of));
}

/* The learning rate first, the weight decay last, as they always stood; what is the default is not named, so that the
 * texts of older runs fit. */
static void set_optimizer(json_t **object, const clonal_optimizer *o)
{
    const clonal__optimizer *optimizer = clonal__optimizer_named(o->name);
    if (optimizer && optimizer != clonal__optimizer_named(NULL))
        clonal__json_set(object, "optimizer", json_string(optimizer->name));
    set_numbers(object, clonal__common_numbers, 1, o);
    if (optimizer) set_numbers(object, optimizer->numbers, optimizer->number_count, o);
    set_numbers(object, clonal__common_numbers + 1, clonal__common_number_count - 1, o);
}

static void set_schedule(json_t **object, const clonal_schedule *s)
{
    const clonal__schedule *schedule = clonal__schedule_named(s->name);
    if (schedule && schedule != clonal__schedule_named(NULL)) {
        clonal__json_set(object, "schedule", json_string(schedule->name));
        set_numbers(object, schedule->numbers, schedule->number_count, s);
    }
    if (s->warmup) set_numbers(object, &clonal__warmup_number, 1, s);
}

static void set_dropout_schedule(json_t **object, const clonal_dropout_schedule *s)
{
    const clonal__dropout_schedule *schedule = clonal__dropout_schedule_named(s->name);
    if (!schedule || schedule == clonal__dropout_schedule_named(NULL)) return;
    clonal__json_set(object, "dropout_schedule", json_string(schedule->name));
    set_numbers(object, &clonal__dropout_steps_number, 1, s);
}

static void set_perceptron(json_t **object, const clonal_perceptron *p)
{
    json_t *hidden = json_array(), *dropout = json_array();
    for (size_t i = 0; i < p->hidden_count; i++) {
        clonal__json_append(&hidden, json_integer(p->hidden[i]));
        clonal__json_append(&dropout, real_json(p->dropout ? p->dropout[i] : 0));
    }
    clonal__json_set(object, "hidden", hidden);
    clonal__json_set(object, "dropout", dropout);
    if (p->dropout_kind != CLONAL_DROPOUT_STANDARD)
        clonal__json_set(object, "dropout_kind", json_string(clonal__dropout_kind_names[p->dropout_kind]));
    clonal__json_set(object, "activation", clonal__json_text(p->activation ? p->activation : "relu"));
    clonal__json_set(object, "loss", json_string(clonal__loss_names[p->loss]));
    if (p->input_noise == CLONAL_INPUT_NOISE_NONE) return;
    clonal__json_set(object, "input_noise", json_string(clonal__input_noise_names[p->input_noise]));
    clonal__json_set(object, "input_noise_size", real_json(p->input_noise_size));
}

/* As text: JSON readers lose integers past 2^53. */
static json_t *seed_json(uint64_t seed)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    return json_string(text);
}

/* One that is the run's own is as none. */
static void set_seed(json_t **object, const char *key, const clonal_own_seed *own, uint64_t seed)
{
    if (own->given && own->value != seed) clonal__json_set(object, key, seed_json(own->value));
}

/* What decides the bits, but for a graph that is given as text: that stands beside the settings. */
static json_t *core_json(const clonal_run_settings *s)
{
    json_t *object = json_object();
    clonal__json_set(&object, "seed", seed_json(s->model.seed));
    set_seed(&object, "initial_seed", &s->model.initial_seed, s->model.seed);
    set_seed(&object, "dropout_seed", &s->model.dropout_seed, s->model.seed);
    set_seed(&object, "shuffle_seed", &s->model.shuffle_seed, s->model.seed);
    if (clonal__initial_named(s->model.initial) != clonal__initial_named(NULL))
        clonal__json_set(&object, "initial", clonal__json_text(s->model.initial));
    clonal__json_set(&object, "batch", json_integer(s->model.batch));
    if (s->limit) clonal__json_set(&object, "limit", json_integer(s->limit));
    if (s->validate != 0) clonal__json_set(&object, "validate", real_json(s->validate));
    set_optimizer(&object, &s->model.optimizer);
    set_schedule(&object, &s->model.schedule);
    set_dropout_schedule(&object, &s->model.dropout_schedule);
    if (!s->graph) set_perceptron(&object, &s->perceptron);
    return object;
}

json_t *clonal__settings_json(const clonal_run_settings *s)
{
    json_t *object = core_json(s);
    clonal__json_set(&object, "epochs", json_integer(s->epochs));
    if (s->early_stop) clonal__json_set(&object, "early_stop", json_integer(s->early_stop));
    if (s->checkpoint_steps) clonal__json_set(&object, "checkpoint_steps", json_integer(s->checkpoint_steps));
    clonal__json_set(&object, "data", data_json(s->data));
    clonal__json_set(&object, "gemm", json_string(clonal__gemm_names[s->model.gemm]));
    clonal__json_set(&object, "allow_inexact", json_boolean(s->model.allow_inexact));
    clonal__json_set(&object, "no_fusion", json_boolean(s->model.no_fusion));
    if (s->record) clonal__json_set(&object, "record", json_true());
    if (s->watch) clonal__json_set(&object, "watch", json_true());
    return object;
}

clonal_status clonal__settings_text(const clonal_run_settings *s, char **text)
{
    json_t *object = core_json(s);
    const clonal_status status = clonal__json_print(object, JSON_COMPACT, text);
    json_decref(object);
    return status;
}

static void describe(const json_t *value, char *room, size_t size)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    snprintf(room, size, "%s", text ? text : "none");
    free(text);
}

/* The first key of `in` whose values differ; false: none does. */
static bool find_difference(const json_t *in, const json_t *a, const json_t *b, clonal__settings_difference *difference)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)in, key, value)
    {
        const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
        if (json_equal((json_t *)x, (json_t *)y)) continue;
        snprintf(difference->key, sizeof difference->key, "%s", key);
        describe(x, difference->given, sizeof difference->given);
        describe(y, difference->recorded, sizeof difference->recorded);
        return true;
    }
    return false;
}

/* Whether both texts, of which a person may have written the first, are one graph. */
static clonal_status same_graph(const char *given, const char *recorded, bool *same)
{
    clonal_graph *graph;
    char *text;
    *same = strcmp(given, recorded) == 0;
    if (*same) return CLONAL_OK;
    CLONAL__TRY(clonal_graph_parse(given, &graph));
    const clonal_status status = clonal_graph_print(graph, &text);
    clonal_graph_destroy(graph);
    if (status != CLONAL_OK) return status;
    *same = strcmp(text, recorded) == 0;
    clonal__free(text);
    return CLONAL_OK;
}

clonal_status clonal__settings_differ(const clonal_run_settings *given, const clonal_run_settings *recorded,
                                      bool *differ, clonal__settings_difference *difference)
{
    json_t *a = core_json(given), *b = core_json(recorded);
    const bool made = a && b;
    *differ = made && (find_difference(a, a, b, difference) || find_difference(b, a, b, difference));
    json_decref(a);
    json_decref(b);
    if (!made) return clonal__fail_memory(0);
    bool same = true;
    if (!*differ && given->graph && recorded->graph) CLONAL__TRY(same_graph(given->graph, recorded->graph, &same));
    if (same) return CLONAL_OK;
    snprintf(difference->key, sizeof difference->key, "graph");
    snprintf(difference->given, sizeof difference->given, "another one");
    snprintf(difference->recorded, sizeof difference->recorded, "its own");
    *differ = true;
    return CLONAL_OK;
}

clonal_status clonal__settings_compare(const clonal_run_settings *given, const clonal_run_settings *recorded)
{
    clonal__settings_difference d;
    bool differ;
    CLONAL__TRY(clonal__settings_differ(given, recorded, &differ, &d));
    if (!differ) return CLONAL_OK;
    return clonal__fail(
        CLONAL_E_ARGUMENT,
        "the run was started with %s %s, not %s: leave the setting out to resume, or start a run in another folder",
        d.key, d.recorded, d.given);
}
