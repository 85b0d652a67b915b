/* sweep_report.h: what `clonal sweep` prints: each run as it ends, and the means at the end. */
#ifndef TOOLS_SUPPORT_SWEEP_REPORT_H
#define TOOLS_SUPPORT_SWEEP_REPORT_H

#include <clonal/sweep.h>

typedef struct sweep_report {
    const char *const *devices; /* a selector for each context, named behind its runs if several */
    size_t device_count;
    bool quiet;
    int output_lost; /* stdout's exit code once it cannot be written; the sweep ends */
} sweep_report;

/* A listener that prints, draws the bar, and cancels on Ctrl-C. It borrows the report. */
clonal_sweep_listener sweep_report_listener(sweep_report *report);
/* The tables of a finished sweep: mean, deviation and interval of each figure by setting. */
void sweep_report_tables(const clonal_sweep *sweep);

#endif
