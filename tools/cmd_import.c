/* clonal import: a file of another framework as Clonal's weights file. */
#include "support/message.h"
#include "support/options.h"
#include "support/verbs.h"
#include <clonal/exchange.h>
#include <stdio.h>

int cmd_import(int argc, const char **argv)
{
    const char *output = NULL, *map = NULL;
    char digest[72];
    option options[] = {
        REQUIRED_VALUE_OPTION(OPTION_TEXT, "output", 'o', &output, "FILE", "the weights file to write"),
        VALUE_OPTION(OPTION_TEXT, "map", 0, &map, "FILE", "the names of a file's tensors ('clonal help eval')"),
    };
    command_line line = {.verb = "import",
                         .arguments = "FILE -o FILE [options]",
                         .summary = "Writes a file of any format that 'clonal help export' lists as Clonal's weights\n"
                                    "file (safetensors, with the graph); needs no device. eval, predict and export\n"
                                    "also take such a file as it is.",
                         .least = 1,
                         .most = 1,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    const clonal_status status = clonal_import(line.positional[0], map, output, digest);
    code = status == CLONAL_OK ? 0 : fail_status(status);
    if (code == 0) printf("%s  %s\n", output, digest);
    command_line_free(&line);
    return code;
}
