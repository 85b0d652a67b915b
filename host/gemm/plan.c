/* plan.c: which GEMM serves a shape on a device: what is known already, or else, of those that admission.c lets in, the
 * fastest that is measured. */
#include "host/gemm/admission.h"
#include "host/gemm/plan_store.h"
#include "host/gemm/windows.h"
#include "host/runtime/timing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many samples are taken of a candidate. Their lower quartile counts: other work on the machine moves it least. Of
 * long products fewer are taken: each contender gets one, and those that are not clearly behind more, until so much
 * time is spent. */
#define SAMPLES 9
#define SAMPLE_SECONDS 0.0005
#define ENOUGH_SECONDS 0.012
#define MOST_SECONDS 0.03 /* of others; nine samples of seven contenders take as long */
#define BEHIND 1.4

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What a choice costs when candidates are compared. The native kernel takes what follows a product into its launch,
 * CLBlast does not: bias, activation and mask, or the update, are launches and passes over C of their own then, for
 * which it must be ahead by so much. */
static double cost_of(const clonal__gemm_choice *choice)
{
    return choice->kind == CLONAL__GEMM_CLBLAST ? 1.25 * choice->seconds : choice->seconds;
}

/* What is run to measure a contender: its launches, or, of a product that takes long, the first groups of its one
 * launch, which take `share` of it. */
typedef struct measured {
    clonal__entry entry; /* a copy, whose kernel is the contender's */
    clonal__launch_list list;
    double share;
    int runs;  /* a sample */
    bool have; /* the first one, taken when it was found out how long one takes */
    double seconds[SAMPLES];
} measured;

/* Makes m the contender's first groups, some for each of the device's units. */
static void take_groups(const clonal__contender *c, measured *m)
{
    clonal__launch *launch = &m->entry.launch;
    m->list = c->list;
    m->share = c->share;
    if (c->share < 1 || c->list.count != 1 || c->list.entries->call || !c->list.entries->launch.local[0]) return;
    m->entry = c->list.entries[0];
    m->list.entries = &m->entry;
    for (cl_uint i = launch->dimensions, left = clonal__measured_groups(c->list.context); i-- > 0;) {
        const size_t groups = launch->global[i] / launch->local[i], taken = clonal__least(groups, left);
        launch->global[i] = taken * launch->local[i];
        m->share *= (double)taken / (double)groups;
        left = (cl_uint)(left / taken + (left % taken != 0));
    }
}

/* Decides what is measured of a contender: all of it, unless that takes long. */
static clonal_status prepare(const clonal__contender *c, measured *m)
{
    enum { LONG = 8 }; /* samples */
    double part;
    take_groups(c, m);
    CLONAL__TRY(clonal__sample(&m->list, 1, &part)); /* some drivers build a kernel at its first launch */
    CLONAL__TRY(clonal__sample(&m->list, 1, &part));
    if (c->share == 1 && part <= LONG * SAMPLE_SECONDS * m->share) {
        m->list = c->list;
        m->share = 1;
    } else if (m->share < 1 || part > LONG * SAMPLE_SECONDS) {
        m->runs = part < SAMPLE_SECONDS ? (int)(SAMPLE_SECONDS / part) + 1 : 1;
        m->have = m->runs == 1;
        m->seconds[0] = part;
        return CLONAL_OK;
    }
    return clonal__sample_size(&m->list, SAMPLE_SECONDS, &m->runs);
}

/* Sets a contender's seconds by the samples so far. */
static void judge(clonal__contender *c, const measured *m, int samples)
{
    double sorted[SAMPLES];
    memcpy(sorted, m->seconds, sizeof sorted);
    qsort(sorted, (size_t)samples, sizeof *sorted, by_value);
    c->choice.seconds = sorted[samples / 4] / m->share;
}

/* Sets the seconds of all contenders that are not out. A sample of each is taken by turns, so that what else the
 * machine does meets all alike. */
