/* Cross-entropy in the launch of the product that makes its logits (cl/lib/gemm_loss.cl): every native variant that
 * takes it against the reference, with logits of all kinds; and training with and without fusion. Devices that take
 * CPUs' forms train without it.
 * ctest: PLATFORMS pocl pocl+as-gpu rusticl oclgrind+as-gpu LONG_ON rusticl oclgrind+as-gpu pocl+as-gpu */
#include "device_test.h"

#include "adversary.h"
#include "host/gemm/gemm.h"
#include "host/model/model.h"
#include "host/ops/operations.h"
#include "parameters.h"
#include "ref_gemm.h"
#include "ref_ops.h"
#include "ref_philox.h"
#include "ref_train.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE = 3, BEHIND = 4 };

/* ---- one product ---- */

static const clonal__row_loss *cross_entropy(void)
{
    const clonal__operation *const *o = clonal__operations;
    while (strcmp((*o)->name, "softmax_cross_entropy")) o++;
    return (*o)->loss->by_row;
}

/* Operands of the product, and what the reference makes of them. */
typedef struct expected {
    clonal__gemm_shape shape;
    bool shuffled;
    uint32_t samples;
    float *a, *b, *bias, *loss, *dz;
    uint32_t *labels, *order; /* by sample */
    uint8_t *right;
} expected;

/* Rows of A that make plain logits, logits far apart, the bias alone, infinities or NaN. */
static float *left_operand(uint64_t *state, const clonal__gemm_shape *s)
{
    float *a = plain_floats(state, (size_t)s->m * s->k, 1);
    for (uint32_t r = 0; r < s->m; r++)
        for (uint32_t k = 0; k < s->k; k++) {
            float *x = &a[(size_t)r * s->k + k];
            if (r % 8 == 1) *x *= 60;
            if (r % 8 == 2) *x = 0;
            if (r % 8 == 3 && k == 0) *x = NAN;
            if (r % 8 == 4 && k == 0) *x = INFINITY;
            if (r % 8 == 5) *x *= 1e38f;
        }
    return a;
}

static void expect_losses(expected *e)
{
    const clonal__gemm_shape *s = &e->shape;
    const size_t count = (size_t)s->m * s->n;
    float *z = ref_alloc(count, sizeof *z), *powers = ref_alloc(count, sizeof *z), *sums = ref_alloc(s->m, sizeof *z);
    uint32_t *labels = ref_alloc(s->m, sizeof *labels);
    ref_gemm(0, 1, s->m, s->n, s->k, e->a, s->k, e->b, s->k, z, s->n);
    for (size_t i = 0; i < count; i++) z[i] = z[i] + e->bias[i % s->n];
    for (uint32_t r = 0; r < s->m; r++) {
        labels[r] = e->labels[e->shuffled ? e->order[PLACE + r] : PLACE + r];
        e->right[r] = ref_class(z + (size_t)r * s->n, s->n) == labels[r];
    }
    ref_softmax_cross_entropy(e->loss, powers, sums, z, labels, s->m, s->n);
    ref_softmax_cross_entropy_dz(e->dz, powers, sums, labels, s->m, s->n);
    free(z), free(powers), free(sums), free(labels);
}

static expected expected_create(const clonal__gemm_shape *s, bool shuffled)
{
    const uint32_t samples = PLACE + s->m + BEHIND;
    uint64_t state = s->m * 1000 + s->n + s->k + shuffled;
    expected e = {.shape = *s, .shuffled = shuffled, .samples = samples};
    e.a = left_operand(&state, s);
    e.b = plain_floats(&state, (size_t)s->n * s->k, 1);
    e.bias = plain_floats(&state, s->n, 1);
    e.labels = ref_alloc(samples, sizeof *e.labels);
    e.order = ref_alloc(samples, sizeof *e.order);
    for (uint32_t i = 0; i < samples; i++) e.labels[i] = (uint32_t)(adversary_next(&state) % s->n);
    ref_shuffle(e.order, samples, 7, 1);
    e.loss = ref_alloc(s->m, sizeof *e.loss);
    e.right = ref_alloc(s->m, 1);
    e.dz = ref_alloc((size_t)s->m * s->n, sizeof *e.dz);
    expect_losses(&e);
    return e;
}

