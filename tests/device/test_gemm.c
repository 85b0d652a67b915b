/* CLBlast and every variant of the native GEMM: against binary64 with the error bound of the chain's theory, against
 * the contract's chain bit for bit, the native epilogues against the operations that they replace, and the plan that
 * admits them. as_gpu.sh runs it with the kernels of GPUs.
 * ctest: PLATFORMS pocl rusticl intel oclgrind LONG_ON oclgrind rusticl intel */
#include "device_test.h"
#include "tests/unit/files.h"

#include "adversary.h"
#include "functions.h"
#include "host/gemm/chain.h"
#include "host/gemm/forms.h"
#include "ref_gemm.h"
#include "ref_graph.h"
#include "ref_ops.h"
#include "ref_philox.h"
#include <clonal/model.h>
#include <clonal/random.h>
#include <clonal/tune.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CANDIDATES = CLONAL__GEMM_CANDIDATES };

static const uint32_t sizes[][3] = {{1, 1, 1},    {61, 33, 61},  {33, 10, 256}, {2, 1000, 33},  {61, 1, 1000},
                                    {9, 7, 1024}, {5, 33, 1025}, {17, 3, 2049}, {130, 70, 129}, {256, 256, 784}};

/* Sizes for this device: the first `count` are its. */
static size_t size_count(void)
{
    return device_is_simulator() ? 3 : device_is_slow() ? 9 : sizeof sizes / sizeof *sizes;
}

/* {M, N, K} of the four transpositions. */
static clonal__gemm_shape shape_of(const uint32_t size[3], int transposition)
{
    return (clonal__gemm_shape){size[0], size[1], size[2], transposition & 1, transposition & 2, 0};
}

static const clonal__gemm_shape usual = {33, 10, 200, false, true, 0}; /* a shape for what needs but one */
/* every variant on every size: an hour, see gemm_full.sh */
static bool full;

/* Operands on host and device, and the contract's product. */
typedef struct product {
    clonal__gemm_shape shape;
    size_t count; /* M*N */
    float *a, *b, *chain;
    guarded device_a, device_b;
} product;

typedef enum operands { PLAIN, ADVERSARIAL, INFINITE } operands;

static product product_create(clonal__gemm_shape s, operands kind)
{
    size_t a = (size_t)s.m * s.k, b = (size_t)s.k * s.n;
    product p = {.shape = s, .count = (size_t)s.m * s.n};
    uint64_t state = 1000 + s.m + s.n + s.k;
    p.a = plain_floats(&state, a, 1);
    p.b = plain_floats(&state, b, 1);
    if (kind != PLAIN) {
        clonal__adversarial(state, kind == INFINITE, a, p.a);
        clonal__adversarial(state + 1, kind == INFINITE, b, p.b);
    }
    if (s.zeros) {
        clonal__sow_zeros(&s, kind != PLAIN, p.a);
        if (kind == INFINITE) p.b[b / 2] = NAN;
    }
    p.chain = ref_alloc(p.count, sizeof(float));
    ref_gemm(s.ta, s.tb, s.m, s.n, s.k, p.a, s.ta ? s.m : s.k, p.b, s.tb ? s.k : s.n, p.chain, s.n);
    p.device_a = guarded_create(a * sizeof(float), p.a);
    p.device_b = guarded_create(b * sizeof(float), p.b);
    return p;
}

static void product_free(product *p)
{
    guarded_free(&p->device_a), guarded_free(&p->device_b);
    free(p->a), free(p->b), free(p->chain);
}

static size_t natives_of(const clonal__gemm_shape *shape, clonal__gemm_choice room[MAX_CANDIDATES])
{
    int variants[MAX_CANDIDATES - 1], found = clonal__native_variants(device(), shape, variants, MAX_CANDIDATES - 1);
    for (int i = 0; i < found; i++)
        room[i] = (clonal__gemm_choice){.kind = CLONAL__GEMM_NATIVE, .variant = variants[i]};
    return (size_t)found;
}

static const char *name_of(const clonal__gemm_choice *choice, const clonal__gemm_shape *s)
{
    static char room[128];
    snprintf(room, sizeof room, "%s %d, %ux%ux%u %c%c", choice->kind == CLONAL__GEMM_NATIVE ? "native" : "CLBlast",
             choice->variant, s->m, s->n, s->k, s->ta ? 'T' : 'N', s->tb ? 'T' : 'N');
    return room;
}

/* c = the candidate's product. */
static void multiply(const product *p, const clonal__gemm_choice *choice, float *c)
{
    clonal__launch_list list = {.context = device()};
    guarded out = guarded_create(p->count * sizeof(float), NULL);
    clonal__gemm_buffers buffers = {.a = p->device_a.mem, .b = p->device_b.mem, .c = out.mem};
    assert_ok(clonal__gemm_append(&list, &p->shape, choice, &buffers, NULL));
    run_list(&list, 0, 0);
    guarded_read(&out, c);
    guarded_free(&out);
}

