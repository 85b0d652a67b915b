/* functions.h: functions of one element and optimizers for tests: the library's, each with the
 * reference's rules. */
#ifndef TEST_FUNCTIONS_H
#define TEST_FUNCTIONS_H

#include "host/ops/operations.h"
#include "host/optim/update.h"

typedef struct tested_function {
    const char *name;
    float argument;
    void (*forward)(float *y, const float *x, float argument, size_t count);
    /* from what the library's rule reads: the output, or the input */
    void (*backward)(float *dx, const float *dy, const float *saved, float argument, size_t count);
} tested_function;

/* All that the library has: fails the test where one of its operations is missing here. */
extern const tested_function tested_functions[];
extern const size_t tested_function_count;
void check_tested_functions(void);
/* The library's function of that name. */
const clonal__function *function_of(const tested_function *f);

/* An optimizer's settings, and one update by the reference of `count` elements in training step
 * `step`. */
typedef struct tested_update {
    clonal_optimizer settings;
    uint64_t step;
} tested_update;
extern const tested_update tested_updates[];
extern const size_t tested_update_count;
void reference_update(const tested_update *u, float *w, float *first, float *second, const float *g,
                      size_t count);
clonal__update_form form_of(const clonal_context *context, const tested_update *u);
void scalars_of(const tested_update *u, float scalars[CLONAL__UPDATE_SCALARS]);

#endif
