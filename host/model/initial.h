/* initial.h: initial values by the contract's rules, into host memory. */
#ifndef CLONAL_MODEL_INITIAL_H
#define CLONAL_MODEL_INITIAL_H

#include "host/ir/program.h"
#include <clonal/model.h>

/* How a linear node's weights and biases start; static. */
typedef struct clonal__initial_rule clonal__initial_rule;

/* The rule of a name; NULL: fan-in-uniform. NULL when there is none. */
const clonal__initial_rule *clonal__initial_named(const char *name);
const char *clonal__initial_name(const clonal__initial_rule *rule);
/* CLONAL_E_ARGUMENT, with all names, when there is no rule of this one. */
clonal_status clonal__initial_check(const char *name);

/* The first values of a parameter, (rows,columns). */
void clonal__initial_values(const clonal__initial_rule *rule, uint64_t seed,
                            const clonal__parameter *parameter, float *values);

#endif