/* |c - exact| <= gamma(n) sum |a||b|, gamma(n) = n u / (1 - n u): n roundings on the way of a term, here one for its
 * product (of implementations without fma), those of a block's chain and those of the blocks' sum. */
static void check_bound(const product *p, const clonal__gemm_choice *choice, const float *c)
{
    const clonal__gemm_shape *s = &p->shape;
    double chain = s->k < 1024 ? s->k : 1024, blocks = (s->k + 1023) / 1024, nu = (chain + blocks) * 0x1p-24,
           gamma = nu / (1 - nu);
    for (size_t i = 0; i < s->m; i++)
        for (size_t j = 0; j < s->n; j++) {
            double sum = 0, magnitude = 0;
            for (size_t k = 0; k < s->k; k++) {
                double term =
                    (double)p->a[s->ta ? k * s->m + i : i * s->k + k] * p->b[s->tb ? j * s->k + k : k * s->n + j];
                sum += term;
                magnitude += fabs(term);
            }
            double error = fabs(c[i * s->n + j] - sum), bound = gamma * magnitude + s->k * 0x1p-52 * magnitude;
            if (!(error <= bound))
                fail_msg("%s: element %zu,%zu is off by %g, the bound is %g", name_of(choice, s), i, j, error, bound);
        }
}

static void clblast_is_within_the_bound(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < 4 * size_count(); i++) {
        product p = product_create(shape_of(sizes[i / 4], (int)(i % 4)), PLAIN);
        clonal__gemm_choice choice = {.kind = CLONAL__GEMM_CLBLAST};
        float *c = ref_alloc(p.count, sizeof *c);
        multiply(&p, &choice, c);
        check_bound(&p, &choice, c);
        free(c);
        product_free(&p);
    }
}

/* One variant, one shape: the chain of every kind of operands, and so the bound. */
static void check_native(const clonal__gemm_choice *choice, clonal__gemm_shape shape)
{
    for (operands kind = PLAIN; kind <= INFINITE; kind++) {
        product p = product_create(shape, kind);
        float *c = ref_alloc(p.count, sizeof *c);
        multiply(&p, choice, c);
        assert_bits(name_of(choice, &p.shape), c, p.chain, p.count);
        if (kind == PLAIN) check_bound(&p, choice, c);
        free(c);
        product_free(&p);
    }
}

static const clonal__gemm_choice *find(const clonal__gemm_choice *all, size_t count, int variant)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].variant == variant) return &all[i];
    return NULL;
}

/* Every variant on every size. */
static size_t try_all(const uint32_t (*few)[3], size_t some)
{
    clonal__gemm_choice candidates[MAX_CANDIDATES];
    size_t tried = 0;
    for (int t = 0; t < 4; t++)
        for (size_t i = 0; i < size_count() + some; i++) {
            const clonal__gemm_shape shape = shape_of(i < some ? few[i] : sizes[i - some], t);
            size_t count = natives_of(&shape, candidates);
            for (size_t k = 0; k < count; k++, tried++) check_native(&candidates[k], shape);
        }
    return tried;
}

/* A variant in a transposition, on a size that it suits; another variant begins its search at another one. */
static size_t try_one(const uint32_t (*few)[3], size_t some, int variant, int t)
{
    for (size_t i = 0; i < some; i++) {
        const clonal__gemm_shape shape = shape_of(few[((size_t)variant / 2 + (size_t)t / 2 + i) % some], t);
        clonal__gemm_choice candidates[MAX_CANDIDATES];
        const clonal__gemm_choice *found = find(candidates, natives_of(&shape, candidates), variant);
        if (found) {
            check_native(found, shape);
            return 1;
        }
    }
    return 0;
}

/* Each pair of a variant and a transposition is a program of its own, which takes a second to build: by default every
 * variant takes two transpositions of one size each; the plan tries what it uses in any case. 131x144x140 suits
 * variants that want much work, or groups of 128 by 128. */
static void natives_give_the_chain(void **unused)
{
    static const uint32_t few[][3] = {{61, 33, 61}, {131, 144, 140}, {5, 64, 1025}, {17, 96, 40}, {130, 129, 1027}},
                          fewer[][3] = {{61, 33, 61}, {129, 130, 9}};
    (void)unused;
    const bool simulator = device_is_simulator();
    const uint32_t(*shapes)[3] = simulator ? fewer : few;
    size_t tried = 0, some = simulator ? sizeof fewer / sizeof *fewer : sizeof few / sizeof *few;
    if (full) tried = try_all(shapes, some);
    for (int variant = 0; variant < CLONAL__NATIVE_NUMBERS && !full; variant++)
        for (int t = variant % 2; t < 4; t += 2) tried += try_one(shapes, some, variant, t);
    printf("%zu pairs of a variant and a shape\n", tried);
    if (!tried) skip();
}

