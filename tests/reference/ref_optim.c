#include "ref_optim.h"

#include "ref_math.h"
#include "ref_ops.h"

#include <math.h>

struct ref_scalars ref_scalars_at(const struct ref_settings *settings, uint64_t t)
{
    struct ref_scalars scalars = {.momentum = (float)settings->momentum, .weight_decay = (float)settings->weight_decay};
    double lr = (double)(float)settings->lr;
    double lr_t = lr * ref_factor(&settings->schedule, t);
    scalars.rate = (float)lr_t;
    if (settings->optimizer == REF_SGD) return scalars;

    double p1 = 1.0 - ref_power(settings->beta1, t + 1);
    double p2 = 1.0 - ref_power(settings->beta2, t + 1);
    double root = sqrt(p2);
    double decay = lr_t * (double)scalars.weight_decay;
    scalars.rate = (float)(lr_t / p1);
    scalars.r2 = (float)(1.0 / root);
    scalars.c1 = (float)(1.0 - settings->beta1);
    scalars.b2 = (float)settings->beta2;
    scalars.c2 = (float)(1.0 - settings->beta2);
    scalars.eps = (float)settings->eps;
    scalars.keep = (float)(1.0 - decay);
    return scalars;
}

size_t ref_state_count(const struct ref_settings *settings)
{
    if (settings->optimizer != REF_SGD) return 2;
    return (float)settings->momentum != 0.0f;
}

const char *ref_state_name(const struct ref_settings *settings, size_t state)
{
    if (settings->optimizer == REF_SGD) return "velocity";
    return state == 0 ? "first_moment" : "second_moment";
}

void ref_optimize(const struct ref_settings *settings, const struct ref_scalars *scalars, float *w,
                  float *const states[REF_MAX_STATES], const float *gradient, size_t count)
{
    switch (settings->optimizer) {
    case REF_SGD:
        ref_sgd(w, states[0], gradient, count, scalars->rate, scalars->momentum, scalars->weight_decay);
        break;
    case REF_ADAM:
        ref_adam(w, states[0], states[1], gradient, count, scalars);
        break;
    case REF_ADAMW:
        ref_adamw(w, states[0], states[1], gradient, count, scalars);
        break;
    }
}

/* One element of adam, behind the weight decay. */
static void adam_element(float *w, float *m, float *v, float g, const struct ref_scalars *scalars)
{
    float d = g - *m;
    *m = fmaf(scalars->c1, d, *m);
    float s = g * g;
    float u = scalars->b2 * *v;
    *v = fmaf(scalars->c2, s, u);
    float q = ref_sqrt(*v);
    q = fmaf(q, scalars->r2, scalars->eps);
    q = ref_div(*m, q);
    *w = fmaf(-scalars->rate, q, *w);
}

void ref_adam(float *w, float *m, float *v, const float *gradient, size_t count, const struct ref_scalars *scalars)
{
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i];
        if (scalars->weight_decay != 0.0f) g = fmaf(scalars->weight_decay, w[i], g);
        adam_element(&w[i], &m[i], &v[i], g, scalars);
    }
}

void ref_adamw(float *w, float *m, float *v, const float *gradient, size_t count, const struct ref_scalars *scalars)
{
    for (size_t i = 0; i < count; i++) {
        if (scalars->weight_decay != 0.0f) w[i] = w[i] * scalars->keep;
        adam_element(&w[i], &m[i], &v[i], gradient[i], scalars);
    }
}
