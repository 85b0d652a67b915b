/* clonal rng: words of Philox4x32-10, made by a device or by Random123 on the host. */
#include "support/device.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/parse.h"
#include "support/verbs.h"
#include <clonal/random.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 16384 }; /* blocks at a time */

static void advance(uint32_t counter[4], size_t count)
{
    uint64_t carry = count;
    for (int i = 0; i < 4; i++) {
        carry += counter[i];
        counter[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* context NULL: on the host. */
static int print_words(clonal_context *context, uint64_t seed, uint32_t counter[4], uint64_t count)
{
    static uint32_t words[CHUNK][4];
    while (count > 0) {
        size_t now = count < CHUNK ? (size_t)count : CHUNK;
        if (context) {
            clonal_status status = clonal_philox(context, seed, counter, now, words[0]);
            if (status != CLONAL_OK) return fail_status(status);
        } else {
            clonal_philox_host(seed, counter, now, words[0]);
        }
        for (size_t i = 0; i < now; i++)
            printf("%08x %08x %08x %08x\n", words[i][0], words[i][1], words[i][2], words[i][3]);
        if (ferror(stdout)) return output_flush();
        advance(counter, now);
        count -= now;
    }
    return 0;
}

int cmd_rng(int argc, const char **argv)
{
    uint64_t seed = 0, count = 1;
    const char *counter_text = "0,0,0,0", *device = NULL;
    option options[] = {
        VALUE_OPTION(OPTION_SEED, "seed", 0, &seed, "S", "the key: 64 bits, decimal or 0x hexadecimal (0)"),
        VALUE_OPTION(OPTION_TEXT, "counter", 0, &counter_text, "C0,C1,C2,C3",
                     "four 32-bit words, the lowest first (0,0,0,0)"),
        NUMBER_OPTION(OPTION_U64, "count", 0, &count, "N", "lines to print (1)", 1, 0),
        VALUE_OPTION(OPTION_TEXT, "device", 0, &device, "S", "a device, or host: Random123's own code"),
    };
    command_line line = {.verb = "rng",
                         .arguments = "[options]",
                         .summary = "Prints N lines of four words of Philox4x32-10. The counter goes up from line to\n"
                                    "line, as one 128-bit number.",
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    uint32_t counter[4];
    size_t words;
    clonal_context *context = NULL;
    if (!parse_u32_list(counter_text, 4, counter, &words) || words != 4)
        code = fail(EXIT_USAGE, "--counter '%s': give four 32-bit words with commas between, as 0,0,0,0", counter_text);
    else
        code = device && strcmp(device, "host") == 0 ? 0 : device_open(device, &context);
    if (code == 0) code = print_words(context, seed, counter, count);
    clonal_context_destroy(context);
    command_line_free(&line);
    return code;
}