/* What the plan admits gives the chain on matrices that it has not seen; what it calls inexact does not pass without
 * leave. */
static size_t check_plan(clonal__gemm_shape shape, clonal_gemm wanted)
{
    clonal__gemm_choice choice, again;
    assert_ok(clonal__gemm_plan(device(), &shape, wanted, true, NULL, &choice));
    assert_ok(clonal__gemm_plan(device(), &shape, wanted, true, NULL, &again));
    assert_true(choice.kind == again.kind && choice.variant == again.variant && choice.exact == again.exact &&
                choice.seconds == again.seconds);
    assert_true(wanted == CLONAL_GEMM_AUTO ||
                choice.kind == (wanted == CLONAL_GEMM_CLBLAST ? CLONAL__GEMM_CLBLAST : CLONAL__GEMM_NATIVE));
    if (!choice.exact) {
        assert_fails(clonal__gemm_plan(device(), &shape, wanted, false, NULL, &again), CLONAL_E_CONTRACT,
                     "breaks the contract");
        return 0;
    }
    assert_ok(clonal__gemm_plan(device(), &shape, wanted, false, NULL, &again));
    for (operands kind = PLAIN; kind <= INFINITE; kind++) {
        product p = product_create(shape, kind);
        float *c = ref_alloc(p.count, sizeof *c);
        multiply(&p, &choice, c);
        assert_bits(name_of(&choice, &shape), c, p.chain, p.count);
        free(c);
        product_free(&p);
    }
    return 1;
}

static bool on(const char *platforms)
{
    const char *platform = getenv("CLONAL_TEST_PLATFORM");
    return platform && strstr(platforms, platform);
}

static void planned_gives_the_chain(void **unused)
{
    (void)unused;
    size_t exact = 0, count = 4 * size_count();
    if (device_is_simulator())
        count = 8;
    else if (device_is_slow() && !full)
        count = 12;
    for (size_t i = 0; i < count; i++) exact += check_plan(shape_of(sizes[i / 4], (int)(i % 4)), CLONAL_GEMM_CLBLAST);
    printf("CLBlast: exact in %zu of %zu plans\n", exact, count);
    if (on("pocl intel oclgrind")) assert_int_equal(exact, count);
    if (on("rusticl")) assert_int_equal(exact, 0);
    for (size_t i = 0; i < (full ? count : 1); i++)
        assert_int_equal(check_plan(full ? shape_of(sizes[i / 4], (int)(i % 4)) : usual, CLONAL_GEMM_AUTO),
                         clonal_context_probe(device())->contract);
}

/* A decision survives its context, on disk: in a cache that no other process writes to. */
static void plans_are_remembered(void **unused)
{
    (void)unused;
    device_close();
    clonal__gemm_shape shape = usual;
    clonal__gemm_choice first, second;
    assert_ok(clonal__gemm_plan(device(), &shape, CLONAL_GEMM_AUTO, true, NULL, &first));
    device_close();
    assert_ok(clonal__gemm_plan(device(), &shape, CLONAL_GEMM_AUTO, true, NULL, &second));
    assert_true(first.kind == second.kind && first.variant == second.variant && first.exact == second.exact);
    assert_true(fabs(first.seconds - second.seconds) <= 1e-6 * first.seconds);
    device_close();
}

static void expect_rejection(void)
{
    clonal__gemm_shape shape = usual;
    clonal__gemm_choice choice;
    assert_ok(clonal__gemm_forget(device(), &shape, CLONAL_GEMM_CLBLAST));
    assert_fails(clonal__gemm_plan(device(), &shape, CLONAL_GEMM_CLBLAST, false, NULL, &choice), CLONAL_E_CONTRACT,
                 "CLBlast breaks the contract");
    assert_ok(clonal__gemm_plan(device(), &shape, CLONAL_GEMM_CLBLAST, true, NULL, &choice));
    assert_false(choice.exact);
    /* left to itself, the plan takes what keeps the contract, or nothing */
    assert_ok(clonal__gemm_forget(device(), &shape, CLONAL_GEMM_AUTO));
    clonal_status status = clonal__gemm_plan(device(), &shape, CLONAL_GEMM_AUTO, false, NULL, &choice);
    if (natives_of(&shape, (clonal__gemm_choice[MAX_CANDIDATES]){{0}}))
        assert_true(status == CLONAL_OK && choice.kind == CLONAL__GEMM_NATIVE && choice.exact);
    else
        assert_int_equal(status, CLONAL_E_CONTRACT);

    clonal_graph *graph;
    clonal_model *model;
    clonal_model_options options = clonal_model_options_default();
    options.batch = shape.m;
    options.gemm = CLONAL_GEMM_CLBLAST;
    assert_ok(clonal_graph_parse("0 input 200\n1 linear 0 10\n2 softmax_cross_entropy 1\n", &graph));
    assert_fails(clonal_model_create(device(), graph, &options, &model), CLONAL_E_CONTRACT, "--allow-inexact");
    assert_null(model);
    if (!on("pocl") || full) { /* which takes long to build CLBlast's other kernels */
        options.allow_inexact = true;
        assert_ok(clonal_model_create(device(), graph, &options, &model));
        assert_false(clonal_model_is_exact(model));
        clonal_model_destroy(model);
    }
    clonal_graph_destroy(graph);
}

