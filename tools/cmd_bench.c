/* clonal bench: figures of this machine, beside those of the peers (OpenBLAS, PyTorch, JAX) where they are there.
 * Prints, judges nothing. */
#include "support/bench.h"
#include "support/device.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/verbs.h"
#include <stdio.h>
#include <string.h>

static const struct part {
    const char *name;
    int (*measure)(bench *b);
    bool trains;
} parts[] = {{"products", bench_products, false},
             {"dropout", bench_dropout, false},
             {"epoch", bench_epoch, true},
             {"sizes", bench_sizes, true},
             {"growth", bench_growth, true}};
enum { PART_COUNT = sizeof parts / sizeof *parts };

/* Finds the parts that a list of their names asks for. */
static int choose(const char *list, bool chosen[PART_COUNT])
{
    for (const char *at = list;; at++) {
        const size_t length = strcspn(at, ",");
        int found = -1;
        for (int i = 0; i < PART_COUNT; i++)
            if (strlen(parts[i].name) == length && memcmp(parts[i].name, at, length) == 0) found = i;
        if (found < 0)
            return fail(EXIT_USAGE,
                        "--parts: '%.*s' is none: products, dropout, epoch, sizes and growth, joined by commas",
                        (int)length, at);
        chosen[found] = true;
        at += length;
        if (!*at) return 0;
    }
}

/* Opens the data where a part trains. */
static int open_data(const bench *b, const bool chosen[PART_COUNT], clonal_dataset **training)
{
    bool trains = false;
    for (int i = 0; i < PART_COUNT; i++) trains = trains || (chosen[i] && parts[i].trains);
    const clonal_status status = trains ? clonal_dataset_open(b->data, CLONAL_SPLIT_TRAIN, training) : CLONAL_OK;
    return status == CLONAL_OK ? 0 : fail_status(status);
}

static int measure(bench *b, const char *selector, const bool chosen[PART_COUNT])
{
    char description[512];
    device_describe(b->context, selector, description, sizeof description);
    bench_print(b, "device %s\n", description);
    if (b->figures) json_object_set_new(b->figures, "device", json_text(description));
    int code = output_flush();
    for (int i = 0; i < PART_COUNT && code == 0; i++)
        if (chosen[i]) code = parts[i].measure(b);
    return code;
}

int cmd_bench(int argc, const char **argv)
{
    bench b = {.python = "python3"};
    const char *device = NULL, *list = "products,dropout,epoch";
    bool chosen[PART_COUNT] = {false}, json = false;
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "device", 0, &device, "S", DEVICE_HELP),
        VALUE_OPTION(OPTION_TEXT, "parts", 0, &list, "LIST", "and sizes, growth (products,dropout,epoch)"),
        FLAG_OPTION("json", 0, &json, "print JSON"),
        VALUE_OPTION(OPTION_TEXT, "peers", 0, &b.peers, "DIR", "the peers' programs, as tools/peers"),
        VALUE_OPTION(OPTION_TEXT, "python", 0, &b.python, "FILE", "a Python that has torch or jax (python3)"),
        NUMBER_OPTION(OPTION_U32, "threads", 0, &b.threads, "N", "the peers' threads (the device's units)", 1, 1024),
        VALUE_OPTION(OPTION_TEXT, "data", 0, &b.data, "DIR|FILE", "IDX files, or NumPy's .npz (Fashion-MNIST)"),
    };
    command_line line = {.verb = "bench",
                         .arguments = "[options]",
                         .summary = "Measures products, dropout and epochs on a device, beside OpenBLAS, PyTorch and\n"
                                    "JAX on the same machine where --peers names their programs. Look at the ratios,\n"
                                    "of one run: absolute figures change with the machine's other work.",
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    clonal_dataset *training = NULL;
    code = choose(list, chosen);
    if (code == 0) code = open_data(&b, chosen, &training);
    b.training = training;
    if (code == 0) code = device_open(device, &b.context);
    if (code == 0) {
        if (!b.threads) b.threads = clonal_context_device(b.context)->compute_units;
        if (json) b.figures = json_object();
        code = measure(&b, device, chosen);
    }
    if (code == 0 && b.figures)
        code = output_json(b.figures, JSON_INDENT(2));
    else
        json_decref(b.figures);
    clonal_context_destroy(b.context);
    clonal_dataset_destroy(training);
    command_line_free(&line);
    return code;
}
