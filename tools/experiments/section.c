/* section.c: the page of an experiment, and of several. */
#include "experiments/experiment.h"
#include "experiments/folder.h"
#include "report/run_facts.h"
#include "support/message.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_arms(page *p, const experiment *e)
{
    static const char *const names[] = {"setting", "of its own"};
    page_table(p, "What is compared", 2, names);
    for (size_t i = 0; i < e->arm_count; i++) {
        text words = {0};
        for (const clonal_setting *s = e->arms[i].settings;
             s < e->arms[i].settings + EXPERIMENT_MOST_SETTINGS && s->name; s++)
            text_put(&words, "%s--%s %s", s == e->arms[i].settings ? "" : " ", s->name, s->value);
        page_cell(p, "%s", e->arms[i].label);
        page_code_cell(p, "%s", text_words(&words));
        text_free(&words);
    }
    page_table_end(p);
}

static int put_section(page *p, const opened_experiment *opened, bool alone)
{
    const experiment *e = opened->results.of;
    const clonal_sweep *sweep = opened->sweep;
    json_t *facts = NULL;
    int code = run_facts_read(sweep->runs[0].folder, &facts);
    if (code != 0) return code;
    if (alone)
        page_title(p, "%d. %s", e->number, e->title);
    else
        page_heading(p, 2, "%d. %s", e->number, e->title);
    page_paragraph(p, "%s %zu seeds, %zu epochs%s.", e->method, sweep->seed_count, sweep->runs[0].epochs,
                   opened->results.quick ? ", the quick version, on a part of the data: take its figures as a sketch"
                                         : "");
    code = e->analyse(p, &opened->results);
    if (code == 0) {
        page_settings_table(p, sweep, "After the last epoch: means over the seeds, with intervals of 95 %");
        page_fold(p, "Settings and device");
        put_arms(p, e);
        page_run_settings(p, facts, "seed");
        page_device(p, facts);
        page_fold_end(p);
        page_runs(p, sweep);
        text command = {0};
        experiment_command(&command, &opened->results);
        page_paragraph(p, "Made by:");
        page_code(p, "%s", text_words(&command));
        text_free(&command);
    }
    json_decref(facts);
    return code;
}

static int add(page *p, const char *folder, bool alone)
{
    opened_experiment opened;
    int code = experiment_open(folder, &opened);
    if (code == 0) code = put_section(p, &opened, alone);
    experiment_close(&opened);
    return code;
}

int section_experiment(page *p, const char *folder)
{
    return add(p, folder, true);
}

/* The folders of experiments below a folder. */
typedef struct found_experiment {
    char *path;
    int number;
} found_experiment;

typedef struct found_experiments {
    found_experiment *all;
    size_t count;
} found_experiments;

static int by_number(const void *a, const void *b)
{
    const found_experiment *x = a, *y = b;
    return x->number != y->number ? (x->number > y->number) - (x->number < y->number) : strcmp(x->path, y->path);
}

/* Adds the folder, where it is an experiment's. */
static int take(found_experiments *found, const char *path)
{
    experiment_note note;
    if (!experiment_holds(path, "experiment.json")) return 0;
    const int code = experiment_note_read(path, &note);
    if (code != 0) return code;
    found_experiment *grown = realloc(found->all, (found->count + 1) * sizeof *grown);
    if (!grown) return fail(CLONAL_E_MEMORY, "out of memory");
    found->all = grown;
    grown[found->count] = (found_experiment){strdup(path), note.of->number};
    return grown[found->count++].path ? 0 : fail(CLONAL_E_MEMORY, "out of memory");
}

static int find(const char *folder, found_experiments *found)
{
    int code = 0;
    DIR *entries = opendir(folder);
    if (!entries) return fail(CLONAL_E_IO, "%s: cannot be read: %s", folder, strerror(errno));
    for (struct dirent *entry; code == 0 && (entry = readdir(entries));) {
        char path[4096];
        if (entry->d_name[0] == '.') continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path) code = take(found, path);
    }
    closedir(entries);
    if (code == 0 && found->count == 0)
        code = fail(CLONAL_E_IO, "%s: holds no run, sweep or experiment, and no folder of experiments", folder);
    if (code == 0) qsort(found->all, found->count, sizeof *found->all, by_number);
    return code;
}

int section_experiments(page *p, const char *folder)
{
    found_experiments found = {0};
    int code = find(folder, &found);
    page_title(p, "Experiments with dropout");
    page_paragraph(
        p, "The exercises of the chapter on dropout in Dive into Deep Learning, as experiments. Conclusions are "
           "computed from the runs; comparisons are made seed by seed, and a difference is called shown where "
           "its interval, by Student's t, leaves 0 out.");
    for (size_t i = 0; code == 0 && i < found.count; i++) code = add(p, found.all[i].path, false);
    for (size_t i = 0; i < found.count; i++) free(found.all[i].path);
    free(found.all);
    return code;
}
