/* plan.c: which GEMM serves a shape on a device: admitted by bits, then chosen by time, then remembered. */
#include "host/gemm/chain.h"

#include "host/base/digest.h"
#include "host/base/file.h"
#include "host/base/memory.h"
#include "host/runtime/source.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_VARIANTS (CLONAL__GEMM_CANDIDATES - 1)
#define SAMPLES 9 /* a candidate; their lower quartile counts, which other work on the machine moves least */
#define SAMPLE_SECONDS 0.0008

/* What is remembered: a line of the plan's file. */
typedef struct decision {
    clonal__gemm_shape shape;
    clonal_gemm wanted;
    clonal__gemm_choice choice;
} decision;

typedef struct plans {
    decision *decisions;
    size_t count;
    char path[4096]; /* "" : not kept on disk */
} plans;

static void plans_free(void *memory)
{
    plans *all = memory;
    if (!all) return;
    clonal__free(all->decisions);
    clonal__free(all);
    clonal__clblast_release();
}

/* <cache>/plans/<digest of everything that a decision depends on: device, driver, versions, CLBlast's options, the
 * native kernel's text and the table that numbers its variants>. */
static clonal_status plan_path(const clonal_context *context, char *path, size_t size)
{
    char folder[3900], hex[65], *device = NULL;
    const char *options = getenv("CLBLAST_BUILD_OPTIONS");
    clonal__string key = {0};
    path[0] = '\0';
    clonal__cache_folder(folder, sizeof folder);
    if (!folder[0] || getenv("CLONAL_KERNELS")) return CLONAL_OK;
    clonal_status status = clonal__device_key(context, &device);
    if (status == CLONAL_OK) {
        clonal__string_append(&key, "%sunits %u forms %d\n%s\nfma %d\nclblast options %s\nvariants %d\n", device,
                              context->info.compute_units, context->gpu_forms, clonal__clblast_version(),
                              (int)context->probe.fma, options ? options : "", CLONAL__NATIVE_TABLE);
        status = clonal__source_load("gemm_native", &key);
    }
    if (status == CLONAL_OK) status = key.status;
    if (status == CLONAL_OK) status = clonal__digest_bytes(key.text, key.length, hex);
    if (status == CLONAL_OK) snprintf(path, size, "%s/plans/%s.txt", folder, hex);
    clonal__string_free(&key);
    clonal__free(device);
    return status;
}

static void read_plans(plans *all)
{
    char *text = NULL;
    size_t size;
    if (!all->path[0] || clonal__file_read(all->path, 1 << 20, &text, &size) != CLONAL_OK) return;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        decision d = {0};
        int ta, tb, wanted, kind, exact, used = 0;
        if (sscanf(line, "%u %u %u %d %d %d %d %d %d %lf%n", &d.shape.m, &d.shape.n, &d.shape.k, &ta, &tb, &wanted,
                   &kind, &d.choice.variant, &exact, &d.choice.seconds, &used) != 10 ||
            line[used])
            break;
        d.shape.ta = ta;
        d.shape.tb = tb;
        d.wanted = (clonal_gemm)wanted;
        d.choice.kind = (clonal__gemm_kind)kind;
        d.choice.exact = exact;
        if (clonal__grow(&all->decisions, all->count + 1, sizeof d) != CLONAL_OK) break;
        all->decisions[all->count++] = d;
    }
    clonal__free(text);
}

/* A cache: a failure to write is no failure. */
static void write_plans(const plans *all)
{
    char folder[4096];
    clonal__string text = {0};
    if (!all->path[0]) return;
    snprintf(folder, sizeof folder, "%s", all->path);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
    for (size_t i = 0; i < all->count; i++) {
        const decision *d = &all->decisions[i];
        clonal__string_append(&text, "%u %u %u %d %d %d %d %d %d %.9g\n", d->shape.m, d->shape.n, d->shape.k,
                              d->shape.ta, d->shape.tb, d->wanted, d->choice.kind, d->choice.variant, d->choice.exact,
                              d->choice.seconds);
    }
    if (text.status == CLONAL_OK && clonal__make_folders(folder) == CLONAL_OK &&
        clonal__file_write(all->path, text.text, text.length) != CLONAL_OK)
        clonal__log(CLONAL_LOG_DEBUG, "the GEMM plan is not kept: %s", clonal_last_error()->message);
    clonal__string_free(&text);
}

static clonal_status plans_of(clonal_context *context, plans **all)
{
    if (!context->gemm_plans) {
        CLONAL__TRY(clonal__calloc(1, sizeof **all, all));
        context->gemm_plans = *all;
        context->gemm_plans_free = plans_free;
        CLONAL__TRY(plan_path(context, (*all)->path, sizeof(*all)->path));
        read_plans(*all);
    }
    *all = context->gemm_plans;
    return CLONAL_OK;
}

