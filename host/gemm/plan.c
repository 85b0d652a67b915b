/* plan.c: which GEMM serves a shape on a device: admitted by bits, then chosen by time, then remembered. */
#include "host/gemm/chain.h"

#include "host/base/digest.h"
#include "host/base/file.h"
#include "host/base/memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_VARIANTS 16
#define MEASURE_SECONDS 0.004 /* for one candidate */

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

/* <cache>/plans/<digest of everything that the figures depend on>. */
static clonal_status plan_path(const clonal_context *context, char *path, size_t size)
{
    char folder[3900], key[1024], hex[65];
    const clonal_device_info *d = &context->info;
    const char *options = getenv("CLBLAST_BUILD_OPTIONS");
    const char *kernels = getenv("CLONAL_KERNELS");
    path[0] = '\0';
    clonal__cache_folder(folder, sizeof folder);
    if (!folder[0] || kernels) return CLONAL_OK;
    snprintf(key, sizeof key, "%s|%s|%s|%s|%u|%s|%s|%d|%s", d->platform, d->name, d->driver, d->version, d->compute_units, clonal_version(),
             clonal__clblast_version(), (int)context->probe.fma, options ? options : "");
    CLONAL__TRY(clonal__digest_bytes(key, strlen(key), hex));
    snprintf(path, size, "%s/plans/%s.txt", folder, hex);
    return CLONAL_OK;
}

static void read_plans(plans *all)
{
    char *text = NULL;
    size_t size;
    if (!all->path[0] || clonal__file_read(all->path, 1 << 20, &text, &size) != CLONAL_OK) return;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        decision d = {0};
        int ta, tb, wanted, kind, exact, used = 0;
        if (sscanf(line, "%u %u %u %d %d %d %d %d %d %lf%n", &d.shape.m, &d.shape.n, &d.shape.k, &ta, &tb, &wanted, &kind, &d.choice.variant, &exact,
                   &d.choice.seconds, &used) != 10 || line[used])
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
        clonal__string_append(&text, "%u %u %u %d %d %d %d %d %d %.9g\n", d->shape.m, d->shape.n, d->shape.k, d->shape.ta, d->shape.tb, d->wanted,
                              d->choice.kind, d->choice.variant, d->choice.exact, d->choice.seconds);
    }
    if (text.status == CLONAL_OK && clonal__make_folders(folder) == CLONAL_OK && clonal__file_write(all->path, text.text, text.length) != CLONAL_OK)
        clonal__log(CLONAL_LOG_DEBUG, "the GEMM plan is not kept: %s", clonal_last_error()->message);
    clonal__string_free(&text);
}

static clonal_status plans_of(clonal_context *context, plans **all)
{
    if (!context->gemm_plans) {
        CLONAL__TRY(clonal__calloc(1, sizeof **all, all));
        context->gemm_plans = *all;
        context->gemm_plans_free = plans_free;
        CLONAL__TRY(plan_path(context, (*all)->path, sizeof (*all)->path));
        read_plans(*all);
    }
    *all = context->gemm_plans;
    return CLONAL_OK;
}

static bool same_shape(const clonal__gemm_shape *a, const clonal__gemm_shape *b)
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

