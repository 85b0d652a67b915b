/* complete.c: what run.json does not know of a run's epochs, from its checkpoints. */
#include "host/base/file.h"
#include "host/run/checkpoint.h"
#include "host/run/manifest.h"
#include <string.h>

#define PATH_ROOM 4096

/* run.json of before there were digests by epoch: a checkpoint gives its epoch's. */
static clonal_status fill_from_checkpoints(const char *run, clonal__manifest_facts *facts)
{
    char folder[PATH_ROOM], path[PATH_ROOM];
    CLONAL__TRY(clonal__path_join(run, "checkpoints", folder, sizeof folder));
    for (uint32_t i = 0; i < facts->epochs_done; i++) {
        clonal__checkpoint *c = NULL;
        if (facts->epochs[i][0]) continue;
        CLONAL__TRY(clonal__checkpoint_path(folder, i + 1, 0, path, sizeof path));
        if (!clonal__file_exists(path) || clonal__checkpoint_read(path, &c) != CLONAL_OK) continue;
        clonal_status status = clonal__weights_digest(c->graph, c->count, c->parameters, facts->epochs[i]);
        clonal__checkpoint_destroy(c);
        CLONAL__TRY(status);
    }
    return CLONAL_OK;
}

clonal_status clonal__manifest_complete(const char *run, clonal__manifest_facts *facts)
{
    CLONAL__TRY(clonal__manifest_read(run, facts));
    clonal_status status = fill_from_checkpoints(run, facts);
    if (facts->weights_digest[0] && facts->epochs_done)
        strcpy(facts->epochs[facts->epochs_done - 1], facts->weights_digest);
    if (status != CLONAL_OK) clonal__manifest_facts_free(facts);
    return status;
}
