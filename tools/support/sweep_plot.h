/* sweep_plot.h: the figures of a sweep: mean curves with bands, or a map over two axes. */
#ifndef TOOLS_SUPPORT_SWEEP_PLOT_H
#define TOOLS_SUPPORT_SWEEP_PLOT_H

#include <clonal/sweep.h>
#include <stdbool.h>

typedef enum sweep_metric { SWEEP_VAL_ACCURACY, SWEEP_VAL_LOSS, SWEEP_TRAIN_LOSS } sweep_metric;
typedef enum sweep_band { SWEEP_INTERVAL, SWEEP_DEVIATION } sweep_band;
typedef enum sweep_kind { SWEEP_ANY, SWEEP_CURVES, SWEEP_MAP } sweep_kind;

typedef struct sweep_figure {
    sweep_metric metric;
    sweep_band band; /* around a mean: its 95 % interval, or the deviation to both sides */
    sweep_kind kind; /* ANY: a map of a whole grid of two axes, else curves */
} sweep_figure;

/* Whether the path is a folder with a sweep in it. */
bool sweep_plot_takes(const char *path);
/* Draws the sweep of a folder into a .svg or .png file, whole or not at all. Curves are of up to
 * SWEEP_CURVES_MOST settings: of more, those that are best at the end. 0, or an exit code after a
 * message. */
enum { SWEEP_CURVES_MOST = 8 };
int sweep_plot(const char *folder, const sweep_figure *figure, const char *output);

/* sweep_map.c: the map alone. `axes` are the two that it lies on. */
int sweep_map_draw(const clonal_sweep *sweep, const size_t axes[2], const sweep_figure *figure,
                   const char *output);
/* The two axes with several values, of a sweep that has no more; false: it has not two. */
bool sweep_map_axes(const clonal_sweep *sweep, size_t axes[2]);

/* The summed-up figure of a setting, and what it is called. */
const clonal_estimate *sweep_estimate(const clonal_sweep_setting *setting, sweep_metric metric);
const char *sweep_metric_name(sweep_metric metric);

#endif
