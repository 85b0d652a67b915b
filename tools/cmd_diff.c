/* clonal diff: where two runs part: step, operation, element. */
#include "support/crash.h"
#include "support/device.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/progress.h"
#include "support/verbs.h"
#include <clonal/verify.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct diff_request {
    clonal_diff_options options;
    bool json;
} diff_request;

static int progress(uint64_t step, void *user)
{
    char line[40];
    (void)user;
    snprintf(line, sizeof line, "step %" PRIu64, step);
    progress_say(line);
    return interrupt_signal();
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void print_element(const clonal_difference *d)
{
    const struct {
        const char *label;
        float value;
        const char *device;
    } sides[] = {{"a", d->a, d->device_a}, {"b", d->b, d->device_b}};
    printf("first in epoch %" PRIu32 ", step %" PRIu64 "\n", d->epoch, d->step);
    printf("operation  %s\n", d->operation);
    printf("tensor     %s, %" PRIu32 "x%" PRIu32 "; %" PRIu64 " elements differ\n", d->tensor, d->rows, d->columns,
           d->elements);
    printf("element    row %" PRIu32 ", column %" PRIu32 "\n", d->row, d->column);
    for (int i = 0; i < 2; i++)
        printf("%s          %-15.9g 0x%08" PRIx32 "  %s\n", sides[i].label, (double)sides[i].value,
               bits_of(sides[i].value), sides[i].device);
    if (d->ulp == UINT64_MAX)
        printf("distance   one is NaN\n");
    else
        printf("distance   %" PRIu64 " ulp\n", d->ulp);
}

static void print_text(const clonal_difference *d)
{
    switch (d->kind) {
    case CLONAL_DIFFERENCE_NONE:
        printf("the runs are equal, as far as both go\n");
        break;
    case CLONAL_DIFFERENCE_SETTINGS:
        printf("not comparable: the runs differ in %s\n", d->tensor);
        break;
    case CLONAL_DIFFERENCE_EPOCH:
        printf("the runs part in epoch %" PRIu32 "\n", d->epoch);
        break;
    case CLONAL_DIFFERENCE_TENSOR:
        printf("the runs part in epoch %" PRIu32 "; first in step %" PRIu64 "\n", d->epoch, d->step);
        if (d->operation[0]) printf("operation  %s\n", d->operation);
        printf("tensor     %s\n", d->tensor);
        break;
    case CLONAL_DIFFERENCE_ELEMENT:
        print_element(d);
        break;
    }
    if (d->note[0]) printf("%s\n", d->note);
}

static json_t *value_json(float value)
{
    char hex[16];
    snprintf(hex, sizeof hex, "0x%08" PRIx32, bits_of(value));
    return json_pack("{s:o, s:s}", "value", value - value == 0 ? json_float(value) : json_null(), "bits", hex);
}

static int print_json(const clonal_difference *d)
{
    static const char *const kinds[] = {"equal", "settings", "epoch", "tensor", "element"};
    json_t *object = json_pack("{s:s, s:o}", "kind", kinds[d->kind], "note", json_text(d->note));
    if (d->kind == CLONAL_DIFFERENCE_SETTINGS) json_object_set_new(object, "setting", json_text(d->tensor));
    if (d->kind >= CLONAL_DIFFERENCE_EPOCH) json_object_set_new(object, "epoch", json_integer(d->epoch));
    if (d->kind >= CLONAL_DIFFERENCE_TENSOR) {
        json_object_set_new(object, "step", json_integer((json_int_t)d->step));
        json_object_set_new(object, "operation", json_text(d->operation));
        json_object_set_new(object, "tensor", json_text(d->tensor));
    }
    if (d->kind == CLONAL_DIFFERENCE_ELEMENT) {
        json_object_set_new(object, "shape", json_pack("[I, I]", (json_int_t)d->rows, (json_int_t)d->columns));
        json_object_set_new(object, "row", json_integer(d->row));
        json_object_set_new(object, "column", json_integer(d->column));
        json_object_set_new(object, "differing", json_integer((json_int_t)d->elements));
        json_object_set_new(object, "a", value_json(d->a));
        json_object_set_new(object, "b", value_json(d->b));
        json_object_set_new(object, "ulp", d->ulp == UINT64_MAX ? json_null() : json_integer((json_int_t)d->ulp));
    }
    return output_json(object, JSON_INDENT(2));
}

/* Drivers put handlers of their own over crash.h's as they start: they start before it is told what is done. That there
 * is none is no error, since records can be compared without. */
static void start_drivers(const char *selector)
{
    clonal_device_list *list;
    size_t index;
    crash_drivers();
    if (clonal_device_list_create(&list) != CLONAL_OK) return;
    if (clonal_device_select(list, selector, &index) == CLONAL_OK) crash_device(clonal_device_list_get(list, index));
    clonal_device_list_destroy(list);
}

static int diff(const char *a, const char *b, diff_request *request)
{
    clonal_difference difference;
    request->options.progress = progress;
    interrupt_watch();
    start_drivers(request->options.device_a);
    crash_doing("comparing runs");
    clonal_status status = clonal_run_diff(a, b, &request->options, &difference);
    progress_clear();
    if (status != CLONAL_OK) return fail_status(status);
    int code = 0;
    if (request->json)
        code = print_json(&difference);
    else
        print_text(&difference);
    if (code) return code;
    if (difference.kind == CLONAL_DIFFERENCE_SETTINGS) return EXIT_USAGE;
    return difference.kind == CLONAL_DIFFERENCE_NONE ? 0 : CLONAL_E_MISMATCH;
}

int cmd_diff(int argc, const char **argv)
{
    static diff_request request;
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "device", 0, &request.options.device_a, "S",
                     "where to replay the first run (its own device)"),
        VALUE_OPTION(OPTION_TEXT, "device-b", 0, &request.options.device_b, "S",
                     "where to replay the second run (its own device)"),
        VALUE_OPTION(OPTION_TEXT, "data", 0, &request.options.data, "DIR|FILE",
                     "the runs' data, where they are here (as run.json says)"),
        FLAG_OPTION("json", 0, &request.json, "print JSON"),
    };
    command_line line = {.verb = "diff",
                         .arguments = "RUN RUN [options]",
                         .summary = "Finds where two runs part: the first step, operation and element, both values.\n"
                                    "Replays both from the last checkpoint that they share; where a device is not\n"
                                    "here, compares what both recorded (clonal train --record).",
                         .notes = "Exit code 0: equal; 14: they part; 2: they are not comparable (other settings).",
                         .least = 2,
                         .most = 2,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code == CARRY_ON) code = diff(line.positional[0], line.positional[1], &request);
    command_line_free(&line);
    return code;
}
