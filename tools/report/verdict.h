/* verdict.h: what an interval shows, in words that follow from its numbers. */
#ifndef TOOLS_REPORT_VERDICT_H
#define TOOLS_REPORT_VERDICT_H

#include "text.h"
#include <clonal/statistics.h>

typedef enum verdict {
    VERDICT_UNKNOWN, /* one seed, or a run without a number */
    VERDICT_HIGHER,  /* the interval lies above 0 */
    VERDICT_LOWER,   /* below */
    VERDICT_OPEN     /* it holds 0 */
} verdict;

verdict verdict_of(const clonal_estimate *difference);

/* How numbers of a kind are told: multiplied by `scale`, with so many digits, and a unit. */
typedef struct verdict_unit {
    const char *name; /* " percentage points", with its blank; "" for none */
    double scale;
    int digits;
} verdict_unit;
extern const verdict_unit verdict_points, verdict_plain;

/* "a has a higher WHAT than b, by 0.42 percentage points on average over 5 seeds (95 % interval
 * 0.10 to 0.74, p = 0.018)", or lower, or that none is shown, or why it cannot be told. Of the
 * estimate of a - b, seed by seed, whose interval has that confidence. */
void verdict_difference(text *to, const char *a, const char *b, const char *what, verdict_unit unit,
                        const clonal_estimate *difference, double confidence);
/* "(95 % interval 0.10 to 0.74, p = 0.018)" */
void verdict_interval(text *to, verdict_unit unit, const clonal_estimate *e, double confidence);
/* "87.12 (86.90 to 87.34)", for a table; "-" of no values. */
void verdict_mean(text *to, verdict_unit unit, const clonal_estimate *e);

#endif
