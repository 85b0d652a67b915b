#include "experiments/folder.h"
#include "experiments/measures.h"
#include "support/message.h"
#include "support/output.h"
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

/* That the sweep is the experiment's, and whole. */
static int check_sweep(const char *folder, const experiment *e, const clonal_sweep *sweep)
{
    bool same = sweep->setting_count == e->arm_count;
    for (size_t i = 0; same && i < e->arm_count; i++) same = strcmp(sweep->settings[i].label, e->arms[i].label) == 0;
    if (!same) return fail(CLONAL_E_FORMAT, "%s/sweep: its settings are not those of experiment %d", folder, e->number);
    const size_t runs = sweep->setting_count * sweep->seed_count;
    if (sweep->finished < runs)
        return fail(CLONAL_E_FORMAT, "%s: %zu of %zu runs are finished; clonal experiment %d --out %s goes on", folder,
                    sweep->finished, runs, e->number, folder);
    return 0;
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
    code = check_sweep(folder, note.of, opened->sweep);
    snprintf(path, sizeof path, "%s/measures.csv", folder);
    if (code == 0 && note.of->measure) code = measures_read(path, &opened->measured);
    opened->results = (experiment_results){note.of, opened->folder, note.quick, opened->sweep, opened->measured};
    return code;
}

void experiment_close(opened_experiment *opened)
{
    clonal_sweep_destroy(opened->sweep);
    measures_free(opened->measured);
    memset(opened, 0, sizeof *opened);
}
