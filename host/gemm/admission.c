/* admission.c: see admission.h. */
#include "host/gemm/admission.h"

#include "host/base/memory.h"
#include "host/gemm/chain.h"
#include "host/runtime/room.h"
#include <string.h>

void clonal__trial_free(clonal__trial *t)
{
    clonal__free(t->a);
    clonal__free(t->b);
    clonal__free(t->expected);
    clonal__free(t->got);
    clonal__buffer_free(&t->device_a);
    clonal__buffer_free(&t->device_b);
    clonal__buffer_free(&t->device_c);
}

static clonal_status check_room(const clonal_context *context, size_t a, size_t b, size_t c)
{
    const size_t largest = a > b ? (a > c ? a : c) : (b > c ? b : c);
    const clonal__need_part parts[] = {{"matrices", sizeof(float) * (a + b + c), false},
                                       {"what they are compared with", sizeof(float) * (a + b + 2 * c), true}};
    return clonal__room_check(context, "trying the matrix products, which is done once for each shape on a device,", 2,
                              parts, sizeof(float) * largest,
                              "give a smaller batch or smaller layers, another device, or raise the limit");
}

clonal_status clonal__trial_create(clonal_context *context, const clonal__gemm_shape *s, clonal__trial *t)
{
    size_t a = (size_t)s->m * s->k, b = (size_t)s->k * s->n, c = (size_t)s->m * s->n;
    *t = (clonal__trial){.shape = *s};
    CLONAL__TRY(check_room(context, a, b, c));
    CLONAL__TRY(clonal__calloc(a, sizeof(float), &t->a));
    CLONAL__TRY(clonal__calloc(b, sizeof(float), &t->b));
    CLONAL__TRY(clonal__calloc(c, sizeof(float), &t->expected));
    CLONAL__TRY(clonal__calloc(c, sizeof(float), &t->got));
    CLONAL__TRY(clonal__buffer_create(context, CL_MEM_READ_WRITE, a * sizeof(float), NULL, &t->device_a));
    CLONAL__TRY(clonal__buffer_create(context, CL_MEM_READ_WRITE, b * sizeof(float), NULL, &t->device_b));
    return clonal__buffer_create(context, CL_MEM_READ_WRITE, c * sizeof(float), NULL, &t->device_c);
}

/* Sets A and B to the adversarial numbers of a seed, and `expected` to their product. Infinities come in matrices of
 * their own, since the NaNs that they make would hide the rest. */
static clonal_status trial_fill(clonal_context *context, clonal__trial *t, bool infinities, uint64_t seed)
{
    const clonal__gemm_shape *s = &t->shape;
    size_t a = (size_t)s->m * s->k, b = (size_t)s->k * s->n;
    clonal__adversarial(seed, infinities, a, t->a);
    if (s->zeros) clonal__sow_zeros(s, true, t->a);
    clonal__adversarial(seed + 1, infinities, b, t->b);
    CLONAL__TRY(clonal__chain_gemm(s, t->a, t->b, t->expected));
    CLONAL__TRY(clonal__buffer_write(context, t->device_a, 0, a * sizeof(float), t->a));
    return clonal__buffer_write(context, t->device_b, 0, b * sizeof(float), t->b);
}

clonal_status clonal__trial_fill_plain(clonal_context *context, clonal__trial *t)
{
    size_t a = (size_t)t->shape.m * t->shape.k, b = (size_t)t->shape.k * t->shape.n;
    for (size_t i = 0; i < a; i++) t->a[i] = 1.0f + (float)(i % 7) * 0.125f;
    if (t->shape.zeros) clonal__sow_zeros(&t->shape, false, t->a);
    for (size_t i = 0; i < b; i++) t->b[i] = 1.0f - (float)(i % 5) * 0.125f;
    CLONAL__TRY(clonal__buffer_write(context, t->device_a, 0, a * sizeof(float), t->a));
    return clonal__buffer_write(context, t->device_b, 0, b * sizeof(float), t->b);
}

static clonal_status append(clonal__launch_list *list, const clonal__trial *t, const clonal__gemm_choice *choice)
{
    clonal__gemm_buffers buffers = {.a = t->device_a, .b = t->device_b, .c = t->device_c};
    return clonal__gemm_append(list, &t->shape, choice, &buffers, NULL);
}

