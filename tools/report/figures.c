#include "figures.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static double metric(const clonal_epoch_metrics *m, run_figure which)
{
    if (which == RUN_VAL_ACCURACY || which == RUN_MOST_VAL_ACCURACY) return m->val_accuracy;
    return which == RUN_TRAIN_LOSS ? m->train_loss : m->val_loss;
}

double run_figure_of(const clonal_sweep_run *run, run_figure which)
{
    if (!run->finished || run->epochs == 0) return NAN;
    const double last = metric(&run->metrics[run->epochs - 1], which);
    double least = last, most = last;
    for (size_t i = 0; i < run->epochs; i++) {
        const double value = metric(&run->metrics[i], which);
        if (value < least) least = value;
        if (value > most) most = value;
    }
    if (which == RUN_LEAST_VAL_LOSS) return least;
    if (which == RUN_VAL_LOSS_RISE) return last - least;
    return which == RUN_MOST_VAL_ACCURACY ? most : last;
}

double *figures_of(const clonal_sweep *sweep, size_t setting, run_figure which)
{
    double *values = malloc((sweep->seed_count ? sweep->seed_count : 1) * sizeof *values);
    for (size_t i = 0; values && i < sweep->seed_count; i++)
        values[i] = run_figure_of(&sweep->runs[setting * sweep->seed_count + i], which);
    return values;
}

clonal_estimate figures_contrast(const clonal_sweep *sweep, size_t count, const size_t *settings, const double *weights,
                                 run_figure which, double confidence)
{
    const size_t n = sweep->seed_count;
    clonal_estimate e = {0, NAN, NAN, NAN, NAN, NAN, NAN};
    double *values = malloc((count * n + 1) * sizeof *values);
    if (!values) return e;
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < n; i++) values[k * n + i] = run_figure_of(&sweep->runs[settings[k] * n + i], which);
    if (clonal_estimate_contrast(values, count, n, weights, confidence, &e) != CLONAL_OK)
        e = (clonal_estimate){0, NAN, NAN, NAN, NAN, NAN, NAN};
    free(values);
    return e;
}

clonal_estimate figures_difference(const clonal_sweep *sweep, size_t a, size_t b, run_figure which, double confidence)
{
    return figures_contrast(sweep, 2, (const size_t[]){a, b}, (const double[]){1, -1}, which, confidence);
}

/* The epochs that all finished runs of a setting have, and how many these runs are. */
static size_t shared_epochs(const clonal_sweep *sweep, size_t setting, size_t *finished)
{
    size_t epochs = 0;
    *finished = 0;
    for (size_t i = 0; i < sweep->seed_count; i++) {
        const clonal_sweep_run *run = &sweep->runs[setting * sweep->seed_count + i];
        if (!run->finished) continue;
        if (++*finished == 1 || run->epochs < epochs) epochs = run->epochs;
    }
    return epochs;
}

band band_of(const clonal_sweep *sweep, size_t setting, run_figure which)
{
    size_t finished, n;
    const size_t epochs = shared_epochs(sweep, setting, &finished);
    double *room = epochs ? malloc((4 * epochs + finished) * sizeof *room) : NULL;
    if (!room) return (band){0};
    const band b = {epochs, room, room + epochs, room + 2 * epochs, room + 3 * epochs};
    double *values = room + 4 * epochs;
    for (size_t e = 0; e < epochs; e++) {
        clonal_estimate found;
        n = 0;
        for (size_t i = 0; i < sweep->seed_count; i++) {
            const clonal_sweep_run *run = &sweep->runs[setting * sweep->seed_count + i];
            if (run->finished) values[n++] = metric(&run->metrics[e], which);
        }
        if (clonal_estimate_mean(values, n, 0.95, &found) != CLONAL_OK) found.mean = NAN;
        b.x[e] = (double)(e + 1);
        b.mean[e] = found.mean;
        b.low[e] = found.low;
        b.high[e] = found.high;
    }
    return b;
}

void band_free(band *b)
{
    free(b->x);
    *b = (band){0};
}

void page_figures_begin(page *p)
{
    if (!p->markdown) text_put(&p->body, "<div class=\"figures\">\n");
}

void page_figures_end(page *p)
{
    if (!p->markdown) text_put(&p->body, "</div>\n");
}

