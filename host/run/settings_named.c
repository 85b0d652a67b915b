/* settings_named.c: settings by the names and texts of the command's options, for those who make many of them. A new
 * option of `clonal train` that is a setting has its row here, in the order in which they are taken. */
#include "host/run/settings.h"

#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/base/json.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include "host/model/initial.h"
#include "host/optim/optimizer.h"
#include "host/run/perceptron.h"
#include <math.h>
#include <string.h>

#define DEFAULT_DROPOUT 0.5
enum { MOST_GRAPH = 1 << 24 }; /* bytes of a graph's text */

typedef struct taking taking;
typedef clonal_status take_fn(const taking *how, const char *value, clonal_run_settings *settings);
struct taking {
    take_fn *take;
    size_t offset; /* of what it sets, in clonal_run_settings */
    double least, most;
};

static clonal_status bad_value(const char *value, const char *wanted)
{
    return clonal__fail(CLONAL_E_ARGUMENT, "'%.200s': give %s", clonal__as_line(value), wanted);
}

static void *member(const taking *how, clonal_run_settings *settings)
{
    return (char *)settings + how->offset;
}

/* ---- numbers ---- */

static clonal_status take_u32(const taking *how, const char *value, clonal_run_settings *s)
{
    uint64_t number;
    if (!clonal__whole_read(value, &number) || (double)number < how->least || (double)number > how->most)
        return clonal__fail(CLONAL_E_ARGUMENT, "'%.200s': give a whole number from %.0f to %.0f",
                            clonal__as_line(value), how->least, how->most);
    *(uint32_t *)member(how, s) = (uint32_t)number;
    return CLONAL_OK;
}

static clonal_status take_u64(const taking *how, const char *value, clonal_run_settings *s)
{
    uint64_t number;
    if (!clonal__whole_read(value, &number)) return bad_value(value, "a whole number below 2^64");
    *(uint64_t *)member(how, s) = number;
    return CLONAL_OK;
}

static clonal_status take_real(const taking *how, const char *value, clonal_run_settings *s)
{
    double number;
    if (!clonal__number_read_plain(value, &number)) return bad_value(value, "a finite number, 0 or more");
    *(double *)member(how, s) = number;
    return CLONAL_OK;
}

static clonal_status take_real32(const taking *how, const char *value, clonal_run_settings *s)
{
    double number;
    if (!clonal__number_read_plain(value, &number) || !isfinite((float)number) || ((float)number == 0 && number != 0))
        return bad_value(value, "a finite number, 0 or more, of binary32");
    *(float *)member(how, s) = (float)number;
    return CLONAL_OK;
}

/* From -2^63 on: negative numbers are their two's complement. */
static clonal_status take_seed(const taking *how, const char *value, clonal_run_settings *s)
{
    clonal_own_seed *seed = member(how, s);
    if (!clonal__seed_read(value, &seed->value)) return bad_value(value, "a whole number from -2^63 to below 2^64");
    seed->given = true;
    return CLONAL_OK;
}

bool clonal__seed_read(const char *text, uint64_t *seed)
{
    const bool negative = text[0] == '-';
    if (!clonal__whole_read(text + negative, seed)) return false;
    if (!negative) return true;
    if (text[2] == 'x' || text[2] == 'X' || *seed > (uint64_t)1 << 63) return false;
    *seed = 0 - *seed;
    return true;
}

static clonal_status take_flag(const taking *how, const char *value, clonal_run_settings *s)
{
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0) return bad_value(value, "true or false");
    *(bool *)member(how, s) = value[0] == 't';
    return CLONAL_OK;
}

/* ---- lists ---- */

/* The number of parts with commas between; "none" has none. */
static size_t part_count(const char *value)
{
    size_t count = 1;
    if (strcmp(value, "none") == 0) return 0;
    for (; *value; value++) count += *value == ',';
    return count;
}

/* The part that *at begins with, into room; *at goes behind its comma. False: it is too long. */
static bool next_part(const char **at, char room[64])
{
    const size_t length = strcspn(*at, ",");
    if (length >= 64) return false;
    memcpy(room, *at, length);
    room[length] = '\0';
    *at += length + ((*at)[length] == ',');
    return true;
}

static bool next_real(const char **at, double *number)
{
    char part[64];
    return next_part(at, part) && clonal__number_read_plain(part, number);
}

/* As many layers: those that there were keep their dropout, the others have the default. */
static clonal_status resize(clonal_run_settings *s, size_t count)
{
    clonal_perceptron *p = &s->perceptron;
    double *rates;
    CLONAL__TRY(clonal__calloc(count, sizeof *rates, &rates));
    for (size_t i = 0; i < count; i++) rates[i] = i < p->hidden_count && p->dropout ? p->dropout[i] : DEFAULT_DROPOUT;
    clonal__free(s->owned->dropout);
    p->dropout = s->owned->dropout = rates;
    p->hidden_count = count;
    return CLONAL_OK;
}