/* New operands: finite ones, or with a few infinities (whose NaNs would hide the rest). */
static clonal_status trial_fill(clonal_context *context, trial *t, bool infinities)
{
    const clonal__gemm_shape *s = &t->shape;
    size_t a = (size_t)s->m * s->k, b = (size_t)s->k * s->n;
    clonal__adversarial(infinities ? 3 : 1, infinities, a, t->a);
    clonal__adversarial(infinities ? 4 : 2, infinities, b, t->b);
    clonal__chain_gemm(s, t->a, t->b, t->expected);
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
    CLONAL__TRY(clonal__list_run(list, 0, 0));
    CLONAL__TRY(clonal__buffer_read(list->context, t->device_c, 0, count * sizeof(float), t->got));
    *exact = clonal__first_difference(t->got, t->expected, count) == count;
    return CLONAL_OK;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median seconds of a call, over five samples of as many back-to-back calls as fit the time. */
static clonal_status measure(const clonal__launch_list *list, double *seconds)
{
    double samples[5], start = now();
    CLONAL__TRY(clonal__list_run(list, 0, 0));
    CLONAL__TRY(clonal_context_finish(list->context));
    double one = now() - start;
    int calls = one > 0 && one < MEASURE_SECONDS / 5 ? (int)(MEASURE_SECONDS / 5 / one) : 1;
    for (int i = 0; i < 5; i++) {
        start = now();
        for (int k = 0; k < calls; k++) CLONAL__TRY(clonal__list_run(list, 0, 0));
        CLONAL__TRY(clonal_context_finish(list->context));
        samples[i] = (now() - start) / calls;
        if (samples[i] > 50 * MEASURE_SECONDS) { *seconds = samples[i]; return CLONAL_OK; }
    }
    qsort(samples, 5, sizeof *samples, by_value);
    *seconds = samples[2];
    return CLONAL_OK;
}

static size_t candidates(const clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted, clonal__gemm_choice room[MAX_VARIANTS + 1])
{
    size_t count = 0;
    int variants[MAX_VARIANTS];
    if (wanted != CLONAL_GEMM_CLBLAST) {
        int found = clonal__native_variants(context, shape, variants, MAX_VARIANTS);
        for (int i = 0; i < found; i++) room[count++] = (clonal__gemm_choice){.kind = CLONAL__GEMM_NATIVE, .variant = variants[i]};
    }
    if (wanted != CLONAL_GEMM_NATIVE) room[count++] = (clonal__gemm_choice){.kind = CLONAL__GEMM_CLBLAST};
    return count;
}

/* One candidate: exact or not, and its time. A candidate that fails to run is not admitted. */
static clonal_status try_candidate(clonal_context *context, trial *t, clonal__gemm_choice *choice)
{
    clonal__launch_list list = {.context = context};
    bool finite = false, infinite = false;
    clonal_status status = append(&list, t, choice);
    if (status == CLONAL_OK) status = trial_fill(context, t, true);
    if (status == CLONAL_OK) status = admitted(&list, t, &infinite);
    if (status == CLONAL_OK) status = trial_fill(context, t, false);
    if (status == CLONAL_OK) status = admitted(&list, t, &finite);
    choice->exact = status == CLONAL_OK && finite && infinite;
    if (status == CLONAL_OK) status = measure(&list, &choice->seconds);
    clonal__list_clear(&list);
    return status;
}

static clonal_status decide(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted, clonal__gemm_choice *best)
{
    clonal__gemm_choice room[MAX_VARIANTS + 1];
    size_t count = candidates(context, shape, wanted, room);
    trial t;
    clonal_status status = trial_create(context, shape, &t);
    bool have = false;
    for (size_t i = 0; i < count && status == CLONAL_OK; i++) {
        clonal_status tried = try_candidate(context, &t, &room[i]);
        if (tried != CLONAL_OK) {
            clonal__log(CLONAL_LOG_WARNING, "GEMM %ux%ux%u: a candidate does not run: %s", shape->m, shape->n, shape->k, clonal_last_error()->message);
            if (count == 1) status = tried;
            continue;
        }
        bool better = !have || (room[i].exact && !best->exact) || (room[i].exact == best->exact && room[i].seconds < best->seconds);
        if (better) *best = room[i];
        have = true;
    }
    if (status == CLONAL_OK && !have) status = clonal__fail(CLONAL_E_OPENCL, "no GEMM runs for %ux%ux%u on %s", shape->m, shape->n, shape->k, context->info.name);
    trial_free(&t);
    return status;
}

clonal_status clonal__gemm_plan(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted, bool allow_inexact,
                                clonal__gemm_choice *choice)
{
    plans *all;
    size_t i;
    CLONAL__TRY(plans_of(context, &all));
    for (i = 0; i < all->count; i++)
        if (all->decisions[i].wanted == wanted && same_shape(&all->decisions[i].shape, shape)) break;
    if (i == all->count) {
        decision made = {.shape = *shape, .wanted = wanted};
        CLONAL__TRY(decide(context, shape, wanted, &made.choice));
        CLONAL__TRY(clonal__grow(&all->decisions, all->count + 1, sizeof made));
        all->decisions[all->count++] = made;
        write_plans(all);
    }
    *choice = all->decisions[i].choice;
    if (choice->exact || allow_inexact) return CLONAL_OK;
    return clonal__fail(CLONAL_E_CONTRACT, "%s breaks the contract on %s: its product of %ux%ux%u has other bits; use %s, or --allow-inexact to train without the "
                        "contract's promise", wanted == CLONAL_GEMM_CLBLAST ? "CLBlast" : "every GEMM", context->info.name, shape->m, shape->n, shape->k,
                        wanted == CLONAL_GEMM_CLBLAST ? "--gemm auto" : "another device");
}

clonal_status clonal__gemm_append(clonal__launch_list *list, const clonal__gemm_shape *shape, const clonal__gemm_choice *choice,
                                  const clonal__gemm_buffers *buffers, const clonal__epilogue *epilogue)
{
    if (choice->kind == CLONAL__GEMM_NATIVE) return clonal__native_append(list, shape, choice->variant, buffers, epilogue);
    return clonal__clblast_append(list, shape, buffers);
}
