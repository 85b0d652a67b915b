/* settings.c: see settings.h, and the graph that settings describe. */
#include "host/run/settings.h"

#include "host/base/memory.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const activations[] = {"relu", "sigmoid", "tanh"};
static const char *const losses[] = {"cross-entropy", "mse"};
static const char *const gemms[] = {"auto", "clblast", "native"};

void clonal_run_settings_default(clonal_run_settings *settings)
{
    *settings = (clonal_run_settings){.model = clonal_model_options_default(),
                                      .epochs = 10,
                                      .hidden = {256, 256},
                                      .dropout = {0.5, 0.5},
                                      .hidden_count = 2};
}

/* Where the data are (NULL: Fashion-MNIST), from any folder; NULL: the name is no UTF-8. */
static json_t *data_json(const char *folder)
{
    if (!folder) folder = CLONAL_FASHION_MNIST;
    char *whole = realpath(folder, NULL);
    json_t *text = whole ? json_string(whole) : NULL;
    free(whole);
    return text ? text : json_string(folder);
}

clonal_status clonal__settings_check(const clonal_run_settings *s)
{
    if (s->hidden_count > CLONAL_MAX_HIDDEN)
        return clonal__fail(CLONAL_E_ARGUMENT, "%zu hidden layers are more than %d", s->hidden_count,
                            CLONAL_MAX_HIDDEN);
    if (s->epochs == 0) return clonal__fail(CLONAL_E_ARGUMENT, "0 epochs train nothing: give 1 or more");
    if (s->epochs > 9999) return clonal__fail(CLONAL_E_ARGUMENT, "%u epochs are more than 9999", s->epochs);
    json_t *data = data_json(s->data);
    json_decref(data);
    if (!data)
        return clonal__fail(
            CLONAL_E_ARGUMENT,
            "the name of the data's folder is no UTF-8, which run.json needs: give it another name, or a link to it");
    for (size_t i = 0; i < s->hidden_count; i++)
        if (s->hidden[i] == 0)
            return clonal__fail(CLONAL_E_ARGUMENT, "hidden layer %zu has a width of 0: give 1 or more", i + 1);
    return CLONAL_OK;
}

clonal_status clonal_run_graph(const clonal_run_settings *s, size_t rank, const uint32_t *shape, uint32_t classes,
                               clonal_graph **out)
{
    *out = NULL;
    clonal_graph *graph;
    CLONAL__TRY(clonal__settings_check(s));
    CLONAL__TRY(clonal_graph_create(&graph));
    clonal_node x = clonal_flatten(graph, clonal_input(graph, rank, shape));
    for (size_t i = 0; i < s->hidden_count; i++) {
        x = clonal_linear(graph, x, s->hidden[i]);
        x = s->activation == CLONAL_SIGMOID ? clonal_sigmoid(graph, x)
            : s->activation == CLONAL_TANH  ? clonal_tanh(graph, x)
                                            : clonal_relu(graph, x);
        x = clonal_dropout(graph, x, s->dropout[i]);
    }
    x = clonal_linear(graph, x, classes);
    if (s->loss == CLONAL_SQUARED_ERROR)
        clonal_mean_squared_error(graph, x);
    else
        clonal_softmax_cross_entropy(graph, x);
    clonal_status status = clonal_graph_status(graph);
    if (status == CLONAL_OK)
        *out = graph;
    else
        clonal_graph_destroy(graph);
    return status;
}

/* A float as the shortest decimal that reads back as it: 0.1, not 0.100000001490116. */
static json_t *shortest(float value)
{
    char room[40];
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(room, sizeof room, "%.*g", digits, (double)value);
        if (strtof(room, NULL) == value) break;
    }
    return json_real(strtod(room, NULL));
}

/* What decides the bits. */
static json_t *core_json(const clonal_run_settings *s)
{
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)s->model.seed);
    json_t *hidden = json_array(), *dropout = json_array(), *object = json_object();
    for (size_t i = 0; i < s->hidden_count; i++) {
        json_array_append_new(hidden, json_integer(s->hidden[i]));
        json_array_append_new(dropout, json_real(s->dropout[i]));
    }
    json_object_set_new(object, "seed", json_string(seed)); /* text: JSON readers lose integers past 2^53 */
    json_object_set_new(object, "batch", json_integer(s->model.batch));
    json_object_set_new(object, "lr", shortest(s->model.optimizer.learning_rate));
    json_object_set_new(object, "momentum", shortest(s->model.optimizer.momentum));
    json_object_set_new(object, "weight_decay", shortest(s->model.optimizer.weight_decay));
    json_object_set_new(object, "hidden", hidden);
    json_object_set_new(object, "dropout", dropout);
    json_object_set_new(object, "activation", json_string(activations[s->activation]));
    json_object_set_new(object, "loss", json_string(losses[s->loss]));
    return object;
}

json_t *clonal__settings_json(const clonal_run_settings *s)
{
    json_t *object = core_json(s);
    json_object_set_new(object, "epochs", json_integer(s->epochs));
    json_object_set_new(object, "data", data_json(s->data));
    json_object_set_new(object, "gemm", json_string(gemms[s->model.gemm]));
    json_object_set_new(object, "allow_inexact", json_boolean(s->model.allow_inexact));
    json_object_set_new(object, "no_fusion", json_boolean(s->model.no_fusion));
    if (s->record) json_object_set_new(object, "record", json_true());
    return object;
}