static clonal_status take_hidden(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    const size_t count = part_count(value);
    const char *at = value;
    CLONAL__TRY(clonal__calloc(count, sizeof *s->owned->hidden, &s->owned->hidden));
    for (size_t i = 0; i < count; i++) {
        char part[64];
        uint64_t width;
        if (!next_part(&at, part) || !clonal__whole_read(part, &width) || width == 0 || width > UINT32_MAX)
            return bad_value(value, "widths from 1 with commas between, or none");
        s->owned->hidden[i] = (uint32_t)width;
    }
    s->perceptron.hidden = s->owned->hidden;
    return resize(s, count);
}

static clonal_status take_dropout(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    const size_t given = part_count(value), layers = s->perceptron.hidden_count;
    const char *at = value;
    if (given != 1 && given != layers)
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "'%.200s' has %zu numbers for %zu hidden layers: give one for each, or one for all", value,
                            given, layers);
    CLONAL__TRY(resize(s, layers));
    double p = 0;
    for (size_t i = 0; i < given || i < layers; i++) {
        if (i < given && (!next_real(&at, &p) || p > 1))
            return bad_value(value, "numbers from 0 to 1 with commas between");
        if (i < layers) s->owned->dropout[i] = p;
    }
    return CLONAL_OK;
}

static clonal_status take_beta(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    clonal_optimizer *o = &s->model.optimizer;
    const char *at = value;
    if (part_count(value) != 2 || !next_real(&at, &o->beta1) || !next_real(&at, &o->beta2))
        return bad_value(value, "two numbers with a comma between, from 0 to below 1");
    return CLONAL_OK;
}

/* ---- names ---- */

static clonal_status no_such_name(const char *value, const char *const *names)
{
    char room[200];
    return clonal__fail(CLONAL_E_ARGUMENT, "'%.200s': give one of %s", clonal__as_line(value),
                        clonal__joined(names, room));
}

static clonal_status take_activation(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    const uint32_t width = 1;
    const clonal_perceptron one = {.hidden = &width, .hidden_count = 1, .activation = value};
    CLONAL__TRY(clonal__perceptron_check(&one));
    s->perceptron.activation = clonal__activation_named(value);
    return CLONAL_OK;
}

static clonal_status take_optimizer(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    const clonal__optimizer *optimizer = clonal__optimizer_named(value);
    if (!optimizer) return no_such_name(value, clonal_optimizer_names());
    s->model.optimizer.name = optimizer->name;
    return CLONAL_OK;
}

static clonal_status take_schedule(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    const clonal__schedule *schedule = clonal__schedule_named(value);
    if (!schedule) return no_such_name(value, clonal_schedule_names());
    s->model.schedule.name = schedule->name;
    return CLONAL_OK;
}

static clonal_status take_initial(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    const clonal__initial_rule *rule = clonal__initial_named(value);
    if (!rule) return no_such_name(value, clonal_initial_names());
    s->model.initial = clonal__initial_name(rule);
    return CLONAL_OK;
}

/* The place of a value among names (count); false: it is none of them. */
static bool find(const char *value, size_t count, const char *const *names, size_t *place)
{
    for (*place = 0; *place < count; ++*place)
        if (strcmp(value, names[*place]) == 0) return true;
    return false;
}

static clonal_status take_flavor(const taking *how, const char *value, clonal_run_settings *s)
{
    static const char *const flavors[] = {"pytorch", "mxnet", "flax", "keras"};
    static const char *const rules[] = {"fan-in-uniform", "uniform", "lecun-normal", "glorot-uniform"};
    size_t place;
    if (!find(value, 4, flavors, &place)) return bad_value(value, "one of pytorch, mxnet, flax, keras");
    return take_initial(how, rules[place], s);
}

static clonal_status take_loss(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    size_t place;
    if (!find(value, 2, clonal__loss_names, &place)) return bad_value(value, "cross-entropy or mse");
    s->perceptron.loss = (clonal_loss)place;
    return CLONAL_OK;
}

static clonal_status take_dropout_kind(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    size_t place;
    if (!find(value, CLONAL__DROPOUT_KINDS, clonal__dropout_kind_names, &place))
        return bad_value(value, "one of dropout, gaussian, alpha, spatial, connect");
    s->perceptron.dropout_kind = (clonal_dropout_kind)place;
    return CLONAL_OK;
}

