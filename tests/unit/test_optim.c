/* test_optim.c: optimizers and schedules on the host: which settings they take, and the factors of the learning rate,
 * to the bit as the reference's and near to what libm says. */
#include "tests/unit/files.h"

#include "host/optim/optimizer.h"
#include "ref_schedule.h"
#include <inttypes.h>
#include <math.h>

static double factor_of(const clonal_schedule *s, const struct ref_schedule *same, uint64_t step)
{
    const double factor = clonal__schedule_factor(s, step), wanted = ref_factor(same, step);
    if (factor != wanted) fail_msg("%s, step %" PRIu64 ": %a, the reference's is %a", s->name, step, factor, wanted);
    return factor;
}

static void assert_near(double value, double wanted)
{
    if (!(fabs(value - wanted) <= 4e-16 * (1 + fabs(wanted)))) fail_msg("%.17g, not near %.17g", value, wanted);
}

/* Warm-up: (step + 1) / warmup; then the schedule's own steps begin. */
static void cosine(void **state)
{
    static const uint64_t warmups[] = {0, 1, 7, 500}, lengths[] = {1, 2, 3, 2350, UINT64_C(1) << 40};
    (void)state;
    for (size_t w = 0; w < 4; w++)
        for (size_t l = 0; l < 5; l++) {
            const uint64_t warmup = warmups[w], steps = warmup + lengths[l];
            const clonal_schedule s = {.name = "cosine", .warmup = warmup, .steps = steps, .every = 1, .gamma = 0.1};
            const struct ref_schedule same = {REF_COSINE, warmup, steps, 1, 0.1};
            assert_int_equal(clonal__schedule_check(&s), CLONAL_OK);
            for (uint64_t t = 0; t < warmup; t++)
                assert_near(factor_of(&s, &same, t), ((double)t + 1) / (double)warmup);
            for (uint64_t i = 0; i <= 1000; i++) {
                const uint64_t t = lengths[l] < 1000 ? i : lengths[l] / 1000 * i;
                const double u = t < lengths[l] ? (double)t / (double)lengths[l] : 1;
                assert_near(factor_of(&s, &same, warmup + t), (1 + cos(3.14159265358979323846 * u)) / 2);
            }
            assert_true(factor_of(&s, &same, warmup) == 1);
            assert_true(factor_of(&s, &same, steps) == 0 && factor_of(&s, &same, UINT64_MAX) == 0);
        }
}

static void stairs(void **state)
{
    static const double gammas[] = {0, 0.1, 0.5, 0.97, 1, 1.5};
    (void)state;
    for (size_t g = 0; g < 6; g++)
        for (uint64_t every = 1; every < 50; every += 7) {
            const clonal_schedule s = {.name = "step", .warmup = 3, .every = every, .gamma = gammas[g]};
            const struct ref_schedule same = {REF_STEPS, 3, 0, every, gammas[g]};
            assert_int_equal(clonal__schedule_check(&s), CLONAL_OK);
            for (uint64_t t = 0; t < 300; t++) {
                const double wanted = pow(gammas[g], (double)(t / every)), factor = factor_of(&s, &same, t + 3);
                if (!(fabs(factor - wanted) <= 1e-13 * wanted)) fail_msg("%a, not near %a", factor, wanted);
            }
            assert_near(factor_of(&s, &same, 0), 1.0 / 3);
        }
}

static void constant(void **state)
{
    const clonal_schedule s = clonal_schedule_default();
    const struct ref_schedule same = {REF_CONSTANT, 0, 0, 1, 0.1};
    (void)state;
    for (uint64_t t = 0; t < 64; t++) assert_true(factor_of(&s, &same, UINT64_C(1) << t) == 1);
    assert_true(factor_of(&s, &same, 0) == 1);
}

