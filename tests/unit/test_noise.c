/* test_noise.c: what dropout's relatives do to values, in the reference, over 2^24 elements of each: moments, and the
 * largest distance from the distribution that each should have (Kolmogorov-Smirnov); selu and alpha dropout keep mean
 * 0 and variance 1; spatial dropout drops whole channels. Bounds are five deviations of a sample of the size.
 * ctest: LABELS long TIMEOUT 900 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref_activations.h"
#include "ref_noise.h"
#include "ref_philox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 4096, COLUMNS = 4096, COUNT = ROWS * COLUMNS, BINS = 1 << 16 };

static const struct ref_draw draw = {.seed = 11, .node = 3, .step = 5};

/* What an operation makes of x (rows,columns), in training. */
static float *made(enum ref_op op, double attribute, const float *x)
{
    const struct ref_node node = {.op = op, .rank = 1, .shape = {COLUMNS}, .columns = COLUMNS, .attribute = attribute};
    float *y = ref_alloc(COUNT, sizeof *y);
    uint8_t *keep = ref_alloc(COUNT, 1);
    ref_noise(&node, draw, y, x, keep, NULL, ROWS);
    free(keep);
    return y;
}

static float *constant(float value)
{
    float *x = ref_alloc(COUNT, sizeof *x);
    for (size_t i = 0; i < COUNT; i++) x[i] = value;
    return x;
}

typedef struct moments {
    double mean, variance, skewness, kurtosis; /* the last two about the mean, in deviations */
} moments;

static moments moments_of(const float *values, size_t count)
{
    moments m = {0, 0, 0, 0};
    const double n = (double)count;
    for (size_t i = 0; i < count; i++) m.mean += (double)values[i] / n;
    for (size_t i = 0; i < count; i++) {
        const double d = (double)values[i] - m.mean;
        m.variance += d * d / n;
        m.skewness += d * d * d / n;
        m.kurtosis += d * d * d * d / n;
    }
    m.skewness /= m.variance * sqrt(m.variance);
    m.kurtosis /= m.variance * m.variance;
    return m;
}

static void assert_near(const char *what, double value, double wanted, double deviation)
{
    if (!(fabs(value - wanted) <= 5 * deviation))
        fail_msg("%s is %.9g, not %.9g by 5 times %.3g", what, value, wanted, deviation);
}

/* By the deviations of a sample's moments: of the third and fourth, of a normal distribution's. */
static void assert_normal(const float *values, double mean, double deviation)
{
    const moments m = moments_of(values, COUNT);
    const double n = COUNT, variance = deviation * deviation;
    assert_near("the mean", m.mean, mean, deviation / sqrt(n));
    assert_near("the variance", m.variance, variance, variance * sqrt(2 / n));
    assert_near("the skewness", m.skewness, 0, sqrt(6 / n));
    assert_near("the kurtosis", m.kurtosis, 3, sqrt(24 / n));
}

static double share_below_normal(double z)
{
    return 0.5 * erfc(-z * 0.70710678118654752440);
}

static double share_below_uniform(double u)
{
    return 0.5 + 0.5 * u;
}

/* sqrt(n) times the largest distance at 2^16 points, spread evenly over the shares; a distance between them is larger
 * by 2^-16 at most, 0.06 here. Above 1.95 in one of 1,000 samples. */
static double distance(const float *values, double mean, double scale, double (*share_below)(double))
{
    uint32_t *counts = ref_alloc(BINS, sizeof *counts);
    double largest = 0, sum = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const double share = share_below(((double)values[i] - mean) / scale);
        const size_t bin = (size_t)(share * BINS);
        counts[bin < BINS ? bin : BINS - 1]++;
    }
    for (size_t bin = 0; bin < BINS; bin++) {
        sum += counts[bin];
        largest = fmax(largest, fabs(sum / COUNT - (double)(bin + 1) / BINS));
    }
    free(counts);
    return largest * sqrt((double)COUNT);
}

static void assert_distance(const char *what, double d)
{
    print_message("%s: Kolmogorov-Smirnov %.3f\n", what, d);
    assert_true(d < 1.95 - 0.06);
}

static void gaussian_noise(void **state)
{
    float *x = constant(1), *y = made(REF_GAUSSIAN_NOISE, 0.25, x);
    (void)state;
    assert_normal(y, 1, 0.25);
    assert_distance("gaussian_noise", distance(y, 1, 0.25, share_below_normal));
    free(x), free(y);
}

