/* exchange.c: networks to and from other frameworks' files: clonal_export, clonal_import. */
#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/exchange/format.h"
#include "host/model/model.h"
#include "host/model/weights.h"
#include "host/run/manifest.h"
#include "host/run/run.h"
#include <clonal/exchange.h>

/* The seed of masks that a run folder's run.json tells. */
static clonal_status take_seed(const char *run, clonal__network *network)
{
    clonal_run_settings settings;
    char path[4096], data[4096];
    if (!clonal__is_folder(run)) return CLONAL_OK;
    CLONAL__TRY(clonal__path_join(run, "run.json", path, sizeof path));
    if (!clonal__file_exists(path)) return CLONAL_OK;
    CLONAL__TRY(clonal__manifest_settings(run, &settings, data));
    network->has_seed = true;
    network->seed = clonal__seed_of(settings.model.seed, &settings.model.dropout_seed);
    clonal_run_settings_free(&settings);
    return CLONAL_OK;
}

static clonal_status convert(const char *run_or_file, const char *map, const char *name, const char *path,
                             char digest[72])
{
    char weights[4096];
    clonal__network network;
    const clonal__exchange_format *format;
    CLONAL__TRY(clonal__exchange_format_of(name, path, &format));
    CLONAL__TRY(clonal__run_weights(run_or_file, weights, sizeof weights));
    CLONAL__TRY(clonal__weights_network(weights, map, &network));
    clonal_status status = take_seed(run_or_file, &network);
    if (status == CLONAL_OK) status = format->write(path, &network, digest);
    clonal__network_free(&network);
    return status;
}

clonal_status clonal_export(const char *run_or_file, const char *map, const char *format, const char *path,
                            char digest[72])
{
    CLONAL__FLOATS;
    if (digest) digest[0] = '\0';
    CLONAL__NEEDS(run_or_file && path);
    return convert(run_or_file, map, format, path, digest);
}

clonal_status clonal_import(const char *file, const char *map, const char *path, char digest[72])
{
    CLONAL__FLOATS;
    if (digest) digest[0] = '\0';
    CLONAL__NEEDS(file && path);
    if (clonal__is_folder(file))
        return clonal__fail(CLONAL_E_ARGUMENT, "%s is a folder: clonal_import takes a file; a run is exported", file);
    return convert(file, map, "safetensors", path, digest);
}
