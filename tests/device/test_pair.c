/* Two products in one launch (cl/gemm_pair.cl) against the same two in a launch each, whose bits test_gemm.c holds
 * against the contract: pairs of variants, of sizes with edges, of every kind of epilogue that training has there.
 * ctest: PLATFORMS pocl+as-gpu intel+as-gpu oclgrind+as-gpu LONG_ON pocl+as-gpu intel+as-gpu */
#include "device_test.h"

#include "functions.h"
#include "host/gemm/gemm.h"
#include "ref_graph.h"
#include <clonal/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 5, MOST_VARIANTS = CLONAL__GEMM_CANDIDATES };

/* What follows a product; the update is the index of a tested one, or NONE. */
typedef enum follows { NOTHING, GATE, DERIVATIVE, DERIVATIVE_OF_INPUT, MASK, UPDATE, MASKED_UPDATE, FORWARD } follows;

typedef struct side {
    uint32_t m, n, k;
    bool ta, tb;
    follows by;
} side;

typedef struct pair_case {
    side sides[2];
    size_t update; /* of tested_updates */
} pair_case;

/* Layers of widths that are no multiples of tiles, or of four; a batch of several blocks. */
static const pair_case cases[] = {
    {{{10, 8, 9, true, false, UPDATE}, {9, 8, 12, false, false, NOTHING}}, 0},
    {{{10, 61, 33, true, false, UPDATE}, {33, 40, 10, false, false, GATE}}, 0},
    {{{61, 40, 33, true, false, UPDATE}, {40, 137, 33, true, false, UPDATE}}, 1},
    {{{7, 130, 50, true, false, MASKED_UPDATE}, {50, 131, 7, false, false, DERIVATIVE}}, 0},
    {{{5, 33, 1030, true, false, NOTHING}, {1030, 33, 5, false, false, DERIVATIVE_OF_INPUT}}, 0},
    {{{131, 145, 64, true, false, UPDATE}, {64, 131, 1029, false, false, MASK}}, 2},
    {{{33, 64, 20, false, true, FORWARD}, {33, 17, 20, false, true, FORWARD}}, 0},
    {{{1, 1, 1, true, false, UPDATE}, {260, 300, 70, false, false, GATE}}, 0},
};
enum { CASES = sizeof cases / sizeof *cases, FEW = 3 /* on a simulator */ };

static const tested_function *tested(bool reads_input)
{
    for (size_t i = 0; i < tested_function_count; i++) {
        const clonal__function *f = function_of(&tested_functions[i]);
        if (f->reads_input == reads_input && !f->gates) return &tested_functions[i];
    }
    fail_msg("no function");
    return NULL;
}

static clonal__epilogue epilogue_of(const side *s, const clonal__update_form *form, unsigned number)
{
    clonal__epilogue e = {.gated = s->by == GATE, .bias = s->by == FORWARD};
    e.dropout = s->by == MASK || s->by == MASKED_UPDATE || s->by == FORWARD;
    if (s->by == DERIVATIVE || s->by == DERIVATIVE_OF_INPUT) {
        const tested_function *f = tested(s->by == DERIVATIVE_OF_INPUT);
        e.derivative = function_of(f);
        e.argument = f->argument;
    }
    if (s->by == UPDATE || s->by == MASKED_UPDATE) e.update = form, e.bias_update = true;
    e.mask = (clonal__mask){.seed = 77 + number, .stream = CLONAL_STREAM(CLONAL_STREAM_DROPOUT, 4 + number)};
    assert_ok(clonal_dropout_parameters(0.3, &e.mask.threshold, &e.mask.scale));
    return e;
}

/* All that a product reads and writes. What it writes is poison, or a parameter, before. */
enum { C, W, STATE_0, STATE_1, BIAS_W, BIAS_STATE_0, BIAS_STATE_1, WRITTEN };
typedef struct operands {
    guarded a, b, bias, saved, written[WRITTEN];
    size_t count[WRITTEN];
} operands;

static guarded buffer_of(uint64_t *state, size_t count)
{
    float *values = adversarial_floats(state, count);
    const guarded made = guarded_create(count * sizeof *values, values);
    free(values);
    return made;
}

static operands operands_create(const side *s, uint64_t seed)
{
    operands o;
    uint64_t state = seed;
    const size_t count = (size_t)s->m * s->n;
    o.a = buffer_of(&state, (size_t)s->m * s->k);
    o.b = buffer_of(&state, (size_t)s->k * s->n);
    o.bias = buffer_of(&state, s->n);
    o.saved = buffer_of(&state, count);
    for (int i = 0; i < WRITTEN; i++) {
        o.count[i] = i < BIAS_W ? count : s->m;
        o.written[i] = i == C ? guarded_create(count * sizeof(float), NULL) : buffer_of(&state, o.count[i]);
    }
    return o;
}

static void operands_free(operands *o)
{
    guarded_free(&o->a), guarded_free(&o->b), guarded_free(&o->bias), guarded_free(&o->saved);
    for (int i = 0; i < WRITTEN; i++) guarded_free(&o->written[i]);
}

