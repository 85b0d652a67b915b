/* The reference itself, where it can be held against something known: Philox's published answers, sums worked out by
 * hand, the layout of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref_activations.h"
#include "ref_files.h"
#include "ref_fused.h"
#include "ref_gemm.h"
#include "ref_layer_norm.h"
#include "ref_math.h"
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

/* Abramowitz and Stegun, table 7.1, and mpmath; the other values from these. */
static void erf_known_values(void **state)
{
    static const double known[][2] = {
        {0x1p-149, 0x1p-149},      {0x1p-20, 0x1.20dd750429568p-20}, {0.1, 0.1124629160182849},
        {0.5, 0.5204998778130465}, {1, 0.8427007929497149},          {1.25, 0.9229001282564583},
        {2, 0.9953222650189527},   {3, 0.9999779095030014},          {3.5, 0.9999992569016276},
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        float x = (float)known[i][0], y = ref_erf(x);
        double slope = 1.1283791670955126 * exp(-(double)x * (double)x);
        double exact = known[i][1] + slope * ((double)x - known[i][0]);
        assert_true(fabs((double)y - exact) < 0x1p-23 * exact + 0x1p-149);
        assert_true(ref_erf(-x) == -y);
    }
    assert_true(ref_erf(4.0f) == 1.0f && ref_erf(INFINITY) == 1.0f && ref_erf(-INFINITY) == -1.0f);
    assert_true(ref_erf(0x1.fffffep+127f) == 1.0f);
    assert_true(ref_bits(ref_erf(0.0f)) == 0 && ref_bits(ref_erf(-0.0f)) == 0x80000000u);
    assert_int_equal(ref_bits(ref_erf(-NAN)), 0x7fc00000u);
}

/* Values and derivatives of gelu, x P(x) with the normal distribution P (tables of it: P(1) = .84134474606854,
 * density .24197072451914), and of silu. */
static void activations_known_values(void **state)
{
    static const struct {
        enum ref_op op;
        double x, y, dx;
    } known[] = {
        {REF_GELU, 0, 0, 0.5},
        {REF_GELU, 1, 0.8413447460685429, 1.0833154705876863},
        {REF_GELU, -1, -0.15865525393145705, -0.08331547058768629},
        {REF_GELU, 2, 1.9544997361036416, 1.085231801078197},
        {REF_SILU, 0, 0, 0.5},
        {REF_SILU, 1, 0.7310585786300049, 0.9276705118714869},
        {REF_SILU, -1, -0.2689414213699951, 0.0723294881285132},
        {REF_LEAKY_RELU, 3, 3, 1},
        {REF_LEAKY_RELU, -2, -0.5, 0.25},
        {REF_LEAKY_RELU, 0, 0, 0.25},
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        float x = (float)known[i].x, two = 2.0f, y, dx;
        ref_activation(known[i].op, 0.25, &y, &x, 1);
        ref_activation_dx(known[i].op, 0.25, &dx, &two, &x, 1);
        assert_true(fabs((double)y - known[i].y) <= 1e-7 * fabs(known[i].y) + 1e-30);
        assert_true(fabs((double)dx - 2 * known[i].dx) <= 2e-7);
    }
}

static void norm_by_hand(void **state)
{
    const float x[] = {1.0f, 1.0f, 5.0f, 5.0f, 7.0f, 7.0f, 7.0f, 7.0f}, w[] = {1.0f, 2.0f, 3.0f, 1.0f};
    const float b[] = {10.0f, 20.0f, 30.0f, -1.0f}, wanted[] = {9.0f, 18.0f, 33.0f, 0.0f, 10.0f, 20.0f, 30.0f, -1.0f};
    const float dy[] = {4.0f, 0.0f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f, 0.0f}, ones[] = {1.0f, 1.0f, 1.0f, 1.0f};
    const float wanted_dx[] = {1.0f, -1.0f, 0.0f, 0.0f};
    float y[8], n[8], r[2], dx[8], dw[4], db[4];
    (void)state;
    ref_layer_norm(y, n, r, x, w, b, 0.0f, 1, 4);
    for (size_t c = 0; c < 4; c++) assert_true(y[c] == wanted[c]);
    assert_true(r[0] == 0.5f && n[0] == -1.0f && n[3] == 1.0f);
    ref_layer_norm_dx(dx, dy, n, r, ones, 1, 4);
    for (size_t c = 0; c < 4; c++) assert_true(dx[c] == wanted_dx[c]);
    ref_layer_norm(y, n, r, x, w, b, 0.25f, 2, 4); /* a row of one value: eps alone */
    for (size_t c = 4; c < 8; c++) assert_true(y[c] == wanted[c]);
    assert_true(r[1] == 2.0f);
    ref_layer_norm(y, n, r, x, w, b, 0.0f, 1, 4);
    ref_layer_norm_dw(dw, dy, n, 1, 4);
    ref_layer_norm_db(db, dy, 2, 4);
    assert_true(dw[0] == -4.0f && dw[1] == 0.0f && db[0] == 5.0f && db[3] == 0.0f);
}

