/* ctest: TIMEOUT 600
 *
 * The reference functions against MPFR: the largest error of exp, log, sigmoid, tanh, erf in ulp, and whether recip,
 * div and sqrt are correctly rounded. A value of the C library in double, good to 2^-48, tells the error to 1e-6 ulp;
 * MPFR in 200 bits decides wherever that is near the largest so far, and checks every 65537th value besides.
 *
 * test_unit_math_mpfr [--full] [--stride N] [--threads N] [--only NAME]; status 1 if an error is not below 1 ulp or a
 * rounding is wrong.
 *
 * An ulp is the distance of neighbouring floats at the true value: 2^(e-23) for 2^e <= |value| < 2^(e+1), and 2^-149
 * for subnormal values. An infinite result stands for 2^128. */
#include "adversary.h"
#include "ref_math.h"

#include <math.h>
#include <mpfr.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { precision = 200 };

typedef struct function {
    const char *name;
    float (*reference)(float);
    double (*estimate)(double);
    void (*exact)(mpfr_t result, const mpfr_t x);
    int rounded; /* must be correctly rounded, instead of below 1 ulp */
} function;

static double estimate_recip(double x)
{
    return 1.0 / x;
}
static double estimate_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static void exact_recip(mpfr_t result, const mpfr_t x)
{
    mpfr_ui_div(result, 1, x, MPFR_RNDN);
}
static void exact_sqrt(mpfr_t result, const mpfr_t x)
{
    mpfr_sqrt(result, x, MPFR_RNDN);
}
static void exact_exp(mpfr_t result, const mpfr_t x)
{
    mpfr_exp(result, x, MPFR_RNDN);
}
static void exact_log(mpfr_t result, const mpfr_t x)
{
    mpfr_log(result, x, MPFR_RNDN);
}
static void exact_tanh(mpfr_t result, const mpfr_t x)
{
    mpfr_tanh(result, x, MPFR_RNDN);
}

static void exact_erf(mpfr_t result, const mpfr_t x)
{
    mpfr_erf(result, x, MPFR_RNDN);
}

static void exact_sigmoid(mpfr_t result, const mpfr_t x)
{
    mpfr_neg(result, x, MPFR_RNDN);
    mpfr_exp(result, result, MPFR_RNDN);
    mpfr_add_ui(result, result, 1, MPFR_RNDN);
    mpfr_ui_div(result, 1, result, MPFR_RNDN);
}

static const function functions[] = {
    {"recip", ref_recip, estimate_recip, exact_recip, 1},
    {"sqrt", ref_sqrt, sqrt, exact_sqrt, 1},
    {"exp", ref_exp, exp, exact_exp, 0},
    {"log", ref_log, log, exact_log, 0},
    {"sigmoid", ref_sigmoid, estimate_sigmoid, exact_sigmoid, 0},
    {"tanh", ref_tanh, tanh, exact_tanh, 0},
    {"erf", ref_erf, erf, exact_erf, 0},
};
enum { function_count = sizeof functions / sizeof *functions };

/* The largest float error found, and the first wrong value. */
typedef struct finding {
    double worst;
    float worst_at;
    unsigned long long wrong;
    float wrong_at;
} finding;

typedef struct job {
    const function *function;
    uint64_t first, last, stride; /* bit patterns first, first + stride, ... < last */
    finding found;
} job;

static void wrong(finding *found, float x)
{
    if (found->wrong++ == 0) found->wrong_at = x;
}

/* 2^-23 of the power of two at or below |v|, at least 2^-149. v is finite. */
static double ulp_at(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    uint64_t exponent = bits >> 52 & 0x7ff;
    exponent = (exponent < 1023 - 126 ? 1023 - 126 : exponent) - 23;
    bits = exponent << 52;
    memcpy(&v, &bits, sizeof bits);
    return v;
}