bool clonal__gemm_same_shape(const clonal__gemm_shape *a, const clonal__gemm_shape *b)
{
    return a->m == b->m && a->n == b->n && a->k == b->k && a->ta == b->ta && a->tb == b->tb;
}

/* The matrices of one trial: op(A), op(B) on host and device, the contract's C. */
typedef struct trial {
    clonal__gemm_shape shape;
    float *a, *b, *expected, *got;
    cl_mem device_a, device_b, device_c;
} trial;

static void trial_free(trial *t)
{
    clonal__free(t->a);
    clonal__free(t->b);
    clonal__free(t->expected);
    clonal__free(t->got);
    clonal__buffer_free(&t->device_a);
    clonal__buffer_free(&t->device_b);
    clonal__buffer_free(&t->device_c);
}

static clonal_status trial_create(clonal_context *context, const clonal__gemm_shape *s, trial *t)
{
    size_t a = (size_t)s->m * s->k, b = (size_t)s->k * s->n, c = (size_t)s->m * s->n;
    *t = (trial){.shape = *s};
    CLONAL__TRY(clonal__calloc(a, sizeof(float), &t->a));
    CLONAL__TRY(clonal__calloc(b, sizeof(float), &t->b));
    CLONAL__TRY(clonal__calloc(c, sizeof(float), &t->expected));
    CLONAL__TRY(clonal__calloc(c, sizeof(float), &t->got));
    CLONAL__TRY(clonal__buffer_create(context, CL_MEM_READ_WRITE, a * sizeof(float), NULL, &t->device_a));
    CLONAL__TRY(clonal__buffer_create(context, CL_MEM_READ_WRITE, b * sizeof(float), NULL, &t->device_b));
    return clonal__buffer_create(context, CL_MEM_READ_WRITE, c * sizeof(float), NULL, &t->device_c);
}

/* New operands of a seed: finite ones, or with a few infinities (whose NaNs would hide the rest). */
static clonal_status trial_fill(clonal_context *context, trial *t, bool infinities, uint64_t seed)
{
    const clonal__gemm_shape *s = &t->shape;
    size_t a = (size_t)s->m * s->k, b = (size_t)s->k * s->n;
    clonal__adversarial(seed, infinities, a, t->a);
    clonal__adversarial(seed + 1, infinities, b, t->b);
    CLONAL__TRY(clonal__chain_gemm(s, t->a, t->b, t->expected));
    CLONAL__TRY(clonal__buffer_write(context, t->device_a, 0, a * sizeof(float), t->a));
    return clonal__buffer_write(context, t->device_b, 0, b * sizeof(float), t->b);
}

/* Operands to measure with: subnormals, of which the others are full, make some processors a hundred times slower. */
static clonal_status trial_plain(clonal_context *context, trial *t)
{
    size_t a = (size_t)t->shape.m * t->shape.k, b = (size_t)t->shape.k * t->shape.n;
    for (size_t i = 0; i < a; i++) t->a[i] = 1.0f + (float)(i % 7) * 0.125f;
    for (size_t i = 0; i < b; i++) t->b[i] = 1.0f - (float)(i % 5) * 0.125f;
    CLONAL__TRY(clonal__buffer_write(context, t->device_a, 0, a * sizeof(float), t->a));
    return clonal__buffer_write(context, t->device_b, 0, b * sizeof(float), t->b);
}

static clonal_status append(clonal__launch_list *list, const trial *t, const clonal__gemm_choice *choice)
{
    clonal__gemm_buffers buffers = {.a = t->device_a, .b = t->device_b, .c = t->device_c};
    return clonal__gemm_append(list, &t->shape, choice, &buffers, NULL);
}

/* Whether the candidate returns the contract's bits; the device's C is poisoned first. */
static clonal_status admitted(const clonal__launch_list *list, trial *t, bool *exact)
{
    size_t count = (size_t)t->shape.m * t->shape.n;
    memset(t->got, 0xff, count * sizeof(float));
    CLONAL__TRY(clonal__buffer_write(list->context, t->device_c, 0, count * sizeof(float), t->got));
    CLONAL__TRY(clonal__list_run(list, NULL));
    CLONAL__TRY(clonal__buffer_read(list->context, t->device_c, 0, count * sizeof(float), t->got));
    *exact = clonal__first_difference(t->got, t->expected, count) == count;
    return CLONAL_OK;
}

static size_t candidates(const clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted,
                         clonal__gemm_choice room[MAX_VARIANTS + 1])
{
    size_t count = 0;
    int variants[MAX_VARIANTS];
    if (wanted != CLONAL_GEMM_CLBLAST) {
        int found = clonal__native_variants(context, shape, variants, MAX_VARIANTS);
        for (int i = 0; i < found; i++)
            room[count++] = (clonal__gemm_choice){.kind = CLONAL__GEMM_NATIVE, .variant = variants[i]};
    }
    if (wanted != CLONAL_GEMM_NATIVE) room[count++] = (clonal__gemm_choice){.kind = CLONAL__GEMM_CLBLAST};
    return count;
}