/* An inexact candidate: rusticl's CLBlast is one, by its fma. Elsewhere CLBlast becomes one when its mad is left as it
 * is, which is a product and a sum on PoCL; where it is fused, another function stands for it. */
static void inexact_is_rejected(void **unused)
{
    (void)unused;
    if (on("rusticl")) {
        expect_rejection();
        return;
    }
    device_close();
    setenv("CLBLAST_BUILD_OPTIONS", on("pocl") ? "-DUSE_CL_MAD=1 " : "-DUSE_CL_MAD=1 -Dmad=mix ", 1);
    expect_rejection();
    device_close();
    unsetenv("CLBLAST_BUILD_OPTIONS");
}

/* What an epilogue computes, by the operations that it replaces. */
typedef struct epilogue_case {
    clonal__epilogue epilogue;
    double p;
    const tested_function *function; /* of the epilogue; NULL: none */
    const tested_update *update;     /* likewise */
} epilogue_case;

enum { STEP = 77 };

static void activate(const tested_function *f, float *y, size_t count)
{
    float *x = ref_alloc(count, sizeof *x);
    memcpy(x, y, count * sizeof *x);
    f->forward(y, x, f->argument, count);
    free(x);
}

static void differentiate(const tested_function *f, float *y, const float *saved, size_t count)
{
    float *dy = ref_alloc(count, sizeof *dy);
    memcpy(dy, y, count * sizeof *dy);
    f->backward(y, dy, saved, f->argument, count);
    free(dy);
}

static void apply(const epilogue_case *c, const clonal__gemm_shape *s, const float *bias, const float *saved, float *y)
{
    const clonal__epilogue *e = &c->epilogue;
    size_t count = (size_t)s->m * s->n;
    for (size_t i = 0; i < count && e->bias; i++) y[i] = y[i] + bias[i % s->n];
    if (e->activation) activate(c->function, y, count);
    if (e->dropout) {
        uint8_t *keep = ref_alloc(count, 1);
        float *x = ref_alloc(count, sizeof *x);
        memcpy(x, y, count * sizeof *x);
        ref_mask(keep, s->m, s->n, c->p, e->mask.seed, e->mask.stream, STEP);
        ref_dropout(y, x, keep, ref_dropout_scale(c->p), count);
        free(keep), free(x);
    }
    if (e->derivative) differentiate(c->function, y, saved, count);
    for (size_t i = 0; i < count && e->gated; i++) y[i] = saved[i] > 0 ? y[i] * e->mask.scale : 0.0f;
}

/* A tensor and its optimizer's states, on the host and on the device, of random values. */
typedef struct updated {
    size_t count;
    float *w, *states[CLONAL__MOST_STATES];
    guarded device_w, device_states[CLONAL__MOST_STATES];
} updated;

static updated updated_create(uint64_t *state, size_t count)
{
    updated u = {.count = count, .w = adversarial_floats(state, count)};
    u.device_w = guarded_create(count * sizeof(float), u.w);
    for (size_t k = 0; k < CLONAL__MOST_STATES; k++) {
        u.states[k] = adversarial_floats(state, count);
        u.device_states[k] = guarded_create(count * sizeof(float), u.states[k]);
    }
    return u;
}

static void updated_check(const char *what, updated *u)
{
    float *got = ref_alloc(u->count, sizeof *got);
    guarded_read(&u->device_w, got);
    assert_bits(what, got, u->w, u->count);
    for (size_t k = 0; k < CLONAL__MOST_STATES; k++) {
        guarded_read(&u->device_states[k], got);
        assert_bits(what, got, u->states[k], u->count);
        guarded_free(&u->device_states[k]);
        free(u->states[k]);
    }
    guarded_free(&u->device_w);
    free(u->w), free(got);
}

/* One native candidate with one epilogue: C, or what is updated, are the reference's; the other buffers stay as they
 * were. */