static double error_exactly(const function *f, float x, float y)
{
    mpfr_t value, difference;
    mpfr_init2(value, precision);
    mpfr_init2(difference, precision);
    mpfr_set_flt(value, x, MPFR_RNDN);
    f->exact(value, value);
    if (isinf(y))
        mpfr_set_ui_2exp(difference, 1, 128, MPFR_RNDN);
    else
        mpfr_set_flt(difference, y, MPFR_RNDN);
    mpfr_sub(difference, difference, value, MPFR_RNDA);
    double ulp = ulp_at(mpfr_get_d(value, MPFR_RNDZ));
    mpfr_div_d(difference, difference, ulp, MPFR_RNDA);
    double error = fabs(mpfr_get_d(difference, MPFR_RNDA));
    mpfr_clear(value);
    mpfr_clear(difference);
    return error;
}

/* IEEE rounding to float, subnormals included. */
static float round_exactly(mpfr_t value, int ternary)
{
    mpfr_exp_t low = mpfr_get_emin(), high = mpfr_get_emax();
    mpfr_set_emin(-148);
    mpfr_set_emax(128);
    ternary = mpfr_check_range(value, ternary, MPFR_RNDN);
    mpfr_subnormalize(value, ternary, MPFR_RNDN);
    float y = mpfr_get_flt(value, MPFR_RNDN);
    mpfr_set_emin(low);
    mpfr_set_emax(high);
    return y;
}

static float divide_exactly(float a, float b)
{
    mpfr_t x, y;
    mpfr_init2(x, 24);
    mpfr_init2(y, 24);
    mpfr_set_flt(x, a, MPFR_RNDN);
    mpfr_set_flt(y, b, MPFR_RNDN);
    int ternary = mpfr_div(x, x, y, MPFR_RNDN);
    float quotient = round_exactly(x, ternary);
    mpfr_clear(x);
    mpfr_clear(y);
    return quotient;
}

static float root_exactly(float a)
{
    mpfr_t x;
    mpfr_init2(x, 24);
    mpfr_set_flt(x, a, MPFR_RNDN);
    int ternary = mpfr_sqrt(x, x, MPFR_RNDN);
    float root = round_exactly(x, ternary);
    mpfr_clear(x);
    return root;
}

/* One value of a function whose error must be below 1 ulp. */
static void check_error(const function *f, float x, uint32_t number, finding *found)
{
    float y = f->reference(x);
    double v = f->estimate(x);
    if (v != v) {
        if (ref_bits(y) != 0x7fc00000u) wrong(found, x);
        return;
    }
    /* The sign, a zero and an overflow must be right. */
    if (y != y || !signbit(y) != !signbit(v) || (isinf(y) && !(fabs(v) > 0x1.fffffep+127)) ||
        (fabs(v) >= 0x1p128 && !isinf(y)) || (v == 0 && y != 0)) {
        wrong(found, x);
        return;
    }
    if (fabs(v) >= 0x1p128 || v == 0) return;
    double error = fabs((isinf(y) ? copysign(0x1p128, y) : (double)y) - v) / ulp_at(v);
    if (!(error <= found->worst - 1e-6) || number % 65537 == 0) error = error_exactly(f, x, y);
    if (error > found->worst) {
        found->worst = error;
        found->worst_at = x;
    }
    if (!(error < 1.0)) wrong(found, x);
}

/* One value of a function that must be correctly rounded. The quotient or root in double, of twice 24 bits and more,
 * rounds to the same float as the exact one; MPFR confirms a part of them. */
static void check_rounding(const function *f, float x, uint32_t number, finding *found)
{
    uint32_t y = ref_bits(f->reference(x));
    double v = f->estimate(x);
    uint32_t wanted = ref_bits(ref_canonical((float)v));
    if (y != wanted)
        wrong(found, x);
    else if (number % 65537 == 0 &&
             y != ref_bits(ref_canonical(f->exact == exact_sqrt ? root_exactly(x) : divide_exactly(1.0f, x))))
        wrong(found, x);
}

static void *run(void *argument)
{
    job *j = argument;
    uint32_t number = 0;
    for (uint64_t bits = j->first; bits < j->last; bits += j->stride, ++number) {
        if (j->function->rounded)
            check_rounding(j->function, ref_float((uint32_t)bits), number, &j->found);
        else
            check_error(j->function, ref_float((uint32_t)bits), number, &j->found);
    }
    mpfr_free_cache();
    return NULL;
}

