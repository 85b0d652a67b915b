/* folder.h: an experiment's folder: experiment.json, the sweep in sweep/, measures.csv. */
#ifndef TOOLS_EXPERIMENTS_FOLDER_H
#define TOOLS_EXPERIMENTS_FOLDER_H

#include "experiments/experiment.h"

/* What experiment.json tells. */
typedef struct experiment_note {
    const experiment *of;
    bool quick;
    uint32_t limit;
} experiment_note;

/* 0, or an exit code after a message. A folder without the file: CLONAL_E_IO. */
int experiment_note_read(const char *folder, experiment_note *note);
int experiment_note_write(const char *folder, const experiment_note *note);
/* Appends the command that makes an experiment's folder, without --out and --device. */
void experiment_command(text *to, const experiment_results *results);
/* Whether FOLDER/name is there. */
bool experiment_holds(const char *folder, const char *name);

#endif