static void check_epilogue(const product *p, const clonal__gemm_choice *choice, const epilogue_case *c)
{
    clonal__epilogue e = c->epilogue;
    size_t bytes = p->count * sizeof(float), m = p->shape.m;
    uint64_t state = 9;
    float scalars[CLONAL__UPDATE_SCALARS] = {0};
    float *bias = adversarial_floats(&state, p->shape.n), *saved = adversarial_floats(&state, p->count),
          *y = ref_alloc(p->count, sizeof *y), *got = ref_alloc(p->count, sizeof *got),
          *bias_gradient = ref_alloc(m, sizeof(float));
    updated weights = updated_create(&state, p->count), bias_weights = updated_create(&state, m);
    guarded out = guarded_create(bytes, NULL), device_bias = guarded_create(p->shape.n * sizeof(float), bias),
            device_saved = guarded_create(bytes, saved);
    const clonal__update_form form = c->update ? form_of(device(), c->update) : (clonal__update_form){0};
    if (c->update) e.update = &form;
    clonal__gemm_buffers buffers = {
        .a = p->device_a.mem, .b = p->device_b.mem, .c = e.update ? weights.device_w.mem : out.mem};
    if (e.bias) buffers.bias = device_bias.mem;
    if (e.derivative || e.gated) buffers.saved = device_saved.mem;
    if (e.update) buffers.w = weights.device_w.mem;
    if (e.bias_update) buffers.bias_w = bias_weights.device_w.mem;
    for (size_t k = 0; k < form.states; k++) {
        buffers.states[k] = weights.device_states[k].mem;
        buffers.bias_states[k] = bias_weights.device_states[k].mem;
    }

    memcpy(y, p->chain, bytes);
    apply(c, &p->shape, bias, saved, y);
    if (e.bias_update) {
        ref_linear_db(bias_gradient, p->a, p->shape.k, m);
        reference_update(c->update, bias_weights.w, bias_weights.states[0], bias_weights.states[1], bias_gradient, m);
    }
    if (e.update) {
        scalars_of(c->update, scalars);
        reference_update(c->update, weights.w, weights.states[0], weights.states[1], y, p->count);
        memset(y, 0xff, bytes);
    }
    char what[256];
    snprintf(what, sizeof what, "%s, bias %d, f %s %d %d, dropout %d (%g), gated %d, update %s %d (%g %g)",
             name_of(choice, &p->shape), e.bias, c->function ? c->function->name : "-", e.activation != NULL,
             e.derivative != NULL, e.dropout, c->p, e.gated, c->update ? c->update->settings.name : "-", e.bias_update,
             c->update ? (double)c->update->settings.momentum : 0,
             c->update ? (double)c->update->settings.weight_decay : 0);
    clonal__launch_list list = {.context = device()};
    assert_ok(clonal__gemm_append(&list, &p->shape, choice, &buffers, &e));
    run_list_scalars(&list, STEP, 0, scalars);
    guarded_read(&out, got);
    assert_bits(what, got, y, p->count);
    guarded_read(&device_saved, got);
    assert_bits(what, got, saved, p->count);
    updated_check(what, &weights);
    updated_check(what, &bias_weights);
    guarded_free(&out), guarded_free(&device_bias), guarded_free(&device_saved);
    free(bias), free(saved), free(y), free(got), free(bias_gradient);
}

static epilogue_case forward_case(const tested_function *f, bool dropout)
{
    clonal__epilogue e = {.bias = true, .dropout = dropout};
    if (f) e.activation = function_of(f), e.argument = f->argument;
    return (epilogue_case){.epilogue = e, .p = dropout ? 0.5 : 0, .function = f};
}

static epilogue_case backward_case(const tested_function *f, bool dropout)
{
    const clonal__epilogue e = {.derivative = function_of(f), .argument = f->argument, .dropout = dropout};
    return (epilogue_case){.epilogue = e, .p = 0.3, .function = f};
}

static epilogue_case update_case(const tested_update *u, bool bias)
{
    return (epilogue_case){.epilogue = {.bias_update = bias}, .update = u};
}

/* A weight's whose gradient has a mask, as drop_connect's. */
static epilogue_case masked_update_case(const tested_update *u, double p)
{
    return (epilogue_case){.epilogue = {.bias_update = true, .dropout = true}, .p = p, .update = u};
}