/* A candidate in work. One that fails to build or to run is out. */
typedef struct contender {
    clonal__gemm_choice choice;
    clonal__launch_list list;
    bool out;
    int runs; /* a sample */
    double samples[SAMPLES];
} contender;

static void drop(contender *c, const clonal__gemm_shape *shape)
{
    c->out = true;
    clonal__log(CLONAL_LOG_WARNING, "GEMM %ux%ux%u: a candidate does not run: %s", shape->m, shape->n, shape->k,
                clonal_last_error()->message);
}

/* A small product says little: it is tried with several pairs of matrices. */
static int trial_rounds(const clonal__gemm_shape *s)
{
    enum { ENOUGH = 2048, MOST = 16 };
    uint64_t terms = (uint64_t)s->m * s->n * s->k;
    return terms >= ENOUGH ? 1 : terms * MOST <= ENOUGH ? MOST : (int)(ENOUGH / terms + 1);
}

/* All contenders on the same matrices. */
static clonal_status admit(clonal_context *context, trial *t, contender *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        all[i].list.context = context;
        all[i].choice.exact = true;
        if (append(&all[i].list, t, &all[i].choice) != CLONAL_OK) drop(&all[i], &t->shape);
    }
    int rounds = trial_rounds(&t->shape);
    for (int round = 0; round < 2 * rounds; round++) {
        CLONAL__TRY(trial_fill(context, t, round % 2 == 0, 1 + 2 * (uint64_t)round));
        for (size_t i = 0; i < count; i++) {
            bool exact = false;
            if (!all[i].out && admitted(&all[i].list, t, &exact) != CLONAL_OK) drop(&all[i], &t->shape);
            all[i].choice.exact = all[i].choice.exact && exact;
        }
    }
    return CLONAL_OK;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Samples by turns, so that what else the machine does meets all alike; a slow device is not made to repeat. */
static void measure(contender *all, size_t count, const clonal__gemm_shape *shape)
{
    int samples = SAMPLES;
    for (int round = 0; round < samples; round++)
        for (size_t i = 0; i < count; i++) {
            contender *c = &all[i];
            if (c->out) continue;
            if ((round == 0 && clonal__sample_size(&c->list, SAMPLE_SECONDS, &c->runs)) ||
                clonal__sample(&c->list, c->runs, &c->samples[round]))
                drop(c, shape);
            else if (c->samples[round] > 200 * SAMPLE_SECONDS)
                samples = 1;
        }
    for (size_t i = 0; i < count; i++) {
        qsort(all[i].samples, (size_t)samples, sizeof(double), by_value);
        all[i].choice.seconds = all[i].samples[samples / 4];
    }
}

/* What a choice costs when candidates are compared. The native kernel takes what follows a product into its launch,
 * CLBlast does not: bias, activation and mask, or the update, are launches and passes over C of their own then, for
 * which it must be ahead by so much. */
static double cost_of(const clonal__gemm_choice *choice)
{
    return choice->kind == CLONAL__GEMM_CLBLAST ? 1.25 * choice->seconds : choice->seconds;
}

/* The fastest of the exact ones, or, when none is exact, the fastest of all. The others are out. */
static clonal_status fastest(contender *all, size_t count, const clonal__gemm_shape *shape, clonal__gemm_choice *best)
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

/* The best of some candidates. */
static clonal_status contest(clonal_context *context, const clonal__gemm_shape *shape,
                             const clonal__gemm_choice *candidate, size_t count, clonal__gemm_choice *best)
{
    contender all[MAX_VARIANTS + 1] = {0};
    trial t;
    if (count == 0)
        return clonal__fail(CLONAL_E_ARGUMENT, "no GEMM of the wanted kind can compute %ux%ux%u", shape->m, shape->n,
                            shape->k);
    for (size_t i = 0; i < count; i++) all[i].choice = candidate[i];
    clonal_status status = trial_create(context, shape, &t);
    if (status == CLONAL_OK) status = admit(context, &t, all, count);
    if (status == CLONAL_OK) status = trial_plain(context, &t);
    if (status == CLONAL_OK) status = fastest(all, count, shape, best);
    for (size_t i = 0; i < count; i++) clonal__list_clear(&all[i].list);
    trial_free(&t);
    return status;
}

/* What was decided for a shape that differs in the batch alone (M, or K of a weight gradient): most likely right here
 * too, and built. */
