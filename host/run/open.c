/* open.c: a trained model from a run folder or a weights file. */
#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/run/manifest.h"
#include "host/run/run.h"

#include <stdio.h>
#include <string.h>

/* Weights alone, without their run.json, are anyone's. */
static clonal_status check_weights(const char *run)
{
    char path[4096];
    clonal__manifest_facts facts;
    CLONAL__TRY(clonal__path_join(run, "run.json", path, sizeof path));
    if (!clonal__file_exists(path)) return CLONAL_OK;
    CLONAL__TRY(clonal__manifest_read(run, &facts));
    clonal_status status = clonal__manifest_check_weights(run, &facts);
    if (status == CLONAL_OK && !facts.weights_digest[0])
        status = clonal__fail(CLONAL_E_IO,
                              "%s holds weights of an earlier end, after which the run went on: finish it (clonal "
                              "train --resume --out %s), end it where it is (with --epochs %u), or name the file "
                              "itself",
                              run, run, facts.epochs_done);
    clonal__manifest_facts_free(&facts);
    return status;
}

clonal_status clonal__run_weights(const char *run_or_file, char *path, size_t size)
{
    if (!clonal__is_folder(run_or_file)) {
        if (!clonal__file_exists(run_or_file))
            return clonal__fail(CLONAL_E_IO, "%s: no such run folder or weights file", run_or_file);
        return clonal__path_join("", run_or_file, path, size);
    }
    CLONAL__TRY(clonal__path_join(run_or_file, "weights.safetensors", path, size));
    if (clonal__file_exists(path)) return check_weights(run_or_file);
    return clonal__fail(CLONAL_E_IO,
                        "%s holds no weights.safetensors: the run is not finished (clonal train --resume --out %s), or "
                        "it is no run folder",
                        run_or_file, run_or_file);
}

static clonal_status open_run(clonal_context *context, const char *run_or_file, const char *map, uint32_t batch,
                              clonal_model **model)
{
    char path[4096];
    clonal_graph *graph;
    CLONAL__TRY(clonal__run_weights(run_or_file, path, sizeof path));
    CLONAL__TRY(clonal_graph_from_weights_mapped(path, map, &graph));
    clonal_model_options options = clonal_model_options_default();
    if (batch) options.batch = batch;
    clonal_status status = clonal_model_create(context, graph, &options, model);
    clonal_graph_destroy(graph);
    if (status == CLONAL_OK) status = clonal_model_load_mapped(*model, path, map);
    if (status != CLONAL_OK) {
        clonal_model_destroy(*model);
        *model = NULL;
    }
    return status;
}

clonal_status clonal_run_open(clonal_context *context, const char *run_or_file, uint32_t batch, clonal_model **model)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(model);
    *model = NULL;
    CLONAL__NEEDS(context && run_or_file);
    return open_run(context, run_or_file, NULL, batch, model);
}

clonal_status clonal_run_open_mapped(clonal_context *context, const char *run_or_file, const char *map, uint32_t batch,
                                     clonal_model **model)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(model);
    *model = NULL;
    CLONAL__NEEDS(context && run_or_file);
    return open_run(context, run_or_file, map, batch, model);
}

clonal_status clonal_run_check_data(const char *run, clonal_split split, const clonal_dataset *data)
{
    CLONAL__FLOATS;
    char digest[72];
    clonal__manifest_facts facts;
    CLONAL__NEEDS(run && data);
    CLONAL__TRY(clonal__split_check(split));
    CLONAL__TRY(clonal_dataset_digest(data, digest));
    CLONAL__TRY(clonal__manifest_read(run, &facts));
    clonal_status status = clonal__manifest_check_data(run, &facts, split, facts.data, digest);
    clonal__manifest_facts_free(&facts);
    return status;
}

clonal_status clonal_run_data(const char *run_or_file, char *folder, size_t size)
{
    clonal_run_settings settings;
    char data[4096];
    if (folder && size) folder[0] = '\0';
    CLONAL__NEEDS(run_or_file && folder && size);
    if (!clonal__is_folder(run_or_file)) return CLONAL_OK;
    CLONAL__TRY(clonal__manifest_settings(run_or_file, &settings, data));
    clonal_run_settings_free(&settings);
    if (strlen(data) >= size) return clonal__fail(CLONAL_E_ARGUMENT, "the data folder's name is too long: %s", data);
    strcpy(folder, data);
    return CLONAL_OK;
}
