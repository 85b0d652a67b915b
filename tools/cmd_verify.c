/* clonal verify: whether devices keep the numeric contract, as a table device x check. */
#include "support/crash.h"
#include "support/device.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/progress.h"
#include "support/verbs.h"
#include <clonal/verify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One device's row: its verification, or the error that kept it from being verified. */
typedef struct row {
    char selector[24], name[128], platform[128], driver[128], fma[16];
    clonal_verification verification;
    clonal_status status;
    char error[512];
} row;

typedef struct verify_request {
    clonal_verify_options options;
    const char *device;
    bool all, json;
} verify_request;

static int progress(const char *what, void *user)
{
    const char *device = user;
    char line[256];
    snprintf(line, sizeof line, "%s: %s", device, what);
    progress_say(line);
    return interrupt_signal();
}

static void describe(row *r, const clonal_device_info *info)
{
    snprintf(r->selector, sizeof r->selector, "%s", info->selector);
    snprintf(r->name, sizeof r->name, "%s", info->name);
    snprintf(r->platform, sizeof r->platform, "%s", info->platform);
    snprintf(r->driver, sizeof r->driver, "%s", info->driver);
}

static void keep_error(row *r, clonal_status status)
{
    r->status = status;
    if (status != CLONAL_OK) snprintf(r->error, sizeof r->error, "%s", clonal_last_error()->message);
}

static void verify_one(const char *selector, const verify_request *request, row *r)
{
    static const char *const bodies[] = {"built-in", "double", "integer"};
    clonal_context *context;
    clonal_verify_options options = request->options;
    keep_error(r, device_create(selector, &context));
    if (r->status != CLONAL_OK) return;
    describe(r, clonal_context_device(context));
    snprintf(r->fma, sizeof r->fma, "%s", bodies[clonal_context_probe(context)->fma]);
    options.progress = progress;
    options.user = r->selector;
    keep_error(r, clonal_verify(context, &options, &r->verification));
    progress_clear();
    clonal_context_destroy(context);
}

static const char *cell(const clonal_check_result *result)
{
    return result->differing ? "FAIL" : result->compared ? "ok" : "-";
}

static void print_table(const row *rows, size_t count, bool full)
{
    printf("%-6s", "device");
    for (int c = 0; c < CLONAL_CHECK_COUNT - !full; c++) printf("  %s", clonal_check_name((clonal_check)c));
    putchar('\n');
    for (size_t i = 0; i < count; i++) {
        printf("%-6s", rows[i].selector);
        for (int c = 0, last = CLONAL_CHECK_COUNT - 1 - !full; c <= last; c++)
            printf("  %-*s", c < last ? (int)strlen(clonal_check_name((clonal_check)c)) : 0,
                   cell(&rows[i].verification.checks[c]));
        putchar('\n');
    }
}

static void print_verdict(const row *r)
{
    const clonal_verification *v = &r->verification;
    printf("\n%s %s (%s), driver %s%s%s\n", r->selector, r->name, r->platform, r->driver, r->fma[0] ? ", fma " : "",
           r->fma);
    for (int c = 0; c < CLONAL_CHECK_COUNT; c++)
        if (v->checks[c].differing)
            printf("  %s: %zu of %zu differ, first %s\n", clonal_check_name((clonal_check)c), v->checks[c].differing,
                   v->checks[c].compared, v->checks[c].first);
    if (r->status != CLONAL_OK)
        printf("  not verified: %s\n", r->error);
    else
        printf("  %s: %zu cases, %zu steps%s, %.1f s\n",
               v->equal ? "keeps contract 1: equal in every bit" : "BREAKS contract 1", v->cases, v->steps,
               v->small ? " (small cases only)" : "", v->seconds);
    if (v->digest[0]) printf("  digest %s\n", v->digest);
    if (v->small_digest[0])
        printf("  %s %s\n", v->digest[0] ? "of the small cases" : "digest of the small cases", v->small_digest);
}

