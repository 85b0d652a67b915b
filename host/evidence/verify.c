/* verify.c: clonal_verify: goes through the golden text and has each part of it checked. */
#include "host/evidence/verify.h"

#include "host/base/clock.h"
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
    vsnprintf(result->first, sizeof result->first, format, arguments);
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
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return v->options.progress(what, v->options.user) ? clonal__fail(CLONAL_E_CANCELLED, "cancelled at %s", what)
                                                      : CLONAL_OK;
}

/* The word behind a line's first ("functions small ...") or second ("case ones small ..."). */
static bool is_small(const char *line)
{
    char words[2][40];
    if (sscanf(line, "%*s %39s %39s", words[0], words[1]) != 2) return false;
    return strcmp(words[strncmp(line, "case ", 5) == 0], "small") == 0;
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

static clonal_status check_line(clonal__verifier *v, const char *line, const char **at)
{
    bool is_case = strncmp(line, "case ", 5) == 0, small = is_small(line);
    /* a device that takes the large functions needs not the small; the small cases are for all */
    bool wanted = is_case ? small || !v->result->small : small == v->result->small;
    v->in_small = small;
    if (!wanted) return is_case ? skip_case(at) : skip(at);
    if (is_case) return check_case(v, line, at);
    return line[0] == 'f' ? clonal__verify_functions(v, line, at) : clonal__verify_arithmetic(v, line, at);
}

static clonal_status verify(clonal__verifier *v)
{
    const clonal_probe *probe = clonal_context_probe(v->context);
    const char *at;
    char line[CLONAL__GOLDEN_LINE];
    clonal__verify_note(v, CLONAL_CHECK_PROBE, probe->contract, "%s", probe->failed[0] ? probe->failed : "the probe");
    CLONAL__TRY(clonal__verify_rng(v));
    CLONAL__TRY(clonal__verify_gemm(v));
    CLONAL__TRY(clonal__golden_text("golden-1.txt", &at));
    while (clonal__golden_next(&at, line)) CLONAL__TRY(check_line(v, line, &at));
    return v->options.full ? clonal__verify_full(v) : CLONAL_OK;
}

clonal_status clonal_verify(clonal_context *context, const clonal_verify_options *options, clonal_verification *result)
{
    if (!context || !result) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_verify: the context or the result is NULL");
    memset(result, 0, sizeof *result);
    double start = clonal__now_seconds();
    clonal__verifier v = {.context = context, .result = result};
    if (options) v.options = *options;
    result->equal = true;
    result->small = v.options.small || strstr(context->info.platform, "Oclgrind") != NULL;
    clonal_status status = clonal__digest_create(&v.all);
    if (status == CLONAL_OK) status = clonal__digest_create(&v.small);
    if (status == CLONAL_OK) status = verify(&v);
    if (status == CLONAL_OK && !result->small) status = clonal__digest_finish_text(v.all, result->digest);
    if (status == CLONAL_OK) status = clonal__digest_finish_text(v.small, result->small_digest);
    clonal__digest_destroy(v.all);
    clonal__digest_destroy(v.small);
    if (status != CLONAL_OK) result->equal = false;
    result->seconds = clonal__now_seconds() - start;
    return status;
}
