/* The schedules of cl/CONTRACT.md, section 5, by step, in binary64: the factor of the learning
 * rate, and the probability of dropout.
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

/* How the probability of dropout grows over the steps. */
enum ref_dropout_kind { REF_DROPOUT_CONSTANT, REF_DROPOUT_LINEAR, REF_DROPOUT_EXPONENTIAL };

struct ref_dropout_schedule {
    enum ref_dropout_kind kind;
    uint64_t steps; /* N; above 0, but for constant, which has none */
};

/* About e^x, -40 <= x <= 0. */
double ref_exp64(double x);

/* The probability in step t of a node whose own is p. */
double ref_probability(const struct ref_dropout_schedule *schedule, double p, uint64_t t);

#endif
