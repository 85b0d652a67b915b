/* What a training is set to (cl/CONTRACT.md, sections 5 and 8), and how it is written as keys and
 * values. Threads: any. */
#ifndef CLONAL_REF_SETTINGS_H
#define CLONAL_REF_SETTINGS_H

#include "ref_schedule.h"

#include <stddef.h>

/* How linear nodes start (section 5, "Parameters"), in the contract's order. */
enum ref_initial_rule {
    REF_FAN_IN_UNIFORM,
    REF_UNIFORM,
    REF_LECUN_UNIFORM,
    REF_HE_UNIFORM,
    REF_GLOROT_UNIFORM,
    REF_NORMAL,
    REF_LECUN_NORMAL,
    REF_HE_NORMAL,
    REF_GLOROT_NORMAL
};

enum ref_optimizer { REF_SGD, REF_ADAM, REF_ADAMW };

/* Numbers are as read; lr, momentum, weight_decay and eps are used as fl32. All 0 behind
 * weight_decay is plain SGD with a constant rate. */
struct ref_settings {
    uint64_t seed;
    size_t batch;
    double lr, momentum, weight_decay;
    enum ref_optimizer optimizer;
    double beta1, beta2, eps; /* adam's and adamw's */
    struct ref_schedule schedule;
    struct ref_dropout_schedule dropout; /* all 0: constant */
    enum ref_initial_rule initial;
};

/* Sets what has a default in a line of cases: all that is behind weight_decay. */
void ref_settings_defaults(struct ref_settings *settings);

/* Sets one of those by its key in a line of cases (optimizer, beta1, beta2, eps, schedule, warmup,
 * steps, every, gamma, initial, dropout_schedule, dropout_steps). Returns 0, or -1 where there is
 * no such key or value. */
int ref_settings_set(struct ref_settings *settings, const char *key, const char *value);

/* Sets them from the rest of a line, `key value` pairs up to a line feed or its end, and checks
 * that they go together. Returns 0 or -1. */
int ref_settings_read(struct ref_settings *settings, const char *pairs);

/* Whether the settings go together: 0, or -1. */
int ref_settings_check(const struct ref_settings *settings);

#endif
