/* plan.c: which GEMM serves a shape on a device: what is known already, or else, of those that admission.c lets in, the
 * fastest that is measured. */
#include "host/gemm/admission.h"
#include "host/gemm/plan_store.h"
#include "host/runtime/timing.h"

#include <stdlib.h>

/* How many samples are taken of a candidate. Their lower quartile counts: other work on the machine moves it least. */
#define SAMPLES 9
#define SAMPLE_SECONDS 0.0008

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sets the seconds of all contenders that are not out. A sample of each is taken by turns, so that what else the
 * machine does meets all alike. Where one takes 200 times as long as it should, nobody is made to repeat it. */
static void measure(clonal__contender *all, size_t count, const clonal__gemm_shape *shape)
{
    int samples = SAMPLES, runs[CLONAL__GEMM_CANDIDATES] = {0}; /* a sample */
    double seconds[CLONAL__GEMM_CANDIDATES][SAMPLES] = {0};
    for (int round = 0; round < samples; round++)
        for (size_t i = 0; i < count; i++) {
            if (all[i].out) continue;
            if ((round == 0 && clonal__sample_size(&all[i].list, SAMPLE_SECONDS, &runs[i])) ||
                clonal__sample(&all[i].list, runs[i], &seconds[i][round]))
                clonal__contender_drop(&all[i], shape);
            else if (seconds[i][round] > 200 * SAMPLE_SECONDS)
                samples = 1;
        }
    for (size_t i = 0; i < count; i++) {
        qsort(seconds[i], (size_t)samples, sizeof(double), by_value);
        all[i].choice.seconds = seconds[i][samples / 4];
    }
}

/* What a choice costs when candidates are compared. The native kernel takes what follows a product into its launch,
 * CLBlast does not: bias, activation and mask, or the update, are launches and passes over C of their own then, for
 * which it must be ahead by so much. */
static double cost_of(const clonal__gemm_choice *choice)
{
    return choice->kind == CLONAL__GEMM_CLBLAST ? 1.25 * choice->seconds : choice->seconds;
}

/* Sets *best to the fastest of the exact contenders, or, where none is exact, to the fastest of all. Only those are
 * measured. */
static clonal_status fastest(clonal__contender *all, size_t count, const clonal__gemm_shape *shape,
                             clonal__gemm_choice *best)
{
    bool any_exact = false, have = false;
    for (size_t i = 0; i < count; i++) any_exact = any_exact || (!all[i].out && all[i].choice.exact);
    for (size_t i = 0; i < count; i++) all[i].out = all[i].out || all[i].choice.exact != any_exact;
    measure(all, count, shape);
    for (size_t i = 0; i < count; i++) {
        if (all[i].out) continue;
        if (!have || cost_of(&all[i].choice) < cost_of(best)) *best = all[i].choice;
        have = true;
    }
    if (have) return CLONAL_OK;
    return clonal__fail_context("no GEMM runs for %ux%ux%u", shape->m, shape->n, shape->k);
}

/* Tries and measures some candidates and sets *best to the best of them, be it exact or not. */
static clonal_status contest(clonal_context *context, const clonal__gemm_shape *shape,
                             const clonal__gemm_choice *candidate, size_t count, clonal__gemm_choice *best)
{
    clonal__contender all[CLONAL__GEMM_CANDIDATES] = {0};
    clonal__trial t;
    if (count == 0)
        return clonal__fail(CLONAL_E_ARGUMENT, "no GEMM of the wanted kind can compute %ux%ux%u", shape->m, shape->n,
                            shape->k);
    for (size_t i = 0; i < count; i++) all[i].choice = candidate[i];
    clonal_status status = clonal__trial_create(context, shape, &t);
    if (status == CLONAL_OK) status = clonal__admit(context, &t, all, count);
    if (status == CLONAL_OK) status = clonal__trial_fill_plain(context, &t);
    if (status == CLONAL_OK) status = fastest(all, count, shape, best);
    for (size_t i = 0; i < count; i++) clonal__list_clear(&all[i].list);
    clonal__trial_free(&t);
    return status;
}

/* Leaves of the native candidates those that are worth a trial while somebody waits; how many. */
static size_t likely(const clonal_context *context, const clonal__gemm_shape *shape, clonal__gemm_choice room[],
                     size_t natives)
{
    int variants[CLONAL__GEMM_CANDIDATES];
    for (size_t i = 0; i < natives; i++) variants[i] = room[i].variant;
    const int few = clonal__native_likely(context, shape, variants, (int)natives);
    for (int i = 0; i < few; i++) room[i].variant = variants[i];
    return (size_t)few;
}