/* Sets *exact to whether the candidate returns the contract's bits. The device's C is poisoned before. */
static clonal_status admitted(const clonal__launch_list *list, clonal__trial *t, bool *exact)
{
    size_t count = (size_t)t->shape.m * t->shape.n;
    memset(t->got, 0xff, count * sizeof(float));
    CLONAL__TRY(clonal__buffer_write(list->context, t->device_c, 0, count * sizeof(float), t->got));
    CLONAL__TRY(clonal__list_run(list, NULL));
    CLONAL__TRY(clonal__buffer_read(list->context, t->device_c, 0, count * sizeof(float), t->got));
    *exact = clonal__first_difference(t->got, t->expected, count) == count;
    return CLONAL_OK;
}

/* CLBlast's kernels index with int, and pad a matrix to multiples of their tiles before. */
static bool fits_clblast(const clonal__gemm_shape *s)
{
    const uint64_t m = s->m, n = s->n, k = s->k, most = UINT64_C(1) << 30;
    return m * k <= most && k * n <= most && m * n <= most;
}

size_t clonal__gemm_candidates(const clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted,
                               clonal__gemm_choice room[CLONAL__GEMM_CANDIDATES])
{
    size_t count = 0;
    int variants[CLONAL__GEMM_NATIVES];
    if (wanted != CLONAL_GEMM_CLBLAST) {
        int found = clonal__native_variants(context, shape, variants, CLONAL__GEMM_NATIVES);
        for (int i = 0; i < found; i++)
            room[count++] = (clonal__gemm_choice){.kind = CLONAL__GEMM_NATIVE, .variant = variants[i]};
    }
    if (wanted != CLONAL_GEMM_NATIVE && fits_clblast(shape))
        room[count++] = (clonal__gemm_choice){.kind = CLONAL__GEMM_CLBLAST};
    return count;
}

void clonal__contender_drop(clonal__contender *c, const clonal__gemm_shape *shape)
{
    c->out = true;
    clonal__log(CLONAL_LOG_WARNING, "GEMM %ux%ux%u: a candidate does not run: %s", shape->m, shape->n, shape->k,
                clonal_last_error()->message);
}

/* With how many pairs of matrices of each kind a product is tried: a small one says little, so it gets several. */
static int trial_rounds(const clonal__gemm_shape *s)
{
    enum { ENOUGH = 2048, MOST = 16 };
    uint64_t terms = (uint64_t)s->m * s->n * s->k;
    return terms >= ENOUGH ? 1 : terms * MOST <= ENOUGH ? MOST : (int)(ENOUGH / terms + 1);
}

clonal_status clonal__admit(clonal_context *context, clonal__trial *t, clonal__contender *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        all[i].list.context = context;
        all[i].choice.exact = true;
        if (append(&all[i].list, t, &all[i].choice) != CLONAL_OK) clonal__contender_drop(&all[i], &t->shape);
    }
    int rounds = trial_rounds(&t->shape);
    for (int round = 0; round < 2 * rounds; round++) {
        CLONAL__TRY(trial_fill(context, t, round % 2 == 0, 1 + 2 * (uint64_t)round));
        for (size_t i = 0; i < count; i++) {
            bool exact = false;
            if (!all[i].out && admitted(&all[i].list, t, &exact) != CLONAL_OK)
                clonal__contender_drop(&all[i], &t->shape);
            all[i].choice.exact = all[i].choice.exact && exact;
        }
    }
    return CLONAL_OK;
}

clonal_status clonal__gemm_audit(clonal_context *context, const clonal__gemm_shape *shape,
                                 clonal__gemm_choice choices[CLONAL__GEMM_CANDIDATES], size_t *count)
{
    clonal__contender all[CLONAL__GEMM_CANDIDATES] = {0};
    clonal__trial t;
    *count = clonal__gemm_candidates(context, shape, CLONAL_GEMM_AUTO, choices);
    for (size_t i = 0; i < *count; i++) all[i].choice = choices[i];
    clonal_status status = clonal__trial_create(context, shape, &t);
    if (status == CLONAL_OK) status = clonal__admit(context, &t, all, *count);
    for (size_t i = 0; i < *count; i++) {
        choices[i].exact = all[i].choice.exact && !all[i].out;
        clonal__list_clear(&all[i].list);
    }
    clonal__trial_free(&t);
    return status;
}
