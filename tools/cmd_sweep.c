/* clonal sweep: settings times seeds as one folder of runs, with means and intervals. */
#include "support/device.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/parse.h"
#include "support/progress.h"
#include "support/sweep_report.h"
#include "support/verbs.h"
#include <clonal/sweep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEVICES = 16, MOST_SETTINGS = 64, OWN_OPTIONS = 5 };

typedef struct sweep_request {
    text_list devices, grids;
    const char *seeds, *out;
    bool quiet;
    const char *values[MOST_SETTINGS]; /* by setting; NULL: not given */
    bool flags[MOST_SETTINGS];
    option options[OWN_OPTIONS + MOST_SETTINGS];
    char notes[2048];
    char folder[64]; /* where none is given */
    command_line line;
    clonal_sweep_plan *plan;
    clonal_context *contexts[MOST_DEVICES];
    size_t context_count;
} sweep_request;

/* ---- the command line ---- */

/* All settings as options that the notes name, in lines of at most 80 columns. */
static size_t add_settings(sweep_request *r, size_t count)
{
    const clonal_setting_info *infos = clonal_setting_infos();
    size_t line = 0;
    char *at = r->notes, *end = r->notes + sizeof r->notes;
    at += snprintf(at, (size_t)(end - at), "Settings of all runs, as 'clonal train' takes them:");
    line = 80;
    for (size_t i = 0; infos[i].name && i < MOST_SETTINGS; i++) {
        r->options[count++] = (option){.name = infos[i].name,
                                       .kind = infos[i].flag ? OPTION_FLAG : OPTION_TEXT,
                                       .to = infos[i].flag ? (void *)&r->flags[i] : (void *)&r->values[i],
                                       .label = "a value"};
        const size_t length = strlen(infos[i].name) + 3;
        const bool wraps = line + length > 80;
        at += snprintf(at, (size_t)(end - at), "%s --%s", wraps ? "\n " : "", infos[i].name);
        line = wraps ? length + 1 : line + length;
    }
    return count;
}

static int parse(sweep_request *r, int argc, const char **argv)
{
    const option own[OWN_OPTIONS] = {
        VALUE_OPTION(OPTION_LIST, "grid", 0, &r->grids, "NAME=V,V[:V,V]",
                     "values of a setting, crossed with other grids"),
        VALUE_OPTION(OPTION_TEXT, "seeds", 0, &r->seeds, "N|S,S,...", "seeds 0 to N-1, or these (5)"),
        VALUE_OPTION(OPTION_LIST, "device", 0, &r->devices, "S[,S]", "as train's; several: the runs are dealt out"),
        VALUE_OPTION(OPTION_TEXT, "out", 'o', &r->out, "DIR", "the sweep's folder (sweeps/<digest of what is asked>)"),
        FLAG_OPTION("quiet", 'q', &r->quiet, "print the tables only"),
    };
    memcpy(r->options, own, sizeof own);
    r->line = (command_line){.verb = "sweep",
                             .arguments = "[FILE.json] [--grid NAME=V,V ...] [options]",
                             .summary = "Trains each setting once for each seed, in one folder: the same command goes\n"
                                        "on after any stop, and what is finished is not trained again.",
                             .notes = r->notes,
                             .most = 1,
                             .options = r->options,
                             .option_count = add_settings(r, OWN_OPTIONS)};
    return command_line_parse(&r->line, argc, argv);
}

/* "5": 0 to 4; "3,7": these. */
static int take_seeds(sweep_request *r)
{
    if (!r->seeds) return 0;
    const bool listed = strchr(r->seeds, ',') != NULL;
    uint32_t number = 0;
    if (!listed && (!parse_u32(r->seeds, &number) || number == 0 || number > 10000))
        return fail(EXIT_USAGE, "--seeds '%s': give how many, from 1 to 10000, or several with commas between",
                    r->seeds);
    const size_t room = listed ? parse_list_room(r->seeds) : number;
    uint64_t *seeds = calloc(room, sizeof *seeds);
    if (!seeds) return fail(CLONAL_E_MEMORY, "out of memory");
    int code = 0;
    const char *at = r->seeds;
    for (size_t i = 0; code == 0 && i < room; i++) {
        char part[32];
        seeds[i] = i;
        if (!listed) continue;
        const size_t length = strcspn(at, ",");
        snprintf(part, sizeof part, "%.*s", (int)(length < sizeof part ? length : 0), at);
        if (!parse_seed(part, &seeds[i])) code = fail(EXIT_USAGE, "--seeds '%s': '%s' is no seed", r->seeds, part);
        at += length + 1;
    }
    if (code == 0 && clonal_sweep_plan_seeds(r->plan, room, seeds) != CLONAL_OK)
        code = fail(EXIT_USAGE, "--seeds: %s", clonal_last_error()->message);
    free(seeds);
    return code;
}

static int take_grid(sweep_request *r, const char *text)
{
    const char *values = strchr(text, '=');
    char name[64];
    const size_t length = values ? (size_t)(values - text) : 0;
    if (length == 0 || length >= sizeof name)
        return fail(EXIT_USAGE, "--grid '%.200s': give a setting and its values, as lr=0.1,0.01", text);
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    if (clonal_sweep_plan_grid(r->plan, name, values + 1) == CLONAL_OK) return 0;
    return fail(EXIT_USAGE, "--grid '%.200s': %s", text, clonal_last_error()->message);
}

