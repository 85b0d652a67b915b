/* The reference itself, where it can be held against something known: Philox's published answers, sums worked out by
 * hand, the layout of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref_files.h"
#include "ref_gemm.h"
#include "ref_ops.h"
#include "ref_philox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two of Random123's vectors, the counters whose first word is below 2^30. */
static void philox_known_answers(void **state)
{
    static const uint32_t zeros[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    static const uint32_t pi[4] = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(ref_word(0, 0, 0, 0, i), zeros[i]);
        assert_int_equal(ref_word(0x299f31d0a4093822, 0x13198a2e, 0x03707344, 0x85a308d3, 4 * 0x243f6a88u + i), pi[i]);
    }
}

static void streams(void **state)
{
    (void)state;
    assert_int_equal(ref_stream(REF_PURPOSE_DROPOUT, 4), 4);
    assert_int_equal(ref_stream(REF_PURPOSE_INITIAL, 2), 0x01000002);
    assert_int_equal(ref_stream(REF_PURPOSE_SHUFFLE, 0), 0x02000000);
}

static void mask_rates(void **state)
{
    enum { ROWS = 100, COLUMNS = 1000 };
    static const double probabilities[] = {0, 0.001, 0.3, 0.5, 0.999, 1};
    static uint8_t keep[ROWS * COLUMNS];
    (void)state;
    assert_int_equal(ref_dropout_threshold(1.0), (uint64_t)1 << 32);
    for (size_t i = 0; i < sizeof probabilities / sizeof probabilities[0]; i++) {
        double p = probabilities[i], n = ROWS * COLUMNS, dropped = 0;
        ref_mask(keep, ROWS, COLUMNS, p, 5, ref_stream(REF_PURPOSE_DROPOUT, 4), 9);
        for (size_t e = 0; e < ROWS * COLUMNS; e++) dropped += !keep[e];
        assert_true(fabs(dropped - n * p) <= 5 * sqrt(n * p * (1 - p)));
    }
}

static void shuffle_permutes(void **state)
{
    enum { COUNT = 1009 };
    uint32_t order[COUNT], other[COUNT];
    uint8_t seen[COUNT] = {0};
    (void)state;
    ref_shuffle(order, COUNT, 1, 0);
    ref_shuffle(other, COUNT, 1, 1);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(order[i] < COUNT && !seen[order[i]]);
        seen[order[i]] = 1;
    }
    assert_memory_not_equal(order, other, sizeof order);
    ref_shuffle(order, 1, 1, 0);
    assert_int_equal(order[0], 0);
}

/* 2^24 + 1 is lost in one chain, and kept where a second block starts anew. */
static void chain_blocks(void **state)
{
    static float x[2048];
    (void)state;
    x[0] = 0x1p24f;
    for (size_t i = 1; i < 2048; i++) x[i] = 1.0f;
    assert_true(ref_sum(1024, x, 1) == 0x1p24f);
    assert_true(ref_sum(1025, x, 1) == 0x1p24f);
    assert_true(ref_sum(1026, x, 1) == 0x1p24f + 2.0f);
    assert_true(ref_sum(2048, x, 1) == 0x1p24f + 1024.0f);
    x[0] = -0.0f;
    assert_false(signbit(ref_sum(1, x, 1)));
    assert_false(signbit(ref_sum(0, x, 1)));
}