static void powers_and_cosines(void **state)
{
    static const double known[][2] = {{0, 1},
                                      {1.0 / 6, 0.8660254037844386},
                                      {0.25, 0.7071067811865476},
                                      {1.0 / 3, 0.5},
                                      {0.5, 0},
                                      {0.75, -0.7071067811865476},
                                      {1, -1}};
    (void)state;
    assert_true(ref_power(2.0, 10) == 1024.0 && ref_power(0.0, 0) == 1.0 && ref_power(0.5, 3) == 0.125);
    assert_true(ref_power(1.0, UINT64_MAX) == 1.0);
    double late = ref_power(0.99999999, (uint64_t)1 << 32);
    assert_true(fabs(late / pow(0.99999999, 4294967296.0) - 1) < 1e-6);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(fabs(ref_cospi(known[i][0]) - known[i][1]) < 4e-16);
    assert_true(ref_cospi(0.0) == 1.0 && ref_cospi(1.0) == -1.0);
}

static void schedules_by_hand(void **state)
{
    const struct ref_schedule constant = {.kind = REF_CONSTANT, .warmup = 4};
    const struct ref_schedule steps = {.kind = REF_STEPS, .warmup = 2, .every = 3, .gamma = 0.5};
    const struct ref_schedule cosine = {.kind = REF_COSINE, .warmup = 2, .steps = 10};
    static const double wanted_steps[] = {0.5, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25};
    (void)state;
    for (uint64_t t = 0; t < 6; t++) assert_true(ref_factor(&constant, t) == (t < 4 ? (double)(t + 1) / 4 : 1));
    for (uint64_t t = 0; t < 9; t++) assert_true(ref_factor(&steps, t) == wanted_steps[t]);
    assert_true(ref_factor(&cosine, 0) == 0.5 && ref_factor(&cosine, 1) == 1 && ref_factor(&cosine, 2) == 1);
    for (uint64_t t = 2; t < 10; t++) {
        double wanted = (1 + cos(acos(-1) * (double)(t - 2) / 8)) / 2;
        assert_true(fabs(ref_factor(&cosine, t) - wanted) < 4e-16);
        assert_true(ref_factor(&cosine, t + 1) < ref_factor(&cosine, t));
    }
    assert_true(ref_factor(&cosine, 10) == 0 && ref_factor(&cosine, UINT64_MAX) == 0);
}

/* Adam's first step is lr against the gradient's sign, whatever its size, and so is every one with a constant
 * gradient. adam's weight decay is a part of the gradient, adamw's a factor. */