static int take_base(sweep_request *r)
{
    const clonal_setting_info *infos = clonal_setting_infos();
    for (size_t i = 0; infos[i].name && i < MOST_SETTINGS; i++) {
        const char *value = infos[i].flag && r->flags[i] ? "true" : r->values[i];
        if (value && clonal_sweep_plan_base(r->plan, infos[i].name, value) != CLONAL_OK)
            return fail(EXIT_USAGE, "--%s: %s", infos[i].name, clonal_last_error()->message);
    }
    return 0;
}

/* The plan: the file's, with the command line over it. */
static int make_plan(sweep_request *r)
{
    const char *file = r->line.positional_count ? r->line.positional[0] : NULL;
    if (!file && !r->grids.count && !r->seeds)
        return fail(EXIT_USAGE,
                    "nothing is asked for: give a FILE, or --grid NAME=V,V, or --seeds N; see 'clonal sweep "
                    "--help'");
    const clonal_status status = file ? clonal_sweep_plan_read(file, &r->plan) : clonal_sweep_plan_create(&r->plan);
    if (status != CLONAL_OK) return fail_status(status);
    int code = take_seeds(r);
    for (size_t i = 0; code == 0 && i < r->grids.count; i++) code = take_grid(r, r->grids.texts[i]);
    return code == 0 ? take_base(r) : code;
}

/* Of the plan, so that the same command finds it again. */
static int choose_folder(sweep_request *r)
{
    char digest[13];
    if (r->out) return 0;
    const clonal_status status = clonal_sweep_plan_digest(r->plan, digest);
    if (status != CLONAL_OK) return fail_status(status);
    snprintf(r->folder, sizeof r->folder, "sweeps/%s", digest);
    r->out = r->folder;
    return 0;
}

/* ---- devices ---- */

static int open_one(sweep_request *r, const char *selector)
{
    if (r->context_count == MOST_DEVICES) return fail(EXIT_USAGE, "--device: at most %d devices", MOST_DEVICES);
    const int code = device_open(selector, &r->contexts[r->context_count]);
    if (code != 0) return code;
    const char *name = clonal_context_device(r->contexts[r->context_count++])->selector;
    for (size_t i = 0; i + 1 < r->context_count; i++)
        if (strcmp(clonal_context_device(r->contexts[i])->selector, name) == 0)
            return fail(EXIT_USAGE, "--device: the device %s is named twice", name);
    return 0;
}

/* Those of all --device, with commas between or each its own. */
static int open_devices(sweep_request *r)
{
    int code = r->devices.count ? 0 : open_one(r, NULL);
    for (size_t i = 0; code == 0 && i < r->devices.count; i++) {
        const char *at = r->devices.texts[i];
        while (code == 0 && at) {
            const size_t length = strcspn(at, ",");
            char selector[256];
            snprintf(selector, sizeof selector, "%.*s", (int)(length < sizeof selector ? length : sizeof selector - 1),
                     at);
            code = selector[0] ? open_one(r, selector)
                               : fail(EXIT_USAGE, "--device '%s': a name between commas is empty", r->devices.texts[i]);
            at = at[length] ? at + length + 1 : NULL;
        }
    }
    return code;
}

/* ---- the sweep ---- */

static int train(sweep_request *r)
{
    const char *devices[MOST_DEVICES] = {0};
    for (size_t i = 0; i < r->context_count; i++) devices[i] = clonal_context_device(r->contexts[i])->selector;
    sweep_report report = {.devices = devices, .device_count = r->context_count, .quiet = r->quiet};
    const clonal_sweep_listener listener = sweep_report_listener(&report);
    clonal_sweep *sweep;
    if (!r->quiet) progress_say("reading the data, checking all settings ...");
    const clonal_status status = clonal_sweep_train(r->context_count, r->contexts, r->plan, r->out, &listener, &sweep);
    progress_stop();
    if (status == CLONAL_OK) {
        sweep_report_tables(sweep);
        if (!r->quiet) printf("\n%s/results.csv has every run, %s/summary.csv these means\n", r->out, r->out);
        clonal_sweep_destroy(sweep);
        return 0;
    }
    if (report.output_lost) return report.output_lost;
    if (interrupt_signal()) return fail(interrupt_exit_code(), "interrupted; the same command goes on with %s", r->out);
    return fail_status(status);
}

int cmd_sweep(int argc, const char **argv)
{
    static sweep_request r;
    memset(&r, 0, sizeof r);
    int code = parse(&r, argc, argv);
    if (code != CARRY_ON) return code;
    code = make_plan(&r);
    if (code == 0) code = choose_folder(&r);
    if (code == 0) interrupt_watch();
    if (code == 0) code = open_devices(&r);
    if (code == 0) code = train(&r);
    for (size_t i = 0; i < r.context_count; i++) clonal_context_destroy(r.contexts[i]);
    clonal_sweep_plan_destroy(r.plan);
    command_line_free(&r.line);
    return code;
}
