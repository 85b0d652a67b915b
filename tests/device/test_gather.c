/* Products that gather the batch's samples as they read them (cl/lib/gemm_gather.cl): every native variant that does
 * against the reference, samples of bytes and of floats, in order and shuffled; and training with and without fusion.
 * Devices that take CPUs' forms train without it.
 * ctest: PLATFORMS pocl pocl+as-gpu rusticl oclgrind+as-gpu LONG_ON rusticl oclgrind+as-gpu pocl+as-gpu */
#include "device_test.h"

#include "adversary.h"
#include "host/gemm/gemm.h"
#include "host/model/model.h"
#include "parameters.h"
#include "ref_gemm.h"
#include "ref_philox.h"
#include "ref_train.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE = 3, BEHIND = 2 };

/* A product, the data set that one of its operands is gathered from, and the reference's result. */
typedef struct gathered {
    clonal__gemm_shape shape;
    int operand; /* 1 or 2 */
    bool bytes, shuffled;
    uint32_t samples, columns;
    size_t other_count, count;
    float *plain, *other, *c; /* samples as floats, the other operand, the product */
    uint8_t *pixels;
    uint32_t *order;
} gathered;

static gathered gathered_create(const uint32_t size[3], int operand, bool bytes, bool shuffled)
{
    const uint32_t m = size[0], n = size[1], k = size[2], rows = operand == 1 ? m : k;
    uint64_t state = m * 100 + n + k;
    gathered g = {.shape = {m, n, k, operand == 2, operand == 1, 0},
                  .operand = operand,
                  .bytes = bytes,
                  .shuffled = shuffled,
                  .samples = PLACE + rows + BEHIND,
                  .columns = operand == 1 ? k : n,
                  .other_count = (size_t)k * (operand == 1 ? n : m),
                  .count = (size_t)m * n};
    const size_t elements = (size_t)g.samples * g.columns;
    float *batch = ref_alloc((size_t)rows * g.columns, sizeof *batch);
    g.plain = plain_floats(&state, elements, 2);
    g.other = plain_floats(&state, g.other_count, 1);
    g.pixels = ref_alloc(elements, 1);
    g.order = ref_alloc(g.samples, sizeof *g.order);
    g.c = ref_alloc(g.count, sizeof *g.c);
    ref_shuffle(g.order, g.samples, 5, 1);
    for (size_t i = 0; i < elements; i++) {
        g.pixels[i] = (uint8_t)(adversary_next(&state) % 256);
        if (bytes) g.plain[i] = (float)g.pixels[i] / 255.0f;
    }
    for (uint32_t r = 0; r < rows; r++)
        memcpy(batch + (size_t)r * g.columns, g.plain + (size_t)(shuffled ? g.order[PLACE + r] : PLACE + r) * g.columns,
               sizeof(float) * g.columns);
    if (operand == 1)
        ref_gemm(0, 1, m, n, k, batch, k, g.other, k, g.c, n);
    else
        ref_gemm(1, 0, m, n, k, g.other, m, batch, n, g.c, n);
    free(batch);
    return g;
}

static void gathered_free(gathered *g)
{
    free(g->plain), free(g->other), free(g->c), free(g->pixels), free(g->order);
}

static void check_variant(const gathered *g, int variant)
{
    const clonal__gemm_shape *s = &g->shape;
    const size_t elements = (size_t)g->samples * g->columns;
    char what[100];
    guarded samples = guarded_create(elements * (g->bytes ? 1 : 4), g->bytes ? (void *)g->pixels : (void *)g->plain),
            other = guarded_create(sizeof(float) * g->other_count, g->other),
            order = guarded_create(4 * g->samples, g->order), c = guarded_create(sizeof(float) * g->count, NULL);
    const clonal__gemm_buffers buffers = {.a = g->operand == 1 ? samples.mem : other.mem,
                                          .b = g->operand == 1 ? other.mem : samples.mem,
                                          .c = c.mem,
                                          .order = order.mem,
                                          .shuffled = g->shuffled,
                                          .gathered = g->operand,
                                          .bytes = g->bytes};
    clonal__launch_list list = {.context = device()};
    float *made = ref_alloc(g->count, sizeof *made);
    snprintf(what, sizeof what, "%ux%ux%u of %s, operand %d, variant %d", s->m, s->n, s->k,
             g->bytes ? "bytes" : "floats", g->operand, variant);
    assert_ok(clonal__native_append(&list, s, variant, &buffers, NULL));
    run_list(&list, 0, PLACE);
    guarded_read(&c, made);
    assert_bits(what, made, g->c, g->count);
    free(made);
    guarded_free(&samples), guarded_free(&other), guarded_free(&order), guarded_free(&c);
}

/* Rows of a length that is a multiple of four and not, several blocks of k, few rows. The last two columns: the
 * operand, and whether all variants are tried, whose programs take seconds each. */
static const uint32_t cases[][5] = {{7, 5, 12, 1, 0},  {5, 12, 9, 2, 0},  {33, 20, 64, 1, 1},   {20, 36, 61, 2, 1},
                                    {61, 9, 33, 1, 0}, {9, 33, 70, 2, 0}, {13, 10, 1100, 1, 0}, {12, 8, 1100, 2, 0}};

static void products(void **state)
{
    const size_t count = device_is_simulator() ? 2 : sizeof cases / sizeof *cases;
    (void)state;
    for (size_t i = 0; i < count; i++)
        for (int way = 0; way < 4; way++) {
            gathered g = gathered_create(cases[i], (int)cases[i][3], way & 1, way & 2);
            int variants[CLONAL__GEMM_CANDIDATES], tried = 0;
            const int all = clonal__native_variants(device(), &g.shape, variants, CLONAL__GEMM_CANDIDATES);
            for (int v = 0; v < all && (tried < 1 || cases[i][4]); v++)
                if (clonal__native_gathers(&g.shape, variants[v], g.operand)) {
                    check_variant(&g, variants[v]);
                    tried++;
                }
            gathered_free(&g);
        }
}

