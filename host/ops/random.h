/* random.h: how a dropout kernel is launched: for the operation and for the public functions. */
#ifndef CLONAL_OPS_RANDOM_H
#define CLONAL_OPS_RANDOM_H

#include "host/ops/ops.h"
#include <clonal/random.h>

/* The form of cl/dropout.cl, or of cl/noise.cl, that suits the device and the shape. The bits do
 * not depend on it. */
typedef struct clonal__dropout_form {
    const char *options;
    uint32_t items;       /* argument of the kernel */
    size_t group, global; /* work-items */
    int wide;             /* items of 64 or 128 columns; 0: of 4 */
} clonal__dropout_form;

enum { CLONAL__DROPOUT_WIDEST = 2, CLONAL__NOISE_WIDEST = 1 };
/* widest: the widest form that the kernel has, 1 or 2. CLONAL_E_SHAPE when rows x columns has more
 * items than a launch can hold (about 2^34 elements). */
clonal_status clonal__dropout_grid(const clonal_context *context, uint32_t rows, uint32_t columns,
                                   int widest, clonal__dropout_form *form);
/* A threshold as the kernels take it: one of 2^32 has no room in a word, and `keep_any` is 0 then.
 */
uint32_t clonal__threshold_word(uint64_t threshold);
/* For tests and benchmarks: 0 the device's own form (the default), 1 narrow, 2 wide, 3 the widest.
 * Not thread-safe. */
void clonal__dropout_force_form(int form);

#endif