static void expected_free(expected *e)
{
    free(e->a), free(e->b), free(e->bias), free(e->labels), free(e->order), free(e->loss), free(e->right), free(e->dz);
}

/* What is left for the samples of the batch, and for all others: nothing. */
static void check_rows(const char *what, const expected *e, const guarded *row_loss, const guarded *right)
{
    float *losses = ref_alloc(e->samples, sizeof *losses), poison;
    uint8_t *rights = ref_alloc(e->samples, 1);
    memset(&poison, 0xff, sizeof poison);
    guarded_read(row_loss, losses);
    guarded_read(right, rights);
    assert_bits(what, losses + PLACE, e->loss, e->shape.m);
    assert_memory_equal(rights + PLACE, e->right, e->shape.m);
    for (uint32_t i = 0; i < e->samples; i++) {
        if (i >= PLACE && i < PLACE + e->shape.m) continue;
        assert_memory_equal(&losses[i], &poison, sizeof poison);
        assert_int_equal(rights[i], 0xff);
    }
    free(losses), free(rights);
}

static void check_variant(const expected *e, int variant)
{
    const clonal__gemm_shape *s = &e->shape;
    const size_t count = (size_t)s->m * s->n;
    char what[100];
    guarded a = guarded_create(sizeof(float) * s->m * s->k, e->a),
            b = guarded_create(sizeof(float) * s->n * s->k, e->b), bias = guarded_create(sizeof(float) * s->n, e->bias),
            c = guarded_create(sizeof(float) * count, NULL), labels = guarded_create(4 * e->samples, e->labels),
            order = guarded_create(4 * e->samples, e->order), row_loss = guarded_create(4 * e->samples, NULL),
            right = guarded_create(e->samples, NULL);
    const clonal__epilogue epilogue = {.bias = true, .loss = cross_entropy()};
    const clonal__gemm_buffers buffers = {.a = a.mem,
                                          .b = b.mem,
                                          .c = c.mem,
                                          .bias = bias.mem,
                                          .labels = labels.mem,
                                          .order = order.mem,
                                          .row_loss = row_loss.mem,
                                          .right = right.mem,
                                          .shuffled = e->shuffled};
    clonal__launch_list list = {.context = device()};
    float *dz = ref_alloc(count, sizeof *dz);
    snprintf(what, sizeof what, "%ux%ux%u, variant %d", s->m, s->n, s->k, variant);
    assert_ok(clonal__native_append(&list, s, variant, &buffers, &epilogue));
    run_list(&list, 0, PLACE);
    guarded_read(&c, dz);
    assert_bits(what, dz, e->dz, count);
    check_rows(what, e, &row_loss, &right);
    free(dz);
    guarded_free(&a), guarded_free(&b), guarded_free(&bias), guarded_free(&c);
    guarded_free(&labels), guarded_free(&order), guarded_free(&row_loss), guarded_free(&right);
}

/* Of the device's variants those that hold the shape's rows; returns how many. */
static int holders(const clonal__gemm_shape *s, int variants[CLONAL__GEMM_CANDIDATES])
{
    const int all = clonal__native_variants(device(), s, variants, CLONAL__GEMM_CANDIDATES);
    int count = 0;
    for (int i = 0; i < all; i++)
        if (clonal__native_holds_rows(s, variants[i])) variants[count++] = variants[i];
    return count;
}

/* Each shape's programs are its variants', which a 1 in the last column says are all tried: they take seconds each. */
static const uint32_t shapes[][4] = {{7, 10, 9, 1},    {1, 1, 3, 0},      {33, 16, 64, 0},
                                     {61, 17, 65, 0},  {256, 10, 256, 0}, {65, 2, 20, 0},
                                     {9, 10, 1100, 1}, {130, 31, 40, 1},  {9, 4, 2049, 0}};

