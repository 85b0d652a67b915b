/* statistics.c: see clonal/statistics.h. Student's t by the incomplete beta function. */
#include "host/base/error.h"
#include "host/base/float_environment.h"
#include <clonal/statistics.h>
#include <math.h>
#include <string.h>

/* log B(a, 1/2): by the gamma function of C's library (lgamma itself writes a global), and for an a whose logarithms
 * would cancel by the series of log(gamma(a + 1/2) / gamma(a)) (from DLMF 5.11.8), to 10^-15 at 20. */
static double log_beta_half(double a)
{
    const double half_log_pi = 0.57236494292470008707;
    int sign;
    if (a < 20) return lgamma_r(a, &sign) + half_log_pi - lgamma_r(a + 0.5, &sign);
    const double x = 1 / (a * a);
    const double series = -1.0 / 8 + x * (1.0 / 192 + x * (-1.0 / 640 + x * (17.0 / 14336 - x * 31.0 / 18432)));
    return half_log_pi - 0.5 * log(a) - series / a;
}

static double away_from_zero(double x)
{
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* The continued fraction of DLMF 8.17.22, from its head down by Lentz's method; for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
    for (int m = 1; m < 10000; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        value *= c * d;
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        value *= c * d;
        if (fabs(c * d - 1) < 1e-16) break;
    }
    return value;
}

/* The regularized incomplete beta function I_x(a, 1/2), with 1 - x, which keeps its digits beside an x near 1. */
static double incomplete_beta_half(double x, double one_less_x, double a)
{
    if (x <= 0) return 0;
    if (one_less_x <= 0) return 1;
    const double log_x = x > 0.5 ? log1p(-one_less_x) : log(x);
    const double head = exp(a * log_x + 0.5 * log(one_less_x) - log_beta_half(a));
    if (x < (a + 1) / (a + 2.5)) return head * beta_fraction(x, a, 0.5) / a;
    return 1 - head * beta_fraction(one_less_x, 0.5, a) / 0.5;
}

double clonal_student_outside(double t, double degrees)
{
    CLONAL__FLOATS;
    if (isnan(t) || !(degrees >= 1) || isinf(degrees)) return NAN;
    if (isinf(t)) return 0;
    const double square = t * t, whole = degrees + square;
    return isinf(whole) ? 0 : incomplete_beta_half(degrees / whole, square / whole, degrees / 2);
}

double clonal_student_quantile(double p, double degrees)
{
    CLONAL__FLOATS;
    if (!(p > 0 && p <= 1 && degrees >= 1) || isinf(degrees)) return NAN;
    double low = 0, high = 1;
    while (clonal_student_outside(high, degrees) > p && high < 1e300) high *= 2;
    for (int i = 0; i < 200 && low < high; i++) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        if (clonal_student_outside(middle, degrees) > p)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* The weighted sum over the arms of value i. */
static double contrast(const double *values, size_t arms, size_t n, const double *weights, size_t i)
{
    double sum = 0;
    for (size_t k = 0; k < arms; k++) sum += weights[k] * values[k * n + i];
    return sum;
}

clonal_status clonal_estimate_contrast(const double *values, size_t arms, size_t n, const double *weights,
                                       double confidence, clonal_estimate *estimate)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(estimate);
    memset(estimate, 0, sizeof *estimate);
    CLONAL__NEEDS(values && weights);
    if (arms == 0 || n == 0) return clonal__fail(CLONAL_E_ARGUMENT, "there are no values to estimate a mean of");
    if (!(confidence > 0 && confidence < 1))
        return clonal__fail(CLONAL_E_ARGUMENT, "a confidence of %g: it lies between 0 and 1", confidence);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += contrast(values, arms, n, weights, i);
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double away = contrast(values, arms, n, weights, i) - mean;
        squares += away * away;
    }
    *estimate = (clonal_estimate){n, mean, NAN, NAN, NAN, NAN, NAN};
    if (n == 1) return CLONAL_OK;
    const double degrees = (double)(n - 1), deviation = sqrt(squares / degrees), error = deviation / sqrt((double)n);
    const double reach = clonal_student_quantile(1 - confidence, degrees) * error;
    estimate->deviation = deviation;
    estimate->low = mean - reach;
    estimate->high = mean + reach;
    estimate->t = mean == 0 && error == 0 ? 0 : mean / error;
    estimate->p = clonal_student_outside(estimate->t, degrees);
    return CLONAL_OK;
}

clonal_status clonal_estimate_mean(const double *values, size_t n, double confidence, clonal_estimate *estimate)
{
    static const double one = 1;
    CLONAL__NEEDS(estimate);
    memset(estimate, 0, sizeof *estimate);
    CLONAL__NEEDS(values);
    return clonal_estimate_contrast(values, 1, n, &one, confidence, estimate);
}