/* Candidates come in order of what they cost to try; not all are tried where an exact one is found before, unless
 * `thorough`: each is a program to build, and CLBlast's kernels take a compiler many seconds, while Clonal's own were
 * faster on every device seen. */
static clonal_status decide(clonal_context *context, const clonal__plan_store *known, const clonal__gemm_shape *shape,
                            clonal_gemm wanted, bool thorough, clonal__gemm_choice *best)
{
    clonal__gemm_choice room[CLONAL__GEMM_CANDIDATES];
    size_t count = clonal__gemm_candidates(context, shape, wanted, room), natives = 0;
    const clonal__gemm_choice *near = thorough ? NULL : clonal__plan_store_related(known, shape, wanted);
    while (natives < count && room[natives].kind == CLONAL__GEMM_NATIVE) natives++;
    for (size_t i = 0; near && i < count; i++) {
        if (room[i].kind != near->kind || room[i].variant != near->variant) continue;
        CLONAL__TRY(contest(context, shape, &room[i], 1, best));
        if (best->exact) return CLONAL_OK;
    }
    if (!thorough && natives) {
        const size_t few = likely(context, shape, room, natives);
        const clonal_status status = contest(context, shape, room, few, best);
        if (status == CLONAL_OK && best->exact) return CLONAL_OK;
        count = clonal__gemm_candidates(context, shape, wanted, room);
    }
    return contest(context, shape, room, count, best);
}

/* Whether a decision, which a file may hold, is one that could be made here. */
static bool possible(const clonal_context *context, const clonal__gemm_decision *d)
{
    clonal__gemm_choice room[CLONAL__GEMM_CANDIDATES];
    for (size_t i = clonal__gemm_candidates(context, &d->shape, d->wanted, room); i-- > 0;)
        if (room[i].kind == d->choice.kind && room[i].variant == d->choice.variant) return true;
    return false;
}

/* What is known, or else decided and kept. */
static clonal_status plan(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted, bool thorough,
                          clonal__gemm_choice *choice)
{
    clonal__plan_store *known;
    CLONAL__TRY(clonal__plan_store_of(context, &known));
    const clonal__gemm_decision *old = clonal__plan_store_find(known, shape, wanted);
    if (old && !thorough && possible(context, old)) {
        *choice = old->choice;
        return CLONAL_OK;
    }
    clonal__gemm_decision made = {.shape = *shape, .wanted = wanted};
    CLONAL__TRY(decide(context, known, shape, wanted, thorough, &made.choice));
    CLONAL__TRY(clonal__plan_store_keep(known, &made));
    *choice = made.choice;
    return CLONAL_OK;
}

clonal_status clonal__gemm_tune(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted,
                                clonal__gemm_choice *choice)
{
    return plan(context, shape, wanted, true, choice);
}

static int forced_native = -1;

void clonal__gemm_force_native(int variant)
{
    forced_native = variant;
}

clonal_status clonal__gemm_expect(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted,
                                  clonal__gemm_kind *kind)
{
    clonal__plan_store *known;
    *kind = wanted == CLONAL_GEMM_CLBLAST ? CLONAL__GEMM_CLBLAST : CLONAL__GEMM_NATIVE;
    if (forced_native >= 0) return CLONAL_OK;
    CLONAL__TRY(clonal__plan_store_of(context, &known));
    const clonal__gemm_decision *old = clonal__plan_store_find(known, shape, wanted);
    if (old) *kind = old->choice.kind;
    return CLONAL_OK;
}

clonal_status clonal__gemm_plan(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted,
                                bool allow_inexact, clonal__gemm_choice *choice)
{
    int variants[CLONAL__GEMM_NATIVES],
        count = forced_native < 0 ? 0 : clonal__native_variants(context, shape, variants, CLONAL__GEMM_NATIVES);
    if (count) {
        int at = 0;
        while (at + 1 < count && variants[at] < forced_native) at++;
        *choice = (clonal__gemm_choice){.kind = CLONAL__GEMM_NATIVE, .variant = variants[at], .exact = true};
        return CLONAL_OK;
    }
    CLONAL__TRY(plan(context, shape, wanted, false, choice));
    if (choice->exact || allow_inexact) return CLONAL_OK;
    return clonal__fail(CLONAL_E_CONTRACT,
                        "%s breaks the contract on %s: its product of %ux%ux%u has other bits; use %s, or "
                        "--allow-inexact to train without the "
                        "contract's promise",
                        wanted == CLONAL_GEMM_CLBLAST ? "CLBlast" : "every GEMM", context->info.name, shape->m,
                        shape->n, shape->k, wanted == CLONAL_GEMM_CLBLAST ? "--gemm auto" : "another device");
}