enum { MAX_THREADS = 64 };

/* Does each of `threads` jobs of a size, the first in this thread. */
static void do_jobs(void *(*body)(void *), void *jobs, size_t size, unsigned threads)
{
    pthread_t ids[MAX_THREADS];
    for (unsigned t = 1; t < threads; ++t)
        if (pthread_create(&ids[t], NULL, body, (char *)jobs + t * size) != 0) exit(1);
    body(jobs);
    for (unsigned t = 1; t < threads; ++t) pthread_join(ids[t], NULL);
}

static int check_function(const function *f, uint64_t stride, unsigned threads)
{
    static job jobs[MAX_THREADS];
    uint64_t patterns = 1ull << 32;
    /* No function does without an error near one half; a start at 0 would send every small error to MPFR. */
    for (unsigned t = 0; t < threads; ++t) jobs[t] = (job){f, t * stride, patterns, stride * threads, {0.25, 0, 0, 0}};
    do_jobs(run, jobs, sizeof *jobs, threads);
    finding all = {0, 0, 0, 0};
    for (unsigned t = 0; t < threads; ++t) {
        finding one = jobs[t].found;
        if (one.worst > all.worst) {
            all.worst = one.worst;
            all.worst_at = one.worst_at;
        }
        if (one.wrong) all.wrong_at = one.wrong_at;
        all.wrong += one.wrong;
    }
    if (!f->rounded)
        printf("%s: largest error %.5f ulp, at %a\n", f->name, all.worst, all.worst_at);
    else
        printf("%s: %s\n", f->name, all.wrong ? "not correctly rounded" : "correctly rounded");
    if (all.wrong)
        printf("%s: %llu wrong, one at %a (%08x), which gives %a\n", f->name, all.wrong, all.wrong_at,
               (unsigned)ref_bits(all.wrong_at), f->reference(all.wrong_at));
    fflush(stdout);
    return all.wrong != 0;
}

typedef struct division_job {
    uint64_t state; /* of the pairs; another for each thread */
    unsigned long pairs, wrong;
} division_job;

static void *run_divisions(void *argument)
{
    division_job *j = argument;
    for (unsigned long i = 0; i < j->pairs; ++i) {
        float a = adversary_float(&j->state), b = adversary_float(&j->state);
        j->wrong += ref_bits(ref_div(a, b)) != ref_bits(ref_canonical(divide_exactly(a, b)));
    }
    mpfr_free_cache();
    return NULL;
}

static int check_divisions(unsigned long pairs, unsigned threads)
{
    static division_job jobs[MAX_THREADS];
    unsigned long wrong = 0;
    for (unsigned t = 0; t < threads; ++t)
        jobs[t] = (division_job){5 + ((uint64_t)t << 32), pairs / threads + (t < pairs % threads), 0};
    do_jobs(run_divisions, jobs, sizeof *jobs, threads);
    for (unsigned t = 0; t < threads; ++t) wrong += jobs[t].wrong;
    printf("div: %lu of %lu pairs wrong\n", wrong, pairs);
    fflush(stdout);
    return wrong != 0;
}

int main(int argc, char **argv)
{
    uint64_t stride = 2039;
    unsigned threads = 2;
    unsigned long pairs = 200000;
    const char *only = "";
    for (int i = 1; i < argc; ++i) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--full") == 0) {
            stride = 1;
            pairs = 1000000000;
        } else if (strcmp(argv[i], "--stride") == 0) {
            stride = strtoull(value, NULL, 10);
        } else if (strcmp(argv[i], "--threads") == 0) {
            threads = (unsigned)strtoul(value, NULL, 10);
        } else if (strcmp(argv[i], "--only") == 0) {
            only = value;
        }
    }
    stride = stride ? stride : 1;
    threads = threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads;
    int failed = !*only || strcmp(only, "div") == 0 ? check_divisions(pairs, threads) : 0;
    for (int f = 0; f < function_count; ++f)
        if (!*only || strcmp(only, functions[f].name) == 0) failed |= check_function(&functions[f], stride, threads);
    return failed;
}