void page_curves(page *p, const clonal_sweep *sweep, const char *title, const char *y_label, run_figure which,
                 size_t count, const size_t *settings)
{
    band bands[PAGE_MOST_CURVES];
    chart_series series[PAGE_MOST_CURVES];
    if (count > PAGE_MOST_CURVES) count = PAGE_MOST_CURVES;
    for (size_t k = 0; k < count; k++) {
        bands[k] = band_of(sweep, settings[k], which);
        const band *b = &bands[k];
        series[k] = (chart_series){.name = sweep->settings[settings[k]].label,
                                   .count = b->count,
                                   .x = b->x,
                                   .y = b->mean,
                                   .low = b->low,
                                   .high = b->high,
                                   .dashed = k % 2 == 1,
                                   .colour = (int)k};
    }
    page_figure(p, &(chart){.kind = CHART_LINES,
                            .title = title,
                            .x_label = "epoch",
                            .y_label = y_label,
                            .series = series,
                            .series_count = count});
    for (size_t k = 0; k < count; k++) band_free(&bands[k]);
}

void page_intervals(page *p, const clonal_sweep *sweep, const char *title, const char *x_label, run_figure which,
                    double scale, size_t count, const size_t *settings)
{
    chart_row *rows = calloc(count ? count : 1, sizeof *rows);
    double **values = calloc(count ? count : 1, sizeof *values);
    for (size_t k = 0; rows && values && k < count; k++) {
        const clonal_estimate e = figures_contrast(sweep, 1, &settings[k], (const double[]){1}, which, 0.95);
        values[k] = figures_of(sweep, settings[k], which);
        rows[k] = (chart_row){.name = sweep->settings[settings[k]].label,
                              .mean = e.mean,
                              .low = e.low,
                              .high = e.high,
                              .count = values[k] ? sweep->seed_count : 0,
                              .values = values[k],
                              .colour = (int)(k % CHART_COLOURS)};
    }
    if (rows && values)
        page_figure(p, &(chart){.kind = CHART_INTERVALS,
                                .title = title,
                                .x_label = x_label,
                                .rows = rows,
                                .row_count = count,
                                .unit = scale});
    for (size_t k = 0; values && k < count; k++) free(values[k]);
    free(values);
    free(rows);
}

static void mean_cell(page *p, verdict_unit unit, const clonal_estimate *e)
{
    text words = {0};
    verdict_mean(&words, unit, e);
    page_cell(p, "%s", text_words(&words));
    text_free(&words);
}

void page_settings_table(page *p, const clonal_sweep *sweep, const char *caption)
{
    static const char *const names[] = {"setting", "seeds", "validation accuracy, %", "validation loss", "train loss"};
    page_table(p, caption, 5, names);
    for (size_t k = 0; k < sweep->setting_count; k++) {
        const clonal_sweep_setting *s = &sweep->settings[k];
        page_cell(p, "%s", s->label);
        page_cell(p, "%zu", s->val_accuracy.count);
        mean_cell(p, verdict_points, &s->val_accuracy);
        mean_cell(p, verdict_plain, &s->val_loss);
        mean_cell(p, verdict_plain, &s->train_loss);
    }
    page_table_end(p);
}

void page_runs(page *p, const clonal_sweep *sweep)
{
    static const char *const names[] = {"setting", "seed", "epochs", "accuracy, %", "SHA-256 of the weights",
                                        "contract"};
    page_fold(p, "Every run, and its digest");
    page_table(p, "", 6, names);
    for (size_t i = 0; i < sweep->setting_count * sweep->seed_count; i++) {
        const clonal_sweep_run *run = &sweep->runs[i];
        if (!run->finished) continue;
        page_cell(p, "%s", sweep->settings[run->setting].label);
        page_cell(p, "%" PRIu64, run->seed);
        page_cell(p, "%zu", run->epochs);
        page_cell(p, "%.2f", 100 * run_figure_of(run, RUN_VAL_ACCURACY));
        page_code_cell(p, "%s", run->digest + (run->digest[0] ? sizeof "sha256:" - 1 : 0));
        page_cell(p, "%s", run->exact ? "kept" : "not kept");
    }
    page_table_end(p);
    if (sweep->setting_count * sweep->seed_count > 0) {
        page_paragraph(p, "A run is trained again, and compared digest by digest, on any device by:");
        page_code(p, "clonal reproduce %s --device DEVICE", sweep->runs[0].folder);
    }
    page_fold_end(p);
}