/* All of them; the first `few` are those that every run tries. */
enum { MOST_EPILOGUES = 128 };
static size_t epilogues(epilogue_case room[MOST_EPILOGUES], size_t *few)
{
    static const double probabilities[] = {0, 0.3, 0.5, 1};
    size_t count = 0, functions = tested_function_count;
    for (size_t f = 0; f < functions; f++) {
        room[count++] = forward_case(&tested_functions[f], f + 1 < functions);
        room[count++] = backward_case(&tested_functions[f], f + 1 == functions);
    }
    room[count++] = (epilogue_case){.epilogue = {.gated = true}, .p = 0.5};
    room[count++] = (epilogue_case){.epilogue = {.dropout = true}, .p = 1};
    room[count++] = masked_update_case(&tested_updates[0], 0.5);
    room[count++] = masked_update_case(&tested_updates[tested_update_count - 1], 0.3);
    for (size_t i = 0; i < tested_update_count; i++)
        if (i < 2 || strcmp(tested_updates[i].settings.name, tested_updates[i - 1].settings.name) != 0)
            room[count++] = update_case(&tested_updates[i], i != 1);
    *few = count;
    room[count++] = forward_case(NULL, false);
    room[count++] = forward_case(NULL, true);
    for (size_t f = 0; f < functions; f++)
        for (int dropout = 0; dropout < 2; dropout++) {
            room[count++] = forward_case(&tested_functions[f], dropout);
            room[count++] = backward_case(&tested_functions[f], dropout);
        }
    for (int i = 0; i < 4; i++) room[count++] = (epilogue_case){.epilogue = {.dropout = true}, .p = probabilities[i]};
    for (size_t i = 0; i < tested_update_count; i++)
        for (int bias = 0; bias < 2; bias++) {
            room[count++] = update_case(&tested_updates[i], bias);
            if (bias) room[count++] = masked_update_case(&tested_updates[i], 0.5);
        }
    assert_true(count <= MOST_EPILOGUES);
    for (size_t i = 0; i < count; i++) {
        clonal__mask *mask = &room[i].epilogue.mask;
        *mask = (clonal__mask){.seed = 0x0123456789abcdefu + i, .stream = CLONAL_STREAM(CLONAL_STREAM_DROPOUT, 4)};
        assert_ok(clonal_dropout_parameters(room[i].p, &mask->threshold, &mask->scale));
    }
    return count;
}

static bool epilogue_suits(const epilogue_case *c, const clonal__gemm_shape *s)
{
    return !(c->epilogue.bias_update && !s->ta) && !(c->update && s->k > 1024);
}

/* Where training has such an epilogue: updates in the weights' gradient, biases in the forward product, others in the
 * backward one. */
static int transposition_of(const epilogue_case *c)
{
    return c->update ? 1 : c->epilogue.bias ? 2 : 0;
}

/* By default each epilogue meets one variant, one transposition and the first shape alone; the training steps of
 * test_step.c take others. 131x144x140 suits variants that want much work, 131x145x140 and 130x129x1027 have edges for
 * groups of 128 by 128. */
static void native_epilogues(void **unused)
{
    static const uint32_t shapes[][3] = {{61, 33, 61},   {1, 1, 5},       {5, 70, 1025},   {33, 1000, 20},
                                         {128, 128, 64}, {131, 144, 140}, {131, 145, 140}, {130, 129, 1027}};
    enum { SHAPES = sizeof shapes / sizeof *shapes, SMALL_SHAPES = 3 };
    epilogue_case cases[MOST_EPILOGUES];
    size_t few, case_count = epilogues(cases, &few), tried = 0;
    (void)unused;
    for (size_t i = 0; i < 4 * (full ? device_is_slow() ? SMALL_SHAPES : SHAPES : 1); i++) {
        product p = product_create(shape_of(shapes[i / 4], (int)(i % 4)), ADVERSARIAL);
        clonal__gemm_choice candidates[MAX_CANDIDATES];
        size_t count = natives_of(&p.shape, candidates);
        for (size_t k = 0; k < count; k++)
            for (size_t c = 0; c < (full ? case_count : few); c++) {
                if (!full && ((int)i != transposition_of(&cases[c]) || c % count != k)) continue;
                if (!epilogue_suits(&cases[c], &p.shape)) continue;
                check_epilogue(&p, &candidates[k], &cases[c]);
                tried++;
            }
        product_free(&p);
    }
    printf("%zu pairs of an epilogue and a variant\n", tried);
    if (!tried) skip();
}

/* Those variants that shapes so small do not suit, with an edge: all work spread finely; groups of 128 by 128, of one
 * block and of two. */