static void measure(clonal__contender *all, size_t count, const clonal__gemm_shape *shape)
{
    measured of[CLONAL__GEMM_CANDIDATES] = {0};
    bool behind[CLONAL__GEMM_CANDIDATES] = {false};
    double spent = 0;
    bool takes_long = false;
    for (size_t i = 0; i < count; i++) {
        if (!all[i].out && prepare(&all[i], &of[i]) != CLONAL_OK) clonal__contender_drop(&all[i], shape);
        takes_long = takes_long || of[i].have;
    }
    const double limit = takes_long ? ENOUGH_SECONDS : MOST_SECONDS;
    for (int round = 0; round < SAMPLES && (round == 0 || spent < limit); round++) {
        double best = HUGE_VAL;
        for (size_t i = 0; i < count; i++) {
            if (all[i].out || behind[i]) continue;
            const bool known = round == 0 && of[i].have;
            if (!known && clonal__sample(&of[i].list, of[i].runs, &of[i].seconds[round]) != CLONAL_OK) {
                clonal__contender_drop(&all[i], shape);
                continue;
            }
            spent += of[i].runs * of[i].seconds[round];
            judge(&all[i], &of[i], round + 1);
            best = cost_of(&all[i].choice) < best ? cost_of(&all[i].choice) : best;
        }
        /* one sample may have met something else on the machine */
        for (size_t i = 0; i < count && (takes_long || round >= SAMPLES / 2); i++)
            behind[i] = behind[i] || cost_of(&all[i].choice) > BEHIND * best;
    }
}

/* Whether a contender is to be tried before another: those that are out are last. */
static bool is_before(const clonal__contender *a, const clonal__contender *b)
{
    return a->out != b->out ? b->out : cost_of(&a->choice) < cost_of(&b->choice);
}

/* Puts the contenders in order of their cost. */
static void sort(clonal__contender *all, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && is_before(&all[k], &all[k - 1]); k--) {
            const clonal__contender other = all[k];
            all[k] = all[k - 1];
            all[k - 1] = other;
        }
}

/* Sets *best to the first contender, in their order, that is exact, or, where none is, to the first of all that run. A
 * product may be large: only those that come before it are tried. */
static clonal_status first_exact(clonal_context *context, clonal__trial *t, clonal__contender *all, size_t count,
                                 clonal__gemm_choice *best)
{
    bool have = false;
    for (size_t i = 0; i < count; i++) {
        if (all[i].out) continue;
        CLONAL__TRY(clonal__admit(context, t, &all[i], 1));
        if (all[i].out) continue;
        if (!have || all[i].choice.exact) *best = all[i].choice;
        have = true;
        if (best->exact) return CLONAL_OK;
    }
    if (have) return CLONAL_OK;
    return clonal__fail_context("no GEMM runs for %ux%ux%u", t->shape.m, t->shape.n, t->shape.k);
}

/* Whether a large product is tried by some of its groups, as only Clonal's own kernels can be. */
static bool by_windows(const clonal__gemm_shape *shape, const clonal__gemm_choice *candidate, size_t count)
{
    bool native = clonal__windows_suit(shape);
    for (size_t i = 0; i < count; i++) native = native && candidate[i].kind == CLONAL__GEMM_NATIVE;
    return native;
}

/* Makes contenders of the candidates; of those that a trial by windows cannot tell apart the first alone. Returns how
 * many there are. */
static size_t take(const clonal_context *context, const clonal__trial *t, const clonal__gemm_choice *candidate,
                   size_t count, clonal__contender *all)
{
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        bool again = false;
        for (size_t k = 0; t->by_windows && k < taken; k++)
            again = again || clonal__candidates_alike(context, &t->shape, &all[k].choice, &candidate[i]);
        if (!again) all[taken++].choice = candidate[i];
    }
    return taken;
}

/* Measures some candidates and sets *best to the fastest of them that is exact, or, where none is, to the fastest. One
 * candidate alone is not measured beyond its trial. */
static clonal_status contest(clonal_context *context, const clonal__gemm_shape *shape,
                             const clonal__gemm_choice *candidate, size_t count, clonal__gemm_workspace *workspace,
                             clonal__gemm_choice *best)
{
    clonal__contender all[CLONAL__GEMM_CANDIDATES] = {0};
    clonal__trial t;
    if (count == 0)
        return clonal__fail(CLONAL_E_ARGUMENT, "no GEMM of the wanted kind can compute %ux%ux%u", shape->m, shape->n,
                            shape->k);
    clonal_status status = clonal__trial_create(context, shape, workspace, &t);
    t.by_windows = by_windows(shape, candidate, count);
    count = take(context, &t, candidate, count, all);
    if (status == CLONAL_OK) clonal__contenders_make(context, &t, all, count);
    if (status == CLONAL_OK && count > 1) {
        status = clonal__trial_fill_plain(context, &t);
        if (status == CLONAL_OK) measure(all, count, shape);
        sort(all, count);
    }
    if (status == CLONAL_OK) status = first_exact(context, &t, all, count, best);
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

/* Of the candidates the one that is the choice, or else is of its form; NULL: none is. */
static const clonal__gemm_choice *alike(const clonal__gemm_choice *choice, const clonal__gemm_choice *room,
                                        size_t count)
{
    const clonal__gemm_choice *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (room[i].kind != choice->kind) continue;
        if (room[i].variant == choice->variant) return &room[i];
        if (!found && clonal__native_same_form(room[i].variant, choice->variant)) found = &room[i];
    }
    return found;
}

