/* statistics.h: what repeated runs tell: means with intervals, and comparisons, by Student's t.
 * Plain functions of numbers: no device, no memory kept, any thread. */
#ifndef CLONAL_STATISTICS_H
#define CLONAL_STATISTICS_H

#include <clonal/status.h>
#include <stddef.h>

CLONAL_BEGIN

/* The mean of a sample of n values, and what it tells of the mean that they were drawn around, if
 * that is a normal distribution. */
typedef struct clonal_estimate {
    size_t count;     /* n */
    double mean;      /* of the values */
    double deviation; /* sqrt(sum of squares about the mean / (n - 1)); NaN for n = 1 */
    /* The interval of that confidence around mean: mean -+ q deviation / sqrt(n), q the quantile of
     * Student's t with n - 1 degrees of freedom; NaN for n = 1. */
    double low, high;
    /* Student's test of the hypothesis that the true mean is 0: t = mean sqrt(n) / deviation, and
     * the probability p of one as far from 0 or farther, to both sides. Where the deviation is 0,
     * t is an infinity and p 0, or 0 and 1 for a mean of 0; NaN for n = 1. */
    double t, p;
} clonal_estimate;

/* Of values (n). A value that is no number makes all but the count NaN. 0 < confidence < 1.
 * CLONAL_E_ARGUMENT: n is 0, such a confidence. */
CLONAL_API clonal_status clonal_estimate_mean(const double *values, size_t n, double confidence,
                                              clonal_estimate *estimate);

/* The same of a contrast: sum over the arms k of weights[k] * values[k * n + i], for each i of n
 * pairs (here: seeds), values (arms,n). Weights 1, -1 are the paired t-test of two arms; 1, -1, -1,
 * 1 of (both, first alone, second alone, neither) the interaction of a two by two design, which is
 * 0 where the two effects add up. CLONAL_E_ARGUMENT: no arms, and as above. */
CLONAL_API clonal_status clonal_estimate_contrast(const double *values, size_t arms, size_t n,
                                                  const double *weights, double confidence,
                                                  clonal_estimate *estimate);

/* P(|T| > |t|) of Student's t with so many degrees of freedom, at least 1: to some 10^-13 of it.
 * NaN for other degrees, and for a t that is none. */
CLONAL_API double clonal_student_outside(double t, double degrees);
/* q > 0 with P(|T| > q) = p, 0 < p <= 1: 12.706 for 0.05 and 1 degree. NaN for others. */
CLONAL_API double clonal_student_quantile(double p, double degrees);

CLONAL_END

#endif
