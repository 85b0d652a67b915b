#include "experiments/folder.h"
#include "experiments/measures.h"
#include "report/run_facts.h"
#include "support/message.h"
#include "support/output.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char format[] = "clonal-experiment";

bool experiment_holds(const char *folder, const char *name)
{
    char path[4200];
    struct stat there;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &there) == 0;
}

static const experiment *find(json_int_t number)
{
    size_t count;
    const experiment *const *all = experiment_all(&count);
    for (size_t i = 0; i < count; i++)
        if (all[i]->number == number) return all[i];
    return NULL;
}

static int take_note(const char *path, const json_t *object, experiment_note *note)
{
    const char *found = json_string_value(json_object_get(object, "format"));
    const json_t *version = json_object_get(object, "version"), *limit = json_object_get(object, "limit");
    if (!found || strcmp(found, format) != 0 || !json_is_integer(version))
        return fail(CLONAL_E_FORMAT, "%s: not an experiment's: its format is not %s", path, format);
    if (json_integer_value(version) != EXPERIMENT_VERSION)
        return fail(CLONAL_E_FORMAT,
                    "%s: an experiment's folder of version %lld, where this Clonal reads %d: use the Clonal that made "
                    "it, or make it again in another folder",
                    path, (long long)json_integer_value(version), EXPERIMENT_VERSION);
    const json_t *number = json_object_get(object, "experiment"), *quick = json_object_get(object, "quick");
    if (!json_is_integer(number) || !find(json_integer_value(number)))
        return fail(CLONAL_E_FORMAT, "%s: 'experiment' is none of this Clonal's", path);
    if (!json_is_boolean(quick) || !json_is_integer(limit) || json_integer_value(limit) < 0 ||
        json_integer_value(limit) > UINT32_MAX)
        return fail(CLONAL_E_FORMAT, "%s: 'quick' or 'limit' is missing or wrong", path);
    *note =
        (experiment_note){find(json_integer_value(number)), json_is_true(quick), (uint32_t)json_integer_value(limit)};
    return 0;
}

int experiment_note_read(const char *folder, experiment_note *note)
{
    char path[4200];
    json_error_t error;
    snprintf(path, sizeof path, "%s/experiment.json", folder);
    json_t *object = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!object && json_error_code(&error) == json_error_cannot_open_file)
        return fail(CLONAL_E_IO, "%s: cannot be read; give an experiment's folder", path);
    const int code =
        object ? take_note(path, object, note) : fail(CLONAL_E_FORMAT, "%s: line %d: %s", path, error.line, error.text);
    json_decref(object);
    return code;
}

int experiment_note_write(const char *folder, const experiment_note *note)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/experiment.json", folder);
    json_t *object = json_pack("{s:s, s:i, s:i, s:i, s:s, s:b, s:I}", "format", format, "version", EXPERIMENT_VERSION,
                               "contract", clonal_contract_version(), "experiment", note->of->number, "name",
                               note->of->name, "quick", note->quick, "limit", (json_int_t)note->limit);
    char *words = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
    const int code = words ? output_file(path, words, strlen(words), "\n", 1) : fail(CLONAL_E_MEMORY, "out of memory");
    free(words);
    json_decref(object);
    return code;
}

/* As a POSIX shell takes it: quoted where it needs to be. */
static void put_word(text *to, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=@%+";
    if (*word && word[strspn(word, plain)] == '\0') {
        text_put(to, "%s", word);
        return;
    }
    text_put(to, "'");
    for (; *word; word++) text_put(to, *word == '\'' ? "'\\''" : "%c", *word);
    text_put(to, "'");
}

/* Whether a run that was given no data has these. */
static bool is_default(const char *data)
{
    char *whole = realpath(CLONAL_FASHION_MNIST, NULL);
    const bool is = strcmp(data, whole ? whole : CLONAL_FASHION_MNIST) == 0 || strcmp(data, CLONAL_FASHION_MNIST) == 0;
    free(whole);
    return is;
}

/* The data, as one of the runs that were begun tells them. */
static void put_data(text *to, const clonal_sweep *sweep)
{
    json_t *facts = NULL;
    const message_mode before = message_set_mode(MESSAGE_SILENT);
    for (size_t i = 0; !facts && i < sweep->setting_count * sweep->seed_count; i++)
        if (experiment_holds(sweep->runs[i].folder, "run.json")) run_facts_read(sweep->runs[i].folder, &facts);
    message_set_mode(before);
    const char *data = run_fact(facts, "settings", "data");
    if (*data && !is_default(data)) {
        text_put(to, " --data ");
        put_word(to, data);
    }
    json_decref(facts);
}

void experiment_command(text *to, const experiment_results *r)
{
    text_put(to, "clonal experiment %d%s", r->of->number, r->quick ? " --quick" : "");
    if (r->limit != (r->quick ? QUICK_LIMIT : 0)) text_put(to, " --limit %" PRIu32, r->limit);
    text_put(to, " --seeds %zu", r->sweep->seed_count);
    put_data(to, r->sweep);
}

/* That some of its runs are missing, and what trains them. */
static int fail_unfinished(const experiment_results *r, size_t runs)
{
    text command = {0};
    experiment_command(&command, r);
    text_put(&command, " --out ");
    put_word(&command, r->folder);
    const int code = fail(CLONAL_E_FORMAT, "%s: %zu of %zu runs are finished; %s goes on", r->folder,
                          r->sweep->finished, runs, text_words(&command));
    text_free(&command);
    return code;
}

/* That the sweep is the experiment's, and whole. */
static int check_sweep(const experiment_results *r)
{
    const experiment *e = r->of;
    const clonal_sweep *sweep = r->sweep;
    bool same = sweep->setting_count == e->arm_count;
    for (size_t i = 0; same && i < e->arm_count; i++) same = strcmp(sweep->settings[i].label, e->arms[i].label) == 0;
    if (!same)
        return fail(CLONAL_E_FORMAT, "%s/sweep: its settings are not those of experiment %d", r->folder, e->number);
    const size_t runs = sweep->setting_count * sweep->seed_count;
    return sweep->finished < runs ? fail_unfinished(r, runs) : 0;
}

int experiment_open(const char *folder, opened_experiment *opened)
{
    char path[4200];
    experiment_note note;
    memset(opened, 0, sizeof *opened);
    int code = experiment_note_read(folder, &note);
    if (code != 0) return code;
    snprintf(opened->folder, sizeof opened->folder, "%s", folder);
    snprintf(path, sizeof path, "%s/sweep", folder);
    const clonal_status status = clonal_sweep_open(path, &opened->sweep);
    if (status != CLONAL_OK) return fail_status(status);
    opened->results = (experiment_results){
        .of = note.of, .folder = opened->folder, .quick = note.quick, .limit = note.limit, .sweep = opened->sweep};
    code = check_sweep(&opened->results);
    snprintf(path, sizeof path, "%s/measures.csv", folder);
    if (code == 0 && note.of->measure) code = measures_read(path, &opened->measured);
    opened->results.measured = opened->measured;
    return code;
}

void experiment_close(opened_experiment *opened)
{
    clonal_sweep_destroy(opened->sweep);
    measures_free(opened->measured);
    memset(opened, 0, sizeof *opened);
}
