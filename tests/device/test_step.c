/* A training step against the reference: every value that it makes, of graphs of all operations, awkward sizes and
 * every optimizer setting, with and without fusion. as_gpu.sh runs it with the kernels of GPUs.
 * ctest: PLATFORMS pocl rusticl intel oclgrind LONG_ON oclgrind rusticl */
#include "device_test.h"

#include "adversary.h"
#include "host/model/model.h"
#include "random_graph.h"
#include "ref_train.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct step_case {
    const char *name;
    int weight; /* 0: for every device; 1: not for oclgrind; 2: not for rusticl either */
    size_t batch, samples;
    double lr, momentum, weight_decay;
    bool targets; /* float samples and targets instead of pixels and labels */
    const char *graph;
    const char *settings; /* beside lr, momentum and weight_decay, as in a line of verify's cases; NULL: none */
} step_case;

/* Tiles of fewer than 8 rows are programs of their own, so sizes below 8 are rare. */
static const step_case cases[] = {
    {"the chapter's network", 2, 256, 600, 0.1, 0, 0, false,
     "0 input 28,28\n1 flatten 0\n2 linear 1 256\n3 relu 2\n4 dropout 3 0.5\n5 linear 4 256\n6 relu 5\n7 dropout 6 "
     "0.5\n8 linear 7 10\n"
     "9 softmax_cross_entropy 8\n",
     NULL},
    {"the chapter's network, small", 0, 16, 40, 0.1, 0, 0, false,
     "0 input 7,9\n1 flatten 0\n2 linear 1 32\n3 relu 2\n4 dropout 3 0.5\n5 linear 4 16\n6 relu 5\n7 dropout 6 0.5\n8 "
     "linear 7 10\n"
     "9 softmax_cross_entropy 8\n",
     NULL},
    {"tanh and sigmoid, momentum, weight decay", 0, 11, 30, 0.3, 0.9, 0.001, false,
     "0 input 5,5\n1 flatten 0\n2 linear 1 17\n3 tanh 2\n4 dropout 3 0.3\n5 linear 4 9\n6 sigmoid 5\n7 dropout 6 "
     "0.3\n8 linear 7 9\n"
     "9 softmax_cross_entropy 8\n",
     NULL},
    {"batch 61", 1, 61, 150, 0.2, 0.5, 0, false,
     "0 input 61\n1 linear 0 33\n2 sigmoid 1\n3 dropout 2 0.3\n4 linear 3 61\n5 tanh 4\n6 linear 5 10\n7 "
     "softmax_cross_entropy 6\n",
     NULL},
    {"fan-out", 0, 9, 17, 0.1, 0, 0.01, false,
     "0 input 3,4\n1 flatten 0\n2 linear 1 8\n3 relu 2\n4 dropout 3 0.3\n5 linear 4 8\n6 add 5 3\n7 tanh 6\n8 add 7 "
     "7\n9 linear 8 8\n10 add 9 4\n"
     "11 add 10 6\n12 linear 11 10\n13 softmax_cross_entropy 12\n",
     NULL},
    {"fan-out of the input and of a linear node", 0, 8, 16, 0.1, 0.9, 0, false,
     "0 input 9\n1 linear 0 9\n2 add 1 0\n3 relu 1\n4 sigmoid 1\n5 add 3 4\n6 add 5 2\n7 dropout 6 0.5\n8 linear 7 "
     "10\n9 linear 7 10\n10 add 8 9\n"
     "11 softmax_cross_entropy 10\n",
     NULL},
    {"layers of 1, 33 and 1000, p of 0 and 1", 1, 13, 35, 0.05, 0, 0, false,
     "0 input 6,6\n1 flatten 0\n2 linear 1 33\n3 relu 2\n4 dropout 3 0\n5 linear 4 1\n6 tanh 5\n7 linear 6 1000\n8 "
     "relu 7\n9 dropout 8 0.3\n"
     "10 linear 9 10\n11 dropout 10 1\n12 linear 11 10\n13 softmax_cross_entropy 12\n",
     NULL},
    {"layers of 1 and 33, p of 0 and 1", 0, 9, 17, 0.05, 0, 0, false,
     "0 input 2,3\n1 flatten 0\n2 linear 1 33\n3 relu 2\n4 dropout 3 1\n5 linear 4 1\n6 relu 5\n7 dropout 6 0\n8 "
     "linear 7 10\n"
     "9 softmax_cross_entropy 8\n",
     NULL},
    {"squared error of labels", 0, 9, 17, 0.4, 0.9, 0, false,
     "0 input 4,4\n1 flatten 0\n2 linear 1 12\n3 relu 2\n4 dropout 3 0.3\n5 linear 4 9\n6 sigmoid 5\n7 "
     "mean_squared_error 6\n",
     NULL},
    {"squared error of targets, batch 1", 0, 1, 3, 0.1, 0, 0.1, true,
     "0 input 10\n1 linear 0 7\n2 tanh 1\n3 dropout 2 0.5\n4 linear 3 3\n5 mean_squared_error 4\n", NULL},
    {"squared error of targets, one output", 0, 9, 17, 0.1, 0, 0, true,
     "0 input 3\n1 linear 0 1\n2 mean_squared_error 1\n", NULL},
    {"operations in front of the first parameter", 0, 8, 17, 0.1, 0, 0, true,
     "0 input 2,2,3\n1 tanh 0\n2 dropout 1 0.3\n3 flatten 2\n4 add 3 3\n5 linear 4 12\n6 flatten 5\n7 dropout 6 0.3\n8 "
     "dropout 7 0.5\n9 relu 8\n10 relu 9\n"
     "11 linear 10 8\n12 mean_squared_error 11\n",
     NULL},
    {"no hidden layer, batch 1", 0, 1, 4, 0.1, 0, 0, false,
     "0 input 4,4\n1 flatten 0\n2 linear 1 10\n3 softmax_cross_entropy 2\n", NULL},
    {"chains of several blocks", 1, 1100, 1110, 0.1, 0.9, 0.01, false,
     "0 input 1100\n1 linear 0 12\n2 relu 1\n3 dropout 2 0.5\n4 linear 3 10\n5 softmax_cross_entropy 4\n", NULL},
    {"a wide middle", 2, 33, 40, 0.1, 0, 0, false,
     "0 input 20\n1 linear 0 2049\n2 relu 1\n3 dropout 2 0.5\n4 linear 3 30\n5 relu 4\n6 linear 5 10\n7 "
     "softmax_cross_entropy 6\n",
     NULL},
    {"functions of one element, adam", 0, 9, 17, 0.01, 0, 0.01, false,
     "0 input 4,4\n1 flatten 0\n2 linear 1 12\n3 gelu 2\n4 dropout 3 0.3\n5 linear 4 9\n6 silu 5\n7 linear 6 9\n8 "
     "leaky_relu 7 0.1\n9 dropout 8 0.5\n10 linear 9 10\n11 softmax_cross_entropy 10\n",
     "optimizer adam beta1 0.5 beta2 0.9 eps 1e-3"},
    {"layer_norm, adamw, warm-up and cosine", 0, 9, 26, 0.1, 0, 0.1, true,
     "0 input 12\n1 layer_norm 0 1e-05\n2 linear 1 17\n3 layer_norm 2 1e-05\n4 gelu 3\n5 linear 4 17\n6 add 5 3\n7 "
     "layer_norm 6 0.1\n8 linear 7 3\n9 mean_squared_error 8\n",
     "optimizer adamw schedule cosine warmup 1 steps 3"},
    {"dropout's relatives", 0, 9, 26, 0.05, 0.9, 0, false,
     "0 input 3,2,4\n1 gaussian_noise 0 0.25\n2 spatial_dropout 1 0.4\n3 flatten 2\n4 linear 3 17\n5 selu 4\n6 "
     "alpha_dropout 5 0.25\n7 linear 6 9\n8 relu 7\n9 spatial_dropout 8 0.3\n10 linear 9 9\n11 relu 10\n12 "
     "alpha_dropout 11 0.5\n13 linear 12 9\n14 relu 13\n15 gaussian_dropout 14 0.5\n16 uniform_noise 15 0.5\n17 "
     "linear 16 10\n18 softmax_cross_entropy 17\n",
     NULL},
    {"the rate by steps, momentum", 0, 8, 24, 0.2, 0.9, 0, false,
     "0 input 9\n1 linear 0 9\n2 leaky_relu 1 0.3\n3 linear 2 10\n4 softmax_cross_entropy 3\n",
     "schedule step every 2 gamma 0.25"},
    {"dropped weights", 0, 9, 26, 0.1, 0, 0.01, false,
     "0 input 4,4\n1 flatten 0\n2 drop_connect 1 33 0.5\n3 relu 2\n4 dropout 3 0.5\n5 drop_connect 4 9 0.3\n6 tanh "
     "5\n7 "
     "drop_connect 6 10 0.9\n8 softmax_cross_entropy 7\n",
     NULL},
    {"dropped weights, all and none, adam", 0, 9, 17, 0.01, 0, 0, true,
     "0 input 9\n1 drop_connect 0 7 1\n2 drop_connect 0 7 0\n3 add 1 2\n4 relu 3\n5 drop_connect 4 3 0.5\n6 "
     "mean_squared_error 5\n",
     "optimizer adam"},
    {"chains of several blocks, of dropped weights", 1, 1100, 1110, 0.1, 0.9, 0.01, false,
     "0 input 1100\n1 drop_connect 0 12 0.5\n2 relu 1\n3 linear 2 10\n4 softmax_cross_entropy 3\n", NULL},
    {"p that grows to 1, fused and not", 0, 8, 40, 0.1, 0.9, 0, false,
     "0 input 4,4\n1 flatten 0\n2 linear 1 33\n3 relu 2\n4 dropout 3 1\n5 linear 4 9\n6 tanh 5\n7 dropout 6 0.3\n8 "
     "drop_connect 7 10 0.5\n9 softmax_cross_entropy 8\n",
     "dropout_schedule linear dropout_steps 3"},
    {"p that grows, of nodes in a row", 0, 8, 40, 0.1, 0, 0, true,
     "0 input 9\n1 linear 0 33\n2 dropout 1 0.5\n3 dropout 2 0.3\n4 relu 3\n5 dropout 4 0.9\n6 drop_connect 5 4 0.5\n7 "
     "mean_squared_error 6\n",
     "optimizer adamw dropout_schedule exponential dropout_steps 4"},
};
static clonal_gemm forced_gemm;
static bool full; /* all graphs, fused with every native variant */
/* QUICK: the native variant whose programs are built soonest */
enum { CASES = sizeof cases / sizeof *cases, QUICK = 0 };