static void adam_by_hand(void **state)
{
    struct ref_settings settings = {.lr = 0.125, .optimizer = REF_ADAM, .beta1 = 0.5, .beta2 = 0.75};
    const float gradient[] = {2.0f, -0x1p-20f, 0x1p40f};
    float w[] = {1.0f, 1.0f, 1.0f}, m[3] = {0}, v[3] = {0};
    float *states[] = {m, v};
    (void)state;
    struct ref_scalars scalars = ref_scalars_at(&settings, 0);
    ref_optimize(&settings, &scalars, w, states, gradient, 3);
    assert_true(w[0] == 0.875f && w[1] == 1.125f && w[2] == 0.875f);
    assert_true(m[0] == 1.0f && v[0] == 1.0f && v[2] == 0x1p78f);
    scalars = ref_scalars_at(&settings, 1);
    ref_optimize(&settings, &scalars, w, states, gradient, 3);
    assert_true(m[0] == 1.5f && v[0] == 1.75f);
    assert_true(fabsf(w[0] - 0.75f) < 1e-6f && fabsf(w[1] - 1.25f) < 1e-6f && fabsf(w[2] - 0.75f) < 1e-6f);

    const float none = 0.0f;
    for (int decoupled = 0; decoupled < 2; decoupled++) {
        settings.optimizer = decoupled ? REF_ADAMW : REF_ADAM;
        settings.weight_decay = 0.5;
        settings.eps = 0x1p-30;
        w[0] = 1.0f, m[0] = v[0] = 0.0f;
        scalars = ref_scalars_at(&settings, 0);
        ref_optimize(&settings, &scalars, w, states, &none, 1);
        if (decoupled)
            assert_true(w[0] == 0.9375f && m[0] == 0.0f);
        else
            assert_true(fabsf(w[0] - 0.875f) < 1e-6f && m[0] == 0.25f);
    }
    assert_int_equal(ref_state_count(&settings), 2);
    assert_string_equal(ref_state_name(&settings, 1), "second_moment");
}

static void settings_as_pairs(void **state)
{
    static const char *const bad[] = {
        " optimizer",
        " optimizer adagrad",
        " optimizer adam beta1 1",
        " optimizer adamw beta2 -0.1",
        " optimizer adam eps -1",
        " every 1.5",
        " schedule step every 0",
        " schedule cosine",
        " schedule cosine warmup 5 steps 5",
        " momentum 1",
        " gamma nan",
    };
    struct ref_settings settings = {0};
    (void)state;
    ref_settings_defaults(&settings);
    assert_int_equal(ref_settings_read(&settings, "\n"), 0);
    assert_true(settings.optimizer == REF_SGD && settings.beta2 == 0.999 && settings.schedule.every == 1);
    assert_int_equal(ref_settings_read(&settings, " warmup 5 optimizer adamw steps 6 schedule cosine beta1 0\n"), 0);
    assert_true(settings.optimizer == REF_ADAMW && settings.beta1 == 0.0 && settings.schedule.kind == REF_COSINE);
    assert_true(settings.schedule.warmup == 5 && settings.schedule.steps == 6);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ref_settings_defaults(&settings);
        assert_int_equal(ref_settings_read(&settings, bad[i]), -1);
    }
}

struct seen {
    char names[256];
    size_t counts;
};

static void see(void *user, const char *name, const float *values, size_t count)
{
    struct seen *seen = user;
    assert_true(values != NULL && strlen(seen->names) + strlen(name) + 2 < sizeof seen->names);
    strcat(strcat(seen->names, name), " ");
    seen->counts += count;
}

static void fused_lines(void **state)
{
    static const struct {
        const char *line, *names;
        size_t counts;
    } good[] = {
        {"fused small relu\n", "value masked gradient masked_gradient gated ", 5 * 1280},
        {"fused small leaky_relu 0.01\n", "value masked gradient masked_gradient ", 4 * 1280},
        {"fused_update small sgd lr 0.1 momentum 0 weight_decay 0\n", "weight bias ", 1312},
        {"fused_update small sgd lr 0.1 momentum 0.5 weight_decay 0\n", "weight velocity bias bias.velocity ",
         2 * 1312},
        {"fused_update small adamw lr 0.1 momentum 0.5 weight_decay 0 warmup 2\n",
         "weight first_moment second_moment bias bias.first_moment bias.second_moment ", 3 * 1312},
    };
    static const char *const bad[] = {"fused small flatten\n", "fused small leaky_relu\n", "fused small gelu 1\n",
                                      "fused_update small rmsprop lr 0.1 momentum 0 weight_decay 0\n",
                                      "fused_update small sgd lr 0.1 weight_decay 0\n"};
    struct seen seen;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        seen = (struct seen){"", 0};
        assert_int_equal(ref_fused(good[i].line, see, &seen), 0);
        assert_string_equal(seen.names, good[i].names);
        assert_int_equal(seen.counts, good[i].counts);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_int_equal(ref_fused(bad[i], see, &seen), -1);
}

