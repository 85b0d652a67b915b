/* clonal report: a run, a sweep, an experiment or a folder of experiments as one page. */
#include "experiments/experiment.h"
#include "report/page.h"
#include "report/sections.h"
#include "support/message.h"
#include "support/options.h"
#include "support/verbs.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool holds(const char *folder, const char *name)
{
    char path[4200];
    struct stat there;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &there) == 0;
}

static int put_section(page *p, const char *folder)
{
    if (holds(folder, "experiment.json")) return section_experiment(p, folder);
    if (holds(folder, "sweep.json")) return section_sweep(p, folder);
    if (holds(folder, "run.json")) return section_run(p, folder);
    return section_experiments(p, folder);
}

static bool ends_in(const char *path, const char *end)
{
    const size_t length = strlen(path), own = strlen(end);
    return length > own && strcasecmp(path + length - own, end) == 0;
}

int cmd_report(int argc, const char **argv)
{
    const char *output = NULL;
    option options[] = {
        {.name = "output",
         .letter = 'o',
         .kind = OPTION_TEXT,
         .to = &output,
         .label = "FILE",
         .required = true,
         .help = "the page: FILE.html, or FILE.md"},
    };
    command_line line = {.verb = "report",
                         .arguments = "FOLDER -o FILE.html|FILE.md",
                         .summary = "Writes what a run, a sweep, an experiment or a folder of experiments came to, as\n"
                                    "one page that needs no network: conclusions, figures, tables, settings, digests.\n"
                                    "Markdown has its figures in a folder beside it.",
                         .least = 1,
                         .most = 1,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    static page p;
    char figures[1024], folder[4096];
    snprintf(folder, sizeof folder, "%s", line.positional[0]);
    for (size_t length = strlen(folder); length > 1 && folder[length - 1] == '/';) folder[--length] = '\0';
    p = (page){.markdown = ends_in(output, ".md")};
    code = 0;
    if (!p.markdown && !ends_in(output, ".html"))
        code = fail(EXIT_USAGE, "--output '%s': the name must end in .html or .md", output);
    if (p.markdown) page_figure_folder(&p, output, figures, sizeof figures);
    if (code == 0) code = put_section(&p, folder);
    if (code == 0) code = page_write(&p, output);
    page_free(&p);
    command_line_free(&line);
    return code;
}