static void gemm_is_the_chain(void **state)
{
    static const size_t sizes[][3] = {{1, 1, 1}, {3, 33, 5}, {33, 10, 256}, {5, 65, 1025}, {2, 7, 3000}, {4, 4, 0}};
    (void)state;
    for (size_t s = 0; s < 4 * sizeof sizes / sizeof sizes[0]; s++) {
        size_t m = sizes[s / 4][0], n = sizes[s / 4][1], k = sizes[s / 4][2];
        int ta = s % 4 / 2, tb = s % 2;
        size_t lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 1, ldc = n + 2;
        float *a = ref_alloc(lda * (ta ? k : m), sizeof *a), *b = ref_alloc(ldb * (tb ? n : k), sizeof *b);
        float *c = ref_alloc(ldc * m, sizeof *c);
        ref_initial(a, ta ? k : m, lda, 2.0f, 1, 0, 0);
        ref_initial(b, tb ? n : k, ldb, 3.0f, 2, 0, 0);
        for (size_t i = 0; i < ldc * m; i++) c[i] = 77.0f;
        ref_gemm(ta, tb, m, n, k, a, lda, b, ldb, c, ldc);
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < ldc; j++) {
                float expected = j >= n ? 77.0f
                                        : ref_chain(k, ta ? a + i : a + i * lda, ta ? lda : 1, tb ? b + j * ldb : b + j,
                                                    tb ? 1 : ldb);
                assert_memory_equal(&c[i * ldc + j], &expected, sizeof expected);
            }
        }
        free(a);
        free(b);
        free(c);
    }
}

static void selections(void **state)
{
    const float x[] = {-1.0f, -0.0f, 2.0f, NAN}, tie[] = {1.0f, 3.0f, 3.0f}, odd[] = {NAN, 5.0f};
    float y[4];
    (void)state;
    ref_relu(y, x, 4);
    assert_true(y[0] == 0.0f && !signbit(y[0]));
    assert_true(signbit(y[1]) && y[2] == 2.0f && isnan(y[3]));
    assert_int_equal(ref_class(tie, 3), 1);
    assert_int_equal(ref_class(odd, 2), 0);
}

static void sgd_by_hand(void **state)
{
    float w = 2.0f, v = 4.0f, g = 1.0f;
    (void)state;
    ref_sgd(&w, &v, &g, 1, 0.5f, 0.0f, 0.0f);
    assert_true(w == 1.5f && v == 4.0f);
    ref_sgd(&w, &v, &g, 1, 0.5f, 0.25f, 2.0f);
    assert_true(v == 5.0f && w == -1.0f);
}

static void graph_text(void **state)
{
    static const char *const good[] = {
        "0 input 28,28\n1 flatten 0\n2 linear 1 256\n3 relu 2\n4 dropout 3 0.5\n5 add 3 4\n6 softmax_cross_entropy 5\n",
        "0 input 3\n1 dropout 0 0.1\n2 dropout 1 0.30000000000000004\n3 dropout 2 1e-05\n4 sigmoid 3\n5 tanh 4\n"
        "6 mean_squared_error 5\n",
    };
    static const char *const bad[] = {
        "",
        "0 input 3\n",
        "0 input 3\n1 softmax_cross_entropy 1\n",
        "0 input 3\n1 softmax_cross_entropy 0",
        "0 input 3\n2 softmax_cross_entropy 0\n",
        "0 input 0\n1 softmax_cross_entropy 0\n",
        "0 input 3\n1 dropout 0 1.5\n2 softmax_cross_entropy 1\n",
        "0 input 3\n1 dropout 0 nan\n2 softmax_cross_entropy 1\n",
        "0 input 3\n1 linear 0 4\n2 add 0 1\n3 softmax_cross_entropy 2\n",
        "0 input 3\n1 relu 0\n2 softmax_cross_entropy 0\n",
        "0 input 3\n1 input 3\n2 add 0 1\n3 softmax_cross_entropy 2\n",
        "0 input 4294967295,4294967295\n1 softmax_cross_entropy 0\n",
        "0 input 3\n1 conv 0\n2 softmax_cross_entropy 1\n",
    };
    static struct ref_graph graph;
    char message[REF_MAX_MESSAGE];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(ref_graph_parse(&graph, good[i], message), 0);
        char *text = ref_graph_print(&graph);
        assert_string_equal(text, good[i]);
        free(text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ref_graph_parse(&graph, bad[i], message), -1);
}

