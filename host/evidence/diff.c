/* diff.c: clonal_run_diff: settings, then digests by epoch, then a replay or the runs' records. */
#include "host/evidence/diff.h"

#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/run/metrics.h"
#include "host/run/settings.h"
#include <stdio.h>
#include <string.h>

/* Whether the runs can be compared: *out tells why not. */
static clonal_status find_comparable(clonal__diff *d, bool *comparable)
{
    const clonal__manifest_facts *a = &d->sides[0].facts, *b = &d->sides[1].facts;
    clonal__settings_difference s;
    clonal_difference *out = d->out;
    bool differ;
    *comparable = false;
    out->kind = CLONAL_DIFFERENCE_SETTINGS;
    CLONAL__TRY(clonal__settings_differ(&a->settings, &b->settings, &differ, &s));
    if (differ) {
        snprintf(out->tensor, sizeof out->tensor, "%s", s.key);
        snprintf(out->note, sizeof out->note, "%.180s and %.180s", s.given, s.recorded);
        return CLONAL_OK;
    }
    if (a->train_digest[0] && b->train_digest[0] && strcmp(a->train_digest, b->train_digest) != 0) {
        snprintf(out->tensor, sizeof out->tensor, "data");
        snprintf(out->note, sizeof out->note, "the training data have the digests %.19s... and %.19s...",
                 a->train_digest, b->train_digest);
        return CLONAL_OK;
    }
    if (a->graph[0] && b->graph[0] && strcmp(a->graph, b->graph) != 0) {
        snprintf(out->tensor, sizeof out->tensor, "graph");
        snprintf(out->note, sizeof out->note, "their graphs are not the same");
        return CLONAL_OK;
    }
    out->kind = CLONAL_DIFFERENCE_NONE;
    *comparable = true;
    return CLONAL_OK;
}

/* Figures are a help: without them the digests must do. */
static void read_metrics(clonal__side *side)
{
    char path[4096];
    if (clonal__path_join(side->run, "metrics.csv", path, sizeof path) != CLONAL_OK || !clonal__file_exists(path))
        return;
    (void)clonal__metrics_read(path, &side->metrics, &side->metrics_count); /* none when it fails */
}

/* The epoch's row of metrics.csv, all zero where there is none or where a resumed run had lost it: its accuracy is NaN
 * then, as no other is. */
static clonal_epoch_metrics metrics_of(const clonal__side *side, uint32_t epoch)
{
    clonal_epoch_metrics found = {0};
    for (size_t i = 0; i < side->metrics_count; i++)
        if (side->metrics[i].epoch == epoch && side->metrics[i].val_accuracy == side->metrics[i].val_accuracy)
            found = side->metrics[i];
    return found;
}

static bool differ(double a, double b)
{
    return !(a == b || (a != a && b != b));
}

/* Goes through the epochs that both runs have done: sets common and parted. What differs only in evaluation parts no
 * weights. */
static void find_epoch(clonal__diff *d)
{
    const clonal__manifest_facts *a = &d->sides[0].facts, *b = &d->sides[1].facts;
    uint32_t epochs = a->epochs_done < b->epochs_done ? a->epochs_done : b->epochs_done;
    bool one_test = !a->test_digest[0] || !b->test_digest[0] || strcmp(a->test_digest, b->test_digest) == 0;
    for (int i = 0; i < 2; i++) read_metrics(&d->sides[i]);
    for (uint32_t e = 1; e <= epochs && !d->parted; e++) {
        const char *x = a->epochs[e - 1], *y = b->epochs[e - 1];
        clonal_epoch_metrics m = metrics_of(&d->sides[0], e), n = metrics_of(&d->sides[1], e);
        bool figures = m.epoch && n.epoch;
        if ((x[0] && y[0] && strcmp(x, y) != 0) || (figures && differ(m.train_loss, n.train_loss)))
            d->parted = e;
        else if (x[0] && y[0])
            d->common = e;
        if (!d->parted && figures && one_test && !d->out->note[0] &&
            (differ(m.val_loss, n.val_loss) || differ(m.val_accuracy, n.val_accuracy)))
            snprintf(d->out->note, sizeof d->out->note,
                     "the weights are equal, but after epoch %u evaluation gave a loss of %.9g and %.9g, an accuracy "
                     "of %.9g and %.9g",
                     e, m.val_loss, n.val_loss, m.val_accuracy, n.val_accuracy);
        if (d->out->note[0] && !d->out->epoch) d->out->epoch = e;
    }
}

/* Runs whose last common epoch's weights are not known are not called equal. */
static clonal_status check_known(const clonal__diff *d)
{
    for (int i = 0; i < 2; i++) {
        const clonal__manifest_facts *facts = &d->sides[i].facts, *other = &d->sides[1 - i].facts;
        uint32_t epochs = facts->epochs_done < other->epochs_done ? facts->epochs_done : other->epochs_done;
        if (!facts->epochs[epochs - 1][0])
            return clonal__fail(CLONAL_E_FORMAT,
                                "%s names no digest of its weights after epoch %u, and has no checkpoint of it: "
                                "whether the runs are equal cannot be told",
                                d->sides[i].run, epochs);
    }
    return CLONAL_OK;
}

