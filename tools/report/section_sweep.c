/* section_sweep.c: the report of a sweep: which setting is best, and whether that is shown. */
#include "figures.h"
#include "run_facts.h"
#include "sections.h"
#include <math.h>
#include <stdlib.h>

enum { MOST_ROWS = 24, MOST_HEAT = 12 };

typedef struct ranked {
    size_t setting;
    double accuracy;
} ranked;

/* The highest accuracy first, what has none last; equal ones in their own order. */
static int by_accuracy(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    const double p = isfinite(x->accuracy) ? x->accuracy : -1, q = isfinite(y->accuracy) ? y->accuracy : -1;
    if (p != q) return p > q ? -1 : 1;
    return x->setting < y->setting ? -1 : x->setting > y->setting;
}

/* The mean accuracy of a setting's finished runs; NaN where there is none. */
static double mean_accuracy(const clonal_sweep_setting *setting)
{
    return setting->val_accuracy.count ? setting->val_accuracy.mean : NAN;
}

/* The settings by rank; free. */
static size_t *rank(const clonal_sweep *sweep)
{
    ranked *all = malloc((sweep->setting_count ? sweep->setting_count : 1) * sizeof *all);
    size_t *order = malloc((sweep->setting_count ? sweep->setting_count : 1) * sizeof *order);
    if (all && order) {
        for (size_t i = 0; i < sweep->setting_count; i++) all[i] = (ranked){i, mean_accuracy(&sweep->settings[i])};
        qsort(all, sweep->setting_count, sizeof *all, by_accuracy);
        for (size_t i = 0; i < sweep->setting_count; i++) order[i] = all[i].setting;
    } else {
        free(order);
        order = NULL;
    }
    free(all);
    return order;
}

void sweep_conclusion(text *to, const clonal_sweep *sweep)
{
    size_t *order = rank(sweep);
    if (!order || sweep->finished == 0) {
        text_put(to, "No run is finished.");
    } else {
        const clonal_sweep_setting *best = &sweep->settings[order[0]];
        text_put(to, "The highest mean validation accuracy has %s, %.2f %%.", best->label,
                 100 * best->val_accuracy.mean);
        if (sweep->setting_count > 1 && sweep->settings[order[1]].val_accuracy.count) {
            const clonal_estimate e = figures_difference(sweep, order[0], order[1], RUN_VAL_ACCURACY, 0.95);
            text_put(to, " Beside the next: ");
            verdict_difference(to, best->label, sweep->settings[order[1]].label, "validation accuracy", verdict_points,
                               &e, 0.95);
        }
    }
    free(order);
}

/* Two axes whose settings are all of the grid: the mean accuracy over both. */
static void put_heat(page *p, const clonal_sweep *sweep)
{
    if (sweep->axis_count != 2) return;
    const clonal_sweep_axis *rows = &sweep->axes[0], *columns = &sweep->axes[1];
    if (rows->count > MOST_HEAT || columns->count > MOST_HEAT) return;
    double *values = malloc(rows->count * columns->count * sizeof *values);
    for (size_t i = 0; values && i < rows->count * columns->count; i++) values[i] = NAN;
    for (size_t i = 0; values && i < sweep->setting_count; i++) {
        const clonal_sweep_setting *s = &sweep->settings[i];
        if (s->at) values[s->at[0] * columns->count + s->at[1]] = mean_accuracy(s);
    }
    if (values)
        page_figure(p, &(chart){.kind = CHART_HEAT,
                                .title = "Mean validation accuracy, %",
                                .x_label = columns->name,
                                .y_label = rows->name,
                                .column_names = columns->values,
                                .row_names = rows->values,
                                .column_count = columns->count,
                                .heat_row_count = rows->count,
                                .values = values,
                                .unit = 100});
    free(values);
}

static void put_sweep(page *p, const clonal_sweep *sweep, const size_t *order, const char *folder)
{
    text words = {0};
    sweep_conclusion(&words, sweep);
    page_title(p, "Sweep %s", folder);
    page_conclusion(p, "%s", text_words(&words));
    text_free(&words);
    page_paragraph(
        p,
        "%zu settings, each with %zu seeds; %zu of %zu runs are finished. Means over the seeds with intervals "
        "of 95 %% by Student's t; figures of the last epochs. Differences are taken seed by seed. The "
        "setting that is best of many is best in part by chance.",
        sweep->setting_count, sweep->seed_count, sweep->finished, sweep->setting_count * sweep->seed_count);
    page_figures_begin(p);
    put_heat(p, sweep);
    page_intervals(p, sweep, sweep->setting_count > MOST_ROWS ? "Accuracy of the best" : "Accuracy, the best first",
                   "validation accuracy, %", RUN_VAL_ACCURACY, 100,
                   sweep->setting_count < MOST_ROWS ? sweep->setting_count : MOST_ROWS, order);
    page_curves(p, sweep, "Validation loss, the best by accuracy", "validation loss", RUN_VAL_LOSS,
                sweep->setting_count, order);
    page_curves(p, sweep, "Train loss of the same", "train loss", RUN_TRAIN_LOSS, sweep->setting_count, order);
    page_figures_end(p);
    page_settings_table(p, sweep, "All settings");
}

int section_sweep(page *p, const char *folder)
{
    clonal_sweep *sweep = NULL;
    json_t *facts = NULL;
    size_t *order = NULL;
    int code = 0;
    const clonal_status status = clonal_sweep_open(folder, &sweep);
    if (status != CLONAL_OK) return fail_status(status);
    if (sweep->finished == 0) code = fail(CLONAL_E_FORMAT, "%s: no run of the sweep is finished", folder);
    if (code == 0 && !(order = rank(sweep))) code = fail(CLONAL_E_MEMORY, "out of memory");
    size_t first = 0;
    while (code == 0 && !sweep->runs[first].finished) first++;
    if (code == 0) code = run_facts_read(sweep->runs[first].folder, &facts);
    if (code == 0) {
        put_sweep(p, sweep, order, folder);
        page_heading(p, 2, "Runs");
        page_runs(p, sweep);
        page_fold(p, "The settings and the device of the first run");
        page_run_settings(p, facts, "seed");
        page_device(p, facts);
        page_fold_end(p);
    }
    json_decref(facts);
    free(order);
    clonal_sweep_destroy(sweep);
    return code;
}
