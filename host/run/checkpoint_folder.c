/* checkpoint_folder.c: the checkpoints of a run's folder, and which of them is the newest. */
#include "host/run/checkpoint.h"

#include "host/base/file.h"
#include "host/base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_ROOM = 64 };

/* What a file's name tells. */
typedef struct place {
    uint32_t epoch; /* epochs done */
    uint64_t step;  /* 0: at the end of that epoch */
} place;

static void file_name(place at, char name[NAME_ROOM])
{
    int length = snprintf(name, NAME_ROOM, "epoch-%04" PRIu32, at.epoch);
    if (at.step) length += snprintf(name + length, (size_t)(NAME_ROOM - length), "-step-%010" PRIu64, at.step);
    snprintf(name + length, (size_t)(NAME_ROOM - length), ".safetensors");
}

clonal_status clonal__checkpoint_path(const char *folder, uint32_t epoch, uint64_t step, char *path, size_t size)
{
    char name[NAME_ROOM];
    file_name((place){epoch, step}, name);
    return clonal__path_join(folder, name, path, size);
}

/* False for every name but those that file_name gives, temporary files' too. */
static bool parse_name(const char *name, place *at)
{
    char again[NAME_ROOM];
    unsigned long long epoch, step = 0;
    if (strlen(name) >= NAME_ROOM || sscanf(name, "epoch-%10llu-step-%20llu", &epoch, &step) < 1) return false;
    if (epoch > UINT32_MAX) return false;
    *at = (place){(uint32_t)epoch, step};
    file_name(*at, again);
    return strcmp(name, again) == 0;
}

static int newest_first(const void *a, const void *b)
{
    place x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (x.epoch != y.epoch) return x.epoch < y.epoch ? 1 : -1;
    return (x.step < y.step) - (x.step > y.step);
}

/* The folder's checkpoints, newest first; *places: clonal__free. */
static clonal_status list_places(const char *folder, place **places, size_t *count)
{
    DIR *entries = opendir(folder);
    clonal_status status = CLONAL_OK;
    *places = NULL;
    *count = 0;
    if (!entries)
        return errno == ENOENT ? CLONAL_OK
                               : clonal__fail(CLONAL_E_IO, "cannot read folder %s: %s", folder, strerror(errno));
    for (struct dirent *entry; status == CLONAL_OK && (entry = readdir(entries));) {
        place at;
        if (!parse_name(entry->d_name, &at)) continue;
        status = clonal__grow(places, *count + 1, sizeof **places);
        if (status == CLONAL_OK) (*places)[(*count)++] = at;
    }
    closedir(entries);
    if (status != CLONAL_OK) {
        clonal__free(*places);
        *places = NULL;
        *count = 0;
    } else if (*count) {
        qsort(*places, *count, sizeof **places, newest_first);
    }
    return status;
}

void clonal__checkpoint_remove_within(const char *folder, uint32_t epoch, uint64_t step)
{
    place *places;
    size_t count;
    char path[PATH_MAX];
    if (list_places(folder, &places, &count) != CLONAL_OK) return;
    for (size_t i = 0; i < count; i++) {
        if (!places[i].step || (places[i].epoch == epoch && places[i].step == step)) continue;
        if (clonal__checkpoint_path(folder, places[i].epoch, places[i].step, path, sizeof path) == CLONAL_OK)
            remove(path);
    }
    clonal__free(places);
}

/* Reads one and holds it against its name. */
static clonal_status read_place(const char *path, place at, clonal__checkpoint **checkpoint)
{
    CLONAL__TRY(clonal__checkpoint_read(path, checkpoint));
    const clonal__checkpoint *c = *checkpoint;
    if (c->epoch == at.epoch && (at.step ? c->samples && c->step == at.step : !c->samples)) return CLONAL_OK;
    clonal_status status =
        clonal__fail(CLONAL_E_FORMAT,
                     "checkpoint %s is of epoch %" PRIu32 ", step %" PRIu64 ", not of the one in its name: delete it",
                     path, c->epoch, c->step);
    clonal__checkpoint_destroy(*checkpoint);
    *checkpoint = NULL;
    return status;
}

clonal_status clonal__checkpoint_count(const char *folder, size_t *count)
{
    place *places;
    CLONAL__TRY(list_places(folder, &places, count));
    clonal__free(places);
    return CLONAL_OK;
}

clonal_status clonal__checkpoint_latest(const char *folder, char *path, size_t size, clonal__checkpoint **checkpoint)
{
    place *places;
    size_t count;
    char candidate[PATH_MAX];
    *checkpoint = NULL;
    if (path && size) path[0] = 0;
    CLONAL__TRY(list_places(folder, &places, &count));
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < count; i++) {
        status = clonal__checkpoint_path(folder, places[i].epoch, places[i].step, candidate, sizeof candidate);
        if (status == CLONAL_OK) status = read_place(candidate, places[i], checkpoint);
        if (status != CLONAL_E_FORMAT) break;
        clonal__log(CLONAL_LOG_WARNING, "%s; going on from the one before", clonal_last_error()->message);
    }
    clonal__free(places);
    if (status == CLONAL_OK && *checkpoint && path && strlen(candidate) >= size) {
        clonal__checkpoint_destroy(*checkpoint);
        *checkpoint = NULL;
        return clonal__fail(CLONAL_E_ARGUMENT, "the path of checkpoint %s is too long", candidate);
    }
    if (status == CLONAL_OK && *checkpoint && path) strcpy(path, candidate);
    return status;
}