/* ---- training ---- */

typedef struct network {
    const char *graph;
    bool floats, gathers; /* where the device has forms that do */
} network;

static const network networks[] = {
    {"0 input 3,4\n1 flatten 0\n2 linear 1 9\n3 relu 2\n4 linear 3 5\n5 softmax_cross_entropy 4\n", false, true},
    {"0 input 12\n1 linear 0 5\n2 softmax_cross_entropy 1\n", true, true},
    {"0 input 5\n1 linear 0 4\n2 softmax_cross_entropy 1\n", false, true},
    {"0 input 12\n1 drop_connect 0 5 0.5\n2 softmax_cross_entropy 1\n", false, true},
    {"0 input 12\n1 linear 0 7\n2 tanh 1\n3 linear 0 7\n4 add 2 3\n5 linear 4 5\n6 softmax_cross_entropy 5\n", false,
     true},
    {"0 input 8\n1 linear 0 8\n2 add 1 0\n3 softmax_cross_entropy 2\n", false, false},
    {"0 input 8\n1 dropout 0 0.2\n2 linear 1 8\n3 softmax_cross_entropy 2\n", false, false},
};
enum { SAMPLES = 40, BATCH = 16, CLASSES = 5 };

static clonal_dataset *samples_of(const clonal_graph *graph, bool floats)
{
    uint64_t state = 17;
    uint32_t shape[CLONAL_MAX_RANK], labels[SAMPLES], columns = 1;
    clonal_dataset *data;
    const size_t rank = clonal_node_shape(graph, 0, shape);
    for (size_t i = 0; i < rank; i++) columns *= shape[i];
    float *x = plain_floats(&state, (size_t)SAMPLES * columns, 1);
    uint8_t *pixels = ref_alloc((size_t)SAMPLES * columns, 1);
    for (uint32_t i = 0; i < SAMPLES; i++) labels[i] = (uint32_t)(adversary_next(&state) % 4);
    for (size_t i = 0; i < (size_t)SAMPLES * columns; i++) pixels[i] = (uint8_t)(adversary_next(&state) % 256);
    if (floats)
        assert_ok(clonal_dataset_create_f32(SAMPLES, rank, shape, x, labels, NULL, CLASSES, &data));
    else
        assert_ok(clonal_dataset_create_u8(SAMPLES, rank, shape, pixels, labels, &data));
    free(x), free(pixels);
    return data;
}

/* What training leaves, and how many products gather, how many instructions load. */
typedef struct trained {
    double loss, evaluated, accuracy;
    float *parameters;
    size_t count, gather, load;
} trained;

static void look(clonal_model *model, const clonal__device_copy *copy, trained *t)
{
    clonal__step *step;
    assert_ok(clonal__model_compiled(model, copy, true, BATCH, &step));
    for (size_t i = 0; i < step->program.instruction_count; i++) {
        t->load += step->program.instructions[i].code->role == CLONAL__ROLE_LOAD;
        t->gather += step->program.instructions[i].gathered != 0;
    }
    t->parameters = all_parameters(model, &t->count);
}

static trained train(const network *n, bool fused)
{
    enum { EPOCHS = 2 };
    trained t = {0};
    clonal_model_options options = {
        .seed = 3, .batch = BATCH, .no_fusion = !fused, .optimizer = clonal_optimizer_default()};
    clonal_graph *graph;
    clonal_model *model;
    clonal__device_copy *copy;
    assert_ok(clonal_graph_parse(n->graph, &graph));
    clonal_dataset *data = samples_of(graph, n->floats);
    assert_ok(clonal_model_create(device(), graph, &options, &model));
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++)
        assert_ok(clonal_model_train_epoch(model, data, epoch, NULL, NULL, &t.loss));
    assert_ok(clonal__model_data(model, data, true, &copy));
    look(model, copy, &t);
    assert_ok(clonal_model_evaluate(model, data, &t.evaluated, &t.accuracy));
    clonal_model_destroy(model);
    clonal_graph_destroy(graph);
    clonal_dataset_destroy(data);
    return t;
}

static bool device_gathers(void)
{
    const clonal__gemm_shape s = {BATCH, 9, 12, false, true, 0};
    int variant;
    return clonal__native_variants(device(), &s, &variant, 1) && clonal__native_gathers(&s, variant, 1);
}

static void training(void **state)
{
    const size_t count = device_is_simulator() ? 2 : sizeof networks / sizeof *networks;
    (void)state;
    clonal__gemm_force_native(0);
    for (size_t i = 0; i < count; i++) {
        const network *n = &networks[i];
        trained fused = train(n, true), plain = train(n, false);
        const bool gathers = n->gathers && device_gathers();
        assert_int_equal(plain.load, 1);
        assert_int_equal(plain.gather, 0);
        assert_int_equal(fused.load, !gathers);
        assert_int_equal(fused.gather > 1, gathers);
        assert_int_equal(fused.count, plain.count);
        assert_bits(n->graph, fused.parameters, plain.parameters, fused.count);
        assert_true(fused.loss == plain.loss && fused.evaluated == plain.evaluated && fused.accuracy == plain.accuracy);
        free(fused.parameters), free(plain.parameters);
    }
    clonal__gemm_force_native(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(products), cmocka_unit_test(training)};
    return DEVICE_TEST_MAIN(tests);
}
