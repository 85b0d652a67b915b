/* test_normal.c: normal variates: their quantiles against the C library's error function, and the distribution of many
 * of them: moments, and the largest distance from the normal distribution (Kolmogorov-Smirnov).
 * ctest: LABELS long TIMEOUT 900 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/base/normal.h"
#include "host/model/initial.h"
#include "ref_initial.h"
#include "ref_philox.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* P(Z < z) of a standard normal Z, from the smaller tail, so that it is as good there. */
static double below(double z)
{
    return 0.5 * erfc(-z * 0.70710678118654752440);
}

/* quantile(p) differs from the true one by d where P differs by d times the density. */
static void test_quantile(void **state)
{
    double worst = 0;
    (void)state;
    for (uint64_t word = 0; word < UINT64_C(1) << 32; word += 40503) {
        const double p = ((double)word + 0.5) / 4294967296.0, z = clonal__normal_quantile(p);
        const double density = exp(-0.5 * z * z) * 0.39894228040143267794;
        const double tail = z < 0 ? below(z) - p : (1 - p) - below(-z);
        const double error = fabs(tail / density) / (fabs(z) + 1e-3);
        assert_true(error < 1e-13);
        if (error > worst) worst = error;
        assert_true(z == ref_quantile(p));
    }
    print_message("largest relative error of a quantile: %.2g\n", worst);
    assert_true(clonal__normal_quantile(0.5) == 0);
}

static void test_logarithm(void **state)
{
    (void)state;
    for (double x = 0x1p-33; x < 0.5; x *= 1.0001)
        assert_true(fabs(ref_log64(x) - log(x)) <= 2 * DBL_EPSILON * fabs(log(x)));
}

static int ascending(const void *a, const void *b)
{
    float x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

enum { SIDE = 8192 }; /* SIDE^2 = 2^26 values of one layer */

/* The values of a weight (SIDE,SIDE) by a rule, in ascending order; free. */
static float *values_of(const char *rule)
{
    const clonal__parameter p = {
        .node = 2, .rank = 2, .rows = SIDE, .columns = SIDE, .fan_in = SIDE, .initial = CLONAL__INITIAL_WEIGHT};
    float *values = malloc(sizeof(float) * SIDE * SIDE);
    assert_non_null(values);
    clonal__initial_values(clonal__initial_named(rule), 7, &p, values);
    return values;
}

/* Within five deviations of what a sample of this size has. */
static void assert_moments(const float *values, double deviation, double kurtosis)
{
    const double n = (double)SIDE * SIDE;
    double sum = 0, square = 0, third = 0, fourth = 0;
    for (size_t i = 0; i < (size_t)SIDE * SIDE; i++) {
        const double z = values[i] / deviation;
        sum += z;
        square += z * z;
        third += z * z * z;
        fourth += z * z * z * z;
    }
    assert_true(fabs(sum / n) < 5 / sqrt(n));
    assert_true(fabs(square / n - 1) < 5 * sqrt((kurtosis - 1) / n));
    assert_true(fabs(third / n) < 5 * sqrt(15 / n));
    assert_true(fabs(fourth / n - kurtosis) < 5 * sqrt(96 / n));
}

/* The largest distance of the values' distribution from that of the rule, times sqrt(n): above 1.95 in one of 1,000. */
static double distance(float *values, double scale, double cut)
{
    const size_t n = (size_t)SIDE * SIDE;
    double largest = 0;
    qsort(values, n, sizeof *values, ascending);
    for (size_t i = 0; i < n; i++) {
        const double p = (below(values[i] / scale) - cut) / (1 - 2 * cut);
        const double d = fmax(fabs(p - (double)i / (double)n), fabs((double)(i + 1) / (double)n - p));
        if (!(d <= largest)) largest = d;
    }
    return largest * sqrt((double)n);
}

static void test_normal(void **state)
{
    float *values = values_of("normal");
    (void)state;
    assert_moments(values, 0.01, 3);
    const double d = distance(values, 0.01, 0);
    print_message("normal: Kolmogorov-Smirnov %.3f, from %.3f to %.3f deviations\n", d, values[0] / 0.01,
                  values[(size_t)SIDE * SIDE - 1] / 0.01);
    assert_true(d < 1.95);
    assert_true(values[0] < -0.05 && values[(size_t)SIDE * SIDE - 1] > 0.05);
    free(values);
}

/* Cut off at two deviations of the whole one, whose deviation is that which the rule states: 1/sqrt(SIDE). The fourth
 * moment of the cut one, of deviation 1, is 2.3655 (from its integral). */
static void test_truncated(void **state)
{
    const double stated = 1 / sqrt(SIDE), whole = stated / 0.87962566103423978;
    float *values = values_of("lecun-normal");
    (void)state;
    assert_moments(values, stated, 2.3655);
    const double d = distance(values, whole, 0.022750131948179207);
    print_message("lecun-normal: Kolmogorov-Smirnov %.3f\n", d);
    assert_true(d < 1.95);
    assert_true(values[0] >= -2.0001 * whole && values[0] < -1.999 * whole);
    assert_true(values[(size_t)SIDE * SIDE - 1] <= 2.0001 * whole && values[(size_t)SIDE * SIDE - 1] > 1.999 * whole);
    free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_quantile), cmocka_unit_test(test_logarithm),
                                       cmocka_unit_test(test_normal), cmocka_unit_test(test_truncated)};
    return cmocka_run_group_tests_name("normal", tests, NULL, NULL);
}