static void graph_text(void **state)
{
    static const char *const good[] = {
        "0 input 28,28\n1 flatten 0\n2 linear 1 256\n3 relu 2\n4 dropout 3 0.5\n5 add 3 4\n6 softmax_cross_entropy 5\n",
        "0 input 28,28\n1 flatten 0\n2 drop_connect 1 256 0.1\n3 drop_connect 2 10 1\n4 softmax_cross_entropy 3\n",
        "0 input 3\n1 dropout 0 0.1\n2 dropout 1 0.30000000000000004\n3 dropout 2 1e-05\n4 sigmoid 3\n5 tanh 4\n"
        "6 mean_squared_error 5\n",
        "0 input 3,5\n1 layer_norm 0 1e-05\n2 leaky_relu 1 -0.25\n3 gelu 2\n4 silu 3\n5 layer_norm 4 0\n"
        "6 leaky_relu 5 0\n7 mean_squared_error 6\n",
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
        "0 input 3\n1 drop_connect 0 0.5\n2 softmax_cross_entropy 1\n",
        "0 input 3\n1 drop_connect 0 4 1.5\n2 softmax_cross_entropy 1\n",
        "0 input 3\n1 layer_norm 0 -1\n2 softmax_cross_entropy 1\n",
        "0 input 3\n1 layer_norm 0 inf\n2 softmax_cross_entropy 1\n",
        "0 input 3\n1 layer_norm 0\n2 softmax_cross_entropy 1\n",
        "0 input 3\n1 leaky_relu 0 nan\n2 softmax_cross_entropy 1\n",
        "0 input 3\n1 leaky_relu 0\n2 softmax_cross_entropy 1\n",
        "0 input 3\n1 gelu 0 1\n2 softmax_cross_entropy 1\n",
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
    assert_int_equal(ref_graph_parse(&graph, "0 input 3\n1 leaky_relu 0 -0\n2 softmax_cross_entropy 1\n", message), 0);
    assert_false(signbit(graph.nodes[1].attribute));
}

static void norm_parameters(void **state)
{
    static struct ref_graph graph;
    struct ref_parameter *parameters;
    char message[REF_MAX_MESSAGE];
    size_t size;
    (void)state;
    assert_int_equal(
        ref_graph_parse(&graph, "0 input 2,3\n1 layer_norm 0 1e-05\n2 flatten 1\n3 mean_squared_error 2\n", message),
        0);
    assert_false(graph.nodes[0].needs_gradient);
    assert_true(graph.nodes[1].needs_gradient && graph.nodes[2].needs_gradient);
    size_t count = ref_parameters_create(&graph, 9, REF_FAN_IN_UNIFORM, &parameters);
    assert_int_equal(count, 2);
    assert_string_equal(parameters[0].name, "0.weight");
    assert_string_equal(parameters[1].name, "0.bias");
    for (size_t c = 0; c < 3; c++) {
        assert_true(parameters[0].value[c] == 1.0f);
        assert_true(parameters[1].value[c] == 0.0f && !signbit(parameters[1].value[c]));
    }
    uint8_t *bytes = ref_safetensors(&graph, parameters, count, &size);
    bytes[8 + bytes[0] + 256 * bytes[1] - 1] = '\0';
    assert_non_null(strstr((char *)bytes + 8, "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},"
                                              "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[12,24]}"));
    free(bytes);
    ref_parameters_destroy(parameters, count);
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
    size_t count = ref_parameters_create(&graph, 0, REF_FAN_IN_UNIFORM, &parameters);
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
        cmocka_unit_test(philox_known_answers),
        cmocka_unit_test(streams),
        cmocka_unit_test(mask_rates),
        cmocka_unit_test(shuffle_permutes),
        cmocka_unit_test(chain_blocks),
        cmocka_unit_test(gemm_is_the_chain),
        cmocka_unit_test(selections),
        cmocka_unit_test(sgd_by_hand),
        cmocka_unit_test(erf_known_values),
        cmocka_unit_test(activations_known_values),
        cmocka_unit_test(norm_by_hand),
        cmocka_unit_test(norm_parameters),
        cmocka_unit_test(powers_and_cosines),
        cmocka_unit_test(schedules_by_hand),
        cmocka_unit_test(adam_by_hand),
        cmocka_unit_test(settings_as_pairs),
        cmocka_unit_test(fused_lines),
        cmocka_unit_test(graph_text),
        cmocka_unit_test(safetensors_layout),
        cmocka_unit_test(sha256_known_answer),
        cmocka_unit_test(training_and_evaluation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