static void products(void **state)
{
    const size_t count = device_is_simulator() ? 3 : sizeof shapes / sizeof *shapes;
    (void)state;
    for (size_t i = 0; i < count; i++) {
        const clonal__gemm_shape s = {shapes[i][0], shapes[i][1], shapes[i][2], false, true, 0};
        int variants[CLONAL__GEMM_CANDIDATES], found = holders(&s, variants);
        if (!shapes[i][3] && found > 2) found = 2;
        for (int shuffled = 0; shuffled < 2 && found; shuffled++) {
            expected e = expected_create(&s, shuffled);
            for (int v = 0; v < found; v++) check_variant(&e, variants[v]);
            expected_free(&e);
        }
    }
}

/* Rows that no group holds: the form of the widest tile, and a loss of its own. */
static void too_wide(void **state)
{
    const clonal__gemm_shape s = {8, 1000, 8, false, true, 0};
    const clonal__epilogue epilogue = {.bias = true, .loss = cross_entropy()};
    int variants[CLONAL__GEMM_CANDIDATES];
    clonal__launch_list list = {.context = device()};
    (void)state;
    assert_int_equal(holders(&s, variants), 0);
    if (clonal__native_variants(device(), &s, variants, 1) == 0) skip();
    assert_fails(clonal__native_append(&list, &s, variants[0], &(clonal__gemm_buffers){0}, &epilogue),
                 CLONAL_E_INTERNAL, "whole rows");
    clonal__list_clear(&list);
}

/* ---- training ---- */

typedef struct network {
    uint32_t inputs, hidden, classes, batch, samples;
} network;

/* Batches of one row, of few, of many, and what is left of them; sums of several blocks. */
static const network networks[] = {{9, 12, 10, 7, 20},    {5, 0, 1, 7, 16},      {5, 8, 2, 1, 3},
                                   {9, 12, 16, 61, 130},  {9, 12, 17, 256, 600}, {12, 9, 31, 33, 50},
                                   {1100, 0, 10, 32, 70}, {9, 8, 1000, 7, 16}};

/* What training leaves. */
typedef struct trained {
    double loss, evaluated, accuracy;
    float *parameters, *losses;
    uint8_t *right;
    size_t count, own, within; /* instructions that are a loss, and products with one */
} trained;

static clonal_dataset *samples_of(const network *n)
{
    uint64_t state = n->inputs + n->classes;
    clonal_dataset *data;
    uint8_t *pixels = ref_alloc((size_t)n->samples * n->inputs, 1);
    uint32_t *labels = ref_alloc(n->samples, sizeof *labels);
    for (uint32_t i = 0; i < n->samples; i++) {
        labels[i] = (uint32_t)(adversary_next(&state) % n->classes);
        for (uint32_t k = 0; k < n->inputs; k++)
            pixels[(size_t)i * n->inputs + k] = (uint8_t)(adversary_next(&state) % 256);
    }
    assert_ok(clonal_dataset_create_u8(n->samples, 1, &n->inputs, pixels, labels, &data));
    free(pixels), free(labels);
    return data;
}

static clonal_graph *graph_of(const network *n)
{
    clonal_graph *graph;
    assert_ok(clonal_graph_create(&graph));
    clonal_node x = clonal_input(graph, 1, &n->inputs);
    if (n->hidden) x = clonal_dropout(graph, clonal_relu(graph, clonal_linear(graph, x, n->hidden)), 0.5);
    clonal_softmax_cross_entropy(graph, clonal_linear(graph, x, n->classes));
    assert_ok(clonal_graph_status(graph));
    return graph;
}

static void count_losses(clonal_model *model, const clonal__device_copy *copy, uint32_t rows, trained *t)
{
    clonal__step *step;
    assert_ok(clonal__model_compiled(model, copy, true, rows, &step));
    for (size_t i = 0; i < step->program.instruction_count; i++) {
        t->own += step->program.instructions[i].code->role == CLONAL__ROLE_LOSS;
        t->within += step->program.instructions[i].epilogue.loss != NULL;
    }
}

