/* section_run.c: the report of one run: its curves, what they show, its settings, device and digests. */
#include "run_facts.h"
#include "sections.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The first of the epochs with the lowest validation loss; count where none has a number for one. */
static size_t best_epoch(const metrics_row *rows, size_t count)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++)
        if (isfinite(rows[i].val_loss) && (best == count || rows[i].val_loss < rows[best].val_loss)) best = i;
    return best;
}

void run_conclusion(text *to, const metrics_row *rows, size_t count)
{
    const metrics_row *last = &rows[count - 1];
    const size_t best = best_epoch(rows, count);
    if (best == count || !isfinite(last->train_loss)) {
        text_put(to, "The run diverged: its loss is no number after epoch %.0f.", last->epoch);
        return;
    }
    text_put(to, "After %.0f epochs %.2f %% of the validation samples are classed rightly. ", last->epoch,
             100 * last->val_accuracy);
    if (best + 1 == count)
        text_put(to, "The validation loss was lowest in the last epoch, %.4f: training longer may lower it further.",
                 last->val_loss);
    else
        text_put(to,
                 "The validation loss was lowest after epoch %.0f, %.4f, and %.4f at the end: the last %zu epochs did "
                 "not lower it.",
                 rows[best].epoch, rows[best].val_loss, last->val_loss, count - 1 - best);
    const double gap = last->val_loss - last->train_loss;
    text_put(to, " It is %.4f %s the train loss%s", fabs(gap), gap > 0 ? "above" : "below",
             gap > 0 ? "." : ", which is a mean over the epoch, with dropout where there is any.");
}

static void put_curves(page *p, const metrics_row *rows, size_t count, double *room)
{
    double *const x = room, *const train = x + count, *const loss = train + count, *const accuracy = loss + count;
    for (size_t i = 0; i < count; i++) {
        x[i] = rows[i].epoch;
        train[i] = rows[i].train_loss;
        loss[i] = rows[i].val_loss;
        accuracy[i] = 100 * rows[i].val_accuracy;
    }
    const chart_series losses[] = {
        {.name = "train loss", .count = count, .x = x, .y = train, .colour = 0},
        {.name = "validation loss", .count = count, .x = x, .y = loss, .dashed = true, .colour = 1}};
    const chart_series right = {.name = "validation accuracy", .count = count, .x = x, .y = accuracy, .colour = 2};
    text_put(&p->body, "%s", p->markdown ? "" : "<div class=\"figures\">\n");
    page_figure(p, &(chart){.kind = CHART_LINES,
                            .title = "Loss by epoch",
                            .x_label = "epoch",
                            .y_label = "loss",
                            .series = losses,
                            .series_count = 2,
                            .from_zero = true});
    page_figure(p, &(chart){.kind = CHART_LINES,
                            .title = "Accuracy by epoch",
                            .x_label = "epoch",
                            .y_label = "right classes, %",
                            .series = &right,
                            .series_count = 1});
    text_put(&p->body, "%s", p->markdown ? "" : "</div>\n");
}

static void put_metrics(page *p, const metrics_row *rows, size_t count, const json_t *digests)
{
    static const char *const names[] = {"epoch",       "train loss", "val loss",
                                        "accuracy, %", "seconds",    "SHA-256 of the weights"};
    page_fold(p, "Every epoch, and its digest");
    page_table(p, "", 6, names);
    for (size_t i = 0; i < count; i++) {
        const char *digest = json_string_value(json_array_get(digests, i));
        page_cell(p, "%.0f", rows[i].epoch);
        page_cell(p, "%.6f", rows[i].train_loss);
        page_cell(p, "%.6f", rows[i].val_loss);
        page_cell(p, "%.2f", 100 * rows[i].val_accuracy);
        page_cell(p, "%.2f", rows[i].seconds);
        page_code_cell(p, "%s", digest && strncmp(digest, "sha256:", 7) == 0 ? digest + 7 : "");
    }
    page_table_end(p);
    page_fold_end(p);
}

static void put_graph(page *p, const json_t *facts)
{
    const char *graph = json_string_value(json_object_get(facts, "graph"));
    if (!graph) return;
    page_fold(p, "The network, a node a line");
    page_code(p, "%s", graph);
    page_fold_end(p);
}

int section_run(page *p, const char *folder)
{
    metrics_row *rows = NULL;
    size_t count = 0;
    json_t *facts = NULL;
    int code = run_facts_read(folder, &facts);
    if (code == 0) code = metrics_file_read(folder, &rows, &count);
    double *room = code == 0 ? malloc(4 * count * sizeof *room) : NULL;
    if (code == 0 && !room) code = fail(CLONAL_E_MEMORY, "out of memory");
    if (code == 0) {
        text words = {0};
        run_conclusion(&words, rows, count);
        page_title(p, "Run %s", folder);
        page_conclusion(p, "%s", text_words(&words));
        text_free(&words);
        const char *status = json_string_value(json_object_get(facts, "status"));
        if (status && strcmp(status, "finished") != 0)
            page_paragraph(p, "The run is not finished; clonal train --resume --out %s goes on with it.", folder);
        if (json_is_false(json_object_get(facts, "exact")))
            page_paragraph(p, "Its device or GEMM did not keep the contract: other devices give other bits.");
        put_curves(p, rows, count, room);
        page_heading(p, 2, "What was trained");
        page_run_settings(p, facts, NULL);
        put_graph(p, facts);
        page_heading(p, 2, "Where");
        page_device(p, facts);
        page_heading(p, 2, "Digests");
        const char *digest = run_fact(facts, "digests", "weights");
        page_paragraph(p, "Weights: %s. Any device that keeps the contract gives the same, which this confirms:",
                       *digest ? digest : "none yet");
        page_code(p, "clonal reproduce %s --device DEVICE", folder);
        put_metrics(p, rows, count, json_object_get(json_object_get(facts, "digests"), "epochs"));
    }
    free(room);
    free(rows);
    json_decref(facts);
    return code;
}
