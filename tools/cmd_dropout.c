/* clonal dropout: the chapter's demonstration (Dive into Deep Learning, 5.6.2.1): 0..15 as 2x8 at p = 0, 0.5, 1. */
#include "support/device.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/parse.h"
#include "support/verbs.h"
#include <clonal/random.h>
#include <stdio.h>

enum { ROWS = 2, COLUMNS = 8, MOST = 16 };

static void print_array(double p, const float *values)
{
    char room[REAL_TEXT];
    printf("dropout p = %s\n", real_text(p, room));
    for (int i = 0; i < ROWS * COLUMNS; i++)
        printf("%7.6g%s", (double)values[i], i % COLUMNS == COLUMNS - 1 ? "\n" : "");
}

static json_t *array_json(double p, const float *values)
{
    json_t *rows = json_array();
    for (int row = 0; row < ROWS; row++) {
        json_t *columns = json_array();
        for (int i = 0; i < COLUMNS; i++) json_array_append_new(columns, json_float(values[row * COLUMNS + i]));
        json_array_append_new(rows, columns);
    }
    return json_pack("{s:f, s:o}", "p", p, "y", rows);
}

static int demonstrate(clonal_context *context, const char *device, uint64_t seed, const double *ps, size_t count,
                       bool json)
{
    float y[MOST][ROWS * COLUMNS];
    for (size_t i = 0; i < count; i++) {
        float x[ROWS * COLUMNS];
        for (int j = 0; j < ROWS * COLUMNS; j++) x[j] = (float)j;
        clonal_mask_spec spec = {.p = ps[i], .seed = seed, .stream = CLONAL_STREAM(CLONAL_STREAM_DROPOUT, 0)};
        clonal_status status = clonal_dropout_apply(context, &spec, ROWS, COLUMNS, x, y[i]);
        if (status != CLONAL_OK) return fail_status(status);
    }
    if (json) {
        json_t *all = json_array();
        for (size_t i = 0; i < count; i++) json_array_append_new(all, array_json(ps[i], y[i]));
        return output_json(json_pack("{s:o}", "dropout", all), JSON_REAL_PRECISION(9));
    }
    char description[512];
    device_describe(context, device, description, sizeof description);
    printf("device %s\n", description);
    for (size_t i = 0; i < count; i++) print_array(ps[i], y[i]);
    return 0;
}

int cmd_dropout(int argc, const char **argv)
{
    const char *device = NULL, *list = "0,0.5,1";
    uint64_t seed = 0;
    bool json = false;
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "p", 'p', &list, "P,...", "probabilities of dropping, 0 to 1 (0,0.5,1)"),
        VALUE_OPTION(OPTION_SEED, "seed", 0, &seed, "S", "64 bits, decimal or 0x hexadecimal (0)"),
        VALUE_OPTION(OPTION_TEXT, "device", 0, &device, "S", DEVICE_HELP),
        FLAG_OPTION("json", 0, &json, "print JSON"),
    };
    command_line line = {.verb = "dropout",
                         .arguments = "[--p P,...] [--seed S] [--device S] [--json]",
                         .summary = "The chapter's demonstration: the array 0..15, as 2 rows of 8, through dropout.\n"
                                    "An element is dropped with probability P, else multiplied by 1/(1-P).",
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    double ps[MOST];
    size_t count;
    bool good = parse_real_list(list, MOST, ps, &count) && count > 0;
    for (size_t i = 0; good && i < count; i++) good = ps[i] <= 1;
    clonal_context *context = NULL;
    code = good ? device_open(device, &context)
                : fail(EXIT_USAGE, "--p '%s': give up to %d numbers from 0 to 1 with commas between", list, MOST);
    if (code == 0) code = demonstrate(context, device, seed, ps, count, json);
    clonal_context_destroy(context);
    command_line_free(&line);
    return code;
}
