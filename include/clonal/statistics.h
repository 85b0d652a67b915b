/* statistics.h: what a few values of the same quantity tell: mean, deviation, Student's interval, a
 * paired test. Binary64, any thread; nothing here needs a device.
 *
 * Student's distribution is computed from the continued fraction of the incomplete beta function
 * (NIST Digital Library of Mathematical Functions, 8.17.22, by Lentz's method); its quantile starts
 * from G. W. Hill, Algorithm 396, Communications of the ACM 13 (1970), and is then refined by
 * Newton's method. Both are right to some 10^-12 of the value. */
#ifndef CLONAL_STATISTICS_H
#define CLONAL_STATISTICS_H

#include <clonal/status.h>
#include <stddef.h>

CLONAL_BEGIN

/* Of a sample. NaN where there are too few values: mean below 1, the others below 2. One value that
 * is NaN makes them all NaN. */
typedef struct clonal_summary {
    size_t count;
    double mean;
    double deviation; /* sqrt(sum (x - mean)^2 / (count - 1)) */
    double low, high; /* the interval of the mean: mean +- t deviation / sqrt(count) */
} clonal_summary;

/* Sums up values (count), by an interval that holds the mean of a normal distribution with
 * probability `level` (0.95), by Student's t with count - 1 degrees of freedom. Errors:
 * CLONAL_E_ARGUMENT (NULL; a level that is not above 0 and at most 1 - 10^-8). */
CLONAL_API clonal_status clonal_summarize(size_t count, const double *values, double level,
                                          clonal_summary *summary);

/* *t with P(T <= t) = p for Student's T with `freedom` degrees of freedom, which need not be whole.
 * Errors: CLONAL_E_ARGUMENT unless 2^-32 <= p <= 1 - 2^-32 and 1 <= freedom <= 10^7. */
CLONAL_API clonal_status clonal_student_quantile(double p, double freedom, double *t);
/* *p = P(|T| >= |t|), both tails. Errors: CLONAL_E_ARGUMENT (freedom as above; t is NaN). */
CLONAL_API clonal_status clonal_student_tails(double t, double freedom, double *p);

/* The paired t test: whether a and b (count), of the same seeds, have the same mean. */
typedef struct clonal_paired {
    clonal_summary difference; /* of a[i] - b[i], with its interval */
    double t;                  /* its mean over its standard error; NaN below 2 pairs */
    double p;                  /* of so large a |t| where the means are equal: two-sided */
} clonal_paired;

/* Errors: as clonal_summarize. Where all differences are the same, t is infinite and p is 0, or,
 * where they are 0, t is 0 and p is 1. */
CLONAL_API clonal_status clonal_compare_paired(size_t count, const double *a, const double *b,
                                               double level, clonal_paired *paired);

CLONAL_END

#endif
