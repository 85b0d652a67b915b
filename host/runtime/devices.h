/* devices.h: the device list, for the runtime's own files and for tests that make one up. */
#ifndef CLONAL_RUNTIME_DEVICES_H
#define CLONAL_RUNTIME_DEVICES_H

#include "host/runtime/runtime.h"

struct clonal_device_list {
    size_t count;
    clonal_device_info *infos;
    cl_platform_id *platforms; /* of each device */
    cl_device_id *devices;
};

/* clonal_device_select over plain infos; `selector` is taken as it is, NULL or "" is the best
 * device. */
clonal_status clonal__select(const clonal_device_info *infos, size_t count, const char *selector,
                             size_t *index);

#endif