/* A value of a step: what the library made, for the reference to compare with. */
typedef struct seen {
    uint64_t t;
    char name[48];
    uint32_t rows, columns;
    float *values;
    bool matched;
} seen;

/* One case on both sides. */
typedef struct trial {
    const step_case *c;
    bool fused;
    struct ref_graph ref_graph;
    struct ref_data ref_data;
    float *x, *targets;
    uint32_t *labels, *order;
    clonal_dataset *data;
    clonal_graph *graph;
    clonal_model *model;
    clonal__device_copy *copy;
    seen *seen;
    size_t seen_count, compared;
} trial;

static void keep(trial *t, const char *name, uint32_t rows, uint32_t columns, const float *values)
{
    size_t count = (size_t)rows * columns;
    t->seen = realloc(t->seen, (t->seen_count + 1) * sizeof *t->seen);
    assert_non_null(t->seen);
    seen *s = &t->seen[t->seen_count++];
    *s = (seen){.t = t->model->step, .rows = rows, .columns = columns, .values = ref_alloc(count, sizeof(float))};
    snprintf(s->name, sizeof s->name, "%s", name);
    memcpy(s->values, values, count * sizeof(float));
}

static clonal_status hear(const clonal__instruction *in, const clonal__value *value, uint32_t rows, const float *values,
                          void *user)
{
    (void)in;
    if (value) keep(user, value->name, rows, value->columns, values);
    return CLONAL_OK;
}

