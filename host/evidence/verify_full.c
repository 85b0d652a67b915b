/* verify_full.c: the chapter's run, ten epochs on Fashion-MNIST, against the digests that the C reference made of each.
 */
#include "host/evidence/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct full_run {
    clonal_dataset *data;
    clonal_graph *graph;
    clonal_model *model;
} full_run;

/* clonal_dataset_digest of Fashion-MNIST's training data (Xiao, Rasul, Vollgraf, 2017), as Debian's package has them.
 */
#define FASHION_MNIST_TRAINING "sha256:02f9092620767b259daf14221ef4513236eb59cb26c18f1d5b9966e7621f4372"

/* Other data would accuse the device. */
static clonal_status check_data(const clonal__verifier *v, const clonal_dataset *data)
{
    char digest[72];
    CLONAL__TRY(clonal_dataset_digest(data, digest));
    if (strcmp(digest, FASHION_MNIST_TRAINING) == 0) return CLONAL_OK;
    return clonal__fail(
        CLONAL_E_FORMAT,
        "the data in %s are not Fashion-MNIST, whose ten epochs are verified: name its folder with --data",
        v->options.data ? v->options.data : "the default folder");
}

static clonal_status open_run(clonal__verifier *v, full_run *run)
{
    clonal_run_settings settings;
    uint32_t shape[4];
    size_t rank;
    clonal_run_settings_default(&settings);
    CLONAL__TRY(clonal_dataset_open(v->options.data, CLONAL_SPLIT_TRAIN, &run->data));
    CLONAL__TRY(check_data(v, run->data));
    clonal_dataset_shape(run->data, &rank, shape);
    CLONAL__TRY(clonal_run_graph(&settings, rank, shape, clonal_dataset_classes(run->data), &run->graph));
    return clonal_model_create(v->context, run->graph, &settings.model, &run->model);
}

static clonal_status epochs(clonal__verifier *v, const full_run *run)
{
    const char *at;
    char line[CLONAL__GOLDEN_LINE], wanted[65], digest[72];
    uint32_t epoch;
    CLONAL__TRY(clonal__golden_text("golden-1-full.txt", &at));
    while (clonal__golden_next(&at, line)) {
        if (sscanf(line, "epoch %" SCNu32 " %64s", &epoch, wanted) != 2)
            return clonal__fail(CLONAL_E_INTERNAL, "the golden digests have the line '%s'", line);
        CLONAL__TRY(clonal__verify_progress(v, "epoch %" PRIu32, epoch + 1));
        CLONAL__TRY(clonal_model_train_epoch(run->model, run->data, epoch, NULL, NULL, NULL));
        CLONAL__TRY(clonal__model_digest(run->model, digest));
        clonal__verify_note(v, CLONAL_CHECK_FULL, strcmp(digest + strlen("sha256:"), wanted) == 0,
                            "weights after epoch %" PRIu32, epoch + 1);
    }
    return CLONAL_OK;
}

clonal_status clonal__verify_full(clonal__verifier *v)
{
    full_run run = {0};
    clonal_status status = open_run(v, &run);
    if (status == CLONAL_OK) status = epochs(v, &run);
    clonal_model_destroy(run.model);
    clonal_graph_destroy(run.graph);
    clonal_dataset_destroy(run.data);
    return status;
}