static trained train(const network *n, bool fused)
{
    enum { EPOCHS = 2 };
    trained t = {.losses = ref_alloc(n->samples, sizeof *t.losses), .right = ref_alloc(n->samples, 1)};
    clonal_model_options options = {.seed = 3, .batch = n->batch, .no_fusion = !fused};
    clonal_dataset *data = samples_of(n);
    clonal_graph *graph = graph_of(n);
    clonal_model *model;
    clonal__device_copy *copy;
    options.optimizer = clonal_optimizer_default();
    assert_ok(clonal_model_create(device(), graph, &options, &model));
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++)
        assert_ok(clonal_model_train_epoch(model, data, epoch, NULL, NULL, &t.loss));
    assert_ok(clonal__model_data(model, data, true, &copy));
    assert_ok(clonal__buffer_read(device(), copy->feed.row_loss, 0, 4 * n->samples, t.losses));
    assert_ok(clonal__buffer_read(device(), copy->feed.correct, 0, n->samples, t.right));
    count_losses(model, copy, n->batch < n->samples ? n->batch : n->samples, &t);
    t.parameters = all_parameters(model, &t.count);
    assert_ok(clonal_model_evaluate(model, data, &t.evaluated, &t.accuracy));
    clonal_model_destroy(model);
    clonal_graph_destroy(graph);
    clonal_dataset_destroy(data);
    return t;
}

static void trained_free(trained *t)
{
    free(t->parameters), free(t->losses), free(t->right);
}

static void training(void **state)
{
    const size_t count = device_is_simulator() ? 2 : sizeof networks / sizeof *networks;
    (void)state;
    clonal__gemm_force_native(0);
    for (size_t i = 0; i < count; i++) {
        const network *n = &networks[i];
        const clonal__gemm_shape last = {n->batch, n->classes, n->hidden ? n->hidden : n->inputs, false, true, 0};
        int variants[CLONAL__GEMM_CANDIDATES];
        trained fused = train(n, true), plain = train(n, false);
        assert_int_equal(plain.own, 1);
        assert_int_equal(plain.within, 0);
        assert_int_equal(fused.own + fused.within, 1);
        /* so few classes fit every form that takes a loss */
        if (n->classes <= 10) assert_int_equal(fused.within, holders(&last, variants) > 0);
        assert_int_equal(fused.count, plain.count);
        assert_bits("parameters", fused.parameters, plain.parameters, fused.count);
        assert_bits("row losses", fused.losses, plain.losses, n->samples);
        assert_memory_equal(fused.right, plain.right, n->samples);
        assert_true(fused.loss == plain.loss && fused.evaluated == plain.evaluated && fused.accuracy == plain.accuracy);
        trained_free(&fused), trained_free(&plain);
    }
    clonal__gemm_force_native(-1);
}

/* The logits of a loss that something else reads too stay a value: of an evaluation, whose output they are. */
static void evaluation_keeps_the_logits(void **state)
{
    const network *n = &networks[0];
    clonal_model_options options = {.seed = 3, .batch = n->batch, .optimizer = clonal_optimizer_default()};
    clonal_dataset *data = samples_of(n);
    clonal_graph *graph = graph_of(n);
    clonal_model *model;
    clonal__device_copy *copy;
    clonal__step *step;
    (void)state;
    clonal__gemm_force_native(0);
    assert_ok(clonal_model_create(device(), graph, &options, &model));
    assert_ok(clonal__model_data(model, data, false, &copy));
    assert_ok(clonal__model_compiled(model, copy, false, n->batch, &step));
    assert_non_null(clonal__step_buffer(step, step->program.output));
    for (size_t i = 0; i < step->program.instruction_count; i++)
        assert_null(step->program.instructions[i].epilogue.loss);
    clonal_model_destroy(model);
    clonal_graph_destroy(graph);
    clonal_dataset_destroy(data);
    clonal__gemm_force_native(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(too_wide),
        cmocka_unit_test(training),
        cmocka_unit_test(evaluation_keeps_the_logits),
    };
    return DEVICE_TEST_MAIN(tests);
}