/* "gaussian:0.1" or "uniform:0.5": a kind and its size. */
static clonal_status take_input_noise(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    for (int kind = CLONAL_INPUT_NOISE_GAUSSIAN; kind <= CLONAL_INPUT_NOISE_UNIFORM; kind++) {
        const char *name = clonal__input_noise_names[kind];
        const size_t length = strlen(name);
        if (strncmp(value, name, length) != 0 || value[length] != ':') continue;
        if (!clonal__number_read_plain(value + length + 1, &s->perceptron.input_noise_size)) break;
        s->perceptron.input_noise = (clonal_input_noise)kind;
        return CLONAL_OK;
    }
    return bad_value(value, "gaussian:S, S being the deviation, or uniform:W for -W to W, from 0");
}

static clonal_status take_dropout_schedule(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    const char *const *names = clonal_dropout_schedule_names();
    for (size_t i = 0; names[i]; i++) {
        if (strcmp(names[i], value) != 0) continue;
        s->model.dropout_schedule.name = names[i];
        return CLONAL_OK;
    }
    return no_such_name(value, names);
}

static clonal_status take_gemm(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    size_t place;
    if (!find(value, 3, clonal__gemm_names, &place)) return bad_value(value, "auto, clblast or native");
    s->model.gemm = (clonal_gemm)place;
    return CLONAL_OK;
}

/* ---- files ---- */

static clonal_status take_data(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    if (!value[0]) return bad_value(value, "the folder or archive of the data");
    s->data = s->owned->data = clonal__strdup(value);
    return s->data ? CLONAL_OK : CLONAL_E_MEMORY;
}

static clonal_status take_graph(const taking *how, const char *value, clonal_run_settings *s)
{
    (void)how;
    size_t size;
    CLONAL__TRY(clonal__file_read(value, MOST_GRAPH, &s->owned->graph, &size));
    s->graph = s->owned->graph;
    return strlen(s->graph) == size ? CLONAL_OK : bad_value(value, "a text: it holds a NUL byte");
}

/* ---- all of them ---- */

#define AT(member) offsetof(clonal_run_settings, member)
/* name, flag, list, how it is taken, what is set, least, most */
#define SETTINGS(X)                                                                                                    \
    X("data", false, false, take_data, 0, 0, 0)                                                                        \
    X("seed-init", false, false, take_seed, AT(model.initial_seed), 0, 0)                                              \
    X("seed-dropout", false, false, take_seed, AT(model.dropout_seed), 0, 0)                                           \
    X("seed-shuffle", false, false, take_seed, AT(model.shuffle_seed), 0, 0)                                           \
    X("epochs", false, false, take_u32, AT(epochs), 1, 9999)                                                           \
    X("batch", false, false, take_u32, AT(model.batch), 1, UINT32_MAX)                                                 \
    X("limit", false, false, take_u32, AT(limit), 1, UINT32_MAX)                                                       \
    X("validate", false, false, take_real, AT(validate), 0, 0)                                                         \
    X("early-stop", false, false, take_u32, AT(early_stop), 0, UINT32_MAX)                                             \
    X("checkpoint-steps", false, false, take_u32, AT(checkpoint_steps), 0, UINT32_MAX)                                 \
    X("lr", false, false, take_real32, AT(model.optimizer.learning_rate), 0, 0)                                        \
    X("momentum", false, false, take_real32, AT(model.optimizer.momentum), 0, 0)                                       \
    X("weight-decay", false, false, take_real32, AT(model.optimizer.weight_decay), 0, 0)                               \
    X("optimizer", false, false, take_optimizer, 0, 0, 0)                                                              \
    X("beta", false, true, take_beta, 0, 0, 0)                                                                         \
    X("eps", false, false, take_real32, AT(model.optimizer.epsilon), 0, 0)                                             \
    X("schedule", false, false, take_schedule, 0, 0, 0)                                                                \
    X("warmup", false, false, take_u64, AT(model.schedule.warmup), 0, 0)                                               \
    X("schedule-steps", false, false, take_u64, AT(model.schedule.steps), 0, 0)                                        \
    X("schedule-every", false, false, take_u64, AT(model.schedule.every), 0, 0)                                        \
    X("schedule-gamma", false, false, take_real, AT(model.schedule.gamma), 0, 0)                                       \
    X("dropout-schedule", false, false, take_dropout_schedule, 0, 0, 0)                                                \
    X("dropout-steps", false, false, take_u64, AT(model.dropout_schedule.steps), 0, 0)                                 \
    X("graph", false, false, take_graph, 0, 0, 0)                                                                      \
    X("hidden", false, true, take_hidden, 0, 0, 0)                                                                     \
    X("dropout", false, true, take_dropout, 0, 0, 0)                                                                   \
    X("dropout-kind", false, false, take_dropout_kind, 0, 0, 0)                                                        \
    X("activation", false, false, take_activation, 0, 0, 0)                                                            \
    X("loss", false, false, take_loss, 0, 0, 0)                                                                        \
    X("input-noise", false, false, take_input_noise, 0, 0, 0)                                                          \
    X("flavor", false, false, take_flavor, 0, 0, 0)                                                                    \
    X("init", false, false, take_initial, 0, 0, 0)                                                                     \
    X("gemm", false, false, take_gemm, 0, 0, 0)                                                                        \
    X("allow-inexact", true, false, take_flag, AT(model.allow_inexact), 0, 0)                                          \
    X("no-fusion", true, false, take_flag, AT(model.no_fusion), 0, 0)                                                  \
    X("watch", true, false, take_flag, AT(watch), 0, 0)

