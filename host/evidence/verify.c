/* verify.c: clonal_verify: goes through the golden text and has each part of it checked. */
#include "host/evidence/verify.h"

#include "host/base/clock.h"
#include "host/base/float_environment.h"
#include "host/base/number.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *clonal_check_name(clonal_check check)
{
    static const char *const names[] = {
#define CHECK_NAME(name, text) text,
        CLONAL_CHECK_MAP(CHECK_NAME)
#undef CHECK_NAME
    };
    return (unsigned)check < CLONAL_CHECK_COUNT ? names[check] : "";
}

void clonal__verify_note(clonal__verifier *v, clonal_check check, bool equal, const char *format, ...)
{
    clonal_check_result *result = &v->result->checks[check];
    result->compared++;
    if (equal) return;
    v->result->equal = false;
    if (result->differing++) return;
    va_list arguments;
    va_start(arguments, format);
    clonal__number_format(result->first, sizeof result->first, format, arguments);
    va_end(arguments);
}

void clonal__verify_made(clonal__verifier *v, const char *where, uint64_t step, const char *name, const char *digest)
{
    char line[CLONAL__GOLDEN_LINE];
    int length = snprintf(line, sizeof line, "%s %llu %s %s\n", where, (unsigned long long)step, name, digest);
    clonal__digest_update(v->all, line, (size_t)length);
    if (v->in_small) clonal__digest_update(v->small, line, (size_t)length);
}

clonal_status clonal__verify_progress(clonal__verifier *v, const char *format, ...)
{
    char what[128];
    va_list arguments;
    if (!v->options.progress) return CLONAL_OK;
    va_start(arguments, format);
    clonal__number_format(what, sizeof what, format, arguments);
    va_end(arguments);
    return v->options.progress(what, v->options.user) ? clonal__fail(CLONAL_E_CANCELLED, "cancelled at %s", what)
                                                      : CLONAL_OK;
}

static clonal_status skip(const char **at)
{
    clonal__golden_block block;
    CLONAL__TRY(clonal__golden_entries(at, &block));
    clonal__free(block.entries);
    return CLONAL_OK;
}

/* The digests of a case are behind its steps' and its result's own lines. */
static clonal_status skip_case(const char **at)
{
    char line[CLONAL__GOLDEN_LINE];
    for (const char *before = *at; clonal__golden_next(at, line); before = *at)
        if (strncmp(line, "case ", 5) == 0) {
            *at = before;
            break;
        }
    return CLONAL_OK;
}

/* A case for which no GEMM keeps the contract fails; the others may still be seen. */
static clonal_status check_case(clonal__verifier *v, const char *line, const char **at)
{
    clonal_status status = clonal__verify_case(v, line, at);
    if (status != CLONAL_E_CONTRACT) return status;
    clonal__verify_note(v, CLONAL_CHECK_GEMM, false, "%s", clonal_last_error()->message);
    return skip_case(at);
}

/* What is done with a line of the golden text, by its first word. */
typedef struct line_kind {
    const char *keyword;
    int size_word; /* which word of the line is its size, "small" or "large" */
    bool for_all;  /* small ones are for all devices; else those that take the large ones need not the small */
    clonal_status (*check)(clonal__verifier *v, const char *line, const char **at);
} line_kind;

static const line_kind kinds[] = {
    {"functions", 1, false, clonal__verify_functions},
    {"erf", 1, false, clonal__verify_functions},
    {"normal32", 1, false, clonal__verify_functions},
    {"arithmetic", 1, false, clonal__verify_arithmetic},
    {"fused", 1, true, clonal__verify_fused},
    {"fused_update", 1, true, clonal__verify_fused_update},
    {"case", 2, true, check_case},
};

static clonal_status check_line(clonal__verifier *v, const char *line, const char **at)
{
    char words[3][40] = {"", "", ""};
    sscanf(line, "%39s %39s %39s", words[0], words[1], words[2]);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const line_kind *kind = &kinds[i];
        if (strcmp(words[0], kind->keyword) != 0) continue;
        const bool small = strcmp(words[kind->size_word], "small") == 0;
        const bool wanted = kind->for_all ? small || !v->result->small : small == v->result->small;
        v->in_small = small;
        if (wanted) return kind->check(v, line, at);
        return kind->check == check_case ? skip_case(at) : skip(at);
    }
    return clonal__fail(CLONAL_E_INTERNAL, "the golden digests have the line '%s'", line);
}

/* Whether enough is known: something differs, and no more was asked for. */
static bool is_over(const clonal__verifier *v)
{
    return v->options.stop && !v->result->equal;
}

static clonal_status verify(clonal__verifier *v)
{
    const clonal_probe *probe = clonal_context_probe(v->context);
    const char *at;
    char line[CLONAL__GOLDEN_LINE];
    clonal__verify_note(v, CLONAL_CHECK_PROBE, probe->contract, "%s", probe->failed[0] ? probe->failed : "the probe");
    CLONAL__TRY(clonal__verify_rng(v));
    if (!is_over(v)) CLONAL__TRY(clonal__verify_gemm(v));
    CLONAL__TRY(clonal__golden_text("golden-1.txt", &at));
    clonal__verify_fused_all(v, at);
    while (!is_over(v) && clonal__golden_next(&at, line)) CLONAL__TRY(check_line(v, line, &at));
    return v->options.full && !is_over(v) ? clonal__verify_full(v) : CLONAL_OK;
}

clonal_status clonal_verify(clonal_context *context, const clonal_verify_options *options, clonal_verification *result)
{
    CLONAL__FLOATS;
    if (result) memset(result, 0, sizeof *result);
    CLONAL__NEEDS(context && result);
    double start = clonal__now_seconds();
    clonal__verifier v = {.context = context, .result = result};
    if (options) v.options = *options;
    result->equal = true;
    result->small = v.options.small || strstr(context->info.platform, "Oclgrind") != NULL;
    clonal_status status = clonal__digest_create(&v.all);
    if (status == CLONAL_OK) status = clonal__digest_create(&v.small);
    if (status == CLONAL_OK) status = verify(&v);
    const bool whole = status == CLONAL_OK && !is_over(&v);
    if (whole && !result->small) status = clonal__digest_finish_text(v.all, result->digest);
    if (whole && status == CLONAL_OK) status = clonal__digest_finish_text(v.small, result->small_digest);
    clonal__digest_destroy(v.all);
    clonal__digest_destroy(v.small);
    if (status != CLONAL_OK) result->equal = false;
    result->seconds = clonal__now_seconds() - start;
    return status;
}
