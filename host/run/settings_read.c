/* settings_read.c: settings from run.json's JSON. */
#include "host/run/settings.h"

#include "host/base/memory.h"
#include "host/model/initial.h"
#include "host/optim/optimizer.h"
#include "host/run/perceptron.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* One that a run without it leaves out. */
static clonal_status integer_or_0(const json_t *object, const char *key, uint32_t *value)
{
    return json_object_get(object, key) ? integer(object, key, value) : CLONAL_OK;
}

static clonal_status share(const json_t *object, const char *key, double *value)
{
    const json_t *found = json_object_get(object, key);
    if (!found) return CLONAL_OK;
    if (!json_is_number(found)) return bad_key(key);
    *value = json_number_value(found);
    return CLONAL_OK;
}

/* Numbers that a table names: what is missing keeps its default, unless it must be there. */
static clonal_status read_numbers(const json_t *object, const clonal__number *numbers, size_t count, bool must,
                                  void *to)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *found = json_object_get(object, numbers[i].key);
        if (!found && !must) continue;
        if (!json_is_number(found)) return bad_key(numbers[i].key);
        if (numbers[i].kind == CLONAL__U64 && !json_is_integer(found)) return bad_key(numbers[i].key);
        if (!clonal__number_holds(&numbers[i], json_number_value(found))) return bad_key(numbers[i].key);
        clonal__number_set(&numbers[i], to, json_number_value(found));
    }
    return CLONAL_OK;
}

/* The name that `key` gives; "" where it is no text. NULL: there is none. */
static const char *name_of(const json_t *object, const char *key)
{
    const json_t *found = json_object_get(object, key);
    if (!found) return NULL;
    return json_is_string(found) ? json_string_value(found) : "";
}

static clonal_status read_optimizer(const json_t *object, clonal_optimizer *to)
{
    const clonal__optimizer *optimizer = clonal__optimizer_named(name_of(object, "optimizer"));
    if (!optimizer) return bad_key("optimizer");
    to->name = optimizer->name;
    CLONAL__TRY(read_numbers(object, clonal__common_numbers, clonal__common_number_count, true, to));
    return read_numbers(object, optimizer->numbers, optimizer->number_count, true, to);
}

static clonal_status read_schedule(const json_t *object, clonal_schedule *to)
{
    const clonal__schedule *schedule = clonal__schedule_named(name_of(object, "schedule"));
    if (!schedule) return bad_key("schedule");
    to->name = schedule->name;
    CLONAL__TRY(read_numbers(object, &clonal__warmup_number, 1, false, to));
    return read_numbers(object, schedule->numbers, schedule->number_count, true, to);
}

static clonal_status read_dropout_schedule(const json_t *object, clonal_dropout_schedule *to)
{
    const clonal__dropout_schedule *schedule = clonal__dropout_schedule_named(name_of(object, "dropout_schedule"));
    if (!schedule) return bad_key("dropout_schedule");
    to->name = schedule->name;
    return read_numbers(object, &clonal__dropout_steps_number, 1, schedule->probability, to);
}

static clonal_status one_of(const json_t *object, const char *key, const char *const *names, int count, int *value)
{
    const char *found = json_string_value(json_object_get(object, key));
    for (*value = 0; found && *value < count; (*value)++)
        if (strcmp(found, names[*value]) == 0) return CLONAL_OK;
    *value = 0;
    return bad_key(key);
}

static clonal_status read_layers(const json_t *object, struct clonal__settings_memory *memory, clonal_perceptron *p)
{
    const json_t *hidden = json_object_get(object, "hidden"), *dropout = json_object_get(object, "dropout");
    const size_t count = json_array_size(hidden);
    if (!json_is_array(hidden)) return bad_key("hidden");
    if (!json_is_array(dropout) || json_array_size(dropout) != count) return bad_key("dropout");
    CLONAL__TRY(clonal__calloc(count, sizeof *memory->hidden, &memory->hidden));
    CLONAL__TRY(clonal__calloc(count, sizeof *memory->dropout, &memory->dropout));
    for (size_t i = 0; i < count; i++) {
        const json_int_t width = json_integer_value(json_array_get(hidden, i));
        if (width < 1 || width > UINT32_MAX) return bad_key("hidden");
        if (!json_is_number(json_array_get(dropout, i))) return bad_key("dropout");
        memory->hidden[i] = (uint32_t)width;
        memory->dropout[i] = json_number_value(json_array_get(dropout, i));
    }
    p->hidden = memory->hidden;
    p->dropout = memory->dropout;
    p->hidden_count = count;
    return CLONAL_OK;
}