static seen *find(trial *t, uint64_t step, const char *name)
{
    for (size_t i = t->seen_count; i-- > 0;)
        if (t->seen[i].t == step && !strcmp(t->seen[i].name, name)) return &t->seen[i];
    return NULL;
}

/* What the library need not make as a value of its own: masks, a flatten's copy, a gradient passed on as it is. */
static bool may_be_missing(const trial *t, const struct ref_named *tensor)
{
    unsigned node;
    char what[16];
    const struct ref_graph *g = &t->ref_graph;
    if (t->fused || tensor->keep) return true;
    if (sscanf(tensor->name, "node.%u.%15s", &node, what) != 2) return false;
    if (!strcmp(what, "value")) return g->nodes[node].op == REF_FLATTEN;
    size_t consumers = 0, passing = 0;
    for (size_t n = node + 1; n < g->count; n++)
        for (size_t k = 0; k < ref_op_inputs(g->nodes[n].op); k++) {
            if (g->nodes[n].inputs[k] != node) continue;
            consumers++;
            passing += g->nodes[n].op == REF_ADD || g->nodes[n].op == REF_FLATTEN ||
                       g->nodes[n].op == REF_GAUSSIAN_NOISE || g->nodes[n].op == REF_UNIFORM_NOISE;
        }
    return consumers == 1 && passing == 1;
}

