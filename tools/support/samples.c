#include "samples.h"
#include "device.h"
#include "message.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PATH_ROOM = 4096 };

int samples_open(const char *run, const char *folder, clonal_split split, char *name, clonal_dataset **data)
{
    bool recorded = false; /* the data are the run's own, which its run.json knows */
    *data = NULL;
    name[0] = 0;
    if (folder) {
        snprintf(name, PATH_ROOM, "%s", folder);
    } else {
        clonal_status status = clonal_run_data(run, name, PATH_ROOM);
        if (status != CLONAL_OK) return fail_status(status);
        recorded = name[0] != 0;
    }
    if (!name[0]) snprintf(name, PATH_ROOM, "%s", CLONAL_FASHION_MNIST);
    clonal_status status = clonal_dataset_open(name, split, data);
    if (status == CLONAL_OK && recorded) status = clonal_run_check_data(run, split, *data);
    return status == CLONAL_OK ? 0 : fail_status(status);
}

bool samples_are_fashion(const char *path)
{
    static const char word[] = "fashion";
    for (; *path; path++) {
        if (strncasecmp(path, word, sizeof word - 1) == 0) return true;
    }
    return false;
}

int trained_open(const char *run, const char *map, const char *device, clonal_context **context, clonal_model **model)
{
    *model = NULL;
    int code = device_open(device, context);
    if (code != 0) return code;
    clonal_status status = clonal_run_open_mapped(*context, run, map, 0, model);
    return status == CLONAL_OK ? 0 : fail_status(status);
}

uint32_t class_of_outputs(const float *outputs, uint32_t columns)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < columns; i++) best = outputs[i] > outputs[best] ? i : best;
    return best;
}
