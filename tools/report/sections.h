/* sections.h: what a report says of a run, and of a sweep: headings, a conclusion that follows from
 * the numbers, figures, tables. Each returns 0, or an exit code after a message. */
#ifndef TOOLS_REPORT_SECTIONS_H
#define TOOLS_REPORT_SECTIONS_H

#include "page.h"
#include "support/metrics_file.h"
#include <clonal/sweep.h>

int section_run(page *p, const char *folder);
int section_sweep(page *p, const char *folder);

/* The words of their conclusions. */
void run_conclusion(text *to, const metrics_row *rows, size_t count);
void sweep_conclusion(text *to, const clonal_sweep *sweep);

#endif
