#include "functions.h"

#include "device_test.h"
#include "ref_activations.h"
#include "ref_optim.h"
#include <string.h>

#define BY_REFERENCE(name, op)                                                                                         \
    static void name##_forward(float *y, const float *x, float a, size_t count)                                        \
    {                                                                                                                  \
        ref_activation(op, (double)a, y, x, count);                                                                    \
    }                                                                                                                  \
    static void name##_backward(float *dx, const float *dy, const float *saved, float a, size_t count)                 \
    {                                                                                                                  \
        ref_activation_dx(op, (double)a, dx, dy, saved, count);                                                        \
    }
BY_REFERENCE(relu, REF_RELU)
BY_REFERENCE(sigmoid, REF_SIGMOID)
BY_REFERENCE(tanh, REF_TANH)
BY_REFERENCE(gelu, REF_GELU)
BY_REFERENCE(silu, REF_SILU)
BY_REFERENCE(leaky_relu, REF_LEAKY_RELU)
BY_REFERENCE(selu, REF_SELU)

#define ROW(name, argument)                                                                                            \
    {                                                                                                                  \
#name, argument, name##_forward, name##_backward                                                               \
    }
const tested_function tested_functions[] = {
    ROW(relu, 0), ROW(sigmoid, 0), ROW(tanh, 0), ROW(gelu, 0), ROW(silu, 0), ROW(leaky_relu, 0.01f), ROW(selu, 0),
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
    {{"sgd", 0.1f, 0.01f, 0.9f, 0, 0, 0}, 0},
    {{"sgd", 0.1f, 0, 0, 0, 0, 0}, 0},
    {{"sgd", 0.1f, 0, 0.9f, 0, 0, 0}, 0},
    {{"sgd", 0.1f, 0.01f, 0, 0, 0, 0}, 0},
    {{"sgd", 0, 0, 0.9f, 0, 0, 0}, 3},
    {{"adam", 0.001f, 0.01f, 0, 0.9, 0.999, 1e-8f}, 0},
    {{"adam", 0.01f, 0, 0, 0.5, 0.25, 0}, UINT64_C(1) << 33},
    {{"adamw", 0.001f, 0.01f, 0, 0.9, 0.999, 1e-8f}, 6},
    {{"adamw", 0.01f, 0, 0, 0, 0.99, 0.1f}, 1},
};
const size_t tested_update_count = sizeof tested_updates / sizeof *tested_updates;

void reference_update(const tested_update *u, float *w, float *first, float *second, const float *g, size_t count)
{
    const clonal_optimizer *o = &u->settings;
    struct ref_settings settings = {.batch = 1};
    float *const states[REF_MAX_STATES] = {first, second};
    ref_settings_defaults(&settings);
    assert_int_equal(ref_settings_set(&settings, "optimizer", o->name), 0);
    settings.lr = (double)o->learning_rate;
    settings.momentum = (double)o->momentum;
    settings.weight_decay = (double)o->weight_decay;
    settings.beta1 = o->beta1;
    settings.beta2 = o->beta2;
    settings.eps = (double)o->epsilon;
    const struct ref_scalars scalars = ref_scalars_at(&settings, u->step);
    ref_optimize(&settings, &scalars, w, states, g, count);
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