static void compare(void *user, uint64_t step, const struct ref_named *tensor)
{
    trial *t = user;
    seen *s = find(t, step, tensor->name);
    if (!s && may_be_missing(t, tensor)) return;
    char what[RANDOM_GRAPH_TEXT + 200];
    snprintf(what, sizeof what, "%s, %s, step %u, %s", t->c->name, t->fused ? "fused" : "unfused", (unsigned)step,
             tensor->name);
    if (!s || !tensor->values) fail_msg("%s: the library has none", what);
    if (s->rows != tensor->rows || s->columns != tensor->columns)
        fail_msg("%s: (%u,%u), not (%zu,%zu)", what, s->rows, s->columns, tensor->rows, tensor->columns);
    assert_bits(what, s->values, tensor->values, tensor->rows * tensor->columns);
    s->matched = true;
    t->compared++;
}

static void make_data(trial *t, uint64_t seed)
{
    const struct ref_graph *g = &t->ref_graph;
    size_t n = t->c->samples, columns = g->nodes[0].columns, classes = g->nodes[g->count - 2].columns;
    uint64_t state = seed + 99;
    uint32_t shape[4];
    uint8_t *pixels = ref_alloc(n * columns, 1);
    for (size_t i = 0; i < g->nodes[0].rank; i++) shape[i] = (uint32_t)g->nodes[0].shape[i];
    t->x = plain_floats(&state, n * columns, 2);
    t->targets = plain_floats(&state, n * classes, 1);
    t->labels = ref_alloc(n, sizeof *t->labels);
    for (size_t i = 0; i < n; i++) {
        t->labels[i] = (uint32_t)(adversary_next(&state) % classes);
        /* each class has its own bright pixels, so that there is something to learn */
        for (size_t k = 0; k < columns; k++) {
            pixels[i * columns + k] = (uint8_t)(adversary_next(&state) % 100 + (k % classes == t->labels[i] ? 150 : 0));
            if (!t->c->targets) t->x[i * columns + k] = (float)pixels[i * columns + k] / 255.0f;
        }
    }
    if (t->c->targets)
        assert_ok(
            clonal_dataset_create_f32(n, g->nodes[0].rank, shape, t->x, NULL, t->targets, (uint32_t)classes, &t->data));
    else
        assert_ok(clonal_dataset_create_u8(n, g->nodes[0].rank, shape, pixels, t->labels, &t->data));
    t->ref_data =
        (struct ref_data){n, columns, t->x, t->c->targets ? NULL : t->labels, t->c->targets ? t->targets : NULL};
    free(pixels);
}

static struct ref_settings settings_of(const step_case *c, uint64_t seed)
{
    struct ref_settings s = {
        .seed = seed, .batch = c->batch, .lr = c->lr, .momentum = c->momentum, .weight_decay = c->weight_decay};
    ref_settings_defaults(&s);
    if (c->settings) assert_int_equal(ref_settings_read(&s, c->settings), 0);
    return s;
}

