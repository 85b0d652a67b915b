/* devices.h: the device list as the runtime's own files see it, and as tests make one up. */
#ifndef CLONAL_RUNTIME_DEVICES_H
#define CLONAL_RUNTIME_DEVICES_H

#include "host/runtime/runtime.h"

/* The arrays have `count` elements each and belong to the list; OpenCL's platforms and devices need
 * no release. */
struct clonal_device_list {
    size_t count;
    clonal_device_info *infos;
    cl_platform_id *platforms; /* the platform of each device */
    cl_device_id *devices;
};

/* Does what clonal_device_select does, with `count` infos in place of a list: sets *index to the
 * one device that `selector` fits, or, for NULL or "", to the best. It does not read
 * CLONAL_DEVICE and needs no OpenCL. Errors, with *index 0: CLONAL_E_NO_DEVICE (count is 0),
 * CLONAL_E_SELECTOR (none or several fit, or it is no selector; the message lists the devices),
 * CLONAL_E_MEMORY. Any number of threads may call it. */
clonal_status clonal__select(const clonal_device_info *infos, size_t count, const char *selector,
                             size_t *index);

#endif
