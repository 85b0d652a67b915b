/* train_report.h: what a training run says: lines on stdout, the bar on a terminal, and the wish to
 * stop. */
#ifndef TOOLS_SUPPORT_TRAIN_REPORT_H
#define TOOLS_SUPPORT_TRAIN_REPORT_H

#include "live.h"
#include "tensorboard.h"
#include <clonal/run.h>
#include <stdbool.h>

typedef struct train_report {
    const clonal_run_settings *settings;
    const char *selector; /* --device as given, or NULL */
    bool quiet;           /* nothing but the digest's line */
    live live;            /* drawn after each epoch */
    tensorboard board;    /* written likewise; the caller ends it */
    int output_lost; /* out: the exit code where a line could not be written; the run is stopped */
    size_t samples;
    size_t skipped; /* samples of the first epoch that are trained already */
    uint32_t first_epoch;
} train_report;

/* A listener that reports to `report`, and that stops the run at Ctrl-C (see interrupt.h). */
clonal_run_listener train_report_listener(train_report *report);
/* Prints the last line: the digest and the weights' path; before it, unless quiet, that the run
 * ended early. */
void train_report_result(const train_report *report, const clonal_run_result *result);

#endif