/* To the bit as the reference's, and near to what libm says; never above p, and never falling. */
static void dropout_schedules(void **state)
{
    static const double probabilities[] = {0, 0.1, 0.5, 1};
    static const uint64_t lengths[] = {1, 3, 999, 2350, UINT64_C(1) << 40, (UINT64_C(1) << 53) - 1};
    (void)state;
    for (size_t i = 0; i < 4 * 6 * 2; i++) {
        const double p = probabilities[i % 4];
        const uint64_t steps = lengths[i / 4 % 6];
        const bool is_linear = i / 24 == 0;
        const clonal_dropout_schedule s = {is_linear ? "linear" : "exponential", steps};
        const struct ref_dropout_schedule same = {is_linear ? REF_DROPOUT_LINEAR : REF_DROPOUT_EXPONENTIAL, steps};
        double before = 0;
        assert_int_equal(clonal__dropout_schedule_check(&s), CLONAL_OK);
        assert_true(clonal__dropout_probability(&s, p, 0) == 0);
        for (uint64_t k = 0; k <= 5000; k++) {
            const uint64_t t = steps < 1000 ? k : steps / 1000 * k;
            const double q = clonal__dropout_probability(&s, p, t), u = (double)t / (double)steps;
            if (q != ref_probability(&same, p, t)) fail_msg("%s, step %" PRIu64 ": %a", s.name, t, q);
            assert_near(q, p * (is_linear ? fmin(u, 1) : -expm1(-10 * u)));
            assert_true(q >= before && q <= p);
            before = q;
        }
        assert_true(clonal__dropout_probability(&s, p, UINT64_MAX) == p);
        if (is_linear) assert_true(clonal__dropout_probability(&s, p, steps) == p);
        if (!is_linear) assert_true(fabs(p - clonal__dropout_probability(&s, p, steps)) <= 5e-5 * p);
    }
    const clonal_dropout_schedule none = {0}, constant_one = {"constant", 0};
    assert_true(clonal__dropout_probability(&none, 0.3, 0) == 0.3 && !clonal__dropout_varies(&none));
    assert_true(clonal__dropout_probability(&constant_one, 0.3, 7) == 0.3 && !clonal__dropout_varies(&constant_one));
    for (double x = -40; x <= 0; x += 0x1.8p-7)
        if (!(fabs(ref_exp64(x) - exp(x)) <= 3e-16 * exp(x))) fail_msg("e^%a is %a", x, ref_exp64(x));
}

static void refused_dropout_schedules(void **state)
{
    static const struct {
        clonal_dropout_schedule schedule;
        const char *says; /* NULL: it is taken */
    } given[] = {
        {{0}, NULL},
        {{"constant", 0}, NULL},
        {{"linear", 1}, NULL},
        {{"exponential", (UINT64_C(1) << 53) - 1}, NULL},
        {{"linear", 0}, "the dropout schedule's steps is 0: give a finite number, 1 or more"},
        {{"exponential", UINT64_C(1) << 53}, "the dropout schedule's steps is 9.0072e+15: give a number below"},
        {{"cosine", 5}, "there is no dropout schedule \"cosine\": give one of constant, linear, exponential"},
        {{"", 5}, "there is no dropout schedule \"\""}};
    (void)state;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        assert_failure(given[i].says ? given[i].says : "taken", clonal__dropout_schedule_check(&given[i].schedule),
                       given[i].says ? CLONAL_E_ARGUMENT : CLONAL_OK, given[i].says ? given[i].says : "");
    for (const char *const *name = clonal_dropout_schedule_names(); *name; name++)
        assert_string_equal(clonal__dropout_schedule_named(*name)->name, *name);
    assert_ptr_equal(clonal__dropout_schedule_named(NULL),
                     clonal__dropout_schedule_named(clonal_dropout_schedule_names()[0]));
}

static void powers(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 5000; n++) {
        const double b = n % 2 ? 0.999 : 0.9;
        assert_true(clonal__power(b, n) == ref_power(b, n));
        assert_true(fabs(clonal__power(b, n) - pow(b, (double)n)) <= 1e-12 * pow(b, (double)n));
    }
    assert_true(clonal__power(2, 0) == 1 && clonal__power(0, 0) == 1 && clonal__power(0, 3) == 0);
}

