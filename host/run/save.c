/* save.c: what a run writes as it goes on: run.json and checkpoints. */
#include "host/run/training.h"

#include "host/run/checkpoint.h"
#include "host/run/manifest.h"

clonal_status clonal__training_write_manifest(const clonal__training *r, const char *weights_digest)
{
    const clonal__manifest manifest = {.settings = &r->settings,
                                       .model = r->model,
                                       .train_digest = r->train_digest,
                                       .test_digest = r->test_digest,
                                       .weights_digest = weights_digest,
                                       .metrics = r->metrics,
                                       .steps = r->epochs_done * clonal__training_steps(r),
                                       .epochs_done = r->epochs_done};
    return clonal__manifest_write(r->manifest_path, &manifest);
}

/* What the optimizer keeps of each parameter, into the checkpoint; *states: free_states. */
static clonal_status fetch_states(const clonal__training *r, clonal__checkpoint *c, float ***states)
{
    const size_t count = r->model->shapes.parameter_count, kept = clonal__model_state_count(r->model);
    if (!kept) return CLONAL_OK;
    CLONAL__TRY(clonal__calloc(kept * count, sizeof **states, states));
    for (size_t i = 0; i < kept * count; i++) {
        CLONAL__TRY(clonal__calloc(clonal__model_elements(r->model, i % count), sizeof(float), &(*states)[i]));
        CLONAL__TRY(clonal__model_read_state(r->model, i / count, i % count, (*states)[i]));
        c->state_names[i / count] = clonal__model_state(r->model, i / count)->prefix;
    }
    c->state_count = kept;
    c->states = (const float *const *)*states;
    return CLONAL_OK;
}

static void free_states(const clonal__training *r, float **states)
{
    const size_t count = r->model->shapes.parameter_count * clonal__model_state_count(r->model);
    for (size_t i = 0; states && i < count; i++) clonal__free(states[i]);
    clonal__free(states);
}

clonal_status clonal__training_write_checkpoint(const clonal__training *r, const clonal__epoch_place *place)
{
    char path[CLONAL__RUN_PATH_ROOM];
    clonal__weights weights;
    float **states = NULL;
    const uint32_t epoch = place ? r->epoch : r->epoch + 1;
    const uint64_t step = place ? r->model->step : 0;
    CLONAL__TRY(clonal__checkpoint_path(r->checkpoints, epoch, step, path, sizeof path));
    CLONAL__TRY(clonal__model_fetch(r->model, &weights));
    clonal__checkpoint c = {.seed = r->settings.model.seed,
                            .step = r->model->step,
                            .epoch = epoch,
                            .samples = place ? place->done : 0,
                            .loss_sum = place ? place->sum : 0,
                            .graph = r->graph_text,
                            .settings = r->settings_text,
                            .count = weights.count,
                            .parameters = weights.tensors};
    clonal_status status = fetch_states(r, &c, &states);
    if (status == CLONAL_OK) status = clonal__checkpoint_write(path, &c);
    free_states(r, states);
    clonal__weights_free(&weights);
    if (status == CLONAL_OK) clonal__checkpoint_remove_within(r->checkpoints, epoch, step);
    return status;
}
