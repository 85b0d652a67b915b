#include "functions.h"

#include "device_test.h"
#include "ref_ops.h"
#include <string.h>

#define WITHOUT_ARGUMENT(name, forward_, backward_)                                                                    \
    static void name##_forward(float *y, const float *x, float a, size_t count)                                        \
    {                                                                                                                  \
        (void)a;                                                                                                       \
        forward_(y, x, count);                                                                                         \
    }                                                                                                                  \
    static void name##_backward(float *dx, const float *dy, const float *saved, float a, size_t count)                 \
    {                                                                                                                  \
        (void)a;                                                                                                       \
        backward_(dx, dy, saved, count);                                                                               \
    }
WITHOUT_ARGUMENT(relu, ref_relu, ref_relu_dx)
WITHOUT_ARGUMENT(sigmoid, ref_sigmoid_forward, ref_sigmoid_dx)
WITHOUT_ARGUMENT(tanh, ref_tanh_forward, ref_tanh_dx)

const tested_function tested_functions[] = {
    {"relu", 0, relu_forward, relu_backward},
    {"sigmoid", 0, sigmoid_forward, sigmoid_backward},
    {"tanh", 0, tanh_forward, tanh_backward},
};
const size_t tested_function_count = sizeof tested_functions / sizeof *tested_functions;

const clonal__function *function_of(const tested_function *f)
{
    for (const clonal__operation *const *o = clonal__operations; *o; o++)
        if (strcmp((*o)->name, f->name) == 0) return (*o)->function;
    fail_msg("the library has no function %s", f->name);
    return NULL;
}

void check_tested_functions(void)
{
    for (const clonal__operation *const *o = clonal__operations; *o; o++) {
        size_t i = 0;
        while (i < tested_function_count && strcmp(tested_functions[i].name, (*o)->name) != 0) i++;
        if ((*o)->function && i == tested_function_count)
            fail_msg("%s is a function that no test holds against the reference: tests/support/functions.c",
                     (*o)->name);
    }
}

const tested_update tested_updates[] = {
    {{"sgd", 0.1f, 0.01f, 0.9f, 0, 0, 0}, 0}, {{"sgd", 0.1f, 0, 0, 0, 0, 0}, 0}, {{"sgd", 0.1f, 0, 0.9f, 0, 0, 0}, 0},
    {{"sgd", 0.1f, 0.01f, 0, 0, 0, 0}, 0},    {{"sgd", 0, 0, 0.9f, 0, 0, 0}, 3},
};
const size_t tested_update_count = sizeof tested_updates / sizeof *tested_updates;

void reference_update(const tested_update *u, float *w, float *first, float *second, const float *g, size_t count)
{
    const clonal_optimizer *s = &u->settings;
    (void)second;
    ref_sgd(w, first, g, count, s->learning_rate, s->momentum, s->weight_decay);
}

clonal__update_form form_of(const clonal_context *context, const tested_update *u)
{
    return clonal__update_form_of(context, clonal__optimizer_named(u->settings.name), &u->settings);
}

void scalars_of(const tested_update *u, float scalars[CLONAL__UPDATE_SCALARS])
{
    memset(scalars, 0, CLONAL__UPDATE_SCALARS * sizeof *scalars);
    clonal__optimizer_named(u->settings.name)
        ->scalars(&u->settings, (double)u->settings.learning_rate, u->step, scalars);
}
