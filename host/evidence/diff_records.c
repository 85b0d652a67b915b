/* diff_records.c: the first line in which the records of two runs differ. */
#include "host/base/file.h"
#include "host/evidence/diff.h"
#include "host/evidence/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What makes a tensor of that name, from the graph alone. */
static void describe(const clonal__diff *d, const char *name, char *room, size_t size)
{
    clonal_graph *graph;
    clonal__program program = {0};
    const clonal__manifest_facts *facts = &d->sides[0].facts;
    if (clonal_graph_parse(facts->graph, &graph) != CLONAL_OK) return;
    if (clonal__differentiate(graph, CLONAL__TRAINING,
                              clonal__seed_of(facts->settings.model.seed, &facts->settings.model.dropout_seed),
                              &program) == CLONAL_OK) {
        for (size_t i = 0; i < program.instruction_count; i++) {
            const clonal__instruction *in = &program.instructions[i];
            if (in->out == CLONAL__NO_VALUE || strcmp(program.values[in->out].name, name) != 0) continue;
            clonal__instruction_text(&program, in, room, size);
            break;
        }
        clonal__program_free(&program);
    }
    clonal_graph_destroy(graph);
}

/* All epochs have as many steps. */
static uint64_t first_step_of(const clonal__manifest_facts *facts, uint32_t epoch)
{
    return facts->epochs_done && epoch ? facts->steps / facts->epochs_done * (epoch - 1) : 0;
}

static clonal_status compare(clonal__diff *d, clonal__record_reader *readers[2], bool *found, char note[200])
{
    clonal__record_line lines[2];
    bool more[2] = {true, true};
    for (int i = 0; i < 2; i++) CLONAL__TRY(clonal__record_read(readers[i], &lines[i], &more[i]));
    while (more[0] && more[1] && lines[0].step != lines[1].step) { /* one of them may begin later */
        int behind = lines[0].step < lines[1].step ? 0 : 1;
        CLONAL__TRY(clonal__record_read(readers[behind], &lines[behind], &more[behind]));
    }
    uint64_t first = more[0] && more[1] ? lines[0].step : 0, parted = first_step_of(&d->sides[0].facts, d->parted);
    if (first > parted) {
        snprintf(note, 200,
                 "their records begin at step %" PRIu64 ", and the runs may have parted before, from step %" PRIu64
                 " on",
                 first, parted);
        return CLONAL_OK;
    }
    while (more[0] && more[1]) {
        size_t digits =
            strlen(lines[0].digest) < strlen(lines[1].digest) ? strlen(lines[0].digest) : strlen(lines[1].digest);
        if (lines[0].step != lines[1].step || strcmp(lines[0].name, lines[1].name) != 0) {
            snprintf(note, 200, "their records do not go in step (%.60s, %.60s)", lines[0].name, lines[1].name);
            return CLONAL_OK;
        }
        if (strncmp(lines[0].digest, lines[1].digest, digits) != 0) {
            *found = true;
            d->out->kind = CLONAL_DIFFERENCE_TENSOR;
            d->out->step = lines[0].step;
            snprintf(d->out->tensor, sizeof d->out->tensor, "%s", lines[0].name);
            describe(d, lines[0].name, d->out->operation, sizeof d->out->operation);
            return CLONAL_OK;
        }
        for (int i = 0; i < 2; i++) CLONAL__TRY(clonal__record_read(readers[i], &lines[i], &more[i]));
    }
    snprintf(note, 200, "their records are equal as far as both go");
    return CLONAL_OK;
}

clonal_status clonal__diff_records(clonal__diff *d, bool *found, char note[200])
{
    char paths[2][4096];
    clonal__record_reader *readers[2] = {NULL, NULL};
    clonal_status status = CLONAL_OK;
    *found = false;
    for (int i = 0; i < 2; i++) {
        CLONAL__TRY(clonal__path_join(d->sides[i].run, "record.txt", paths[i], sizeof paths[i]));
        if (clonal__file_exists(paths[i])) continue;
        snprintf(note, 200, "and %.100s has no record (clonal train --record makes one)", d->sides[i].run);
        return CLONAL_OK;
    }
    for (int i = 0; i < 2 && status == CLONAL_OK; i++) status = clonal__record_reader_open(paths[i], &readers[i]);
    if (status == CLONAL_OK) status = compare(d, readers, found, note);
    for (int i = 0; i < 2; i++) clonal__record_reader_close(readers[i]);
    return status;
}