static clonal_model_options options_of(const struct ref_settings *s)
{
    static const char *const optimizers[] = {"sgd", "adam", "adamw"}, *const schedules[] = {"constant", "step",
                                                                                            "cosine"};
    static const char *const dropout_schedules[] = {"constant", "linear", "exponential"};
    return (clonal_model_options){.seed = s->seed,
                                  .batch = (uint32_t)s->batch,
                                  .optimizer = {.name = optimizers[s->optimizer],
                                                .learning_rate = (float)s->lr,
                                                .momentum = (float)s->momentum,
                                                .weight_decay = (float)s->weight_decay,
                                                .beta1 = s->beta1,
                                                .beta2 = s->beta2,
                                                .epsilon = (float)s->eps},
                                  .schedule = {.name = schedules[s->schedule.kind],
                                               .warmup = s->schedule.warmup,
                                               .steps = s->schedule.steps,
                                               .every = s->schedule.every,
                                               .gamma = s->schedule.gamma},
                                  .dropout_schedule = {dropout_schedules[s->dropout.kind], s->dropout.steps},
                                  .gemm = forced_gemm};
}

static trial trial_create(const step_case *c, bool fused, uint64_t seed)
{
    trial t = {.c = c, .fused = fused};
    char message[REF_MAX_MESSAGE];
    const struct ref_settings settings = settings_of(c, seed);
    clonal_model_options options = options_of(&settings);
    options.no_fusion = !fused;
    assert_int_equal(ref_graph_parse(&t.ref_graph, c->graph, message), 0);
    make_data(&t, seed);
    assert_ok(clonal_graph_parse(c->graph, &t.graph));
    assert_ok(clonal_model_create(device(), t.graph, &options, &t.model));
    assert_ok(clonal__model_data(t.model, t.data, true, &t.copy));
    t.order = ref_alloc(c->samples, sizeof *t.order);
    clonal__shuffle(seed, 0, c->samples, t.order);
    assert_ok(clonal__buffer_write(device(), t.copy->feed.order, 0, c->samples * sizeof *t.order, t.order));
    return t;
}

static void trial_free(trial *t)
{
    for (size_t i = 0; i < t->seen_count; i++) free(t->seen[i].values);
    clonal_model_destroy(t->model);
    clonal_graph_destroy(t->graph);
    clonal_dataset_destroy(t->data);
    free(t->seen), free(t->x), free(t->targets), free(t->labels), free(t->order);
}

/* The optimizer's states and the rows' losses are no values of the program. */
static void keep_rest(trial *t, uint32_t rows, size_t first)
{
    char name[80];
    float *losses = ref_alloc(rows, sizeof *losses);
    for (size_t k = 0; k < clonal__model_state_count(t->model); k++)
        for (size_t i = 0; i < clonal_model_parameter_count(t->model); i++) {
            uint32_t r, columns;
            snprintf(name, sizeof name, "%s.%s", clonal_model_parameter(t->model, i, &r, &columns),
                     clonal__model_state(t->model, k)->name);
            float *v = ref_alloc((size_t)r * columns, sizeof *v);
            assert_ok(clonal__model_read_state(t->model, k, i, v));
            keep(t, name, r, columns, v);
            free(v);
        }
    snprintf(name, sizeof name, "node.%zu.value", t->ref_graph.count - 1);
    assert_ok(
        clonal__buffer_read(device(), t->copy->feed.row_loss, first * sizeof *losses, rows * sizeof *losses, losses));
    keep(t, name, rows, 1, losses);
    free(losses);
}

/* The steps of an epoch, observed. */
static void train(trial *t)
{
    for (size_t first = 0; first < t->c->samples; first += t->c->batch) {
        uint32_t rows = (uint32_t)(t->c->samples - first < t->c->batch ? t->c->samples - first : t->c->batch);
        clonal__step *step;
        assert_ok(clonal__model_compiled(t->model, t->copy, true, rows, &step));
        assert_ok(clonal__step_observe(step, t->model->step, (uint32_t)first, t->model->parameters, hear, t));
        keep_rest(t, rows, first);
        t->model->step++;
    }
}

/* What lies within an operation: a product before its bias, layer_norm before its weight, drop_connect's weight under
 * its mask and the gradient before it. The reference names what comes of it. */
static bool is_within(const char *name)
{
    return strstr(name, ".product") || strstr(name, ".statistics") || strstr(name, ".normalised") ||
           strstr(name, ".masked") || strstr(name, ".unmasked");
}

