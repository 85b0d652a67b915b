/* The schedules of cl/CONTRACT.md, section 5: the factor of the learning rate by step, in binary64.
 * Pure functions, any thread. */
#ifndef CLONAL_REF_SCHEDULE_H
#define CLONAL_REF_SCHEDULE_H

#include <stdint.h>

enum ref_schedule_kind { REF_CONSTANT, REF_STEPS, REF_COSINE };

struct ref_schedule {
    enum ref_schedule_kind kind;
    uint64_t warmup; /* steps that the factor grows over, before the kind's own begin */
    uint64_t steps;  /* cosine: the step where it ends, counted from step 0; above warmup */
    uint64_t every;  /* step: how many steps a factor lasts; above 0 */
    double gamma;    /* step: what each factor is of the one before */
};

/* b^n by squaring, in the contract's order. */
double ref_power(double b, uint64_t n);

/* About cos(pi u), 0 <= u <= 1. */
double ref_cospi(double u);

/* factor(t). */
double ref_factor(const struct ref_schedule *schedule, uint64_t t);

#endif