/* Of variance p/(1-p), as dropout's own factors have. */
static void gaussian_dropout(void **state)
{
    float *x = constant(-2), *y = made(REF_GAUSSIAN_DROPOUT, 0.2, x);
    (void)state;
    assert_normal(y, -2, 2 * 0.5);
    assert_distance("gaussian_dropout", distance(y, -2, 2 * 0.5, share_below_normal));
    free(x), free(y);
}

static void uniform_noise(void **state)
{
    float *x = constant(0), *y = made(REF_UNIFORM_NOISE, 3, x);
    const moments m = moments_of(y, COUNT);
    (void)state;
    assert_near("the mean", m.mean, 0, sqrt(3.0 / COUNT));
    assert_near("the variance", m.variance, 3, 3 * sqrt((1.8 - 1) / COUNT));
    for (size_t i = 0; i < COUNT; i++) assert_true(y[i] >= -3 && y[i] < 3);
    assert_distance("uniform_noise", distance(y, 0, 3, share_below_uniform));
    free(x), free(y);
}

/* Normal values that do not come from the variates of the contract: Box and Muller's, of other words. */
static float *normal_values(void)
{
    float *x = ref_alloc(COUNT, sizeof *x);
    for (uint32_t i = 0; i < COUNT; i += 2) {
        const double u = ((double)ref_word(99, 0, 0, i / COLUMNS, i % COLUMNS) + 0.5) * 0x1p-32;
        const double v = ((double)ref_word(99, 0, 0, i / COLUMNS, i % COLUMNS + 1) + 0.5) * 0x1p-32;
        const double r = sqrt(-2 * log(u)), angle = 6.28318530717958647692 * v;
        x[i] = (float)(r * cos(angle));
        x[i + 1] = (float)(r * sin(angle));
    }
    return x;
}

/* A sample's variance has the deviation sqrt((kurtosis - 1) / n) where the true one is 1. */
static void assert_standard(const float *values)
{
    const moments m = moments_of(values, COUNT);
    assert_near("the mean", m.mean, 0, sqrt(1.0 / COUNT));
    assert_near("the variance", m.variance, 1, sqrt((m.kurtosis - 1) / COUNT));
}

static void selu_and_alpha_dropout(void **state)
{
    static const double probabilities[] = {0.05, 0.5, 0.9};
    float *x = normal_values(), *y = ref_alloc(COUNT, sizeof *y);
    (void)state;
    assert_standard(x);
    ref_activation(REF_SELU, 0, y, x, COUNT);
    assert_standard(y);
    for (size_t i = 0; i < sizeof probabilities / sizeof *probabilities; i++) {
        float *dropped = made(REF_ALPHA_DROPOUT, probabilities[i], y);
        assert_standard(dropped);
        free(dropped);
    }
    free(x), free(y);
}

/* Channels are dropped whole, as dropout drops the elements of (rows, channels); the others grow by 1/(1-p). */
static void spatial_dropout(void **state)
{
    enum { CHANNELS = 37, ELEMENTS = 11, SAMPLES = 2000, MASK = SAMPLES * CHANNELS };
    const struct ref_node node = {.op = REF_SPATIAL_DROPOUT,
                                  .rank = 2,
                                  .shape = {CHANNELS, ELEMENTS},
                                  .columns = CHANNELS * ELEMENTS,
                                  .attribute = 0.3};
    float *x = constant(7), *y = ref_alloc(MASK * ELEMENTS, sizeof *y);
    uint8_t *keep = ref_alloc(MASK, 1), *plain = ref_alloc(MASK, 1);
    size_t kept = 0;
    (void)state;
    ref_noise(&node, draw, y, x, keep, NULL, SAMPLES);
    ref_mask(plain, SAMPLES, CHANNELS, 0.3, draw.seed, ref_stream(REF_PURPOSE_DROPOUT, draw.node), draw.step);
    assert_memory_equal(keep, plain, MASK);
    for (size_t i = 0; i < MASK * ELEMENTS; i++) {
        assert_true(y[i] == y[i / ELEMENTS * ELEMENTS]);
        assert_true(y[i] == 0 || fabs((double)y[i] - 7 / 0.7) < 1e-6);
        assert_int_equal(keep[i / ELEMENTS], y[i] != 0);
    }
    for (size_t i = 0; i < MASK; i++) kept += keep[i];
    assert_near("the share kept", (double)kept / MASK, 0.7, sqrt(0.3 * 0.7 / MASK));
    free(x), free(y), free(keep), free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gaussian_noise), cmocka_unit_test(gaussian_dropout),
                                       cmocka_unit_test(uniform_noise), cmocka_unit_test(selu_and_alpha_dropout),
                                       cmocka_unit_test(spatial_dropout)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
