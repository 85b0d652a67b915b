/* figures.h: the numbers of a sweep's runs, by setting and seed, and what they have in common. */
#ifndef TOOLS_REPORT_FIGURES_H
#define TOOLS_REPORT_FIGURES_H

#include "page.h"
#include "verdict.h"
#include <clonal/sweep.h>

typedef enum run_figure {
    RUN_VAL_ACCURACY,
    RUN_VAL_LOSS,
    RUN_TRAIN_LOSS,
    RUN_LEAST_VAL_LOSS,    /* over the epochs */
    RUN_MOST_VAL_ACCURACY, /* over the epochs */
    RUN_VAL_LOSS_RISE      /* the last less the least of the epochs */
} run_figure;

/* Of the run's last epoch, or over all; NaN for a run that is not finished. */
double run_figure_of(const clonal_sweep_run *run, run_figure which);
/* (seed_count) of a setting's runs; free. NULL: out of memory. */
double *figures_of(const clonal_sweep *sweep, size_t setting, run_figure which);
/* The contrast of settings (count) with weights, seed by seed: see clonal_estimate_contrast. */
clonal_estimate figures_contrast(const clonal_sweep *sweep, size_t count, const size_t *settings,
                                 const double *weights, run_figure which, double confidence);
/* a - b */
clonal_estimate figures_difference(const clonal_sweep *sweep, size_t a, size_t b, run_figure which,
                                   double confidence);

/* A curve by epoch, the mean over the seeds with its interval of 95 %. */
typedef struct band {
    size_t count;
    double *x, *mean, *low, *high; /* one piece of memory, at x; NULL: none */
} band;
/* Of a setting's finished runs, as far as all of them go. */
band band_of(const clonal_sweep *sweep, size_t setting, run_figure which);
void band_free(band *b);

/* The figure of curves of some settings (count), at most PAGE_MOST_CURVES of them. */
enum { PAGE_MOST_CURVES = 8 };
void page_curves(page *p, const clonal_sweep *sweep, const char *title, const char *y_label,
                 run_figure which, size_t count, const size_t *settings);
/* The figure of means and intervals of some settings (count): of a figure times `scale`. */
void page_intervals(page *p, const clonal_sweep *sweep, const char *title, const char *x_label,
                    run_figure which, double scale, size_t count, const size_t *settings);
/* The table of all settings: seeds, accuracy, losses, means with intervals. */
void page_settings_table(page *p, const clonal_sweep *sweep, const char *caption);
/* Every run with its digest, folded away, and how to confirm it elsewhere. */
void page_runs(page *p, const clonal_sweep *sweep);
/* Several figures side by side, where there is room. */
void page_figures_begin(page *p);
void page_figures_end(page *p);

#endif
