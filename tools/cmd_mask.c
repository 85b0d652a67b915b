/* clonal mask: the keep mask of dropout, printed or as NumPy's file. */
#include "support/device.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/verbs.h"
#include <clonal/random.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_rows(const uint8_t *keep, uint32_t rows, uint32_t columns)
{
    for (size_t row = 0; row < rows && !ferror(stdout); row++) {
        for (size_t column = 0; column < columns; column++) {
            putchar('0' + keep[row * columns + column]);
            putchar(column + 1 < columns ? ' ' : '\n');
        }
    }
}

static int write_npy(const char *path, const uint8_t *keep, uint32_t rows, uint32_t columns)
{
    char shape[40];
    snprintf(shape, sizeof shape, "(%" PRIu32 ", %" PRIu32 ")", rows, columns);
    return output_npy(path, "'|u1'", shape, keep, (size_t)rows * columns);
}

static int make_mask(const char *device, const clonal_mask_spec *spec, uint32_t rows, uint32_t columns,
                     const char *output)
{
    uint64_t bytes = (uint64_t)rows * columns;
    uint8_t *keep = bytes <= SIZE_MAX / 2 ? malloc((size_t)bytes) : NULL;
    if (!keep)
        return fail(CLONAL_E_MEMORY, "out of memory for a mask of %u x %u; make it in parts, with --row", rows,
                    columns);
    clonal_context *context = NULL;
    int code = device_open(device, &context);
    if (code == 0) {
        clonal_status status = clonal_dropout_mask(context, spec, rows, columns, keep);
        if (status != CLONAL_OK)
            code = fail_status(status);
        else if (output)
            code = write_npy(output, keep, rows, columns);
        else
            print_rows(keep, rows, columns);
    }
    clonal_context_destroy(context);
    free(keep);
    return code;
}

int cmd_mask(int argc, const char **argv)
{
    clonal_mask_spec spec = {0};
    uint32_t rows = 0, columns = 0;
    const char *device = NULL, *output = NULL;
    option options[] = {
        REQUIRED_NUMBER_OPTION(OPTION_REAL, "p", 'p', &spec.p, "P", "probability of dropping, 0 to 1", 0, 1),
        REQUIRED_NUMBER_OPTION(OPTION_U32, "rows", 0, &rows, "R", "rows", 1, 0),
        REQUIRED_NUMBER_OPTION(OPTION_U32, "columns", 0, &columns, "C", "columns", 1, 0),
        VALUE_OPTION(OPTION_SEED, "seed", 0, &spec.seed, "S", "the key: 64 bits, decimal or 0x hexadecimal (0)"),
        VALUE_OPTION(OPTION_U32, "stream", 0, &spec.stream, "N", "word 2 of the counter: purpose * 2^24 + node (0)"),
        VALUE_OPTION(OPTION_U32, "step", 0, &spec.step, "N", "word 3 of the counter (0)"),
        VALUE_OPTION(OPTION_U32, "row", 0, &spec.row0, "N", "the first row's number: word 1 of its counter (0)"),
        VALUE_OPTION(OPTION_TEXT, "device", 0, &device, "S", DEVICE_HELP),
        VALUE_OPTION(OPTION_TEXT, "output", 'o', &output, "FILE.npy",
                     "write uint8 (R,C) for NumPy instead of printing"),
    };
    command_line line = {.verb = "mask",
                         .arguments = "--p P --rows R --columns C [options]",
                         .summary = "The keep mask of dropout: 1 where an element is kept, 0 where it is dropped; a\n"
                                    "function of seed, stream, step, row and column alone.",
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    code = make_mask(device, &spec, rows, columns, output);
    command_line_free(&line);
    return code;
}