static void safetensors_layout(void **state)
{
    static const char header[] =
        "{\"__metadata__\":{\"clonal.contract\":\"1\",\"clonal.graph\":\"0 input 2\\n1 linear 0 1\\n"
        "2 mean_squared_error "
        "1\\n\",\"format\":\"pt\"},\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
        "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}";
    static struct ref_graph graph;
    struct ref_parameter *parameters;
    char message[REF_MAX_MESSAGE];
    size_t size, padded = (strlen(header) + 7) / 8 * 8;
    (void)state;
    assert_int_equal(ref_graph_parse(&graph, "0 input 2\n1 linear 0 1\n2 mean_squared_error 1\n", message), 0);
    size_t count = ref_parameters_create(&graph, 0, &parameters);
    assert_int_equal(count, 2);
    parameters[0].value[0] = 1.0f;
    parameters[0].value[1] = -NAN;
    parameters[1].value[0] = -0.0f;
    uint8_t *bytes = ref_safetensors(&graph, parameters, count, &size);
    assert_int_equal(size, 8 + padded + 12);
    assert_int_equal(bytes[0] + 256 * bytes[1], padded);
    assert_memory_equal(bytes + 2, "\0\0\0\0\0\0", 6);
    assert_memory_equal(bytes + 8, header, strlen(header));
    for (size_t i = strlen(header); i < padded; i++) assert_int_equal(bytes[8 + i], ' ');
    assert_memory_equal(bytes + 8 + padded, "\x00\x00\x80\x3f\x00\x00\xc0\x7f\x00\x00\x00\x80", 12);
    free(bytes);
    ref_parameters_destroy(parameters, count);
}

static void sha256_known_answer(void **state)
{
    char hex[REF_SHA256_HEX];
    (void)state;
    ref_sha256("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* A batch's size changes no figure of an evaluation, and the loss of a few steps on one batch falls. */
static void training_and_evaluation(void **state)
{
    static struct ref_graph graph;
    struct ref_settings settings = {.seed = 3, .batch = 16, .lr = 0.2, .momentum = 0.5, .weight_decay = 1e-3};
    float x[50 * 6];
    uint32_t labels[50];
    char message[REF_MAX_MESSAGE];
    double first, last, accuracy, other, other_accuracy;
    (void)state;
    assert_int_equal(ref_graph_parse(&graph,
                                     "0 input 6\n1 linear 0 16\n2 tanh 1\n3 dropout 2 0.1\n4 linear 3 2\n"
                                     "5 softmax_cross_entropy 4\n",
                                     message),
                     0);
    ref_initial(x, 50, 6, 1.0f, 8, 0, 0);
    for (size_t i = 0; i < 50; i++) labels[i] = x[6 * i] > x[6 * i + 1];
    struct ref_data data = {50, 6, x, labels, NULL};
    struct ref_trainer *trainer = ref_trainer_create(&graph, &settings);
    ref_evaluate(trainer, &data, &first, &accuracy);
    for (uint32_t epoch = 0; epoch < 30; epoch++) ref_epoch(trainer, &data, epoch, UINT64_MAX);
    assert_int_equal(trainer->t, 30 * 4);
    ref_evaluate(trainer, &data, &last, &accuracy);
    assert_true(last < 0.5 * first);
    trainer->settings.batch = 7;
    ref_evaluate(trainer, &data, &other, &other_accuracy);
    assert_true(other == last && other_accuracy == accuracy);
    ref_trainer_destroy(trainer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_known_answers), cmocka_unit_test(streams),
        cmocka_unit_test(mask_rates),           cmocka_unit_test(shuffle_permutes),
        cmocka_unit_test(chain_blocks),         cmocka_unit_test(gemm_is_the_chain),
        cmocka_unit_test(selections),           cmocka_unit_test(sgd_by_hand),
        cmocka_unit_test(graph_text),           cmocka_unit_test(safetensors_layout),
        cmocka_unit_test(sha256_known_answer),  cmocka_unit_test(training_and_evaluation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