static void check_case(const step_case *c, bool fused, uint64_t seed)
{
    trial t = trial_create(c, fused, seed);
    train(&t);
    const struct ref_settings settings = settings_of(c, seed);
    struct ref_trainer *trainer = ref_trainer_create(&t.ref_graph, &settings);
    trainer->observer = compare;
    trainer->observer_user = &t;
    ref_epoch(trainer, &t.ref_data, 0, UINT64_MAX);
    assert_int_equal(trainer->t, t.model->step);
    for (size_t i = 0; i < trainer->parameter_count; i++) { /* fused updates make no value */
        const struct ref_parameter *p = &trainer->parameters[i];
        float *values = ref_alloc(p->rows * p->columns, sizeof *values);
        assert_ok(clonal_model_read_parameter(t.model, i, values));
        assert_bits(p->name, values, p->value, p->rows * p->columns);
        free(values);
    }
    for (size_t i = 0; i < t.seen_count; i++) {
        const seen *s = &t.seen[i];
        if (s->matched || is_within(s->name) || find(&t, s->t, s->name) != s) continue;
        fail_msg("%s: the reference has no %s", c->name, s->name);
    }
    assert_true(t.compared >= trainer->t * (trainer->parameter_count / 2 + t.ref_graph.count / 2));
    ref_trainer_destroy(trainer);
    trial_free(&t);
}

static bool suits_device(const step_case *c)
{
    return c->weight == 0 || !device_is_slow() || (c->weight == 1 && !device_is_simulator());
}

static void check_all(bool fused, bool heavy)
{
    for (size_t i = 0; i < CASES; i++)
        if (suits_device(&cases[i]) && (heavy || cases[i].weight == 0))
            check_case(&cases[i], fused, i % 3 ? i : UINT64_C(0xfedcba9876543210) + i);
}

/* One native variant for all products: the plan's trials of each would build hundreds of programs. */
static void every_value_unfused(void **state)
{
    (void)state;
    clonal__gemm_force_native(QUICK);
    check_all(false, true);
    clonal__gemm_force_native(-1);
}

/* Every epilogue is a program of its own, which takes a second to build: the small graphs by default, whose programs
 * are the same. */
static void every_value_fused(void **state)
{
    (void)state;
    clonal__gemm_force_native(QUICK);
    check_all(true, full);
    clonal__gemm_force_native(-1);
}

/* Graphs of no plan, two ways each. */
static void random_graphs(void **state)
{
    static const char *const optimizers[] = {"optimizer sgd", "optimizer adam", "optimizer adamw"};
    uint64_t seed = 11;
    char text[RANDOM_GRAPH_TEXT];
    (void)state;
    clonal__gemm_force_native(QUICK);
    for (int i = 0; i < (full ? 60 : device_is_simulator() ? 2 : 8); i++) {
        do random_graph(&seed, text);
        while (!strstr(text, "linear") && !strstr(text, "drop_connect"));
        const bool targets = i % 4 == 3 && strstr(text, "mean_squared");
        const step_case c = {
            text, 0, 9, 17, 0.1, i % 2 ? 0.9 : 0, i % 3 ? 0 : 0.01, targets, text, optimizers[i / 2 % 3]};
        check_case(&c, true, (uint64_t)i);
        check_case(&c, false, (uint64_t)i);
    }
    clonal__gemm_force_native(-1);
}

/* The plan's own choice: a program for every variant and shape. */
static void with_plans(void **state)
{
    (void)state;
    if (!full) skip();
    check_all(true, true);
}

static void with_clblast(void **state)
{
    const char *platform = getenv("CLONAL_TEST_PLATFORM");
    (void)state;
    if (platform && !strcmp(platform, "rusticl")) skip(); /* whose fma breaks it: see test_gemm.c */
    /* which takes long to build CLBlast's kernels, and has them in test_gemm.c */
    if (platform && !strcmp(platform, "pocl") && !full) skip();
    forced_gemm = CLONAL_GEMM_CLBLAST;
    if (device_is_simulator())
        check_case(&cases[9], false, 1);
    else
        check_all(true, full);
    forced_gemm = CLONAL_GEMM_AUTO;
}