/* Candidates come in order of what they cost to try; not all are tried where an exact one is found before, unless
 * `thorough`: each is a program to build, and CLBlast's kernels take a compiler many seconds, while Clonal's own were
 * faster on every device seen. */
static clonal_status decide(clonal_context *context, const clonal__plan_store *known, const clonal__gemm_shape *shape,
                            clonal_gemm wanted, bool thorough, clonal__gemm_workspace *workspace,
                            clonal__gemm_choice *best)
{
    clonal__gemm_choice room[CLONAL__GEMM_CANDIDATES];
    size_t count = clonal__gemm_candidates(context, shape, wanted, room), natives = 0;
    const clonal__gemm_choice *near = thorough ? NULL : clonal__plan_store_related(known, shape, wanted);
    while (natives < count && room[natives].kind == CLONAL__GEMM_NATIVE) natives++;
    const clonal__gemm_choice *like = near ? alike(near, room, count) : NULL;
    if (like && contest(context, shape, like, 1, workspace, best) == CLONAL_OK && best->exact) return CLONAL_OK;
    if (!thorough && natives) {
        const size_t few = likely(context, shape, room, natives);
        const clonal_status status = contest(context, shape, room, few, workspace, best);
        if (status == CLONAL_OK && best->exact) return CLONAL_OK;
        count = clonal__gemm_candidates(context, shape, wanted, room);
    }
    return contest(context, shape, room, count, workspace, best);
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
static clonal_status plan(clonal_context *context, const clonal__gemm_shape *of, clonal_gemm wanted, bool thorough,
                          clonal__gemm_workspace *workspace, clonal__gemm_choice *choice)
{
    const clonal__gemm_shape used = clonal__gemm_shape_used(context, of, wanted), *shape = &used;
    clonal__plan_store *known;
    CLONAL__TRY(clonal__plan_store_of(context, &known));
    const clonal__gemm_decision *old = clonal__plan_store_find(known, shape, wanted);
    if (old && !thorough && possible(context, old)) {
        clonal__plan_store_take(known, old);
        *choice = old->choice;
        return CLONAL_OK;
    }
    clonal__gemm_decision made = {.shape = *shape, .wanted = wanted};
    CLONAL__TRY(decide(context, known, shape, wanted, thorough, workspace, &made.choice));
    CLONAL__TRY(clonal__plan_store_keep(known, &made));
    *choice = made.choice;
    return CLONAL_OK;
}

clonal_status clonal__gemm_tune(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted,
                                clonal__gemm_workspace *workspace, clonal__gemm_choice *choice)
{
    return plan(context, shape, wanted, true, workspace, choice);
}

clonal__gemm_shape clonal__gemm_shape_used(const clonal_context *context, const clonal__gemm_shape *shape,
                                           clonal_gemm wanted)
{
    clonal__gemm_shape used = *shape;
    if (wanted == CLONAL_GEMM_CLBLAST || !clonal__native_skips(context, shape)) used.zeros = 0;
    return used;
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
    const clonal__gemm_shape used = clonal__gemm_shape_used(context, shape, wanted);
    const clonal__gemm_decision *old = clonal__plan_store_find(known, &used, wanted);
    if (old && possible(context, old)) *kind = old->choice.kind;
    return CLONAL_OK;
}

clonal_status clonal__gemm_plan(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted,
                                bool allow_inexact, clonal__gemm_workspace *workspace, clonal__gemm_choice *choice)
{
    int variants[CLONAL__GEMM_NATIVES],
        count = forced_native < 0 ? 0 : clonal__native_variants(context, shape, variants, CLONAL__GEMM_NATIVES);
    if (count) {
        int at = 0;
        while (at + 1 < count && variants[at] < forced_native) at++;
        *choice = (clonal__gemm_choice){.kind = CLONAL__GEMM_NATIVE, .variant = variants[at], .exact = true};
        return CLONAL_OK;
    }
    CLONAL__TRY(plan(context, shape, wanted, false, workspace, choice));
    if (choice->exact || allow_inexact) return CLONAL_OK;
    return clonal__fail(CLONAL_E_CONTRACT,
                        "%s breaks the contract on %s: its product of %ux%ux%u has other bits; use %s, or "
                        "--allow-inexact to train without the "
                        "contract's promise",
                        wanted == CLONAL_GEMM_CLBLAST ? "CLBlast" : "every GEMM", context->info.name, shape->m,
                        shape->n, shape->k, wanted == CLONAL_GEMM_CLBLAST ? "--gemm auto" : "another device");
}