static void epilogues_of_large_products(void **unused)
{
    static const uint32_t shapes[][3] = {{131, 145, 140}, {130, 129, 1027}};
    epilogue_case cases[MOST_EPILOGUES];
    size_t few, tried = 0;
    (void)unused;
    if (device_is_slow()) skip();
    epilogues(cases, &few);
    for (size_t i = 0; i < 2; i++)
        for (int t = 0; t < 3; t++) {
            product p = product_create(shape_of(shapes[i], t), ADVERSARIAL);
            clonal__gemm_choice candidates[MAX_CANDIDATES];
            size_t count = natives_of(&p.shape, candidates);
            /* the first, which wants the largest groups, and the last, which is the most finely split; one epilogue
             * each */
            for (size_t k = 0, by = count > 1 ? count - 1 : 1; k < count; k += by)
                for (size_t c = (k > 0) + i; c < few; c++) {
                    if (transposition_of(&cases[c]) != t || !epilogue_suits(&cases[c], &p.shape)) continue;
                    check_epilogue(&p, &candidates[k], &cases[c]);
                    tried++;
                    break;
                }
            product_free(&p);
        }
    printf("%zu pairs of an epilogue and a variant\n", tried);
    assert_true(tried > 0);
}

/* The forms that a shape has for its zeros alone, with every kind of epilogue; how many. */
static size_t leave_out(clonal__gemm_shape shape, uint32_t zeros, int transposition, size_t *fused)
{
    epilogue_case cases[MOST_EPILOGUES];
    clonal__gemm_choice dense[MAX_CANDIDATES], all[MAX_CANDIDATES];
    const size_t dense_count = natives_of(&shape, dense);
    size_t few, tried = 0;
    epilogues(cases, &few);
    shape.zeros = zeros;
    const size_t count = natives_of(&shape, all);
    product p = product_create(shape, ADVERSARIAL);
    for (size_t k = 0; k < count; k++) {
        if (find(dense, dense_count, all[k].variant)) continue;
        check_native(&all[k], shape);
        tried++;
        for (size_t c = tried % 2; c < few; c += 2) {
            if (transposition_of(&cases[c]) != transposition || !epilogue_suits(&cases[c], &shape)) continue;
            check_epilogue(&p, &all[k], &cases[c]);
            ++*fused;
        }
    }
    product_free(&p);
    return tried;
}

/* Edges of rows, panels, pieces and blocks; groups side by side beside that of the bias. */
static void zeros_are_left_out(void **unused)
{
    static const uint32_t shapes[][3] = {
        {131, 480, 5}, {61, 70, 1100}, {300, 500, 140}, {16, 1000, 64}, {5, 449, 1025}};
    size_t tried = 0, fused = 0;
    (void)unused;
    for (size_t i = 0; i < 4 * sizeof shapes / sizeof *shapes; i++)
        tried += leave_out(shape_of(shapes[i / 4], (int)(i % 4)), 2 + (uint32_t)(i / 4 % 2), (int)(i % 4), &fused);
    printf("%zu pairs of a variant and a shape, %zu with an epilogue\n", tried, fused);
    if (on("pocl intel") && !device()->gpu_forms) assert_true(tried >= 20 && fused > 20);
    if (!tried) skip();
}

/* As on a device of shorter vectors, little local memory and three units, where this one's are long. */
static void zeros_are_left_out_by_shorter_vectors(void **unused)
{
    static const uint32_t shapes[][3] = {{131, 480, 5}, {61, 70, 1100}};
    clonal_device_info *info = &device()->info;
    const clonal_device_info kept = *info;
    size_t tried = 0, fused = 0;
    (void)unused;
    if (info->native_float_width < 16 || device()->gpu_forms) skip();
    info->native_float_width = 8;
    info->local_memory_bytes = 100000;
    info->compute_units = 3;
    for (int t = 0; t < 3; t++) tried += leave_out(shape_of(shapes[t % 2], t), 3, t, &fused);
    *info = kept;
    printf("%zu pairs of a variant and a shape, %zu with an epilogue\n", tried, fused);
    assert_true(tried > 2 && fused > 2);
}

/* The forms of a shape that pack A: the chain, and every third epilogue; how many. */
static size_t pack(clonal__gemm_shape shape, size_t *fused)
{
    epilogue_case cases[MOST_EPILOGUES];
    clonal__gemm_choice all[MAX_CANDIDATES];
    const size_t count = natives_of(&shape, all);
    size_t few, tried = 0;
    epilogues(cases, &few);
    for (size_t k = 0; k < count; k++) {
        if (!clonal__form_numbered(all[k].variant)->packs) continue;
        check_native(&all[k], shape);
        tried++;
        product p = product_create(shape, ADVERSARIAL);
        for (size_t c = shape.k % 3; c < few && !shape.tb; c += 3) {
            if (!epilogue_suits(&cases[c], &shape)) continue;
            check_epilogue(&p, &all[k], &cases[c]);
            ++*fused;
        }
        product_free(&p);
    }
    return tried;
}

/* Edges of tiles, panels, pieces and blocks; the bias's group alone and behind others. */
static const uint32_t packed[][3] = {{277, 261, 1029}, {266, 700, 361}, {1031, 131, 513}};