/* Whether a small or a large product has this variant here. */
static bool has_variant(int variant)
{
    static const uint32_t widths[] = {64, 256};
    for (int i = 0; i < 2 * 4; i++) {
        const uint32_t width = widths[i / 4];
        const clonal__gemm_shape shape = {width, width, width, i & 1, i & 2, 0};
        int variants[CLONAL__GEMM_CANDIDATES],
            count = clonal__native_variants(device(), &shape, variants, CLONAL__GEMM_CANDIDATES);
        for (int k = 0; k < count; k++)
            if (variants[k] == variant) return true;
    }
    return false;
}

/* Where one does not suit a product, the next stands in. */
static void with_every_variant(void **state)
{
    (void)state;
    if (!full) skip();
    for (int variant = 0; variant < CLONAL__NATIVE_NUMBERS; variant++) {
        if (!has_variant(variant)) continue;
        clonal__gemm_force_native(variant);
        check_all(true, true);
    }
    clonal__gemm_force_native(-1);
}

/* Two models made alike hold the same parameters, those of another seed do not. */
static void initial_parameters(void **state)
{
    (void)state;
    clonal__gemm_force_native(QUICK);
    for (uint64_t seed = 0; seed < 2; seed++) {
        trial t = trial_create(&cases[1], true, seed);
        struct ref_parameter *wanted;
        size_t count = ref_parameters_create(&t.ref_graph, seed, REF_FAN_IN_UNIFORM, &wanted);
        assert_int_equal(count, clonal_model_parameter_count(t.model));
        for (size_t i = 0; i < count; i++) {
            uint32_t rows, columns;
            assert_string_equal(clonal_model_parameter(t.model, i, &rows, &columns), wanted[i].name);
            assert_true(rows == wanted[i].rows && columns == wanted[i].columns);
            float *values = ref_alloc((size_t)rows * columns, sizeof *values);
            assert_ok(clonal_model_read_parameter(t.model, i, values));
            assert_bits(wanted[i].name, values, wanted[i].value, (size_t)rows * columns);
            free(values);
        }
        ref_parameters_destroy(wanted, count);
        trial_free(&t);
    }
    clonal__gemm_force_native(-1);
}

static double mean_loss(trial *t, uint32_t rows, size_t first)
{
    float losses[64];
    double sum = 0;
    assert_true(rows <= 64);
    assert_ok(
        clonal__buffer_read(device(), t->copy->feed.row_loss, first * sizeof *losses, rows * sizeof *losses, losses));
    for (uint32_t i = 0; i < rows; i++) sum += losses[i];
    return sum / rows;
}

static void the_loss_falls(void **state)
{
    enum { STEPS = 20 };
    (void)state;
    const step_case c = {"learning",
                         0,
                         16,
                         STEPS * 16,
                         0.5,
                         0,
                         0,
                         false,
                         "0 input 7,9\n1 flatten 0\n2 linear 1 32\n3 relu 2\n4 dropout 3 0.5\n5 linear 4 10\n6 "
                         "softmax_cross_entropy 5\n",
                         NULL};
    clonal__gemm_force_native(QUICK);
    trial t = trial_create(&c, true, 5);
    double first = 0, last = 0;
    for (size_t i = 0; i < STEPS; i++) {
        clonal__step *step;
        const size_t from = i * c.batch;
        assert_ok(clonal__model_compiled(t.model, t.copy, true, (uint32_t)c.batch, &step));
        assert_ok(clonal__step_run(step, t.model->step++, (uint32_t)from));
        double loss = mean_loss(&t, (uint32_t)c.batch, from);
        if (i < 5) first += loss / 5;
        if (i >= STEPS - 5) last += loss / 5;
    }
    printf("mean loss of the first and the last 5 of %d steps: %.3f, %.3f\n", STEPS, first, last);
    assert_true(last < first - 0.05);
    trial_free(&t);
    clonal__gemm_force_native(-1);
}

int main(int argc, char **argv)
{
    full = argc > 1 && !strcmp(argv[1], "--full");
    const struct CMUnitTest tests[] = {cmocka_unit_test(initial_parameters), cmocka_unit_test(every_value_unfused),
                                       cmocka_unit_test(every_value_fused),  cmocka_unit_test(random_graphs),
                                       cmocka_unit_test(with_plans),         cmocka_unit_test(with_clblast),
                                       cmocka_unit_test(with_every_variant), cmocka_unit_test(the_loss_falls)};
    return DEVICE_TEST_MAIN(tests);
}