static clonal__gemm_product product_of(const side *s, int variant, const operands *o, const clonal__epilogue *e)
{
    const cl_mem c = o->written[C].mem, w = o->written[W].mem;
    return (clonal__gemm_product){
        .shape = {s->m, s->n, s->k, s->ta, s->tb, 0},
        .choice = {.kind = CLONAL__GEMM_NATIVE, .variant = variant},
        .buffers = {.a = o->a.mem,
                    .b = o->b.mem,
                    .c = e->update ? w : c,
                    .bias = o->bias.mem,
                    .saved = o->saved.mem,
                    .w = w,
                    .states = {o->written[STATE_0].mem, o->written[STATE_1].mem},
                    .bias_w = o->written[BIAS_W].mem,
                    .bias_states = {o->written[BIAS_STATE_0].mem, o->written[BIAS_STATE_1].mem}},
        .epilogue = e};
}

static void assert_same(const char *what, const operands *wanted, const operands *got)
{
    for (int i = 0; i < WRITTEN; i++) {
        float *one = ref_alloc(wanted->count[i], sizeof *one), *other = ref_alloc(wanted->count[i], sizeof *other);
        guarded_read(&wanted->written[i], one);
        guarded_read(&got->written[i], other);
        assert_bits(what, other, one, wanted->count[i]);
        free(one), free(other);
    }
}

static void check_pair(const pair_case *c, const int variants[2])
{
    const tested_update *update = &tested_updates[c->update];
    const clonal__update_form form = form_of(device(), update);
    float scalars[CLONAL__UPDATE_SCALARS];
    scalars_of(update, scalars);
    operands alone[2], paired[2];
    clonal__epilogue epilogues[2];
    clonal__gemm_product products[2];
    clonal__launch_list list = {.context = device()};
    for (int i = 0; i < 2; i++) {
        epilogues[i] = epilogue_of(&c->sides[i], &form, (unsigned)i);
        alone[i] = operands_create(&c->sides[i], 100 + (uint64_t)i);
        paired[i] = operands_create(&c->sides[i], 100 + (uint64_t)i);
        products[i] = product_of(&c->sides[i], variants[i], &alone[i], &epilogues[i]);
        assert_ok(clonal__gemm_append(&list, &products[i].shape, &products[i].choice, &products[i].buffers,
                                      products[i].epilogue));
    }
    run_list_scalars(&list, STEP, 0, scalars);
    for (int i = 0; i < 2; i++) products[i] = product_of(&c->sides[i], variants[i], &paired[i], &epilogues[i]);
    assert_ok(clonal__native_append_pair(&list, products));
    assert_int_equal(list.count, 1);
    run_list_scalars(&list, STEP, 0, scalars);
    for (int i = 0; i < 2; i++) {
        const side *s = &c->sides[i];
        char what[128];
        snprintf(what, sizeof what, "variants %d and %d, product %d: %ux%ux%u", variants[0], variants[1], i + 1, s->m,
                 s->n, s->k);
        assert_same(what, &alone[i], &paired[i]);
        operands_free(&alone[i]), operands_free(&paired[i]);
    }
}

static int variants_of(const side *s, int variants[MOST_VARIANTS])
{
    const clonal__gemm_shape shape = {s->m, s->n, s->k, s->ta, s->tb, 0};
    return clonal__native_variants(device(), &shape, variants, MOST_VARIANTS);
}

/* Pairs of variants by turns, so that each case meets some, of groups of one size and of two. */
static size_t check_case(const pair_case *c, size_t turn, size_t most)
{
    int first[MOST_VARIANTS], second[MOST_VARIANTS];
    const int a = variants_of(&c->sides[0], first), b = variants_of(&c->sides[1], second);
    const clonal__gemm_shape shapes[2] = {
        {c->sides[0].m, c->sides[0].n, c->sides[0].k, c->sides[0].ta, c->sides[0].tb, 0},
        {c->sides[1].m, c->sides[1].n, c->sides[1].k, c->sides[1].ta, c->sides[1].tb, 0}};
    size_t tried = 0;
    for (int i = 0; i < a * b && tried < most; i++) {
        const int at = (int)(((size_t)i * 13 + turn * 5) % (size_t)(a * b)); /* more than a or b: all come by */
        const int variants[2] = {first[at / b], second[at % b]};
        if (!clonal__native_pairs(device(), shapes, variants)) continue;
        check_pair(c, variants);
        tried++;
    }
    return tried;
}

static void pairs_have_the_bits_of_single_launches(void **unused)
{
    const size_t count = device_is_simulator() ? FEW : CASES;
    size_t tried = 0;
    (void)unused;
    if (!device()->gpu_forms) skip();
    for (size_t i = 0; i < count; i++) tried += check_case(&cases[i], i, device_is_simulator() ? 1 : 3);
    printf("%zu pairs of a case and two variants\n", tried);
    assert_true(tried >= count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pairs_have_the_bits_of_single_launches)};
    return DEVICE_TEST_MAIN(tests);
}