#define INFO(name, flag, list, take, offset, least, most) {name, flag, list},
#define ROW(name, flag, list, take, offset, least, most) {take, offset, least, most},
static const clonal_setting_info infos[] = {SETTINGS(INFO){NULL, false, false}};
static const taking rows[] = {SETTINGS(ROW)};
enum { ROWS = sizeof rows / sizeof *rows };

const clonal_setting_info *clonal_setting_infos(void)
{
    return infos;
}

const clonal_setting_info *clonal__setting_info(const char *name)
{
    for (const clonal_setting_info *i = infos; i->name; i++)
        if (strcmp(i->name, name) == 0) return i;
    return NULL;
}

/* The value that `name` is given; NULL: none. */
static const char *value_of(size_t count, const clonal_setting *named, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(named[i].name, name) == 0) return named[i].value;
    return NULL;
}

static clonal_status check_names(size_t count, const clonal_setting *named)
{
    for (size_t i = 0; i < count; i++) {
        if (!named[i].name || !named[i].value)
            return clonal__fail(CLONAL_E_ARGUMENT, "setting %zu has no name, or no value", i + 1);
        if (!clonal__setting_info(named[i].name))
            return clonal__fail(CLONAL_E_ARGUMENT,
                                "there is no setting '%.100s': names are those of the options of 'clonal train'",
                                clonal__as_line(named[i].name));
        if (value_of(i, named, named[i].name))
            return clonal__fail(CLONAL_E_ARGUMENT, "the setting %s is given twice", named[i].name);
    }
    return CLONAL_OK;
}

/* What one rules out of the others, as the command does. */
static clonal_status check_together(size_t count, const clonal_setting *named, const clonal_run_settings *s)
{
    static const char *const of_perceptron[] = {"hidden",     "dropout", "dropout-kind",
                                                "activation", "loss",    "input-noise"};
    const clonal_optimizer *o = &s->model.optimizer;
    const bool sgd = !o->name || strcmp(o->name, "sgd") == 0;
    if (value_of(count, named, "flavor") && value_of(count, named, "init"))
        return clonal__fail(CLONAL_E_ARGUMENT, "flavor chooses the rule of the initial weights: leave out init");
    if (sgd && value_of(count, named, "beta"))
        return clonal__fail(CLONAL_E_ARGUMENT, "beta: sgd takes momentum; the optimizer adam takes betas");
    if (!sgd && o->momentum != 0) return clonal__fail(CLONAL_E_ARGUMENT, "momentum: %s takes beta", o->name);
    for (size_t i = 0; s->graph && i < sizeof of_perceptron / sizeof *of_perceptron; i++)
        if (value_of(count, named, of_perceptron[i]))
            return clonal__fail(CLONAL_E_ARGUMENT, "%s describes a perceptron; the graph given as text has its own",
                                of_perceptron[i]);
    return CLONAL_OK;
}

static clonal_status take_all(size_t count, const clonal_setting *named, clonal_run_settings *s)
{
    CLONAL__TRY(check_names(count, named));
    for (size_t i = 0; i < ROWS; i++) {
        const char *value = value_of(count, named, infos[i].name);
        if (value && rows[i].take(&rows[i], value, s) != CLONAL_OK) return clonal__fail_context("%s", infos[i].name);
    }
    return check_together(count, named, s);
}

clonal_status clonal_run_settings_named(size_t count, const clonal_setting *named, clonal_run_settings *settings)
{
    CLONAL__FLOATS;
    if (settings) memset(settings, 0, sizeof *settings);
    CLONAL__NEEDS(settings && (named || count == 0));
    clonal_run_settings_default(settings);
    clonal_status status = clonal__calloc(1, sizeof *settings->owned, &settings->owned);
    if (status == CLONAL_OK) status = take_all(count, named, settings);
    if (status != CLONAL_OK) clonal_run_settings_free(settings);
    return status;
}