/* The device that a run.json names, among those that are here. CLONAL_OK with selector "": it is not. */
static clonal_status find_device(const clonal__manifest_facts *facts, char selector[24])
{
    clonal_device_list *list;
    selector[0] = '\0';
    clonal_status status = clonal_device_list_create(&list);
    /* none is here */
    if (status == CLONAL_E_NO_PLATFORM || status == CLONAL_E_NO_DEVICE || status == CLONAL_E_DRIVER) return CLONAL_OK;
    CLONAL__TRY(status);
    for (size_t i = 0; i < clonal_device_list_count(list) && !selector[0]; i++) {
        const clonal_device_info *info = clonal_device_list_get(list, i);
        if (strcmp(info->platform, facts->platform) == 0 && strcmp(info->name, facts->device) == 0)
            snprintf(selector, 24, "%s", info->selector);
    }
    clonal_device_list_destroy(list);
    return CLONAL_OK;
}

static clonal_status open_device(clonal__diff *d, int which, char missing[200])
{
    clonal__side *side = &d->sides[which];
    const char *given = which ? d->options.device_b : d->options.device_a;
    char *described = which ? d->out->device_b : d->out->device_a, selector[24];
    if (!given) {
        CLONAL__TRY(find_device(&side->facts, selector));
        if (!selector[0]) {
            snprintf(missing, 200, "the device of %.60s, %.80s, is not here", side->run, side->facts.device);
            return CLONAL_OK;
        }
        given = selector;
    }
    CLONAL__TRY(clonal_context_create(given, &side->context));
    const clonal_device_info *info = clonal_context_device(side->context);
    snprintf(described, sizeof d->out->device_a, "%s %.100s (%.70s)", info->selector, info->name, info->platform);
    return CLONAL_OK;
}

/* Replays where both devices are here; else, and where that shows nothing, compares records. */
static clonal_status locate(clonal__diff *d)
{
    char missing[200] = "", records[200] = "";
    bool found = false;
    d->out->kind = CLONAL_DIFFERENCE_EPOCH;
    d->out->epoch = d->parted;
    for (int i = 0; i < 2 && !missing[0]; i++) CLONAL__TRY(open_device(d, i, missing));
    if (!missing[0]) {
        clonal_status status = clonal__diff_replay(d, &found);
        bool no_data = status == CLONAL_E_IO && !d->data && !d->options.data;
        if (!no_data) CLONAL__TRY(status);
        if (found) return CLONAL_OK;
        if (no_data)
            snprintf(missing, sizeof missing, "the runs' data are not here (--data)");
        else
            snprintf(missing, sizeof missing,
                     "replayed to the end of epoch %u, both devices give the same bits now: other kernels, drivers or "
                     "data made the runs",
                     d->parted);
    }
    CLONAL__TRY(clonal__diff_records(d, &found, records));
    snprintf(d->out->note, sizeof d->out->note, "%s; %s", missing, found ? "this is by the runs' records" : records);
    return CLONAL_OK;
}

static void close_side(clonal__side *side)
{
    clonal_model_destroy(side->model);
    clonal_graph_destroy(side->graph);
    clonal_context_destroy(side->context);
    clonal__free(side->metrics);
    clonal__manifest_facts_free(&side->facts);
}

static clonal_status compare(clonal__diff *d)
{
    bool comparable;
    for (int i = 0; i < 2; i++) CLONAL__TRY(clonal__manifest_complete(d->sides[i].run, &d->sides[i].facts));
    CLONAL__TRY(find_comparable(d, &comparable));
    if (!comparable) return CLONAL_OK;
    for (int i = 0; i < 2; i++)
        if (d->sides[i].facts.epochs_done == 0)
            return clonal__fail(CLONAL_E_ARGUMENT, "%s has no finished epoch: there is nothing to compare",
                                d->sides[i].run);
    for (int i = 0; i < 2; i++) CLONAL__TRY(clonal__manifest_check_weights(d->sides[i].run, &d->sides[i].facts));
    find_epoch(d);
    if (!d->parted) {
        CLONAL__TRY(check_known(d));
        if (d->out->note[0]) d->out->kind = CLONAL_DIFFERENCE_EPOCH;
        return CLONAL_OK;
    }
    d->out->note[0] = '\0';
    return locate(d);
}

clonal_status clonal_run_diff(const char *run_a, const char *run_b, const clonal_diff_options *options,
                              clonal_difference *difference)
{
    CLONAL__FLOATS;
    if (difference) memset(difference, 0, sizeof *difference);
    CLONAL__NEEDS(run_a && run_b && difference);
    clonal__diff d = {.sides = {{.run = run_a}, {.run = run_b}}, .out = difference};
    if (options) d.options = *options;
    clonal_status status = compare(&d);
    for (int i = 0; i < 2; i++) close_side(&d.sides[i]);
    clonal_dataset_destroy(d.data);
    return status;
}
