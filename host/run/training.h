/* training.h: a run while it goes on: what run.c, which trains, resume.c and save.c share. */
#ifndef CLONAL_RUN_TRAINING_H
#define CLONAL_RUN_TRAINING_H

#include "host/run/samples.h"
#include "host/run/stats.h"

enum { CLONAL__RUN_PATH_ROOM = 4096 };

/* Everything that a run holds. Zero-initialised; run.c frees it. */
typedef struct clonal__training {
    clonal_context *context;
    clonal_run_settings settings; /* with the schedule's end, once the data are known */
    const clonal__run_recorder *recorder;
    const clonal_run_listener *listener;
    const clonal__run_data *shared; /* NULL: the data below are the run's own */
    /* what is trained on, and what val_loss is computed on: the test data, or what was held out */
    clonal_dataset *train, *validation;
    clonal__splits own;                     /* unless shared: the data as they were opened */
    uint32_t outputs;                       /* that all data need */
    char train_digest[72], test_digest[72]; /* of the data as they were opened */
    clonal_graph *graph;
    clonal_model *model;
    char *settings_text, *graph_text;
    char manifest_path[CLONAL__RUN_PATH_ROOM], metrics_path[CLONAL__RUN_PATH_ROOM];
    char checkpoints[CLONAL__RUN_PATH_ROOM], weights_path[CLONAL__RUN_PATH_ROOM];
    clonal_epoch_metrics *metrics;
    size_t epochs_done;
    uint32_t epoch;           /* in work, from 0 */
    clonal__epoch_place from; /* where that epoch is taken up */
    bool back;                /* at an epoch's end, though there is a checkpoint within the next */
    void *record;             /* the recorder's; NULL: the run is not recorded */
    clonal__stats stats;      /* with settings.watch */
    int lock;                 /* of the folder */
    /* of the path of checkpoints, was there before the run; SIZE_MAX: nothing was made of it */
    size_t folders_there;
} clonal__training;

/* Of an epoch; a short batch counts. */
uint64_t clonal__training_steps(const clonal__training *run);
/* Whether more epochs are to be trained than run->epoch: by those asked for, by early stopping. */
bool clonal__training_goes_on(const clonal__training *run);

/* open_data.c */

/* Opens the data and cuts them as the settings say. The digests may not be there yet. Errors: those
 * of clonal__splits_open and of clonal__run_samples; CLONAL_E_ARGUMENT (a batch larger than the
 * data; clonal__training_check_data). */
clonal_status clonal__training_open_data(clonal__training *run);
/* Waits for the digests of the data as they were opened, where they are not there yet. */
clonal_status clonal__training_digests(clonal__training *run);
void clonal__training_close_data(clonal__training *run);

/* meanwhile.c */

/* While the data are still being read ahead: builds the programs that the run will need, by the
 * data's outline. It changes nothing else and never fails: what is wrong the run finds in its
 * place. */
void clonal__training_meanwhile(const clonal__training *run);

/* resume.c */

/* Before anything is made: CLONAL_E_EXISTS unless the folder holds no run, or with resume this very
 * one. */
clonal_status clonal__training_check_folder(const clonal__training *run);
/* With resume, CLONAL_E_ARGUMENT unless the data are by contents those that the run began with. */
clonal_status clonal__training_check_data(const clonal__training *run);
/* Puts model, metrics and place back to the newest sound checkpoint, if there is one.
 * CLONAL_E_FORMAT: it does not belong to these settings and data. */
clonal_status clonal__training_restore(clonal__training *run);

/* save.c */

/* weights_digest: "" while the run goes on. */
clonal_status clonal__training_write_manifest(const clonal__training *run,
                                              const char *weights_digest);
/* Writes the checkpoint of an epoch's end (place NULL; the epoch in work counts as done), or of a
 * place within it, and removes those within an epoch that it stands for now. */
clonal_status clonal__training_write_checkpoint(const clonal__training *run,
                                                const clonal__epoch_place *place);

#endif