static json_t *row_json(const row *r)
{
    json_t *checks = json_object();
    for (int c = 0; c < CLONAL_CHECK_COUNT; c++) {
        const clonal_check_result *result = &r->verification.checks[c];
        json_object_set_new(checks, clonal_check_name((clonal_check)c),
                            json_pack("{s:s, s:I, s:I, s:o}", "outcome",
                                      result->differing  ? "fail"
                                      : result->compared ? "ok"
                                                         : "none",
                                      "compared", (json_int_t)result->compared, "differing",
                                      (json_int_t)result->differing, "first", json_text(result->first)));
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:s, s:b, s:b, s:o, s:I, s:I, s:f, s:o, s:o, s:o}", "device", r->selector,
                     "name", json_text(r->name), "platform", json_text(r->platform), "driver", json_text(r->driver),
                     "fma", r->fma, "equal", r->status == CLONAL_OK && r->verification.equal, "small",
                     r->verification.small, "error", r->status != CLONAL_OK ? json_text(r->error) : json_null(),
                     "cases", (json_int_t)r->verification.cases, "steps", (json_int_t)r->verification.steps, "seconds",
                     r->verification.seconds, "digest", json_text(r->verification.digest), "small_digest",
                     json_text(r->verification.small_digest), "checks", checks);
}

static int print_json(const row *rows, size_t count)
{
    json_t *devices = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(devices, row_json(&rows[i]));
    return output_json(json_pack("{s:s, s:i, s:o}", "clonal", clonal_version(), "contract", clonal_contract_version(),
                                 "devices", devices),
                       JSON_INDENT(2));
}

/* Equal everywhere: 0. Different somewhere: 14. Else, what kept the first device from being verified. */
static int verdict(const row *rows, size_t count)
{
    int code = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].status == CLONAL_E_CANCELLED && interrupt_signal()) return interrupt_exit_code();
        if (rows[i].status != CLONAL_OK && !code) code = rows[i].status;
        if (rows[i].status == CLONAL_OK && !rows[i].verification.equal) code = CLONAL_E_MISMATCH;
    }
    return code;
}

static int report(const verify_request *request, const row *rows, size_t count)
{
    if (!request->json) {
        print_table(rows, count, request->options.full);
        for (size_t i = 0; i < count; i++) print_verdict(&rows[i]);
    }
    int code = request->json ? print_json(rows, count) : 0;
    return code ? code : verdict(rows, count);
}

static int verify_all(const verify_request *request)
{
    clonal_device_list *list;
    crash_drivers();
    clonal_status status = clonal_device_list_create(&list);
    if (status != CLONAL_OK) return fail_status(status);
    size_t count = clonal_device_list_count(list);
    row *rows = calloc(count, sizeof *rows);
    if (!rows) {
        clonal_device_list_destroy(list);
        return fail(CLONAL_E_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < count && !interrupt_signal(); i++) {
        describe(&rows[i], clonal_device_list_get(list, i));
        verify_one(rows[i].selector, request, &rows[i]);
    }
    int code = report(request, rows, count);
    free(rows);
    clonal_device_list_destroy(list);
    return code;
}

int cmd_verify(int argc, const char **argv)
{
    static verify_request request;
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "device", 0, &request.device, "S", DEVICE_HELP),
        FLAG_OPTION("all", 0, &request.all, "every device of every platform"),
        FLAG_OPTION("small", 0, &request.options.small, "small cases only: for simulators (implied on oclgrind)"),
        FLAG_OPTION("full", 0, &request.options.full, "also large products, and the chapter's ten epochs"),
        FLAG_OPTION("stop", 0, &request.options.stop, "at the first check or case that differs"),
        VALUE_OPTION(OPTION_TEXT, "data", 0, &request.options.data, "DIR", "where Fashion-MNIST is, for --full"),
        FLAG_OPTION("json", 0, &request.json, "print JSON"),
    };
    command_line line = {.verb = "verify",
                         .arguments = "[--device S | --all] [options]",
                         .summary = "Trains a few small networks and compares every mask, activation, loss, gradient\n"
                                    "and weight of every step with those of the contract's C reference, bit for bit.",
                         .notes = "Exit code 0: equal in every bit; 14: not. Post the table of a new device.",
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code == CARRY_ON && request.all && request.device) code = fail(EXIT_USAGE, "give --device or --all, not both");
    if (code == CARRY_ON) {
        interrupt_watch();
        static row one;
        if (request.all) {
            code = verify_all(&request);
        } else {
            verify_one(request.device, &request, &one);
            /* a device that cannot be opened, or not verified, is an error as in every verb */
            code = one.status == CLONAL_OK ? report(&request, &one, 1) : fail_status(one.status);
        }
    }
    command_line_free(&line);
    return code;
}