static void refused_optimizers(void **state)
{
    static const struct {
        const char *name, *key;
        double value;
        const char *says; /* NULL: it is taken */
    } given[] = {{"sgd", "lr", -0.1, "the learning rate is -0.1: give a finite number, 0 or more"},
                 {"adam", "lr", INFINITY, "the learning rate is inf"},
                 {"sgd", "lr", NAN, "the learning rate is"},
                 {"sgd", "lr", 0, NULL},
                 {"adamw", "weight_decay", -1, "the weight decay is -1"},
                 {"sgd", "momentum", 1, "the momentum is 1: give a number below 1"},
                 {"sgd", "momentum", 0.999, NULL},
                 {"adam", "momentum", 7, NULL}, /* which it passes over */
                 {"adam", "beta1", 1, "is 1: give a number below 1"},
                 {"adamw", "beta1", -0.5, "is -0.5: give a finite number, 0 or more"},
                 {"adam", "beta2", NAN, "give a finite number"},
                 {"sgd", "beta2", 5, NULL},
                 {"adam", "eps", -1e-8, "give a finite number, 0 or more"},
                 {"adam", "eps", 0, NULL},
                 {"rmsprop", "lr", 0.1, "there is no optimizer \"rmsprop\": give one of sgd, adam, adamw"},
                 {"", "lr", 0.1, "there is no optimizer \"\""},
                 {"SGD", "lr", 0.1, "there is no optimizer \"SGD\""}};
    (void)state;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        clonal_optimizer o = clonal_optimizer_default();
        o.name = given[i].name;
        assert_true(clonal__optimizer_set(&o, given[i].key, given[i].value));
        assert_failure(given[i].key, clonal__optimizer_check(&o), given[i].says ? CLONAL_E_ARGUMENT : CLONAL_OK,
                       given[i].says ? given[i].says : "");
    }
    clonal_optimizer o = clonal_optimizer_default();
    assert_false(clonal__optimizer_set(&o, "rho", 0.5));
    o.name = NULL; /* the default's */
    assert_int_equal(clonal__optimizer_check(&o), CLONAL_OK);
}

static void refused_schedules(void **state)
{
    static const struct {
        clonal_schedule schedule;
        const char *says; /* NULL: it is taken */
    } given[] = {
        {{.name = NULL}, NULL},
        {{.name = "linear"}, "there is no schedule \"linear\": give one of constant, step, cosine"},
        {{.name = "step", .every = 0, .gamma = 0.5}, "the schedule's every is 0: give a finite number, 1 or more"},
        {{.name = "step", .every = 1, .gamma = -0.5}, "the schedule's gamma is -0.5"},
        {{.name = "step", .every = 1, .gamma = NAN}, "the schedule's gamma is"},
        {{.name = "cosine"}, "ends at step 0, within its warm-up of 0 steps"},
        {{.name = "cosine", .steps = 10, .warmup = 10}, "ends at step 10, within its warm-up of 10 steps"},
        {{.name = "cosine", .steps = 11, .warmup = 10}, NULL},
        {{.name = "constant", .warmup = (UINT64_C(1) << 53) - 1}, NULL},
        /* binary64, as which run.json's readers take it, has no such number */
        {{.name = "constant", .warmup = (UINT64_C(1) << 53) + 1}, "the warm-up is 9.0072e+15: give a number below"},
        {{.name = "constant", .warmup = UINT64_MAX}, "the warm-up is 1.84467e+19: give a number below"}};
    (void)state;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        assert_failure(given[i].says ? given[i].says : "taken", clonal__schedule_check(&given[i].schedule),
                       given[i].says ? CLONAL_E_ARGUMENT : CLONAL_OK, given[i].says ? given[i].says : "");
}

/* A number of steps takes whole numbers alone, of those that binary64 has all. */
static void whole_numbers(void **state)
{
    static const double taken[] = {0, 1, 0x1p53 - 1}, refused[] = {-1, 0.5, 0x1p53, 1e300, NAN, INFINITY, -INFINITY};
    clonal_schedule s = clonal_schedule_default();
    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        assert_true(clonal__schedule_set(&s, "warmup", taken[i]));
        assert_true((double)s.warmup == taken[i]);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(clonal__schedule_set(&s, "warmup", refused[i]));
    assert_true(s.warmup == (UINT64_C(1) << 53) - 1);
}

/* Names that the public lists give are those that are found, the defaults' first. */
static void names(void **state)
{
    (void)state;
    for (const char *const *name = clonal_optimizer_names(); *name; name++)
        assert_string_equal(clonal__optimizer_named(*name)->name, *name);
    for (const char *const *name = clonal_schedule_names(); *name; name++)
        assert_string_equal(clonal__schedule_named(*name)->name, *name);
    assert_string_equal(clonal_optimizer_default().name, clonal_optimizer_names()[0]);
    assert_string_equal(clonal_schedule_default().name, clonal_schedule_names()[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cosine),
                                       cmocka_unit_test(stairs),
                                       cmocka_unit_test(constant),
                                       cmocka_unit_test(dropout_schedules),
                                       cmocka_unit_test(refused_dropout_schedules),
                                       cmocka_unit_test(powers),
                                       cmocka_unit_test(refused_optimizers),
                                       cmocka_unit_test(refused_schedules),
                                       cmocka_unit_test(whole_numbers),
                                       cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
