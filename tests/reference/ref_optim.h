/* The optimizers of cl/CONTRACT.md, section 5: what is computed once a step, and the update of a
 * parameter. Threads: any. */
#ifndef CLONAL_REF_OPTIM_H
#define CLONAL_REF_OPTIM_H

#include "ref_settings.h"

enum { REF_MAX_STATES = 2 };

/* The scalars of a step, binary32. rate, momentum and weight_decay are every optimizer's; the
 * others are of adam and adamw, keep of adamw alone. */
struct ref_scalars {
    float rate, momentum, weight_decay;
    float c1, b2, c2, r2, eps, keep;
};

/* The scalars of step t. */
struct ref_scalars ref_scalars_at(const struct ref_settings *settings, uint64_t t);

/* How many states each parameter has, and the name of one: velocity; first_moment, second_moment.
 */
size_t ref_state_count(const struct ref_settings *settings);
const char *ref_state_name(const struct ref_settings *settings, size_t state);

/* One update of a parameter w of `count` elements with its gradient; states has
 * ref_state_count(settings) arrays of as many, which are +0 before the first step. */
void ref_optimize(const struct ref_settings *settings, const struct ref_scalars *scalars, float *w,
                  float *const states[REF_MAX_STATES], const float *gradient, size_t count);

/* The updates of adam and adamw with their two states; sgd's is in ref_ops.h. */
void ref_adam(float *w, float *m, float *v, const float *gradient, size_t count,
              const struct ref_scalars *scalars);
void ref_adamw(float *w, float *m, float *v, const float *gradient, size_t count,
               const struct ref_scalars *scalars);

#endif
