/* ref_initial.h: how linear nodes start (cl/CONTRACT.md, section 5, "Parameters" and "Normal
 * variates"). Threads: any. */
#ifndef CLONAL_REF_INITIAL_H
#define CLONAL_REF_INITIAL_H

#include "ref_settings.h"

/* weight (outputs,inputs), bias (outputs) of a node. */
void ref_initial_weight(float *weight, size_t outputs, size_t inputs, enum ref_initial_rule rule,
                        uint64_t seed, uint32_t node);
void ref_initial_bias(float *bias, size_t outputs, size_t inputs, enum ref_initial_rule rule,
                      uint64_t seed, uint32_t node);

/* A normal variate of a word, and one of a normal distribution cut off at two deviations. */
double ref_normal(uint32_t word);
double ref_truncated_normal(uint32_t word);
/* The inverse of the normal distribution, and the logarithm that it takes. */
double ref_quantile(double p);
double ref_log64(double x);

#endif