/* What a perceptron of standard dropout and without noise leaves out. */
static clonal_status read_stochastic(const json_t *object, clonal_perceptron *p)
{
    int kind = CLONAL_DROPOUT_STANDARD, noise = CLONAL_INPUT_NOISE_NONE;
    if (json_object_get(object, "dropout_kind"))
        CLONAL__TRY(one_of(object, "dropout_kind", clonal__dropout_kind_names, CLONAL__DROPOUT_KINDS, &kind));
    if (json_object_get(object, "input_noise")) {
        CLONAL__TRY(one_of(object, "input_noise", clonal__input_noise_names, 3, &noise));
        if (!json_object_get(object, "input_noise_size")) return bad_key("input_noise_size");
        CLONAL__TRY(share(object, "input_noise_size", &p->input_noise_size));
    }
    p->dropout_kind = (clonal_dropout_kind)kind;
    p->input_noise = (clonal_input_noise)noise;
    return CLONAL_OK;
}

static clonal_status read_perceptron(const json_t *object, struct clonal__settings_memory *memory, clonal_perceptron *p)
{
    int loss;
    CLONAL__TRY(read_layers(object, memory, p));
    p->activation = clonal__activation_named(name_of(object, "activation"));
    if (!p->activation || !json_object_get(object, "activation")) return bad_key("activation");
    CLONAL__TRY(one_of(object, "loss", clonal__loss_names, 2, &loss));
    p->loss = (clonal_loss)loss;
    return read_stochastic(object, p);
}

static clonal_status read_seed(const json_t *object, const char *key, uint64_t *seed)
{
    const char *text = json_string_value(json_object_get(object, key));
    char *end = NULL;
    errno = 0;
    if (text && *text >= '0' && *text <= '9') *seed = strtoull(text, &end, 10);
    return end && !*end && !errno ? CLONAL_OK : bad_key(key);
}

static clonal_status read_own_seed(const json_t *object, const char *key, clonal_own_seed *seed)
{
    seed->given = json_object_get(object, key) != NULL;
    return seed->given ? read_seed(object, key, &seed->value) : CLONAL_OK;
}

static clonal_status read_initial(const json_t *object, clonal_model_options *to)
{
    const clonal__initial_rule *rule = clonal__initial_named(name_of(object, "initial"));
    if (!rule) return bad_key("initial");
    to->initial = clonal__initial_name(rule);
    return CLONAL_OK;
}

static clonal_status read_all(const json_t *object, clonal_run_settings *s, char data[4096])
{
    int gemm;
    CLONAL__TRY(read_seed(object, "seed", &s->model.seed));
    CLONAL__TRY(read_own_seed(object, "initial_seed", &s->model.initial_seed));
    CLONAL__TRY(read_own_seed(object, "dropout_seed", &s->model.dropout_seed));
    CLONAL__TRY(read_own_seed(object, "shuffle_seed", &s->model.shuffle_seed));
    CLONAL__TRY(read_initial(object, &s->model));
    CLONAL__TRY(integer(object, "batch", &s->model.batch));
    CLONAL__TRY(integer(object, "epochs", &s->epochs));
    CLONAL__TRY(integer_or_0(object, "limit", &s->limit));
    CLONAL__TRY(integer_or_0(object, "early_stop", &s->early_stop));
    CLONAL__TRY(integer_or_0(object, "checkpoint_steps", &s->checkpoint_steps));
    CLONAL__TRY(share(object, "validate", &s->validate));
    CLONAL__TRY(read_optimizer(object, &s->model.optimizer));
    CLONAL__TRY(read_schedule(object, &s->model.schedule));
    CLONAL__TRY(read_dropout_schedule(object, &s->model.dropout_schedule));
    if (json_object_get(object, "hidden")) CLONAL__TRY(read_perceptron(object, s->owned, &s->perceptron));
    CLONAL__TRY(one_of(object, "gemm", clonal__gemm_names, 3, &gemm));
    s->model.gemm = (clonal_gemm)gemm;
    s->model.allow_inexact = json_is_true(json_object_get(object, "allow_inexact"));
    s->model.no_fusion = json_is_true(json_object_get(object, "no_fusion"));
    s->record = json_is_true(json_object_get(object, "record"));
    s->watch = json_is_true(json_object_get(object, "watch"));
    const char *folder = json_string_value(json_object_get(object, "data"));
    if (!folder || strlen(folder) >= 4096) return bad_key("data");
    strcpy(data, folder);
    s->data = data;
    return CLONAL_OK;
}

clonal_status clonal__settings_from_json(const json_t *object, clonal_run_settings *s, char data[4096])
{
    clonal_run_settings_default(s);
    clonal_status status = clonal__calloc(1, sizeof *s->owned, &s->owned);
    if (status == CLONAL_OK) status = read_all(object, s, data);
    if (status != CLONAL_OK) clonal_run_settings_free(s);
    return status;
}
