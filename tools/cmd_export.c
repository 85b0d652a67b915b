/* clonal export: a trained network as a file of another framework. */
#include "support/message.h"
#include "support/options.h"
#include "support/verbs.h"
#include <clonal/exchange.h>
#include <stdio.h>

enum { NOTES_ROOM = 2000 };

/* The formats, a line each. */
static void list_formats(char room[NOTES_ROOM])
{
    size_t used = (size_t)snprintf(room, NOTES_ROOM, "Formats:");
    const clonal_format *f;
    for (size_t i = 0; (f = clonal_format_at(i)) && used < NOTES_ROOM; i++)
        used += (size_t)snprintf(room + used, NOTES_ROOM - used, "\n  %-11s %-18s %s", f->name, f->suffix, f->words);
}

int cmd_export(int argc, const char **argv)
{
    const char *output = NULL, *format = NULL, *map = NULL;
    char digest[72], notes[NOTES_ROOM];
    option options[] = {
        REQUIRED_VALUE_OPTION(OPTION_TEXT, "output", 'o', &output, "FILE", "the file to write"),
        VALUE_OPTION(OPTION_TEXT, "format", 0, &format, "NAME", "one of those below (the one of FILE's name)"),
        VALUE_OPTION(OPTION_TEXT, "map", 0, &map, "FILE", "the names of a file's tensors ('clonal help eval')"),
    };
    list_formats(notes);
    command_line line = {.verb = "export",
                         .arguments = "RUN|FILE -o FILE [options]",
                         .summary = "Writes the network of a run's folder, or of a file of weights, as a file that\n"
                                    "other frameworks read; needs no device.",
                         .notes = notes,
                         .least = 1,
                         .most = 1,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    const clonal_status status = clonal_export(line.positional[0], map, format, output, digest);
    code = status == CLONAL_OK ? 0 : fail_status(status);
    if (code == 0) printf("%s  %s\n", output, digest);
    command_line_free(&line);
    return code;
}