static const clonal__gemm_choice *related(const plans *all, const clonal__gemm_shape *s, clonal_gemm wanted)
{
    for (size_t i = 0; i < all->count; i++) {
        const decision *d = &all->decisions[i];
        bool same = d->wanted == wanted && d->shape.ta == s->ta && d->shape.tb == s->tb && d->shape.n == s->n;
        if (same && d->choice.exact && (s->ta ? d->shape.m == s->m : d->shape.k == s->k)) return &d->choice;
    }
    return NULL;
}

/* Candidates come in order of what they cost to try; not all are tried where an exact one is found before, unless
 * `thorough`. CLBlast's kernels take a CPU's compiler many seconds, and are slower there than Clonal's own by several
 * times. */
static clonal_status decide(clonal_context *context, const plans *known, const clonal__gemm_shape *shape,
                            clonal_gemm wanted, bool thorough, clonal__gemm_choice *best)
{
    clonal__gemm_choice room[MAX_VARIANTS + 1];
    size_t count = candidates(context, shape, wanted, room), natives = 0;
    const clonal__gemm_choice *near = thorough ? NULL : related(known, shape, wanted);
    while (natives < count && room[natives].kind == CLONAL__GEMM_NATIVE) natives++;
    for (size_t i = 0; near && i < count; i++) {
        if (room[i].kind != near->kind || room[i].variant != near->variant) continue;
        CLONAL__TRY(contest(context, shape, &room[i], 1, best));
        if (best->exact) return CLONAL_OK;
    }
    if (!thorough && natives && context->info.type == CLONAL_DEVICE_CPU) {
        clonal_status status = contest(context, shape, room, natives, best);
        if (status == CLONAL_OK && best->exact) return CLONAL_OK;
    }
    return contest(context, shape, room, count, best);
}

clonal_status clonal__gemm_audit(clonal_context *context, const clonal__gemm_shape *shape,
                                 clonal__gemm_choice choices[CLONAL__GEMM_CANDIDATES], size_t *count)
{
    contender all[MAX_VARIANTS + 1] = {0};
    trial t;
    *count = candidates(context, shape, CLONAL_GEMM_AUTO, choices);
    for (size_t i = 0; i < *count; i++) all[i].choice = choices[i];
    clonal_status status = trial_create(context, shape, &t);
    if (status == CLONAL_OK) status = admit(context, &t, all, *count);
    for (size_t i = 0; i < *count; i++) {
        choices[i].exact = all[i].choice.exact && !all[i].out;
        clonal__list_clear(&all[i].list);
    }
    trial_free(&t);
    return status;
}

static size_t find(const plans *all, const clonal__gemm_shape *shape, clonal_gemm wanted)
{
    size_t i = 0;
    while (i < all->count &&
           !(all->decisions[i].wanted == wanted && clonal__gemm_same_shape(&all->decisions[i].shape, shape)))
        i++;
    return i;
}

clonal_status clonal__gemm_forget(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted)
{
    plans *all;
    CLONAL__TRY(plans_of(context, &all));
    size_t i = find(all, shape, wanted);
    if (i < all->count) all->decisions[i] = all->decisions[--all->count];
    return CLONAL_OK;
}

/* Whether a decision, which a file may hold, is one that could be made here. */
static bool possible(const clonal_context *context, const decision *d)
{
    clonal__gemm_choice room[MAX_VARIANTS + 1];
    for (size_t i = candidates(context, &d->shape, d->wanted, room); i-- > 0;)
        if (room[i].kind == d->choice.kind && room[i].variant == d->choice.variant) return true;
    return false;
}

static clonal_status plan(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted, bool thorough,
                          clonal__gemm_choice *choice)
{
    plans *all;
    CLONAL__TRY(plans_of(context, &all));
    size_t i = find(all, shape, wanted);
    if (i == all->count || thorough || !possible(context, &all->decisions[i])) {
        decision made = {.shape = *shape, .wanted = wanted};
        CLONAL__TRY(decide(context, all, shape, wanted, thorough, &made.choice));
        if (i == all->count) CLONAL__TRY(clonal__grow(&all->decisions, all->count + 1, sizeof made));
        all->count += i == all->count;
        all->decisions[i] = made;
        write_plans(all);
    }
    *choice = all->decisions[i].choice;
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

clonal_status clonal__gemm_plan(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted,
                                bool allow_inexact, clonal__gemm_choice *choice)
{
    int variants[MAX_VARIANTS],
        count = forced_native < 0 ? 0 : clonal__native_variants(context, shape, variants, MAX_VARIANTS);
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

clonal_status clonal__gemm_append(clonal__launch_list *list, const clonal__gemm_shape *shape,
                                  const clonal__gemm_choice *choice, const clonal__gemm_buffers *buffers,
                                  const clonal__epilogue *epilogue)
{
    if (choice->kind == CLONAL__GEMM_NATIVE)
        return clonal__native_append(list, shape, choice->variant, buffers, epilogue);
    return clonal__clblast_append(list, shape, buffers);
}