clonal_status clonal__settings_text(const clonal_run_settings *s, char **text)
{
    *text = NULL;
    json_t *object = core_json(s);
    char *dumped = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (!dumped) return clonal__fail_memory(0);
    *text = clonal__strdup(dumped);
    free(dumped);
    return *text ? CLONAL_OK : CLONAL_E_MEMORY;
}

static clonal_status bad_key(const char *key)
{
    return clonal__fail(CLONAL_E_FORMAT, "the setting \"%s\" is missing or of the wrong kind", key);
}

static clonal_status integer(const json_t *object, const char *key, uint32_t *value)
{
    const json_t *found = json_object_get(object, key);
    if (!json_is_integer(found) || json_integer_value(found) < 0 || json_integer_value(found) > UINT32_MAX)
        return bad_key(key);
    *value = (uint32_t)json_integer_value(found);
    return CLONAL_OK;
}

static clonal_status real(const json_t *object, const char *key, float *value)
{
    const json_t *found = json_object_get(object, key);
    if (!json_is_number(found)) return bad_key(key);
    *value = (float)json_number_value(found);
    return CLONAL_OK;
}

static clonal_status one_of(const json_t *object, const char *key, const char *const *names, int count, int *value)
{
    const char *found = json_string_value(json_object_get(object, key));
    for (*value = 0; found && *value < count; (*value)++)
        if (strcmp(found, names[*value]) == 0) return CLONAL_OK;
    *value = 0;
    return bad_key(key);
}

static clonal_status layers(const json_t *object, clonal_run_settings *s)
{
    const json_t *hidden = json_object_get(object, "hidden"), *dropout = json_object_get(object, "dropout");
    s->hidden_count = json_array_size(hidden);
    if (!json_is_array(hidden) || s->hidden_count > CLONAL_MAX_HIDDEN) return bad_key("hidden");
    if (!json_is_array(dropout) || json_array_size(dropout) != s->hidden_count) return bad_key("dropout");
    for (size_t i = 0; i < s->hidden_count; i++) {
        json_int_t width = json_integer_value(json_array_get(hidden, i));
        if (width < 1 || width > UINT32_MAX) return bad_key("hidden");
        if (!json_is_number(json_array_get(dropout, i))) return bad_key("dropout");
        s->hidden[i] = (uint32_t)width;
        s->dropout[i] = json_number_value(json_array_get(dropout, i));
    }
    return CLONAL_OK;
}

static clonal_status seed_of(const json_t *object, uint64_t *seed)
{
    const char *text = json_string_value(json_object_get(object, "seed"));
    char *end = NULL;
    errno = 0;
    if (text && *text >= '0' && *text <= '9') *seed = strtoull(text, &end, 10);
    return end && !*end && !errno ? CLONAL_OK : bad_key("seed");
}

clonal_status clonal__settings_from_json(const json_t *object, clonal_run_settings *s, char data[4096])
{
    int activation, loss, gemm;
    clonal_run_settings_default(s);
    CLONAL__TRY(seed_of(object, &s->model.seed));
    CLONAL__TRY(integer(object, "batch", &s->model.batch));
    CLONAL__TRY(integer(object, "epochs", &s->epochs));
    CLONAL__TRY(real(object, "lr", &s->model.optimizer.learning_rate));
    CLONAL__TRY(real(object, "momentum", &s->model.optimizer.momentum));
    CLONAL__TRY(real(object, "weight_decay", &s->model.optimizer.weight_decay));
    CLONAL__TRY(layers(object, s));
    CLONAL__TRY(one_of(object, "activation", activations, 3, &activation));
    CLONAL__TRY(one_of(object, "loss", losses, 2, &loss));
    CLONAL__TRY(one_of(object, "gemm", gemms, 3, &gemm));
    s->activation = (clonal_activation)activation;
    s->loss = (clonal_loss)loss;
    s->model.gemm = (clonal_gemm)gemm;
    s->model.allow_inexact = json_is_true(json_object_get(object, "allow_inexact"));
    s->model.no_fusion = json_is_true(json_object_get(object, "no_fusion"));
    s->record = json_is_true(json_object_get(object, "record"));
    const char *folder = json_string_value(json_object_get(object, "data"));
    if (!folder || strlen(folder) >= 4096) return bad_key("data");
    strcpy(data, folder);
    s->data = data;
    return CLONAL_OK;
}

bool clonal__settings_differ(const clonal_run_settings *given, const clonal_run_settings *recorded,
                             clonal__settings_difference *difference)
{
    json_t *a = core_json(given), *b = core_json(recorded);
    const char *key;
    json_t *value;
    bool differ = false;
    json_object_foreach(a, key, value)
    {
        if (differ || json_equal(value, json_object_get(b, key))) continue;
        char *have = json_dumps(json_object_get(b, key), JSON_ENCODE_ANY | JSON_COMPACT),
             *want = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        differ = true;
        snprintf(difference->key, sizeof difference->key, "%s", key);
        snprintf(difference->given, sizeof difference->given, "%s", want ? want : "?");
        snprintf(difference->recorded, sizeof difference->recorded, "%s", have ? have : "?");
        free(have);
        free(want);
    }
    json_decref(a);
    json_decref(b);
    return differ;
}

clonal_status clonal__settings_compare(const clonal_run_settings *given, const clonal_run_settings *recorded)
{
    clonal__settings_difference d;
    if (!clonal__settings_differ(given, recorded, &d)) return CLONAL_OK;
    return clonal__fail(
        CLONAL_E_ARGUMENT,
        "the run was started with %s %s, not %s: leave the setting out to resume, or start a run in another folder",
        d.key, d.recorded, d.given);
}