static void a_large_a_is_packed(void **unused)
{
    size_t tried = 0, fused = 0;
    (void)unused;
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) tried += pack(shape_of(packed[i], 1), &fused);
    tried += pack(shape_of(packed[0], 3), &fused);
    printf("%zu pairs of a variant and a shape, %zu with an epilogue\n", tried, fused);
    const clonal_device_info *info = &device()->info;
    if (!device()->gpu_forms && info->native_float_width >= 8 && info->local_memory_bytes >= 256 << 10)
        assert_true(tried >= 4 && fused > 4);
    if (!tried) skip();
}

/* As on a device of shorter vectors, little local memory and three units, where this one's are long. */
static void a_large_a_is_packed_by_shorter_vectors(void **unused)
{
    clonal_device_info *info = &device()->info;
    const clonal_device_info kept = *info;
    size_t fused = 0;
    (void)unused;
    if (info->native_float_width < 16 || device()->gpu_forms) skip();
    info->native_float_width = 8;
    info->local_memory_bytes = 200000;
    info->compute_units = 3;
    const size_t tried = pack(shape_of(packed[1], 1), &fused);
    *info = kept;
    assert_true(tried == 1 && fused > 0);
}

/* As on a device of long vectors whose local memory has no room for a panel of them: shorter ones do. */
static void a_panel_that_does_not_fit_is_of_shorter_vectors(void **unused)
{
    clonal_device_info *info = &device()->info;
    const clonal_device_info kept = *info;
    static const uint32_t size[3] = {61, 33, 300};
    (void)unused;
    if (info->native_float_width < 16 || device()->gpu_forms) skip();
    for (uint32_t width = 8; width >= 4; width /= 2) {
        info->local_memory_bytes = sizeof(float) * REF_CHAIN_BLOCK * width;
        for (int t = 1; t < 3; t++) {
            const clonal__gemm_shape shape = shape_of(size, t);
            clonal__gemm_choice all[MAX_CANDIDATES];
            const size_t count = natives_of(&shape, all);
            assert_true(count >= 1);
            for (size_t k = 0; k < count; k++) {
                assert_int_equal(clonal__form_numbered(all[k].variant)->width, width);
                check_native(&all[k], shape);
            }
        }
    }
    *info = kept;
}

/* Sizes that kernels cannot count, or none, are refused before anything is built or allocated. */
static void sizes_are_refused(void **unused)
{
    static const struct {
        uint32_t m, n, k;
        clonal_status status;
    } bad[] = {{0, 1, 1, CLONAL_E_ARGUMENT},       {1, 0, 1, CLONAL_E_ARGUMENT},
               {1, 1, 0, CLONAL_E_ARGUMENT},       {UINT32_MAX, 1, 1, CLONAL_E_SHAPE},
               {1, UINT32_MAX, 1, CLONAL_E_SHAPE}, {UINT32_C(1) << 31, 1, UINT32_C(1) << 31, CLONAL_E_SHAPE}};
    float one = 1;
    clonal_tuned tuned;
    (void)unused;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *says = bad[i].status == CLONAL_E_SHAPE ? "is too large" : "has no elements";
        assert_fails(clonal_multiply(device(), bad[i].m, bad[i].n, bad[i].k, false, &one, false, &one, &one),
                     bad[i].status, says);
        assert_fails(
            clonal_measure_gemm(device(), bad[i].m, bad[i].n, bad[i].k, false, false, CLONAL_GEMM_AUTO, 1, &tuned),
            bad[i].status, says);
    }
    assert_fails(clonal_measure_gemm(device(), 1, 1, 1, false, false, CLONAL_GEMM_AUTO, 0, &tuned), CLONAL_E_ARGUMENT,
                 "no samples");
}

int main(int argc, char **argv)
{
    full = argc > 1 && !strcmp(argv[1], "--full");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clblast_is_within_the_bound),
        cmocka_unit_test(natives_give_the_chain),
        cmocka_unit_test(native_epilogues),
        cmocka_unit_test(epilogues_of_large_products),
        cmocka_unit_test(zeros_are_left_out),
        cmocka_unit_test(zeros_are_left_out_by_shorter_vectors),
        cmocka_unit_test(a_large_a_is_packed),
        cmocka_unit_test(a_large_a_is_packed_by_shorter_vectors),
        cmocka_unit_test(a_panel_that_does_not_fit_is_of_shorter_vectors),
        cmocka_unit_test(sizes_are_refused),
        cmocka_unit_test(planned_gives_the_chain),
        cmocka_unit_test_setup_teardown(plans_are_remembered, cache_setup, cache_teardown),
        cmocka_unit_test(inexact_is_rejected)};
    return DEVICE_TEST_MAIN(tests);
}
